//! supportingInfo (STU3: information) and extensions, looked up by the last part of their codes.

use super::lenient::Text;
use super::resource::{Period, Resource, Support, tail};
use icm_domain::code::Code;
use icm_domain::day::Day;

/// The supporting information of one EOB.
pub(super) struct Supports<'r, 'a> {
    resource: &'r Resource<'a>,
}

impl<'r, 'a> Supports<'r, 'a> {
    pub(super) fn of(resource: &'r Resource<'a>) -> Self {
        Self { resource }
    }

    fn find(&self, names: &[&str]) -> impl Iterator<Item = &'r Support<'a>> {
        let all = self.resource.supporting_info.0.iter().chain(&self.resource.information.0);
        all.filter(move |support| support.category.0.as_ref().is_some_and(|category| category.has(names)))
    }

    /// The code of the information with one of these names.
    pub(super) fn code(&self, names: &[&str]) -> Option<&'r str> {
        self.find(names).find_map(|support| support.code.0.as_ref()?.first())
    }

    /// The longest code: sources write a bill type whole and in parts side by side.
    pub(super) fn longest_code(&self, names: &[&str]) -> Option<&'r str> {
        let concepts = self.find(names).filter_map(|support| support.code.0.as_ref());
        let codes =
            concepts.flat_map(|concept| concept.coding.0.iter().filter_map(|coding| coding.code.get()));
        // Of equally long codes the first: max_by_key would take the last.
        codes.fold(
            None,
            |best: Option<&str>, code| {
                if best.is_some_and(|b| b.len() >= code.len()) { best } else { Some(code) }
            },
        )
    }

    /// The day of the information with one of these names.
    pub(super) fn day(&self, names: &[&str]) -> Option<Day> {
        self.find(names).find_map(|support| support.timing_date.get().and_then(Day::parse))
    }

    /// The date of the information with one of these names, as it is written.
    pub(super) fn date(&self, names: &[&str]) -> Option<&'r Text<'a>> {
        self.find(names).map(|support| &support.timing_date).find(|date| date.get().is_some())
    }

    /// The period of the information with one of these names.
    pub(super) fn period(&self, names: &[&str]) -> Option<&'r Period<'a>> {
        self.find(names).find_map(|support| support.timing_period.0.as_ref())
    }

    /// The quantity of the information with one of these names.
    pub(super) fn count(&self, names: &[&str]) -> Option<u16> {
        self.find(names).find_map(|support| support.value_quantity.0.as_ref()?.value.text()?.parse().ok())
    }

    /// A code of an extension, of the claim or of its facility.
    pub(super) fn extension(&self, name: &str) -> Option<&'r str> {
        let facility = self.resource.facility.0.as_ref();
        let all =
            self.resource.extension.0.iter().chain(facility.into_iter().flat_map(|party| &party.extension.0));
        let mut named = all.filter(|extension| extension.url.get().is_some_and(|url| tail(url) == name));
        named.find_map(|extension| {
            let coding = extension.value_coding.0.as_ref().and_then(|coding| coding.code.get());
            coding.or_else(|| extension.value_identifier.0.as_ref()?.value.get())
        })
    }

    /// The day of an extension.
    pub(super) fn extension_day(&self, name: &str) -> Option<Day> {
        let mut named = self
            .resource
            .extension
            .0
            .iter()
            .filter(|extension| extension.url.get().is_some_and(|url| tail(url) == name));
        named.find_map(|extension| extension.value_date.get().and_then(Day::parse))
    }

    /// Type of bill and frequency. CARIN and BFD v3 write it whole ("0111"); BFD v1 and v2 split it into facility
    /// type, service class and frequency (CLAIM_FORMATS §4.4).
    pub(super) fn bill(&self) -> (Option<Code>, Option<Code>) {
        let stated = self.longest_code(&["typeofbill"]);
        if let Some(whole) = stated.filter(|code| code.len() >= 3) {
            let bill = Code::bill_type(whole);
            return (bill, bill.and_then(|bill| Code::new(bill.as_str().get(2..)?)));
        }
        let frequency = stated.or_else(|| self.code(&["clm_freq_cd"]));
        let class = self.extension("clm_srvc_clsfctn_type_cd").or_else(|| {
            self.resource.r#type.0.as_ref().and_then(|concept| concept.code_of(&["clm_srvc_clsfctn_type_cd"]))
        });
        let bill = match (self.extension("clm_fac_type_cd"), class, frequency) {
            (Some(facility), Some(class), Some(frequency)) => {
                Code::bill_type(&format!("{facility}{class}{frequency}"))
            }
            _ => None,
        };
        (bill, frequency.and_then(Code::new))
    }
}
