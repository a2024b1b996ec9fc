//! The care plan of a member in service: goals, tasks, and referrals with how far their loops are, each with the steps by
//! which it moves on (FACTS §4: loops of referrals close).

use super::member::button;
use super::words;
use crate::case::CaseView;
use icm_domain::day::Day;
use icm_domain::program::care_plan::{CarePlan, CareTask, LoopStatus};
use maud::{Markup, html};

/// The plan of an open case; nothing where there is none yet.
pub(super) fn card(case: &CaseView, today: Day, works: bool) -> Markup {
    let Some(plan) = case.care_plan.as_ref().filter(|_| case.open) else { return html! {} };
    html! {
        section.card #care {
            h2 { "Care plan" }
            (amount(plan))
            @for task in &plan.tasks { (row(case, task, today, works && !task.status.is_closed())) }
        }
    }
}

/// How much of the service, and what for.
fn amount(plan: &CarePlan) -> Markup {
    let goals: Vec<String> = plan.goals.iter().map(|goal| words::plain(&goal.code)).collect();
    html! {
        p {
            "Since " (plan.start)
            @if let Some(amount) = plan.amount {
                ": " (amount.contacts_per_month) " conversations a month, " (amount.in_person_per_month)
                " of them in person, in the first " (amount.intensive_weeks) " weeks"
            }
            "."
        }
        @if !goals.is_empty() { p { "Goals: " (goals.join(", ")) "." } }
    }
}

/// A task or referral: by when, how far, and what may come next.
fn row(case: &CaseView, task: &CareTask, today: Day, moves: bool) -> Markup {
    let late = !task.status.is_closed() && task.due < today;
    html! {
        p {
            strong { (words::plain(&task.code)) } " · " (standing(task)) ", "
            @if late { span.late { "overdue, was due " (task.due) } } @else { "due " (task.due) }
        }
        @if moves {
            div.steps {
                @for next in LoopStatus::ALL.iter().copied().filter(|next| may_follow(task, *next)) {
                    (button(case, "care-task", label(task, next), &[("code", &*task.code), ("status", next.id())], ""))
                }
            }
        }
    }
}

fn standing(task: &CareTask) -> Markup {
    html! {
        @if task.status == LoopStatus::Open { "open" } @else { (words::plain(task.status.id())) " since " (task.since) }
    }
}

/// What the plan takes as the next step; a task that is no referral is not sent.
fn may_follow(task: &CareTask, next: LoopStatus) -> bool {
    let of_a_referral = matches!(next, LoopStatus::Sent | LoopStatus::Accepted);
    task.status.leads_to(next) && (task.closed_loop || !of_a_referral)
}

const fn label(task: &CareTask, next: LoopStatus) -> &'static str {
    match next {
        LoopStatus::Open => "Open",
        LoopStatus::Sent => "Referred",
        LoopStatus::Accepted => "Taken on by the other side",
        LoopStatus::Received if task.closed_loop => "Service received",
        LoopStatus::Received => "Done",
        LoopStatus::DeclinedByMember => "The member does not want it",
        LoopStatus::NotAvailable => "Not to be had",
    }
}
