//! The validator of criteria: what a file must hold before it is published (DESIGN D6). Every problem names the path
//! of the field; a bad file fails before deployment, not at evaluation.

use super::Criteria;
use crate::day::Day;
use crate::facts::LineOfBusiness;

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// Path of the field, as in `windows.mid`.
    pub path: String,
    /// What is wrong.
    pub problem: &'static str,
}

/// Everything wrong with one criteria file.
pub fn validate(criteria: &Criteria) -> Vec<Invalid> {
    let windows = &criteria.windows;
    let t = &criteria.triggers;
    let positive = [
        ("windows.long", windows.long),
        ("windows.mid", windows.mid),
        ("windows.recent", windows.recent),
        ("windows.readmit", windows.readmit),
        ("hospice_active_days", criteria.hospice_active_days),
        ("active_lookback_months", criteria.active_lookback_months),
    ];
    let not_negative = [
        ("transfer_gap_days", criteria.transfer_gap_days),
        ("ed_admit_gap_days", criteria.ed_admit_gap_days),
        ("grace_days", criteria.grace_days),
        ("ramp_days", criteria.ramp_days),
        ("age_min", criteria.age_min),
        ("adt.confirm_days", criteria.adt.confirm_days),
        ("adt.expire_days", criteria.adt.expire_days),
    ];
    let thresholds = [
        ("triggers.r1_stays180", t.r1_stays180),
        ("triggers.r2_stays365", t.r2_stays365),
        ("triggers.r3_ed365", t.r3_ed365),
        ("triggers.r4_ed180", t.r4_ed180),
        ("triggers.r5_stays180", t.r5_stays180),
        ("triggers.r5_ed180", t.r5_ed180),
        ("triggers.r6_stays365", t.r6_stays365),
        ("triggers.r7_readmit180", t.r7_readmit180),
        ("triggers.r8_pqi365", t.r8_pqi365),
        ("triggers.r10_pqe365", t.r10_pqe365),
        ("critical.stays180", criteria.critical.stays180),
        ("critical.ed180", criteria.critical.ed180),
    ];
    let dates_turned =
        matches!((criteria.effective_from, criteria.effective_thru), (Some(a), Some(b)) if a > b);
    let checks = [
        (criteria.id.trim().is_empty(), "id", "must not be blank"),
        (criteria.version.trim().is_empty(), "version", "must not be blank"),
        (dates_turned, "effective_thru", "lies before effective_from"),
        (windows.mid > windows.long, "windows.mid", "is longer than windows.long"),
        (windows.recent > windows.mid, "windows.recent", "is longer than windows.mid"),
        (criteria.ramp_days > criteria.grace_days, "ramp_days", "is longer than grace_days"),
        (
            criteria.accept_fall_permille.is_some_and(|p| p > 1000),
            "accept_fall_permille",
            "is more than 1000",
        ),
        (criteria.dose_months_required > 4, "dose_months_required", "only four months are looked at"),
    ];
    let mut found: Vec<Invalid> = Vec::new();
    let mut say = |path: &str, problem| found.push(Invalid { path: path.to_owned(), problem });
    checks.iter().filter(|(wrong, _, _)| *wrong).for_each(|(_, path, problem)| say(path, problem));
    positive.iter().filter(|(_, n)| *n <= 0).for_each(|(path, _)| say(path, "must be above zero"));
    not_negative.iter().filter(|(_, n)| *n < 0).for_each(|(path, _)| say(path, "must not be negative"));
    let long = positive.iter().chain(&not_negative).filter(|(_, n)| *n > DAYS_MAX);
    long.for_each(|(path, _)| say(path, "is more than ten years of days"));
    thresholds.iter().filter(|(_, n)| *n == 0).for_each(|(path, _)| say(path, "must be above zero"));
    for (kind, days) in &criteria.cooldown_days {
        if days.is_some_and(|days| !(0..=DAYS_MAX).contains(&days)) {
            say(&format!("cooldown_days.{kind:?}"), "must not be negative nor more than ten years");
        }
    }
    found
}

/// Days of a window or a grace at most: ten years. What is longer has left the store long before.
const DAYS_MAX: i32 = 3_660;

