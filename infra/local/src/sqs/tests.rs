//! What the queues keep over a restart, and what they forget.

use std::io::Write;
use std::path::Path;

use super::attributes::AttributeTexts;
use super::content::{AttributeValues, Content};
use super::queues::Queues;

fn content(body: &str) -> Content {
    Content { body: body.to_owned(), attributes: AttributeValues::new(), trace: None }
}

fn opened(journal: &Path, now_ms: i64) -> Queues {
    Queues::open(journal, now_ms).unwrap()
}

fn with_two_messages(journal: &Path) -> Queues {
    let mut queues = opened(journal, 0);
    let none = AttributeTexts::new();
    queues.create("Facts", &none, &none, 0).unwrap();
    queues.send("Facts", content("one"), None, 0).unwrap();
    queues.send("Facts", content("two"), Some(60), 0).unwrap();
    queues
}

fn bodies(queues: &mut Queues, now_ms: i64) -> Vec<String> {
    let received = queues.receive("Facts", 10, None, now_ms).unwrap();
    received.into_iter().map(|one| one.message.content.body).collect()
}

#[test]
fn messages_and_their_receives_are_there_after_a_restart_and_delays_stand() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("queues");
    let mut queues = with_two_messages(&journal);
    assert_eq!(bodies(&mut queues, 1_000), ["one"]);
    drop(queues);
    let mut again = opened(&journal, 1_000);
    let received = again.receive("Facts", 10, None, 1_000).unwrap();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].message.receive_count, 2);
    assert_eq!(bodies(&mut again, 60_000), ["one", "two"]);
}

#[test]
fn a_deleted_message_stays_deleted_and_numbers_are_not_given_twice() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("queues");
    let mut queues = with_two_messages(&journal);
    let received = queues.receive("Facts", 10, None, 60_000).unwrap();
    for one in &received {
        queues.delete("Facts", &one.handle).unwrap();
    }
    drop(queues);
    drop(opened(&journal, 60_000));
    let mut again = opened(&journal, 60_000);
    assert!(bodies(&mut again, 60_000).is_empty());
    let sent = again.send("Facts", content("three"), None, 60_000).unwrap();
    assert!(received.iter().all(|one| one.message.id != sent.id));
}

#[test]
fn a_line_cut_by_a_kill_is_left_out_and_everything_before_it_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("queues");
    drop(with_two_messages(&journal));
    let mut file = std::fs::OpenOptions::new().append(true).open(&journal).unwrap();
    file.write_all(b"{\"c\":\"removed\",\"queue\":\"Fac").unwrap();
    drop(file);
    let mut again = opened(&journal, 60_000);
    assert_eq!(bodies(&mut again, 60_000), ["one", "two"]);
}

#[test]
fn a_spoiled_line_in_the_middle_is_an_error_and_not_a_silent_loss() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("queues");
    std::fs::write(&journal, "nonsense\n{\"c\":\"numbered\",\"next\":1}\n").unwrap();
    assert!(Queues::open(&journal, 0).is_err());
}

#[test]
fn a_handle_of_an_earlier_receive_deletes_nothing() {
    let mut queues = Queues::memory();
    let none = AttributeTexts::new();
    queues.create("Facts", &none, &none, 0).unwrap();
    queues.send("Facts", content("one"), None, 0).unwrap();
    let first = queues.receive("Facts", 1, Some(1), 0).unwrap();
    let second = queues.receive("Facts", 1, Some(1), 1_000).unwrap();
    queues.delete("Facts", &first[0].handle).unwrap();
    assert_eq!(queues.counts("Facts", 1_000).unwrap().total(), 1);
    queues.delete("Facts", &second[0].handle).unwrap();
    assert_eq!(queues.counts("Facts", 1_000).unwrap().total(), 0);
}

#[test]
fn a_message_is_dropped_when_its_retention_has_passed() {
    let mut queues = Queues::memory();
    let none = AttributeTexts::new();
    let minute = AttributeTexts::from([("MessageRetentionPeriod".to_owned(), "60".to_owned())]);
    queues.create("Facts", &minute, &none, 0).unwrap();
    queues.send("Facts", content("one"), None, 0).unwrap();
    assert_eq!(bodies(&mut queues, 60_000), ["one"]);
    assert!(bodies(&mut queues, 120_001).is_empty());
    assert_eq!(queues.counts("Facts", 120_001).unwrap().total(), 0);
}
