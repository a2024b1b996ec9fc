//! One synthetic member with every fact about them.

use crate::biller::{Biller, push_digits};
use crate::codes::dx;
use crate::course::{self, Health};
use crate::illness::{Illnesses, Setting};
use crate::pathway::Span;
use crate::person::{self, PLACES, Person};
use crate::population::Population;
use crate::random::{Random, Subject};
use crate::story::{Script, Story};
use crate::{coverage, engagement, journey, pathway, preference};
use icm_domain::claim::ClaimVersion;
use icm_domain::day::Day;
use icm_domain::facts::{Closure, Consent, Coverage, Fact, MemberFacts, Preference, Profile, RosterRow, Sex};
use icm_domain::ids::MemberId;

/// A synthetic member. Claims stand in the order of their making, which is no order of time.
#[derive(Clone, Debug)]
pub struct SyntheticMember {
    /// The member's id: `S` and nine digits.
    pub id: MemberId,
    /// Who the member is.
    pub profile: Profile,
    /// Coverage spans.
    pub coverage: Vec<Coverage>,
    /// Claim versions; some are received after the population's `as_of` (that day does not know them yet).
    pub claims: Vec<ClaimVersion>,
    /// Rows of other programs' rosters.
    pub rosters: Vec<RosterRow>,
    /// Consents.
    pub consents: Vec<Consent>,
    /// Contact preferences.
    pub preferences: Vec<Preference>,
    /// Earlier cases of this program.
    pub closures: Vec<Closure>,
    /// The story that this member is part of, if any.
    pub story: Option<&'static Story>,
}

impl SyntheticMember {
    /// Every fact about the member. A death is known from its own day on, the rest of the profile always.
    pub fn into_facts(self) -> Vec<Fact> {
        let mut facts = Vec::with_capacity(self.claims.len() + self.coverage.len() + 4);
        if let Some(death) = self.profile.death {
            let received = Some(death);
            facts.push(Fact::Profile(Box::new(Profile {
                received,
                death: Some(death),
                ..Profile::default()
            })));
        }
        facts.push(Fact::Profile(Box::new(Profile { death: None, ..self.profile })));
        facts.extend(self.coverage.into_iter().map(Fact::Coverage));
        facts.extend(self.claims.into_iter().map(|claim| Fact::Claim(Box::new(claim))));
        facts.extend(self.rosters.into_iter().map(|row| Fact::Roster(Box::new(row))));
        facts.extend(self.consents.into_iter().map(Fact::Consent));
        facts.extend(self.preferences.into_iter().map(Fact::Preference));
        facts.extend(self.closures.into_iter().map(Fact::Closure));
        facts
    }

    /// The same facts sorted by kind, without an allocation for each claim: what folding a million members takes.
    pub fn into_member_facts(mut self) -> MemberFacts {
        let claims = std::mem::take(&mut self.claims);
        let mut facts = MemberFacts::default();
        for fact in self.into_facts() {
            facts.push(fact);
        }
        MemberFacts { claims, ..facts }
    }

    /// Claim lines, in all versions.
    pub fn lines(&self) -> usize {
        self.claims.iter().map(|claim| claim.lines.len()).sum()
    }

    /// Generates the member numbered `index`.
    pub(crate) fn generate(population: &Population, index: u64) -> Self {
        let random = |subject| Random::new(population.seed, index, subject);
        let story = Story::of(population.seed, index);
        let mut random_person = random(Subject::Person);
        let mut person = person::draw(&mut random_person, population.as_of, story.is_some());
        if story.is_some_and(|story| story.reason == "MATERNITY") {
            person.sex = Sex::Female;
        }
        let span = population.span();
        let mut profile = person::profile(&mut random_person, &person);
        let id = member_id(index);
        let place = PLACES.iter().position(|(_, place)| place.county == person.place.county);
        let place = place.and_then(|at| u32::try_from(at).ok()).unwrap_or_default();
        let mut biller = Biller::new(random(Subject::Health), &id, place, person.lob, population.as_of);
        let beside = if let Some(story) = story {
            told(&mut biller, story, &person, span)
        } else {
            let coverage = coverage::draw(&mut random(Subject::Coverage), person.lob, person.birth, span);
            let beside = Beside { coverage, ..lived(&mut biller, &person, span, &random) };
            biller.random = random(Subject::Billing);
            journey::travel(&mut biller, person.lob, &beside.coverage, (person.birth, beside.death));
            beside
        };
        profile.death = beside.death;
        let claims = std::mem::take(&mut biller.claims);
        Self {
            id: MemberId::new(id),
            profile,
            coverage: beside.coverage,
            claims,
            rosters: beside.rosters,
            consents: beside.consents,
            preferences: beside.preferences,
            closures: beside.closures,
            story,
        }
    }
}

/// What is drawn beside claims.
struct Beside {
    coverage: Vec<Coverage>,
    rosters: Vec<RosterRow>,
    consents: Vec<Consent>,
    preferences: Vec<Preference>,
    closures: Vec<Closure>,
    death: Option<Day>,
}

/// A member without a story: the illness takes its course.
fn lived(biller: &mut Biller<'_>, person: &Person, span: Span, random: &dyn Fn(Subject) -> Random) -> Beside {
    let age = span.last.age_from(person.birth);
    let mut health = Health::draw(&mut biller.random, age);
    course::live(biller, &mut health, person, (span.first.month(), span.last));
    let death = pathway::draw(biller, person, age, span);
    biller.random = random(Subject::Engagement);
    engagement::billed(biller, health.illnesses, span);
    let rosters = engagement::rosters(&mut biller.random, health.illnesses, span);
    let mut chance = random(Subject::Preference);
    let substance = health.illnesses.treated_in(Setting::SubstanceUse);
    Beside {
        rosters,
        consents: preference::consents(&mut chance, substance, span),
        preferences: preference::preferences(&mut chance, span),
        closures: preference::closures(&mut chance, span),
        death,
        coverage: Vec::new(),
    }
}

/// A member of a story: a quiet background of visits and drugs, and what the story tells. Everything that the
/// story needs is known at `as_of`.
fn told(biller: &mut Biller<'_>, story: &Story, person: &Person, span: Span) -> Beside {
    let illnesses = Illnesses::default().with(dx::HYPERTENSION).with(dx::DIABETES);
    let health = Health::quiet(illnesses, span.last.age_from(person.birth));
    for at in 0..=span.last.month().since(span.first.month()) {
        course::routine(biller, &health, span.first.month().plus(at), span.last);
    }
    let mut script = Script::new(biller, person.lob, span.last);
    story.tell(&mut script);
    let beside = Beside {
        coverage: script.coverage,
        rosters: script.rosters,
        consents: script.consents,
        preferences: script.preferences,
        closures: script.closures,
        death: script.death,
    };
    let claims = std::mem::take(&mut biller.claims);
    biller.claims =
        claims.into_iter().filter(|claim| beside.death.is_none_or(|death| claim.from <= death)).collect();
    for claim in &mut biller.claims {
        claim.received = claim.received.min(span.last).max(claim.from);
    }
    beside
}

fn member_id(index: u64) -> String {
    let mut id = String::with_capacity(10);
    id.push('S');
    push_digits(&mut id, u32::try_from(index).unwrap_or(u32::MAX), 9);
    id
}
