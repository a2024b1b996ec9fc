//! Wiring of the `ingest-files` function.
#![recursion_limit = "256"]

use icm_aws::{Bucket, Clients, Drops, Queues, Sender, Store, Tables, WallClock};
use icm_lambda::{Config, serve, telemetry};
use ingest_files::{Adapters, Feeds, IngestFiles, Settings};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let clients = Clients::from_env();
    let s3 = clients.s3();
    let ports = Adapters {
        files: Drops {
            claims: Bucket::from_env(s3.clone(), "CLAIMS_BUCKET"),
            vendors: Bucket::from_env(s3.clone(), "VENDOR_BUCKET"),
        },
        archive: Bucket::from_env(s3, "ARCHIVE_BUCKET"),
        queue: Sender::new(clients.sqs, Queues::from_env()),
        store: Store::new(clients.dynamodb, Tables::from_env()),
    };
    let settings = Settings {
        spool: std::env::temp_dir().join("icm-spool"),
        feeds: Feeds {
            received_at_ingest: Config.optional("RECEIVED_AT_INGEST").as_deref() == Some("true"),
            snapshots: Config.listed("SNAPSHOT_SOURCES"),
        },
    };
    settings.sweep();
    let function = IngestFiles::new(ports, WallClock, settings);
    let function = &function;
    serve(|event| async move { Ok(function.handle(event).await) }).await
}
