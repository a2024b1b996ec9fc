//! An HTTP layer of the SDK that answers in the service's place, loses answers, or only looks.

use std::fmt;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

/// What a request asks for.
pub(crate) struct Asked {
    /// Operation, for example `PutItem` or `SendMessageBatch`.
    pub(crate) operation: String,
    /// Body.
    pub(crate) body: Value,
}

/// What becomes of a request.
pub(crate) enum Fate {
    /// It reaches the service.
    Pass,
    /// The service answers this instead, and does nothing.
    Answer(u16, Value),
    /// No connection: nothing was done.
    Lost,
    /// The service does it, and nobody hears.
    Unheard,
}

impl Fate {
    /// The error of a service with this code.
    pub(crate) fn error(status: u16, code: &str) -> Self {
        Self::Answer(
            status,
            json!({ "__type": format!("com.amazonaws.service#{code}"), "message": "made by a test" }),
        )
    }
}

type Judge = Arc<dyn Fn(&Asked) -> Fate + Send + Sync>;

/// The layer. Clones judge alike.
#[derive(Clone)]
pub(crate) struct Layer {
    client: SharedHttpClient,
    judge: Judge,
}

impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Layer")
    }
}

impl Layer {
    /// Over the network, with a judge of each request.
    pub(crate) fn over(judge: impl Fn(&Asked) -> Fate + Send + Sync + 'static) -> SharedHttpClient {
        let client = aws_smithy_http_client::Builder::new().build_http();
        SharedHttpClient::new(Self { client, judge: Arc::new(judge) })
    }
}

impl HttpClient for Layer {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = self.client.http_connector(settings, components);
        SharedHttpConnector::new(Judged { connector, judge: Arc::clone(&self.judge) })
    }
}

struct Judged {
    connector: SharedHttpConnector,
    judge: Judge,
}

impl fmt::Debug for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Judged")
    }
}

impl HttpConnector for Judged {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        match asked(&request).map_or(Fate::Pass, |asked| (self.judge)(&asked)) {
            Fate::Pass => self.connector.call(request),
            Fate::Answer(status, body) => {
                let body = SdkBody::from(body.to_string());
                HttpConnectorFuture::ready(Ok(HttpResponse::new(status.try_into().unwrap(), body)))
            }
            Fate::Lost => HttpConnectorFuture::ready(Err(timeout())),
            Fate::Unheard => {
                let done = self.connector.call(request);
                HttpConnectorFuture::new(async move {
                    drop(done.await);
                    Err(timeout())
                })
            }
        }
    }
}

fn timeout() -> ConnectorError {
    ConnectorError::timeout("made by a test".into())
}

fn asked(request: &HttpRequest) -> Option<Asked> {
    let (_, operation) = request.headers().get("x-amz-target")?.split_once('.')?;
    let body = serde_json::from_slice(request.body().bytes()?).ok()?;
    Some(Asked { operation: operation.to_owned(), body })
}
