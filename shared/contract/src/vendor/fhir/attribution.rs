//! Lists of members as Da Vinci ATR Groups: the daily roster that a vendor sends, and the list of a vendor's members that
//! the payer gives (FACTS §3.4, §8; <http://hl7.org/fhir/us/davinci-atr>).

use super::inbound::{day_of, resources_of};
use super::resources::{address_of, entry, reference, restricted, url};
use super::{
    CASE, COVERAGE, LINE_OF_BUSINESS, PART, SNAPSHOT, STATE, coding, extension, extension_of, list, numbered,
    prune, text, value_of,
};
use crate::malformed::{Malformed, MalformedKind};
use crate::vendor::roster;
use icm_domain::day::Day;
use icm_domain::facts::LineOfBusiness;
use icm_domain::ids::VendorId;
use icm_domain::moment::Moment;
use icm_domain::phi::Phi;
use icm_domain::vendor::reconcile::VendorStatus;
use serde_json::{Value, json};

/// Where the guide defines its extensions and profiles.
const GUIDE: &str = "http://hl7.org/fhir/us/davinci-atr/StructureDefinition/";

fn of_the_guide<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    extension_of(value, &format!("{GUIDE}{name}"))
}

/// The Group of a body: the resource itself, or the one in a Bundle. A second one, or a Task beside it, would be lost
/// without an answer: such a Bundle is refused.
pub(super) fn group_in(resource: &Value) -> Result<Option<&Value>, Malformed> {
    if text(resource, "/resourceType") == Some("Group") {
        return Ok(Some(resource));
    }
    let mut groups = resources_of(resource, "Group");
    let first = groups.next();
    let more = groups.next().or_else(|| resources_of(resource, "Task").next());
    if first.is_some() && more.is_some() {
        return Err(Malformed::new("Bundle.entry(Group)", MalformedKind::WrongShape));
    }
    Ok(first)
}

/// The name of a list: the number that the contract gives it, else the instant of the Group's version as an id. The Group's
/// own id and its other identifiers (NPI and TIN in the guide) are the same every day, and a list that is known is not read.
fn snapshot_of(group: &Value) -> Option<String> {
    let named = list(group, "/identifier").find_map(|held| numbered(held, SNAPSHOT));
    named.map(str::to_owned).or_else(|| {
        let version = text(group, "/meta/lastUpdated")?;
        Some(
            version
                .chars()
                .filter(|held| held.is_ascii_alphanumeric() || matches!(held, '-' | '.'))
                .collect(),
        )
    })
}

/// The id of a Group as a message: one for each part of a list.
pub(super) fn id_of(group: &Value) -> Option<String> {
    let part = extension_of(group, PART[0]).and_then(value_of).unwrap_or_else(|| json!(1));
    snapshot_of(group).map(|snapshot| roster::id(&snapshot, &part))
}

/// What a Group says of itself.
struct Head {
    snapshot: String,
    /// When the list was made, as it says.
    updated: String,
    lines: Vec<(String, String)>,
}

fn head(group: &Value) -> Result<Head, Malformed> {
    let blank = |element: &'static str| Malformed::new(element, MalformedKind::Blank);
    // A draft is not yet what the vendor holds.
    let status = of_the_guide(group, "ext-attributionListStatus").and_then(value_of);
    if status.is_some_and(|status| status != json!("final")) {
        return Err(Malformed::new("Group.extension(ext-attributionListStatus)", MalformedKind::WrongShape));
    }
    let snapshot = snapshot_of(group);
    let updated = text(group, "/meta/lastUpdated").ok_or_else(|| blank("Group.meta.lastUpdated"))?;
    if Moment::parse(updated).is_none() {
        return Err(Malformed::new("Group.meta.lastUpdated", MalformedKind::WrongShape));
    }
    let lines: Result<Vec<Option<(String, String)>>, Malformed> =
        list(group, "/member").zip(0_usize..).map(|(member, at)| line(member, at)).collect();
    Ok(Head {
        snapshot: snapshot.ok_or_else(|| blank("Group.identifier.value"))?,
        updated: updated.to_owned(),
        lines: lines?.into_iter().flatten().collect(),
    })
}

