//! `icm pause`, `icm resume`, `icm mode`, `icm switches`: what may leave (DESIGN D12). Every change is audited.

use super::exit;
use super::output::{Lines, diagnose, fail};
use super::place::{self, Place};
use crate::run::RunError;
use clap::{Args as ClapArgs, Subcommand};
use http::Request;
use icm_domain::program::definition::Mode;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Examples of use, shown by `--help`.
const EXAMPLES: &str = "Examples:
  icm pause all --reason INCIDENT --store store/
  icm pause vendor VENDOR-1 --reason KEY_SUSPECTED --aws --by alice
  icm resume channel text --reason GATEWAY_MENDED --store store/

What is under way when a pause is committed is checked again before it is sent. Cancels, recalls and answers to vendors go
out also while paused: they stop something, or are owed.";

/// Arguments of `icm pause` and `icm resume`.
#[derive(ClapArgs, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct PauseArgs {
    #[command(subcommand)]
    scope: Scope,
}

/// What to pause or resume.
#[derive(Subcommand, Clone, Debug)]
enum Scope {
    /// Everything.
    All(Why),
    /// One program.
    Program(Named),
    /// One team or vendor.
    Vendor(Named),
    /// One means of contact: call, text, letter, visit.
    Channel(Named),
    /// What the circuit breaker of a program stopped: a person has looked (resume only).
    Breaker(Named),
}

#[derive(ClapArgs, Clone, Debug)]
struct Why {
    /// Why, as a code.
    #[arg(long, value_name = "CODE")]
    reason: String,
    #[command(flatten)]
    place: Place,
}

#[derive(ClapArgs, Clone, Debug)]
struct Named {
    /// Which.
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    why: Why,
}

/// Arguments of `icm mode`.
#[derive(ClapArgs, Clone, Debug)]
pub struct ModeArgs {
    /// The program.
    program: String,
    /// OFF, SHADOW or LIVE.
    #[arg(value_parser = mode_arg)]
    mode: Mode,
    /// Most offers and outreach tasks in a day.
    #[arg(long, value_name = "N", default_value_t = 200)]
    daily_cap: u32,
    #[command(flatten)]
    place: Place,
}

/// Arguments of `icm switches`.
#[derive(ClapArgs, Clone, Debug)]
pub struct ShowArgs {
    #[command(flatten)]
    place: Place,
}

fn mode_arg(text: &str) -> Result<Mode, String> {
    Mode::parse(&text.to_ascii_uppercase()).ok_or_else(|| "OFF, SHADOW or LIVE".to_owned())
}

/// Pauses or resumes.
pub fn pause(args: &PauseArgs, paused: bool) -> ExitCode {
    let (scope, why) = match &args.scope {
        Scope::All(why) => (json!("all"), why),
        Scope::Program(named) => (json!({ "program": named.id }), &named.why),
        Scope::Vendor(named) => (json!({ "vendor": named.id }), &named.why),
        Scope::Channel(named) => (json!({ "channel": named.id }), &named.why),
        Scope::Breaker(_) if paused => {
            return fail(("the breaker stops by itself; pause the program".to_owned(), exit::USAGE));
        }
        Scope::Breaker(named) => {
            let body = json!({ "program": named.id, "reason": named.why.reason });
            return act(&named.why.place, Request::post("/v1/admin/breaker"), &body);
        }
    };
    let route = if paused { "/v1/admin/pause" } else { "/v1/admin/resume" };
    act(&why.place, Request::post(route), &json!({ "scope": scope, "reason": why.reason }))
}

/// Sets the mode of a program.
pub fn mode(args: &ModeArgs) -> ExitCode {
    let body = json!({ "program": args.program, "mode": args.mode, "daily_cap": args.daily_cap });
    act(&args.place, Request::post("/v1/admin/modes"), &body)
}

/// Shows modes, pauses, freshness and the breaker.
pub fn show(args: &ShowArgs) -> ExitCode {
    let by = &args.place.by;
    let asked = async {
        let site = args.place.open().await?;
        let (_, switches) = site.ask(Request::get("/v1/switches"), &Value::Null, by).await?;
        let (_, release) = site.ask(Request::get("/v1/release"), &Value::Null, by).await?;
        Ok::<_, RunError>(json!({ "switches": switches, "release": release }))
    };
    match place::run(asked) {
        Ok(shown) => {
            let mut out = Lines::new();
            out.put_pretty(&shown);
            out.finish(ExitCode::SUCCESS)
        }
        Err(code) => code,
    }
}

/// One request; its answer on standard output.
fn act(place: &Place, request: http::request::Builder, body: &Value) -> ExitCode {
    let asked = async { place.open().await?.ask(request, body, &place.by).await };
    match place::run(asked) {
        Ok((200..=299, answer)) => {
            let mut out = Lines::new();
            out.put_pretty(&answer);
            out.finish(ExitCode::SUCCESS)
        }
        Ok((status, problem)) => {
            let detail = problem.get("detail").and_then(Value::as_str).unwrap_or("no detail");
            diagnose(&format!("icm: refused ({status}): {detail}"));
            ExitCode::from(exit::NOTHING_READ)
        }
        Err(code) => code,
    }
}
