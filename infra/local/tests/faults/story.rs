//! A small population through the whole system, with simulated staff, members and vendors, on clients of the test.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use icm_aws::{Clients, Store, Tables};
use icm_contract::stored::Stored as _;
use icm_contract::{DecisionRecord, keys};
use icm_domain::day::Day;
use icm_domain::ids::MemberId;
use icm_domain::moment::Moment;
use icm_local::clock::StoreClock;
use icm_local::run::actors::Actors;
use icm_local::run::{PROGRAM, Plan, feed, feeds, functions};
use icm_local::stack::{Account, Handler, Triggers};
use icm_local::template::Folder;
use icm_ports::{CasesRead as _, MemberRead as _};
use icm_synth::{Population, Receipt};

/// The day of the story.
pub(crate) const AS_OF: &str = "2026-06-30";
/// Hours of a day at which people act, in UTC.
const HOURS: [i64; 3] = [14, 18, 22];
const MINUTE_MS: i64 = 60_000;

/// A system that stands and waits for files.
pub(crate) struct System {
    pub(crate) account: Arc<Account>,
    pub(crate) triggers: Triggers,
    pub(crate) api: axum::Router,
    pub(crate) plan: Plan,
    bucket: std::path::PathBuf,
    _folder: tempfile::TempDir,
}

/// What the store came to: the current decision and the case status of every member.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) decisions: BTreeMap<String, String>,
    pub(crate) cases: BTreeMap<String, String>,
}

/// Clients that try again soon: a test has no second to lose.
fn clients(places: &icm_aws::Connection, http: SharedHttpClient) -> Clients {
    let retry = RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(2));
    let mut clients = places.clients_over(http);
    let dynamodb = clients.dynamodb.config().to_builder().retry_config(retry.clone()).build();
    clients.dynamodb = aws_sdk_dynamodb::Client::from_conf(dynamodb);
    let sqs = clients.sqs.config().to_builder().retry_config(retry).build();
    clients.sqs = aws_sdk_sqs::Client::from_conf(sqs);
    clients
}

impl System {
    /// A live program on an empty store.
    pub(crate) async fn start(http: SharedHttpClient) -> Self {
        Self::start_around(http, |_, _, handler| handler).await
    }

    /// The same, with something around each handler.
    pub(crate) async fn start_around(
        http: SharedHttpClient,
        wrap: impl Fn(&Account, &str, Arc<dyn Handler>) -> Arc<dyn Handler>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let as_of = Day::parse(AS_OF).unwrap();
        let clock = StoreClock::set_at(Moment::start_of(as_of).plus_hours(13).millis());
        let engines = folder.path().join("store");
        let over =
            |places: &icm_aws::Connection, meter: &icm_local::meter::Meter| clients(places, meter.over(http));
        let account =
            Account::open_over(&Folder::built_in().unwrap(), Some(&engines), clock, over).await.unwrap();
        let account = Arc::new(account);
        let data = vec![folder.path().join("data")];
        let plan = Plan {
            data,
            as_of,
            store: Some(engines),
            days: 0,
            seed: 7,
            progress: false,
            shadow: false,
            people: true,
            redeliver: None,
            feeds: feeds::Said::default(),
        };
        let bucket = feed::bucket_folder(&plan).unwrap();
        let built = functions::build(&account, &bucket, ingest_files::Feeds::default()).unwrap();
        let handlers = built.handlers.around(|name, handler| wrap(&account, name, handler));
        let triggers = Triggers::connect(Arc::clone(&account), handlers, 4).unwrap();
        functions::publish(&account).await.unwrap();
        functions::go_live(&built.api).await.unwrap();
        functions::confirm_small_teams(&built.api).await.unwrap();
        Self { account, triggers, api: built.api, plan, bucket, _folder: folder }
    }

    /// Where the files of the story are written before they are dropped.
    pub(crate) fn data(&self) -> &Path {
        &self.plan.data[0]
    }

