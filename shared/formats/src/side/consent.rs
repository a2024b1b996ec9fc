//! Consents and contact preferences (FACTS §5.4).

use super::received;
use crate::item::Reason;
use crate::options::ReadOptions;
use crate::table::{Cells, Malformed};
use crate::tuva::eligibility::address;
use icm_domain::facts::{Channel, Consent, ConsentKind, Fact, Preference, PreferenceKind};
use icm_domain::phi::Phi;

pub(super) fn consent(cells: &Cells<'_>, options: &ReadOptions) -> Result<Fact, Malformed> {
    let (from, thru) = (cells.required_day("from")?, cells.end_day("thru")?);
    if thru.is_some_and(|thru| thru < from) {
        return Err(Malformed::new("thru", Reason::BadValue));
    }
    Ok(Fact::Consent(Consent {
        kind: cells.required_word("consent", |word| match word {
            "part2_tpo" | "part2" => Some(ConsentKind::Part2Tpo),
            "program" => Some(ConsentKind::Program),
            _ => None,
        })?,
        received: received(cells, options, from)?,
        from,
        thru,
        revoked: cells.flag("revoked")?.unwrap_or(false),
        scope: cells.text("scope")?,
    }))
}

pub(super) fn preference(cells: &Cells<'_>, options: &ReadOptions) -> Result<Fact, Malformed> {
    let date = cells.required_day("date")?;
    let record = cells.required_word("preference", Record::parse)?;
    let what = match record {
        Record::ChannelConsent => PreferenceKind::ChannelConsent {
            channel: cells.required_word("channel", channel)?,
            allowed: cells.flag("allowed")?.ok_or(Malformed::new("allowed", Reason::BlankValue))?,
        },
        Record::DoNotContact => PreferenceKind::DoNotContact { set: cells.flag("set")?.unwrap_or(true) },
        Record::SafeContact => safe_contact(cells)?,
    };
    Ok(Fact::Preference(Preference { received: received(cells, options, date)?, what }))
}

/// A safe contact that names neither phone nor address would forbid nothing and allow nothing.
fn safe_contact(cells: &Cells<'_>) -> Result<PreferenceKind, Malformed> {
    let phone = cells.text("phone")?.map(Phi::new);
    let address = address(cells)?.map(Phi::new);
    let withdrawn = cells.flag("withdrawn")?.unwrap_or(false);
    if phone.is_none() && address.is_none() && !withdrawn {
        return Err(Malformed::new("phone", Reason::BlankValue));
    }
    Ok(PreferenceKind::SafeContact { phone, address, withdrawn })
}

enum Record {
    ChannelConsent,
    DoNotContact,
    SafeContact,
}

impl Record {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "channel_consent" | "channel" => Some(Self::ChannelConsent),
            "do_not_contact" => Some(Self::DoNotContact),
            "safe_contact" => Some(Self::SafeContact),
            _ => None,
        }
    }
}

fn channel(word: &str) -> Option<Channel> {
    match word {
        "call" | "phone" => Some(Channel::Call),
        "text" | "sms" => Some(Channel::Text),
        "letter" | "mail" => Some(Channel::Letter),
        "visit" => Some(Channel::Visit),
        _ => None,
    }
}
