//! `icm decide`: the decision about every member, or about worked examples.

use super::output::{Lines, diagnose, fail, report};
use super::policy::{Loaded, PolicyArgs};
use super::{day_arg, exit, receipt};
use crate::population::Population;
use clap::Args as ClapArgs;
use icm_domain::day::Day;
use icm_domain::decision::evidence::{self, Evidence};
use icm_domain::decision::{Counts, Decision, DecisionKind, Judged, Rule, Standing, decide, settled};
use icm_domain::facts::{ClosureKind, MemberFacts, Model, OverrideKind, ReferralSource};
use icm_domain::management::{Absence, Finding};
use icm_formats::vignettes;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Examples of use, shown by `--help`.
const EXAMPLES: &str = "Examples:
  icm decide --data claims/ --as-of 2026-06-30
  icm decide --data claims/ --as-of 2026-06-30 --criteria tighter.json
  icm decide --vignettes cases.json --tables tables/

Exit code: 0 a result was produced, 2 nothing could be read, 64 wrong usage.";

/// Arguments of `icm decide`.
#[derive(ClapArgs)]
#[command(after_help = EXAMPLES)]
#[command(group(clap::ArgGroup::new("input").required(true).args(["data", "vignettes"])))]
pub struct Args {
    /// Folder or file of claims, eligibility, rosters and consents, any mix of formats.
    #[arg(long, value_name = "DIR", requires = "as_of")]
    data: Vec<PathBuf>,
    /// Decide as of this day (YYYY-MM-DD).
    #[arg(long, value_name = "DATE", value_parser = day_arg)]
    as_of: Option<Day>,
    /// `ingest`: received on the day given by --as-of, whatever the files state; or a date.
    #[arg(long, value_name = "DATE")]
    received: Option<String>,
    /// File of worked examples in the case format; each has its own day.
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    vignettes: Option<PathBuf>,
    #[command(flatten)]
    policy: PolicyArgs,
}

/// Runs the command.
pub fn run(args: &Args) -> ExitCode {
    let loaded = match args.policy.load() {
        Ok(loaded) => loaded,
        Err(error) => return fail(error),
    };
    match (&args.vignettes, args.as_of) {
        (Some(file), _) => run_cases(file, &loaded),
        (None, Some(as_of)) => run_data(args, as_of, loaded),
        (None, None) => fail(("--as-of is needed with --data".to_owned(), exit::USAGE)),
    }
}

#[derive(Serialize)]
struct CaseRow<'a> {
    id: &'a str,
    decision: &'static str,
    reason: &'a str,
    triggers: &'a [Rule],
    counts: &'a Counts,
}

fn run_cases(file: &Path, loaded: &Loaded) -> ExitCode {
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) => return fail((format!("{}: {error}", file.display()), exit::NOTHING_READ)),
    };
    let cases = match vignettes::parse(&bytes) {
        Ok(cases) => cases,
        Err(error) => return fail((format!("{}: {error}", file.display()), exit::NOTHING_READ)),
    };
    let mut lines = Lines::new();
    for case in &cases {
        let decision = decide(&case.facts(), &case.standing(), case.as_of, loaded.policy());
        let row = CaseRow {
            id: &case.id,
            decision: decision.kind.id(),
            reason: &decision.reason,
            triggers: &decision.triggers,
            counts: &decision.counts,
        };
        if !lines.put(&row) {
            break;
        }
    }
    lines.finish(ExitCode::SUCCESS)
}

#[derive(Serialize)]
struct MemberRow<'a> {
    member_id: &'a str,
    decision: &'static str,
    reason: &'a str,
    triggers: &'a [Rule],
    counts: &'a Counts,
    managed: Vec<ManagedRow<'a>>,
    evidence: Vec<EvidenceRow<'a>>,
    finding: Option<Absence>,
    recommended_model: Model,
    next_review: Option<Day>,
}

#[derive(Serialize)]
struct ManagedRow<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    verdict: Option<&'static str>,
    review: Option<Day>,
    failing_on: &'a [Rule],
}

