//! Criteria: listed, checked, proposed by one person and published by another (DESIGN D6). Published versions are
//! immutable. What they would do to real members is tried beforehand: [`crate::whatif`].

use crate::Ports;
use crate::access::desk::Desk;
use crate::audit::{Act, Entry};
use crate::problem::Problem;
use crate::reading;
use axum::Json;
use axum::body::Bytes;
use axum::extract::Path;
use icm_casework::rules::{self, Refused};
use icm_domain::criteria::{Criteria, overlap, validate};
use icm_domain::moment::Moment;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Standing {
    /// Waits for a second person.
    Open,
    /// Published.
    Published,
    /// Turned down.
    Rejected,
}

/// A published version.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Version {
    /// Id of the rule set.
    pub(crate) id: String,
    /// Version.
    #[expect(clippy::struct_field_names, reason = "the name in the file format")]
    pub(crate) version: String,
    /// First day in force; none: always was.
    pub(crate) effective_from: Option<String>,
    /// Whether it is the one that ships with the project.
    pub(crate) shipped: bool,
}

/// A proposal.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct ProposalView {
    /// Id of the rule set.
    pub(crate) id: String,
    /// Version.
    pub(crate) version: String,
    /// Who proposed it.
    pub(crate) by: String,
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(crate) at: Moment,
    /// Where it stands.
    pub(crate) standing: Standing,
    /// Who published it or turned it down.
    pub(crate) decided_by: Option<String>,
}

/// Published versions and proposals.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct CriteriaList {
    /// Published versions.
    pub(crate) published: Vec<Version>,
    /// Proposals.
    pub(crate) proposals: Vec<ProposalView>,
}

/// What is wrong with criteria.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Flaw {
    /// Path of the field.
    pub(crate) path: String,
    /// What is wrong.
    pub(crate) problem: String,
}

/// The result of a check.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Checked {
    /// Whether they could be proposed.
    pub(crate) valid: bool,
    /// What is wrong.
    pub(crate) flaws: Vec<Flaw>,
}

/// `GET /v1/criteria`.
pub(crate) async fn list<P: Ports>(desk: Desk<P>) -> Result<Json<CriteriaList>, Problem> {
    all(&desk).await.map(Json)
}

/// Published versions, the shipped one first, and proposals.
pub(crate) async fn all<P: Ports>(desk: &Desk<P>) -> Result<CriteriaList, Problem> {
    let published = |criteria: &Criteria, shipped| Version {
        id: criteria.id.clone(),
        version: criteria.version.clone(),
        effective_from: criteria.effective_from.map(|day| day.to_string()),
        shipped,
    };
    let versions = rules::versions(desk.store()).await?;
    let approved = versions.iter().filter(|version| version.approved.is_some());
    let shipped = std::iter::once(published(&Criteria::default(), true));
    Ok(CriteriaList {
        published: shipped.chain(approved.map(|version| published(&version.criteria, false))).collect(),
        proposals: versions.into_iter().map(view).collect(),
    })
}

/// A version as a proposal.
fn view(version: rules::Version) -> ProposalView {
    let (standing, decided) = match (version.approved, version.rejected) {
        (Some(approved), _) => (Standing::Published, Some(approved)),
        (None, Some(rejected)) => (Standing::Rejected, Some(rejected)),
        (None, None) => (Standing::Open, None),
    };
    ProposalView {
        id: version.criteria.id,
        version: version.criteria.version,
        by: version.proposed_by.as_str().to_owned(),
        at: version.proposed_at,
        standing,
        decided_by: decided.map(|(by, _)| by.as_str().to_owned()),
    }
}

/// What a refusal is for the API.
fn problem(refused: &Refused) -> Problem {
    match refused {
        Refused::Missing => Problem::not_found("proposal"),
        Refused::Invalid(_) | Refused::Draft => Problem::malformed(&refused.to_string()),
        Refused::Exists | Refused::Decided | Refused::SamePerson | Refused::Overlap { .. } => {
            Problem::conflict(&refused.to_string())
        }
    }
}

/// Reads criteria; a bad field is named by its path. Criteria hold no member data.
pub(crate) fn read(body: &[u8]) -> Result<Criteria, Flaw> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| Flaw { path: error.path().to_string(), problem: "not as expected".to_owned() })
}

/// Id and version are a key, part of an address, and stand on pages.
pub(crate) fn unnamed(criteria: &Criteria) -> Vec<Flaw> {
    let names = [("id", &criteria.id), ("version", &criteria.version)];
    let flaw = |path: &str| Flaw {
        path: path.to_owned(),
        problem: "letters, digits and -_. are expected, 64 at most".to_owned(),
    };
    names.into_iter().filter(|(_, name)| !reading::is_id(name)).map(|(path, _)| flaw(path)).collect()
}

