//! What a run prints.

use super::Plan;
use super::actors::Deeds;
use super::census::Census;
use crate::meter::{Counted, Receipt};
use crate::stack::{Invocations, Triggers};
use icm_domain::decision::DecisionKind;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The result of a run.
#[derive(Clone, Debug)]
pub struct Report {
    /// The count of the store.
    pub census: Census,
    /// What people and vendors did.
    pub deeds: Deeds,
    /// Files dropped.
    pub files: usize,
    /// Requests to the queue service by action.
    pub queue_requests: BTreeMap<String, u64>,
    /// Calls of each function.
    pub invocations: BTreeMap<String, Invocations>,
    /// The day on which the run ended, by the store's clock.
    pub ended: icm_domain::day::Day,
    /// What the claims cost at list price, outreach and vendors included.
    pub receipt: Receipt,
    /// Messages that were given up, by dead-letter queue: what they say has not been acted on.
    pub given_up: BTreeMap<String, u64>,
    days: u32,
    explained: Option<String>,
}

impl Report {
    /// Puts together what a run left.
    pub fn of(
        plan: &Plan,
        triggers: &Triggers,
        census: Census,
        deeds: Deeds,
        files: usize,
        explained: Option<String>,
    ) -> Self {
        let account = triggers.account();
        Self {
            receipt: Receipt::of(&Counted::default(), census.claims),
            explained,
            census,
            deeds,
            files,
            queue_requests: account.queue_requests(),
            invocations: triggers.invocations(),
            ended: icm_domain::moment::Moment::from_millis(account.clock().now_ms()).day(),
            given_up: account.given_up(),
            days: plan.days,
        }
    }

    /// Whether everything that was sent was taken.
    pub fn is_complete(&self) -> bool {
        self.given_up.is_empty()
    }

    /// With the receipt of what was counted.
    #[must_use]
    pub fn with_receipt(mut self, counted: &Counted) -> Self {
        self.receipt = Receipt::of(counted, self.census.claims);
        self
    }

    /// The object of `--json`.
    pub fn json(&self) -> Value {
        let claims = self.census.claims.max(1);
        let per_million = |count: u64| count.saturating_mul(1_000_000) / claims;
        let requests: BTreeMap<String, u64> =
            self.queue_requests.iter().map(|(action, count)| (action.clone(), per_million(*count))).collect();
        let calls: BTreeMap<String, u64> =
            self.invocations.iter().map(|(name, counts)| (name.clone(), per_million(counts.calls))).collect();
        json!({
            "members": self.census.members,
            "claims": self.census.claims,
            "files": self.files,
            "as_of": self.ended,
            "decisions": self.decisions(),
            "cases": self.census.cases,
            "statuses": self.census.statuses,
            "dead_letters": self.given_up,
            "effects": self.census.effects,
            "vendor_messages": self.deeds.offers,
            "vendor_replies": self.deeds.replies,
            "receipt": self.receipt,
            "per_million_claims": { "sqs_requests": requests, "lambda_invocations": calls },
        })
    }

    /// Members by decision: every kind, also those that nobody has.
    fn decisions(&self) -> BTreeMap<&str, u64> {
        let mut all: BTreeMap<&str, u64> = DecisionKind::ALL.iter().map(|kind| (kind.id(), 0)).collect();
        all.extend(self.census.decisions.iter().map(|(kind, count)| (kind.as_str(), *count)));
        all
    }

    /// The funnel for people.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let census = &self.census;
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "{} files, {} members, {} claim versions",
            self.files, census.members, census.claims
        );
        let _ = writeln!(out, "\nDecisions as of {}", self.ended);
        let decisions = self.decisions();
        rows(&mut out, &decisions);
        let decided: u64 = decisions.values().sum();
        let undecided = census.members.saturating_sub(decided);
        if undecided > 0 {
            let _ = writeln!(out, "  {:<32}{undecided:>8}", "facts stored, not decided");
        }
        let _ = writeln!(out, "  {:<32}{:>8}", "all members", census.members);
        let cases = &census.cases;
        let _ = writeln!(
            out,
            "\nFunnel of cases after {} days (a case counts in every row it reached)",
            self.days
        );
        for (name, count) in [
            ("opened", cases.opened),
            ("queued", cases.queued),
            ("outreach", cases.outreach),
            ("attempted", cases.attempted),
            ("  reached", cases.reached),
            ("  unreached so far", cases.unreached),
            ("declined", cases.declined),
            ("consented", cases.consented),
            ("enrolled", cases.enrolled),
            ("offered to a team or vendor", cases.offered),
            ("accepted", cases.accepted),
            ("rejected at least once", cases.rejected),
            ("recalled", cases.recalled),
            ("active", cases.active),
        ] {
            let _ = writeln!(out, "  {name:<32}{count:>8}");
        }
        let _ = writeln!(out, "\nWhere the cases stand now (adds up to the cases opened)");
        rows(&mut out, &census.statuses);
        let _ = writeln!(out, "\nEffects by kind and state");
        rows(&mut out, &census.effects);
        let _ = writeln!(out, "\nVendors took");
        rows(&mut out, &self.deeds.offers);
        let _ = writeln!(out, "Vendors replied (the payer's own teams accept without a message)");
        rows(&mut out, &self.deeds.replies);
        let _ = writeln!(
            out,
            "\nCost receipt of this run: files, outreach and vendors, a claim\n{}",
            self.receipt
        );
        if !self.is_complete() {
            let _ = writeln!(
                out,
                "\nGiven up: these messages lie in dead-letter queues, and what they say was not acted on"
            );
            rows(&mut out, &self.given_up);
        }
        if let Some(explained) = &self.explained {
            let _ = writeln!(out, "\nOne decision explained\n{explained}");
        }
        for example in &self.deeds.examples {
            let shown = serde_json::to_string_pretty(example).unwrap_or_default();
            let _ = writeln!(out, "\nA message on a vendor's queue\n{shown}");
        }
        out
    }
}

fn rows<K: std::fmt::Display>(out: &mut String, rows: &BTreeMap<K, u64>) {
    for (name, count) in rows {
        let _ = writeln!(out, "  {name:<32}{count:>8}");
    }
}
