//! Wiring of the `identify-members` function.
#![recursion_limit = "256"]

use icm_aws::{Clients, Store, Tables, WallClock};
use icm_lambda::{Config, serve, telemetry};
use identify_members::{IdKey, IdentifyMembers, Rules};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let secret = Config.or("ID_SECRET", "icm");
    let program = Config.or("PROGRAM", "ICM");
    let store = Store::new(Clients::from_env().dynamodb, Tables::from_env());
    let rules = Rules::shipped(&program, icm_formats::tables::shipped()?)?;
    let function = IdentifyMembers::new(store, rules, WallClock, IdKey::of(&secret));
    let function = &function;
    serve(|event| async move { Ok(function.handle(event).await) }).await
}
