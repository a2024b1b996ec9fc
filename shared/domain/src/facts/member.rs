//! All facts of one member, sorted by kind.

use super::{
    AdtEvent, Closure, Consent, ConsentKind, Coverage, Fact, LineOfBusiness, Override, Preference, Profile,
    Referral, RosterRow,
};
use crate::claim::ClaimVersion;
use crate::day::Day;
use crate::ids::{ClaimId, MemberId, SourceId};
use std::borrow::Cow;

/// Everything known about one member, whenever it was received.
#[derive(Clone, Debug, Default)]
pub struct MemberFacts {
    /// Claim versions.
    pub claims: Vec<ClaimVersion>,
    /// Claims that a snapshot no longer holds: when, feed, number.
    pub retractions: Vec<(Day, SourceId, ClaimId)>,
    /// Coverage spans.
    pub coverage: Vec<Coverage>,
    /// Profiles as received.
    pub profiles: Vec<Profile>,
    /// Roster rows.
    pub rosters: Vec<RosterRow>,
    /// Consents.
    pub consents: Vec<Consent>,
    /// Contact preferences.
    pub preferences: Vec<Preference>,
    /// Ends of earlier cases.
    pub closures: Vec<Closure>,
    /// Referrals.
    pub referrals: Vec<Referral>,
    /// Clinicians' overrides.
    pub overrides: Vec<Override>,
    /// ADT events.
    pub adt: Vec<AdtEvent>,
    /// Other ids of the same person.
    pub aliases: Vec<MemberId>,
}

impl MemberFacts {
    /// Adds one fact.
    pub fn push(&mut self, fact: Fact) {
        match fact {
            Fact::Claim(claim) => self.claims.push(*claim),
            Fact::Coverage(span) => self.coverage.push(span),
            Fact::Profile(profile) => self.profiles.push(*profile),
            Fact::Roster(row) => self.rosters.push(*row),
            Fact::Consent(consent) => self.consents.push(consent),
            Fact::Preference(preference) => self.preferences.push(preference),
            Fact::Closure(closure) => self.closures.push(closure),
            Fact::Referral(referral) => self.referrals.push(referral),
            Fact::Override(change) => self.overrides.push(change),
            Fact::Adt(event) => self.adt.push(event),
            Fact::Alias { other, .. } => self.aliases.push(other),
            Fact::Retraction { received, source, claim_id } => {
                self.retractions.push((received, source, claim_id));
            }
        }
    }

    /// Takes in everything known about the same person under another id (DESIGN D2).
    pub fn absorb(&mut self, other: Self) {
        self.claims.extend(other.claims);
        self.retractions.extend(other.retractions);
        self.coverage.extend(other.coverage);
        self.profiles.extend(other.profiles);
        self.rosters.extend(other.rosters);
        self.consents.extend(other.consents);
        self.preferences.extend(other.preferences);
        self.closures.extend(other.closures);
        self.referrals.extend(other.referrals);
        self.overrides.extend(other.overrides);
        self.adt.extend(other.adt);
        self.aliases.extend(other.aliases);
    }

    /// Whether a snapshot took this version back by `as_of`; a version received later is a new one.
    pub fn retracted(&self, version: &ClaimVersion, as_of: Day) -> bool {
        self.retractions.iter().any(|(day, source, number)| {
            *day <= as_of
                && version.received <= *day
                && *source == version.source
                && *number == version.claim_id
        })
    }

    /// The person as known on a day: the profile received last speaks, field by field.
    pub fn person(&self, as_of: Day) -> Profile {
        self.known_person(as_of).into_owned()
    }

