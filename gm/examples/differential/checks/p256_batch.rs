// SPDX-License-Identifier: Apache-2.0
//! P-256 in lanes: sums of two multiples, by their abscissa, held against the `p256` crate.

use super::{Dice, Of, at_levels};
use gmca_gm::p256::{Check, check_many};
use p256::elliptic_curve::group::Group;
use p256::elliptic_curve::ops::Reduce;
use p256::elliptic_curve::point::AffineCoordinates;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::elliptic_curve::{Field, PrimeField};
use p256::{FieldBytes, ProjectivePoint, Scalar};

/// The bytes of a check, and what must be said of it; `None` where nothing needs to be.
struct Case {
    key: [u8; 64],
    of_base: [u8; 32],
    of_key: [u8; 32],
    r: [u8; 32],
    holds: bool,
    may_be_unsure: bool,
}

/// A handful at once, any of them wrong.
pub(super) fn batch(dice: &mut Dice<'_>) {
    let cases: Vec<Case> = (0..1 + dice.below(20)).map(|_| Case::new(dice)).collect();
    let checks: Vec<Check<'_>> = cases
        .iter()
        .map(|case| Check {
            key: &case.key,
            of_base: &case.of_base,
            of_key: &case.of_key,
            r: &case.r,
        })
        .collect();
    at_levels(Of::Sm2, |level| {
        let Some(verdicts) = check_many(&checks) else { return };
        for (place, (case, verdict)) in cases.iter().zip(verdicts).enumerate() {
            match verdict {
                None => assert!(case.may_be_unsure, "{level}: nothing said of {place}"),
                Some(verdict) => assert_eq!(verdict, case.holds, "{level}: {place}"),
            }
        }
    });
}

impl Case {
    fn new(dice: &mut Dice<'_>) -> Self {
        let small = dice.once_in(8);
        let d = if small { Scalar::from(1 + dice.next() % 4) } else { scalar(dice) };
        let key = ProjectivePoint::GENERATOR * d;
        let (of_base, of_key) = (scalar(dice), scalar(dice));
        let sum = ProjectivePoint::GENERATOR * of_base + key * of_key;
        let x: [u8; 32] = sum.to_affine().x().into();
        let r: Scalar = <Scalar as Reduce<FieldBytes>>::reduce(&x.into());
        let mut case = Self {
            key: key.to_affine().to_sec1_point(false).as_bytes()[1..].try_into().expect("64 bytes"),
            of_base: of_base.to_repr().into(),
            of_key: of_key.to_repr().into(),
            r: r.to_repr().into(),
            holds: !bool::from(sum.is_identity() | r.is_zero()),
            may_be_unsure: bool::from(sum.is_identity() | r.is_zero()),
        };
        // Windows of the key's scalar may meet equal points at its edges.
        case.may_be_unsure |= small || near_an_edge(&of_key);
        if dice.once_in(3) {
            case.change(dice);
        }
        case
    }

    fn change(&mut self, dice: &mut Dice<'_>) {
        self.holds = false;
        let at = dice.below(32);
        match dice.below(4) {
            // Another number is right only by a chance of 2⁻²⁵⁶.
            0 => self.r[at] ^= 1 << dice.below(8),
            1 => self.key[dice.below(64)] ^= 1 << dice.below(8),
            2 => self.of_base[at] ^= 1 << dice.below(8),
            _ => self.of_key = [[0; 32], [255; 32]][dice.below(2)],
        }
        // Out of range, or a scalar that now is at an edge: then it is not said.
        self.may_be_unsure = true;
    }
}

/// A number from 1 to n − 1.
fn scalar(dice: &mut Dice<'_>) -> Scalar {
    let bytes = match dice.below(4) {
        0 => dice.limbs(),
        1 => {
            let mut bytes = [0; 32];
            bytes[28..].copy_from_slice(&(dice.next() as u32).to_be_bytes());
            bytes
        }
        _ => dice.array(),
    };
    let number = <Scalar as Reduce<FieldBytes>>::reduce(&bytes.into());
    let number = if dice.once_in(4) { -number } else { number };
    if number.is_zero().into() { Scalar::ONE } else { number }
}

/// Within 2¹⁰ of 0 or n: the last step of the multiplication may add a point to itself.
fn near_an_edge(number: &Scalar) -> bool {
    let small = |number: Scalar| number.to_repr()[..30].iter().all(|byte| *byte == 0);
    small(*number) || small(-*number)
}
