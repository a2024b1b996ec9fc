//! How the operations API does with many open cases: loads them, asks each view, prints milliseconds and read units.
//!
//! `cargo run --release -p icm --example worklists -- 100000`

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use axum::body::{Body, to_bytes};
use http::Request;
use icm_contract::keys;
use icm_contract::stored::Stored;
use icm_domain::case::open::{Opening, open};
use icm_domain::case::particulars::Particulars;
use icm_domain::case::refusal::Refusal;
use icm_domain::case::required::Participation;
use icm_domain::case::state::{Case, Terms};
use icm_domain::case::status::Status;
use icm_domain::day::Day;
use icm_domain::decision::priority::{Persistence, Priority, Tier};
use icm_domain::facts::LineOfBusiness;
use icm_domain::ids::{CaseId, MemberId, ProgramId};
use icm_domain::moment::Moment;
use icm_domain::phi::Phi;
use icm_local::clock::StoreClock;
use icm_local::run::functions;
use icm_local::stack::Account;
use icm_ports::CaseRecord;
use std::collections::HashMap;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;
use tower::ServiceExt;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The views that people open.
const VIEWS: [(&str, &str); 12] = [
    ("worklist, first page (console)", "/console/worklist"),
    ("worklist, first page", "/v1/worklist"),
    ("worklist, overdue", "/v1/worklist?band=overdue"),
    ("worklist, one line of business", "/v1/worklist?lob=COMMERCIAL"),
    ("worklist, one county (filtered)", "/v1/worklist?county=Knox"),
    ("worklist, rare filter (budget)", "/v1/worklist?language=nv"),
    ("worklist, by priority", "/v1/worklist?status=OUTREACH&sort=priority"),
    ("bands", "/v1/worklist/bands"),
    ("member", "/v1/members/P00000001"),
    ("capacity", "/v1/capacity"),
    ("vendors", "/v1/vendors"),
    ("audit trail of a day", "/v1/audit?day=2026-07-01"),
];

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let cases: u32 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(2_000);
    let folder = tempfile::tempdir()?;
    let now = Moment::parse("2026-07-01T16:00:00Z").ok_or("no such moment")?;
    let account = Arc::new(Account::open(Some(folder.path()), StoreClock::set_at(now.millis())).await?);
    functions::publish(&account).await?;
    let began = Instant::now();
    load(&account, cases, now).await?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{cases} open cases loaded in {:.0} s", began.elapsed().as_secs_f32())?;
    let api = functions::operations_for(&account, operations::access::local::operator())?;
    writeln!(
        out,
        "{:<36} {:>6} {:>9} {:>9} {:>10} {:>6}",
        "view", "status", "first ms", "median ms", "read units", "scans"
    )?;
    for (name, path) in VIEWS {
        let before = account.meter().counted();
        let first = Instant::now();
        let status = ask(&api, path).await?;
        let first = first.elapsed();
        let counted = account.meter().counted().since(&before);
        let scans = counted.tables.iter().filter(|(used, _)| used.operation == "Scan").count();
        let mut times = Vec::new();
        for _ in 0..9 {
            let began = Instant::now();
            ask(&api, path).await?;
            times.push(began.elapsed());
        }
        times.sort_unstable();
        let median = times.get(4).copied().unwrap_or_default();
        let units = counted.total().half_read_units;
        writeln!(
            out,
            "{name:<36} {status:>6} {:>9.1} {:>9.1} {:>10} {scans:>6}",
            first.as_secs_f64() * 1e3,
            median.as_secs_f64() * 1e3,
            format!("{}.{}", units / 2, units % 2 * 5),
        )?;
    }
    Ok(())
}

async fn ask(api: &axum::Router, path: &str) -> Result<u16, Failure> {
    let response = api.clone().oneshot(Request::get(path).body(Body::empty())?).await?;
    let status = response.status().as_u16();
    to_bytes(response.into_body(), 1 << 24).await?;
    Ok(status)
}

