//! Replies of a vendor in FHIR: a message Bundle becomes the body that the one reader judges.

use super::places::{self, STATUSES};
use super::{CASE, FIELD, FILLER, IDENTIFIER_TYPES, MESSAGE_TYPE, PLACER, REASON, REPORT, SEQUENCE};
use super::{attribution, code_of, extension_of, list, numbered, text, value_of};
use crate::malformed::{Malformed, MalformedKind};
use crate::vendor::inbound::{PREFIX, Unread};
use icm_domain::ids::VendorId;
use serde_json::{Map, Value, json};

/// The body of a reply. What is wrong is named by the element; what the reader finds wrong later is renamed by
/// [`renamed`].
pub(in crate::vendor) fn body(vendor: &VendorId, text_of_it: &str) -> Result<String, Unread> {
    let unread = |id: Option<&str>| {
        let id = id.map(Into::into);
        move |flaw| Unread { id, flaw }
    };
    // Nested too deep, or a number that none can hold: nothing of it can be read.
    let whole = |error: serde_json::Error| Malformed::new("$", Malformed::of_json(&error).kind);
    let resource: Value = serde_json::from_str(text_of_it).map_err(|error| unread(None)(whole(error)))?;
    let header = resource_of(&resource, "MessageHeader");
    let id = header.and_then(|header| text(header, "/id"));
    if let Some(group) = attribution::group_in(&resource).map_err(unread(id))? {
        let answered = id.map(str::to_owned).or_else(|| attribution::id_of(group));
        return attribution::part(vendor, group, id).map_err(unread(answered.as_deref()));
    }
    let header = header.ok_or_else(|| unread(id)(Malformed::new("Bundle.entry", MalformedKind::Blank)))?;
    let task = task_of(&resource).map_err(unread(id))?;
    reply(vendor, &resource, header, task).map(|reply| reply.to_string()).map_err(unread(id))
}

/// The resources of this type in a Bundle.
pub(super) fn resources_of<'v>(bundle: &'v Value, kind: &'static str) -> impl Iterator<Item = &'v Value> {
    let held = list(bundle, "/entry").filter_map(|entry| entry.get("resource"));
    held.filter(move |resource| text(resource, "/resourceType") == Some(kind))
}

fn resource_of<'v>(bundle: &'v Value, kind: &'static str) -> Option<&'v Value> {
    resources_of(bundle, kind).next()
}

/// The one Task of the Bundle. Two would be two messages under one id.
fn task_of(bundle: &Value) -> Result<&Value, Malformed> {
    let mut tasks = resources_of(bundle, "Task");
    let first = tasks.next().ok_or_else(|| Malformed::new("Bundle.entry(Task)", MalformedKind::Blank))?;
    if tasks.next().is_some() {
        return Err(Malformed::new("Bundle.entry(Task)", MalformedKind::WrongShape));
    }
    Ok(first)
}

/// What the vendor reports: by the header's reason, else the Task's business status, else its state.
fn report_of(header: &Value, task: &Value) -> Result<String, Malformed> {
    let state = text(task, "/status").ok_or_else(|| Malformed::new("Task.status", MalformedKind::Blank))?;
    let unknown = |element: &'static str| Malformed::new(element, MalformedKind::UnknownVersion);
    let business = code_of(task.get("businessStatus"), REPORT);
    let report = if let Some(kind) = code_of(header.get("reason"), MESSAGE_TYPE) {
        let named = kind.strip_prefix(PREFIX).and_then(|name| name.rsplit_once(".v"));
        named.map(|(name, _)| name.to_owned()).ok_or_else(|| unknown("MessageHeader.reason"))?
    } else if let Some(report) = business {
        report.to_owned()
    } else {
        places::report_of_state(state).ok_or_else(|| unknown("Task.businessStatus"))?.to_owned()
    };
    // A report that is not known is the reader's to refuse.
    let known = STATUSES.iter().find(|(known, _)| *known == report);
    if known.is_some_and(|(_, states)| !states.contains(&state)) {
        return Err(Malformed::new("Task.status", MalformedKind::WrongShape));
    }
    if known.is_some() && business.is_some_and(|business| business != report) {
        return Err(Malformed::new("Task.businessStatus", MalformedKind::WrongShape));
    }
    Ok(report)
}

/// The case that a Bundle's Task names.
pub(in crate::vendor) fn case_of(bundle: &Value) -> Option<&str> {
    let task = resource_of(bundle, "Task")?;
    numbered(task.get("groupIdentifier")?, CASE)
}

/// The major in which the vendor names its report; 1 where it does not.
fn major_of(header: &Value) -> &str {
    let kind = code_of(header.get("reason"), MESSAGE_TYPE);
    kind.and_then(|kind| kind.rsplit_once(".v")).map_or("1", |(_, major)| major)
}

/// The number with this type, else this system.
fn identifier<'v>(task: &'v Value, kind: &str, system: &str) -> Option<&'v str> {
    let typed = |held: &&Value| code_of(held.get("type"), IDENTIFIER_TYPES) == Some(kind);
    let of_system = |held: &&Value| text(held, "/system") == Some(system);
    let all = || list(task, "/identifier");
    all().find(typed).or_else(|| all().find(of_system)).and_then(|held| text(held, "/value"))
}

fn reply(vendor: &VendorId, bundle: &Value, header: &Value, task: &Value) -> Result<Value, Malformed> {
    let report = report_of(header, task)?;
    let time = text(bundle, "/timestamp").or_else(|| text(task, "/lastModified"));
    let mut data = outputs(task)?;
    let reason = code_of(task.get("statusReason"), REASON)
        .or_else(|| task.get("statusReason").and_then(|held| text(held, "/coding/0/code")));
    for (field, value) in [
        ("placer_id", identifier(task, "PLAC", PLACER)),
        ("filler_id", identifier(task, "FILL", FILLER)),
        ("reason", reason),
        ("start", text(task, "/executionPeriod/start").map(day_of)),
    ] {
        if let Some(value) = value {
            data.insert(field.to_owned(), json!(value));
        }
    }
    Ok(json!({
        "specversion": "1.0",
        "source": format!("urn:vendor:{}", vendor.as_str()),
        "id": text(header, "/id").unwrap_or_default(),
        "type": format!("{PREFIX}{report}.v{}", major_of(header)),
        "subject": case_of(bundle).unwrap_or_default(),
        "time": time.unwrap_or_default(),
        "sequence": extension_of(header, SEQUENCE).and_then(value_of).unwrap_or_default(),
        "data": data,
    }))
}

/// The day of a date or of an instant in the vendor's own time zone.
pub(super) fn day_of(text: &str) -> &str {
    text.split_once('T').map_or(text, |(day, _)| day)
}

/// Outputs of the Task by the field that they are named for. Others are the vendor's own business. No field is said twice:
/// of two outcomes nobody knows which is meant.
fn outputs(task: &Value) -> Result<Map<String, Value>, Malformed> {
    let mut fields = Map::new();
    for (output, at) in list(task, "/output").zip(0_usize..) {
        let Some(name) = code_of(output.get("type"), FIELD) else { continue };
        let Some(value) = value_of(output) else { continue };
        if fields.insert(name.to_owned(), value).is_some() {
            return Err(Malformed::new(format!("Task.output[{at}]"), MalformedKind::WrongShape));
        }
    }
    Ok(fields)
}

/// What the reader found wrong with the body, by the element of the Bundle.
pub(in crate::vendor) fn renamed(mut unread: Unread) -> Unread {
    unread.flaw.field = places::element_of(&unread.flaw.field).into();
    unread
}
