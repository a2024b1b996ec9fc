//! A decision in words, for people who did not write the rules.

use super::words;
use icm_domain::claim::{ClaimKind, ClaimVersion, Line};
use icm_domain::day::Day;
use icm_domain::decision::Rule;
use icm_domain::decision::record::{CitedClaim, Clause, Managed, Record};
use icm_domain::facts::MemberFacts;
use std::fmt::Write as _;

/// The record in words; the facts that it was made from tell what its claim lines say.
pub fn text(member: &str, record: &Record, facts: &MemberFacts) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{member} as of {}: {} ({})", record.as_of, record.decision.id(), record.reason);
    let (model, why, service) = &record.recommended;
    let _ = writeln!(out, "recommended: {} {} ({why}); {service}", model.id(), words::model(*model));
    if let Some(place) = record.priority {
        let _ = writeln!(
            out,
            "place in the queue: {}, {}, {} of 3 signs that help changes something, waiting since {}",
            words::tier(place.tier),
            words::persistence(place.persistence),
            3 - place.not_impactable,
            place.waiting_since
        );
    }
    rules(&mut out, record);
    others(&mut out, record);
    cited(&mut out, record, facts);
    said(&mut out, record);
    outlook(&mut out, record);
    section(&mut out, "Decided with", [versions(record)].into_iter());
    out
}

fn versions(record: &Record) -> String {
    let versions = &record.versions;
    format!(
        "criteria {} {}, tables {}, cut-offs {}, facts {}",
        versions.criteria,
        versions.criteria_version,
        versions.tables,
        versions.cutoffs.as_deref().unwrap_or("none"),
        record.fact_set
    )
}

/// Each rule with its verdict, its clauses below it: a clause may be met and its rule not.
fn rules(out: &mut String, record: &Record) {
    let met = |rule: &Rule| record.triggers.contains(rule);
    let rows = |clauses: &[Clause]| {
        let Some(rule) = clauses.first().map(|clause| clause.rule) else { return Vec::new() };
        let mark = if met(&rule) { "x" } else { " " };
        let head = format!("[{mark}] {}: {}", rule.id(), words::rule(rule));
        std::iter::once(head).chain(clauses.iter().map(clause)).collect::<Vec<_>>()
    };
    let all = record.clauses.chunk_by(|one, other| one.rule == other.rule);
    let (yes, no): (Vec<&[Clause]>, Vec<&[Clause]>) =
        all.partition(|clauses| clauses.first().is_some_and(|clause| met(&clause.rule)));
    section(out, "Rules met", yes.into_iter().flat_map(rows));
    section(out, "Rules not met", no.into_iter().flat_map(rows));
}

fn clause(clause: &Clause) -> String {
    let value = clause.value.map_or_else(|| "not evaluated".to_owned(), |value| value.to_string());
    let reached = if clause.met { "reached" } else { "not reached" };
    let verdict = if clause.value.is_some() { reached } else { "no table" };
    format!("      {}: {value} of {} ({verdict})", words::clause(clause.what), clause.threshold)
}

/// Who else manages, and how it goes: half of the decision.
fn others(out: &mut String, record: &Record) {
    let nobody = record.finding.map(|absence| {
        let about =
            record.finding_model.map_or_else(String::new, |model| format!(" ({})", words::model(model)));
        let last = record.finding_last.map_or_else(String::new, |day| format!(", last sign {day}"));
        format!("nobody is engaged: {}{about}{last}", words::absence(absence))
    });
    section(out, "Other programs", record.managed.iter().map(program).chain(nobody));
    let considered = record.alternatives.iter().map(|other| {
        let fits = if other.fits.is_some() { "fits" } else { "does not fit" };
        let why = other.fits.map_or_else(String::new, |why| format!(" ({why})"));
        let hindrance =
            other.hindrance.map_or_else(String::new, |what| format!(", but {}", words::absence(what)));
        format!("{} {}: {fits}{why}{hindrance}", other.model.id(), words::model(other.model))
    });
    section(out, "Models considered", considered);
}

fn program(managed: &Managed) -> String {
    let day = |day: Option<Day>| day.map_or_else(|| "an unknown day".to_owned(), |day| day.to_string());
    let finding = &managed.finding;
    let state = managed.verdict.map_or_else(
        || finding.absence.map_or("not active", words::absence).to_owned(),
        |verdict| words::verdict(verdict).to_owned(),
    );
    let failing: Vec<&str> = managed.failing_on.iter().map(|rule| rule.id()).collect();
    let failing =
        if failing.is_empty() { String::new() } else { format!("; since then {}", failing.join(", ")) };
    format!(
        "{} {}: {state}; since {}, last sign {}, enough service: {}{failing}",
        finding.model.id(),
        words::model(finding.model),
        day(finding.start),
        day(finding.last),
        if finding.dosed { "yes" } else { "no" },
    )
}

