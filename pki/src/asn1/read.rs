// SPDX-License-Identifier: Apache-2.0
//! Reading DER: definite minimal lengths only, no trailing bytes, every error with its field.

use super::tag;
use crate::Error;
use const_oid::ObjectIdentifier;

/// One element: identifier octet, contents, and the whole as it travelled.
#[derive(Clone, Copy, Debug)]
pub struct Tlv<'a> {
    /// The identifier octet.
    pub tag: u8,
    /// The contents.
    pub value: &'a [u8],
    /// The whole, header included.
    pub raw: &'a [u8],
}

/// A bit string: its bytes, and how many bits of the last one do not count.
#[derive(Clone, Copy, Debug)]
pub struct BitString<'a> {
    /// How many bits of the last byte do not count, 0 to 7.
    pub unused: u8,
    /// The bytes.
    pub bytes: &'a [u8],
}

/// Walks over the elements of one level. Every error names the object and the field.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    object: &'static str,
}

impl<'a> Reader<'a> {
    /// Starts at the beginning of `bytes`, which are (a part of) an `object`.
    #[must_use]
    pub const fn new(bytes: &'a [u8], object: &'static str) -> Self {
        Self { rest: bytes, object }
    }

    /// Reads `bytes` as exactly one element with this tag and walks over what is inside.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn whole(
        bytes: &'a [u8],
        tag: u8,
        object: &'static str,
        field: &'static str,
    ) -> Result<Self, Error> {
        let mut outer = Self::new(bytes, object);
        let inner = outer.enter(tag, field)?;
        outer.finish(field)?;
        Ok(inner)
    }

    /// The error that names this object.
    #[must_use]
    pub fn malformed(&self, field: &'static str, why: &'static str) -> Error {
        Error::Malformed { object: self.object, field, why }
    }

    /// What is left, unread.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether nothing is left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The tag of the next element.
    #[must_use]
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Sees to it that nothing is left.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn finish(&self, field: &'static str) -> Result<(), Error> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(self.malformed(field, "bytes left over behind its end"))
    }

    /// The next element, whatever it is.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn any(&mut self, field: &'static str) -> Result<Tlv<'a>, Error> {
        let (header, length) = header(self.rest).map_err(|why| self.malformed(field, why))?;
        let end = header.checked_add(length);
        let parts = end.and_then(|end| self.rest.split_at_checked(end));
        let Some((raw, rest)) = parts else {
            return Err(self.malformed(field, "cut short"));
        };
        self.rest = rest;
        let tag = raw.first().copied().unwrap_or_default();
        Ok(Tlv { tag, value: raw.get(header..).unwrap_or_default(), raw })
    }

    /// The next element, which must have this tag.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn take(&mut self, tag: u8, field: &'static str) -> Result<Tlv<'a>, Error> {
        match self.peek() {
            Some(found) if found == tag => self.any(field),
            Some(_) => Err(self.malformed(field, "not the ASN.1 type that belongs here")),
            None => Err(self.malformed(field, "missing")),
        }
    }

    /// The next element if it has this tag.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn optional(&mut self, tag: u8, field: &'static str) -> Result<Option<Tlv<'a>>, Error> {
        if self.peek() == Some(tag) { self.any(field).map(Some) } else { Ok(None) }
    }

    /// Steps into the next element, which must have this tag.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn enter(&mut self, tag: u8, field: &'static str) -> Result<Self, Error> {
        let tlv = self.take(tag, field)?;
        Ok(self.inside(tlv))
    }

    /// Walks over what is inside an element.
    #[must_use]
    pub const fn inside(&self, tlv: Tlv<'a>) -> Self {
        Self::new(tlv.value, self.object)
    }

    /// An OBJECT IDENTIFIER.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn oid(&mut self, field: &'static str) -> Result<ObjectIdentifier, Error> {
        let value = self.take(tag::OID, field)?.value;
        self.oid_value(value, field)
    }

    /// Reads the contents of an OBJECT IDENTIFIER.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn oid_value(&self, value: &[u8], field: &'static str) -> Result<ObjectIdentifier, Error> {
        ObjectIdentifier::from_bytes(value)
            .map_err(|_| self.malformed(field, "not an object identifier we can hold"))
    }

    /// The contents of an INTEGER: two's complement, as short as can be.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn integer(&mut self, field: &'static str) -> Result<&'a [u8], Error> {
        let value = self.take(tag::INTEGER, field)?.value;
        self.integer_value(value, field)
    }

    /// Sees to it that the contents of an INTEGER are as short as can be.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn integer_value(&self, value: &'a [u8], field: &'static str) -> Result<&'a [u8], Error> {
        match value {
            [] => Err(self.malformed(field, "an INTEGER without bytes")),
            [0, next, ..] if *next < 0x80 => Err(self.malformed(field, LONG_INTEGER)),
            [0xff, next, ..] if *next >= 0x80 => Err(self.malformed(field, LONG_INTEGER)),
            _ => Ok(value),
        }
    }

    /// A small number that is not negative.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn number(&mut self, field: &'static str) -> Result<u32, Error> {
        let value = self.integer(field)?;
        self.number_value(value, field)
    }

    /// Reads the contents of a small number that is not negative.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn number_value(&self, value: &'a [u8], field: &'static str) -> Result<u32, Error> {
        let value = self.integer_value(value, field)?;
        let negative = value.first().is_some_and(|byte| *byte >= 0x80);
        if negative || value.len() > 4 {
            return Err(self.malformed(field, "a number out of range"));
        }
        Ok(value.iter().fold(0, |sum: u32, byte| (sum << 8) | u32::from(*byte)))
    }

    /// A BOOLEAN that may be left out when it is false. One that is there and false is met in
    /// the field and read.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn flag(&mut self, tag: u8, field: &'static str) -> Result<bool, Error> {
        match self.optional(tag, field)?.map(|tlv| tlv.value) {
            None | Some([0]) => Ok(false),
            Some([0xff]) => Ok(true),
            Some(_) => Err(self.malformed(field, "a BOOLEAN that is neither 00 nor FF")),
        }
    }

    /// A BIT STRING.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn bit_string(&mut self, field: &'static str) -> Result<BitString<'a>, Error> {
        let value = self.take(tag::BIT_STRING, field)?.value;
        self.bit_string_value(value, field)
    }

    /// Reads the contents of a BIT STRING, whose padding must be zero.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn bit_string_value(
        &self,
        value: &'a [u8],
        field: &'static str,
    ) -> Result<BitString<'a>, Error> {
        let Some((unused, bytes)) = value.split_first() else {
            return Err(self.malformed(field, "a BIT STRING without bytes"));
        };
        let last = bytes.last().copied().unwrap_or_default();
        let padding = 1u8.checked_shl(u32::from(*unused)).map(|bit| bit.wrapping_sub(1));
        match padding {
            Some(padding) if last & padding == 0 && (*unused == 0 || !bytes.is_empty()) => {
                Ok(BitString { unused: *unused, bytes })
            }
            _ => Err(self.malformed(field, "a BIT STRING with wrong padding")),
        }
    }
}

