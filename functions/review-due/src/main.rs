//! Wiring of the `review-due` function.
#![recursion_limit = "256"]

use icm_aws::{Clients, Queues, Sender, Store, Tables, WallClock};
use icm_lambda::{serve, telemetry};
use review_due::{Review, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let clients = Clients::from_env();
    let store = Store::new(clients.dynamodb, Tables::from_env());
    let queues = Sender::new(clients.sqs, Queues::from_env());
    let tables = icm_formats::tables::shipped()?.into();
    let review = Review { store, queues, clock: WallClock, tables };
    serve(|event| handle(event, &review)).await
}
