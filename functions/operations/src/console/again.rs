//! A form that was refused is shown again with what was typed, so that nobody types it twice: the page of the problem
//! says why, and holds the same form.

use super::words;
use crate::problem::{BODY_BYTES_MAX, Problem};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use http::Method;
use maud::{Markup, html};

/// A form as it was sent. It goes to the address again that the browser still shows: nothing of it is repeated here.
pub(super) struct Typed(Vec<(String, String)>);

/// Takes a copy of the form that a request carries; the request goes on as it was. A body that is longer than any form
/// is a problem.
pub(super) async fn typed(request: Request) -> (Result<Request, Problem>, Option<Typed>) {
    if *request.method() != Method::POST {
        return (Ok(request), None);
    }
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, BODY_BYTES_MAX).await else { return (Err(Problem::too_large()), None) };
    let typed = read(&bytes).map(Typed);
    (Ok(Request::from_parts(parts, Body::from(bytes))), typed)
}

/// The fields; none where the body is no form.
fn read(body: &Bytes) -> Option<Vec<(String, String)>> {
    std::str::from_utf8(body).ok()?;
    let pairs = form_urlencoded::parse(body).into_owned();
    Some(pairs.collect())
}

/// How a field that people type is shown.
enum Input {
    Line(&'static str),
    Area,
}

/// A field that people type: its words and its kind. What they chose by a button or from a list is not typed.
fn input(name: &str) -> Option<(&'static str, Input)> {
    Some(match name {
        "call_back" => ("Call back at", Input::Line("datetime-local")),
        "minutes" => ("Minutes", Input::Line("number")),
        "until" => ("Until", Input::Line("date")),
        "points" => ("Points", Input::Line("number")),
        "name" => ("Name", Input::Line("text")),
        "criteria" => ("Criteria as JSON", Input::Area),
        _ => return None,
    })
}

/// What was chosen, in words; none for what only the machine reads.
fn chosen(name: &str, value: &str) -> Option<(String, String)> {
    let hidden = ["key", "version", "task", "list", "back", "kind", "paused"].contains(&name);
    let shown = !hidden && !value.is_empty() && input(name).is_none();
    let value = if value == "true" { "yes".to_owned() } else { words::plain(value) };
    shown.then(|| (words::plain(name), value))
}

impl Typed {
    /// Whether it helps to see the form again: not where one may not send it, nor where nothing is there to be changed.
    pub(super) fn is_worth_keeping(problem: &Problem) -> bool {
        matches!(problem.status, 400 | 409 | 422 | 503)
    }

    /// The form with what was typed. Of a case that has moved on it names the version that the problem tells of: whoever
    /// sends it again has read what has changed.
    pub(super) fn form(&self, problem: &Problem) -> Markup {
        let fields = self.0.iter().map(|(name, value)| {
            let seen = problem.version.filter(|_| name == "version" && problem.status == 409);
            (name.as_str(), seen.map_or_else(|| value.clone(), |version| version.to_string()))
        });
        let fields: Vec<(&str, String)> = fields.collect();
        let chosen: Vec<(String, String)> =
            fields.iter().filter_map(|(name, value)| chosen(name, value)).collect();
        let wrong = |name: &str| problem.errors.iter().any(|error| error.name() == name);
        html! {
            form.again method="post" {
                h2 { "What you sent" }
                @if !chosen.is_empty() {
                    dl.facts { @for (name, value) in &chosen { div { dt { (name) } dd { (value) } } } }
                }
                @for (name, value) in &fields {
                    @match input(name) {
                        None => input type="hidden" name=(name) value=(value);,
                        Some((label, Input::Line(kind))) => label {
                            span { (label) }
                            input type=(kind) name=(name) value=(shown(kind, value)) required
                                data-utc=[is_time(kind).then_some("true")] aria-invalid=[wrong(name).then_some("true")];
                            @if is_time(kind) { " (UTC)" }
                        },
                        Some((label, Input::Area)) => label {
                            span { (label) }
                            textarea name=(name) rows="14" required spellcheck="false" { (value) }
                        },
                    }
                }
                button.primary type="submit" { "Send it again" }
            }
        }
    }
}

fn is_time(kind: &str) -> bool {
    kind == "datetime-local"
}

/// A value as an input of this kind takes it: times in UTC, which the script turns into the reader's own.
fn shown(kind: &str, value: &str) -> String {
    if is_time(kind) { value.chars().take("2026-07-01T12:00".len()).collect() } else { value.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(fields: &[(&str, &str)]) -> Typed {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Typed(fields.iter().map(own).collect())
    }

    #[test]
    fn what_was_typed_is_there_again_and_what_was_chosen_stands_in_words() {
        let typed = sent(&[("key", "k"), ("minutes", "9999"), ("mode", "PHONE"), ("criteria", "{\"<b>\"}")]);
        let page = typed.form(&Problem::field("minutes", "480 at most")).into_string();
        assert!(page.contains("name=\"minutes\" value=\"9999\"") && page.contains("aria-invalid=\"true\""));
        assert!(page.contains("<dt>Mode</dt><dd>Phone</dd>"), "{page}");
        assert!(page.contains("&lt;b&gt;") && !page.contains("<b>"), "markup is text");
    }

    #[test]
    fn a_form_of_a_case_that_has_moved_on_names_the_version_that_was_read() {
        let page = sent(&[("version", "3")]).form(&Problem::outdated(Vec::new(), 5)).into_string();
        assert!(page.contains("name=\"version\" value=\"5\""), "{page}");
    }
}
