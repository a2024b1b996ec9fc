//! Codes in words. The contract has codes; people read sentences. A code without words of its own is shown as its own
//! words: nothing is ever left blank.

use crate::access::Role;
use crate::problem::Problem;
use icm_domain::case::next_step::StepKind;
use icm_domain::case::reason::ReviewReason;
use icm_domain::case::refusal::Refusal;
use icm_domain::case::remedy::{Remedy, RemedyRule};
use icm_domain::decision::priority::Tier;
use icm_domain::facts::{Channel, LineOfBusiness, OverrideKind, ReferralSource};

/// `UNABLE_TO_CONTACT` → `Unable to contact`.
pub(super) fn plain(code: &str) -> String {
    let mut text = code.replace(['_', '-'], " ").to_lowercase();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    PROPER.iter().fold(text, |text, (plain, proper)| text.replace(plain, proper))
}

/// Names that keep their capitals: programs, and the groups of race and ethnicity as the federal standard writes them
/// (OMB Statistical Policy Directive 15).
const PROPER: [(&str, &str); 7] = [
    ("Medicare advantage", "Medicare Advantage"),
    (" icm", " ICM"),
    ("American indian or alaska native", "American Indian or Alaska Native"),
    ("Black or african american", "Black or African American"),
    ("Hispanic or latino", "Hispanic or Latino"),
    ("Middle eastern or north african", "Middle Eastern or North African"),
    ("Native hawaiian or", "Native Hawaiian or"),
];

/// Who referred the member.
pub(super) const fn referrer(by: ReferralSource) -> &'static str {
    match by {
        ReferralSource::Provider => "a provider",
        ReferralSource::Member => "the member",
        ReferralSource::DischargePlanner => "a discharge planner",
        ReferralSource::Vendor => "a vendor",
    }
}

/// What a clinician's override does.
pub(super) const fn overriding(what: OverrideKind) -> &'static str {
    match what {
        OverrideKind::Exclude => "Excluded by a clinician",
        OverrideKind::Snooze => "Put off by a clinician",
        OverrideKind::Include => "Included by a clinician",
    }
}

/// A status.
pub(super) fn status(code: &str) -> String {
    match code {
        "IDENTIFIED" => "Identified",
        "PENDED_DATA" => "Waits for data",
        "PENDED_CAPACITY" => "Waits for a place anywhere",
        "PENDED_CONSENT" => "Waits for consent",
        "PENDED_NOTICE" => "In the notice period",
        "QUEUED" => "Queued for a place",
        "OUTREACH" => "In outreach",
        "ENGAGED" => "Reached",
        "CONSENTED" => "Consented",
        "ENROLLED" => "Enrolled, offered to the team",
        "VENDOR_ACCEPTED" => "Accepted by the team",
        "ACTIVE" => "In service",
        "ON_HOLD" => "On hold",
        "REVIEW" => "Waits for a decision",
        _ => return plain(code),
    }
    .to_owned()
}

/// What is to be done next.
pub(super) fn step(step: StepKind, channel: Option<Channel>) -> &'static str {
    match (step, channel) {
        (StepKind::Review, _) => "Decide the open question",
        (StepKind::CallBack, _) => "Call back as agreed",
        (StepKind::Contact, Some(Channel::Call) | None) => "Call the member",
        (StepKind::Contact, Some(Channel::Text)) => "Send a text",
        (StepKind::Contact, Some(Channel::Letter)) => "Post a letter",
        (StepKind::Contact, Some(Channel::Visit)) => "Visit the member",
        (StepKind::Plan, _) => "Next contact is being planned",
        (StepKind::AskConsent, _) => "Ask for consent",
        (StepKind::Enrol, _) => "Enrol",
        (StepKind::Accept, _) => "Take the member",
        (StepKind::Start, _) => "Begin service",
        (StepKind::FollowUp, _) => "Talk about the hospital stay",
        (StepKind::Serve, _) => "Talk with the member",
        (StepKind::Vendor, _) => "With the vendor",
        (StepKind::Place, _) => "Waits for a place",
        (StepKind::Hold, _) => "On hold until then",
        (StepKind::Await, _) => "Waits",
    }
}

