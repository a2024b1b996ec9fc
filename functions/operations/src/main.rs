//! Wiring of the `operations` function.
#![recursion_limit = "256"]

use icm_aws::{Clients, Queues, Sender, Store, Tables, WallClock};
use icm_lambda::{serve, telemetry};
use operations::{Ops, gateway, router};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let clients = Clients::from_env();
    let store = Store::new(clients.dynamodb, Tables::from_env());
    let queues = Sender::new(clients.sqs, Queues::from_env());
    let router = router(Ops { store, queues, clock: WallClock });
    serve(|event| gateway::handle(event, router.clone())).await
}
