//! The part of ExplanationOfBenefit that is read: R4 names, STU3 names beside them, everything optional.

#![expect(clippy::struct_field_names, reason = "fields have the names of FHIR's elements")]

use super::lenient::{List, Number, Object, Text};
use serde::Deserialize;

/// An ExplanationOfBenefit, or any other resource (then only `resource_type` is looked at).
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct Resource<'a> {
    pub(super) resource_type: Text<'a>,
    pub(super) id: Text<'a>,
    pub(super) meta: Object<Meta<'a>>,
    pub(super) contained: List<Contained<'a>>,
    pub(super) extension: List<Extension<'a>>,
    pub(super) identifier: List<Identifier<'a>>,
    pub(super) status: Text<'a>,
    pub(super) r#type: Object<Concept<'a>>,
    pub(super) r#use: Text<'a>,
    pub(super) patient: Object<Reference<'a>>,
    pub(super) billable_period: Object<Period<'a>>,
    pub(super) provider: Object<Reference<'a>>,
    /// STU3: the billing organisation.
    pub(super) organization: Object<Reference<'a>>,
    pub(super) facility: Object<Reference<'a>>,
    pub(super) related: List<Related<'a>>,
    pub(super) outcome: Text<'a>,
    pub(super) supporting_info: List<Support<'a>>,
    /// STU3 name of `supportingInfo`.
    pub(super) information: List<Support<'a>>,
    pub(super) diagnosis: List<Diagnosis<'a>>,
    pub(super) procedure: List<Procedure<'a>>,
    /// STU3: the admission.
    pub(super) hospitalization: Object<Period<'a>>,
    pub(super) item: List<ClaimItem<'a>>,
    pub(super) adjudication: List<Adjudication<'a>>,
    pub(super) total: List<Adjudication<'a>>,
    /// STU3: the charge.
    pub(super) total_cost: Object<Quantity>,
    pub(super) payment: Object<Payment<'a>>,
    /// Group: the practice that the list is of.
    pub(super) managing_entity: Object<Reference<'a>>,
    /// Group: its members.
    pub(super) member: List<GroupMember<'a>>,
    /// Bundles on one line of NDJSON.
    pub(super) entry: List<Entry<'a>>,
}

/// An entry of a bundle.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Entry<'a> {
    pub(super) resource: Object<Box<Resource<'a>>>,
}

/// A member of an attribution list.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct GroupMember<'a> {
    pub(super) entity: Object<Reference<'a>>,
    pub(super) period: Object<Period<'a>>,
    pub(super) inactive: Text<'a>,
    pub(super) extension: List<Extension<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct Meta<'a> {
    pub(super) last_updated: Text<'a>,
    pub(super) tag: List<Coding<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct Contained<'a> {
    pub(super) id: Text<'a>,
    pub(super) identifier: List<Identifier<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct Extension<'a> {
    pub(super) url: Text<'a>,
    pub(super) value_coding: Object<Coding<'a>>,
    pub(super) value_identifier: Object<Identifier<'a>>,
    pub(super) value_date: Text<'a>,
    pub(super) value_code: Text<'a>,
    pub(super) value_reference: Object<Box<Reference<'a>>>,
    pub(super) value_quantity: Object<Quantity>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Coding<'a> {
    pub(super) system: Text<'a>,
    pub(super) code: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Concept<'a> {
    pub(super) coding: List<Coding<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Identifier<'a> {
    pub(super) r#type: Object<Concept<'a>>,
    pub(super) system: Text<'a>,
    pub(super) value: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Reference<'a> {
    pub(super) reference: Text<'a>,
    pub(super) identifier: Object<Identifier<'a>>,
    pub(super) extension: List<Extension<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Period<'a> {
    pub(super) start: Text<'a>,
    pub(super) end: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Related<'a> {
    pub(super) relationship: Object<Concept<'a>>,
    pub(super) claim: Object<Reference<'a>>,
    pub(super) reference: Object<Identifier<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct Support<'a> {
    pub(super) category: Object<Concept<'a>>,
    pub(super) code: Object<Concept<'a>>,
    pub(super) timing_date: Text<'a>,
    pub(super) timing_period: Object<Period<'a>>,
    pub(super) value_quantity: Object<Quantity>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct Diagnosis<'a> {
    pub(super) sequence: Number,
    pub(super) diagnosis_codeable_concept: Object<Concept<'a>>,
    pub(super) r#type: List<Concept<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct Procedure<'a> {
    pub(super) sequence: Number,
    pub(super) procedure_codeable_concept: Object<Concept<'a>>,
    pub(super) r#type: List<Concept<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct ClaimItem<'a> {
    pub(super) revenue: Object<Concept<'a>>,
    pub(super) product_or_service: Object<Concept<'a>>,
    /// STU3 name of `productOrService`.
    pub(super) service: Object<Concept<'a>>,
    pub(super) modifier: List<Concept<'a>>,
    pub(super) serviced_date: Text<'a>,
    pub(super) serviced_period: Object<Period<'a>>,
    pub(super) location_codeable_concept: Object<Concept<'a>>,
    pub(super) quantity: Object<ItemQuantity<'a>>,
    pub(super) adjudication: List<Adjudication<'a>>,
}

/// An amount with its meaning: of an item, of the claim's header, or of its totals.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Adjudication<'a> {
    pub(super) category: Object<Concept<'a>>,
    pub(super) reason: Object<Concept<'a>>,
    pub(super) amount: Object<Quantity>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Quantity {
    pub(super) value: Number,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct ItemQuantity<'a> {
    pub(super) value: Number,
    pub(super) extension: List<Extension<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Payment<'a> {
    pub(super) amount: Object<Quantity>,
    pub(super) date: Text<'a>,
}

/// The last part of a URL or code: BFD writes codes as URLs of their data dictionary.
pub(super) fn tail(text: &str) -> &str {
    text.trim_end_matches('/').rsplit('/').next().unwrap_or(text)
}

impl Concept<'_> {
    /// Whether a coding has one of these codes (by the last part of the code).
    pub(super) fn has(&self, codes: &[&str]) -> bool {
        self.coding.0.iter().any(|coding| {
            coding
                .code
                .get()
                .is_some_and(|code| codes.iter().any(|wanted| tail(code).eq_ignore_ascii_case(wanted)))
        })
    }

    /// The code of the first coding of a system that contains one of these words (lower case), words in order.
    pub(super) fn code_of(&self, systems: &[&str]) -> Option<&str> {
        systems.iter().find_map(|wanted| {
            let of_system = |coding: &&Coding<'_>| {
                coding.system.get().is_some_and(|system| contains_ignoring_case(system, wanted))
            };
            self.coding.0.iter().find(of_system).and_then(|coding| coding.code.get())
        })
    }

    /// The first code of any system.
    pub(super) fn first(&self) -> Option<&str> {
        self.coding.0.iter().find_map(|coding| coding.code.get())
    }
}

/// Whether `text` contains the lower-case ASCII word `wanted`, ignoring case.
pub(super) fn contains_ignoring_case(text: &str, wanted: &str) -> bool {
    text.as_bytes().windows(wanted.len()).any(|part| part.eq_ignore_ascii_case(wanted.as_bytes()))
}
