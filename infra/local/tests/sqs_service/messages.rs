//! Messages that are sent, received, hidden, delayed and deleted.

use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, MessageAttributeValue,
    MessageSystemAttributeName, QueueAttributeName as Name, SendMessageBatchRequestEntry,
};

use crate::client::{Service, bodies, seconds};

fn entry(id: &str, body: &str) -> SendMessageBatchRequestEntry {
    SendMessageBatchRequestEntry::builder().id(id).message_body(body).build().unwrap()
}

fn text_attribute(value: &str) -> MessageAttributeValue {
    MessageAttributeValue::builder().data_type("String").string_value(value).build().unwrap()
}

#[tokio::test]
async fn a_received_message_is_hidden_until_it_is_deleted() {
    let service = Service::start("hidden").await;
    let url = service.queue("q", &[]).await;
    let id = service.send(&url, "claim").await;
    let received = service.receive(&url).await;
    assert_eq!(bodies(&received), ["claim"]);
    assert_eq!(received[0].message_id(), Some(id.as_str()));
    assert!(service.receive_now(&url).await.is_empty());
    let attributes = service.attributes(&url).await;
    assert_eq!(attributes[&Name::ApproximateNumberOfMessagesNotVisible], "1");
    service.delete(&url, &received[0]).await;
    let attributes = service.attributes(&url).await;
    assert_eq!(attributes[&Name::ApproximateNumberOfMessages], "0");
    assert_eq!(attributes[&Name::ApproximateNumberOfMessagesNotVisible], "0");
}

#[tokio::test]
async fn a_message_not_deleted_comes_back_after_its_visibility_timeout_and_counts_its_receives() {
    let service = Service::start("back").await;
    let url = service.queue("q", &[(Name::VisibilityTimeout, "1")]).await;
    service.send(&url, "claim").await;
    let count = MessageSystemAttributeName::ApproximateReceiveCount;
    let first = service.receive(&url).await;
    assert_eq!(first[0].attributes().unwrap()[&count], "1");
    seconds(1).await;
    let second = service.receive(&url).await;
    assert_eq!(bodies(&second), ["claim"]);
    assert_eq!(second[0].attributes().unwrap()[&count], "2");
}

#[tokio::test]
async fn visibility_changed_to_zero_shows_the_message_at_once() {
    let service = Service::start("zero").await;
    let url = service.queue("q", &[]).await;
    service.send(&url, "claim").await;
    let received = service.receive(&url).await;
    service.reveal(&url, &received[0]).await;
    assert_eq!(bodies(&service.receive(&url).await), ["claim"]);
}

#[tokio::test]
async fn a_delayed_message_waits_and_is_counted_as_delayed() {
    let service = Service::start("delayed").await;
    let url = service.queue("q", &[]).await;
    let request = service.client.send_message().queue_url(&url).message_body("later");
    request.delay_seconds(2).send().await.unwrap();
    assert!(service.receive_now(&url).await.is_empty());
    let attributes = service.attributes(&url).await;
    assert_eq!(attributes[&Name::ApproximateNumberOfMessagesDelayed], "1");
    seconds(2).await;
    assert_eq!(bodies(&service.receive(&url).await), ["later"]);
}

#[tokio::test]
async fn the_delay_of_the_queue_holds_for_messages_without_their_own() {
    let service = Service::start("queue-delay").await;
    let url = service.queue("q", &[(Name::DelaySeconds, "60")]).await;
    service.send(&url, "later").await;
    let request = service.client.send_message().queue_url(&url).message_body("now");
    request.delay_seconds(0).send().await.unwrap();
    assert_eq!(bodies(&service.receive(&url).await), ["now"]);
}

