//! What a member says about being contacted, taken down by staff whether or not a case is open (FACTS §5.3: by any
//! reasonable means, at once; §5.4: three separate records). The wishes are facts; an open case hears of them like of
//! those that a file brings.

use crate::Ports;
use crate::access::desk::Desk;
use crate::audit::{Act, Entry};
use crate::facts::{Accepted, state};
use crate::problem::Problem;
use crate::reading::json;
use axum::Json;
use axum::body::Bytes;
use axum::extract::Path;
use http::StatusCode;
use icm_casework::Person;
use icm_contract::vendor::codes;
use icm_domain::day::Day;
use icm_domain::facts::{Channel, Closure, ClosureKind, Fact, Preference, PreferenceKind};
use icm_domain::ids::MemberId;
use schemars::JsonSchema;
use serde::Deserialize;

/// What the member wishes; at least one of the three.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WishesBody {
    /// True: no contact at all, for any program; false: that wish is taken back.
    #[serde(default)]
    do_not_contact: Option<bool>,
    /// Means of contact that may not be used.
    #[serde(default)]
    #[schemars(schema_with = "codes::channels")]
    refused: Vec<Channel>,
    /// Means of contact that may be used.
    #[serde(default)]
    #[schemars(schema_with = "codes::channels")]
    allowed: Vec<Channel>,
}

impl WishesBody {
    fn kinds(&self) -> Result<Vec<PreferenceKind>, Problem> {
        if self.refused.iter().any(|channel| self.allowed.contains(channel)) {
            return Err(Problem::field("allowed", "no channel that is refused too"));
        }
        let channel =
            |channel: &Channel, allowed| PreferenceKind::ChannelConsent { channel: *channel, allowed };
        let mut kinds: Vec<PreferenceKind> =
            self.do_not_contact.map(|set| PreferenceKind::DoNotContact { set }).into_iter().collect();
        kinds.extend(self.refused.iter().map(|refused| channel(refused, false)));
        kinds.extend(self.allowed.iter().map(|allowed| channel(allowed, true)));
        if kinds.is_empty() {
            return Err(Problem::field("do_not_contact", "a wish: this one, refused or allowed"));
        }
        Ok(kinds)
    }
}

/// `POST /v1/members/{member}/wishes`.
pub(crate) async fn wish<P: Ports>(
    desk: Desk<P>,
    Path(member): Path<String>,
    body: Bytes,
) -> Result<(StatusCode, Json<Accepted>), Problem> {
    let kinds = json::<WishesBody>(&body)?.kinds()?;
    let member = MemberId::new(member);
    let what: Vec<&str> = kinds.iter().map(code).collect();
    let entry = Entry::about(Act::StateWish, &member).what(what.join(" "));
    let today = desk.today();
    state(&desk, &member, entry, |person| {
        if kinds.iter().any(|kind| is_refused_today(person, kind, today)) {
            return Err(too_early());
        }
        let fact = |what| Fact::Preference(Preference { received: today, what });
        Ok(kinds.into_iter().map(fact).collect())
    })
    .await
}

/// Of two words of one day the one that permits less counts: a permission would be taken down and change nothing.
fn is_refused_today(person: &Person, wish: &PreferenceKind, today: Day) -> bool {
    let opposite = match wish {
        PreferenceKind::DoNotContact { set: false } => PreferenceKind::DoNotContact { set: true },
        PreferenceKind::ChannelConsent { channel, allowed: true } => {
            PreferenceKind::ChannelConsent { channel: *channel, allowed: false }
        }
        PreferenceKind::DoNotContact { .. }
        | PreferenceKind::ChannelConsent { .. }
        | PreferenceKind::SafeContact { .. } => return false,
    };
    let mut said = person.facts.preferences.iter().filter(|held| held.received == today);
    said.any(|held| held.what == opposite)
}

/// Whether these channels may be allowed again today, by a command about a case: a refusal of the same day would win, and
/// the case would say something else than the member's wishes.
pub(crate) fn may_allow(person: &Person, channels: &[Channel], today: Day) -> Result<(), Problem> {
    let wish = |channel: &Channel| PreferenceKind::ChannelConsent { channel: *channel, allowed: true };
    let refused = channels.iter().any(|channel| is_refused_today(person, &wish(channel), today));
    if refused { Err(too_early()) } else { Ok(()) }
}

/// What the member's own asking for the program says about contact besides: a wish not to be contacted at all is taken
/// back by it, or nobody could answer. Refused where the member has said no on the same day.
pub(crate) fn taken_back_by_asking(person: &Person, today: Day) -> Result<Option<Fact>, Problem> {
    let lifted = PreferenceKind::DoNotContact { set: false };
    // That nobody could reach the member is no word of theirs.
    let said_no = |closure: &&Closure| closure.kind != ClosureKind::UnableToContact;
    let left_today = person.facts.closures.iter().filter(said_no).any(|closure| closure.date == today);
    if left_today || is_refused_today(person, &lifted, today) {
        return Err(too_early());
    }
    let fact = Fact::Preference(Preference { received: today, what: lifted });
    Ok(person.permissions.do_not_contact.then_some(fact))
}

fn too_early() -> Problem {
    Problem::conflict("the member has refused this today: a permission counts from another day on")
}

/// The wish as a code of the audit trail.
const fn code(kind: &PreferenceKind) -> &'static str {
    match kind {
        PreferenceKind::DoNotContact { set: true } => "DO_NOT_CONTACT",
        PreferenceKind::DoNotContact { set: false } => "CONTACT_AGAIN",
        PreferenceKind::ChannelConsent { channel: Channel::Call, allowed: false } => "NO_CALL",
        PreferenceKind::ChannelConsent { channel: Channel::Text, allowed: false } => "NO_TEXT",
        PreferenceKind::ChannelConsent { channel: Channel::Letter, allowed: false } => "NO_LETTER",
        PreferenceKind::ChannelConsent { channel: Channel::Visit, allowed: false } => "NO_VISIT",
        PreferenceKind::ChannelConsent { channel: Channel::Call, allowed: true } => "CALL",
        PreferenceKind::ChannelConsent { channel: Channel::Text, allowed: true } => "TEXT",
        PreferenceKind::ChannelConsent { channel: Channel::Letter, allowed: true } => "LETTER",
        PreferenceKind::ChannelConsent { channel: Channel::Visit, allowed: true } => "VISIT",
        PreferenceKind::SafeContact { .. } => "SAFE_CONTACT",
    }
}
