//! The forms of the console and the acts of the API that they stand for. A form asks of whoever sends it what the API's
//! route asks: permission and scope are read from the API's table, so that the two cannot drift. The gateway alone could
//! not tell: to it all forms are one route.

use super::{act, criteria, oversight, stating, whatif, worklist};
use crate::Ports;
use crate::access::{Needs, guard};
use crate::api;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, post};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A form of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// Where it is sent, with the parameters of the path in braces.
    pub path: &'static str,
    /// The acts of the API that it stands for, by their ids in the document. All need the same.
    pub acts: &'static [&'static str],
}

/// Any command on a case: the API asks the same for each of them, as a test holds.
const COMMAND: &str = "recordAttempt";

/// What carries out a form.
type Carried<P> = (Form, MethodRouter<Arc<P>>);

fn form<P: Ports>(
    path: &'static str,
    acts: &'static [&'static str],
    carried: MethodRouter<Arc<P>>,
) -> Carried<P> {
    (Form { path, acts }, carried)
}

fn all<P: Ports>() -> Vec<Carried<P>> {
    vec![
        form("/console/next", &["takeNext"], post(worklist::next::<P>)),
        form("/console/views", &["saveView"], post(worklist::save_view::<P>)),
        form("/console/members/{member}/{program}/{command}", &[COMMAND], post(act::command::<P>)),
        form("/console/state/{member}/referrals", &["refer"], post(stating::refer::<P>)),
        form("/console/state/{member}/overrides", &["override"], post(stating::set_override::<P>)),
        form("/console/state/{member}/wishes", &["stateWishes"], post(stating::wish::<P>)),
        form("/console/capacity/confirm", &["confirmCapacity"], post(act::confirm_capacity::<P>)),
        form("/console/switch", &["pause", "resumeScope"], post(act::switch::<P>)),
        form("/console/breaker", &["clearBreaker"], post(act::clear_breaker::<P>)),
        form("/console/quarantine", &["replayQuarantine"], post(oversight::replay::<P>)),
        form("/console/criteria", &["proposeCriteria"], post(criteria::propose::<P>)),
        form("/console/criteria/whatif", &["startWhatIf"], post(whatif::ask::<P>)),
        form("/console/criteria/whatif/{job}/stop", &["stopWhatIf"], post(whatif::stop::<P>)),
        form("/console/criteria/{id}/{version}/try", &["startWhatIf"], post(criteria::try_one::<P>)),
        form("/console/criteria/{id}/{version}/publish", &["publishCriteria"], post(criteria::publish::<P>)),
        form("/console/criteria/{id}/{version}/reject", &["rejectCriteria"], post(criteria::reject::<P>)),
    ]
}

/// Every form, for tests that walk over all of them.
pub fn forms<P: Ports>() -> Vec<Form> {
    all::<P>().into_iter().map(|(form, _)| form).collect()
}

/// The routes of the forms, each behind what its act needs. A form whose act the API does not have is not there.
pub(super) fn routes<P: Ports>(router: Router<Arc<P>>) -> Router<Arc<P>> {
    let needs: BTreeMap<&'static str, Needs> = api::needs::<P>();
    all::<P>().into_iter().fold(router, |router, (form, carried)| {
        match form.acts.first().and_then(|act| needs.get(act)) {
            Some(needs) => router.route(form.path, carried.layer(from_fn_with_state(*needs, guard))),
            None => router,
        }
    })
}
