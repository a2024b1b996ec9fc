//! The service under test and a client of it.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::types::{Message, QueueAttributeName as Name};
use icm_local::clock::StoreClock;
use icm_local::sqs::{Engine, serve};

/// A client of the service under test, and names of this test's own.
pub(crate) struct Service {
    pub(crate) client: Client,
    prefix: String,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
}

/// A client of the queue service at `endpoint`.
pub(crate) fn client_of(endpoint: &str) -> Client {
    let http = aws_smithy_http_client::Builder::new().build_http();
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(endpoint)
        .http_client(http)
        .build();
    Client::from_conf(config)
}

impl Service {
    /// Our engine under wall time, or the emulator that the environment names.
    pub(crate) async fn start(test: &str) -> Self {
        let prefix = format!("{test}-{}", std::process::id());
        if let Ok(endpoint) = std::env::var("ICM_SQS_ENDPOINT") {
            return Self { client: client_of(&endpoint), prefix, stop: None };
        }
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let engine = Engine::memory(StoreClock::wall());
        tokio::spawn(serve(listener, engine, async {
            let _ = stopped.await;
        }));
        Self { client: client_of(&endpoint), prefix, stop: Some(stop) }
    }

    /// Whether another emulator is asked that does not know `what`; says so.
    pub(crate) fn lacks(&self, what: &str) -> bool {
        let is_other = self.stop.is_none();
        if is_other {
            eprintln!("SKIPPED: the emulator at ICM_SQS_ENDPOINT does not know {what}");
        }
        is_other
    }

    pub(crate) fn name(&self, name: &str) -> String {
        format!("{}-{name}", self.prefix)
    }

    pub(crate) async fn queue(&self, name: &str, attributes: &[(Name, &str)]) -> String {
        let mut request = self.client.create_queue().queue_name(self.name(name));
        for (attribute, value) in attributes {
            request = request.attributes(attribute.clone(), *value);
        }
        request.send().await.unwrap().queue_url.unwrap()
    }

    pub(crate) async fn attributes(&self, url: &str) -> HashMap<Name, String> {
        let answer = self
            .client
            .get_queue_attributes()
            .queue_url(url)
            .attribute_names(Name::All)
            .send()
            .await
            .unwrap();
        answer.attributes.unwrap_or_default()
    }

    pub(crate) async fn arn(&self, url: &str) -> String {
        self.attributes(url).await[&Name::QueueArn].clone()
    }

    pub(crate) async fn send(&self, url: &str, body: &str) -> String {
        let request = self.client.send_message().queue_url(url).message_body(body);
        request.send().await.unwrap().message_id.unwrap()
    }

    /// One receive of up to ten messages that waits a second for the first.
    pub(crate) async fn receive(&self, url: &str) -> Vec<Message> {
        let request = self
            .client
            .receive_message()
            .queue_url(url)
            .max_number_of_messages(10)
            .wait_time_seconds(1)
            .message_system_attribute_names(aws_sdk_sqs::types::MessageSystemAttributeName::All)
            .message_attribute_names("All");
        request.send().await.unwrap().messages.unwrap_or_default()
    }

    /// One receive that waits for nothing.
    pub(crate) async fn receive_now(&self, url: &str) -> Vec<Message> {
        let request =
            self.client.receive_message().queue_url(url).max_number_of_messages(10).wait_time_seconds(0);
        request.send().await.unwrap().messages.unwrap_or_default()
    }

    pub(crate) async fn reveal(&self, url: &str, message: &Message) {
        self.client
            .change_message_visibility()
            .queue_url(url)
            .receipt_handle(message.receipt_handle().unwrap())
            .visibility_timeout(0)
            .send()
            .await
            .unwrap();
    }

    pub(crate) async fn delete(&self, url: &str, message: &Message) {
        self.client
            .delete_message()
            .queue_url(url)
            .receipt_handle(message.receipt_handle().unwrap())
            .send()
            .await
            .unwrap();
    }
}

/// Bodies of messages, sorted: standard queues promise no order.
pub(crate) fn bodies(messages: &[Message]) -> Vec<&str> {
    let mut bodies: Vec<&str> = messages.iter().filter_map(Message::body).collect();
    bodies.sort_unstable();
    bodies
}

/// Waits in real time: both services measure timeouts by it.
pub(crate) async fn seconds(count: u64) {
    tokio::time::sleep(Duration::from_secs(count)).await;
}
