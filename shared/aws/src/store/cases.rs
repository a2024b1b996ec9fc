//! Cases, their events, and worklists.

use super::{Prefixed, Store, values};
use crate::error::{Intent, port_error};
use crate::item::{Item, Reading, Writing, moment, number, text};
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;
use icm_contract::keys;
use icm_contract::stored::Stored;
use icm_domain::case::log::CaseLine;
use icm_domain::case::next_step::{NextStep, StepKind};
use icm_domain::case::particulars::Particulars;
use icm_domain::case::state::Case;
use icm_domain::ids::{CaseId, MemberId, ProgramId};
use icm_ports::{
    CaseRecord, CasesRead, DayPart, DaySpan, DueKind, EventRecord, Result, WorkKey, WorkRow, Worklist,
};

/// The item of a case.
pub(super) fn item(member: &MemberId, case: &CaseRecord) -> Item {
    let (program, case_id) = (&case.case.program, &case.case.id);
    let sk = if case.retired { keys::retired_case(program, case_id) } else { keys::case(program) };
    let shard = keys::shard(member);
    let work = case.work.as_ref();
    let day = case.next.filter(|_| !case.retired);
    let day_shard = shard % keys::DAY_SHARDS;
    Writing::new(keys::member(member), sk, Case::VERSION)
        .with("body", text(case.case.write()))
        .with("lines", number(case.lines))
        .with("retired", AttributeValue::Bool(case.retired))
        .with_some(keys::DUE_PK, case.due.map(|_| text(keys::due(DueKind::Case.id(), shard))))
        .with_some(keys::DUE_SK, case.due.map(moment))
        .with_some(keys::WORK_PK, work.map(|work| text(keys::work(program, &work.queue, shard))))
        .with_some(keys::WORK_SK, work.map(|work| text(work.sort.as_ref())))
        .with_some("work_queue", work.map(|work| text(work.queue.as_ref())))
        .with_some(
            keys::DAY_PK,
            day.map(|step| text(keys::day(program, step.turn(), case.about.lob, day_shard))),
        )
        .with_some(keys::DAY_SK, case.day_sort().map(text))
        .with_some("step", day.map(|step| text(step.what.id())))
        .with_some("step_due", day.map(|step| moment(step.due)))
        .with_some("step_from", day.and_then(|step| step.from).map(moment))
        .with("about", text(case.about.write()))
        .done()
}

fn read(operation: &'static str, item: &Item) -> Result<CaseRecord> {
    let read = Reading::new(operation, item);
    let work = match (read.text_opt("work_queue"), read.text_opt(keys::WORK_SK)) {
        (Some(queue), Some(sort)) => Some(WorkKey { queue: queue.into(), sort: sort.into() }),
        _ => None,
    };
    let about = read.text_opt("about").map(|text| Particulars::read(Particulars::VERSION, text));
    Ok(CaseRecord {
        case: read.stored()?,
        lines: read.number("lines")?,
        retired: read.flag("retired"),
        due: read.moment_opt(keys::DUE_SK)?,
        work,
        next: next_step(&read)?,
        about: about.transpose().map_err(|_| read.corrupt())?.unwrap_or_default(),
    })
}

/// The next step; cases written before lists by date have none until they are touched.
fn next_step(read: &Reading<'_>) -> Result<Option<NextStep>> {
    let Some(what) = read.text_opt("step") else { return Ok(None) };
    Ok(Some(NextStep {
        what: StepKind::parse(what).ok_or_else(|| read.corrupt())?,
        due: read.moment_opt("step_due")?.ok_or_else(|| read.corrupt())?,
        from: read.moment_opt("step_from")?,
    }))
}

/// The item of an event.
pub(super) fn event_item(member: &MemberId, event: &EventRecord) -> Item {
    Writing::new(keys::member(member), keys::event(&event.case_id, event.seq), CaseLine::VERSION)
        .with("body", text(event.line.write()))
        .with("seq", number(event.seq))
        .done()
}

impl CasesRead for Store {
    async fn cases(&self, member: &MemberId) -> Result<Vec<CaseRecord>> {
        const OPERATION: &str = "read cases";
        let (table, pk) = (self.tables.members.as_str(), keys::member(member));
        let query = Prefixed { operation: OPERATION, table, pk: &pk, prefix: keys::CASES, only: None };
        self.prefixed(query).await?.iter().map(|item| read(OPERATION, item)).collect()
    }

    async fn case(&self, member: &MemberId, program: &ProgramId) -> Result<Option<CaseRecord>> {
        const OPERATION: &str = "read case";
        let (pk, sk) = (keys::member(member), keys::case(program));
        let found = self.get(OPERATION, &self.tables.members, pk, &sk).await?;
        found.as_ref().map(|item| read(OPERATION, item)).transpose()
    }

    async fn events(&self, member: &MemberId, case_id: &CaseId) -> Result<Vec<EventRecord>> {
        const OPERATION: &str = "read case events";
        let (table, pk, prefix) = (self.tables.members.as_str(), keys::member(member), keys::events(case_id));
        let query = Prefixed { operation: OPERATION, table, pk: &pk, prefix: &prefix, only: None };
        let event = |item: &Item| {
            let read = Reading::new(OPERATION, item);
            Ok(EventRecord { case_id: case_id.clone(), seq: read.number("seq")?, line: read.stored()? })
        };
        self.prefixed(query).await?.iter().map(event).collect()
    }
}

