//! Wiring of the `receive-vendor` function.
#![recursion_limit = "256"]

use icm_aws::{Clients, Store, Tables, WallClock};
use icm_lambda::{serve, telemetry};
use receive_vendor::{Receiver, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let clients = Clients::from_env();
    let store = Store::new(clients.dynamodb, Tables::from_env());
    let receiver = Receiver { store, clock: WallClock };
    // Boxed: the future of a batch is larger than what a stack should hold.
    serve(|event| Box::pin(handle(event, &receiver))).await
}
