//! Attribute values in and out.

use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_types::Blob;
use icm_contract::keys;
use icm_contract::stored::Stored;
use icm_ports::{Body, Moment, PortError, Result};
use std::collections::HashMap;

/// A stored item.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// The newest encoding version of items whose shape is the adapter's own (keys and numbers, no body).
pub(crate) const ITEM_V1: u8 = 1;

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: impl Into<i128>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

pub(crate) fn moment(value: Moment) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

/// An item while it is written.
pub(crate) struct Writing(Item);

impl Writing {
    pub(crate) fn new(pk: impl Into<String>, sk: impl Into<String>, version: u8) -> Self {
        let mut item = Item::new();
        item.insert(keys::PK.to_owned(), text(pk));
        item.insert(keys::SK.to_owned(), text(sk));
        item.insert(keys::VERSION.to_owned(), number(version));
        Self(item)
    }

    pub(crate) fn with(mut self, name: &str, value: AttributeValue) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    pub(crate) fn with_some(self, name: &str, value: Option<AttributeValue>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    pub(crate) fn done(self) -> Item {
        self.0
    }
}

/// An item while it is read: whatever is missing or of another type is corrupt.
pub(crate) struct Reading<'a> {
    item: &'a Item,
    operation: &'static str,
}

impl<'a> Reading<'a> {
    pub(crate) const fn new(operation: &'static str, item: &'a Item) -> Self {
        Self { item, operation }
    }

    pub(crate) const fn corrupt(&self) -> PortError {
        PortError::Corrupt { operation: self.operation }
    }

    pub(crate) fn text_opt(&self, name: &str) -> Option<&'a str> {
        self.item.get(name)?.as_s().ok().map(String::as_str)
    }

    pub(crate) fn text(&self, name: &str) -> Result<&'a str> {
        self.text_opt(name).ok_or_else(|| self.corrupt())
    }

    pub(crate) fn number_opt<N: std::str::FromStr>(&self, name: &str) -> Result<Option<N>> {
        let Some(value) = self.item.get(name) else { return Ok(None) };
        let parsed = value.as_n().ok().and_then(|text| text.parse().ok());
        parsed.map(Some).ok_or_else(|| self.corrupt())
    }

    pub(crate) fn number<N: std::str::FromStr>(&self, name: &str) -> Result<N> {
        self.number_opt(name)?.ok_or_else(|| self.corrupt())
    }

    pub(crate) fn moment_opt(&self, name: &str) -> Result<Option<Moment>> {
        let Some(text) = self.text_opt(name) else { return Ok(None) };
        Moment::parse(text).map(Some).ok_or_else(|| self.corrupt())
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.item.get(name).and_then(|value| value.as_bool().ok()).copied().unwrap_or_default()
    }

    pub(crate) fn bytes(&self, name: &str) -> Result<Vec<u8>> {
        let blob: Option<&Blob> = self.item.get(name).and_then(|value| value.as_b().ok());
        blob.map(|blob| blob.as_ref().to_vec()).ok_or_else(|| self.corrupt())
    }

    /// The content of an item: JSON in `body`, its version in `v`.
    pub(crate) fn stored<T: Stored>(&self) -> Result<T> {
        T::read(self.number(keys::VERSION)?, self.text("body")?).map_err(|_| self.corrupt())
    }

    /// The body of an item: text in `body`, its version in `v`.
    pub(crate) fn body(&self) -> Result<Body> {
        Ok(Body::new(self.number(keys::VERSION)?, self.text("body")?))
    }
}
