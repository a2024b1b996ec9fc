//! Announcements of dropped files, as S3 writes them.

use serde::Deserialize;

/// A dropped file.
#[derive(Clone, PartialEq, Eq)]
pub struct Drop {
    /// Its key in the bucket.
    pub key: String,
    /// Read it again even when it was read to its end: its quarantined records are replayed.
    pub again: bool,
    /// A person confirms that what a snapshot no longer holds is gone: the comparison that they have seen.
    pub confirmed: Option<String>,
}

impl std::fmt::Debug for Drop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Drop")
    }
}

/// An announcement that cannot be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an announcement of a dropped file")]
pub struct DropError;

#[derive(Deserialize)]
struct Announcement {
    #[serde(rename = "Records", default)]
    records: Option<Vec<Created>>,
    /// S3 sends a test event when a notification is set up.
    #[serde(rename = "Event", default)]
    event: Option<String>,
    /// Ours, never S3's: the file is to be read again (a replay of its quarantined records).
    #[serde(default)]
    again: bool,
    /// Ours: what a snapshot lost is lost indeed.
    #[serde(default)]
    confirmed: Option<String>,
}

#[derive(Deserialize)]
struct Created {
    s3: Place,
}

#[derive(Deserialize)]
struct Place {
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    key: String,
}

impl Drop {
    /// The files that an announcement names; none in S3's test event.
    pub fn parse(body: &str) -> Result<Vec<Self>, DropError> {
        let read: Announcement = serde_json::from_str(body).map_err(|_| DropError)?;
        match (read.records, read.event) {
            (Some(records), _) => records
                .into_iter()
                .map(|created| {
                    let key = decoded(&created.s3.object.key)?;
                    Ok(Self { key, again: read.again, confirmed: read.confirmed.clone() })
                })
                .collect(),
            (None, Some(_)) => Ok(Vec::new()),
            (None, None) => Err(DropError),
        }
    }

    /// A file announced for the first time.
    pub fn of(key: &str) -> Self {
        Self { key: key.to_owned(), again: false, confirmed: None }
    }

    /// The feed of the file: the first folder of its key under `claims/`, the prefix that the bucket announces; `plan` for
    /// a file in no folder.
    pub fn feed(&self) -> &str {
        Self::feed_of(&self.key)
    }

    /// The feed of the file with this key.
    pub(crate) fn feed_of(key: &str) -> &str {
        let inside = key.strip_prefix("claims/").unwrap_or(key);
        inside.split_once('/').map_or("plan", |(folder, _)| folder)
    }
}

/// Keys are form-encoded in announcements: `+` is a blank, `%2F` a slash.
fn decoded(key: &str) -> Result<String, DropError> {
    let mut bytes = Vec::with_capacity(key.len());
    let mut rest = key.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
                let (high, low) = (digit().ok_or(DropError)?, digit().ok_or(DropError)?);
                u8::try_from(high * 16 + low).map_err(|_| DropError)?
            }
            plain => plain,
        });
    }
    String::from_utf8(bytes).map_err(|_| DropError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn announcements_are_read_as_s3_writes_them() {
        let body = r#"{"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},
            "object":{"key":"acme/in+box%2Ffile%C3%A9.csv","size":3,"eTag":"x"}}}]}"#;
        let drops = Drop::parse(body).unwrap();
        assert_eq!(drops[0].key, "acme/in box/fileé.csv");
        assert_eq!(drops[0].feed(), "acme");
        for (key, feed) in
            [("file.csv", "plan"), ("claims/file.csv", "plan"), ("claims/acme/2026/file.csv", "acme")]
        {
            assert_eq!(Drop::of(key).feed(), feed);
        }
        let confirmed =
            Drop::parse(&icm_contract::announcement::confirming("acme/in box/é.csv", "b1")).unwrap();
        let expected =
            Drop { key: "acme/in box/é.csv".to_owned(), again: true, confirmed: Some("b1".to_owned()) };
        assert!(confirmed == [expected]);
        assert_eq!(Drop::parse(r#"{"Service":"Amazon S3","Event":"s3:TestEvent"}"#), Ok(Vec::new()));
        for bad in ["", "{}", "[]", r#"{"Records":[{"s3":{"object":{"key":"%zz"}}}]}"#] {
            assert_eq!(Drop::parse(bad), Err(DropError), "{bad}");
        }
    }
}