#[derive(Serialize)]
#[serde(untagged)]
enum EvidenceRow<'a> {
    Claim { claim_id: &'a str, from: Day, thru: Day, received: Day, sensitivity: &'static str },
    Roster { roster: &'a str, model: Model, as_of: Day, sensitivity: &'static str },
    Referral { referral: ReferralSource, received: Day },
    Override { r#override: OverrideKind, received: Day, until: Day },
    Closure { closure: ClosureKind, date: Day },
}

fn run_data(args: &Args, as_of: Day, loaded: Loaded) -> ExitCode {
    let options = match receipt(args.received.as_deref(), Some(as_of)) {
        Ok(options) => options,
        Err(error) => return fail(error),
    };
    let population = Population::read(&args.data, &options);
    let loaded = &loaded.knowing(&population);
    let standing = Standing::default();
    let mut lines = Lines::new();
    let mut kinds = std::collections::BTreeMap::<&str, u64>::new();
    for (member, received) in &population.members {
        let decision = decide(received, &standing, as_of, loaded.policy());
        let facts = &*settled(received, as_of, loaded.policy());
        *kinds.entry(decision.kind.id()).or_default() += 1;
        // Nothing was found: the counts are the evidence of that.
        let cited = if decision.kind == DecisionKind::NotTriggered {
            Evidence::default()
        } else {
            evidence::minimal(facts, &standing, as_of, loaded.policy(), &decision)
        };
        if !lines.put(&member_row(member.as_str(), facts, &decision, &cited, loaded)) {
            break;
        }
    }
    let code = report(&population);
    for (kind, count) in &kinds {
        diagnose(&format!("{count:>8} {kind}"));
    }
    lines.finish(code)
}

fn member_row<'a>(
    member_id: &'a str,
    facts: &'a MemberFacts,
    decision: &'a Decision,
    cited: &Evidence,
    loaded: &Loaded,
) -> MemberRow<'a> {
    MemberRow {
        member_id,
        decision: decision.kind.id(),
        reason: &decision.reason,
        triggers: &decision.triggers,
        counts: &decision.counts,
        managed: decision
            .findings
            .iter()
            .map(|finding| managed_row(finding, &decision.full.judged))
            .collect(),
        evidence: evidence_rows(facts, cited, loaded),
        finding: decision.full.absence.map(|absent| absent.what),
        recommended_model: decision.recommended.model,
        next_review: decision.next_review,
    }
}

fn managed_row<'a>(finding: &'a Finding, judged: &'a [Judged]) -> ManagedRow<'a> {
    let own = judged.iter().find(|j| j.finding.model == finding.model);
    ManagedRow {
        finding,
        verdict: own.map(|j| j.verdict.id()),
        review: own.and_then(|j| j.review),
        failing_on: own.map_or(&[], |j| &j.failing_on),
    }
}

fn evidence_rows<'a>(facts: &'a MemberFacts, cited: &Evidence, loaded: &Loaded) -> Vec<EvidenceRow<'a>> {
    let claims = cited.claims.iter().filter_map(|at| facts.claims.get(*at)).map(|claim| EvidenceRow::Claim {
        claim_id: claim.claim_id.as_str(),
        from: claim.from,
        thru: claim.thru,
        received: claim.received,
        sensitivity: evidence::claim_sensitivity(claim, loaded.policy()),
    });
    let rosters =
        cited.rosters.iter().filter_map(|at| facts.rosters.get(*at)).map(|row| EvidenceRow::Roster {
            roster: row.program.as_str(),
            model: row.model,
            as_of: row.as_of,
            sensitivity: evidence::row_sensitivity(row),
        });
    let referrals = cited.referrals.iter().filter_map(|at| facts.referrals.get(*at));
    let referrals = referrals.map(|row| EvidenceRow::Referral { referral: row.by, received: row.received });
    let overrides = cited.overrides.iter().filter_map(|at| facts.overrides.get(*at));
    let overrides = overrides.map(|row| EvidenceRow::Override {
        r#override: row.what,
        received: row.received,
        until: row.until,
    });
    let closures = cited.closures.iter().filter_map(|at| facts.closures.get(*at));
    let closures = closures.map(|row| EvidenceRow::Closure { closure: row.kind, date: row.date });
    claims.chain(rosters).chain(referrals).chain(overrides).chain(closures).collect()
}
