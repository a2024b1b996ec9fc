//! Wiring of the `relay-outbox` function.
#![recursion_limit = "256"]

use icm_aws::{Clients, Outlet, Queues, Sender, Store, Tables, VendorBucket, WallClock};
use icm_lambda::{serve, telemetry};
use relay_outbox::{Relay, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let clients = Clients::from_env();
    let s3 = clients.s3();
    let store = Store::new(clients.dynamodb, Tables::from_env());
    let sender = Sender::new(clients.sqs, Queues::from_env());
    let queues = Outlet::new(sender, VendorBucket::from_env(s3));
    let relay = Relay { store, queues, clock: WallClock };
    serve(|event| handle(event, &relay)).await
}