/// Whether two published versions of one id apply to one member on one day: an error (DESIGN D6).
pub fn overlap(one: &Criteria, other: &Criteria) -> Option<Day> {
    if one.draft || other.draft || one.id != other.id {
        return None;
    }
    let all = [LineOfBusiness::Medicaid, LineOfBusiness::MedicareAdvantage, LineOfBusiness::Commercial];
    let serves = |c: &Criteria, lob| c.lines_of_business.is_empty() || c.lines_of_business.contains(&lob);
    if !all.into_iter().any(|lob| serves(one, lob) && serves(other, lob)) {
        return None;
    }
    let first = one.effective_from.max(other.effective_from);
    let ends = [one.effective_thru, other.effective_thru].into_iter().flatten().min();
    let first = first.unwrap_or(Day::from_count(0));
    ends.is_none_or(|last| first <= last).then_some(first)
}

/// The version that applies to a member of this line of business on this day; of several the one that began last. Drafts
/// never apply.
pub fn in_force(versions: &[Criteria], lob: LineOfBusiness, day: Day) -> Option<&Criteria> {
    let applies = |criteria: &&Criteria| {
        !criteria.draft
            && (criteria.lines_of_business.is_empty() || criteria.lines_of_business.contains(&lob))
            && criteria.effective_from.is_none_or(|from| from <= day)
            && criteria.effective_thru.is_none_or(|thru| day <= thru)
    };
    versions
        .iter()
        .filter(applies)
        .max_by_key(|criteria| (criteria.effective_from, criteria.version.as_str()))
}

#[cfg(test)]
mod tests {
    use super::{in_force, overlap, validate};
    use crate::criteria::Criteria;
    use crate::day::Day;
    use crate::facts::LineOfBusiness;

    #[test]
    fn the_shipped_criteria_are_valid() {
        assert_eq!(validate(&Criteria::default()), []);
    }

    #[test]
    fn every_problem_names_its_field() {
        let mut criteria = Criteria { id: " ".into(), ..Criteria::default() };
        criteria.windows.mid = 400;
        criteria.triggers.r1_stays180 = 0;
        let paths: Vec<String> = validate(&criteria).into_iter().map(|invalid| invalid.path).collect();
        assert_eq!(paths, ["id", "windows.mid", "triggers.r1_stays180"]);
    }

    type Change<'a> = &'a dyn Fn(&mut Criteria);

    #[test]
    fn every_field_is_checked_at_its_edge() {
        let day = Day::from_count;
        let paths = |change: Change<'_>| {
            let mut criteria = Criteria::default();
            change(&mut criteria);
            validate(&criteria).into_iter().map(|invalid| invalid.path).collect::<Vec<_>>()
        };
        let wrong: [(&str, Change<'_>); 22] = [
            ("version", &|c| c.version = String::new()),
            ("effective_thru", &|c| (c.effective_from, c.effective_thru) = (Some(day(2)), Some(day(1)))),
            ("windows.mid", &|c| c.windows.mid = c.windows.long + 1),
            ("windows.recent", &|c| c.windows.recent = c.windows.mid + 1),
            ("ramp_days", &|c| c.ramp_days = c.grace_days + 1),
            ("accept_fall_permille", &|c| c.accept_fall_permille = Some(1001)),
            ("dose_months_required", &|c| c.dose_months_required = 5),
            ("windows.readmit", &|c| c.windows.readmit = 0),
            ("hospice_active_days", &|c| c.hospice_active_days = 0),
            ("active_lookback_months", &|c| c.active_lookback_months = 0),
            ("transfer_gap_days", &|c| c.transfer_gap_days = -1),
            ("ed_admit_gap_days", &|c| c.ed_admit_gap_days = -1),
            ("age_min", &|c| c.age_min = -1),
            ("adt.confirm_days", &|c| c.adt.confirm_days = -1),
            ("adt.expire_days", &|c| c.adt.expire_days = -1),
            ("triggers.r2_stays365", &|c| c.triggers.r2_stays365 = 0),
            ("triggers.r3_ed365", &|c| c.triggers.r3_ed365 = 0),
            ("triggers.r5_ed180", &|c| c.triggers.r5_ed180 = 0),
            ("triggers.r10_pqe365", &|c| c.triggers.r10_pqe365 = 0),
            ("critical.stays180", &|c| c.critical.stays180 = 0),
            ("critical.ed180", &|c| c.critical.ed180 = 0),
            ("cooldown_days.Declined", &|c| {
                c.cooldown_days.insert(crate::facts::ClosureKind::Declined, Some(-1));
            }),
        ];
        for (path, change) in wrong {
            assert_eq!(paths(change), [path]);
        }
        let allowed: [Change<'_>; 8] = [
            &|c| (c.effective_from, c.effective_thru) = (Some(day(1)), Some(day(1))),
            &|c| c.windows.mid = c.windows.long,
            &|c| c.windows.recent = c.windows.mid,
            &|c| c.ramp_days = c.grace_days,
            &|c| c.accept_fall_permille = Some(1000),
            &|c| c.dose_months_required = 4,
            &|c| (c.transfer_gap_days, c.ed_admit_gap_days, c.age_min) = (0, 0, 0),
            &|c| {
                c.cooldown_days.insert(crate::facts::ClosureKind::Declined, Some(0));
            },
        ];
        for change in allowed {
            assert_eq!(paths(change), [""; 0]);
        }
    }

