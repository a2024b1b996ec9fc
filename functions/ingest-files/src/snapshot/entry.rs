//! What a manifest remembers of a fact: whose it is, what it is about, a hash of its content, and when it was received.

use icm_contract::keys;
use icm_domain::claim::ClaimKind;
use icm_domain::day::Day;
use icm_domain::facts::{Coverage, Fact, LineOfBusiness};
use icm_domain::ids::{ClaimId, MemberId, SourceId};
use serde::{Deserialize, Serialize};

/// What a fact of a snapshot is about: enough to take it back when it is gone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Thing {
    /// A claim.
    #[serde(rename = "c")]
    Claim(ClaimId),
    /// A span of coverage.
    #[serde(rename = "e")]
    Coverage {
        #[serde(rename = "l")]
        lob: LineOfBusiness,
        #[serde(rename = "f")]
        from: Day,
        #[serde(rename = "t")]
        thru: Option<Day>,
    },
}

impl Thing {
    /// Its name among those of one member: a span is known by its first day, whatever is said of its last.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Claim(claim) => format!("c#{}", claim.as_str()),
            Self::Coverage { lob, from, .. } => format!("e#{lob:?}#{from}"),
        }
    }

    /// Whether it is a span of coverage that ended before a day.
    pub(crate) fn ended_before(&self, day: Day) -> bool {
        matches!(self, Self::Coverage { thru: Some(thru), .. } if *thru < day)
    }

    /// Whether two spans of coverage of one line of business share a day.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        let (
            Self::Coverage { lob, from, thru },
            Self::Coverage { lob: other_lob, from: other_from, thru: other_thru },
        ) = (self, other)
        else {
            return false;
        };
        lob == other_lob
            && thru.is_none_or(|thru| *other_from <= thru)
            && other_thru.is_none_or(|thru| *from <= thru)
    }

    /// The fact that takes it back; of a span, when a file of everybody covered tells of a day, what lies from that day on.
    pub(crate) fn withdrawn(&self, source: &SourceId, received: Day, roll: Option<Day>) -> Fact {
        let source = source.clone();
        match self {
            Self::Claim(claim_id) => Fact::Retraction { received, source, claim_id: claim_id.clone() },
            Self::Coverage { lob, from, thru } => Fact::Coverage(Coverage {
                source,
                received,
                lob: *lob,
                from: roll.map_or(*from, |day| day.max(*from)),
                thru: *thru,
                retracted: true,
            }),
        }
    }
}

/// A line of a manifest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Whose.
    #[serde(rename = "m")]
    pub(crate) member: MemberId,
    /// What it is about.
    #[serde(rename = "k")]
    pub(crate) thing: Thing,
    /// Hash of the content.
    #[serde(rename = "h")]
    pub(crate) hash: String,
    /// The day of receipt under which it was sent; of what is gone, the day on which it was taken back.
    #[serde(rename = "r")]
    pub(crate) received: Day,
    /// It was taken back.
    #[serde(rename = "g", default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) gone: bool,
}

/// Facts that repeat beside each other, and are compared with each other: of one feed, and of one kind, because feeds
/// write claims of different kinds and coverage into files of their own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Series {
    /// The feed.
    pub(crate) source: SourceId,
    /// Kind of facts.
    pub(crate) kind: &'static str,
}

impl Series {
    /// The name of the series in keys: a feed may be named after anything.
    pub(crate) fn name(&self) -> String {
        keys::short_hash(format!("{}#{}", self.source.as_str(), self.kind).as_bytes())
    }
}

/// The kind of spans of coverage.
pub(crate) const COVERAGE: &str = "coverage";

/// The feed and kind of a fact, and what it is about; none for what snapshots do not take back: rows about people, rosters
/// and consents carry their own dates.
fn place_of(fact: &Fact) -> Option<(&SourceId, &'static str, Thing)> {
    if let Fact::Claim(claim) = fact {
        let kind = match claim.kind {
            ClaimKind::Institutional => "institutional",
            ClaimKind::Professional => "professional",
            ClaimKind::Pharmacy => "pharmacy",
            ClaimKind::Dental => "dental",
        };
        return Some((&claim.source, kind, Thing::Claim(claim.claim_id.clone())));
    }
    let Fact::Coverage(span) = fact else { return None };
    let thing = Thing::Coverage { lob: span.lob, from: span.from, thru: span.thru };
    Some((&span.source, COVERAGE, thing))
}

/// The entry of a fact in the manifest of its series. Where the day of ingest counts as the day of receipt, and of coverage
/// (an 834 tells every span on its own day), the content is hashed without it: otherwise every snapshot would be new as a whole.
pub(crate) fn entry_of(member: &MemberId, fact: &Fact, received_at_ingest: bool) -> Option<(Series, Entry)> {
    let (source, kind, thing) = place_of(fact)?;
    let series = Series { source: source.clone(), kind };
    let received = fact.received();
    let hash = if received_at_ingest || kind == COVERAGE {
        let mut undated = fact.clone();
        receive(&mut undated, Day::from_count(0));
        hash_of(member, &undated)
    } else {
        hash_of(member, fact)
    };
    Some((series, Entry { member: member.clone(), thing, hash, received, gone: false }))
}

fn hash_of(member: &MemberId, fact: &Fact) -> String {
    // Serialising a fact cannot fail: it has no maps with keys that are not texts.
    keys::short_hash(&serde_json::to_vec(&(member, fact)).unwrap_or_default())
}

/// Sets the day of receipt of what snapshots may hold.
pub(crate) fn receive(fact: &mut Fact, day: Day) {
    if let Fact::Claim(claim) = fact {
        claim.received = day;
    } else if let Fact::Coverage(span) = fact {
        span.received = day;
    }
}
