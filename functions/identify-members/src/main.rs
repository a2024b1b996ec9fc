//! Wiring of the `identify-members` function.
#![recursion_limit = "256"]

use icm_aws::{Clients, IdSecret, Store, Tables, WallClock};
use icm_lambda::{Config, InvocationError, serve, telemetry};
use identify_members::{IdKey, IdentifyMembers, Published};
use tokio::sync::OnceCell;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let clients = Clients::from_env();
    let secret = IdSecret::from_env(&clients);
    let store = Store::new(clients.dynamodb, Tables::from_env());
    let rules = Published::new(&Config.or("PROGRAM", "ICM"), icm_formats::tables::shipped()?)?;
    // The secret is asked for at the first event: what is asked before it makes every start slower.
    let function = OnceCell::new();
    let (function, secret, store, rules) = (&function, &secret, &store, &rules);
    let build = move || async move {
        let secret = secret.reveal().await?;
        telemetry::tag_members_with(&secret);
        Ok::<_, InvocationError>(IdentifyMembers::new(
            store.clone(),
            rules.clone(),
            WallClock,
            IdKey::of(secret),
        ))
    };
    serve(|event| async move { Ok(function.get_or_try_init(build).await?.handle(event).await) }).await
}
