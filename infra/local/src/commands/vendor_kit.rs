//! `icm vendor-kit`: does a vendor keep to the contract?

use super::exit;
use super::output::{Lines, diagnose, fail};
use crate::clock::StoreClock;
use crate::kit::{Kit, Plan, Report, Transport};
use crate::sqs;
use clap::Args as ClapArgs;
use icm_domain::case::state::HandOver;
use icm_domain::program::team::MessageFormat;
use std::path::PathBuf;
use std::process::{ExitCode, Stdio};
use std::time::Duration;

/// Examples of use, shown by `--help`.
const EXAMPLES: &str = "Examples:
  icm vendor-kit --offers https://sqs.us-east-1.amazonaws.com/1/icm-test-offers-SANDBOX-1 \\
                 --replies https://sqs.us-east-1.amazonaws.com/1/icm-test-replies-SANDBOX-1
  icm vendor-kit --local -- python3 tests/vendor/reference_vendor.py
  icm vendor-kit --local --fhir -- python3 tests/vendor/reference_vendor.py
  icm vendor-kit --files exchange/

--local starts a queue service in this process and the vendor's own program beside it, with its places in the environment:
AWS_ENDPOINT_URL_SQS, OFFERS_QUEUE_URL, REPLIES_QUEUE_URL. With --files the vendor reads exchange/out/*.csv and writes
exchange/in/*.csv; with --fhir *.ndjson, one Bundle a line, both ways. All members are invented; every offer says test: true.

Exit code 0: the vendor passes; 1: it does not; 2: the queues or folders could not be used.";

/// Arguments of `icm vendor-kit`.
#[derive(ClapArgs, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Address of the vendor's sandbox offer queue.
    #[arg(long, value_name = "URL", requires = "replies", conflicts_with_all = ["files", "local"])]
    offers: Option<String>,
    /// Address of the vendor's sandbox reply queue.
    #[arg(long, value_name = "URL", requires = "offers")]
    replies: Option<String>,
    /// Another queue service than AWS.
    #[arg(long, value_name = "URL", requires = "offers")]
    endpoint: Option<String>,
    /// Exchange files in this folder.
    #[arg(long, value_name = "DIR", conflicts_with = "local")]
    files: Option<PathBuf>,
    /// Play to a program on this machine, given after `--`.
    #[arg(long, requires = "program")]
    local: bool,
    /// The vendor's hand-over mode.
    #[arg(long, default_value = "ENROLMENT", value_name = "MODE", value_parser = mode)]
    hand_over: HandOver,
    /// The major of the contract in which the vendor is addressed.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=2))]
    major: u16,
    /// Address the vendor in FHIR R4: message Bundles with a Task (infra/contracts/fhir.csv).
    #[arg(long, conflicts_with = "major")]
    fhir: bool,
    /// Begins the ids of the invented cases; absent: the time of day.
    #[arg(long, value_name = "ID")]
    run: Option<String>,
    /// A step ends when the vendor owes nothing and has been quiet for so many milliseconds.
    #[arg(long, default_value_t = 3_000, value_name = "MS")]
    quiet_ms: u64,
    /// A step ends after so many seconds at the latest.
    #[arg(long, default_value_t = 120, value_name = "S")]
    wait: u64,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
    /// The vendor's program and its arguments.
    #[arg(last = true, value_name = "PROGRAM", requires = "local")]
    program: Vec<String>,
}

fn mode(text: &str) -> Result<HandOver, String> {
    HandOver::parse(text).ok_or_else(|| "ENROLMENT or OUTREACH_DELEGATED".to_owned())
}

/// Exit code of a vendor that does not pass.
const DOES_NOT_PASS: u8 = 1;

/// Runs the command.
pub fn run(args: &Args) -> ExitCode {
    if args.offers.is_none() && args.files.is_none() && !args.local {
        return fail(("--offers and --replies, --files, or --local".to_owned(), exit::USAGE));
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail((error.to_string(), exit::OUTPUT)),
    };
    match runtime.block_on(play(args)) {
        Ok(report) => print(&report, args.json),
        Err(error) => fail((error, exit::NOTHING_READ)),
    }
}

fn print(report: &Report, json: bool) -> ExitCode {
    let mut lines = Lines::new();
    if json {
        lines.put(report);
    } else {
        lines.put_text(&report.text());
    }
    lines.finish(if report.passed { ExitCode::SUCCESS } else { ExitCode::from(DOES_NOT_PASS) })
}

async fn play(args: &Args) -> Result<Report, String> {
    let fresh = || format!("kit{}", crate::kit::wall_now().millis());
    let plan = Plan {
        hand_over: args.hand_over,
        major: args.major,
        format: if args.fhir { MessageFormat::Fhir } else { MessageFormat::Native },
        run: args.run.clone().unwrap_or_else(fresh),
        quiet: Duration::from_millis(args.quiet_ms),
        wait: Duration::from_secs(args.wait),
    };
    if args.local {
        return beside(&plan, &args.program).await;
    }
    let mut transport = match (&args.files, &args.offers, &args.replies) {
        (Some(folder), ..) => Transport::files(folder).map_err(|error| error.to_string())?,
        (None, Some(offers), Some(replies)) => {
            let connection = match &args.endpoint {
                Some(endpoint) => icm_aws::Connection::local(endpoint, endpoint),
                None => icm_aws::Connection::from_vars(|name| std::env::var(name).ok()),
            };
            let client = connection.clients().sqs;
            Transport::Queues { client, offers: offers.clone(), replies: replies.clone() }
        }
        (None, ..) => return Err("--offers and --replies".to_owned()),
    };
    Kit::new(&plan, &mut transport).play().await.map_err(|error| error.to_string())
}

/// A queue service in this process, and the vendor's program beside it.
async fn beside(plan: &Plan, program: &[String]) -> Result<Report, String> {
    let queues = sqs::Engine::memory(StoreClock::wall());
    let listener =
        tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let endpoint = format!("http://{address}");
    let server =
        tokio::spawn(async move { drop(sqs::serve(listener, queues, std::future::pending()).await) });
    let client = icm_aws::Connection::local(&endpoint, &endpoint).clients().sqs;
    let mut urls = Vec::new();
    for name in ["icm-kit-offers-SANDBOX", "icm-kit-replies-SANDBOX"] {
        let made = client.create_queue().queue_name(name).send().await;
        let made = made.map_err(|_| "a queue could not be made".to_owned())?;
        urls.push(made.queue_url.unwrap_or_default());
    }
    let [offers, replies] = urls.try_into().map_err(|_| "two queues".to_owned())?;
    let mut vendor = start(program, &endpoint, &offers, &replies)?;
    let mut transport = Transport::Queues { client, offers, replies };
    let played = Kit::new(plan, &mut transport).play().await;
    if let Ok(Some(status)) = vendor.try_wait() {
        diagnose(&format!("the vendor's program ended by itself: {status}"));
    }
    // It has been heard: whether it can still be stopped is its own business.
    let _ = vendor.kill().await;
    server.abort();
    played.map_err(|error| error.to_string())
}

fn start(
    program: &[String],
    endpoint: &str,
    offers: &str,
    replies: &str,
) -> Result<tokio::process::Child, String> {
    let (name, arguments) = program.split_first().ok_or_else(|| "no program".to_owned())?;
    tokio::process::Command::new(name)
        .args(arguments)
        .env("AWS_ENDPOINT_URL_SQS", endpoint)
        .env("AWS_REGION", sqs::REGION)
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("OFFERS_QUEUE_URL", offers)
        .env("REPLIES_QUEUE_URL", replies)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("{name}: {error}"))
}
