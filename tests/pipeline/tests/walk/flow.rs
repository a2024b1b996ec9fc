//! The functions around one world, and the actors that use only queues and the API.

use axum::Router;
use axum::body::{Body, to_bytes};
use http::Request;
use icm_casework::switches::{ModeSet, set_mode};
use icm_contract::{FactsMessage, MemberFactsMessage, pack};
use icm_domain::case::open::{Opening, open};
use icm_domain::case::particulars::Particulars;
use icm_domain::case::required::Participation;
use icm_domain::case::state::{Case, Terms};
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::decision::priority::{Persistence, Priority, Tier};
use icm_domain::facts::{Address, Coverage, Fact, LineOfBusiness, MemberFacts, Profile};
use icm_domain::ids::{ActorId, CaseId, MemberId, ProgramId, VendorId};
use icm_domain::phi::Phi;
use icm_domain::program::Catalogue;
use icm_domain::program::definition::Mode;
use icm_lambda::{SqsEvent, SqsRecord};
use icm_ports::{CaseRecord, Commit, Destination, FactsAppend, Head, MemberCommit, Moment, Pack, PackKey};
use icm_testkit::{FixedClock, Gate, Ports, World, run};
use identify_members::{IdKey, IdentifyMembers, Rules};
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) const PROGRAM: &str = "ICM";

/// The functions around one world.
pub(crate) struct Flow {
    pub(crate) world: World,
    pub(crate) clock: FixedClock,
    now: std::cell::Cell<Moment>,
    keys: std::cell::Cell<u32>,
}

pub(crate) fn read<T: serde::de::DeserializeOwned>(file: &str) -> T {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/programs").join(file);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The shipped catalogue, with the program's members served by its external vendors.
pub(crate) fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue {
        programs: read("programs.json"),
        teams: read("vendors.json"),
        cadences: read("cadences.json"),
        calendars: read("calendars.json"),
    };
    for program in &mut catalogue.programs {
        program.routes.retain(|route| route.delivery.id() == "EXTERNAL");
    }
    catalogue
}

/// The external vendors in the program's order.
pub(crate) fn vendors() -> Vec<VendorId> {
    let catalogue = catalogue();
    catalogue.program(PROGRAM).unwrap().routes.iter().flat_map(|route| route.teams.clone()).collect()
}

impl Flow {
    /// A world on a Tuesday morning, the shipped catalogue published, the program live.
    pub(crate) fn new() -> Self {
        Self::under(&catalogue())
    }

    /// The same under another catalogue.
    pub(crate) fn under(catalogue: &Catalogue) -> Self {
        let now = Moment::parse("2026-06-30T15:00:00Z").unwrap();
        let clock = FixedClock::at(now);
        let flow = Self {
            world: World::new(),
            clock,
            now: std::cell::Cell::new(now),
            keys: std::cell::Cell::new(0),
        };
        run(icm_casework::catalogue::publish(&flow.world.open(), catalogue)).unwrap();
        flow.mode(Mode::Live, 100);
        flow
    }

    pub(crate) fn mode(&self, mode: Mode, daily_cap: u32) {
        let set = ModeSet { mode, daily_cap, by: ActorId::new("ops:test"), at: self.now() };
        run(set_mode(&self.world.open(), &ProgramId::new(PROGRAM), &set)).unwrap();
    }

    pub(crate) fn now(&self) -> Moment {
        self.now.get()
    }

    pub(crate) fn later(&self, minutes: i64) {
        self.now.set(self.now().plus_millis(minutes * 60_000));
        self.clock.set(self.now());
    }

    pub(crate) fn member(name: &str) -> MemberId {
        MemberId::new(name)
    }

    /// Facts of a member in Illinois, and a case as a decision opens it.
    pub(crate) fn identified(&self, name: &str) -> MemberId {
        self.identified_as(name, Participation::Voluntary)
    }

    /// The same, under a participation.
    pub(crate) fn identified_as(&self, name: &str, participation: Participation) -> MemberId {
        self.identified_who(name, participation, Profile::default())
    }

