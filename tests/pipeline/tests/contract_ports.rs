//! The contract of the store's ports on the embedded engine, through the real SDK over loopback. The fakes keep the
//! same contract in `icm-testkit`: what handlers are tested against tells the truth.

use icm_aws::{Store, Tables};
use icm_domain::day::Day;
use icm_domain::moment::Moment;
use icm_local::clock::StoreClock;
use icm_local::stack::Account;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_keeps_the_contract() {
    let clock = StoreClock::set_at(Moment::start_of(Day::from_count(20_000)).millis());
    let account = Account::open(None, clock).await.expect("the stack opens");
    let variables = account.environment("identify-members");
    let tables = Tables::from_vars(|name| variables.get(name).cloned());
    let store = Store::new(account.clients().dynamodb.clone(), tables);
    let kept = icm_testkit::contract::check(&store).await;
    assert_eq!(kept, Ok(()));
    account.close().await;
}
