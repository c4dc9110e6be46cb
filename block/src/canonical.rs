// SPDX-License-Identifier: Apache-2.0
//! The one form an envelope may have in a block (CVE-2023-46132).
//!
//! The data hash is over all transactions joined, with no mark between them: the same bytes cut
//! elsewhere have the same hash. When every piece must be exactly an envelope, there is one cut.
//!
//! Not here: what is in the envelope.

/// Finds payload and signature of an envelope in its canonical form: both fields once, neither
/// empty, payload first, lengths as short as can be, nothing else. An entry of that form, and no
/// other, is equal to its own protobuf encoding and has both fields.
///
/// # Errors
/// The rule that is broken, as the end of a sentence.
pub fn envelope(entry: &[u8]) -> Result<(&[u8], &[u8]), &'static str> {
    let (payload, rest) = field(entry, PAYLOAD).map_err(|flaw| match flaw {
        Flaw::Absent => "is no envelope that begins with a payload",
        Flaw::Empty => "has an empty payload",
        Flaw::Length => "has a payload whose length is not written in the shortest way",
        Flaw::Short => "ends within its payload",
    })?;
    let (signature, rest) = field(rest, SIGNATURE).map_err(|flaw| match flaw {
        Flaw::Absent if rest.is_empty() => "has no signature",
        Flaw::Absent => "has no signature right behind its payload",
        Flaw::Empty => "has an empty signature",
        Flaw::Length => "has a signature whose length is not written in the shortest way",
        Flaw::Short => "ends within its signature",
    })?;
    if !rest.is_empty() {
        return Err("has more bytes behind its signature");
    }
    Ok((payload, signature))
}

enum Flaw {
    Absent,
    Empty,
    Length,
    Short,
}

/// Splits off a field with this tag.
fn field(bytes: &[u8], tag: u8) -> Result<(&[u8], &[u8]), Flaw> {
    let Some((first, rest)) = bytes.split_first() else { return Err(Flaw::Absent) };
    if *first != tag {
        return Err(Flaw::Absent);
    }
    let (length, rest) = length(rest)?;
    if length == 0 {
        return Err(Flaw::Empty);
    }
    rest.split_at_checked(length).ok_or(Flaw::Short)
}

/// A base-128 number, the least significant digits first, without a leading digit of zero.
fn length(bytes: &[u8]) -> Result<(usize, &[u8]), Flaw> {
    let (mut value, mut shift) = (0_u64, 0_u32);
    let mut rest = bytes;
    for _ in 0..MAX_DIGITS {
        let Some((byte, behind)) = rest.split_first() else { return Err(Flaw::Short) };
        value |= u64::from(byte & 0x7f).wrapping_shl(shift);
        if *byte == 0 && shift > 0 {
            return Err(Flaw::Length);
        }
        if byte & 0x80 == 0 {
            return Ok((usize::try_from(value).map_err(|_| Flaw::Short)?, behind));
        }
        (rest, shift) = (behind, shift.saturating_add(7));
    }
    Err(Flaw::Length)
}

/// Field 1, length-delimited.
const PAYLOAD: u8 = 0x0a;
/// Field 2, length-delimited.
const SIGNATURE: u8 = 0x12;
/// Nothing in memory is longer than 2⁶³ bytes, which nine digits of seven bits count.
const MAX_DIGITS: usize = 9;
