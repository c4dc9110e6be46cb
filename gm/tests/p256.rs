// SPDX-License-Identifier: Apache-2.0
//! Sums of multiples on P-256 in lanes, held against the `p256` crate.

use gmca_gm::harness::{LEVELS, at_every_level};
use gmca_gm::p256::{Check, batch_level, check_many};
use p256::elliptic_curve::ops::Reduce;
use p256::elliptic_curve::point::{AffineCoordinates, DecompressPoint};
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::elliptic_curve::{Field, PrimeField};
use p256::{AffinePoint, FieldBytes, ProjectivePoint, Scalar};

/// A check with the bytes that it is of.
#[derive(Clone)]
struct Owned {
    key: [u8; 64],
    of_base: [u8; 32],
    of_key: [u8; 32],
    r: [u8; 32],
}

impl Owned {
    fn new(key: ProjectivePoint, of_base: Scalar, of_key: Scalar, r: [u8; 32]) -> Self {
        let (of_base, of_key) = (of_base.to_repr().into(), of_key.to_repr().into());
        Self { key: xy(key), of_base, of_key, r }
    }

    fn check(&self) -> Check<'_> {
        Check { key: &self.key, of_base: &self.of_base, of_key: &self.of_key, r: &self.r }
    }
}

fn xy(point: ProjectivePoint) -> [u8; 64] {
    point.to_affine().to_sec1_point(false).as_bytes()[1..].try_into().unwrap()
}

/// x modulo n.
fn abscissa(point: ProjectivePoint) -> [u8; 32] {
    <Scalar as Reduce<FieldBytes>>::reduce(&point.to_affine().x()).to_repr().into()
}

/// Numbers that look random.
fn numbers(seed: u64) -> impl FnMut() -> Scalar {
    let mut state = seed;
    move || {
        let mut bytes = [0; 32];
        for byte in &mut bytes {
            state =
                state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
            *byte = (state >> 56) as u8;
        }
        <Scalar as Reduce<FieldBytes>>::reduce(&bytes.into())
    }
}

/// Around 0 and n, and every window's and every limb's edge.
fn edges() -> Vec<Scalar> {
    let mut edges: Vec<Scalar> =
        (1..40_u64).flat_map(|k| [Scalar::from(k), -Scalar::from(k)]).collect();
    let mut power = Scalar::ONE;
    for _ in 0..255 {
        power = power + power;
        edges.extend([power, power - Scalar::ONE, -power]);
    }
    edges.retain(|edge| !bool::from(edge.is_zero()));
    edges
}

fn verdicts(checks: &[Owned]) -> Option<Vec<Option<bool>>> {
    check_many(&checks.iter().map(Owned::check).collect::<Vec<_>>())
}

#[test]
fn lanes_are_there_where_they_should_be() {
    for level in LEVELS.iter().filter(|level| level.is_here()) {
        let lanes = level.run(|| (batch_level(), check_many(&[])));
        assert_eq!(lanes.0.is_some(), level.name() == "ifma", "{}", level.name());
        assert_eq!(lanes.1.is_some(), level.name() == "ifma", "{}", level.name());
    }
}

#[test]
fn verdicts_are_those_of_another_implementation() {
    let mut number = numbers(3);
    let edges = edges();
    let mut checks = Vec::new();
    let mut expected = Vec::new();
    for (i, edge) in edges.iter().enumerate() {
        let key = ProjectivePoint::GENERATOR * number();
        let other = number();
        let (of_base, of_key) = if i % 2 == 0 { (*edge, other) } else { (other, *edge) };
        let sum = ProjectivePoint::GENERATOR * of_base + key * of_key;
        let wrong = i % 5 == 4;
        let r = if wrong { number().to_repr().into() } else { abscissa(sum) };
        checks.push(Owned::new(key, of_base, of_key, r));
        expected.push(!wrong);
    }
    at_every_level(|| {
        for count in [0, 1, 7, 8, 9, 64, checks.len()] {
            let Some(verdicts) = verdicts(&checks[..count]) else { return };
            for (i, (verdict, expected)) in verdicts.iter().zip(&expected).enumerate() {
                // Edges of the key's scalar may meet equal points; then it is not said.
                let unsure = verdict.is_none() && i % 2 == 1 && i < 160;
                assert!(unsure || *verdict == Some(*expected), "{i}: {verdict:?}");
            }
        }
    });
}

