// SPDX-License-Identifier: Apache-2.0
//! Writing DER: elements made of parts.

use super::tag;
use const_oid::ObjectIdentifier;

/// One element around its contents.
#[must_use]
pub fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(contents.len().saturating_add(6));
    out.push(tag);
    push_length(&mut out, contents.len());
    out.extend_from_slice(contents);
    out
}

/// One element around several parts.
#[must_use]
pub fn constructed(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    tlv(tag, &parts.concat())
}

/// A SEQUENCE around several parts.
#[must_use]
pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    constructed(tag::SEQUENCE, parts)
}

/// A SEQUENCE OF.
#[must_use]
pub fn sequence_of(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(tag::SEQUENCE, &parts.concat())
}

/// A SET OF, whose elements DER wants sorted (X.690 section 11.6).
#[must_use]
pub fn set_of(mut parts: Vec<Vec<u8>>) -> Vec<u8> {
    parts.sort();
    tlv(tag::SET, &parts.concat())
}

/// An OBJECT IDENTIFIER.
#[must_use]
pub fn oid(id: ObjectIdentifier) -> Vec<u8> {
    tlv(tag::OID, id.as_bytes())
}

/// A number that is not negative, from big-endian bytes of any length.
#[must_use]
pub fn unsigned(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let digits = bytes.get(start..).unwrap_or_default();
    let sign: &[u8] = if digits.first().is_none_or(|byte| *byte >= 0x80) { &[0] } else { &[] };
    constructed(tag, &[sign, digits])
}

/// A BOOLEAN.
#[must_use]
pub fn boolean(tag: u8, value: bool) -> Vec<u8> {
    tlv(tag, &[if value { 0xff } else { 0 }])
}

/// A bit string of whole bytes.
#[must_use]
pub fn bit_string(bytes: &[u8]) -> Vec<u8> {
    constructed(tag::BIT_STRING, &[&[0], bytes])
}

/// Named bits, bit 0 the most significant of the first byte; trailing zeros are left out
/// (X.690 section 11.2.2).
#[must_use]
pub fn named_bits(tag: u8, bits: u16) -> Vec<u8> {
    let bytes = bits.reverse_bits().to_be_bytes();
    let used = match bytes {
        [0, 0] => &[][..],
        [_, 0] => bytes.get(..1).unwrap_or_default(),
        _ => &bytes[..],
    };
    let unused = used.last().map_or(0, |byte| byte.trailing_zeros());
    constructed(tag, &[&[u8::try_from(unused).unwrap_or_default()], used])
}

fn push_length(out: &mut Vec<u8>, length: usize) {
    let bytes = length.to_be_bytes();
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let digits = bytes.get(start..).unwrap_or_default();
    match digits {
        [] => out.push(0),
        [short] if *short < 0x80 => out.push(*short),
        _ => {
            // At most eight digits, so the count fits below the flag bit.
            out.push(0x80 | u8::try_from(digits.len()).unwrap_or_default());
            out.extend_from_slice(digits);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_minimal() {
        for (length, header) in
            [(0, 2), (1, 2), (127, 2), (128, 3), (255, 3), (256, 4), (65_535, 4), (65_536, 5)]
        {
            assert_eq!(tlv(4, &vec![0; length]).len(), length + header);
        }
    }

    #[test]
    fn numbers_and_bits() {
        assert_eq!(unsigned(2, &[]), [2, 1, 0]);
        assert_eq!(unsigned(2, &[0, 0, 0x80]), [2, 2, 0, 0x80]);
        assert_eq!(named_bits(3, 0), [3, 1, 0]);
        // keyCertSign and cRLSign are bits 5 and 6: 06 is what everybody writes.
        assert_eq!(named_bits(3, 0b110_0000), [3, 2, 1, 0x06]);
        assert_eq!(named_bits(3, 1 << 8), [3, 3, 7, 0, 0x80]);
    }
}