/// A member of the list: case and state. None: it has left the list. What is wrong is named here, by the place in the
/// Group: in the message that is made of it those who left and the lines of other parts are not counted.
fn line(member: &Value, at: usize) -> Result<Option<(String, String)>, Malformed> {
    let left = member.get("inactive").and_then(Value::as_bool) == Some(true)
        || of_the_guide(member, "ext-changeType").and_then(value_of) == Some(json!("dropped"));
    if left {
        return Ok(None);
    }
    let flaw = |element: &str, kind| Malformed::new(format!("Group.member[{at}].{element}"), kind);
    // A number of the vendor's own is no case: all of them would be cases that nobody knows.
    let case = member.pointer("/entity/identifier").and_then(|held| numbered(held, CASE));
    let case = case.ok_or_else(|| flaw("entity.identifier", MalformedKind::Blank))?;
    let state = extension_of(member, STATE).and_then(value_of);
    let place = "extension(urn:icm:extension:state)";
    let state = state.as_ref().and_then(Value::as_str).ok_or_else(|| flaw(place, MalformedKind::Blank))?;
    if !VendorStatus::ALL.iter().any(|known| known.id() == state) {
        return Err(flaw(place, MalformedKind::WrongShape));
    }
    Ok(Some((case.to_owned(), state.to_owned())))
}

/// A Group as one part of a snapshot; it is the only one where it does not number itself. `id` is that of the message that
/// brought it, if any did.
pub(super) fn part(vendor: &VendorId, group: &Value, id: Option<&str>) -> Result<String, Malformed> {
    let head = head(group)?;
    let [part, parts, hash] = PART.map(|address| extension_of(group, address).and_then(value_of));
    let whole = parts.as_ref().is_none_or(|parts| *parts == json!(1));
    let lines = || head.lines.iter().map(|(case, state)| (case.as_str(), state.as_str()));
    let counted = group.get("quantity").cloned().unwrap_or_else(|| json!(head.lines.len()));
    let made = if whole { Some(json!(roster::hash(lines()))) } else { None };
    let part = part.unwrap_or_else(|| json!(1));
    let data = json!({
        "snapshot_id": head.snapshot,
        "as_of": day_of(&head.updated),
        "part": part,
        "parts": parts.unwrap_or_else(|| json!(1)),
        "count": counted,
        "hash": hash.or(made).unwrap_or_default(),
        "lines": lines().map(|(case, state)| roster::listed(case, state)).collect::<Vec<_>>(),
    });
    let id = id.map(str::to_owned).or_else(|| id_of(group)).unwrap_or_default();
    Ok(roster::body(vendor, &id, &head.updated, &data))
}

/// The bodies of a Group out of a file, which may be as long as it is. None: the resource holds no Group.
pub(in crate::vendor) fn list_in(
    vendor: &VendorId,
    resource: &Value,
) -> Option<Result<Vec<String>, Malformed>> {
    match group_in(resource) {
        Ok(group) => group.map(|group| parts(vendor, group)),
        Err(flaw) => Some(Err(flaw)),
    }
}

/// The parts of a list. A count that is stated must be right.
fn parts(vendor: &VendorId, group: &Value) -> Result<Vec<String>, Malformed> {
    let head = head(group)?;
    let whole = extension_of(group, PART[1]).and_then(value_of).is_none_or(|parts| parts == json!(1));
    if !whole {
        return part(vendor, group, None).map(|body| vec![body]);
    }
    let stated = group.get("quantity").and_then(Value::as_u64);
    if stated.is_some_and(|stated| stated != head.lines.len() as u64) {
        return Err(Malformed::new("Group.quantity", MalformedKind::WrongShape));
    }
    let day = day_of(&head.updated);
    Ok(roster::bodies(vendor, &head.snapshot, day, &head.updated, &head.lines))
}

/// A member whom a vendor holds or is offered, as the list of them says it: what the offer said, no more.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The case.
    pub case: String,
    /// Where it stands at the vendor, by the payer's book (`ACTIVE`).
    pub state: &'static str,
    /// Since when it is with the vendor.
    pub since: Day,
    /// Id of coverage.
    pub coverage_id: Phi<Box<str>>,
    /// Name, its parts with `^` between them.
    pub name: Option<Phi<Box<str>>>,
    /// Birth date.
    pub birth_date: Option<Phi<Day>>,
    /// Line of business.
    pub line_of_business: Option<LineOfBusiness>,
    /// A request for confidential communication is in force.
    pub confidential: bool,
}

