// SPDX-License-Identifier: Apache-2.0
//! Points and their multiples against the `sm2` crate, and against each other.

use super::super::base::{TABLE, multiply_base};
use super::super::comb::Comb;
use super::super::joint::multiply_both_vartime;
use super::super::point::{Affine, G, Jacobian};
use super::super::scalar::{Scalar, wnaf_vartime};
use super::super::variable::multiply;
use super::{Numbers, at_every_level, bytes_of, edges, minus, plus};
use crate::low::sm2::{Level, Limbs, Portable, mod_n};
use sm2::elliptic_curve::PrimeField;
use sm2::elliptic_curve::group::Group;
use sm2::elliptic_curve::sec1::ToSec1Point;
use sm2::{FieldBytes, ProjectivePoint};

/// k·P by the other implementation; `None` for infinity.
fn theirs(k: &Limbs, point: &ProjectivePoint) -> Option<[u8; 65]> {
    let k = sm2::Scalar::from_repr(FieldBytes::from(bytes_of(k))).unwrap();
    encoded(&(*point * k))
}

fn encoded(point: &ProjectivePoint) -> Option<[u8; 65]> {
    (!bool::from(point.is_identity()))
        .then(|| point.to_affine().to_sec1_point(false).as_bytes().try_into().unwrap())
}

fn ours<L: Level>(l: L, point: &Jacobian) -> Option<[u8; 65]> {
    (!point.is_infinity()).then(|| point.to_affine(l).to_bytes(l))
}

fn scalar(limbs: &Limbs) -> Scalar {
    Scalar::reduce_limbs(limbs)
}

/// Numbers at which a recoding could go wrong: edges, halves of n, and n − k for small k, where
/// the last addition meets n.
fn numbers() -> Vec<Limbs> {
    let n = mod_n::N;
    let mut all = edges(&n);
    all.extend((1..=300).map(|k| minus(&n, k)));
    all.extend((1..=300).map(|k| [k, 0, 0, 0]));
    let mut random = Numbers(1000);
    all.extend((0..100).map(|_| random.below(&n)));
    // 30·2²⁵² − n and its like: equal last terms, if digits were added from below.
    for d in 8..16_u64 {
        all.push(crate::low::sm2::sub_limbs(&[0, 0, 0, (2 * d) << 60], &n).0);
    }
    // n − 2·(n mod 2^(7j)): a sum of digits from j on and one of those below that differ by n.
    for j in 1..37_usize {
        let cut = |i: usize| match (7 * j).saturating_sub(64 * i) {
            0 => 0,
            bits if bits < 64 => n[i] & ((1 << bits) - 1),
            _ => n[i],
        };
        let low = [0, 1, 2, 3].map(cut);
        let less = crate::low::sm2::sub_limbs(&n, &low).0;
        all.push(crate::low::sm2::sub_limbs(&less, &low).0);
    }
    all.retain(|k| *k != [0; 4] && super::less(k, &n));
    all
}

#[test]
fn multiples_of_the_base_point_are_right() {
    for k in numbers() {
        let expected = theirs(&k, &ProjectivePoint::GENERATOR);
        at_every_level!(l => {
            assert_eq!(ours(l, &multiply_base(l, &scalar(&k))), expected, "{l:?} {k:x?}·G");
        });
    }
}

#[test]
fn multiples_of_any_point_are_right() {
    let seven = ProjectivePoint::GENERATOR * sm2::Scalar::from(7u64);
    let point = Affine::from_bytes(Portable, &encoded(&seven).unwrap()).unwrap();
    for k in numbers() {
        let expected = theirs(&k, &seven);
        at_every_level!(l => {
            assert_eq!(ours(l, &multiply(l, &scalar(&k), &point)), expected, "{l:?} {k:x?}·P");
        });
    }
}

#[test]
fn tables_multiply_right() {
    let seven = ProjectivePoint::GENERATOR * sm2::Scalar::from(7u64);
    let point = Affine::from_bytes(Portable, &encoded(&seven).unwrap()).unwrap();
    at_every_level!(l => {
        let comb = Comb::new(l, &point);
        for k in numbers().iter().step_by(3) {
            let product = comb.multiply_both_vartime(l, &scalar(&[0; 4]), &scalar(k));
            assert_eq!(ours(l, &product), theirs(k, &seven), "{l:?} {k:x?}·P");
        }
    });
}

