//! What the service refuses, and by which error the SDK knows it.

use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::{QueueAttributeName as Name, SendMessageBatchRequestEntry};

use crate::client::Service;

fn entry(id: &str, body: &str) -> SendMessageBatchRequestEntry {
    SendMessageBatchRequestEntry::builder().id(id).message_body(body).build().unwrap()
}

#[tokio::test]
async fn a_queue_that_is_not_there_is_named_by_its_own_error() {
    let service = Service::start("absent").await;
    let request = service.client.get_queue_url().queue_name(service.name("no"));
    let error = request.send().await.unwrap_err().into_service_error();
    assert!(error.is_queue_does_not_exist(), "{error:?}");
}

#[tokio::test]
async fn creating_a_queue_again_with_the_same_settings_finds_it_and_with_others_is_refused() {
    let service = Service::start("again").await;
    let url = service.queue("q", &[(Name::VisibilityTimeout, "40")]).await;
    let same = service.queue("q", &[(Name::VisibilityTimeout, "40")]).await;
    assert_eq!(url, same);
    let request =
        service.client.create_queue().queue_name(service.name("q")).attributes(Name::VisibilityTimeout, "41");
    let error = request.send().await.unwrap_err().into_service_error();
    assert!(error.is_queue_name_exists(), "{error:?}");
}

#[tokio::test]
async fn settings_are_answered_as_they_were_set() {
    let service = Service::start("settings").await;
    let url = service.queue("q", &[(Name::MessageRetentionPeriod, "1209600")]).await;
    let request = service.client.set_queue_attributes().queue_url(&url);
    let request = request.attributes(Name::VisibilityTimeout, "77");
    request.send().await.unwrap();
    let attributes = service.attributes(&url).await;
    assert_eq!(attributes[&Name::VisibilityTimeout], "77");
    assert_eq!(attributes[&Name::MessageRetentionPeriod], "1209600");
    let listed = service.client.list_queues();
    let listed = listed.queue_name_prefix(service.name("q")).send().await.unwrap();
    assert_eq!(listed.queue_urls().len(), 1);
}

#[tokio::test]
async fn a_message_over_the_limit_of_the_queue_is_refused() {
    let service = Service::start("large").await;
    let url = service.queue("q", &[(Name::MaximumMessageSize, "1024")]).await;
    let request = service.client.send_message().queue_url(&url);
    let error = request.message_body("x".repeat(1_025)).send().await.unwrap_err();
    assert!(error.code().is_some_and(|code| code.starts_with("InvalidParameterValue")), "{error:?}");
    service.send(&url, &"x".repeat(1_024)).await;
}

#[tokio::test]
async fn one_bad_entry_fails_alone_while_the_answer_is_still_a_success() {
    let service = Service::start("partial").await;
    let url = service.queue("q", &[(Name::MaximumMessageSize, "1024")]).await;
    let sent = service
        .client
        .send_message_batch()
        .queue_url(&url)
        .entries(entry("good", "claim"))
        .entries(entry("large", &"x".repeat(1_025)))
        .entries(entry("also-good", "claim"))
        .send()
        .await
        .unwrap();
    assert_eq!(sent.successful().len(), 2);
    assert_eq!(sent.failed().len(), 1);
    assert_eq!(sent.failed()[0].id(), "large");
    assert!(sent.failed()[0].sender_fault());
    assert_eq!(sent.failed()[0].code(), "InvalidParameterValue");
}

#[tokio::test]
async fn a_batch_is_refused_as_a_whole_when_its_ids_or_its_size_are_out_of_order() {
    let service = Service::start("batches").await;
    let url = service.queue("q", &[]).await;
    let batch = || service.client.send_message_batch().queue_url(&url);

    let twice = batch().entries(entry("a", "1")).entries(entry("a", "2"));
    let error = twice.send().await.unwrap_err().into_service_error();
    assert!(error.is_batch_entry_ids_not_distinct(), "{error:?}");

    let eleven = (0..11).map(|n| entry(&format!("e{n}"), "1")).collect();
    let error = batch().set_entries(Some(eleven)).send().await.unwrap_err().into_service_error();
    assert!(error.is_too_many_entries_in_batch_request(), "{error:?}");

    let error = batch().set_entries(Some(Vec::new())).send().await.unwrap_err().into_service_error();
    assert!(error.is_empty_batch_request(), "{error:?}");

    let long = (0..3).map(|n| entry(&format!("e{n}"), &"x".repeat(400_000))).collect();
    let error = batch().set_entries(Some(long)).send().await.unwrap_err().into_service_error();
    assert!(error.is_batch_request_too_long(), "{error:?}");

    let odd = batch().entries(entry("no spaces", "1"));
    let error = odd.send().await.unwrap_err().into_service_error();
    assert!(error.is_invalid_batch_entry_id(), "{error:?}");
}

#[tokio::test]
async fn a_handle_that_was_never_given_is_refused() {
    let service = Service::start("handles").await;
    let url = service.queue("q", &[]).await;
    let request = service.client.delete_message().queue_url(&url);
    let error = request.receipt_handle("nonsense").send().await.unwrap_err().into_service_error();
    assert!(error.is_receipt_handle_is_invalid(), "{error:?}");
}

#[tokio::test]
async fn a_message_that_nobody_holds_has_no_visibility_to_change() {
    let service = Service::start("not-held").await;
    if service.lacks("MessageNotInflight") {
        return;
    }
    let url = service.queue("q", &[]).await;
    service.send(&url, "claim").await;
    let received = service.receive(&url).await;
    service.reveal(&url, &received[0]).await;
    let request = service
        .client
        .change_message_visibility()
        .queue_url(&url)
        .receipt_handle(received[0].receipt_handle().unwrap())
        .visibility_timeout(10);
    let error = request.send().await.unwrap_err().into_service_error();
    assert!(error.is_message_not_inflight(), "{error:?}");
}

#[tokio::test]
async fn a_redrive_policy_must_name_a_queue_that_is_there() {
    let service = Service::start("no-dead").await;
    let url = service.queue("q", &[]).await;
    let arn = service.arn(&url).await.replace("-q", "-none");
    let policy = format!("{{\"deadLetterTargetArn\":\"{arn}\",\"maxReceiveCount\":\"3\"}}");
    let request = service.client.set_queue_attributes().queue_url(&url);
    let error = request.attributes(Name::RedrivePolicy, policy).send().await.unwrap_err();
    assert!(error.code().is_some_and(|code| code.starts_with("Invalid")), "{error:?}");
}

#[tokio::test]
async fn a_receive_asks_for_one_to_ten_messages() {
    let service = Service::start("ten").await;
    let url = service.queue("q", &[]).await;
    let request = service.client.receive_message().queue_url(&url);
    let error = request.max_number_of_messages(11).send().await.unwrap_err();
    assert!(error.code().is_some_and(|code| code.starts_with("InvalidParameterValue")), "{error:?}");
}
