//! The account on this machine: engines with everything that the template lists.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::engines::Engines;
use super::error::StackError;
use super::{announce, create};
use crate::clock::StoreClock;
use crate::meter::Meter;
use crate::sqs::{self, QueueCounts};
use crate::template::{Bucket, Folder, Parameters, Resources, Template};

/// Engines, tables and queues of one store.
#[derive(Debug)]
pub struct Account {
    template: Template,
    clock: StoreClock,
    engines: Engines,
    clients: icm_aws::Clients,
    meter: Meter,
    folder: Option<PathBuf>,
}

impl Account {
    /// Starts the engines and makes what the built-in template lists. With a folder everything is kept
    /// there and found again; without one it ends with the process.
    ///
    /// # Errors
    /// When an engine cannot be started or the template asks for something that it cannot make.
    pub async fn open(folder: Option<&Path>, clock: StoreClock) -> Result<Self, StackError> {
        Self::open_from(&Folder::built_in()?, folder, clock).await
    }

    /// The same, from any template.
    ///
    /// # Errors
    /// As [`Account::open`].
    pub async fn open_from(
        templates: &Folder,
        folder: Option<&Path>,
        clock: StoreClock,
    ) -> Result<Self, StackError> {
        Self::open_over(templates, folder, clock, |places, meter| {
            places.clients_over(meter.over(aws_smithy_http_client::Builder::new().build_http()))
        })
        .await
    }

    /// The same, with clients of the caller's making: over an HTTP layer that fails or records requests.
    ///
    /// # Errors
    /// As [`Account::open`].
    pub async fn open_over(
        templates: &Folder,
        folder: Option<&Path>,
        clock: StoreClock,
        clients: impl FnOnce(&icm_aws::Connection, &Meter) -> icm_aws::Clients,
    ) -> Result<Self, StackError> {
        if let Some(folder) = folder {
            std::fs::create_dir_all(folder).map_err(StackError::io("make the store's folder"))?;
        }
        let engines = Engines::start(folder, &clock).await?;
        let resources = Resources::of(templates, &Parameters::new(), &engines.sqs_url)?;
        let template = Template::of(&resources)?;
        let meter = Meter::new();
        let clients = clients(&icm_aws::Connection::local(&engines.dynamodb_url, &engines.sqs_url), &meter);
        for table in &template.tables {
            create::table(&clients.dynamodb, table).await?;
        }
        for queue in &template.queues {
            create::queue(&clients.sqs, queue).await?;
        }
        Ok(Self { template, clock, engines, clients, meter, folder: folder.map(Path::to_owned) })
    }

    /// What the account is made of.
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// The store's clock.
    pub fn clock(&self) -> &StoreClock {
        &self.clock
    }

    /// SDK clients of the engines; what they ask for is counted.
    pub fn clients(&self) -> &icm_aws::Clients {
        &self.clients
    }

    /// The meter of [`Account::clients`].
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Where the engines are, for clients of one's own, which nobody counts.
    pub fn connection(&self) -> icm_aws::Connection {
        icm_aws::Connection::local(&self.engines.dynamodb_url, &self.engines.sqs_url)
    }

    /// A client of the streams; they share the tables' endpoint.
    pub(super) fn streams(&self) -> aws_sdk_dynamodbstreams::Client {
        let config = aws_sdk_dynamodbstreams::Config::builder()
            .behavior_version(aws_sdk_dynamodbstreams::config::BehaviorVersion::v2026_01_12())
            .region(aws_sdk_dynamodbstreams::config::Region::new(sqs::REGION))
            .credentials_provider(aws_sdk_dynamodbstreams::config::Credentials::new(
                "local", "local", None, None, "local",
            ))
            .endpoint_url(&self.engines.dynamodb_url)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        aws_sdk_dynamodbstreams::Client::from_conf(config)
    }

    /// A function's environment as the template gives it, with the engines' places beside it.
    pub fn environment(&self, function: &str) -> BTreeMap<String, String> {
        let own = self.template.function(function).map(|found| found.environment.clone());
        let mut variables = own.unwrap_or_default();
        let places = [
            ("AWS_REGION", sqs::REGION),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_ENDPOINT_URL_DYNAMODB", &self.engines.dynamodb_url),
            ("AWS_ENDPOINT_URL_SQS", &self.engines.sqs_url),
        ];
        // There is no KMS on this machine.
        if variables.remove("ID_KEY").is_some() {
            variables.insert("ID_SECRET".to_owned(), "local".to_owned());
        }
        variables.extend(places.map(|(name, value)| (name.to_owned(), value.to_owned())));
        variables
    }

    /// The address of a queue by its name.
    pub fn queue_url(&self, name: &str) -> String {
        format!("{}/{}/{name}", self.engines.sqs_url, sqs::ACCOUNT)
    }

    /// What each queue holds now, by name.
    pub fn queue_counts(&self) -> Vec<(String, QueueCounts)> {
        self.engines.queues.counts()
    }

    /// Messages that were given up, by the name of the dead-letter queue in which they lie.
    pub fn given_up(&self) -> BTreeMap<String, u64> {
        let ends: BTreeSet<&str> =
            self.template().queues.iter().filter_map(|queue| queue.dead_letters.as_deref()).collect();
        let held = self.queue_counts().into_iter().filter(|(name, _)| ends.contains(name.as_str()));
        held.map(|(name, counts)| (name, counts.total() as u64)).filter(|(_, count)| *count > 0).collect()
    }

    /// How often each action of the queue service was asked for.
    pub fn queue_requests(&self) -> BTreeMap<String, u64> {
        self.engines.queues.requests()
    }

    /// The queue engine, for those who must know when a hidden message shows.
    pub(super) fn queues(&self) -> &sqs::Engine {
        &self.engines.queues
    }

    /// The folder in which the store keeps everything, when it keeps anything.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// A bucket by its logical id.
    pub fn bucket(&self, id: &str) -> Option<&Bucket> {
        self.template.buckets.iter().find(|bucket| bucket.id == id)
    }

    /// Tells the queues of a bucket that an object is there, as the bucket would in AWS.
    ///
    /// # Errors
    /// When a queue does not take the message.
    pub async fn announce(&self, bucket: &Bucket, key: &str, size: u64, tag: &str) -> Result<(), StackError> {
        announce::announce(self, bucket, key, size, tag).await
    }

    /// Deletes items whose time has passed by the store's clock; returns how many.
    ///
    /// # Errors
    /// When a table cannot be read or written.
    pub async fn expire(&self) -> Result<u64, StackError> {
        announce::expire(self).await
    }

    /// Stops the engines after the requests that are running.
    pub async fn close(self) {
        self.engines.stop().await;
    }
}
