// SPDX-License-Identifier: Apache-2.0
//! Signatures with the other s: n − s in the place of s, and s where it is above n / 2.

use bccsp::Suite;
use msp::SigningIdentity;

/// The order n of the group that keys of a family are of: SEC 2 clause 2.4.2, GB/T 32918.5 annex A.
const fn order(suite: Suite) -> [u8; 32] {
    let (high, low): (u128, u128) = match suite {
        Suite::Nist => {
            (0xffff_ffff_0000_0000_ffff_ffff_ffff_ffff, 0xbce6_faad_a717_9e84_f3b9_cac2_fc63_2551)
        }
        Suite::Gm => {
            (0xffff_fffe_ffff_ffff_ffff_ffff_ffff_ffff, 0x7203_df6b_21c6_052b_53bb_f409_39d5_4123)
        }
    };
    let mut bytes = [0; 32];
    let (first, second) = bytes.split_at_mut(16);
    first.copy_from_slice(&high.to_be_bytes());
    second.copy_from_slice(&low.to_be_bytes());
    bytes
}

/// The same signature, DER, with n − s.
pub(super) fn with_other_s(suite: Suite, signature: &[u8]) -> Vec<u8> {
    let (r, s) = parts(signature);
    write(r, &minus(&order(suite), &wide(s)))
}

/// Whether s is above n / 2: the rule of one family, and none of the other.
pub(super) fn is_high(suite: Suite, signature: &[u8]) -> bool {
    let s = wide(parts(signature).1);
    s > minus(&order(suite), &s)
}

/// A signature whose s is above n / 2, from a key that does not avoid it.
pub(super) fn high(who: &SigningIdentity, suite: Suite, message: &[u8]) -> Vec<u8> {
    let tries = std::iter::repeat_with(|| who.sign(&[message]).unwrap().into_vec()).take(200);
    let found = tries.into_iter().find(|signature| is_high(suite, signature));
    found.expect("half of them are")
}

/// Both integers, as DER has them.
fn parts(signature: &[u8]) -> (&[u8], &[u8]) {
    let r_ends = 4 + usize::from(signature[3]);
    (&signature[4..r_ends], &signature[r_ends + 2..])
}

fn wide(integer: &[u8]) -> [u8; 32] {
    let digits: Vec<u8> = integer.iter().copied().skip_while(|byte| *byte == 0).collect();
    let mut wide = [0; 32];
    wide[32 - digits.len()..].copy_from_slice(&digits);
    wide
}

fn minus(from: &[u8; 32], what: &[u8; 32]) -> [u8; 32] {
    let (mut left, mut borrow) = ([0; 32], 0);
    for at in (0..32).rev() {
        let difference = i16::from(from[at]) - i16::from(what[at]) - borrow;
        borrow = i16::from(difference < 0);
        left[at] = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    left
}

fn write(r: &[u8], s: &[u8; 32]) -> Vec<u8> {
    let mut digits: Vec<u8> = s.iter().copied().skip_while(|byte| *byte == 0).collect();
    if digits.first().is_none_or(|first| *first >= 0x80) {
        digits.insert(0, 0);
    }
    let length = |bytes: &[u8]| u8::try_from(bytes.len()).unwrap();
    let body = [&[2, length(r)], r, &[2, length(&digits)], &digits[..]].concat();
    [&[0x30, length(&body)], &body[..]].concat()
}