#[test]
fn an_abscissa_from_n_on_is_found() {
    // The least abscissa from n on that a point has.
    let n_less_one: [u8; 32] = (-Scalar::ONE).to_repr().into();
    let mut x = n_less_one;
    let point = loop {
        for byte in x.iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                break;
            }
        }
        if let Some(point) = AffinePoint::decompress(&x.into(), 0.into()).into_option() {
            break ProjectivePoint::from(point);
        }
    };
    let (of_base, of_key) = (Scalar::from(0x1234_5678_u64), Scalar::from(0x9abc_def1_u64));
    let inverse = of_key.invert().unwrap();
    let key = (point - ProjectivePoint::GENERATOR * of_base) * inverse;
    let good = Owned::new(key, of_base, of_key, abscissa(point));
    // Its r is small, so that nothing but the other abscissa fits.
    assert!(good.r[..8] == [0; 8]);
    let bad = Owned { r: Scalar::from(77_u64).to_repr().into(), ..good.clone() };
    at_every_level(|| {
        let Some(verdicts) = verdicts(&[good.clone(), bad.clone()]) else { return };
        assert_eq!(verdicts, [Some(true), Some(false)]);
    });
}

#[test]
fn what_is_out_of_range_or_off_the_curve_is_not_accepted() {
    let mut number = numbers(5);
    let key = ProjectivePoint::GENERATOR * number();
    let (of_base, of_key) = (number(), number());
    let sum = ProjectivePoint::GENERATOR * of_base + key * of_key;
    let good = Owned::new(key, of_base, of_key, abscissa(sum));
    let n = {
        let mut n: [u8; 32] = (-Scalar::ONE).to_repr().into();
        n[31] += 1;
        n
    };
    let mut off = good.clone();
    off.key[63] ^= 1;
    // x + p, which is the same number modulo p: only a point with a small x has room for it.
    let mut rows = vec![(good.clone(), Some(true)), (off, Some(false))];
    for bad in [[0; 32], n, [0xff; 32]] {
        rows.push((Owned { of_base: bad, ..good.clone() }, None));
        rows.push((Owned { of_key: bad, ..good.clone() }, None));
        rows.push((Owned { r: bad, ..good.clone() }, None));
    }
    // [u]G + [u](-G) is infinity, and has no abscissa.
    rows.push((Owned::new(-ProjectivePoint::GENERATOR, of_key, of_key, good.r), None));
    let (checks, expected): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    at_every_level(|| {
        let Some(verdicts) = verdicts(&checks) else { return };
        assert_eq!(verdicts, expected);
    });
}

#[test]
fn a_key_has_one_form() {
    // The point whose abscissa is 5 or the next that is one, and the same with p added to it.
    let mut x = [0; 32];
    x[31] = 5;
    let point = loop {
        if let Some(point) = AffinePoint::decompress(&x.into(), 0.into()).into_option() {
            break ProjectivePoint::from(point);
        }
        x[31] += 1;
    };
    let (of_base, of_key) = (Scalar::from(3_u64), Scalar::from(0xffff_ffff_u64));
    let sum = ProjectivePoint::GENERATOR * of_base + point * of_key;
    let good = Owned::new(point, of_base, of_key, abscissa(sum));
    let mut other = good.clone();
    // p = ffffffff 00000001 00..00 00000000 ffffffff ffffffff ffffffff; x below 256 carries once.
    let p: [u8; 32] = {
        let mut p = [0; 32];
        p[..4].fill(0xff);
        p[7] = 1;
        p[20..].fill(0xff);
        p
    };
    let mut carry = 0;
    for i in (0..32).rev() {
        let sum = u16::from(good.key[i]) + u16::from(p[i]) + carry;
        other.key[i] = sum as u8;
        carry = sum >> 8;
    }
    at_every_level(|| {
        let Some(verdicts) = verdicts(&[good.clone(), other.clone()]) else { return };
        assert_eq!(verdicts, [Some(true), Some(false)]);
    });
}
