//! What is written is what the readers of the system read.

use crate::decisions::decided;
use crate::folder::write;
use crate::reading::population;
use icm_domain::facts::{Fact, MemberFacts};
use icm_domain::ids::{MemberId, SourceId};
use icm_formats::{Availability, Input, Item, ReadOptions, files};
use icm_synth::{Population, Receipt};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

#[derive(Default)]
struct Read {
    facts: BTreeMap<MemberId, Vec<String>>,
    places: Vec<Availability>,
    problems: Vec<String>,
}

/// A fact in a form that orders and compares; members' data is invented, so it may be shown here.
fn shown(fact: &Fact) -> String {
    serde_json::to_string(fact).unwrap()
}

fn read(dir: &Path) -> Read {
    let mut read = Read::default();
    let (found, missing) = files::under(&[dir.to_path_buf()]);
    assert!(missing.is_empty());
    let inputs: Vec<&dyn Input> = found.iter().map(|path| path as &dyn Input).collect();
    let flow = files::read_all(&inputs, &ReadOptions::new(SourceId::from("synth")), &mut |_, item| {
        match item {
            Item::Fact { member: Some(member), fact, .. } => {
                read.facts.entry(member).or_default().push(shown(&fact));
            }
            Item::Availability { row, .. } => read.places.push(row),
            Item::Fact { .. } | Item::Ignored { .. } | Item::Problem(_) => {
                read.problems.push(format!("{item:?}"));
            }
        }
        ControlFlow::Continue(())
    });
    assert!(flow.is_continue());
    read
}

/// The facts that a folder can carry: the enrolment file states who the member is a second time, so profiles are
/// compared by themselves.
fn compared(facts: &[String]) -> Vec<String> {
    let mut facts: Vec<String> =
        facts.iter().filter(|fact| !fact.starts_with(r#"{"profile""#)).cloned().collect();
    facts.sort_unstable();
    facts
}

#[test]
fn reading_a_folder_gives_the_facts_that_were_written() {
    let dir = tempfile::tempdir().unwrap();
    let population = population(1_500);
    write(dir.path(), &population, Receipt::default());
    let read = read(dir.path());
    assert_eq!(read.problems, Vec::<String>::new());
    assert_eq!(read.places.len(), population.availability().len());
    for member in population.iter() {
        let id = member.id.clone();
        let written: Vec<String> = member.into_facts().iter().map(shown).collect();
        let found = read.facts.get(&id).map(Vec::as_slice).unwrap_or_default();
        for (found, written) in compared(found).iter().zip(&compared(&written)) {
            assert_eq!(found, written);
        }
        assert_eq!(compared(found).len(), compared(&written).len());
    }
}

/// The members of a population as the readers see them.
fn people(population: &Population) -> BTreeMap<MemberId, MemberFacts> {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), population, Receipt::until(population.as_of));
    let mut people: BTreeMap<MemberId, MemberFacts> = BTreeMap::new();
    let (found, _) = files::under(&[dir.path().to_path_buf()]);
    let inputs: Vec<&dyn Input> = found.iter().map(|path| path as &dyn Input).collect();
    let flow = files::read_all(&inputs, &ReadOptions::new(SourceId::from("synth")), &mut |_, item| {
        if let Item::Fact { member: Some(member), fact, .. } = item {
            people.entry(member).or_default().push(fact);
        }
        ControlFlow::Continue(())
    });
    assert!(flow.is_continue());
    people
}

#[test]
fn the_person_read_is_the_person_written() {
    let population = population(300);
    let mut people = people(&population);
    for member in population.iter() {
        let read = people.remove(&member.id).unwrap();
        let written = member.into_member_facts();
        assert_eq!(read.lob(population.as_of), written.lob(population.as_of));
        let (read, written) = (read.person(population.as_of), written.person(population.as_of));
        assert_eq!((read.birth, read.death, read.sex), (written.birth, written.death, written.sex));
        assert_eq!((&read.name, &read.address), (&written.name, &written.address));
        assert_eq!((&read.phones, read.language), (&written.phones, written.language));
        assert_eq!((&read.county, &read.pcp), (&written.county, &written.pcp));
    }
}

#[test]
fn files_and_memory_decide_alike() {
    let population = population(2_000);
    let mut people = people(&population);
    for member in population.iter() {
        let read = decided(&people.remove(&member.id).unwrap(), population.as_of);
        let written = decided(&member.into_member_facts(), population.as_of);
        assert_eq!((read.kind, read.reason, read.triggers), (written.kind, written.reason, written.triggers));
    }
}
