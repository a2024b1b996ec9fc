//! What facts say that an open case has not heard yet. A wish counts whichever way it came: by the phone, or by a file
//! (FACTS §5.3: revocation by any reasonable means, at once; §5.4: three separate records).

use crate::case::event::{EventKind, OptOutScope};
use crate::case::reason::ReviewReason;
use crate::case::remedy::JUDGE_AGAIN_DAYS;
use crate::case::state::Case;
use crate::case::status::Status;
use crate::day::Day;
use crate::decision::exclusion::standing_opt_outs;
use crate::facts::{Channel, ClosureKind, MemberFacts, PreferenceKind};
use crate::ids::MemberId;
use crate::outreach::permission::Permissions;

/// What is known of the member besides the case.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// All facts, under all ids.
    pub facts: &'a MemberFacts,
    /// Today.
    pub today: Day,
    /// The id under which the member is covered now, when one alone is.
    pub present: Option<&'a MemberId>,
    /// A trigger is met by events after the ramp of our own service (FACTS §3.3).
    pub fails: bool,
}

/// The events that the case must learn of, in this order; an ended case about which a person is asked hears of an opt-out
/// alone.
pub fn unheard(case: &Case, known: Known<'_>) -> Vec<EventKind> {
    if !case.is_open() {
        return opt_out(case, known.facts, known.today).map(EventKind::OptedOut).into_iter().collect();
    }
    let mut events = Vec::new();
    if let Some(present) = known.present.filter(|present| **present != case.member) {
        events.push(EventKind::MemberIdChanged { to: present.clone() });
    }
    let permissions = Permissions::of(&known.facts.preferences, known.today);
    if let Some(scope) = opt_out(case, known.facts, known.today) {
        events.push(EventKind::OptedOut(scope));
        return events;
    }
    let all = [Channel::Call, Channel::Text, Channel::Letter, Channel::Visit];
    let said = |allowed: bool| -> Vec<Channel> {
        let other = |channel: &Channel| case.contact.refused.contains(channel) == allowed;
        all.into_iter()
            .filter(|channel| permissions.stated(*channel) == Some(allowed))
            .filter(other)
            .collect()
    };
    let (refused, allowed) = (said(false), said(true));
    if !refused.is_empty() {
        events.push(EventKind::ChannelsRefused(refused));
    }
    if !allowed.is_empty() {
        events.push(EventKind::ChannelsAllowed(allowed));
    }
    let details = details(known.facts, known.today);
    if case.contact.details != Some(details) {
        events.push(EventKind::ContactDetailsKnown(details));
    }
    let upheld = case.upheld.is_some_and(|upheld| known.today.since(upheld) < JUDGE_AGAIN_DAYS);
    let judged = upheld || case.reviews.contains(&ReviewReason::NotWorking);
    if known.fails && case.status == Status::Active && !judged {
        events.push(EventKind::TriggeredAfterRamp);
    }
    events
}

/// The member's "no" that a case has not heard, open or asked about after its end, wherever it was said: to another program, to another system, before
/// this case (FACTS §5.4: it never expires except by the member). A consent to the program that is younger takes it back
/// for this case; of one day the "no" counts.
pub fn opt_out(case: &Case, facts: &MemberFacts, today: Day) -> Option<OptOutScope> {
    if !case.wants_work() || case.contact.opted_out {
        return None;
    }
    let consented = case.consent.as_ref().map(|consent| consent.given.day());
    let stands = |said: Day| consented.is_none_or(|given| given <= said);
    let stops = facts.preferences.iter().filter(|preference| {
        preference.received <= today && matches!(preference.what, PreferenceKind::DoNotContact { set: true })
    });
    let silent = Permissions::of(&facts.preferences, today).do_not_contact;
    if silent && stops.map(|preference| preference.received).max().is_some_and(stands) {
        return Some(OptOutScope::PlanWide);
    }
    let left = standing_opt_outs(facts, today).filter(|closure| stands(closure.date));
    let scopes = left.map(|closure| match closure.kind {
        ClosureKind::DoNotContact => OptOutScope::PlanWide,
        ClosureKind::Declined
        | ClosureKind::DeclinedNotNow
        | ClosureKind::UnableToContact
        | ClosureKind::Graduated
        | ClosureKind::OptOutPermanent => OptOutScope::Program,
    });
    scopes.max()
}