    /// The person as known on a day; the profile itself where only one is known, the common case.
    pub(crate) fn known_person(&self, as_of: Day) -> Cow<'_, Profile> {
        let mut known = self.profiles_known(as_of);
        match (known.next(), known.next()) {
            (None, _) => Cow::Owned(Profile::default()),
            (Some(only), None) => Cow::Borrowed(only),
            (Some(_), Some(_)) => Cow::Owned(self.overlaid(as_of)),
        }
    }

    fn profiles_known(&self, as_of: Day) -> impl Iterator<Item = &Profile> {
        self.profiles.iter().filter(move |profile| profile.received.is_none_or(|day| day <= as_of))
    }

    fn overlaid(&self, as_of: Day) -> Profile {
        let mut known: Vec<&Profile> = self.profiles_known(as_of).collect();
        // Equal receipt days: a fixed order by content, so that the order of arrival cannot matter.
        known.sort_by_cached_key(|profile| (profile.received, format!("{:?}", profile.order_key())));
        known.into_iter().fold(Profile::default(), Profile::overlaid_by)
    }

    /// The span that covers a day, the one received last first.
    pub fn covering(&self, day: Day, as_of: Day) -> Option<&Coverage> {
        self.coverage
            .iter()
            .filter(|span| {
                span.received <= as_of && span.from <= day && span.thru.is_none_or(|thru| day <= thru)
            })
            .filter(|span| !self.superseded(span, day, as_of))
            .max_by_key(|span| (span.received, span.from, span.lob))
    }

    /// A span is superseded by a later word of the same feed about the same first day (shortened or retracted); a day
    /// of it is withdrawn by a later retraction that covers the day (a termination that names the last day only).
    fn superseded(&self, span: &Coverage, day: Day, as_of: Day) -> bool {
        let withdraws = |other: &Coverage| {
            other.retracted && other.from <= day && other.thru.is_none_or(|thru| day <= thru)
        };
        let later_word = self.coverage.iter().any(|other| {
            other.received <= as_of
                && other.source == span.source
                && other.lob == span.lob
                && other.received > span.received
                && (other.from == span.from || withdraws(other))
        });
        span.retracted || later_word
    }

    /// Line of business on a day: the one stated for the member as such, else that of the span that covers the day; a
    /// member not covered then has the line of the last span before it.
    pub fn lob(&self, as_of: Day) -> Option<LineOfBusiness> {
        let known = || self.coverage.iter().filter(|span| span.received <= as_of);
        let last = || known().max_by_key(|span| (span.from, span.received, span.lob));
        let by_coverage = || self.covering(as_of, as_of).or_else(last).map(|span| span.lob);
        self.lob_stated(as_of).or_else(by_coverage)
    }

    /// The line of business that the profiles known on a day state for the member as such.
    fn lob_stated(&self, as_of: Day) -> Option<LineOfBusiness> {
        let states = self.profiles_known(as_of).any(|profile| profile.lob.is_some());
        if states { self.known_person(as_of).lob } else { None }
    }

    /// Whether a consent of this kind is in force: the record that began last speaks.
    pub fn consents_to(&self, kind: ConsentKind, as_of: Day) -> bool {
        let known = self.consents.iter().filter(|c| c.kind == kind && c.received <= as_of && c.from <= as_of);
        known
            .max_by_key(|consent| (consent.from, consent.received, consent.revoked))
            .is_some_and(|consent| !consent.revoked && consent.thru.is_none_or(|thru| as_of <= thru))
    }
}

impl FromIterator<Fact> for MemberFacts {
    fn from_iter<I: IntoIterator<Item = Fact>>(facts: I) -> Self {
        let mut all = Self::default();
        facts.into_iter().for_each(|fact| all.push(fact));
        all
    }
}

impl Profile {
    /// What orders two profiles received on one day.
    fn order_key(&self) -> impl std::fmt::Debug + use<> {
        (self.birth, self.death, self.sex.map(|sex| sex as u8), self.chronic, self.meds, self.smi, self.lob)
    }

    /// This profile with every field that `later` states.
    #[must_use]
    pub fn overlaid_by(self, later: &Self) -> Self {
        Self {
            received: later.received.or(self.received),
            birth: later.birth.or(self.birth),
            death: later.death.or(self.death),
            sex: later.sex.or(self.sex),
            name: later.name.clone().or(self.name),
            address: later.address.clone().or(self.address),
            phones: if later.phones.is_empty() { self.phones } else { later.phones.clone() },
            language: later.language.or(self.language),
            county: later.county.clone().or(self.county),
            race_ethnicity: later.race_ethnicity.clone().or(self.race_ethnicity),
            pcp: later.pcp.clone().or(self.pcp),
            chronic: later.chronic.or(self.chronic),
            meds: later.meds.or(self.meds),
            smi: later.smi.or(self.smi),
            incarcerated: later.incarcerated.or(self.incarcerated),
            other_plan_manages: later.other_plan_manages.or(self.other_plan_manages),
            lob: later.lob.or(self.lob),
        }
    }
}
