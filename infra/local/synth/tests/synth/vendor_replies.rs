//! A simulated vendor's replies are ones that the case understands: applied, kept until their turn, or seen before.

use icm_domain::case::effect::EffectKind;
use icm_domain::case::event::{CaseEvent, EventKind};
use icm_domain::case::open::{Opening, open};
use icm_domain::case::refusal::Refusal;
use icm_domain::case::required::Participation;
use icm_domain::case::state::{Case, Delivery, Place, ProgramConsent, Terms};
use icm_domain::case::status::Status;
use icm_domain::case::{apply, transition::Transition};
use icm_domain::day::Day;
use icm_domain::decision::priority::{Persistence, Priority, Tier};
use icm_domain::ids::CaseId;
use icm_domain::moment::Moment;
use icm_domain::vendor::reply::VendorReply;
use icm_synth::actors::{SimulatedVendor, Temper, VendorAction, VendorMessage};
use std::collections::BTreeMap;

fn opened(number: u32, at: Moment) -> Case {
    let opening = Opening {
        id: CaseId::new(format!("C{number}")),
        member: "M1".into(),
        program: "ICM".into(),
        terms: Terms { delivery: Delivery::External, ..Terms::default() },
        priority: Priority {
            tier: Tier::High,
            persistence: Persistence::Usual,
            not_impactable: 1,
            waiting_since: at.day(),
        },
        participation: Participation::Voluntary,
        facts_version: 1,
        co_managers: Vec::new(),
        details: None,
        at,
    };
    open(opening, None, None).unwrap()
}

fn does(case: &mut Case, key: &str, at: Moment, kind: EventKind) -> Result<Transition, Refusal> {
    let event = CaseEvent { key: key.into(), actor: "ops:test".into(), occurred: at, recorded: at, kind };
    let transition = apply(case, &event)?;
    *case = transition.case.clone();
    Ok(transition)
}

/// A case enrolled with vendor V, and the offer that the vendor finds in its queue.
fn offered(number: u32, at: Moment) -> (Case, VendorMessage) {
    let mut case = opened(number, at);
    let place = Place { team: "V".into(), county: None, language: None, lob: None };
    let consent = ProgramConsent { scope: "ICM-1".into(), given: at, recorded_by: "ops:test".into() };
    let mut effects = Vec::new();
    for (key, kind) in [
        ("queued", EventKind::Queued),
        ("admitted", EventKind::Admitted { place, wave: "W1".into() }),
        ("consent", EventKind::ConsentRecorded(consent)),
        ("enrolled", EventKind::Enrolled { to: "V".into(), start: at.day(), facts_version: 1 }),
    ] {
        effects.extend(does(&mut case, key, at, kind).unwrap().effects);
    }
    let offer = effects.iter().find(|effect| matches!(effect.what, EffectKind::OfferVendor { .. })).unwrap();
    let message = VendorMessage::Offer { case: case.id.clone(), offer: offer.dedup.clone() };
    (case, message)
}

fn hears(case: &mut Case, reply: VendorAction, now: Moment) -> Result<Transition, Refusal> {
    let key = reply.message.clone();
    let reply = VendorReply {
        vendor: "V".into(),
        message: reply.message.into(),
        sequence: reply.sequence,
        answers: Some(reply.answers),
        occurred: reply.occurred,
        report: reply.report,
    };
    does(case, &key, now, EventKind::VendorReplied(reply))
}

#[test]
fn every_reply_is_applied_kept_or_known_already() {
    let start = Moment::start_of(Day::parse("2026-06-01").unwrap());
    for seed in 0..5 {
        let mut vendor = SimulatedVendor::new("V", seed, Temper { places: 30, ..Temper::TROUBLESOME });
        let (mut cases, mut offers) = (BTreeMap::new(), Vec::new());
        for number in 0..120 {
            let (case, offer) = offered(number, start);
            cases.insert(case.id.clone(), case);
            offers.push(offer);
        }
        let mut replies = vendor.step(start, offers);
        let mut now = start;
        let mut repeated = 0;
        loop {
            for reply in replies {
                match hears(cases.get_mut(&reply.case).unwrap(), reply.clone(), now) {
                    Ok(_) => {}
                    Err(Refusal::Repeated) => repeated += 1,
                    Err(refusal) => panic!("seed {seed}: {refusal:?} for {:?}", reply.report),
                }
            }
            let Some(at) = vendor.next_at() else { break };
            now = now.max(at);
            replies = vendor.step(now, []);
        }
        let mut ends: BTreeMap<Status, u32> = BTreeMap::new();
        for case in cases.values() {
            *ends.entry(case.status).or_default() += 1;
        }
        println!("seed {seed}: {ends:?}, {repeated} repeated");
        assert!(repeated > 0);
        assert!(ends.contains_key(&Status::Graduated), "{ends:?}");
        assert!(ends.contains_key(&Status::Enrolled), "the silent ones wait: {ends:?}");
    }
}
