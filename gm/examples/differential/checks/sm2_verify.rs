// SPDX-License-Identifier: Apache-2.0
//! Verification: by one key, by a prepared one, by the batch; and what else is done by the batch.

use super::sm2::{joined, private, source};
use super::theirs::{self, ORDER, Point};
use super::{Dice, Of, at_levels};
use gmca_gm::sm2::{
    Claim, SigningKey, VerifyingKey, diffie_hellman_many, generate_many, sign_many, verify_many,
};
use sm2::elliptic_curve::group::Group;
use sm2::{ProjectivePoint, Scalar};

/// A key, a digest, a signature, and whether it holds by the other implementation.
struct Case {
    key: [u8; 65],
    e: [u8; 32],
    raw: [u8; 64],
    holds: bool,
}

impl Case {
    /// A case of a kind that must hold, or of one that must not, or one of those with a change.
    fn new(dice: &mut Dice<'_>, key: &Point) -> Self {
        let mut key = key.point;
        let (e, raw, good) = match dice.below(12) {
            0 => without_the_key(dice),
            1 => beyond_the_order(dice, &mut key),
            2 => near_the_base(dice, &mut key),
            _ => from_numbers(dice, &key),
        };
        let mut case = Self { key: theirs::encoded(&key).unwrap(), e, raw, holds: good };
        let changed = dice.once_in(2);
        if changed {
            case.change(dice);
        }
        case.holds = theirs::verify(&key, &case.e, &case.raw);
        // Both implementations could be wrong in the same way.
        assert!(changed || case.holds == good, "the other implementation");
        case
    }

    /// Changes something; sometimes into the same, modulo n.
    fn change(&mut self, dice: &mut Dice<'_>) {
        let raw = &mut self.raw;
        let half = 32 * dice.below(2);
        let number = raw[half..].first_chunk_mut::<32>().unwrap();
        match dice.below(8) {
            0 | 1 => raw[dice.below(64)] ^= 1 << dice.below(8),
            2 => self.e[dice.below(32)] ^= 1 << dice.below(8),
            3 => *number = [[0; 32], ORDER, [255; 32], dice.array()][dice.below(4)],
            4 | 5 => *number = plus_order(number).unwrap_or(*number),
            6 => self.e = plus_order(&self.e).unwrap_or(self.e),
            _ => raw.rotate_left(32),
        }
    }

    fn claim<'a>(&'a self, key: &'a VerifyingKey) -> Claim<'a> {
        Claim { key, digest: &self.e, signature: &self.raw }
    }
}

/// a + n, where that has 256 bits.
fn plus_order(a: &[u8; 32]) -> Option<[u8; 32]> {
    let (mut sum, mut carry) = ([0; 32], 0);
    for i in (0..32).rev() {
        carry += u16::from(a[i]) + u16::from(ORDER[i]);
        sum[i] = carry as u8;
        carry >>= 8;
    }
    (carry == 0).then_some(sum)
}

/// A signature with chosen s and t: r = t − s, and e is what makes it hold. It does not if r is 0 or
/// s·G + t·P is infinity.
fn from_numbers(dice: &mut Dice<'_>, key: &ProjectivePoint) -> ([u8; 32], [u8; 64], bool) {
    let (s, t) = match dice.below(8) {
        0 => (dice.scalar(), Scalar::from(1 + dice.next() % 40)),
        1 => (Scalar::from(1 + dice.next() % 40), dice.scalar()),
        3 => (Scalar::from(1 + dice.next() % 64), Scalar::from(1 + dice.next() % 64)),
        // r is chosen, and not t: often with leading zeros.
        2 => {
            let (r, s) = (dice.scalar(), dice.scalar());
            if r == -s { (s, Scalar::ONE) } else { (s, r + s) }
        }
        _ => (dice.scalar(), dice.scalar()),
    };
    with_numbers(key, &s, &t)
}

fn with_numbers(key: &ProjectivePoint, s: &Scalar, t: &Scalar) -> ([u8; 32], [u8; 64], bool) {
    let r = *t - s;
    let point = theirs::base(s) + *key * t;
    let infinity = bool::from(point.is_identity());
    // Whoever takes x1 for 0 at infinity accepts r = e.
    let x1 = theirs::encoded(&point).map_or(Scalar::ZERO, |point| theirs::x(&point));
    (theirs::bytes(&(r - x1)), joined(&r, s), !infinity && r != Scalar::ZERO)
}

/// Everything is a small multiple of G, so that sums meet equal and opposite points.
fn near_the_base(dice: &mut Dice<'_>, key: &mut ProjectivePoint) -> ([u8; 32], [u8; 64], bool) {
    let mut small = |most: u64| {
        let number = Scalar::from(1 + dice.next() % most);
        if dice.once_in(4) { -number } else { number }
    };
    let (d, s, t) = (small(4), small(64), small(64));
    *key = theirs::base(&d);
    with_numbers(key, &s, &t)
}

/// t = 0: would hold for every key.
fn without_the_key(dice: &mut Dice<'_>) -> ([u8; 32], [u8; 64], bool) {
    let s = dice.scalar();
    let x1 = theirs::x(&theirs::encoded(&theirs::base(&s)).unwrap());
    (theirs::bytes(&(-s - x1)), joined(&-s, &s), false)
}

