//! The member behind a case: the facts of all ids, and what outreach and offers read of them.

use icm_contract::pack;
use icm_domain::calendar::business::HolidayCalendar;
use icm_domain::calendar::zone;
use icm_domain::case::transition::LedgerNote;
use icm_domain::day::Day;
use icm_domain::facts::{Address, Channel, LineOfBusiness, MemberFacts, Profile};
use icm_domain::ids::MemberId;
use icm_domain::moment::Moment;
use icm_domain::outreach::attempt::Phone;
use icm_domain::outreach::hours::CallingHours;
use icm_domain::outreach::ledger::{ContactCaps, ContactLedger, Touch};
use icm_domain::outreach::permission::Permissions;
use icm_domain::outreach::plan::Surroundings;
use icm_domain::phi::Phi;
use icm_domain::program::{Calendars, Locality};
use icm_ports::{FactsRead, PortError, Result};

/// Ids of one person that are followed at most; more would be a mistake of the source.
const IDS_MAX: usize = 12;

/// What is known of a member on a day.
#[derive(Clone, Debug)]
pub struct Person {
    /// The day.
    pub today: Day,
    /// All facts.
    pub facts: MemberFacts,
    /// Who the member is.
    pub profile: Profile,
    /// What the member asked for about contact.
    pub permissions: Permissions,
    /// Preferred language as definitions spell it, in small letters; codes are kept in capitals.
    language: Option<Box<str>>,
}

impl Person {
    /// Loads the facts of the member under every known id (DESIGN D2: nothing is re-keyed), strongly consistent.
    pub async fn load<S: FactsRead>(store: &S, member: &MemberId, today: Day) -> Result<Self> {
        let mut ids = vec![member.clone()];
        let mut facts = MemberFacts::default();
        let mut at = 0;
        while let Some(id) = ids.get(at).cloned() {
            for held in store.packs(&id).await? {
                let read = pack::decode(&id, &held.bytes)
                    .map_err(|_| PortError::Corrupt { operation: "read facts" })?;
                for fact in read {
                    facts.push(fact);
                }
            }
            let new: Vec<MemberId> =
                facts.aliases.iter().filter(|known| !ids.contains(known)).cloned().collect();
            ids.extend(new);
            ids.truncate(IDS_MAX);
            at += 1;
        }
        Ok(Self::of(facts, today))
    }

    /// From facts already loaded.
    pub fn of(facts: MemberFacts, today: Day) -> Self {
        let profile = facts.person(today);
        let permissions = Permissions::of(&facts.preferences, today);
        let language = profile.language.as_ref().map(|code| code.as_str().to_ascii_lowercase().into());
        Self { today, facts, profile, permissions, language }
    }

    /// Whether coverage holds today.
    pub fn covered(&self) -> bool {
        self.facts.covering(self.today, self.today).is_some()
    }

    /// Line of business.
    pub fn lob(&self) -> Option<LineOfBusiness> {
        self.facts.lob(self.today)
    }

    /// Preferred language.
    pub fn language(&self) -> Option<&str> {
        self.language.as_deref()
    }

    /// What decides who may take the case; none without a line of business.
    pub fn locality(&self) -> Option<Locality<'_>> {
        Some(Locality {
            county: self.profile.county.as_deref(),
            language: self.language(),
            lob: self.lob()?,
            practice: self.profile.pcp.as_deref(),
        })
    }

    /// Numbers that may be dialled, best first.
    pub fn phones(&self) -> Vec<Phone> {
        self.permissions.numbers(&self.profile.phones, &[])
    }

    /// The postal address that may be used.
    pub fn address(&self) -> Option<&Phi<Address>> {
        self.permissions.address(self.profile.address.as_ref())
    }
}

/// Everything that planning and the check at sending read, owned.
#[derive(Clone, Debug)]
pub struct Around {
    permissions: Permissions,
    phones: Vec<Phone>,
    address: Option<(Box<str>, Box<str>)>,
    ledger: ContactLedger,
    caps: ContactCaps,
    hours: CallingHours,
    calendar: HolidayCalendar,
}

impl Around {
    /// The surroundings of a member: the facts, the shared ledger of the head, the published calendars.
    pub fn of(person: &Person, notes: &[LedgerNote], calendars: &Calendars) -> Self {
        let address = person.address().map(Phi::expose);
        Self {
            permissions: person.permissions.clone(),
            phones: person.phones(),
            address: address.map(|address| (address.state.clone(), address.zip.clone())),
            ledger: ledger_of(notes),
            caps: calendars.contact_caps,
            hours: calendars.calling_hours.clone(),
            calendar: calendars.holidays.clone(),
        }
    }