    /// The same, with what is said of the member beside name, birth and address.
    pub(crate) fn identified_who(&self, name: &str, participation: Participation, who: Profile) -> MemberId {
        let member = Self::member(name);
        let address = Address {
            street: "1 Main".into(),
            city: "Chicago".into(),
            state: "IL".into(),
            zip: "60601".into(),
        };
        let profile = Profile {
            received: Day::parse("2026-01-02"),
            birth: Day::parse("1970-01-01"),
            name: Some(Phi::new("DOE^JANE".into())),
            address: Some(Phi::new(address)),
            phones: vec![Phi::new("312-555-0100".into())],
            language: who.language.or_else(|| Code::new("en")),
            ..who
        };
        let coverage = Coverage {
            source: "elig".into(),
            received: Day::parse("2026-01-02").unwrap(),
            lob: LineOfBusiness::Medicaid,
            from: Day::parse("2026-01-01").unwrap(),
            thru: None,
            retracted: false,
        };
        let facts = [Fact::Profile(Box::new(profile)), Fact::Coverage(coverage)];
        self.tell(&member, &facts);
        let opening = Opening {
            id: CaseId::new(format!("case-{name}")),
            member: member.clone(),
            program: ProgramId::new(PROGRAM),
            terms: Terms::default(),
            priority: Priority {
                tier: Tier::High,
                persistence: Persistence::Usual,
                not_impactable: 1,
                waiting_since: self.now().day(),
            },
            participation,
            facts_version: 0,
            co_managers: Vec::new(),
            details: None,
            at: self.now(),
        };
        let case = open(opening, None, None).unwrap();
        let head = Head::default();
        let mut commit = Commit::of_head(member.clone(), &head, head.clone());
        let mut known = MemberFacts::default();
        for fact in facts {
            known.push(fact);
        }
        let about = Particulars::of(&known, self.now().day());
        commit.add_opening(case, about, None, self.now());
        run(self.world.open().commit(&commit)).unwrap();
        member
    }

    /// Stores facts, as identify-members does before it decides.
    pub(crate) fn tell(&self, member: &MemberId, facts: &[Fact]) {
        let packs: Vec<Pack> = pack::encode(member, facts)
            .into_iter()
            .map(|made| Pack { key: PackKey::new(made.key), bytes: made.bytes, expires: made.expires })
            .collect();
        run(self.world.open().append(member, &packs)).unwrap();
    }

    /// Facts come in, and the decision is made again.
    pub(crate) fn decided(&self, member: &MemberId, facts: &[Fact]) {
        let rules = Rules::shipped(PROGRAM, icm_formats::tables::shipped().unwrap()).unwrap();
        let function = IdentifyMembers::new(self.world.open(), rules, self.clock.clone(), IdKey::of("test"));
        let part = MemberFactsMessage { member: member.clone(), packs: pack::encode(member, facts) };
        let record = SqsRecord {
            message_id: "1".to_owned(),
            body: FactsMessage { members: vec![part] }.to_body(),
            attributes: std::collections::BTreeMap::new(),
            source: String::new(),
        };
        let answer = run(function.handle(SqsEvent { records: vec![record] }));
        assert!(answer.batch_item_failures.is_empty());
    }

    /// Everything stored about a member.
    pub(crate) fn facts_of(&self, member: &MemberId) -> Vec<Fact> {
        let state = self.world.state();
        let packs = state.members.get(member).unwrap().packs.values();
        packs.flat_map(|held| pack::decode(member, &held.bytes).unwrap()).collect()
    }

    pub(crate) fn record(&self, member: &MemberId) -> CaseRecord {
        self.world.state().members.get(member).unwrap().cases.get(PROGRAM).unwrap().clone()
    }

    pub(crate) fn case(&self, member: &MemberId) -> Case {
        self.record(member).case
    }