#[test]
fn sums_of_multiples_are_right() {
    let seven = ProjectivePoint::GENERATOR * sm2::Scalar::from(7u64);
    let point = Affine::from_bytes(Portable, &encoded(&seven).unwrap()).unwrap();
    let n = mod_n::N;
    let mut random = Numbers(2000);
    let mut pairs =
        vec![([0; 4], [0; 4]), ([7, 0, 0, 0], minus(&n, 1)), ([7, 0, 0, 0], [1, 0, 0, 0])];
    for (i, a) in edges(&n).iter().enumerate().step_by(7) {
        // s + 7t ≡ 0 (infinity), s ≡ 7t (a doubling at the end), and something else.
        let t = scalar(a);
        let seven_t = (0..7).fold(scalar(&[0; 4]), |sum, _| sum.add(&t));
        pairs.push((*scalar(&[0; 4]).sub(&seven_t).limbs(), *a));
        pairs.push((*seven_t.limbs(), *a));
        pairs.push(([i as u64, 0, 0, 0], *a));
        pairs.push((random.below(&n), *a));
    }
    at_every_level!(l => {
        let comb = Comb::new(l, &point);
        for (s, t) in &pairs {
            let repr = |k: &Limbs| sm2::Scalar::from_repr(FieldBytes::from(bytes_of(k))).unwrap();
            let expected = encoded(&(ProjectivePoint::GENERATOR * repr(s) + seven * repr(t)));
            let (s, t) = (scalar(s), scalar(t));
            assert_eq!(ours(l, &multiply_both_vartime(l, &s, &t, &point)), expected);
            assert_eq!(ours(l, &comb.multiply_both_vartime(l, &s, &t)), expected);
        }
    });
}

/// No closure: for those, rustc 1.95 lets two calls share an argument that the first one changes
/// (rust-lang/rust#155241).
fn twice<L: Level>(l: L, mut point: Jacobian) -> Jacobian {
    point.double(l);
    point
}

#[test]
fn additions_by_branches_take_any_two_points() {
    at_every_level!(l => {
        let g = G.to_jacobian();
        let infinity = Jacobian::INFINITY;
        let sum = |point: &Jacobian, other: &Affine| {
            let mut sum = *point;
            sum.add_affine_vartime(l, other);
            sum
        };
        let double = twice(l, g);
        let opposite = Affine { x: G.x, y: l.sub(&[0; 4], &G.y) };
        let same = |a: &Jacobian, b: &Jacobian| assert_eq!(ours(l, a), ours(l, b));
        same(&sum(&g, &G), &double);
        same(&sum(&infinity, &G), &g);
        same(&sum(&g, &opposite), &infinity);
        same(&g.add_vartime(l, &g), &double);
        same(&g.add_vartime(l, &opposite.to_jacobian()), &infinity);
        same(&infinity.add_vartime(l, &g), &g);
        same(&g.add_vartime(l, &infinity), &g);
        same(&twice(l, infinity), &infinity);
        // 2G + G with another Z than 1, both ways.
        let three = sum(&double, &G);
        same(&double.add_vartime(l, &g), &three);
        same(&three.add_vartime(l, &opposite.to_jacobian()), &double);
        same(&double.add_vartime(l, &twice(l, g)), &twice(l, double));
    });
}

#[test]
fn points_are_read_with_a_check() {
    let mut bytes = G.to_bytes(Portable);
    let mut compressed = [0; 33];
    compressed.copy_from_slice(&bytes[..33]);
    at_every_level!(l => {
        assert_eq!(Affine::from_bytes(l, &bytes), Some(G));
        compressed[0] = 2 + (bytes[64] & 1);
        assert_eq!(Affine::from_compressed(l, &compressed), Some(G));
        compressed[0] ^= 1;
        let opposite = Affine { x: G.x, y: l.sub(&[0; 4], &G.y) };
        assert_eq!(Affine::from_compressed(l, &compressed), Some(opposite));
        for first in [0, 1, 4, 5, 6, 7] {
            compressed[0] = first;
            assert_eq!(Affine::from_compressed(l, &compressed), None);
        }
        // Of the next x, some are on the curve and some not.
        compressed[0] = 2;
        let mut found = 0;
        for x in 0..20 {
            compressed[32] = x;
            if let Some(point) = Affine::from_compressed(l, &compressed) {
                assert_eq!(Affine::from_bytes(l, &point.to_bytes(l)), Some(point));
                found += 1;
            }
        }
        assert!((1..20).contains(&found));
        compressed.copy_from_slice(&bytes[..33]);
    });
    bytes[64] ^= 1;
    at_every_level!(l => assert_eq!(Affine::from_bytes(l, &bytes), None));
    bytes[64] ^= 1;
    bytes[0] = 6;
    at_every_level!(l => assert_eq!(Affine::from_bytes(l, &bytes), None));
}

