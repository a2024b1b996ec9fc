//! An HTTP client of the SDK that counts what passes through it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use serde_json::Value;

use super::counted::{Counted, Use};
use super::{capacity, classify};
use crate::sqs::name_of;

/// Bytes that one request to SQS may carry before it is charged as two.
const QUEUE_STEP_BYTES: usize = 64 * 1_024;

/// Counts requests. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<Mutex<Counted>>);

impl Meter {
    /// A meter at zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// What was counted until now.
    pub fn counted(&self) -> Counted {
        self.lock().clone()
    }

    /// The same HTTP client, counting.
    pub fn over(&self, client: SharedHttpClient) -> SharedHttpClient {
        SharedHttpClient::new(Metered { client, meter: self.clone() })
    }

    /// Counting is adding: a panic meanwhile leaves at worst one request out.
    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, asked: &Asked, status: u16, answer: &[u8]) {
        match asked {
            Asked::Items { operation, request } => {
                capacity::count(&mut self.lock(), operation, request, status, answer);
            }
            Asked::Queue { action, queue, bytes } => {
                let bytes = (*bytes).max(answer.len());
                let queue_requests = u64::try_from(bytes.div_ceil(QUEUE_STEP_BYTES).max(1)).unwrap_or(1);
                self.lock().add_queue(queue, action, Use { queue_requests, ..Use::default() });
            }
            Asked::Else => {}
        }
    }
}

#[derive(Debug)]
struct Metered {
    client: SharedHttpClient,
    meter: Meter,
}

impl HttpClient for Metered {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = self.client.http_connector(settings, components);
        SharedHttpConnector::new(Metering { connector, meter: self.meter.clone() })
    }
}

#[derive(Debug)]
struct Metering {
    connector: SharedHttpConnector,
    meter: Meter,
}

impl HttpConnector for Metering {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let asked = Asked::of(&request);
        if let Asked::Items { .. } = &asked {
            ask_for_capacity(&mut request);
        }
        let (answer, meter) = (self.connector.call(request), self.meter.clone());
        HttpConnectorFuture::new(async move { tell(&meter, &asked, answer.await?).await })
    }
}

/// Reads the answer to its end, counts it, and hands it on.
async fn tell(
    meter: &Meter,
    asked: &Asked,
    mut answer: HttpResponse,
) -> Result<HttpResponse, ConnectorError> {
    let body = ByteStream::new(answer.take_body()).collect().await;
    let bytes = body.map_err(|error| ConnectorError::io(error.into()))?.into_bytes();
    meter.note(asked, answer.status().as_u16(), &bytes);
    *answer.body_mut() = SdkBody::from(bytes);
    Ok(answer)
}

/// What a request asks for.
enum Asked {
    /// Items of DynamoDB.
    Items { operation: String, request: Value },
    /// Something of SQS.
    Queue { action: String, queue: String, bytes: usize },
    /// Something that has no price per request.
    Else,
}

impl Asked {
    fn of(request: &HttpRequest) -> Self {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let Some(body) = request.body().bytes() else { return Self::Else };
        let parsed = || serde_json::from_slice::<Value>(body).unwrap_or_default();
        match target.split_once('.') {
            Some(("DynamoDB_20120810", operation)) if classify::is_metered(operation) => {
                Self::Items { operation: operation.to_owned(), request: parsed() }
            }
            Some(("AmazonSQS", action)) => {
                let request = parsed();
                let url = request.get("QueueUrl").and_then(Value::as_str).unwrap_or_default();
                Self::Queue { action: action.to_owned(), queue: name_of(url).to_owned(), bytes: body.len() }
            }
            _ => Self::Else,
        }
    }
}

/// Makes the answer tell what it consumed. Only engines on this machine are asked so: the signature no longer fits.
fn ask_for_capacity(request: &mut HttpRequest) {
    const ASKED: &[u8] = br#"{"ReturnConsumedCapacity":"INDEXES","#;
    let Some(rest) = request.body().bytes().and_then(|body| body.strip_prefix(b"{")) else { return };
    let body = [ASKED, rest].concat();
    request.headers_mut().insert("content-length", body.len().to_string());
    *request.body_mut() = SdkBody::from(body);
}