/// A fingerprint of how the member is reached: address, numbers, language, and the only means that may be used.
pub fn details(facts: &MemberFacts, today: Day) -> u64 {
    let person = facts.person(today);
    let safe = Permissions::of(&facts.preferences, today).safe;
    let mut hash = blake3::Hasher::new();
    let mut part = |text: &str| {
        hash.update(&(text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    };
    let addresses = [person.address.as_ref(), safe.as_ref().and_then(|safe| safe.address.as_ref())];
    for address in addresses {
        for line in address
            .map(crate::phi::Phi::expose)
            .into_iter()
            .flat_map(|it| [&it.street, &it.city, &it.state, &it.zip])
        {
            part(line);
        }
        part("|");
    }
    let phones = person.phones.iter().chain(safe.as_ref().and_then(|safe| safe.phone.as_ref()));
    for phone in phones {
        part(phone.expose());
    }
    part(person.language.as_ref().map_or("", crate::code::Code::as_str));
    part(if safe.is_some() { "safe" } else { "" });
    hash.finalize().as_bytes().iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::{Known, details, unheard};
    use crate::case::event::{EventKind, OptOutScope};
    use crate::case::state::{Delivery, HandOver};
    use crate::case::tests::life::Life;
    use crate::facts::{
        Channel, Closure, ClosureKind, Fact, MemberFacts, Preference, PreferenceKind, Profile, Referral,
        ReferralSource,
    };
    use crate::phi::Phi;

    fn told(life: &Life, facts: &MemberFacts) -> Vec<EventKind> {
        unheard(&life.case, Known { facts, today: life.now.day(), present: None, fails: false })
    }

    fn says(facts: &mut MemberFacts, life: &Life, what: PreferenceKind) {
        facts.push(Fact::Preference(Preference { received: life.now.day(), what }));
    }

    /// A case in outreach that has heard of everything.
    fn known(facts: &MemberFacts) -> Life {
        let mut life = Life::new(Delivery::PayerTeam, HandOver::Enrolment).admitted("T1");
        life.does(EventKind::ContactDetailsKnown(details(facts, life.now.day())));
        life
    }

    #[test]
    fn a_wish_in_a_file_is_heard_once() {
        let mut facts = MemberFacts::default();
        let mut life = known(&facts);
        assert_eq!(told(&life, &facts), []);
        says(&mut facts, &life, PreferenceKind::ChannelConsent { channel: Channel::Call, allowed: false });
        let heard = told(&life, &facts);
        assert_eq!(heard, [EventKind::ChannelsRefused(vec![Channel::Call])]);
        life.does(heard[0].clone());
        assert_eq!(told(&life, &facts), []);
        says(&mut facts, &life, PreferenceKind::DoNotContact { set: true });
        let heard = told(&life, &facts);
        assert_eq!(heard, [EventKind::OptedOut(OptOutScope::PlanWide)]);
        life.does(heard[0].clone());
        assert_eq!(told(&life, &facts), []);
    }

    #[test]
    fn a_younger_consent_takes_an_older_stop_back() {
        let mut facts = MemberFacts::default();
        let mut life = known(&facts);
        says(&mut facts, &life, PreferenceKind::DoNotContact { set: true });
        life.later(1);
        life.does(EventKind::ConsentRecorded(crate::case::tests::life::consent(life.now)));
        assert_eq!(told(&life, &facts), []);
    }

    #[test]
    fn a_no_that_another_system_tells_is_heard_unless_a_younger_consent_or_the_members_asking_takes_it_back()
    {
        let mut facts = MemberFacts::default();
        let mut life = known(&facts);
        life.later(3);
        life.does(EventKind::ConsentRecorded(crate::case::tests::life::consent(life.now)));
        let today = life.now.day();
        let no = |kind, days| Fact::Closure(Closure { kind, date: today.plus(days), received: today });
        facts.push(no(ClosureKind::OptOutPermanent, -1));
        facts.push(no(ClosureKind::Declined, 0));
        assert_eq!(told(&life, &facts), [], "older than the consent; a decline is no opt-out");
        facts.push(no(ClosureKind::OptOutPermanent, 0));
        assert_eq!(
            told(&life, &facts),
            [EventKind::OptedOut(OptOutScope::Program)],
            "of one day the no counts"
        );
        facts.push(no(ClosureKind::DoNotContact, 0));
        assert_eq!(told(&life, &facts), [EventKind::OptedOut(OptOutScope::PlanWide)]);
        let (by, received) = (ReferralSource::Member, today.plus(1));
        facts.push(Fact::Referral(Referral { received, by, reason: "ASKED".into() }));
        life.later(1);
        assert_eq!(told(&life, &facts), []);
    }

    #[test]
    fn a_new_number_reaches_the_vendor_and_an_unchanged_one_says_nothing() {
        let mut facts = MemberFacts::default();
        let mut life = Life::new(Delivery::External, HandOver::Enrolment).enrolled("V1");
        life.does(EventKind::ContactDetailsKnown(details(&facts, life.now.day())));
        let phones = vec![Phi::new("312-555-0100".into())];
        let profile = Profile { received: Some(life.now.day()), phones, ..Profile::default() };
        facts.push(Fact::Profile(Box::new(profile)));
        let heard = told(&life, &facts);
        assert_eq!(heard.len(), 1);
        let done = life.does(heard[0].clone());
        assert_eq!(done.effects.iter().map(|it| it.what.id()).collect::<Vec<_>>(), ["UPDATE_VENDOR"]);
        assert_eq!(told(&life, &facts), []);
    }
}
