// SPDX-License-Identifier: Apache-2.0
//! Arithmetic modulo p and n against arithmetic bit by bit.

use super::super::field::{self, ONE};
use super::super::scalar::Scalar;
use super::{Numbers, at_every_level, bytes_of, edges, naive_product, naive_sum, plus};
use crate::low::sm2::{Level, Limbs, MODULUS_N, MODULUS_P, P, mod_n};

/// R² mod p.
const R2: Limbs = [0x2_0000_0003, 0x2_ffff_ffff, 0x1_0000_0001, 0x4_0000_0002];

fn check_field<L: Level>(l: L, a: &Limbs, b: &Limbs) {
    // a·b/R, times R²/R.
    let product = l.mul(&l.mul(a, b), &R2);
    assert_eq!(product, naive_product(a, b, &P), "{l:?} {a:x?} · {b:x?}");
    assert_eq!(l.sqr(a), l.mul(a, a), "{l:?} {a:x?}²");
    assert_eq!(l.add(a, b), naive_sum(a, b, &P), "{l:?} {a:x?} + {b:x?}");
    assert_eq!(l.add(&l.sub(a, b), b), *a, "{l:?} {a:x?} - {b:x?}");
    // Two products, one reduction: with the squares of both, of either sign.
    for (m, other) in [(l.sqr_wide(a), a), (l.sqr_wide(b), b), (l.mul_wide(a, b), a)] {
        let product = if other == a && m == l.mul_wide(a, b) { l.mul(a, b) } else { l.sqr(other) };
        assert_eq!(l.mul_sub(a, b, &m), l.sub(&l.mul(a, b), &product), "{l:?} {a:x?} {b:x?}");
    }
    let half = l.halve(a);
    assert_eq!(l.add(&half, &half), *a, "{l:?} {a:x?}/2");
    for result in [product, l.sub(a, b), half, l.sqr(a)] {
        assert!(super::less(&result, &P), "{l:?}: below p");
    }
}

#[test]
fn field_operations_are_right() {
    let edges = edges(&P);
    let mut numbers = Numbers(0);
    for (i, a) in edges.iter().enumerate() {
        // Each edge with itself, its mirror image, and one that is random.
        for b in [*a, edges[edges.len() - 1 - i], numbers.below(&P)] {
            at_every_level!(l => check_field(l, a, &b));
        }
    }
    for _ in 0..2000 {
        let (a, b) = (numbers.below(&P), numbers.below(&P));
        at_every_level!(l => check_field(l, &a, &b));
    }
}

#[test]
fn levels_agree_on_every_pair_of_edges() {
    let edges = edges(&P);
    for a in edges.iter().step_by(3) {
        for b in edges.iter().step_by(5) {
            let expected = crate::low::sm2::Portable.mul(a, b);
            at_every_level!(l => assert_eq!(l.mul(a, b), expected, "{l:?} {a:x?} {b:x?}"));
        }
    }
}

#[test]
fn inverses_are_right() {
    let mut numbers = Numbers(100);
    let random = (0..1000).map(|_| numbers.bytes()).collect::<Vec<_>>();
    at_every_level!(l => {
        let mut all = edges(&P);
        all.extend(random.iter().filter_map(|bytes| field::from_bytes(l, bytes)));
        for a in all {
            let expected = if a == [0; 4] { a } else { ONE };
            assert_eq!(l.mul(&field::invert(l, &a), &a), expected, "{l:?} 1/{a:x?}");
        }
        assert_eq!(l.invert(&[1, 0, 0, 0], &MODULUS_P), [1, 0, 0, 0]);
        let mut all = edges(&mod_n::N);
        all.extend(random.iter().map(|bytes| *Scalar::reduce(bytes).limbs()));
        for a in all {
            let product = naive_product(&l.invert(&a, &MODULUS_N), &a, &mod_n::N);
            let expected = [u64::from(a != [0; 4]), 0, 0, 0];
            assert_eq!(product, expected, "{l:?} 1/{a:x?} mod n");
        }
    });
}

#[test]
fn scalar_operations_are_right() {
    let n = &mod_n::N;
    let mut numbers = Numbers(200);
    let mut all = edges(n);
    all.extend((0..500).map(|_| numbers.below(n)));
    for (a, b) in all.iter().zip(all.iter().rev()) {
        let (x, y) = (Scalar::reduce_limbs(a), Scalar::reduce_limbs(b));
        assert_eq!(*x.mul(&y).limbs(), naive_product(a, b, n));
        assert_eq!(*x.add(&y).limbs(), naive_sum(a, b, n));
        assert_eq!(x.sub(&y).add(&y).limbs(), a);
    }
}

#[test]
fn wide_numbers_are_reduced_modulo_n() {
    let n = &mod_n::N;
    let mut numbers = Numbers(300);
    let two_to_the_256 = minus_n_from_zero();
    for _ in 0..200 {
        let (upper, lower) = (numbers.bytes(), numbers.bytes());
        let mut wide = [0; 64];
        wide[..32].copy_from_slice(&upper);
        wide[32..].copy_from_slice(&lower);
        let upper = Scalar::reduce(&upper);
        let expected = naive_product(upper.limbs(), &two_to_the_256, n);
        let expected = naive_sum(&expected, Scalar::reduce(&lower).limbs(), n);
        assert_eq!(*Scalar::reduce_wide(&wide).limbs(), expected);
    }
    assert_eq!(*Scalar::reduce_wide(&[0; 64]).limbs(), [0; 4]);
    let all_ones = naive_product(&two_to_the_256, &two_to_the_256, n);
    assert_eq!(plus(Scalar::reduce_wide(&[255; 64]).limbs(), 1), all_ones);
}

/// 2²⁵⁶ − n.
fn minus_n_from_zero() -> Limbs {
    crate::low::sm2::sub_limbs(&[0; 4], &mod_n::N).0
}

#[test]
fn private_keys_are_in_range() {
    let bytes = |limbs: &Limbs| {
        let mut wide = [0; 64];
        wide[32..].copy_from_slice(&bytes_of(limbs));
        Scalar::reduce_to_private(&wide)
    };
    let n = mod_n::N;
    for (number, expected) in [
        ([0; 4], [1, 0, 0, 0]),
        ([1, 0, 0, 0], [1, 0, 0, 0]),
        ([2, 0, 0, 0], [2, 0, 0, 0]),
        (super::minus(&n, 1), [1, 0, 0, 0]),
        (super::minus(&n, 2), super::minus(&n, 2)),
        (n, [1, 0, 0, 0]),
    ] {
        assert_eq!(*bytes(&number).limbs(), expected);
    }
}

#[test]
fn bytes_out_of_range_are_refused() {
    at_every_level!(l => {
        assert!(field::from_bytes(l, &bytes_of(&P)).is_none());
        assert!(field::from_bytes(l, &[255; 32]).is_none());
        let last = super::minus(&P, 1);
        let read = field::from_bytes(l, &bytes_of(&last)).unwrap();
        assert_eq!(field::to_plain(l, &read), last);
    });
    assert!(Scalar::from_bytes(&bytes_of(&mod_n::N)).is_none());
    assert!(Scalar::from_bytes(&[0; 32]).is_none());
    assert!(Scalar::from_bytes(&bytes_of(&super::minus(&mod_n::N, 1))).is_some());
}