/// What a person is asked.
pub(super) const fn question(review: ReviewReason) -> &'static str {
    match review {
        ReviewReason::TriggerReversed => {
            "the claims behind the case were taken back after the member was contacted."
        }
        ReviewReason::VendorRejected => "the vendor does not take the member: who is asked next?",
        ReviewReason::VendorSilent => "the vendor does not answer.",
        ReviewReason::SequenceGap => "an answer of the vendor is missing, and others wait behind it.",
        ReviewReason::HoldExpired => "the hold has lasted as long as it may.",
        ReviewReason::DoseLapsed => "nobody has spoken with the member for too long.",
        ReviewReason::NotWorking => "the member still uses too much care, in spite of the service.",
        ReviewReason::WaitedTooLong => "the member has waited for a place as long as anybody may.",
        ReviewReason::RequiredReview => {
            "taking part is required, and the day to look at that again has come."
        }
        ReviewReason::Language => {
            "the member has a need of language or communication that the team cannot meet."
        }
        ReviewReason::DeathReported => "somebody said that the member has died.",
        ReviewReason::Excluded => "the member is enrolled, and a rule leaves members like this one out.",
        ReviewReason::VendorEnded => "the vendor has ended its service.",
        ReviewReason::DuplicateCase => "the member has another open case in this program, under another id.",
        ReviewReason::Stalled => "nothing has happened for too long.",
        ReviewReason::RosterMissing => {
            "the vendor should have the member, and its roster does not list them."
        }
        ReviewReason::RosterConflict => "the vendor's roster says something else than we hold.",
        ReviewReason::TakenBack => "the member was taken back from the team or vendor: where next?",
        ReviewReason::Reentry => {
            "somebody ended the case, and by the rules the member still needs the service. Begin anew?"
        }
        ReviewReason::ReachedAfterEnd => {
            "the case ended because nobody could reach the member, and now somebody has. Begin anew? Until then nobody \
             calls."
        }
    }
}

/// A channel.
pub(super) const fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Call => "call",
        Channel::Text => "text",
        Channel::Letter => "letter",
        Channel::Visit => "visit",
    }
}

/// A line of business.
pub(super) const fn lob(lob: Option<LineOfBusiness>) -> &'static str {
    match lob {
        Some(LineOfBusiness::Medicaid) => "Medicaid",
        Some(LineOfBusiness::MedicareAdvantage) => "Medicare Advantage",
        Some(LineOfBusiness::Commercial) => "Commercial",
        None => "line not known",
    }
}

/// Urgency.
pub(super) const fn tier(tier: Tier) -> &'static str {
    match tier {
        Tier::Critical => "Critical",
        Tier::High => "High",
        Tier::Standard => "Standard",
    }
}

/// A role.
pub(super) const fn role(role: Role) -> &'static str {
    match role {
        Role::CareManager => "care manager",
        Role::Supervisor => "supervisor",
        Role::ProgramOwner => "program owner",
        Role::Auditor => "auditor",
        Role::VendorManager => "vendor manager",
    }
}

/// The reason of a decision; models keep their codes.
pub(super) fn reason(code: &str) -> String {
    match code {
        "UNMANAGED_HIGH_UTILIZATION" => "high use of care that nobody manages".to_owned(),
        _ if code.len() <= 6 && code.starts_with('M') => format!("beside model {code}"),
        _ => plain(code),
    }
}

/// How two decisions differ: `+R1 -R7`, or one decision and the other.
pub(super) fn difference(why: &str) -> String {
    if let Some((from, to)) = why.split_once(" -> ") {
        return format!("{} → {}", decision(from), decision(to));
    }
    let rules =
        |sign: char| why.split(' ').filter_map(|rule| rule.strip_prefix(sign)).collect::<Vec<_>>().join(", ");
    let (met, lost) = (rules('+'), rules('-'));
    let met = (!met.is_empty()).then(|| format!("meets {met}"));
    let lost = (!lost.is_empty()).then(|| format!("no longer meets {lost}"));
    [met, lost].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// The smallest change that would flip a decision, `what: DECISION`, with the decision in words.
pub(super) fn flip(text: &str) -> String {
    match text.rsplit_once(": ") {
        Some((what, code)) if code.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_') => {
            format!("{what}: {}", decision(code))
        }
        _ => text.to_owned(),
    }
}

/// What another program's evidence means.
pub(super) fn verdict(code: &str) -> String {
    match code {
        "MANAGED_OK" => "engaged, and it works".to_owned(),
        "MANAGED_TOO_SOON" => "only begun".to_owned(),
        "COMANAGE" => "engaged, and not enough".to_owned(),
        "ESCALATE" => "exclusive, and failing".to_owned(),
        _ => plain(code),
    }
}

/// What the program proposes for its own service.
pub(super) const fn remedy(rule: RemedyRule) -> &'static str {
    match rule.remedy {
        Remedy::Review => "Look at the service",
        Remedy::Recall => "As proposed: take the member back",
        Remedy::Reoffer => "As proposed: offer to the next team or vendor",
        Remedy::HandUp => "As proposed: hand up to a heavier model",
    }
}