/// Everything that stands against publishing these criteria.
async fn flaws<P: Ports>(desk: &Desk<P>, criteria: &Criteria) -> Result<Vec<Flaw>, Problem> {
    let invalid = validate(criteria);
    let mut flaws = unnamed(criteria);
    flaws.extend(invalid.into_iter().map(|flaw| Flaw { path: flaw.path, problem: flaw.problem.to_owned() }));
    for other in rules::criteria(desk.store()).await? {
        if (&other.id, &other.version) == (&criteria.id, &criteria.version) {
            flaws.push(Flaw { path: "version".to_owned(), problem: "published already".to_owned() });
        } else if let Some(day) = overlap(criteria, &other) {
            let problem = format!("active together with {} {} on {day}", other.id, other.version);
            flaws.push(Flaw { path: "effective_from".to_owned(), problem });
        }
    }
    Ok(flaws)
}

/// `POST /v1/criteria/check`.
pub(crate) async fn check<P: Ports>(desk: Desk<P>, body: Bytes) -> Result<Json<Checked>, Problem> {
    let flaws = match read(&body) {
        Ok(criteria) => flaws(&desk, &criteria).await?,
        Err(flaw) => vec![flaw],
    };
    Ok(Json(Checked { valid: flaws.is_empty(), flaws }))
}

/// `POST /v1/admin/criteria`: proposes criteria.
pub(crate) async fn propose<P: Ports>(desk: Desk<P>, body: Bytes) -> Result<Json<ProposalView>, Problem> {
    put_forward(&desk, &body).await.map(Json)
}

/// Proposes criteria that hold; a second person publishes them.
pub(crate) async fn put_forward<P: Ports>(desk: &Desk<P>, body: &[u8]) -> Result<ProposalView, Problem> {
    let criteria = read(body).map_err(|flaw| Problem::malformed(&flaw.path))?;
    own_lines(desk, &criteria)?;
    if let Some(flaw) = flaws(desk, &criteria).await?.first() {
        return Err(Problem::malformed(&format!("{}: {}", flaw.path, flaw.problem)));
    }
    let (id, version) = (criteria.id.clone(), criteria.version.clone());
    let entry = Entry::of(Act::ProposeCriteria).what(format!("{id}#{version}"));
    desk.act(entry, async {
        let by = desk.who.actor.clone();
        rules::propose(desk.store(), criteria, by, desk.now()).await?.map_err(|refused| problem(&refused))?;
        one(desk, &id, &version).await
    })
    .await
}

/// Criteria decide for lines of business, or for every line: nobody changes what is decided for a line of others.
fn own_lines<P: Ports>(desk: &Desk<P>, criteria: &Criteria) -> Result<(), Problem> {
    if criteria.lines_of_business.is_empty() {
        return desk.every_line();
    }
    let own = criteria.lines_of_business.iter().all(|line| desk.who.sees(Some(*line)));
    if own { Ok(()) } else { Err(Problem::forbidden()) }
}

/// A version as it stands now.
async fn one<P: Ports>(desk: &Desk<P>, id: &str, version: &str) -> Result<ProposalView, Problem> {
    held(desk, id, version).await.map(view)
}

async fn held<P: Ports>(desk: &Desk<P>, id: &str, version: &str) -> Result<rules::Version, Problem> {
    let versions = rules::versions(desk.store()).await?;
    let found = versions.into_iter().find(|held| held.criteria.id == id && held.criteria.version == version);
    found.ok_or_else(|| Problem::not_found("proposal"))
}

/// `POST /v1/admin/criteria/{id}/{version}/publish`: a second person publishes.
pub(crate) async fn publish<P: Ports>(
    desk: Desk<P>,
    Path((id, version)): Path<(String, String)>,
) -> Result<Json<ProposalView>, Problem> {
    decide(&desk, &id, &version, Standing::Published).await.map(Json)
}

/// `POST /v1/admin/criteria/{id}/{version}/reject`: a second person, or the proposer, turns it down.
pub(crate) async fn reject<P: Ports>(
    desk: Desk<P>,
    Path((id, version)): Path<(String, String)>,
) -> Result<Json<ProposalView>, Problem> {
    decide(&desk, &id, &version, Standing::Rejected).await.map(Json)
}

/// Decides a proposal. Nobody publishes what they have proposed themselves.
pub(crate) async fn decide<P: Ports>(
    desk: &Desk<P>,
    id: &str,
    version: &str,
    standing: Standing,
) -> Result<ProposalView, Problem> {
    let before = held(desk, id, version).await?;
    own_lines(desk, &before.criteria)?;
    let publishes = standing == Standing::Published;
    let act = if publishes { Act::PublishCriteria } else { Act::RejectCriteria };
    desk.act(Entry::of(act).what(format!("{id}#{version}")), async {
        if publishes && before.proposed_by == desk.who.actor {
            return Err(problem(&Refused::SamePerson));
        }
        let (named, by, at) = ((id, version), desk.who.actor.clone(), desk.now());
        let decided = if publishes {
            rules::approve(desk.store(), named, by, at).await?
        } else {
            rules::reject(desk.store(), named, by, at).await?
        };
        decided.map_err(|refused| problem(&refused))?;
        one(desk, id, version).await
    })
    .await
}