/// The claims and roster rows that the decision rests on, with what their lines say.
fn cited(out: &mut String, record: &Record, facts: &MemberFacts) {
    let claims = record.cited.claims.iter().flat_map(|cited| {
        let claim = facts.claims.iter().rfind(|claim| {
            claim.claim_id == cited.claim_id && claim.from == cited.from && claim.received == cited.received
        });
        claim_rows(cited, claim)
    });
    section(out, "Claims cited", claims);
    section(
        out,
        "Roster rows cited",
        record.cited.rosters.iter().map(|row| {
            format!(
                "{} {} as of {} {}",
                row.program.as_str(),
                words::model(row.model),
                row.as_of,
                row.sensitivity
            )
        }),
    );
}

/// What people said: referrals, overrides, ends of earlier cases.
fn said(out: &mut String, record: &Record) {
    let cited = &record.cited;
    let referrals = cited
        .referrals
        .iter()
        .map(|row| format!("referred by {} on {}", words::referral(row.by), row.received));
    let overrides = cited.overrides.iter().map(|row| {
        format!(
            "{} by {} from {} until {}",
            words::overridden(row.what),
            row.by.as_str(),
            row.received,
            row.until
        )
    });
    let closures = cited.closures.iter().map(|row| format!("{} on {}", words::closed(row.kind), row.date));
    section(out, "What people said", referrals.chain(overrides).chain(closures));
}

fn claim_rows(cited: &CitedClaim, claim: Option<&ClaimVersion>) -> Vec<String> {
    let about = claim.map_or_else(String::new, |claim| format!(" {}", about(claim)));
    let days = if cited.from == cited.thru {
        cited.from.to_string()
    } else {
        format!("{} to {}", cited.from, cited.thru)
    };
    let head = format!(
        "{} {days}{about}; received {}; {}",
        cited.claim_id.as_str(),
        cited.received,
        cited.sensitivity
    );
    let told = |at: &usize| {
        let line = claim?.lines.get(at.checked_sub(1)?)?;
        Some(format!("      line {at}: {}", codes(line)))
    };
    std::iter::once(head).chain(cited.lines.iter().filter_map(told)).collect()
}

/// Kind, place and principal diagnosis. Codes without descriptors.
fn about(claim: &ClaimVersion) -> String {
    let kind = match claim.kind {
        ClaimKind::Institutional => "facility bill",
        ClaimKind::Professional => "practitioner's bill",
        ClaimKind::Pharmacy => "drug claim",
        ClaimKind::Dental => "dental claim",
    };
    let mut said = kind.to_owned();
    for (name, code) in [("type", &claim.bill_type), ("principal diagnosis", &claim.principal_dx().copied())]
    {
        if let Some(code) = code {
            let _ = write!(said, ", {name} {}", code.as_str());
        }
    }
    said
}

fn codes(line: &Line) -> String {
    let named =
        [("revenue", &line.rev), ("procedure", &line.hcpcs), ("place", &line.pos), ("drug", &line.ndc)];
    let said =
        named.into_iter().filter_map(|(name, code)| code.map(|code| format!("{name} {}", code.as_str())));
    said.collect::<Vec<_>>().join(", ")
}

/// What comes of it: follow-up, near misses, what would flip it, when it is looked at again.
fn outlook(out: &mut String, record: &Record) {
    let follow_up = record.follow_up.iter().map(|gap| {
        format!(
            "{} of {}: {}, due by {}",
            words::measure(gap.measure),
            gap.index,
            words::follow_up(gap.follow_up),
            gap.until
        )
    });
    let lace = record.lace.map(|score| format!("risk of coming back (LACE): {score} of 19"));
    section(out, "Follow-up", follow_up.chain(lace));
    section(out, "Near misses", record.near_misses.iter().cloned());
    section(out, "What would flip it", record.flip.iter().cloned());
    section(out, "Looked at again", record.next_review.iter().map(ToString::to_string));
}

fn section(out: &mut String, title: &str, rows: impl Iterator<Item = String>) {
    let mut rows = rows.peekable();
    if rows.peek().is_some() {
        let _ = writeln!(out, "\n{title}");
        for row in rows {
            let _ = writeln!(out, "  {row}");
        }
    }
}