/// The point has an x from n on, and the key is what makes it so.
fn beyond_the_order(dice: &mut Dice<'_>, key: &mut ProjectivePoint) -> ([u8; 32], [u8; 64], bool) {
    let point = dice.point_from_order_on();
    let (s, t) = (dice.scalar(), dice.scalar());
    *key = (point - theirs::base(&s)) * t.invert().unwrap();
    if key.is_identity().into() {
        *key = ProjectivePoint::GENERATOR;
        return from_numbers(dice, key);
    }
    let r = t - s;
    let x1 = theirs::x(&theirs::encoded(&point).unwrap());
    (theirs::bytes(&(r - x1)), joined(&r, &s), r != Scalar::ZERO)
}

pub(crate) fn verify(dice: &mut Dice<'_>) {
    let key = dice.point();
    let mut case = Case::new(dice, &key);
    if let Some(d) = key.logarithm
        && dice.once_in(8)
    {
        // s = −t·d: infinity.
        let t = dice.scalar();
        let s = -(t * d);
        case.key = theirs::encoded(&key.point).unwrap();
        (case.e, case.raw, case.holds) = (theirs::bytes(&(t - s)), joined(&(t - s), &s), false);
    }
    at_levels(Of::Sm2, |level| {
        let key = VerifyingKey::from_bytes(&case.key).unwrap();
        let Case { key: public, e, raw, holds } = &case;
        let verdict = key.verify_digest(e, raw);
        assert_eq!(verdict, *holds, "at {level}: {public:02x?}, {e:02x?}, {raw:02x?}");
    });
}

pub(crate) fn prepared(dice: &mut Dice<'_>) {
    let mut key = dice.point();
    if dice.once_in(4) {
        key.point = theirs::base(&Scalar::from(1 + dice.next() % 4));
    }
    // A table is made once for some signatures.
    let cases: Vec<Case> = (0..6).map(|_| Case::new(dice, &key)).collect();
    at_levels(Of::Sm2, |level| {
        let key = VerifyingKey::from_bytes(&theirs::encoded(&key.point).unwrap()).unwrap();
        let table = key.prepare();
        for Case { key: public, e, raw, holds } in &cases {
            if *public != key.to_bytes() {
                continue;
            }
            let verdict = table.verify_digest(e, raw);
            assert_eq!(verdict, *holds, "at {level}: {public:02x?}, {e:02x?}, {raw:02x?}");
        }
    });
}

/// Any number wrong at any place, keys that come twice, malformed ones among good ones.
pub(crate) fn batch(dice: &mut Dice<'_>) {
    let count = [0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 20][dice.below(12)];
    let keys: Vec<Point> = (0..1 + dice.below(4)).map(|_| dice.point()).collect();
    let mut cases: Vec<Case> = Vec::with_capacity(count);
    for _ in 0..count {
        let repeated = !cases.is_empty() && dice.once_in(8);
        if repeated {
            let Case { key, e, raw, holds } = cases[dice.below(cases.len())];
            cases.push(Case { key, e, raw, holds });
        } else {
            let key = &keys[dice.below(keys.len())];
            cases.push(Case::new(dice, key));
        }
    }
    let expected: Vec<bool> = cases.iter().map(|case| case.holds).collect();
    at_levels(Of::Sm2, |level| {
        let keys: Vec<VerifyingKey> =
            cases.iter().map(|case| VerifyingKey::from_bytes(&case.key).unwrap()).collect();
        let claims: Vec<Claim<'_>> =
            cases.iter().zip(&keys).map(|(case, key)| case.claim(key)).collect();
        assert_eq!(verify_many(&claims), expected, "at {level}: {count} claims");
        let alone: Vec<bool> = claims
            .iter()
            .map(|claim| claim.key.verify_digest(claim.digest, claim.signature))
            .collect();
        assert_eq!(alone, expected, "at {level}: {count} claims, one by one");
    });
}

/// Keys, signatures and secrets by the batch against those made alone.
pub(crate) fn many(dice: &mut Dice<'_>) {
    let count = [0, 1, 2, 3, 7, 8, 9, 13][dice.below(8)];
    let (random, digest) = (dice.bytes(64 * count), dice.limbs());
    let numbers: Vec<[u8; 32]> = (0..count).map(|_| theirs::bytes(&private(dice))).collect();
    let peer = theirs::encoded(&dice.point().point).unwrap();
    at_levels(Of::Sm2, |level| {
        let what = format!("at {level}: {count}");
        let peer = VerifyingKey::from_bytes(&peer).unwrap();
        let Ok(made) = generate_many(count, source(&random));
        for (made, random) in made.iter().zip(random.chunks(64)) {
            let Ok(alone) = SigningKey::generate(source(random));
            assert_eq!(made.to_bytes(), alone.to_bytes(), "{what}");
            assert_eq!(made.verifying_key(), alone.verifying_key(), "{what}");
        }
        let keys: Vec<SigningKey> =
            numbers.iter().map(|d| SigningKey::from_bytes(d).unwrap()).collect();
        let jobs: Vec<_> = keys.iter().map(|key| (key, &digest)).collect();
        let Ok(signatures) = sign_many(&jobs, source(&random));
        for ((key, signature), random) in keys.iter().zip(signatures).zip(random.chunks(32)) {
            let Ok(alone) = key.sign_digest(&digest, source(random));
            assert_eq!(signature, alone, "{what}");
        }
        let jobs: Vec<_> = keys.iter().map(|key| (key, &peer)).collect();
        for (key, shared) in keys.iter().zip(diffie_hellman_many(&jobs)) {
            let alone = key.diffie_hellman(&peer);
            assert_eq!((shared.x(), shared.y()), (alone.x(), alone.y()), "{what}");
        }
    });
}