#[test]
fn the_table_of_the_base_point_is_right() {
    assert!(Comb::new(Portable, &G).rows() == &TABLE.0);
}

/// Writes the file anew: `cargo test -p gmca-gm -- --ignored the_table_of_the_base_point_is_written`.
#[test]
#[ignore = "writes src/mid/sm2/base.bin"]
#[allow(clippy::disallowed_methods)] // writes a file of the source tree
fn the_table_of_the_base_point_is_written() {
    let words = Comb::new(Portable, &G);
    let words = words.rows().iter().flatten().flatten();
    let bytes = words.flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/mid/sm2/base.bin");
    std::fs::write(path, bytes).unwrap();
}

/// No number below n makes a last addition of equal points: n + 2d would have to end in the bits
/// that have the digit d, for a negative d (`gm/docs/sm2.md`). With width 5, d = −3 does.
#[test]
fn the_widths_have_no_exceptional_number() {
    let exceptional = |width: u32| {
        let digits = (0..1_i64 << width).map(|i| 2 * i + 1 - (1 << width)).filter(|d| *d < 0);
        let fits = |d: &i64| {
            let ending = (mod_n::N[0] as i64 + 2 * d) & ((2 << width) - 1);
            (ending | 1) - (1 << width) == *d
        };
        digits.filter(fits).collect::<Vec<_>>()
    };
    assert_eq!(exceptional(6), [0; 0]);
    assert_eq!(exceptional(7), [0; 0]);
    assert_eq!(exceptional(5), [-3]);
}

/// The last sum of `spread::multiply` is exceptional for no number: `gm/docs/sm2.md`.
#[test]
fn bit_70_of_n_is_0() {
    assert_eq!(mod_n::N[1] >> 6 & 1, 0);
}

#[test]
fn digits_add_up() {
    for k in numbers() {
        let (odd, flip) = scalar(&k).make_odd();
        let value = |i: usize, width: usize| {
            let (count, digit) = match width {
                6 => (42, odd.digit::<6>(i)),
                _ => (36, odd.digit::<7>(i)),
            };
            if i == count {
                let top = if width == 6 { odd.top::<6>(i) } else { odd.top::<7>(i) };
                return scalar(&[2 * top + 1, 0, 0, 0]);
            }
            let amount = scalar(&[2 * digit.index + 1, 0, 0, 0]);
            if digit.negative == 1 { scalar(&[0; 4]).sub(&amount) } else { amount }
        };
        for (width, count) in [(6, 42), (7, 36)] {
            let sum = (0..=count).rev().fold(scalar(&[0; 4]), |sum, i| {
                (0..width).fold(sum, |sum, _| sum.add(&sum)).add(&value(i, width))
            });
            let sum = if flip == 1 { scalar(&[0; 4]).sub(&sum) } else { sum };
            assert_eq!(*sum.limbs(), k, "width {width}");
        }
        check_wnaf(&k, &wnaf_vartime::<5>(&scalar(&k)), 5);
        check_wnaf(&k, &wnaf_vartime::<8>(&scalar(&k)), 8);
    }
    assert_eq!(plus(&[u64::MAX, 0, 0, 0], 1), [0, 1, 0, 0]);
}

fn check_wnaf(k: &Limbs, digits: &[i8; 257], width: usize) {
    let mut last = None;
    let mut sum = scalar(&[0; 4]);
    for (i, digit) in digits.iter().enumerate().rev() {
        sum = sum.add(&sum);
        if *digit == 0 {
            continue;
        }
        assert!(digit % 2 != 0 && u32::from(digit.unsigned_abs()) < 1 << (width - 1));
        assert!(last.is_none_or(|last: usize| last - i >= width), "zeros between");
        last = Some(i);
        let amount = scalar(&[u64::from(digit.unsigned_abs()), 0, 0, 0]);
        sum = if *digit < 0 { sum.sub(&amount) } else { sum.add(&amount) };
    }
    assert_eq!(sum.limbs(), k);
}