#[tokio::test]
async fn a_waiting_receive_answers_as_soon_as_a_message_arrives() {
    let service = Service::start("waiting").await;
    let url = service.queue("q", &[]).await;
    let waiting = service.client.receive_message().queue_url(&url).wait_time_seconds(20).send();
    let started = std::time::Instant::now();
    let sending = async {
        seconds(1).await;
        service.send(&url, "claim").await
    };
    let (received, _) = tokio::join!(waiting, sending);
    assert_eq!(bodies(&received.unwrap().messages.unwrap()), ["claim"]);
    assert!(started.elapsed() < std::time::Duration::from_secs(10));
}

#[tokio::test]
async fn attributes_of_all_types_arrive_with_sums_and_only_when_asked_for() {
    let service = Service::start("attributes").await;
    let url = service.queue("q", &[]).await;
    let number = MessageAttributeValue::builder().data_type("Number").string_value("7").build().unwrap();
    let binary = MessageAttributeValue::builder()
        .data_type("Binary")
        .binary_value(Blob::new([0, 159, 146, 150]))
        .build()
        .unwrap();
    let sent = service
        .client
        .send_message()
        .queue_url(&url)
        .message_body("claim")
        .message_attributes("dedup_key", text_attribute("C1#1"))
        .message_attributes("sequence", number)
        .message_attributes("raw", binary.clone())
        .send()
        .await
        .unwrap();
    let received = service.receive(&url).await;
    let attributes = received[0].message_attributes().unwrap();
    assert_eq!(attributes["dedup_key"].string_value(), Some("C1#1"));
    assert_eq!(attributes["sequence"].string_value(), Some("7"));
    assert_eq!(attributes["raw"].binary_value(), binary.binary_value());
    assert_eq!(sent.md5_of_message_attributes(), received[0].md5_of_message_attributes());
    assert_eq!(sent.md5_of_message_body(), received[0].md5_of_body());
    service.reveal(&url, &received[0]).await;
    let bare = service.receive_now(&url).await;
    assert_eq!(bare[0].message_attributes().map_or(0, std::collections::HashMap::len), 0);
}

#[tokio::test]
async fn a_batch_is_sent_received_hidden_and_deleted_entry_by_entry() {
    let service = Service::start("batch").await;
    let url = service.queue("q", &[]).await;
    let entries = (0..10).map(|n| entry(&format!("e{n}"), &format!("claim {n}")));
    let request = service.client.send_message_batch().queue_url(&url);
    let sent = request.set_entries(Some(entries.collect())).send().await.unwrap();
    assert_eq!(sent.successful().len(), 10);
    let mut received = Vec::new();
    while received.len() < 10 {
        received.extend(service.receive(&url).await);
    }
    let reveal = ChangeMessageVisibilityBatchRequestEntry::builder()
        .id("a")
        .receipt_handle(received[0].receipt_handle().unwrap())
        .visibility_timeout(0)
        .build()
        .unwrap();
    let request = service.client.change_message_visibility_batch().queue_url(&url);
    let revealed = request.entries(reveal).send().await.unwrap();
    assert_eq!(revealed.successful().len(), 1);
    let again = service.receive(&url).await;
    assert_eq!(again[0].message_id(), received[0].message_id());
    let mut request = service.client.delete_message_batch().queue_url(&url);
    for (index, message) in again.iter().chain(&received[1..]).enumerate() {
        let entry = DeleteMessageBatchRequestEntry::builder()
            .id(format!("d{index}"))
            .receipt_handle(message.receipt_handle().unwrap());
        request = request.entries(entry.build().unwrap());
    }
    assert_eq!(request.send().await.unwrap().successful().len(), 10);
    let attributes = service.attributes(&url).await;
    assert_eq!(attributes[&Name::ApproximateNumberOfMessagesNotVisible], "0");
}

#[tokio::test]
async fn a_purged_queue_is_empty() {
    let service = Service::start("purged").await;
    let url = service.queue("q", &[]).await;
    service.send(&url, "one").await;
    service.send(&url, "two").await;
    service.client.purge_queue().queue_url(&url).send().await.unwrap();
    assert!(service.receive_now(&url).await.is_empty());
}