    /// Writes a population's files.
    pub(crate) fn write(&self, members: u64) {
        let population = Population { members, seed: 42, months: 12, as_of: self.plan.as_of };
        let mut folder =
            icm_synth::Folder::create(self.data(), &population, Receipt::until(self.plan.as_of)).unwrap();
        population.iter().for_each(|member| folder.write(&member).unwrap());
        folder.finish().unwrap();
    }

    /// Drops the files and works until nothing is left.
    pub(crate) async fn ingest(&self) {
        feed::drop_files(&self.plan, &self.account, &self.bucket).await.unwrap();
        self.triggers.drain().await.unwrap();
    }

    /// Days with simulated people. Schedules come every minute, as in AWS: what one call failed at the next one finds.
    pub(crate) async fn live(&self, days: i32) {
        let mut actors = Actors::new(&self.account, self.api.clone(), PROGRAM, self.plan.seed);
        let first = Moment::from_millis(self.account.clock().now_ms()).day();
        for (day, hour) in (0..days).flat_map(|day| HOURS.map(|hour| (day, hour))) {
            let now = Moment::start_of(first.plus(day)).plus_hours(hour);
            self.account.clock().advance_to(now.millis()).unwrap();
            self.minutes(5).await;
            while actors.step(&self.account, now.plus_millis(5 * MINUTE_MS)).await.unwrap() > 0 {
                self.triggers.drain().await.unwrap();
            }
        }
    }

    /// So many calls of the schedules, a minute apart.
    pub(crate) async fn minutes(&self, calls: i64) {
        let begin = self.account.clock().now_ms();
        for minute in 0..calls {
            self.account.clock().advance_to(begin + minute * MINUTE_MS).unwrap();
            self.triggers.fire_schedules().await;
            self.triggers.drain().await.unwrap();
        }
    }

    /// The members table, read past the layer.
    pub(crate) async fn items(
        &self,
    ) -> Vec<std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue>> {
        let client = self.account.connection().clients().dynamodb;
        let mut items = Vec::new();
        let mut from = None;
        loop {
            let table = functions::table(&self.account, "MEMBERS_TABLE");
            let page = client.scan().table_name(table).set_exclusive_start_key(from).send().await.unwrap();
            items.extend(page.items.unwrap_or_default());
            from = page.last_evaluated_key;
            if from.is_none() {
                return items;
            }
        }
    }

    /// A store past the layer.
    pub(crate) fn store(&self) -> Store {
        let variables = self.account.environment("identify-members");
        let tables = Tables::from_vars(|name| variables.get(name).cloned());
        Store::new(self.account.connection().clients().dynamodb, tables)
    }

    /// Members who have anything in the store.
    pub(crate) async fn members(&self) -> BTreeSet<MemberId> {
        let items = self.items().await;
        items.iter().filter_map(|item| keys::member_of(item.get(keys::PK)?.as_s().ok()?)).collect()
    }

    pub(crate) async fn state(&self) -> State {
        let store = self.store();
        let (mut decisions, mut cases) = (BTreeMap::new(), BTreeMap::new());
        for member in self.members().await {
            if let Some(held) = store.decision(&member).await.unwrap() {
                let record = DecisionRecord::read(held.version, &held.text).unwrap();
                decisions.insert(member.as_str().to_owned(), format!("{:?}", record.outcome));
            }
            for held in store.cases(&member).await.unwrap() {
                cases.insert(
                    format!("{} {}", member.as_str(), held.case.program.as_str()),
                    held.case.status.id().to_owned(),
                );
            }
        }
        State { decisions, cases }
    }

    /// Messages in queues with this in their name.
    pub(crate) fn messages(&self, named: &str) -> usize {
        let counts = self.account.queue_counts();
        counts.iter().filter(|(name, _)| name.contains(named)).map(|(_, counts)| counts.total()).sum()
    }
}
