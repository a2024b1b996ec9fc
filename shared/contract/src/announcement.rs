//! Announcements of dropped files that this system makes itself, in the form in which S3 makes its own.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

/// Keys are form-encoded in announcements; the slashes between folders stay.
const KEY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'/');

/// The file is to be read again as a whole: its quarantined records are replayed.
pub fn again(key: &str) -> String {
    body(key).to_string()
}

/// The file is to be read again, and a person confirms the losses of the comparison that `basis` names (DESIGN D2).
pub fn confirming(key: &str, basis: &str) -> String {
    let mut body = body(key);
    if let Some(body) = body.as_object_mut() {
        body.insert("confirmed".to_owned(), basis.into());
    }
    body.to_string()
}

fn body(key: &str) -> Value {
    let key = utf8_percent_encode(key, KEY).to_string();
    json!({ "again": true, "Records": [{ "s3": { "object": { "key": key } } }] })
}
