//! Tables as files (RFC 4180).

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// A line of fields.
pub(crate) fn line<T: AsRef<str>>(fields: impl IntoIterator<Item = T>) -> String {
    let fields: Vec<String> = fields.into_iter().map(|field| quoted(field.as_ref())).collect();
    format!("{}\r\n", fields.join(","))
}

/// The answer with a file of this name.
pub(crate) fn file(name: &str, text: String) -> Response {
    let kind = (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned());
    let name = (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.csv\""));
    ([kind, name, (header::CACHE_CONTROL, "no-store".to_owned())], text).into_response()
}

/// A field, quoted where it must be. What a spreadsheet would take for a formula (`=`, `+`, `-`, `@`, a tab or a carriage
/// return at the beginning; OWASP, CSV injection) is made text by an apostrophe; a number below zero is none.
fn quoted(field: &str) -> String {
    let number = field.parse::<f64>().is_ok();
    let formula = field.starts_with(['=', '+', '-', '@', '\t', '\r']) && !number;
    let field = if formula { format!("'{field}") } else { field.to_owned() };
    if field.contains([',', '"', '\r', '\n']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
}

#[cfg(test)]
mod tests {
    use super::{line, quoted};

    #[test]
    fn no_field_begins_as_a_formula() {
        for begins in ["=", "+", "-", "@", "\t", "\r"] {
            let shown = quoted(&format!("{begins}cmd|'/C calc'!A0"));
            assert!(shown.trim_start_matches('"').starts_with('\''), "{begins:?}: {shown}");
        }
    }

    #[test]
    fn fields_are_quoted_and_no_formula_runs() {
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(quoted("=1+1"), "'=1+1");
        assert_eq!(quoted("-cmd"), "'-cmd");
        assert_eq!(quoted("-12.5"), "-12.5");
        assert_eq!(line(["plain", "a b", ""]), "plain,a b,\r\n");
    }
}
