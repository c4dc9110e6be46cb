// SPDX-License-Identifier: Apache-2.0
//! Arithmetic modulo p and n against formally derived code (`fiat-crypto`, under the `sm2` crate).

use super::theirs::{self, ORDER, PRIME};
use super::{Dice, Of, at_levels};
use gmca_gm::harness;
use sm2::Scalar;
use sm2::elliptic_curve::group::ff::PrimeField;
use sm2::elliptic_curve::hazmat::FieldArithmetic;

type Element = <sm2::Sm2 as FieldArithmetic>::FieldElement;

/// A number below `m`, which is between 2²⁵⁵ and 2²⁵⁶.
fn below(dice: &mut Dice<'_>, m: &[u8; 32]) -> [u8; 32] {
    let number = if dice.once_in(4) { dice.array() } else { dice.limbs() };
    if number < *m {
        return number;
    }
    // At or above m: as far below it, or simply smaller.
    let mut number = number;
    number[0] >>= 1;
    number
}

/// Numbers just below m, more often than they come by themselves.
fn near(dice: &mut Dice<'_>, m: &[u8; 32]) -> [u8; 32] {
    let mut number = *m;
    let last = number.last_chunk_mut::<8>().unwrap();
    *last = u64::from_be_bytes(*last).wrapping_sub(1 + dice.next() % 5).to_be_bytes();
    number
}

fn operand(dice: &mut Dice<'_>, m: &[u8; 32]) -> [u8; 32] {
    if dice.once_in(16) { near(dice, m) } else { below(dice, m) }
}

pub(crate) fn field(dice: &mut Dice<'_>) {
    let (a, b) = (operand(dice, &PRIME), operand(dice, &PRIME));
    let read = |bytes: &[u8; 32]| Element::from_repr((*bytes).into()).unwrap();
    let (x, y) = (read(&a), read(&b));
    // 1/R for R = 2²⁵⁶.
    let r = Element::TWO_INV.pow_vartime(&sm2::U256::from(256_u64));
    let products = [x * y * r, x.square() * r, (x * y - y.square()) * r];
    let inverse = Option::<Element>::from(x.invert()).unwrap_or(Element::ZERO);
    let [ab, aa, less] = products;
    let expected = [ab, aa, less, x + y, x - y, x * Element::TWO_INV, inverse];
    let expected = expected.map(|element| <[u8; 32]>::from(element.to_repr()));
    // Lanes have R = 2²⁶⁰.
    let in_lanes =
        <[u8; 32]>::from((ab * Element::TWO_INV.pow_vartime(&sm2::U256::from(4_u64))).to_repr());
    at_levels(Of::Sm2, |level| {
        let found = harness::field(&a, &b);
        assert_eq!(found, expected, "at {level}: a = {a:02x?}, b = {b:02x?}");
        for found in harness::products(&a, &b).into_iter().flatten() {
            assert_eq!(found, in_lanes, "at {level}, four lanes: a = {a:02x?}, b = {b:02x?}");
        }
    });
}

pub(crate) fn scalar(dice: &mut Dice<'_>) {
    let (a, mut b, mut c) = (operand(dice, &ORDER), operand(dice, &ORDER), dice.limbs());
    if dice.once_in(4) {
        // Products that fill some limbs only.
        let zeros = 8 + dice.below(24);
        b[..zeros].fill(0);
        c[..24 - zeros.min(24)].fill(0);
    }
    let (x, y, z) = (theirs::reduced(&a), theirs::reduced(&b), theirs::reduced(&c));
    let r = Scalar::TWO_INV.pow_vartime(&sm2::U256::from(256_u64));
    let two = Scalar::from(2_u64).pow_vartime(&sm2::U256::from(256_u64));
    let inverse = Option::<Scalar>::from(x.invert()).unwrap_or(Scalar::ZERO);
    let expected = [x * y * r, z * y * r, x + y, x - y, z, inverse, z * two + x];
    let expected = expected.map(|number| theirs::bytes(&number));
    at_levels(Of::Sm2, |level| {
        let found = harness::scalar(&a, &b, &c);
        assert_eq!(found, expected, "at {level}: a = {a:02x?}, b = {b:02x?}, c = {c:02x?}");
    });
}
