//! The table of routes.

use super::endpoint::{Body, Endpoint};
use crate::Ports;
use crate::access::Permission;
use crate::access::desk::Desk;
use crate::command::{COMMANDS, Done, Offered};
use crate::{
    audit, capacity, case, command, criteria, facts, member, quarantine, release, reports, switches, vendors,
    whatif, wishes, worklist,
};
use axum::body::Bytes;
use axum::extract::Path;
use http::HeaderMap;

/// Every route that needs an identity.
pub(super) fn endpoints<P: Ports>() -> Vec<Endpoint<P>> {
    let mut all = work::<P>();
    all.extend(members::<P>());
    all.extend(COMMANDS.iter().map(command_route::<P>));
    all.extend(operation::<P>());
    all.extend(oversight::<P>());
    all.extend(definitions::<P>());
    all
}

fn work<P: Ports>() -> Vec<Endpoint<P>> {
    use Permission::{Export, ReadWork, WorkCases};
    vec![
        Endpoint::get("/v1/worklist", ReadWork, worklist::page::<P>)
            .says("listWork", "A page of a worklist, by due date or by priority.")
            .query::<worklist::WorkQuery>()
            .answers::<worklist::WorkPage>(200)
            .may_fail(&[404]),
        Endpoint::get("/v1/worklist/bands", ReadWork, worklist::bands::<P>)
            .says("countBands", "How much is overdue, due today and due this week, up to a bound.")
            .query::<worklist::WorkQuery>()
            .answers::<worklist::Bands>(200)
            .may_fail(&[404]),
        Endpoint::post("/v1/worklist/next", WorkCases, worklist::take::<P>)
            .says("takeNext", "The next case that nobody else works on, kept for fifteen minutes.")
            .optional_body::<worklist::NextAsked>()
            .answers::<worklist::Next>(200)
            .may_fail(&[404]),
        Endpoint::get("/v1/worklist/export", Export, worklist::export::<P>)
            .says(
                "exportWork",
                "A worklist as CSV, 5,000 rows at most. What ends before the list says so in its last row and in the header \
                 x-icm-next-cursor, by which the next file goes on.",
            )
            .query::<worklist::WorkQuery>()
            .may_fail(&[404]),
        Endpoint::get("/v1/worklist/views", ReadWork, worklist::saved_views::<P>)
            .says("listViews", "One's own saved views and the shared ones.")
            .answers::<worklist::SavedViews>(200),
        Endpoint::post("/v1/worklist/views", ReadWork, worklist::save_view::<P>)
            .says("saveView", "Save a view, or take it away.")
            .body::<worklist::ViewAsked>()
            .answers::<worklist::SavedViews>(200)
            .may_fail(&[409]),
    ]
}

fn members<P: Ports>() -> Vec<Endpoint<P>> {
    use Permission::{ReadMember, StateFacts, WorkCases};
    vec![
        Endpoint::get("/v1/members/{member}", ReadMember, member::page::<P>)
            .says("readMember", "Who they are, what happened, what was decided and why, contacts, cases.")
            .answers::<member::MemberPage>(200)
            .may_fail(&[404]),
        Endpoint::post("/v1/members/{member}/referrals", StateFacts, facts::refer::<P>)
            .says(
                "refer",
                "State that somebody refers the member. The member's own referral takes back what they refused on an \
                 earlier day: cool-downs, opt-outs, do-not-contact.",
            )
            .body::<facts::ReferralBody>()
            .answers::<facts::Accepted>(202)
            .may_fail(&[404, 409]),
        Endpoint::post("/v1/members/{member}/wishes", WorkCases, wishes::wish::<P>)
            .says("stateWishes", "State what the member wishes about being contacted, with or without a case.")
            .body::<wishes::WishesBody>()
            .answers::<facts::Accepted>(202)
            .may_fail(&[404, 409]),
        Endpoint::post("/v1/members/{member}/overrides", StateFacts, facts::set_override::<P>)
            .says("override", "State a clinician's override, for a year at most.")
            .body::<facts::OverrideBody>()
            .answers::<facts::Accepted>(202)
            .may_fail(&[404]),
        Endpoint::get("/v1/cases/{member}/{program}", ReadMember, member::case::<P>)
            .says("readCase", "The newest case of a program.")
            .answers::<case::CaseView>(200)
            .may_fail(&[404]),
        Endpoint::post("/v1/cases/{member}/{program}/reserve", WorkCases, worklist::take_case::<P>)
            .says("reserveCase", "Take a case for fifteen minutes before the member is contacted.")
            .answers::<worklist::Kept>(200)
            .may_fail(&[404, 409]),
    ]
}

