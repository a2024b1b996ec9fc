//! HD: one coverage of a member.

use crate::x12::segment::{Elements, end_of_coverage, period};
use crate::x12::tokens::Flaw;
use icm_domain::day::Day;
use icm_domain::facts::{Coverage, LineOfBusiness};
use icm_domain::ids::SourceId;

/// What a maintenance type (INS03, HD01) does (CLAIM_FORMATS §4.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Maintenance {
    /// 021 addition, 001 change, 025 reinstatement, 030 audit: the span holds.
    Holds,
    /// 024 cancellation or termination.
    Ends,
    /// 002 delete: the span was never meant.
    Deletes,
}

impl Maintenance {
    /// By its code.
    pub(super) fn of(code: &[u8]) -> Self {
        match code {
            b"024" => Self::Ends,
            b"002" => Self::Deletes,
            _ => Self::Holds,
        }
    }
}

/// Begin and end of a coverage or of the member's eligibility.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Option<Day>,
    pub(super) thru: Option<Day>,
}

impl Span {
    /// Takes a DTP: 348 and 356 begin, 349 and 357 end, 303 maintenance effective (begins what nothing else does).
    ///
    /// # Errors
    /// When one of these is written and no date.
    pub(super) fn take(&mut self, elements: &Elements<'_>) -> Result<(), Flaw> {
        let begin = || Ok(period(elements)?.map(|(day, _)| day));
        let (stated, end) = match elements.at(1) {
            b"348" | b"356" => (begin(), &mut self.from),
            b"349" | b"357" => (end_of_coverage(elements), &mut self.thru),
            b"303" if self.from.is_none() => (begin(), &mut self.from),
            _ => return Ok(()),
        };
        *end = stated.map_err(|reason| Flaw { field: "DTP03", reason })?.or(*end);
        Ok(())
    }

    /// This span, with what it does not state taken from another.
    pub(super) fn or(self, other: Self) -> Self {
        Self { from: self.from.or(other.from), thru: self.thru.or(other.thru) }
    }
}

/// One HD loop.
pub(super) struct Benefit {
    pub(super) maintenance: Maintenance,
    /// HD03.
    line: Box<[u8]>,
    lob: Option<LineOfBusiness>,
    pub(super) span: Span,
}

impl Benefit {
    /// Opens a benefit at its HD.
    pub(super) fn open(elements: &Elements<'_>) -> Self {
        Self {
            maintenance: Maintenance::of(elements.at(1)),
            line: elements.at(3).into(),
            lob: elements.text(4).and_then(|plan| line_of_business(&plan)),
            span: Span::default(),
        }
    }

    /// Dental, vision, hearing, drug-only, life and disability lines are no medical coverage.
    pub(super) fn is_medical(&self) -> bool {
        !matches!(
            &*self.line,
            b"DEN" | b"DCP" | b"VIS" | b"HE" | b"PDG" | b"LIF" | b"LTD" | b"STD" | b"ADD" | b"UR"
        )
    }

    /// Line of business of the plan, where its description tells it.
    pub(super) fn lob(&self) -> Option<LineOfBusiness> {
        self.lob
    }
}

/// The line of business that a description names.
pub(super) fn line_of_business(description: &str) -> Option<LineOfBusiness> {
    let description = description.to_ascii_uppercase();
    let names = |words: &[&str]| words.iter().any(|word| description.contains(word));
    if names(&["MEDICARE"]) {
        Some(LineOfBusiness::MedicareAdvantage)
    } else if names(&["MEDICAID", "MEDI-CAL", "MEDI CAL", "MMIS", "DHCS", "HEALTH CARE SERVICES"]) {
        Some(LineOfBusiness::Medicaid)
    } else {
        None
    }
}

/// The coverage facts of one span. An end before the beginning withdraws the span; a termination also withdraws
/// whatever an earlier message promised beyond its last day.
pub(super) fn facts(
    source: &SourceId,
    received: Day,
    lob: LineOfBusiness,
    maintenance: Maintenance,
    span: Span,
) -> Vec<Coverage> {
    let coverage = |from: Day, thru: Option<Day>, retracted: bool| Coverage {
        source: source.clone(),
        received,
        lob,
        from,
        thru,
        retracted,
    };
    match (maintenance, span.from, span.thru) {
        (Maintenance::Deletes, Some(from), thru) => vec![coverage(from, thru, true)],
        (_, Some(from), Some(thru)) if thru < from => vec![coverage(from, None, true)],
        (Maintenance::Ends, Some(from), Some(thru)) => {
            vec![coverage(from, Some(thru), false), coverage(thru.plus(1), None, true)]
        }
        (Maintenance::Ends, None, Some(thru)) => vec![coverage(thru.plus(1), None, true)],
        // A termination without an end date ends on the day it names.
        (Maintenance::Ends, Some(from), None) => vec![coverage(from, None, true)],
        (Maintenance::Holds, Some(from), thru) => vec![coverage(from, thru, false)],
        (_, None, _) => Vec::new(),
    }
}