/// Why an element that the guide requires is not there: what is not needed is not told (FACTS §7), or is not known.
fn absent(why: &str) -> Value {
    let address = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
    json!({ "extension": [extension(address, "valueCode", &json!(why))] })
}

/// The list of a vendor's members as a Bundle with an ATR Group, and the Patients and Coverages that it points to.
pub fn list_of(vendor: &VendorId, snapshot: &str, made: Moment, members: &[Listed]) -> Value {
    let mut entries = vec![entry(&url("Group", snapshot), &group(vendor, snapshot, made, members))];
    let address = address_of(vendor);
    entries.push(entry(&url("Organization", vendor.as_str()), &organization(vendor.as_str(), &address)));
    entries
        .push(entry(&url("Organization", "payer"), &organization("payer", crate::vendor::envelope::SOURCE)));
    for member in members {
        entries.push(entry(&url("Patient", &member.case), &patient(member)));
        entries.push(entry(&url("Coverage", &member.case), &coverage(member)));
    }
    let mut bundle = json!({
        "resourceType": "Bundle", "type": "collection", "timestamp": made.to_string(), "entry": entries,
    });
    prune(&mut bundle);
    bundle
}

fn group(vendor: &VendorId, snapshot: &str, made: Moment, members: &[Listed]) -> Value {
    let status = format!("{GUIDE}ext-attributionListStatus");
    json!({
        "resourceType": "Group",
        "meta": { "lastUpdated": made.to_string(), "profile": [format!("{GUIDE}atr-group")] },
        "extension": [extension(&status, "valueCode", &json!("final"))],
        "identifier": [{ "system": SNAPSHOT, "value": snapshot }],
        "active": true,
        "type": "person",
        "actual": true,
        "name": vendor.as_str(),
        "quantity": members.len(),
        "managingEntity": reference("Organization", "payer"),
        "member": members.iter().map(|member| listed(vendor, member)).collect::<Vec<_>>(),
    })
}

fn listed(vendor: &VendorId, member: &Listed) -> Value {
    let of_the_guide =
        |name: &str, held: &Value| extension(&format!("{GUIDE}{name}"), "valueReference", held);
    json!({
        "extension": [
            of_the_guide("ext-coverageReference", &reference("Coverage", &member.case)),
            of_the_guide("ext-attributedProvider", &reference("Organization", vendor.as_str())),
            extension(STATE, "valueCode", &json!(member.state)),
        ],
        "entity": {
            "reference": url("Patient", &member.case),
            "identifier": { "system": CASE, "value": member.case },
        },
        "period": { "start": member.since.to_string() },
        "inactive": false,
    })
}

fn organization(name: &str, address: &str) -> Value {
    json!({
        "resourceType": "Organization",
        "identifier": [{ "system": "urn:ietf:rfc:3986", "value": address }],
        "active": true,
        "name": name,
    })
}

fn patient(member: &Listed) -> Value {
    let name = member.name.as_ref().map(|name| crate::vendor::major::name_in_parts(name.expose()));
    json!({
        "resourceType": "Patient",
        // A vendor that takes this Patient for the offer's must not lose the label.
        "meta": { "security": restricted(member.confidential) },
        "identifier": [{
            "type": coding(super::IDENTIFIER_TYPES, "MB"), "system": COVERAGE, "value": member.coverage_id.expose(),
        }],
        "name": [name.unwrap_or_else(|| absent("unknown"))],
        "_gender": absent("masked"),
        "birthDate": member.birth_date.as_ref().map(|day| day.expose().to_string()),
    })
}

fn coverage(member: &Listed) -> Value {
    let lob = member.line_of_business.map(|lob| coding(LINE_OF_BUSINESS, lob.id()));
    json!({
        "resourceType": "Coverage",
        "status": "active",
        "type": lob,
        "subscriberId": member.coverage_id.expose(),
        "beneficiary": reference("Patient", &member.case),
        "period": absent("masked"),
        "payor": [reference("Organization", "payer")],
    })
}
