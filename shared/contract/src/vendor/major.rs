//! Two majors of the contract beside each other (issue: per vendor). Within a major messages only gain optional fields; what
//! breaks a reader makes a new major. Each vendor is written to in the major of its definition; replies are read in every
//! major that is spoken, so that a vendor changes over without a day on which both sides must.
//!
//! Everything is made and judged in major 1, the form of the types; a later major is a translation at the border.
//!
//! Major 2 says two things of a member more plainly: the name in its parts instead of `FAMILY^GIVEN`, and phone numbers
//! as E.164 (`+13125550100`) instead of ten digits.

use super::envelope::schema_name;
use super::inbound::PREFIX;
use serde_json::{Map, Value, json};

/// The majors that are spoken.
pub use icm_domain::vendor::MAJORS;

/// The type of a message in a major: `icm.referral.offered.v1` → `icm.referral.offered.v2`.
fn in_major(kind: &str, major: u16) -> String {
    kind.rsplit_once(".v").map_or_else(|| kind.to_owned(), |(name, _)| format!("{name}.v{major}"))
}

/// The name and major of a type that vendors send: `icm.vendor.accepted.v2` → (`accepted`, 2). None: no such type.
pub(super) fn report_of(kind: &str) -> Option<&str> {
    let (name, major) = kind.strip_prefix(PREFIX)?.rsplit_once(".v")?;
    MAJORS.iter().any(|known| known.to_string() == major).then_some(name)
}

/// A message to a vendor in its major. None: the major is not spoken, or the body is no message.
pub fn outbound(body: String, major: u16) -> Option<String> {
    match major {
        1 => Some(body),
        2 => {
            let mut message: Value = serde_json::from_str(&body).ok()?;
            let kind = in_major(message.get("type")?.as_str()?, major);
            let fields = message.as_object_mut()?;
            fields.insert("dataschema".to_owned(), json!(schema_name(&kind)));
            fields.insert("type".to_owned(), json!(kind));
            if let Some(member) = message.pointer_mut("/data/member").and_then(Value::as_object_mut) {
                plainly(member);
            }
            Some(message.to_string())
        }
        _ => None,
    }
}

/// Name and numbers of a member as major 2 writes them.
fn plainly(member: &mut Map<String, Value>) {
    if let Some(said) = member.get("name").and_then(Value::as_str).map(name_in_parts) {
        member.insert("name".to_owned(), said);
    }
    for phone in member.get_mut("phones").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(digits) = phone.as_str().filter(|digits| digits.len() == 10) {
            *phone = json!(format!("+1{digits}"));
        }
    }
}

/// A name whose parts have `^` between them, in its parts.
pub(super) fn name_in_parts(name: &str) -> Value {
    let mut parts = name.split('^').map(str::trim).filter(|part| !part.is_empty());
    let family = parts.next().unwrap_or_default().to_owned();
    let given: Vec<&str> = parts.collect();
    json!({ "family": family, "given": given })
}

/// The schema of a message in major 2, from its schema in major 1.
pub(super) fn schema(kind: &str, of_major_1: &Value) -> (String, Value) {
    let kind = in_major(kind, 2);
    let mut schema = of_major_1.clone();
    if let Some(root) = schema.as_object_mut() {
        root.insert("$id".to_owned(), json!(schema_name(&kind)));
        root.insert("title".to_owned(), json!(kind));
    }
    if let Some(at) = schema.pointer_mut("/properties/type") {
        *at = json!({ "const": kind });
    }
    let part = json!({ "type": "string" });
    if let Some(at) = schema.pointer_mut("/$defs/Contact/properties/name") {
        *at = json!({
            "description": "Name.",
            "type": ["object", "null"],
            "properties": { "family": part, "given": { "type": "array", "items": part } },
            "required": ["family", "given"],
        });
    }
    if let Some(at) = schema.pointer_mut("/$defs/Contact/properties/phones") {
        *at = json!({
            "description": "Numbers that may be dialled, best first: E.164.",
            "type": "array",
            "items": { "type": "string", "pattern": "^\\+[1-9][0-9]{6,14}$" },
        });
    }
    (kind, schema)
}

#[cfg(test)]
mod tests {
    use super::{MAJORS, outbound, report_of};
    use crate::vendor::VendorMessage;
    use icm_domain::ids::VendorId;
    use serde_json::Value;
    use std::path::Path;

    fn golden(name: &str) -> String {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/golden/vendor");
        std::fs::read_to_string(folder.join(name)).unwrap()
    }

    /// A stored example of each major that ever shipped is what is written today.
    #[test]
    fn the_golden_offer_of_major_2_is_what_is_sent() {
        let sent = outbound(golden("icm.referral.offered.v1.json"), 2).unwrap();
        let sent: Value = serde_json::from_str(&sent).unwrap();
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../tests/data/golden/vendor/icm.referral.offered.v2.json");
        if std::env::var_os("ICM_WRITE_CONTRACTS").is_some() {
            std::fs::write(&path, serde_json::to_string_pretty(&sent).unwrap() + "\n").unwrap();
        }
        assert_eq!(sent, serde_json::from_str::<Value>(&golden("icm.referral.offered.v2.json")).unwrap());
        assert_eq!(sent["type"], "icm.referral.offered.v2");
        assert_eq!(sent["data"]["member"]["name"]["given"][0], "JANE");
        assert_eq!(sent["data"]["member"]["phones"][0], "+13125550100");
    }

    #[test]
    fn major_1_is_sent_as_it_is_and_an_unspoken_one_never() {
        let offer = golden("icm.referral.offered.v1.json");
        assert_eq!(outbound(offer.clone(), 1), Some(offer.clone()));
        assert_eq!(outbound(offer, 3), None);
    }

    #[test]
    fn replies_are_read_in_every_major_that_is_spoken() {
        let reply = |major: u16| {
            format!(
                r#"{{"specversion":"1.0","id":"v-1","source":"urn:a","type":"icm.vendor.accepted.v{major}",
                   "subject":"c","time":"2026-06-30T10:00:00Z","sequence":1,"data":{{}}}}"#
            )
        };
        for major in MAJORS {
            assert!(VendorMessage::parse(&VendorId::new("V"), &reply(*major)).is_ok(), "{major}");
        }
        let unread = VendorMessage::parse(&VendorId::new("V"), &reply(3)).unwrap_err();
        assert_eq!(&*unread.flaw.field, "$.type");
        assert_eq!(report_of("icm.vendor.contact.completed.v2"), Some("contact.completed"));
        assert_eq!(report_of("icm.vendor.accepted.v02"), None);
    }
}