/// The route of a command.
fn command_route<P: Ports>(offered: &'static Offered) -> Endpoint<P> {
    let name = offered.name;
    let run = async move |desk: Desk<P>, path: Path<(String, String)>, headers: HeaderMap, body: Bytes| {
        command::run(desk, name, path, headers, body).await
    };
    let mut endpoint = Endpoint::post(offered.path, Permission::WorkCases, run)
        .says(offered.id, offered.summary)
        .answers::<Done>(200)
        .command();
    endpoint.body = offered.body.map(|(schema, required)| Body { schema, required });
    endpoint
}

fn operation<P: Ports>() -> Vec<Endpoint<P>> {
    use Permission::{ConfirmCapacity, Operate, PauseVendor, ReadCapacity, ReadSwitches, ReadVendors};
    vec![
        Endpoint::get("/v1/capacity", ReadCapacity, capacity::board::<P>)
            .says("readCapacity", "Confirmed and taken points of every team.")
            .answers::<capacity::Cells>(200),
        Endpoint::post("/v1/admin/capacity", ConfirmCapacity, capacity::confirm::<P>)
            .says("confirmCapacity", "Confirm the points of a cell.")
            .body::<capacity::CapacityBody>()
            .answers::<capacity::CapacitySet>(200)
            .may_fail(&[404, 409]),
        Endpoint::get("/v1/vendors", ReadVendors, vendors::board::<P>)
            .says("readVendors", "Vendors with their offers and the clocks on them.")
            .answers::<vendors::VendorBoard>(200)
            .may_fail(&[404]),
        Endpoint::get("/v1/switches", ReadSwitches, switches::board::<P>)
            .says("readSwitches", "Modes of programs, and what is paused.")
            .answers::<switches::SwitchBoard>(200),
        Endpoint::post("/v1/admin/pause", PauseVendor, switches::pause::<P>)
            .says("pause", "Stop a vendor, a program, a channel or everything at once.")
            .body::<switches::PauseBody>()
            .answers::<switches::PauseSet>(200)
            .may_fail(&[404, 409]),
        Endpoint::post("/v1/admin/resume", PauseVendor, switches::resume::<P>)
            .says("resumeScope", "End a pause.")
            .body::<switches::PauseBody>()
            .answers::<switches::PauseSet>(200)
            .may_fail(&[404, 409]),
        Endpoint::get("/v1/release", ReadSwitches, release::board::<P>)
            .says("readRelease", "What may leave: stale sources, and what the circuit breaker has seen.")
            .answers::<release::ReleaseBoard>(200),
        Endpoint::post("/v1/admin/breaker", Operate, release::clear::<P>)
            .says("clearBreaker", "A person has looked at a jump of identified members: release goes on.")
            .body::<release::ClearBody>()
            .answers::<release::ReleaseState>(200)
            .may_fail(&[404, 409]),
        Endpoint::get("/v1/rosters", ReadVendors, release::rosters::<P>)
            .says("readRosters", "The last comparison with each vendor's roster.")
            .answers::<release::Rosters>(200),
        Endpoint::post("/v1/admin/modes", Operate, switches::set_mode::<P>)
            .says("setMode", "Set a program OFF, to SHADOW or LIVE.")
            .body::<switches::ModeBody>()
            .answers::<switches::ProgramMode>(200)
            .may_fail(&[404, 409]),
    ]
}