/// A decision.
pub(super) fn decision(code: &str) -> &'static str {
    match code {
        "NOT_TRIGGERED" => "Does not meet any rule",
        "EXCLUDED" => "Left out by a rule of exclusion",
        "ALREADY_OPEN" => "A case is open already",
        "REFER_OTHER" => "Another pathway fits better",
        "MANAGED_OK" => "Another program manages this member, and it works",
        "MANAGED_TOO_SOON" => "Another program has only begun: we wait",
        "IDENTIFIED_ICM" => "Needs intensive care management, and nobody else gives it",
        "IDENTIFIED_ICM_COMANAGE" => "Another program is not enough: we help beside it",
        "ESCALATE_TO_CURRENT_MANAGER" => "The present manager is asked for a case conference",
        "IDENTIFIED_INTERNAL_ONLY" => {
            "Identified on protected data: a person decides, nothing leaves the plan"
        }
        _ => "Decided",
    }
}

/// What a rule compares.
pub(super) fn clause(what: &str) -> String {
    match what {
        "stays180" => "Unplanned stays in 180 days",
        "stays365" => "Unplanned stays in a year",
        "ed90" => "Emergency visits in 90 days",
        "ed180" => "Emergency visits in 180 days",
        "ed365" => "Emergency visits in a year",
        "readmit180" => "Unplanned readmissions in 180 days",
        "pqi365" => "Avoidable admissions in a year",
        "pqe365" => "Avoidable emergency visits in a year",
        "smi" => "Serious mental illness",
        "chronic" => "Chronic conditions",
        "meds" => "Medications at one time",
        "half_years_above_p95" => "Half-years in the top 5% of cost",
        _ => return plain(what),
    }
    .to_owned()
}

/// An event of a case.
pub(super) fn event(code: &str) -> String {
    match code {
        "OPENED" => "Case opened by the decision",
        "QUEUED" => "Queued for a place",
        "ROUTED" => "Route chosen",
        "ADMITTED" => "Given a place",
        "OUTREACH_SCHEDULED" => "Contact planned",
        "ATTEMPT_RECORDED" => "Attempt recorded",
        "TASK_DROPPED" => "Planned contact dropped",
        "OUTREACH_EXHAUSTED" => "Outreach ended without a conversation",
        "CONSENT_RECORDED" => "Consent recorded",
        "TEAM_ACCEPTED" => "The team took the member",
        "SERVICE_STARTED" => "Service began",
        "CONTACT_LOGGED" => "Contact logged",
        "VENDOR_REPLIED" => "The vendor replied",
        "OFFER_CLOCK" => "A clock on the offer ran out",
        "TRIGGER_RECONFIRMED" => "Identified again by newer facts",
        "TRIGGER_INVALIDATED" => "The reason for the case fell away",
        "COVERAGE_LOST" => "Coverage ended",
        "HELD" => "Put on hold",
        "REVIEW_RAISED" => "A person was asked to look",
        _ => return plain(code),
    }
    .to_owned()
}

/// What to say after something was done; none for what is not known.
pub(super) fn done(code: &str) -> Option<&'static str> {
    Some(match code {
        "attempts" => "The attempt is recorded. The next contact is planned below.",
        "consent" => "The consent is recorded.",
        "enrol" => "The member is enrolled and offered to the team.",
        "decline" => "It is recorded that the member declines.",
        "stop" => "Recorded: no more contact. Planned contacts are cancelled.",
        "hold" => "The case is on hold.",
        "resume" => "The case goes on.",
        "review" => "Your decision is recorded.",
        "accept" => "The member is yours.",
        "start" => "Service has begun.",
        "contacts" => "The contact is logged.",
        "care-task" => "The care plan has moved on.",
        "close" => "The case is closed.",
        "stated" => "Stated. The decision is made again in a moment: open the page anew to see it.",
        "capacity" => "The capacity is confirmed.",
        "switched" => "Done. It holds from now on.",
        "view" => "The view is saved.",
        "replayed" => "Sent again. What still fails comes back here.",
        "proposed" => "Proposed. A second person publishes it.",
        "tried" => "Asked. Members are looked at from the next minute on; nothing is changed by it.",
        "published" => "Published. It holds from its first day on.",
        "rejected" => "The proposal is turned down.",
        "next" => "This case is kept for you for fifteen minutes.",
        "none" => "Nothing is left on this list: well done.",
        _ => return None,
    })
}