    #[test]
    fn no_length_of_time_is_longer_than_anything_is_kept() {
        let mut criteria = Criteria::default();
        criteria.windows.long = i32::MAX;
        criteria.active_lookback_months = i32::MAX;
        criteria.grace_days = i32::MAX;
        let paths: Vec<String> = validate(&criteria).into_iter().map(|invalid| invalid.path).collect();
        assert_eq!(paths, ["windows.long", "active_lookback_months", "grace_days"]);
    }

    #[test]
    fn versions_for_different_lines_of_business_do_not_overlap() {
        let of =
            |lines: &[LineOfBusiness]| Criteria { lines_of_business: lines.to_vec(), ..Criteria::default() };
        let (medicaid, commercial) = (of(&[LineOfBusiness::Medicaid]), of(&[LineOfBusiness::Commercial]));
        assert_eq!(overlap(&medicaid, &commercial), None);
        assert!(overlap(&medicaid, &of(&[])).is_some() && overlap(&of(&[]), &medicaid).is_some());
        let other = Criteria { id: "other".to_owned(), ..medicaid.clone() };
        assert_eq!(overlap(&medicaid, &other), None);
    }

    #[test]
    fn a_version_applies_from_its_first_to_its_last_day_in_its_lines_of_business() {
        let day = Day::from_count;
        let version = |name: &str, from, thru, lines: &[LineOfBusiness]| Criteria {
            version: name.to_owned(),
            effective_from: from,
            effective_thru: thru,
            lines_of_business: lines.to_vec(),
            ..Criteria::default()
        };
        let versions = [
            version("old", None, Some(day(9)), &[]),
            version("medicaid", Some(day(10)), None, &[LineOfBusiness::Medicaid]),
            Criteria { draft: true, ..version("draft", Some(day(11)), None, &[]) },
        ];
        let name = |lob, on| in_force(&versions, lob, day(on)).map(|criteria| criteria.version.as_str());
        assert_eq!(name(LineOfBusiness::Medicaid, 9), Some("old"));
        assert_eq!(name(LineOfBusiness::Medicaid, 10), Some("medicaid"));
        assert_eq!(name(LineOfBusiness::Medicaid, 12), Some("medicaid"));
        assert_eq!(name(LineOfBusiness::Commercial, 9), Some("old"));
        assert_eq!(name(LineOfBusiness::Commercial, 10), None);
    }

    #[test]
    fn two_versions_of_one_day_are_found() {
        let day = |count| Some(Day::from_count(count));
        let one = Criteria { effective_from: day(0), effective_thru: day(10), ..Criteria::default() };
        let next = Criteria { effective_from: day(11), ..Criteria::default() };
        let early = Criteria { effective_from: day(10), ..Criteria::default() };
        assert_eq!(overlap(&one, &next), None);
        assert_eq!(overlap(&one, &early), day(10));
        assert_eq!(overlap(&one, &Criteria { draft: true, ..early }), None);
    }
}
