// SPDX-License-Identifier: Apache-2.0
//! Signatures of ECDSA over P-256 by the batch (FIPS 186-5 clause 6.4.2): the part of verification that
//! takes the time, with the lanes that SM2 has, which are written over the prime (`docs/lanes.md`).
//!
//! Not here: everything else of P-256. Whoever asks has its numbers modulo n.

use crate::low::lanes::{Check as LaneCheck, Number, PointLanes, Verdict};
use alloc::vec;
use alloc::vec::Vec;

/// A sum of two multiples and the abscissa that it is said to have. All of it is public.
#[derive(Clone, Copy, Debug)]
pub struct Check<'a> {
    /// Q as x ‖ y, 32 bytes each, most significant first.
    pub key: &'a [u8; 64],
    /// u1 = e/s mod n, 32 bytes.
    pub of_base: &'a [u8; 32],
    /// u2 = r/s mod n, 32 bytes.
    pub of_key: &'a [u8; 32],
    /// r, 32 bytes.
    pub r: &'a [u8; 32],
}

/// Who computes it on this processor; `None` where there are no lanes.
#[must_use]
pub fn batch_level() -> Option<&'static str> {
    PointLanes::detect().map(|_| "AVX-512 IFMA, 8 lanes")
}

/// Whether the abscissa of \[u1\]G + \[u2\]Q is r modulo n, for each check; `None` for one that must be
/// judged another way: where a number is 0, n or more, and where equal points met on the way. A key that is
/// not on the curve is refused. Of the whole, `None` where this processor has no lanes.
#[must_use]
pub fn check_many(checks: &[Check<'_>]) -> Option<Vec<Option<bool>>> {
    let lanes = PointLanes::detect()?;
    let opened: Vec<Option<LaneCheck>> = checks.iter().map(open).collect();
    let asked: Vec<LaneCheck> = opened.iter().flatten().copied().collect();
    let mut verdicts = vec![Verdict::Unsure; asked.len()];
    lanes.check_p256(&asked, &mut verdicts);
    let mut verdicts = verdicts.into_iter();
    let settle = |(check, opened): (&Check<'_>, &Option<LaneCheck>)| match opened {
        None => None,
        // The lanes take numbers modulo p; a key has one form only.
        Some(_) => match (in_field(check.key), verdicts.next()) {
            (false, _) | (_, Some(Verdict::Fails)) => Some(false),
            (_, Some(Verdict::Holds)) => Some(true),
            (_, Some(Verdict::Unsure) | None) => None,
        },
    };
    Some(checks.iter().zip(&opened).map(settle).collect())
}

/// `None` for numbers that are no multiples between 1 and n - 1.
fn open(check: &Check<'_>) -> Option<LaneCheck> {
    let [of_base, of_key, r] = [check.of_base, check.of_key, check.r].map(number);
    let fits = |number: &Number| *number != [0; 4] && below(number, &N);
    if ![of_base, of_key, r].iter().all(fits) {
        return None;
    }
    // The abscissa is r itself, or r + n where that is below p.
    let other = plus(&r, &N).filter(|larger| below(larger, &P)).unwrap_or(r);
    Some(LaneCheck { key: point(check.key), s: of_base, t: of_key, x: [r, other] })
}

fn in_field(key: &[u8; 64]) -> bool {
    point(key).iter().all(|coordinate| below(coordinate, &P))
}

fn point(key: &[u8; 64]) -> [Number; 2] {
    let [x, y] = [0, 1].map(|half: usize| &key.as_chunks::<32>().0[half]);
    [number(x), number(y)]
}

fn number(bytes: &[u8; 32]) -> Number {
    let words = bytes.as_chunks::<8>().0;
    core::array::from_fn(|i| u64::from_be_bytes(words[3 - i]))
}

fn below(a: &Number, b: &Number) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

/// The sum, if it is below 2^256.
fn plus(a: &Number, b: &Number) -> Option<Number> {
    let mut carry = 0;
    let sum = core::array::from_fn(|i| {
        let word = u128::from(a[i]) + u128::from(b[i]) + carry;
        carry = word >> 64;
        word as u64
    });
    (carry == 0).then_some(sum)
}

/// The order of the base point (SP 800-186 section 3.2.1.3).
const N: Number =
    [0xf3b9_cac2_fc63_2551, 0xbce6_faad_a717_9e84, 0xffff_ffff_ffff_ffff, 0xffff_ffff_0000_0000];
/// The prime of the field.
const P: Number = [0xffff_ffff_ffff_ffff, 0x0000_0000_ffff_ffff, 0, 0xffff_ffff_0000_0001];
