//! What a run prints.

use super::Plan;
use super::actors::Deeds;
use super::census::Census;
use crate::meter::{Counted, Receipt};
use crate::stack::{Invocations, Triggers};
use icm_domain::decision::DecisionKind;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

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
        self.decided(&mut out);
        self.funnel(&mut out);
        section(&mut out, "Where the cases stand now (adds up to the cases opened)", &self.census.statuses);
        section(&mut out, "Effects by kind and state", &self.census.effects);
        section(&mut out, "Vendors took", &self.deeds.offers);
        section(
            &mut out,
            "Vendors replied (the payer's own teams accept without a message)",
            &self.deeds.replies,
        );
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "\nCost receipt of this run: files, outreach and vendors, a claim\n{}",
            self.receipt
        );
        if !self.is_complete() {
            let title =
                "Given up: these messages lie in dead-letter queues, and what they say was not acted on";
            section(&mut out, title, &self.given_up);
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

    /// Members by decision: the rows add up to all of them.
    fn decided(&self, out: &mut String) {
        let (census, decisions) = (&self.census, self.decisions());
        let _ = writeln!(
            out,
            "{} files, {} members, {} claim versions",
            self.files, census.members, census.claims
        );
        section(out, &format!("Decisions as of {}", self.ended), &decisions);
        let undecided = census.members.saturating_sub(decisions.values().sum());
        if undecided > 0 {
            row(out, "facts stored, not decided", undecided);
        }
        row(out, "all members", census.members);
    }

    fn funnel(&self, out: &mut String) {
        let (cases, days) = (&self.census.cases, self.days);
        let _ = writeln!(out, "\nFunnel of cases after {days} days (a case counts in every row it reached)");
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
            row(out, name, count);
        }
    }
}

fn section<K: Display>(out: &mut String, title: &str, rows: &BTreeMap<K, u64>) {
    let _ = writeln!(out, "\n{title}");
    for (name, count) in rows {
        row(out, name, *count);
    }
}

fn row(out: &mut String, name: impl Display, count: u64) {
    let _ = writeln!(out, "  {name:<32}{count:>8}");
}