/// A query of one partition of a worklist index.
struct ListQuery<'a> {
    index: &'a str,
    condition: &'a str,
    pk: String,
    span: DaySpan<'a>,
    limit: usize,
    /// Where the page before ended.
    start: Option<Item>,
}

impl<'a> ListQuery<'a> {
    fn of_shard(program: &ProgramId, queue: &str, shard: u8, span: DaySpan<'a>, limit: usize) -> Self {
        let condition = "work_pk = :pk AND work_sk BETWEEN :after AND :until";
        let pk = keys::work(program, queue, shard);
        Self { index: keys::WORK_INDEX, condition, pk, span, limit, start: None }
    }
}

/// Rows of one answer, and where the next one begins.
#[derive(Default)]
struct Page {
    rows: Vec<WorkRow>,
    next: Option<Item>,
}

/// Rows that one answer may hold when all are wanted; a megabyte ends it before.
const PAGE: usize = 1000;

/// Sorts after every sort text, which begins with a digit.
const LAST: &str = "~";

impl Worklist for Store {
    async fn work(
        &self,
        program: &ProgramId,
        queue: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<WorkRow>> {
        let mut rows = Vec::new();
        for shard in 0..keys::SHARDS {
            let span = DaySpan { after, until: None };
            rows.extend(self.list(ListQuery::of_shard(program, queue, shard, span, limit)).await?);
        }
        rows.sort_by(|one, other| (&one.case.work, &one.member).cmp(&(&other.case.work, &other.member)));
        rows.truncate(limit);
        Ok(rows)
    }

    async fn every_row(
        &self,
        program: &ProgramId,
        queue: &str,
        visit: &mut (dyn FnMut(WorkRow) + Send),
    ) -> Result<()> {
        let all = (0..keys::SHARDS)
            .map(|shard| ListQuery::of_shard(program, queue, shard, DaySpan::default(), PAGE));
        let mut queries: Vec<ListQuery<'_>> = all.collect();
        // One answer of every shard at a time: as fast as they all are, and never more in memory.
        while !queries.is_empty() {
            let pages = try_join_all(queries.iter().map(|query| self.page(query))).await?;
            let mut further = Vec::new();
            for (mut query, page) in queries.into_iter().zip(pages) {
                page.rows.into_iter().for_each(&mut *visit);
                if page.next.is_some() {
                    query.start = page.next;
                    further.push(query);
                }
            }
            queries = further;
        }
        Ok(())
    }

    async fn by_day(&self, part: &DayPart<'_>, span: &DaySpan<'_>, limit: usize) -> Result<Vec<WorkRow>> {
        self.list(ListQuery {
            index: keys::DAY_INDEX,
            condition: "day_pk = :pk AND day_sk BETWEEN :after AND :until",
            pk: keys::day(part.program, part.turn, part.lob, part.shard),
            span: *span,
            limit,
            start: None,
        })
        .await
    }
}

impl Store {
    /// The rows up to the limit.
    async fn list(&self, mut query: ListQuery<'_>) -> Result<Vec<WorkRow>> {
        let mut rows = Vec::new();
        // An answer ends after a megabyte, also before the limit: a list that ended there would hide what follows.
        loop {
            let page = self.page(&query).await?;
            query.limit = query.limit.saturating_sub(page.rows.len());
            rows.extend(page.rows);
            if page.next.is_none() || query.limit == 0 {
                return Ok(rows);
            }
            query.start = page.next;
        }
    }

    /// One answer.
    async fn page(&self, query: &ListQuery<'_>) -> Result<Page> {
        const OPERATION: &str = "read worklist";
        // A span begins after its first text; no sort text is a beginning of another with this ending.
        let after = query.span.after.map_or_else(|| " ".to_owned(), |after| format!("{after} "));
        let until = query.span.until.unwrap_or(LAST);
        // The service refuses a span that ends before it begins; nothing stands in it.
        if after.as_str() > until {
            return Ok(Page::default());
        }
        let answer = self
            .client
            .query()
            .table_name(&self.tables.members)
            .index_name(query.index)
            .key_condition_expression(query.condition)
            .set_expression_attribute_values(values([
                (":pk", text(query.pk.as_str())),
                (":after", text(after)),
                (":until", text(until)),
            ]))
            .limit(i32::try_from(query.limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(query.start.clone())
            .send()
            .await
            .map_err(|error| port_error(OPERATION, Intent::Read, &error))?;
        let row = |item: &Item| {
            let reading = Reading::new(OPERATION, item);
            let member = keys::member_of(reading.text(keys::PK)?).ok_or_else(|| reading.corrupt())?;
            Ok(WorkRow { member, case: read(OPERATION, item)? })
        };
        let rows = answer.items().iter().map(row).collect::<Result<_>>()?;
        Ok(Page { rows, next: answer.last_evaluated_key })
    }
}
