// SPDX-License-Identifier: Apache-2.0
//! One sum of many points, spread over the eight lanes: what a single multiplication with a table of
//! multiples needs.
//!
//! Points come as the tables of `mid/sm2` hold them, x and y in Montgomery form with R = 2^256. Here
//! the same limbs stand for x/16 and y/16, because R = 2^260; with y/64 in place of y/16 that is a
//! point of a curve isomorphic to SM2's, and the formulas for sums do not know which of them it is.
//! A Jacobian point of it, with Z/4 in place of Z, is one of SM2's curve again.

use super::field::Fe;
use super::point::{Affine, Point};
use super::prime::{Prime, Sm2, power_of_two};
use crate::low::cpu::Ifma;
use crate::low::lanes::{Number, Step};
use core::arch::x86_64::*;

/// Adds the points of all steps lane by lane, then those of each lane of odd number to the one
/// before it. Constant time. A sum with Z = 0 says that two points were equal or opposite.
pub(in crate::low) fn sum(_cpu: Ifma, steps: &[Step]) -> [[Number; 3]; 4] {
    // SAFETY: `_cpu` exists only if this processor has AVX-512 F, BW, VL, DQ and IFMA.
    unsafe { sum_ifma(steps) }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512ifma")]
fn sum_ifma(steps: &[Step]) -> [[Number; 3]; 4] {
    let mut sum = Point::<Sm2>::infinity();
    for step in steps {
        let next = read(&step.points).negated_where(step.negative);
        sum = sum.plus_affine(&next).or_where(step.begin, next.projective());
    }
    let sum = sum.plus(&Point { x: next_lane(sum.x), y: next_lane(sum.y), z: next_lane(sum.z) });
    let (x, y) = (sum.x.to_words_times(&TWO_256), sum.y.to_words_times(&TWO_256));
    let z = sum.z.to_words_times(&TWO_254);
    [0, 2, 4, 6].map(|lane: usize| [x[lane], y[lane], z[lane]])
}

/// x as it is, y times 2^258 / 2^260.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn read(points: &[[u64; 8]; 8]) -> Affine<Sm2> {
    let [x0, x1, x2, x3, y0, y1, y2, y3] = transposed(points);
    let x = limbs([x0, x1, x2, x3]);
    Affine { x, y: limbs([y0, y1, y2, y3]).mul(Fe::splat(&TWO_258)) }
}

/// Limbs of 52 bits of four words in each lane.
#[inline]
#[target_feature(enable = "avx512f")]
fn limbs(w: [__m512i; 4]) -> Fe<Sm2> {
    let mask = _mm512_set1_epi64((1 << 52) - 1);
    let cut = |limb| _mm512_and_si512(limb, mask);
    Fe::new([
        cut(w[0]),
        cut(_mm512_or_si512(_mm512_srli_epi64::<52>(w[0]), _mm512_slli_epi64::<12>(w[1]))),
        cut(_mm512_or_si512(_mm512_srli_epi64::<40>(w[1]), _mm512_slli_epi64::<24>(w[2]))),
        cut(_mm512_or_si512(_mm512_srli_epi64::<28>(w[2]), _mm512_slli_epi64::<36>(w[3]))),
        _mm512_srli_epi64::<16>(w[3]),
    ])
}

/// Word i of all eight rows as vector i.
#[inline]
#[target_feature(enable = "avx512f")]
fn transposed(rows: &[[u64; 8]; 8]) -> [__m512i; 8] {
    let r = rows.each_ref().map(|row| super::field::load(row));
    // Pairs of words, then pairs of pairs, then halves.
    let low = |a, b| _mm512_unpacklo_epi64(a, b);
    let high = |a, b| _mm512_unpackhi_epi64(a, b);
    let pairs = [
        [low(r[0], r[1]), low(r[2], r[3]), low(r[4], r[5]), low(r[6], r[7])],
        [high(r[0], r[1]), high(r[2], r[3]), high(r[4], r[5]), high(r[6], r[7])],
    ];
    let of = |[a, b, c, d]: [__m512i; 4]| {
        let (ab0, ab1) = (_mm512_shuffle_i64x2::<0x88>(a, b), _mm512_shuffle_i64x2::<0xdd>(a, b));
        let (cd0, cd1) = (_mm512_shuffle_i64x2::<0x88>(c, d), _mm512_shuffle_i64x2::<0xdd>(c, d));
        [
            _mm512_shuffle_i64x2::<0x88>(ab0, cd0),
            _mm512_shuffle_i64x2::<0x88>(ab1, cd1),
            _mm512_shuffle_i64x2::<0xdd>(ab0, cd0),
            _mm512_shuffle_i64x2::<0xdd>(ab1, cd1),
        ]
    };
    let ([a, c, e, g], [b, d, f, h]) = (of(pairs[0]), of(pairs[1]));
    [a, b, c, d, e, f, g, h]
}

/// What stands in the next lane.
#[inline]
#[target_feature(enable = "avx512f")]
fn next_lane(element: Fe<Sm2>) -> Fe<Sm2> {
    Fe::new(element.0.map(|limb| _mm512_alignr_epi64::<1>(limb, limb)))
}

const TWO_254: [u64; 5] = [0, 0, 0, 0, 1 << 46];
const TWO_256: [u64; 5] = power_of_two(256, Sm2::P);
const TWO_258: [u64; 5] = power_of_two(258, Sm2::P);
