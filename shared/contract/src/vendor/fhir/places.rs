//! Which element of which resource each field of a message is. Published as `infra/contracts/fhir.csv`.

use super::{
    ANSWER, CASE, CONSENT_SCOPE, COVERAGE, EVENTS, FIELD, FILLER, IDENTIFIER_TYPES, LINE_OF_BUSINESS,
    MESSAGE, MESSAGE_TYPE, PLACER, PROGRAM, REASON, REPORT, SNAPSHOT,
};

/// Fields of messages to a vendor: place in the message, resource, place in the resource. Fields of `/data` that are not
/// listed here are inputs of the Task, named by their place.
pub const OUT: &[(&str, &str, &str)] = &[
    ("/id", "Bundle", "/identifier/value"),
    ("/time", "Bundle", "/timestamp"),
    ("/type", "MessageHeader", "/reason/coding/0/code"),
    ("/sequence", "MessageHeader", "/extension/0/valueUnsignedInt"),
    ("/dedupkey", "MessageHeader", "/extension/1/valueString"),
    ("/subject", "MessageHeader", "/extension/2/valueString"),
    ("/subject", "Task", "/groupIdentifier/value"),
    ("/data/placer_id", "Task", "/identifier/0/value"),
    ("/data/placer_id", "Task", "/focus/identifier/value"),
    ("/data/answer_due", "Task", "/restriction/period/end"),
    ("/data/due", "Task", "/restriction/period/end"),
    ("/data/confirm_due", "Task", "/restriction/period/end"),
    ("/data/reason", "Task", "/statusReason/coding/0/code"),
    ("/data/reason", "ServiceRequest", "/reasonCode/0/coding/0/code"),
    ("/data/program", "ServiceRequest", "/code/coding/0/code"),
    ("/data/start", "ServiceRequest", "/occurrencePeriod/start"),
    ("/data/consent/scope", "Consent", "/policyRule/coding/0/code"),
    ("/data/consent/given", "Consent", "/dateTime"),
    ("/data/member/name/family", "Patient", "/name/0/family"),
    ("/data/member/name/given", "Patient", "/name/0/given"),
    ("/data/member/birth_date", "Patient", "/birthDate"),
    ("/data/member/address/street", "Patient", "/address/0/line/0"),
    ("/data/member/address/city", "Patient", "/address/0/city"),
    ("/data/member/address/state", "Patient", "/address/0/state"),
    ("/data/member/address/zip", "Patient", "/address/0/postalCode"),
    ("/data/member/phones", "Patient", "/telecom"),
    ("/data/member/language", "Patient", "/communication/0/language/coding/0/code"),
    ("/data/member/interpreter", "Patient", "/extension/0/valueBoolean"),
    ("/data/pcp", "Patient", "/generalPractitioner/0/identifier/value"),
    ("/data/member/coverage_id", "Coverage", "/subscriberId"),
    ("/data/member/line_of_business", "Coverage", "/type/coding/0/code"),
    ("/data/message_id", "OperationOutcome", "/issue/0/diagnostics"),
    ("/data/message_id", "MessageHeader", "/response/identifier"),
    ("/data/result", "OperationOutcome", "/issue/0/details/coding/0/code"),
    ("/data/code", "OperationOutcome", "/issue/0/details/coding/0/code"),
    ("/data/reason", "OperationOutcome", "/issue/0/details/text"),
    ("/data/path", "OperationOutcome", "/issue/0/expression/0"),
];

/// Fields of replies, as the JSON paths of the messages, and the element that says each. Fields of `$.data` that are not
/// listed here are outputs of the Task, named by the field.
pub const IN: &[(&str, &str)] = &[
    ("$.id", "MessageHeader.id"),
    ("$.type", "MessageHeader.reason"),
    ("$.type", "Task.businessStatus"),
    ("$.sequence", "MessageHeader.extension(urn:icm:extension:sequence)"),
    ("$.time", "Bundle.timestamp"),
    ("$.time", "Task.lastModified"),
    ("$.time", "Group.meta.lastUpdated"),
    ("$.subject", "Task.groupIdentifier.value"),
    ("$.data.placer_id", "Task.identifier(PLAC).value"),
    ("$.data.filler_id", "Task.identifier(FILL).value"),
    ("$.data.reason", "Task.statusReason"),
    ("$.data.start", "Task.executionPeriod.start"),
    ("$.data.snapshot_id", "Group.identifier.value"),
    ("$.data.as_of", "Group.meta.lastUpdated"),
    ("$.data.count", "Group.quantity"),
    ("$.data.part", "Group.extension(urn:icm:extension:part)"),
    ("$.data.parts", "Group.extension(urn:icm:extension:parts)"),
    ("$.data.hash", "Group.extension(urn:icm:extension:hash)"),
    ("$.data.lines", "Group.member"),
    ("$.data.lines.case_id", "Group.member.entity.identifier"),
    ("$.data.lines.state", "Group.member.extension(urn:icm:extension:state)"),
];

