//! Messages that fail too often, and their way back.

use aws_sdk_sqs::types::{MessageSystemAttributeName, QueueAttributeName as Name};

use crate::client::{Service, bodies, seconds};

/// A queue that gives up after two receives, and where its dead letters go.
async fn pair(service: &Service) -> (String, String) {
    let dead = service.queue("dead", &[]).await;
    let arn = service.arn(&dead).await;
    let policy = format!("{{\"deadLetterTargetArn\":\"{arn}\",\"maxReceiveCount\":\"2\"}}");
    let url = service.queue("q", &[(Name::RedrivePolicy, &policy)]).await;
    (url, dead)
}

async fn fail_twice(service: &Service, url: &str) {
    for _ in 0..2 {
        let received = service.receive(url).await;
        assert_eq!(received.len(), 1);
        service.reveal(url, &received[0]).await;
    }
}

#[tokio::test]
async fn a_message_received_as_often_as_allowed_goes_to_the_dead_letters_on_the_next_attempt() {
    let service = Service::start("dead").await;
    let (url, dead) = pair(&service).await;
    let id = service.send(&url, "poison").await;
    fail_twice(&service, &url).await;
    assert!(service.receive(&url).await.is_empty());
    let letters = service.receive(&dead).await;
    assert_eq!(bodies(&letters), ["poison"]);
    assert_eq!(letters[0].message_id(), Some(id.as_str()));
    let source = MessageSystemAttributeName::DeadLetterQueueSourceArn;
    if let Some(arn) = letters[0].attributes().and_then(|all| all.get(&source)) {
        assert_eq!(*arn, service.arn(&url).await);
    }
}

#[tokio::test]
async fn good_messages_pass_while_a_bad_one_dies() {
    let service = Service::start("beside").await;
    let (url, dead) = pair(&service).await;
    service.send(&url, "poison").await;
    fail_twice(&service, &url).await;
    service.send(&url, "claim").await;
    let mut received = service.receive(&url).await;
    if received.is_empty() {
        received = service.receive(&url).await;
    }
    assert_eq!(bodies(&received), ["claim"]);
    assert_eq!(bodies(&service.receive(&dead).await), ["poison"]);
}

#[tokio::test]
async fn the_sources_of_a_dead_letter_queue_are_listed() {
    let service = Service::start("sources").await;
    if service.lacks("ListDeadLetterSourceQueues") {
        return;
    }
    let (url, dead) = pair(&service).await;
    let request = service.client.list_dead_letter_source_queues().queue_url(&dead);
    let listed = request.send().await.unwrap();
    assert_eq!(listed.queue_urls().len(), 1);
    assert_eq!(listed.queue_urls()[0].rsplit('/').next(), url.rsplit('/').next());
}

#[tokio::test]
async fn dead_letters_move_back_to_where_they_came_from() {
    let service = Service::start("redrive").await;
    if service.lacks("StartMessageMoveTask") {
        return;
    }
    let (url, dead) = pair(&service).await;
    service.send(&url, "poison").await;
    fail_twice(&service, &url).await;
    assert!(service.receive(&url).await.is_empty());
    let arn = service.arn(&dead).await;
    let request = service.client.start_message_move_task().source_arn(&arn);
    request.send().await.unwrap();
    seconds(1).await;
    let back = service.receive(&url).await;
    assert_eq!(bodies(&back), ["poison"]);
    let moves = service.client.list_message_move_tasks().source_arn(&arn);
    let moves = moves.send().await.unwrap();
    assert_eq!(moves.results()[0].approximate_number_of_messages_moved(), 1);
    assert!(service.receive_now(&dead).await.is_empty());
}
