//! Construction of SDK clients, in one place: no credential chain, no profile files, one HTTP client.
//!
//! Lambda hands region and credentials by environment; building the configuration by hand keeps the cold start short.
//! Every timeout and retry is stated here (STYLE §2.2).

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::BehaviorVersion;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use std::fmt;
use std::time::Duration;

/// To connect: a function's event source has six times its timeout, so every bound below stays far under it.
const CONNECT: Duration = Duration::from_secs(2);
/// One attempt: DynamoDB and SQS answer in milliseconds; what takes longer is lost.
const ATTEMPT: Duration = Duration::from_secs(6);
/// All attempts of one call together.
const OPERATION: Duration = Duration::from_secs(15);
/// Attempts of one call, the first included.
const ATTEMPTS: u32 = 4;

/// Where the services are and who asks.
#[derive(Clone)]
pub struct Connection {
    /// Region.
    pub region: String,
    /// Endpoint of DynamoDB, when not AWS itself.
    pub dynamodb_url: Option<String>,
    /// Endpoint of SQS, when not AWS itself.
    pub sqs_url: Option<String>,
    /// Endpoint of S3, when not AWS itself.
    pub s3_url: Option<String>,
    /// Endpoint of KMS, when not AWS itself.
    pub kms_url: Option<String>,
    /// Access key id, secret, session token.
    pub credentials: (String, String, Option<String>),
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("region", &self.region).finish_non_exhaustive()
    }
}

impl Connection {
    /// From the variables that Lambda sets, and `AWS_ENDPOINT_URL` or `AWS_ENDPOINT_URL_<SERVICE>` for another
    /// endpoint. `var` gives the value of a variable.
    pub fn from_vars(var: impl Fn(&str) -> Option<String>) -> Self {
        let endpoint =
            |service: &str| var(&format!("AWS_ENDPOINT_URL_{service}")).or_else(|| var("AWS_ENDPOINT_URL"));
        Self {
            region: var("AWS_REGION")
                .or_else(|| var("AWS_DEFAULT_REGION"))
                .unwrap_or_else(|| "us-east-1".to_owned()),
            dynamodb_url: endpoint("DYNAMODB"),
            sqs_url: endpoint("SQS"),
            s3_url: endpoint("S3"),
            kms_url: endpoint("KMS"),
            credentials: (
                var("AWS_ACCESS_KEY_ID").unwrap_or_default(),
                var("AWS_SECRET_ACCESS_KEY").unwrap_or_default(),
                var("AWS_SESSION_TOKEN"),
            ),
        }
    }

    /// A local engine: any credentials do.
    pub fn local(dynamodb_url: &str, sqs_url: &str) -> Self {
        Self {
            region: "us-east-1".to_owned(),
            dynamodb_url: Some(dynamodb_url.to_owned()),
            sqs_url: Some(sqs_url.to_owned()),
            s3_url: None,
            kms_url: None,
            credentials: ("local".to_owned(), "local".to_owned(), None),
        }
    }

    fn sdk_config(&self, http: SharedHttpClient) -> SdkConfig {
        let (key, secret, token) = self.credentials.clone();
        let credentials = Credentials::new(key, secret, token, None, "environment");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(self.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(http)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(CONNECT)
                    .operation_attempt_timeout(ATTEMPT)
                    .operation_timeout(OPERATION)
                    .build(),
            )
            .build()
    }

    /// The clients, sharing one HTTP client.
    pub fn clients(&self) -> Clients {
        self.clients_over(https_client())
    }

    /// The same over another HTTP client, for example one that counts or fails requests.
    pub fn clients_over(&self, http: SharedHttpClient) -> Clients {
        let shared = self.sdk_config(http);
        let mut dynamodb = aws_sdk_dynamodb::config::Builder::from(&shared);
        dynamodb.set_endpoint_url(self.dynamodb_url.clone());
        let mut sqs = aws_sdk_sqs::config::Builder::from(&shared);
        sqs.set_endpoint_url(self.sqs_url.clone());
        Clients {
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb.build()),
            sqs: aws_sdk_sqs::Client::from_conf(sqs.build()),
            connection: self.clone(),
            shared,
        }
    }
}

/// The HTTP client of a function.
fn https_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

/// The clients of one process: built once before `run`, lent to the adapters.
#[derive(Clone, Debug)]
pub struct Clients {
    /// DynamoDB.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// SQS.
    pub sqs: aws_sdk_sqs::Client,
    connection: Connection,
    shared: SdkConfig,
}

impl Clients {
    /// Clients of the process's environment.
    pub fn from_env() -> Self {
        Connection::from_vars(|name| std::env::var(name).ok()).clients()
    }

    /// A client of S3 over the same HTTP client. Made on demand: where features are built together, the linker drops
    /// S3 from every function that does not ask for it, and with it a third of the binary.
    #[cfg(feature = "s3")]
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let mut s3 = aws_sdk_s3::config::Builder::from(&self.shared);
        s3.set_endpoint_url(self.connection.s3_url.clone());
        // Other endpoints do not resolve bucket names as hosts.
        s3.set_force_path_style(Some(self.connection.s3_url.is_some()));
        aws_sdk_s3::Client::from_conf(s3.build())
    }

    /// A client of KMS over the same HTTP client, made on demand for the same reason.
    #[cfg(feature = "kms")]
    pub fn kms(&self) -> aws_sdk_kms::Client {
        let mut kms = aws_sdk_kms::config::Builder::from(&self.shared);
        kms.set_endpoint_url(self.connection.kms_url.clone());
        aws_sdk_kms::Client::from_conf(kms.build())
    }
}
