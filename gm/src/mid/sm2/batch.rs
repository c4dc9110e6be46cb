// SPDX-License-Identifier: Apache-2.0
//! Many at once, where this processor has lanes for points; else one after the other.

use super::point::Affine;
use super::scalar::Scalar;
use super::sign::{Opened, Signer, verify};
use super::{field, multiply, multiply_base};
use crate::low::lanes::{Check, Number, PointLanes, Verdict};
use crate::low::sm2::{Level, P, add_limbs, mod_n, sub_limbs};
use crate::plant::{self, Plant};
use alloc::vec;
use alloc::vec::Vec;
use zeroize::Zeroizing;

/// With fewer, eight lanes cost more than one after the other.
const WORTH: usize = 3;

fn lanes(count: usize) -> Option<PointLanes> {
    PointLanes::detect().filter(|_| count >= WORTH)
}

/// A signature and what it is said to be of.
#[derive(Clone, Copy)]
pub(crate) struct Claim<'a> {
    pub(crate) key: &'a Affine,
    pub(crate) e: &'a [u8; 32],
    pub(crate) raw: &'a [u8; 64],
}

/// For each claim, what [`verify`] says.
pub(crate) fn verify_many<L: Level>(l: L, claims: &[Claim<'_>]) -> Vec<bool> {
    let alone = |claim: &Claim<'_>| verify(l, claim.key, claim.e, claim.raw);
    let Some(lanes) = lanes(claims.len()) else {
        let mut verdicts: Vec<bool> = claims.iter().map(alone).collect();
        for at in 1..if plant::is(Plant::SameKey) { claims.len() } else { 0 } {
            if claims[at].key == claims[at - 1].key {
                verdicts[at] = verdicts[at - 1];
            }
        }
        return verdicts;
    };
    let opened: Vec<Option<Check>> = claims.iter().map(|claim| check(l, claim)).collect();
    let checks: Vec<Check> = opened.iter().flatten().copied().collect();
    let mut verdicts = vec![Verdict::Fails; checks.len()];
    lanes.check(&checks, &mut verdicts);
    let mut verdicts = verdicts.into_iter();
    let verdict = |(claim, opened): (&Claim<'_>, &Option<Check>)| match opened {
        None => false,
        Some(_) => match verdicts.next() {
            Some(Verdict::Holds) => true,
            Some(Verdict::Fails) | None => false,
            Some(Verdict::Unsure) => alone(claim),
        },
    };
    claims.iter().zip(&opened).map(verdict).collect()
}

/// `None` for numbers out of range.
fn check<L: Level>(l: L, claim: &Claim<'_>) -> Option<Check> {
    let Opened { s, t, x1 } = Opened::new(claim.e, claim.raw)?;
    // x1 modulo n: the abscissa is x1 itself, or x1 + n where that is below p.
    let (larger, carry) = add_limbs(x1.limbs(), &mod_n::N);
    let other = if carry == 0 && sub_limbs(&larger, &P).1 == 1 { larger } else { *x1.limbs() };
    Some(Check { key: plain(l, claim.key), s: *s.limbs(), t: *t.limbs(), x: [*x1.limbs(), other] })
}

/// A key, and the digest that it signs.
pub(crate) type Job<'a> = (&'a Signer, &'a [u8; 32]);

/// For each key, digest and nonce, what [`Signer::sign`] says. `None` where the nonce is 0.
pub(crate) fn sign_many<L: Level>(
    l: L,
    jobs: &[Job<'_>],
    nonces: &[Scalar],
) -> Vec<Option<[u8; 64]>> {
    let Some(lanes) = lanes(jobs.len()) else {
        let each = jobs.iter().zip(nonces);
        let sign = |(job, k): (&Job<'_>, &Scalar)| {
            if k.is_zero() { None } else { job.0.sign(l, job.1, k) }
        };
        return each.map(sign).collect();
    };
    let numbers = numbers(nonces.iter().map(|k| if k.is_zero() { Scalar::ONE } else { *k }));
    let mut points = vec![[[0; 4]; 2]; jobs.len()];
    lanes.base_times(&numbers, &mut points);
    let each = jobs.iter().zip(nonces).zip(&points);
    let sign = |((job, k), point): ((&Job<'_>, &Scalar), &[Number; 2])| {
        if k.is_zero() { None } else { job.0.finish(job.1, k, &point[0]) }
    };
    each.map(sign).collect()
}

/// \[k\]G for each k, which is not 0.
pub(crate) fn multiply_base_many<L: Level>(l: L, scalars: &[Scalar]) -> Vec<Affine> {
    let Some(lanes) = lanes(scalars.len()) else {
        return scalars.iter().map(|k| multiply_base(l, k).to_affine(l)).collect();
    };
    let numbers = numbers(scalars.iter().copied());
    let mut points = vec![[[0; 4]; 2]; scalars.len()];
    lanes.base_times(&numbers, &mut points);
    points.iter().map(|point| from_plain(l, point)).collect()
}

/// \[k\]Q for each k, which is not 0, and Q. The results are secret.
pub(crate) fn multiply_many<L: Level>(
    l: L,
    jobs: &[(&Scalar, &Affine)],
) -> Zeroizing<Vec<[Number; 2]>> {
    let mut products = Zeroizing::new(vec![[[0; 4]; 2]; jobs.len()]);
    let Some(lanes) = lanes(jobs.len()) else {
        for ((k, point), product) in jobs.iter().zip(products.iter_mut()) {
            *product = plain(l, &multiply(l, k, point).to_affine(l));
        }
        return products;
    };
    let numbers = numbers(jobs.iter().map(|(k, _)| **k));
    let points: Vec<[Number; 2]> = jobs.iter().map(|(_, point)| plain(l, point)).collect();
    lanes.times(&numbers, &points, &mut products);
    products
}

fn numbers(scalars: impl Iterator<Item = Scalar>) -> Zeroizing<Vec<Number>> {
    Zeroizing::new(scalars.map(|scalar| *scalar.limbs()).collect())
}

fn plain<L: Level>(l: L, point: &Affine) -> [Number; 2] {
    [field::to_plain(l, &point.x), field::to_plain(l, &point.y)]
}

fn from_plain<L: Level>(l: L, [x, y]: &[Number; 2]) -> Affine {
    Affine { x: field::from_plain(l, x), y: field::from_plain(l, y) }
}
