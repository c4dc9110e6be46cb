// SPDX-License-Identifier: Apache-2.0
//! Many ECDSA signatures at once: the multiples of points in the lanes of `gm`, the rest here.

use super::{Fast, FastSha256Family};
use crate::engine::{Claim, hash_parts};
use ::gm::p256::{Check, check_many};
use alloc::vec;
use alloc::vec::Vec;
use p256::elliptic_curve::PrimeField;
use p256::elliptic_curve::ops::Reduce;
use p256::{FieldBytes, NonZeroScalar, Scalar};

/// With fewer, eight lanes cost more than one after the other.
const WORTH: usize = 3;

/// A verdict for each claim; `None` for one that must be judged alone.
pub(super) fn verify(claims: &[Claim<'_, Fast>]) -> Vec<Option<bool>> {
    let nobody = vec![None; claims.len()];
    if claims.len() < WORTH {
        return nobody;
    }
    let signatures: Vec<Option<[NonZeroScalar; 2]>> =
        claims.iter().map(|claim| numbers(&claim.raw)).collect();
    let s: Vec<Scalar> = signatures.iter().flatten().map(|[_, s]| **s).collect();
    let mut inverses = inverses(&s).into_iter();
    let mut multiples = Vec::with_capacity(claims.len());
    for (claim, signature) in claims.iter().zip(&signatures) {
        let inverse = signature.as_ref().and_then(|_| inverses.next());
        multiples.push(Multiples::of(claim, signature.as_ref(), inverse));
    }
    let checks: Vec<Check<'_>> =
        claims.iter().zip(&multiples).map(|(claim, of)| of.check(claim)).collect();
    let Some(verdicts) = check_many(&checks) else { return nobody };
    let settle = |(verdict, signature): (Option<bool>, Option<_>)| match signature {
        Some(_) => verdict,
        // Numbers out of range: there is no such signature.
        None => Some(false),
    };
    verdicts.into_iter().zip(signatures).map(settle).collect()
}

/// r and s, each from 1 to n − 1.
fn numbers(raw: &[u8; 64]) -> Option<[NonZeroScalar; 2]> {
    let signature = p256::ecdsa::Signature::from_slice(raw).ok()?;
    Some([signature.r(), signature.s()])
}

/// e/s and r/s modulo n (FIPS 186-5 clause 6.4.2, steps 3 to 5), and the key.
struct Multiples {
    key: [u8; 64],
    of_base: [u8; 32],
    of_key: [u8; 32],
}

impl Multiples {
    /// Zeros, which no check takes, where there is no signature.
    fn of(
        claim: &Claim<'_, Fast>,
        signature: Option<&[NonZeroScalar; 2]>,
        inverse: Option<Scalar>,
    ) -> Self {
        let mut key = [0; 64];
        key.copy_from_slice(&claim.key.portable.encoded[1..]);
        let (Some([r, _]), Some(inverse)) = (signature, inverse) else {
            return Self { key, of_base: [0; 32], of_key: [0; 32] };
        };
        let e = hash_parts::<FastSha256Family>(&[], claim.message);
        let e = <Scalar as Reduce<FieldBytes>>::reduce(&e.into());
        let of = |number: Scalar| number.to_repr().into();
        Self { key, of_base: of(e * inverse), of_key: of(**r * inverse) }
    }

    fn check<'a>(&'a self, claim: &'a Claim<'_, Fast>) -> Check<'a> {
        let r = &claim.raw.as_chunks::<32>().0[0];
        Check { key: &self.key, of_base: &self.of_base, of_key: &self.of_key, r }
    }
}

/// The inverses of numbers that are not 0, by one inversion (Montgomery's trick). They are public.
fn inverses(numbers: &[Scalar]) -> Vec<Scalar> {
    let mut before = Vec::with_capacity(numbers.len());
    let mut product = Scalar::ONE;
    for number in numbers {
        before.push(product);
        product *= number;
    }
    let mut inverse = product.invert_vartime().unwrap_or(Scalar::ZERO);
    for (place, number) in before.iter_mut().zip(numbers).rev() {
        *place *= inverse;
        inverse *= number;
    }
    before
}

#[cfg(test)]
mod tests {
    use super::super::{Backend as _, Private, Public};
    use super::*;
    use crate::SecretBytes;

    fn key(number: u8) -> (Private, Public) {
        let private = Fast::private(&SecretBytes::new(vec![number; 32])).unwrap();
        let public = Fast::public(&Fast::point(&private)).unwrap();
        (private, public)
    }

    /// Every place wrong once, in every part of a signature, and numbers that are none.
    #[test]
    fn in_a_batch_verdicts_are_those_of_single_ones() {
        let keys: Vec<_> = (1..=7).map(key).collect();
        let texts: Vec<[u8; 4]> = (0..90_u32).map(u32::to_be_bytes).collect();
        let messages: Vec<[&[u8]; 1]> = texts.iter().map(|text| [&text[..]]).collect();
        let claim = |place: usize| {
            let (private, public) = &keys[place % 7];
            let message: &[&[u8]] = &messages[place];
            let digest = hash_parts::<FastSha256Family>(&[], message);
            let k = SecretBytes::new(vec![place as u8 + 1; 32]);
            let mut raw = Fast::sign_digest_with(private, &digest, &k).unwrap();
            match place % 9 {
                1 => raw[place % 64] ^= 1,
                2 => raw[..32].fill(0),
                3 => raw[32..].fill(0xff),
                4 => return Claim { key: &keys[(place + 1) % 7].1, prefix: [], message, raw },
                _ => {}
            }
            Claim { key: public, prefix: [], message, raw }
        };
        for count in [0, 1, 2, 3, 8, 9, 90] {
            let batch: Vec<Claim<'_, Fast>> = (0..count).map(claim).collect();
            let single: Vec<bool> =
                batch.iter().map(|c| Fast::verify(c.key, &[], c.message, &c.raw)).collect();
            assert_eq!(Fast::verify_many(&batch), single);
            let right = |place: usize| !(1..=4).contains(&(place % 9));
            assert_eq!(single, (0..count).map(right).collect::<Vec<_>>());
        }
    }

    #[test]
    fn inverses_are_inverses() {
        let numbers: Vec<Scalar> = (1..20_u64).map(Scalar::from).collect();
        for (number, inverse) in numbers.iter().zip(inverses(&numbers)) {
            assert_eq!(*number * inverse, Scalar::ONE);
        }
        assert!(inverses(&[]).is_empty());
    }
}