/// Why the case machine says no, as a sentence.
pub(super) fn refusal(code: &str) -> String {
    let Some(refusal) = Refusal::parse(code) else { return format!("{}.", plain(code)) };
    match refusal {
        Refusal::CaseClosed => "The case has ended. A later try is a new case.",
        Refusal::NotInThisStatus => "The case is in a status in which this cannot be done.",
        Refusal::Repeated => "The same was recorded already.",
        Refusal::OnHold => "The case is on hold. Let it go on first.",
        Refusal::UnderReview => "A person must decide the open question first.",
        Refusal::TooEarly => "The time for it has not come.",
        Refusal::Inconsistent => "What you entered contradicts itself or the case.",
        Refusal::NoConsent => "The member has not consented to the program.",
        Refusal::NoCoverage => "The member has no coverage today.",
        Refusal::OptedOut => "The member asked not to be contacted.",
        Refusal::ChannelNotAllowed => "The member does not allow contact by this means.",
        Refusal::TaskOpen => "A contact by this means is planned already.",
        Refusal::LeadExists => "Somebody leads already.",
        Refusal::NotYourCase => "This vendor was not offered the case.",
        Refusal::AlreadyOffered => "A vendor has the case or is offered it already.",
        Refusal::VendorTriedBefore => "This vendor was asked before.",
        Refusal::OfferEnded => "The offer was cancelled, or the member was taken back.",
        Refusal::WrongHandOver => "The program hands its members over at another point.",
        Refusal::WrongDelivery => "This kind of team does not do that.",
        Refusal::NoPlace => "There is no place in a caseload for this member.",
        Refusal::InboxFull => "Too many replies wait for one that is missing.",
        Refusal::ReasonNotApplicable => "This reason does not apply at this point of the case.",
        Refusal::NeedsPerson => "Only a person may decide this.",
        Refusal::NotRequired => "Taking part is voluntary: nothing is required of this member.",
        Refusal::NoticePeriod => "The notice period of the program is not over.",
        Refusal::AppealPending => "The member has appealed, and the appeal is not decided.",
        Refusal::NoticeUnlawful => "The notice lacks what the law demands.",
        Refusal::PreviousOpen => "The earlier case is still open.",
        Refusal::CoolDown => {
            "The member was asked a short while ago and is left in peace until the time is over."
        }
    }
    .to_owned()
}

/// A problem: its title, and what to do.
pub(super) fn problem(problem: &Problem) -> (&'static str, &'static str) {
    match problem.status {
        400 => (
            "That could not be read",
            "Something in the form is missing or not as expected. Nothing was changed.",
        ),
        401 => ("Please sign in", "Nobody is signed in, so nothing is shown."),
        403 => (
            "Not part of your role",
            "Your role or your sign-in does not include this. Ask your supervisor if you need it.",
        ),
        404 => ("Not found", "There is nothing here that you may see."),
        409 if problem.changed.is_empty() => {
            ("Somebody was quicker", "Open the page again and look before you repeat it.")
        }
        409 => (
            "The case has moved on",
            "Somebody else changed it while you had it open. Nothing of yours was saved: look, and decide.",
        ),
        413 => ("That was too long", "Nothing was changed. Send less at a time."),
        422 => (
            "Not possible now",
            "The case does not allow this step at this point. Your try was recorded; nothing else changed.",
        ),
        503 => (
            "Please try once more",
            "The store is busy. You can repeat it safely: it will not be done twice.",
        ),
        _ => (
            "Something went wrong",
            "Nothing was changed. If it happens again, tell your administrator the number below.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use icm_domain::case::status::Status;

    #[test]
    fn every_question_is_its_own() {
        let all: std::collections::BTreeSet<&str> =
            ReviewReason::ALL.iter().map(|known| question(*known)).collect();
        assert_eq!(all.len(), ReviewReason::ALL.len());
        assert!(all.iter().all(|words| words.ends_with(['.', '?'])));
    }

    #[test]
    fn every_refusal_is_a_sentence() {
        let all: std::collections::BTreeSet<String> =
            Refusal::ALL.iter().map(|known| refusal(known.id())).collect();
        assert_eq!(all.len(), Refusal::ALL.len(), "each its own");
        assert!(all.iter().all(|words| words.ends_with('.') && !words.contains('_')));
    }

    #[test]
    fn every_status_has_words_without_underscores() {
        for known in Status::ALL {
            let words = status(known.id());
            assert!(!words.contains('_') && words.starts_with(|c: char| c.is_uppercase()), "{words}");
        }
        assert_eq!(plain("UNABLE_TO_CONTACT"), "Unable to contact");
        assert_eq!(plain("BLACK_OR_AFRICAN_AMERICAN"), "Black or African American");
    }
}