const LONG_INTEGER: &str = "an INTEGER that is longer than it need be";

/// Lengths of the header and of the contents.
fn header(bytes: &[u8]) -> Result<(usize, usize), &'static str> {
    let (&tag, &first) = match bytes {
        [tag, first, ..] => (tag, first),
        _ => return Err("cut short"),
    };
    if tag & 0x1f == 0x1f {
        return Err("a tag of several bytes");
    }
    match first {
        0..=0x7f => Ok((2, usize::from(first))),
        0x80 => Err("an indefinite length, which is BER and not DER"),
        0x81..=0x84 => long_length(bytes, usize::from(first & 0x7f)),
        _ => Err("a length of more than four bytes"),
    }
}

fn long_length(bytes: &[u8], count: usize) -> Result<(usize, usize), &'static str> {
    let end = count.saturating_add(2);
    let digits = bytes.get(2..end).ok_or("cut short")?;
    let length = digits.iter().fold(0usize, |sum, byte| (sum << 8) | usize::from(*byte));
    let minimal = length >= 0x80 && digits.first() != Some(&0);
    if minimal { Ok((end, length)) } else { Err("a length that is longer than it need be") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(bytes: &[u8]) -> String {
        Reader::new(bytes, "x").any("f").unwrap_err().to_string()
    }

    #[test]
    fn what_is_not_der_is_refused() {
        assert!(why(&[0x30, 0x80, 0, 0]).contains("indefinite"));
        assert!(why(&[0x30, 0x81, 0x7f]).contains("longer"));
        assert!(why(&[0x30, 0x82, 0x00, 0x81]).contains("longer"));
        assert!(why(&[0x30, 0x85, 1, 1, 1, 1, 1]).contains("more than four"));
        assert!(why(&[0x1f, 0x81, 1]).contains("several bytes"));
        for short in
            [&[][..], &[0x30], &[0x30, 1], &[0x30, 0x82, 1], &[0x30, 0x84, 255, 255, 255, 255]]
        {
            assert!(why(short).contains("cut short"), "{short:?}");
        }
    }

    #[test]
    fn integers_are_minimal() {
        for bad in [&[2, 0][..], &[2, 2, 0, 0x7f], &[2, 2, 0xff, 0x80]] {
            assert!(Reader::new(bad, "x").integer("f").is_err(), "{bad:?}");
        }
        assert_eq!(Reader::new(&[2, 2, 0, 0x80], "x").number("f").unwrap(), 128);
        assert!(Reader::new(&[2, 1, 0x80], "x").number("f").is_err());
    }

    #[test]
    fn bit_strings_have_zero_padding() {
        for bad in [&[3, 0][..], &[3, 1, 1], &[3, 2, 8, 0], &[3, 2, 1, 1]] {
            assert!(Reader::new(bad, "x").bit_string("f").is_err(), "{bad:?}");
        }
        assert_eq!(Reader::new(&[3, 2, 7, 0x80], "x").bit_string("f").unwrap().bytes, [0x80]);
        assert!(Reader::new(&[3, 1, 0], "x").bit_string("f").is_ok());
    }
}