fn oversight<P: Ports>() -> Vec<Endpoint<P>> {
    use Permission::{Quarantine, ReadAudit, ReadReports};
    vec![
        Endpoint::get("/v1/quarantine", Quarantine, quarantine::places::<P>)
            .says("listOrigins", "The places that hold quarantined records.")
            .answers::<quarantine::Origins>(200),
        Endpoint::get("/v1/quarantine/{origin}", Quarantine, quarantine::list::<P>)
            .says("listQuarantine", "The records of a place, with reason and without content.")
            .query::<quarantine::After>()
            .answers::<quarantine::HeldPage>(200),
        Endpoint::get("/v1/quarantine/{origin}/{record}", Quarantine, quarantine::show::<P>)
            .says("showQuarantine", "One record with its content.")
            .answers::<quarantine::Held>(200)
            .may_fail(&[404]),
        Endpoint::post("/v1/admin/quarantine/{origin}", Quarantine, quarantine::replay::<P>)
            .says("replayQuarantine", "Replay records after a fix.")
            .optional_body::<quarantine::ReplayBody>()
            .answers::<quarantine::Replayed>(200)
            .may_fail(&[404]),
        Endpoint::get("/v1/audit", ReadAudit, audit::search::<P>)
            .says("searchAudit", "The audit trail of a day or of a member.")
            .query::<audit::AuditQuery>()
            .answers::<audit::AuditPage>(200),
        Endpoint::get("/v1/reports", ReadReports, reports::list::<P>)
            .says("listReports", "The reports that jobs have made, of one's own lines of business.")
            .answers::<reports::Reports>(200),
        Endpoint::get("/v1/reports/{name}", ReadReports, reports::show::<P>)
            .says(
                "readReport",
                "A report of one's own lines of business, with the moment through which it holds.",
            )
            .answers::<reports::Dated>(200)
            .may_fail(&[404]),
        Endpoint::get("/v1/reports/{name}/{table}", ReadReports, reports::csv::<P>)
            .says("exportReport", "A table of a report as CSV.")
            .may_fail(&[404]),
    ]
}

fn definitions<P: Ports>() -> Vec<Endpoint<P>> {
    use Permission::{PublishCriteria, ReadCriteria};
    let mut all = trials::<P>();
    all.extend([
        Endpoint::get("/v1/criteria", ReadCriteria, criteria::list::<P>)
            .says("listCriteria", "Published criteria, and proposals.")
            .answers::<criteria::CriteriaList>(200),
        Endpoint::post("/v1/criteria/check", ReadCriteria, criteria::check::<P>)
            .says("checkCriteria", "What is wrong with criteria, by path.")
            .body::<super::Free>()
            .answers::<criteria::Checked>(200),
        Endpoint::post("/v1/admin/criteria", PublishCriteria, criteria::propose::<P>)
            .says("proposeCriteria", "Propose criteria that hold.")
            .body::<super::Free>()
            .answers::<criteria::ProposalView>(200)
            .may_fail(&[409]),
        Endpoint::post("/v1/admin/criteria/{id}/{version}/publish", PublishCriteria, criteria::publish::<P>)
            .says("publishCriteria", "Publish what somebody else has proposed.")
            .answers::<criteria::ProposalView>(200)
            .may_fail(&[404, 409]),
        Endpoint::post("/v1/admin/criteria/{id}/{version}/reject", PublishCriteria, criteria::reject::<P>)
            .says("rejectCriteria", "Turn a proposal down.")
            .answers::<criteria::ProposalView>(200)
            .may_fail(&[404, 409]),
    ]);
    all
}

/// Criteria tried on everybody before they are published.
fn trials<P: Ports>() -> Vec<Endpoint<P>> {
    use Permission::{PublishCriteria, ReadCriteria, ReadMember};
    vec![
        Endpoint::get("/v1/criteria/whatif", ReadCriteria, whatif::list::<P>)
            .says("listWhatIfs", "Criteria that were tried, with what came of it.")
            .answers::<whatif::WhatIfs>(200),
        Endpoint::post("/v1/criteria/whatif", PublishCriteria, whatif::ask::<P>)
            .says("startWhatIf", "Try criteria on everybody who is known: a job in steps.")
            .body::<whatif::WhatIfAsked>()
            .answers::<whatif::WhatIfView>(202)
            .may_fail(&[404, 409]),
        Endpoint::get("/v1/criteria/whatif/{job}", ReadCriteria, whatif::show::<P>)
            .says("readWhatIf", "Who would come in and fall out, and why, as far as was counted.")
            .answers::<whatif::WhatIfView>(200)
            .may_fail(&[404]),
        Endpoint::get("/v1/criteria/whatif/{job}/members", ReadMember, whatif::members::<P>)
            .says("readWhatIfMembers", "Whose decision would be another.")
            .answers::<whatif::WhatIfMembers>(200)
            .may_fail(&[404]),
        Endpoint::post("/v1/criteria/whatif/{job}/stop", PublishCriteria, whatif::stop::<P>)
            .says("stopWhatIf", "End a job.")
            .answers::<whatif::WhatIfView>(200)
            .may_fail(&[404, 409]),
    ]
}
