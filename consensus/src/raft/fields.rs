// SPDX-License-Identifier: Apache-2.0
//! Fields of messages and notes: big-endian numbers, bytes behind their length (4 bytes), lists
//! behind their number (4 bytes), a byte 0 or 1 before what may be missing.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

use super::encoding;
use proto::Bytes;

/// Bytes that are not what they should be, and why not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    /// A field, or what surrounds it.
    #[error("{0}")]
    Wrong(&'static str),
    /// Something in a field that has bytes of its own.
    #[error(transparent)]
    Element(#[from] encoding::Malformed),
}

/// Writes fields.
#[derive(Debug, Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn byte(&mut self, value: u8) -> &mut Self {
        self.0.push(value);
        self
    }

    pub(crate) fn flag(&mut self, value: bool) -> &mut Self {
        self.byte(u8::from(value))
    }

    pub(crate) fn number(&mut self, value: u64) -> &mut Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    /// What is written is never longer than the limits of a batch allow.
    pub(crate) fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.length(value.len());
        self.0.extend_from_slice(value);
        self
    }

    pub(crate) fn list<T>(
        &mut self,
        items: &[T],
        mut each: impl FnMut(&mut Self, &T),
    ) -> &mut Self {
        self.length(items.len());
        for item in items {
            each(self, item);
        }
        self
    }

    pub(crate) fn option<T>(
        &mut self,
        value: Option<&T>,
        some: impl FnOnce(&mut Self, &T),
    ) -> &mut Self {
        self.flag(value.is_some());
        if let Some(value) = value {
            some(self, value);
        }
        self
    }

    pub(crate) fn finish(&mut self) -> Bytes {
        std::mem::take(&mut self.0).into()
    }

    fn length(&mut self, length: usize) {
        self.0.extend(u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    }
}

/// Reads fields; bytes share what is read.
#[derive(Debug)]
pub(crate) struct Reader(Bytes);

impl Reader {
    pub(crate) fn new(bytes: &Bytes) -> Self {
        Self(bytes.clone())
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Malformed> {
        let [byte] = self.chunk()?;
        Ok(byte)
    }

    pub(crate) fn flag(&mut self) -> Result<bool, Malformed> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed::Wrong("a flag is neither 0 nor 1")),
        }
    }

    pub(crate) fn number(&mut self) -> Result<u64, Malformed> {
        Ok(u64::from_be_bytes(self.chunk()?))
    }

    pub(crate) fn bytes(&mut self) -> Result<Bytes, Malformed> {
        let length = self.length()?;
        if self.0.len() < length {
            return Err(Malformed::Wrong("it ends inside of a field"));
        }
        Ok(self.0.split_to(length))
    }

    pub(crate) fn text(&mut self) -> Result<String, Malformed> {
        let bytes = self.bytes()?;
        String::from_utf8(bytes.to_vec()).map_err(|_| Malformed::Wrong("a text is not UTF-8"))
    }

    /// A list is as long as it says; nothing is set aside for it before it is read.
    pub(crate) fn list<T>(
        &mut self,
        mut each: impl FnMut(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        let length = self.length()?;
        let mut items = Vec::new();
        for _ in 0..length {
            items.push(each(self)?);
        }
        Ok(items)
    }

    pub(crate) fn option<T>(
        &mut self,
        some: impl FnOnce(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Option<T>, Malformed> {
        if self.flag()? { some(self).map(Some) } else { Ok(None) }
    }

    pub(crate) fn end(&self) -> Result<(), Malformed> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Malformed::Wrong("there are bytes behind its end"))
        }
    }

    fn length(&mut self) -> Result<usize, Malformed> {
        let length = u32::from_be_bytes(self.chunk()?);
        usize::try_from(length).map_err(|_| Malformed::Wrong("a length is too large"))
    }

    fn chunk<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let chunk = *self.0.first_chunk().ok_or(Malformed::Wrong("it ends inside of a field"))?;
        let _ = self.0.split_to(N);
        Ok(chunk)
    }
}
