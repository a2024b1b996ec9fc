//! Reading bodies and codes of requests. Errors name the place and never the value: serde's own words repeat what they
//! read.

use crate::problem::Problem;
use axum::extract::{FromRequestParts, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use icm_domain::moment::Moment;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

/// Longest code.
const CODE_MAX: usize = 40;

/// A JSON body. An error names the field at fault where it is one of ours, and else a line and a column: what a caller
/// has added may be called anything.
pub(crate) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let (path, inner) = (error.path().to_string(), error.inner());
        let unknown = inner.to_string().starts_with("unknown field");
        if inner.is_data() && !unknown && path != "." {
            return Problem::field(&path, "another kind of value");
        }
        at_place(inner)
    })?;
    reader.end().map_err(|error| at_place(&error))?;
    Ok(read)
}

fn at_place(error: &serde_json::Error) -> Problem {
    Problem::malformed(&format!("at line {} column {}", error.line(), error.column()))
}

/// A JSON body, or the default for an empty one.
pub(crate) fn json_or_default<T: DeserializeOwned + Default>(body: &[u8]) -> Result<T, Problem> {
    if body.iter().all(u8::is_ascii_whitespace) { Ok(T::default()) } else { json(body) }
}

/// A reason code: what is free text may hold member data and reach places where it must not be.
pub(crate) fn code(text: &str, field: &str) -> Result<Box<str>, Problem> {
    let fits = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    if (1..=CODE_MAX).contains(&text.len()) && text.bytes().all(fits) {
        Ok(text.into())
    } else {
        Err(Problem::field(field, "capitals, digits and _, 40 at most"))
    }
}

/// Longest name of something: a program, a county, a team.
const NAME_MAX: usize = 64;

/// Whether a text is a name as people and files write names, also with accents: no markup and no control character, which
/// would stand in keys and on pages.
pub(crate) fn is_name(text: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || " -_.,'’()/&+:@%~".contains(c);
    !text.trim().is_empty() && text.chars().count() <= NAME_MAX && text.chars().all(fits)
}

/// Whether a text is an id as configuration writes ids.
pub(crate) fn is_id(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=NAME_MAX).contains(&text.len()) && text.bytes().all(fits)
}

/// A place in a list as callers hold it: letters and digits alone, so that it stands in an address as it is.
pub(crate) fn cursor(place: &str) -> String {
    hex::encode(place)
}

/// Longest place of a list: a moment, an order and an id; keys of the store end at 1,024 bytes.
const PLACE_MAX: usize = 512;

/// The place that a cursor names.
pub(crate) fn place(cursor: &str) -> Result<String, Problem> {
    let fits = cursor.len() <= 2 * PLACE_MAX;
    let read =
        hex::decode(if fits { cursor } else { "" }).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    read.filter(|place| !place.is_empty()).ok_or_else(|| Problem::malformed("cursor"))
}

/// A place in a list that is sorted by time: it begins with a moment.
pub(crate) fn dated_place(cursor: &str) -> Result<String, Problem> {
    let place = place(cursor)?;
    let at = place.split('#').next().and_then(Moment::parse);
    at.map(|_| place).ok_or_else(|| Problem::malformed("cursor"))
}

/// The parameters of a query; what cannot be read is a problem that names the parameter.
pub(crate) struct Asked<T>(pub(crate) T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        query(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

/// Reads a query; parameters without a value count as not given, as a form sends them.
pub(crate) fn query<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    if percent_decode_str(text).decode_utf8().is_err() {
        return Err(Problem::malformed("query: not UTF-8"));
    }
    let kept: Vec<&str> = text
        .split('&')
        .filter(|pair| pair.split_once('=').is_some_and(|(_, value)| !value.is_empty()))
        .collect();
    let kept = kept.join("&");
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(kept.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        // The name of a parameter that is not known is what the caller chose, and is not repeated.
        let unknown = error.inner().to_string().starts_with("unknown field");
        Problem::malformed(&if unknown {
            "query: unknown parameter".to_owned()
        } else {
            error.path().to_string()
        })
    })
}

/// The fields of a form; fields without a value count as not given.
pub(crate) fn form<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    std::str::from_utf8(body).map_err(|_| Problem::malformed("form: not UTF-8")).and_then(query)
}

/// Longest part of a path, decoded: names of quarantined files are the longest; keys of the store end at 1,024 bytes.
const PART_MAX: usize = 400;

/// Stands before every route: an address with a part that no key can hold names nothing.
pub(crate) async fn bounded(request: Request, next: Next) -> Response {
    let too_long = |part: &str| percent_decode_str(part).count() > PART_MAX;
    if request.uri().path().split('/').any(too_long) {
        return Problem::not_found("route").into_response();
    }
    next.run(request).await
}
