//! Places of models of care by county and line of business.

use super::{line_of_business, roster};
use crate::item::{Availability, Item, Place, Reason};
use crate::options::ReadOptions;
use crate::table::{Cells, Malformed};

pub(super) fn read(cells: &Cells<'_>, options: &ReadOptions, place: Place) -> Result<Item, Malformed> {
    let row = Availability {
        received: cells.day("received")?.map(|day| options.received(day)),
        model: cells.required_word("model", roster::model)?,
        county: cells.text("county")?,
        lob: cells.word("line_of_business", line_of_business)?,
        places: cells.count("places")?.ok_or(Malformed::new("places", Reason::BlankValue))?,
    };
    Ok(Item::Availability { row, place })
}