/// Writes cases as the store writes them, 25 a request.
async fn load(account: &Account, cases: u32, now: Moment) -> Result<(), Failure> {
    let client = &account.clients().dynamodb;
    let table = functions::table(account, "MEMBERS_TABLE");
    let all: Vec<u32> = (0..cases).collect();
    for chunk in all.chunks(25) {
        let mut requests = Vec::new();
        for at in chunk {
            let put = PutRequest::builder().set_item(Some(item(*at, now)?)).build()?;
            requests.push(WriteRequest::builder().put_request(put).build());
        }
        client.batch_write_item().request_items(&table, requests).send().await?;
    }
    Ok(())
}

/// A case as it stands after some weeks: a third in outreach, a third served, a third waiting, due over 60 days.
fn item(at: u32, now: Moment) -> Result<HashMap<String, AttributeValue>, Failure> {
    let record = record(at, now)?;
    let member = MemberId::new(format!("P{at:08}"));
    let text = |value: String| AttributeValue::S(value);
    let number = |value: u64| AttributeValue::N(value.to_string());
    let step = record.next.ok_or("an open case has a step")?;
    let work = record.work.clone().ok_or("an open case is on a list")?;
    let (program, shard) = (&record.case.program, keys::shard(&member));
    let day = keys::day(program, step.turn(), record.about.lob, shard % keys::DAY_SHARDS);
    Ok(HashMap::from([
        (keys::PK.to_owned(), text(keys::member(&member))),
        (keys::SK.to_owned(), text(keys::case(program))),
        (keys::VERSION.to_owned(), number(u64::from(Case::VERSION))),
        ("body".to_owned(), text(record.case.write())),
        ("lines".to_owned(), number(record.lines)),
        ("about".to_owned(), text(record.about.write())),
        ("step".to_owned(), text(step.what.id().to_owned())),
        ("step_due".to_owned(), text(step.due.to_string())),
        (keys::DAY_PK.to_owned(), text(day)),
        (keys::DAY_SK.to_owned(), text(record.day_sort().unwrap_or_default())),
        (keys::WORK_PK.to_owned(), text(keys::work(program, &work.queue, shard))),
        (keys::WORK_SK.to_owned(), text(work.sort.to_string())),
        ("work_queue".to_owned(), text(work.queue.to_string())),
    ]))
}

fn record(at: u32, now: Moment) -> Result<CaseRecord, Failure> {
    let opened = now.plus_hours(-i64::from(at % 1_400));
    let tier = [Tier::Critical, Tier::High, Tier::Standard];
    let opening = Opening {
        id: CaseId::new(format!("C-{at:020}")),
        member: MemberId::new(format!("P{at:08}")),
        program: ProgramId::new("ICM"),
        terms: Terms::default(),
        priority: Priority {
            tier: tier.into_iter().nth(at as usize % 3).unwrap_or(Tier::Standard),
            persistence: Persistence::Usual,
            not_impactable: 1,
            waiting_since: opened.day(),
        },
        participation: Participation::Voluntary,
        facts_version: 1,
        co_managers: Vec::new(),
        details: None,
        at: opened,
    };
    let mut case = open(opening, None, None).map_err(Refusal::id)?;
    case.status = [Status::Outreach, Status::Active, Status::Queued]
        .into_iter()
        .nth(at as usize / 7 % 3)
        .unwrap_or(Status::Queued);
    case.contact.call_back = (case.status == Status::Outreach).then(|| opened.plus_days(58));
    case.start = (case.status == Status::Active).then(|| opened.day());
    case.waiting_since = (case.status == Status::Queued).then_some(opened);
    let lobs = [LineOfBusiness::Medicaid, LineOfBusiness::MedicareAdvantage, LineOfBusiness::Commercial];
    let counties = ["Shelby", "Davidson", "Knox", "Hamilton", "Jefferson"];
    let about = Particulars {
        lob: lobs.into_iter().nth(at as usize % 3),
        name: Some(Phi::new(format!("Sample Person {at}").into())),
        birth: Day::parse("1970-01-01").map(Phi::new),
        county: counties.into_iter().nth(at as usize / 3 % 5).map(Into::into),
        state: Some("TN".into()),
        language: Some(if at.is_multiple_of(997) { "nv".into() } else { "en".into() }),
        practice: Some("PCP-1".into()),
    };
    Ok(CaseRecord::of(case, 9, opened).about(about))
}
