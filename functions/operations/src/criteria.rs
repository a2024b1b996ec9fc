//! Criteria: listed, checked, proposed by one person and published by another (DESIGN D6). Published versions are
//! immutable; what-if over history stays a job of the command line (`icm whatif`).

use crate::Ports;
use crate::access::desk::Desk;
use crate::audit::{Act, Entry};
use crate::problem::Problem;
use axum::Json;
use axum::body::Bytes;
use axum::extract::Path;
use icm_contract::stored::{from_json, to_json};
use icm_domain::criteria::{Criteria, overlap, validate};
use icm_domain::ids::ActorId;
use icm_domain::moment::Moment;
use icm_ports::{Body, PortError, RegistryKind, RegistryRead, RegistryRecord, RegistryWrite};
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

/// A stored proposal.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Proposal {
    criteria: Criteria,
    by: ActorId,
    at: Moment,
    standing: Standing,
    decided_by: Option<ActorId>,
}

/// A published version.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Version {
    /// Id of the rule set.
    pub(crate) id: String,
    /// Version.
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

fn key(id: &str, version: &str) -> String {
    format!("{id}#{version}")
}

/// `GET /v1/criteria`.
pub(crate) async fn list<P: Ports>(desk: Desk<P>) -> Result<Json<CriteriaList>, Problem> {
    all(&desk).await.map(Json)
}

/// Published versions, the shipped one first, and proposals.
pub(crate) async fn all<P: Ports>(desk: &Desk<P>) -> Result<CriteriaList, Problem> {
    let version = |criteria: &Criteria, shipped| Version {
        id: criteria.id.clone(),
        version: criteria.version.clone(),
        effective_from: criteria.effective_from.map(|day| day.to_string()),
        shipped,
    };
    let mut published = vec![version(&Criteria::default(), true)];
    published.extend(released(desk).await?.iter().map(|criteria| version(criteria, false)));
    let mut proposals = Vec::new();
    for record in desk.store().records(RegistryKind::Proposal, "").await? {
        let proposal: Proposal = stored(&record)?;
        proposals.push(ProposalView {
            id: proposal.criteria.id,
            version: proposal.criteria.version,
            by: proposal.by.as_str().to_owned(),
            at: proposal.at,
            standing: proposal.standing,
            decided_by: proposal.decided_by.map(|by| by.as_str().to_owned()),
        });
    }
    Ok(CriteriaList { published, proposals })
}

fn stored<T: serde::de::DeserializeOwned>(record: &RegistryRecord) -> Result<T, Problem> {
    from_json(&record.body.text).map_err(|_| PortError::Corrupt { operation: "read criteria" }.into())
}

/// The versions that were published here.
async fn released<P: Ports>(desk: &Desk<P>) -> Result<Vec<Criteria>, Problem> {
    desk.store().records(RegistryKind::Criteria, "").await?.iter().map(stored).collect()
}

/// Reads criteria; a bad field is named by its path. Criteria hold no member data.
fn read(body: &[u8]) -> Result<Criteria, Flaw> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| Flaw { path: error.path().to_string(), problem: "not as expected".to_owned() })
}

/// Everything that stands against publishing these criteria.
async fn flaws<P: Ports>(desk: &Desk<P>, criteria: &Criteria) -> Result<Vec<Flaw>, Problem> {
    let invalid = validate(criteria);
    let mut flaws: Vec<Flaw> =
        invalid.into_iter().map(|flaw| Flaw { path: flaw.path, problem: flaw.problem.to_owned() }).collect();
    for other in released(desk).await? {
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
    if let Some(flaw) = flaws(desk, &criteria).await?.first() {
        return Err(Problem::malformed(&format!("{}: {}", flaw.path, flaw.problem)));
    }
    let key = key(&criteria.id, &criteria.version);
    desk.audit(Entry::of(Act::ProposeCriteria).what(key.clone())).await?;
    let (by, at) = (desk.who.actor.clone(), desk.now());
    let view = ProposalView {
        id: criteria.id.clone(),
        version: criteria.version.clone(),
        by: by.as_str().to_owned(),
        at,
        standing: Standing::Open,
        decided_by: None,
    };
    let proposal = Proposal { criteria, by, at, standing: Standing::Open, decided_by: None };
    write(desk, RegistryKind::Proposal, &key, 1, &proposal).await?;
    Ok(view)
}

async fn write<P: Ports, T: Serialize + Sync>(
    desk: &Desk<P>,
    kind: RegistryKind,
    key: &str,
    revision: u64,
    value: &T,
) -> Result<(), Problem> {
    let record = RegistryRecord { key: key.into(), revision, body: Body::new(1, to_json(value)) };
    match desk.store().write(kind, &record).await {
        Err(PortError::Conflict { .. }) => {
            Err(Problem::conflict("this version is there already, or was decided"))
        }
        other => Ok(other?),
    }
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
    let key = key(id, version);
    let record = desk.store().record(RegistryKind::Proposal, &key).await?;
    let record = record.ok_or_else(|| Problem::not_found("proposal"))?;
    let proposal: Proposal = stored(&record)?;
    if proposal.standing != Standing::Open {
        return Err(Problem::conflict("this proposal was decided already"));
    }
    let publishes = standing == Standing::Published;
    if publishes && proposal.by == desk.who.actor {
        return Err(Problem::conflict("a second person publishes what you have proposed"));
    }
    let act = if publishes { Act::PublishCriteria } else { Act::RejectCriteria };
    desk.audit(Entry::of(act).what(key.clone())).await?;
    if publishes {
        write(desk, RegistryKind::Criteria, &key, 1, &proposal.criteria).await?;
    }
    let decided = Proposal { standing, decided_by: Some(desk.who.actor.clone()), ..proposal };
    write(desk, RegistryKind::Proposal, &key, record.revision + 1, &decided).await?;
    Ok(ProposalView {
        id: id.to_owned(),
        version: version.to_owned(),
        by: decided.by.as_str().to_owned(),
        at: decided.at,
        standing,
        decided_by: Some(desk.who.actor.as_str().to_owned()),
    })
}