    /// The borrowed form that the domain reads.
    pub fn as_surroundings(&self) -> Surroundings<'_> {
        Surroundings {
            permissions: &self.permissions,
            phones: &self.phones,
            address: self.address.as_ref().map(|(state, zip)| (state.as_ref(), zip.as_ref())),
            ledger: &self.ledger,
            caps: self.caps,
            hours: &self.hours,
            calendar: &self.calendar,
        }
    }

    /// Whether a call or text at this instant broke the calling hours of the member (FACTS §5.3). False where no zone
    /// is known: what cannot be judged is no finding. An attempt that names no number was made to one that may be
    /// dialled: it is outside when it was so for each of them. Letters and visits have no hours.
    pub fn outside_hours(&self, at: Moment, channel: Channel, phone: Option<&Phone>) -> bool {
        if !matches!(channel, Channel::Call | Channel::Text) {
            return false;
        }
        let address = self.address.as_ref().map(|(state, zip)| (state.as_ref(), zip.as_ref()));
        let outside =
            |phone: Option<&Phone>| !self.hours.allow(at, &zone::binding(address, phone), self.state());
        match (phone, self.phones.as_slice()) {
            (Some(phone), _) => outside(Some(phone)),
            (None, []) => address.is_some() && outside(None),
            (None, numbers) => numbers.iter().all(|number| outside(Some(number))),
        }
    }

    /// Whether a contact at this instant was one more than the caps of the shared ledger allow.
    pub fn beyond_caps(&self, at: Moment, channel: Channel) -> bool {
        self.ledger.free_from(channel, at, self.caps) > at
    }

    /// The member's state, for holidays.
    pub fn state(&self) -> Option<&str> {
        self.address.as_ref().map(|(state, _)| state.as_ref())
    }
}

/// The ledger that the notes of the head make.
pub fn ledger_of(notes: &[LedgerNote]) -> ContactLedger {
    notes.iter().fold(ContactLedger::default(), |mut ledger, note| {
        match note {
            LedgerNote::Touch { at, program, vendor, channel, task: _ } => ledger.settle(
                None,
                Touch {
                    at: *at,
                    program: program.clone(),
                    vendor: vendor.clone(),
                    channel: *channel,
                    reserved_by: None,
                },
            ),
            LedgerNote::Unusable(phone) => ledger.mark_unusable(phone.clone()),
            LedgerNote::Reserved { at, program, channel, task } => ledger.hold(
                task,
                Touch {
                    at: *at,
                    program: program.clone(),
                    vendor: None,
                    channel: *channel,
                    reserved_by: None,
                },
            ),
            LedgerNote::Released(task) => ledger.release(task),
        }
        ledger
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use icm_domain::facts::Fact;

    /// A member with these numbers and no address.
    fn around(phones: &[&str]) -> Around {
        let profile = Profile {
            received: Day::parse("2026-01-02"),
            phones: phones.iter().map(|number| Phi::new((*number).into())).collect(),
            ..Profile::default()
        };
        let facts: MemberFacts = [Fact::Profile(Box::new(profile))].into_iter().collect();
        let calendars = include_str!("../../../infra/programs/calendars.json");
        let calendars: Calendars = serde_json::from_str(calendars).unwrap();
        Around::of(&Person::of(facts, Day::parse("2026-06-30").unwrap()), &[], &calendars)
    }

    #[test]
    fn a_second_call_within_a_day_is_beyond_the_caps_and_a_letter_is_not() {
        let at = |hour| Moment::parse("2026-06-30T14:00:00Z").unwrap().plus_hours(hour);
        let touch = LedgerNote::Touch {
            at: at(0),
            program: "ICM".into(),
            vendor: Some("V1".into()),
            channel: Channel::Call,
            task: None,
        };
        let calendars = include_str!("../../../infra/programs/calendars.json");
        let calendars: Calendars = serde_json::from_str(calendars).unwrap();
        let person = Person::of(MemberFacts::default(), Day::parse("2026-06-30").unwrap());
        let around = Around::of(&person, &[touch], &calendars);
        assert!(around.beyond_caps(at(23), Channel::Call) && around.beyond_caps(at(1), Channel::Text));
        assert!(!around.beyond_caps(at(24), Channel::Call) && !around.beyond_caps(at(1), Channel::Letter));
    }

    #[test]
    fn a_call_that_names_no_number_is_judged_by_those_that_may_be_dialled() {
        let [noon, morning, night] = ["2026-06-30T17:00:00Z", "2026-06-30T14:00:00Z", "2026-06-30T09:00:00Z"]
            .map(|at| Moment::parse(at).unwrap());
        let outside = |phones: &[&str], at| around(phones).outside_hours(at, Channel::Call, None);
        assert!(!outside(&["312-555-0100"], noon), "noon in Chicago");
        assert!(outside(&["312-555-0100"], night), "four in Chicago");
        assert!(outside(&["312-555-0100"], morning), "seven in Los Angeles, where they may have moved");
        assert!(!outside(&["808-555-0100", "312-555-0100"], noon), "it may have been the second");
        assert!(outside(&["808-555-0100"], noon), "seven in Honolulu");
        assert!(!outside(&[], night), "what cannot be judged is no finding");
    }
}