/// The system of the codes and numbers of an element, in both directions.
const SYSTEMS: &[(&str, &str)] = &[
    ("Bundle.identifier", MESSAGE),
    ("MessageHeader.eventCoding", EVENTS),
    ("MessageHeader.reason", MESSAGE_TYPE),
    ("Task.businessStatus", REPORT),
    ("Task.groupIdentifier", CASE),
    ("Task.identifier.type", IDENTIFIER_TYPES),
    ("Task.identifier(PLAC)", PLACER),
    ("Task.identifier(FILL)", FILLER),
    ("Task.statusReason", REASON),
    ("Task.input.type", FIELD),
    ("Task.output.type", FIELD),
    ("ServiceRequest.code", PROGRAM),
    ("ServiceRequest.reasonCode", REASON),
    ("Patient.identifier(MB)", COVERAGE),
    ("Coverage.type", LINE_OF_BUSINESS),
    ("Consent.policyRule", CONSENT_SCOPE),
    ("OperationOutcome.issue.details", ANSWER),
    ("Group.identifier", SNAPSHOT),
    ("Group.member.entity.identifier", CASE),
];

/// What a vendor reports, and the states of the Task in which it may stand; the first is the usual one. Where neither
/// `MessageHeader.reason` nor `Task.businessStatus` names a report, a state that stands for one alone tells it.
pub const STATUSES: &[(&str, &[&str])] = &[
    ("received", &["received", "requested"]),
    ("accepted", &["accepted"]),
    ("rejected", &["rejected"]),
    ("outreach.attempted", &["in-progress", "accepted"]),
    ("engaged", &["in-progress", "accepted"]),
    ("consented", &["in-progress", "accepted"]),
    ("declined", &["failed", "cancelled"]),
    ("unreachable", &["failed"]),
    ("stop.requested", &["in-progress", "accepted", "on-hold", "failed", "cancelled"]),
    ("enrolled", &["in-progress"]),
    ("contact.completed", &["in-progress", "on-hold"]),
    ("hold", &["on-hold"]),
    ("resumed", &["in-progress"]),
    ("graduated", &["completed"]),
    ("disenrolled", &["failed", "cancelled", "completed"]),
    ("recall.confirmed", &["cancelled"]),
];

/// The reports that a state tells by itself.
const TOLD_BY_STATE: [(&str, &str); 5] = [
    ("received", "received"),
    ("accepted", "accepted"),
    ("rejected", "rejected"),
    ("on-hold", "hold"),
    ("completed", "graduated"),
];

/// The report that a state of the Task stands for where nothing else is said.
pub(super) fn report_of_state(state: &str) -> Option<&'static str> {
    TOLD_BY_STATE.iter().find(|(known, _)| *known == state).map(|(_, report)| *report)
}

/// The element that a JSON path of a reply is in FHIR.
pub(super) fn element_of(path: &str) -> String {
    if let Some((_, element)) = IN.iter().find(|(known, _)| *known == path) {
        return (*element).to_owned();
    }
    path.strip_prefix("$.data.")
        .map_or_else(|| path.to_owned(), |field| format!("Task.output({field}).value"))
}

/// The published table.
pub(in crate::vendor) fn csv() -> String {
    let mut lines = vec!["direction,field,element".to_owned()];
    lines.extend(OUT.iter().map(|(field, resource, place)| format!("out,{field},{resource}{place}")));
    lines.push("out,every other field of /data,Task/input".to_owned());
    lines.extend(
        IN.iter()
            .map(|(path, element)| format!("in,{},{element}", path.replace("$.", "/").replace('.', "/"))),
    );
    lines.push("in,every other field of /data,Task.output".to_owned());
    lines.extend(TOLD_BY_STATE.iter().map(|(state, report)| format!("in status alone,{report},{state}")));
    lines.extend(SYSTEMS.iter().map(|(element, system)| format!("system,{element},{system}")));
    lines.extend(STATUSES.iter().map(|(report, states)| format!("in status,{report},{}", states.join(" "))));
    lines.push(String::new());
    lines.join("\n")
}
