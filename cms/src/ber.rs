// SPDX-License-Identifier: Apache-2.0
//! BER to DER: messages of streaming programs (OpenSSL, Java) have indefinite lengths and strings in
//! pieces. What is DER already stays the bytes that it was.

use crate::error::{Error, malformed};
use std::borrow::Cow;

/// Deeper messages are refused.
const MAX_DEPTH: u8 = 32;

/// The same element with definite, minimal lengths, and OCTET STRINGs in one piece.
///
/// # Errors
/// [`Error::Object`] for what is no BER, for bytes behind the element, and for more than 32 levels.
pub fn to_der(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
    let mut rest = bytes;
    let mut out = Vec::with_capacity(bytes.len());
    element(&mut rest, &mut out, 0)?;
    if !rest.is_empty() {
        return Err(malformed("encoding", "bytes left over behind its end"));
    }
    Ok(if out == bytes { Cow::Borrowed(bytes) } else { Cow::Owned(out) })
}

fn element(rest: &mut &[u8], out: &mut Vec<u8>, depth: u8) -> Result<(), Error> {
    let (tag, length) = header(rest)?;
    let mut inside = Vec::new();
    if tag & CONSTRUCTED == 0 {
        let length = length.ok_or(malformed("encoding", "a string of indefinite length"))?;
        let (value, next) = rest.split_at_checked(length).ok_or(CUT)?;
        *rest = next;
        push(out, tag, value);
        return Ok(());
    }
    if depth >= MAX_DEPTH {
        return Err(malformed("encoding", "more than 32 levels"));
    }
    match length {
        Some(length) => {
            let (mut value, next) = rest.split_at_checked(length).ok_or(CUT)?;
            *rest = next;
            while !value.is_empty() {
                element(&mut value, &mut inside, depth.saturating_add(1))?;
            }
        }
        None => {
            while rest.get(..2) != Some(&[0, 0]) {
                element(rest, &mut inside, depth.saturating_add(1))?;
            }
            *rest = rest.get(2..).unwrap_or_default();
        }
    }
    if tag == OCTET_STRING | CONSTRUCTED {
        let whole = pieces(&inside)?;
        push(out, OCTET_STRING, &whole);
    } else {
        push(out, tag, &inside);
    }
    Ok(())
}

/// The OCTET STRINGs that a string is made of, joined. They are DER already.
pub(crate) fn pieces(inside: &[u8]) -> Result<Vec<u8>, Error> {
    let mut rest = inside;
    let mut whole = Vec::with_capacity(inside.len());
    while !rest.is_empty() {
        let (tag, length) = header(&mut rest)?;
        let length = length.filter(|_| tag == OCTET_STRING);
        let length = length.ok_or(malformed("encoding", "a string made of something else"))?;
        let (value, next) = rest.split_at_checked(length).ok_or(CUT)?;
        whole.extend_from_slice(value);
        rest = next;
    }
    Ok(whole)
}

const OCTET_STRING: u8 = 0x04;
const CONSTRUCTED: u8 = 0x20;
const CUT: Error = malformed("encoding", "cut short");

/// Identifier and length; `None` is an indefinite one.
fn header(rest: &mut &[u8]) -> Result<(u8, Option<usize>), Error> {
    let [tag, first, behind @ ..] = *rest else { return Err(CUT) };
    if tag & 0x1f == 0x1f {
        return Err(malformed("encoding", "a tag of several bytes"));
    }
    *rest = behind;
    match *first {
        0..=0x7f => Ok((*tag, Some(usize::from(*first)))),
        0x80 => Ok((*tag, None)),
        0x81..=0x84 => {
            let (digits, next) = behind.split_at_checked(usize::from(first & 0x7f)).ok_or(CUT)?;
            *rest = next;
            let length = digits.iter().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte));
            Ok((*tag, Some(length)))
        }
        _ => Err(malformed("encoding", "a length of more than four bytes")),
    }
}

fn push(out: &mut Vec<u8>, tag: u8, value: &[u8]) {
    out.extend_from_slice(&pki::asn1::write::tlv(tag, value));
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn streams_become_der() {
        let ber = hex!("3080 2480 0402 0102 0401 03 0000 020105 0000");
        assert_eq!(*to_der(&ber).unwrap(), hex!("3008 0403 010203 020105"));
        let long = hex!("3081 03 020105");
        assert_eq!(*to_der(&long).unwrap(), hex!("3003 020105"));
        let der = hex!("3003 020105");
        assert!(matches!(to_der(&der).unwrap(), Cow::Borrowed(_)));
    }

    #[test]
    fn what_is_no_ber_is_refused() {
        for bad in [
            &hex!("30")[..],
            &hex!("3003 0201"),
            &hex!("3080 020105"),
            &hex!("0480 0000"),
            &hex!("2403 020105"),
            &hex!("3003 020105 00"),
            &hex!("3085 0000000001 05"),
            &[0x30, 0x80].repeat(40),
        ] {
            assert!(to_der(bad).is_err(), "{bad:02x?}");
        }
    }
}
