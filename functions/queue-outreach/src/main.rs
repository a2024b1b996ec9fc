//! Wiring of the `queue-outreach` function.
#![recursion_limit = "256"]

use icm_aws::{Clients, Store, Tables, WallClock};
use icm_lambda::{serve, telemetry};
use queue_outreach::{Queue, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let clients = Clients::from_env();
    let store = Store::new(clients.dynamodb, Tables::from_env());
    let queue = Queue { store, clock: WallClock };
    serve(|event| handle(event, &queue)).await
}
