//! Which of the many amounts of an EOB is the charge, the allowed amount and the paid amount.
//!
//! CARIN uses categories (`submitted`, `eligible`, `benefit`, `paidtoprovider`). BFD puts its own variable beside the
//! category and gets the category wrong at times (`submitted` on a payment and on a rate), so a BFD variable decides
//! alone wherever one is present.

use super::lenient::Object;
use super::resource::{Adjudication, Concept, Quantity, contains_ignoring_case};
use crate::item::Reason;
use icm_domain::money::Cents;

/// An amount's names in order of preference: variables of BFD, then categories of CARIN and HL7.
pub(super) struct Meaning {
    variables: &'static [&'static str],
    categories: &'static [&'static str],
}

/// Charge of a line.
pub(super) const LINE_CHARGE: Meaning = Meaning {
    variables: &["line_sbmtd_chrg_amt", "rev_cntr_tot_chrg_amt", "clm_line_sbmt_chrg_amt", "tot_rx_cst_amt"],
    categories: &["submitted"],
};

/// Allowed amount of a line.
pub(super) const LINE_ALLOWED: Meaning = Meaning {
    variables: &["line_alowd_chrg_amt", "clm_line_alowd_chrg_amt"],
    categories: &["eligible", "allowed"],
};

/// Paid amount of a line.
pub(super) const LINE_PAID: Meaning = Meaning {
    variables: &[
        "line_nch_pmt_amt",
        "rev_cntr_pmt_amt_amt",
        "cvrd_d_plan_pd_amt",
        "clm_line_cvrd_pd_amt",
        "clm_line_prvdr_pmt_amt",
    ],
    categories: &["benefit", "paidtoprovider"],
};

/// Charge of the claim.
pub(super) const TOTAL_CHARGE: Meaning = Meaning {
    variables: &["clm_tot_chrg_amt", "clm_sbmt_chrg_amt", "tot_rx_cst_amt"],
    categories: &["submitted"],
};

/// Allowed amount of the claim.
pub(super) const TOTAL_ALLOWED: Meaning =
    Meaning { variables: &["clm_alowd_chrg_amt"], categories: &["eligible", "allowed"] };

/// Paid amount of the claim, where it states no payment.
pub(super) const TOTAL_PAID: Meaning =
    Meaning { variables: &["clm_prvdr_pmt_amt"], categories: &["benefit", "paidtoprovider"] };

/// The amount with this meaning; none where none is stated.
///
/// # Errors
/// [`Reason::BadNumber`] when the one that is meant is no amount.
pub(super) fn amount(adjudications: &[Adjudication<'_>], meaning: &Meaning) -> Result<Option<Cents>, Reason> {
    let by_variable = meaning.variables.iter().map(|name| named(adjudications, name, false));
    let by_category = meaning.categories.iter().map(|name| named(adjudications, name, true));
    by_variable.chain(by_category).find_map(Result::transpose).transpose()
}

/// The first amount under this name; `plain`: beside no variable of BFD.
fn named(adjudications: &[Adjudication<'_>], name: &str, plain: bool) -> Result<Option<Cents>, Reason> {
    let meant = adjudications.iter().filter(|adjudication| {
        let category = adjudication.category.0.as_ref();
        category.is_some_and(|category| category.has(&[name]) && !(plain && has_variable(category)))
    });
    let mut amounts = meant.filter_map(|adjudication| stated(&adjudication.amount).transpose());
    amounts.next().transpose()
}

/// An amount that may be absent.
///
/// # Errors
/// As [`amount`].
pub(super) fn stated(amount: &Object<Quantity>) -> Result<Option<Cents>, Reason> {
    amount.0.as_ref().map_or(Ok(None), |amount| amount.value.cents())
}

/// Whether a variable of BFD stands beside the category.
fn has_variable(category: &Concept<'_>) -> bool {
    category.coding.0.iter().any(|coding| {
        coding.system.get().is_some_and(|system| contains_ignoring_case(system, "bluebutton.cms.gov"))
    })
}