    pub(crate) fn status(&self, member: &MemberId) -> &'static str {
        self.case(member).status.id()
    }

    // --- functions

    pub(crate) async fn queue_through(&self, ports: Ports) {
        let queue = queue_outreach::Queue { store: ports, clock: self.clock.clone() };
        drop(queue_outreach::handle(Value::Null, &queue).await);
    }

    pub(crate) fn queue(&self) {
        run(self.queue_through(self.world.open()));
    }

    pub(crate) async fn sweep_through(&self, ports: Ports) {
        let relay = relay_outbox::Relay { store: ports.clone(), queues: ports, clock: self.clock.clone() };
        drop(relay_outbox::handle(Value::Null, &relay).await);
    }

    /// What the stream shows since the beginning: every effect, as often as one likes.
    pub(crate) fn stream(&self) -> Value {
        let effects = self.world.state().stream.clone();
        let records: Vec<Value> = effects
            .iter()
            .zip(1..)
            .map(|((member, effect), at)| {
                json!({"eventName": "INSERT", "dynamodb": {"SequenceNumber": at.to_string(), "Keys": {
                    "pk": {"S": format!("M#{}", member.as_str())}, "sk": {"S": format!("FX#{}", effect.as_str())}}}})
            })
            .collect();
        json!({ "Records": records })
    }

    pub(crate) fn relay(&self) -> icm_lambda::BatchResponse {
        let ports = self.world.open();
        let relay = relay_outbox::Relay { store: ports.clone(), queues: ports, clock: self.clock.clone() };
        run(relay_outbox::handle(self.stream(), &relay)).unwrap()
    }

    pub(crate) async fn receive_through(&self, event: Value, ports: Ports) -> bool {
        let receiver = receive_vendor::Receiver { store: ports, clock: self.clock.clone() };
        receive_vendor::handle(event, &receiver)
            .await
            .is_ok_and(|answer| answer.batch_item_failures.is_empty())
    }

    pub(crate) fn receive(&self, event: Value) {
        assert!(run(self.receive_through(event, self.world.open())));
    }

    // --- actors

    /// A reply of a vendor as its queue delivers it.
    pub(crate) fn reply(vendor: &VendorId, member: &str, sequence: u64, kind: &str, data: Value) -> Value {
        let body = json!({
            "specversion": "1.0", "id": format!("{}-{member}-{sequence}-{kind}", vendor.as_str()), "source": "urn:v",
            "type": format!("icm.vendor.{kind}.v1"), "subject": format!("case-{member}"),
            "time": "2026-06-30T15:00:00Z", "sequence": sequence, "data": data,
        });
        Self::message(vendor, &body.to_string())
    }

    pub(crate) fn message(vendor: &VendorId, body: &str) -> Value {
        let queue = format!("icm-test-replies-{}", vendor.as_str().to_ascii_lowercase());
        json!({ "Records": [{ "messageId": "sqs-1", "body": body,
            "eventSourceARN": format!("arn:aws:sqs:us-east-1:000000000000:{queue}") }] })
    }

    pub(crate) fn router(&self, ports: Ports) -> Router {
        operations::local_router(operations::Ops {
            store: ports.clone(),
            queues: ports,
            clock: self.clock.clone(),
        })
    }

    pub(crate) fn next_key(&self) -> String {
        self.keys.set(self.keys.get() + 1);
        format!("k{}", self.keys.get())
    }

    /// A request to the API; status and answer.
    pub(crate) fn request(&self, request: Request<Body>) -> (u16, Value) {
        run(async {
            let response = self.router(self.world.open()).oneshot(request).await.unwrap();
            let status = response.status().as_u16();
            let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
            (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
        })
    }

    /// A command of staff about a case.
    pub(crate) fn command(&self, member: &MemberId, name: &str, body: Value) -> (u16, Value) {
        let request = Request::post(format!("/v1/cases/{}/{PROGRAM}/{name}", member.as_str()))
            .header("idempotency-key", self.next_key())
            .body(Body::from(body.to_string()))
            .unwrap();
        self.request(request)
    }

    /// Everything sent to a destination, read.
    pub(crate) fn sent_to(&self, to: &Destination) -> Vec<Value> {
        let state = self.world.state();
        let own = state.sent.iter().filter(|(destination, _)| destination == to);
        own.map(|(_, message)| serde_json::from_str(&message.body).unwrap()).collect()
    }

    pub(crate) fn types_to(&self, to: &Destination) -> Vec<String> {
        self.sent_to(to).iter().map(|message| message["type"].as_str().unwrap().to_owned()).collect()
    }

    /// Identified and admitted, the first call handed over.
    pub(crate) fn called(&self, name: &str) -> MemberId {
        let member = self.identified(name);
        self.queue();
        self.queue();
        self.relay();
        member
    }

    /// Identified, admitted, reached and consented.
    pub(crate) fn consented(&self, name: &str) -> MemberId {
        let member = self.called(name);
        let attempt = json!({"channel": "call", "outcome": "REACHED_MEMBER", "phone": "312-555-0100"});
        assert_eq!(self.command(&member, "attempts", attempt).0, 200);
        assert_eq!(self.command(&member, "consent", json!({"scope": "ICM-1"})).0, 200);
        assert_eq!(self.status(&member), "CONSENTED");
        member
    }

    /// The same, enrolled and offered to the vendor of its place.
    pub(crate) fn offered(&self, name: &str) -> (MemberId, VendorId) {
        let member = self.consented(name);
        assert_eq!(self.command(&member, "enrol", json!({})).0, 200);
        self.relay();
        let vendor = self.case(&member).assignment.unwrap().vendor;
        (member, vendor)
    }

    /// Points taken over all places.
    pub(crate) fn taken(&self) -> i64 {
        self.world.state().taken.values().sum()
    }

    /// Replaying the log of a case gives its state (DESIGN §7).
    pub(crate) fn assert_log_explains(&self, member: &MemberId) {
        use icm_domain::case::log::CaseLine;
        let state = self.world.state();
        let held = state.members.get(member).unwrap();
        let mut case: Option<Case> = None;
        for record in held.events.values() {
            match &record.line {
                CaseLine::Opened(opened) => case = Some(opened.as_ref().clone()),
                CaseLine::Applied { event, .. } => {
                    let next = icm_domain::case::apply(case.as_ref().unwrap(), event).unwrap();
                    case = Some(next.case);
                }
                CaseLine::Refused { .. } => {}
            }
        }
        assert_eq!(case.unwrap(), held.cases.get(PROGRAM).unwrap().case);
    }
}

/// A gate with a fault at call number `call`.
pub(crate) fn faulty(call: usize, fault: icm_testkit::Fault) -> Gate {
    Gate::with_fault(call, fault)
}
