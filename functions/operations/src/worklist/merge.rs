//! One sorted list out of many sorted partitions.

use futures_util::future::join_all;
use icm_contract::keys::DAY_SHARDS;
use icm_domain::case::next_step::Turn;
use icm_domain::facts::LineOfBusiness;
use icm_domain::ids::ProgramId;
use icm_ports::{DayPart, DaySpan, Result, WorkRow, Worklist};
use std::collections::VecDeque;

/// Rows that one page reads at most, whatever is filtered out of them.
pub(super) const BUDGET: usize = 1_000;
/// Rows that a partition is asked for at least.
const CHUNK_MIN: usize = 4;

/// Rows that were found.
pub(super) struct Listed {
    /// The rows.
    pub(super) rows: Vec<WorkRow>,
    /// Where the next page begins.
    pub(super) cursor: Option<String>,
    /// Rows read that may be seen.
    pub(super) read: usize,
}

/// What is merged.
pub(super) struct Source<'a, S> {
    pub(super) store: &'a S,
    pub(super) program: &'a ProgramId,
    pub(super) turn: Turn,
    pub(super) parts: Vec<Option<LineOfBusiness>>,
    pub(super) after: Option<String>,
    pub(super) until: Option<String>,
}

/// One partition while it is read.
struct Part {
    lob: Option<LineOfBusiness>,
    shard: u8,
    waiting: VecDeque<(String, WorkRow)>,
    /// The last text that was read.
    last: Option<String>,
    ended: bool,
}

impl<S: Worklist> Source<'_, S> {
    fn begin(&self) -> Vec<Part> {
        let shards = |lob: &Option<LineOfBusiness>| {
            let lob = *lob;
            (0..DAY_SHARDS).map(move |shard| Part {
                lob,
                shard,
                waiting: VecDeque::new(),
                last: None,
                ended: false,
            })
        };
        self.parts.iter().flat_map(shards).collect()
    }

    /// Reads the next rows of a partition that has none waiting.
    async fn fill(&self, part: &mut Part, chunk: usize) -> Result<usize> {
        if part.ended || !part.waiting.is_empty() {
            return Ok(0);
        }
        let key = DayPart { program: self.program, turn: self.turn, lob: part.lob, shard: part.shard };
        let after = part.last.as_deref().or(self.after.as_deref());
        let span = DaySpan { after, until: self.until.as_deref() };
        let rows = self.store.by_day(&key, &span, chunk).await?;
        let read = rows.len();
        part.ended = read < chunk;
        part.waiting = rows.into_iter().filter_map(|row| Some((row.case.day_sort()?, row))).collect();
        part.last = part.waiting.back().map(|(sort, _)| sort.clone()).or(part.last.take());
        Ok(read)
    }
}

/// The partition whose first waiting row comes first.
fn first(parts: &[Part]) -> Option<usize> {
    let heads = parts.iter().enumerate().filter_map(|(at, part)| Some((&part.waiting.front()?.0, at)));
    heads.min().map(|(_, at)| at)
}

/// The first `limit` rows that are kept, in order of all partitions together.
pub(super) async fn merged<S: Worklist>(
    source: Source<'_, S>,
    limit: usize,
    keep: impl Fn(&WorkRow) -> bool,
) -> Result<Listed> {
    let mut parts = source.begin();
    let chunk = (limit / parts.len().max(1) + 1).max(CHUNK_MIN);
    let mut listed = Listed { rows: Vec::new(), cursor: None, read: 0 };
    for read in join_all(parts.iter_mut().map(|part| source.fill(part, chunk))).await {
        listed.read += read?;
    }
    let (mut looked_at, mut place) = (0, source.after.clone());
    loop {
        let Some(at) = first(&parts) else { return Ok(listed) };
        if listed.rows.len() == limit || looked_at == BUDGET {
            listed.cursor = place;
            return Ok(listed);
        }
        let Some(part) = parts.get_mut(at) else { return Ok(listed) };
        if let Some((sort, row)) = part.waiting.pop_front() {
            looked_at += 1;
            place = Some(sort);
            if keep(&row) {
                listed.rows.push(row);
            }
        }
        listed.read += source.fill(part, chunk).await?;
    }
}
