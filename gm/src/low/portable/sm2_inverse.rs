// SPDX-License-Identifier: Apache-2.0
//! Inversion modulo p and n by division steps (Bernstein and Yang, "Fast constant-time gcd
//! computation and modular inversion", 2019), with δ starting at 1/2.
//!
//! 590 steps suffice for 256 bits; this makes 10 rounds of 60. Numbers are five limbs of 62 bits
//! with sign. Bounds and the count of steps are in `gm/docs/sm2.md`.

use super::sm2_field::{Limbs, P};
use super::sm2_scalar::N;
use super::sm2_select::sign_mask;
use crate::plant::{self, Plant};

/// A modulus m, and m⁻¹ mod 2⁶².
#[derive(Clone, Copy, Debug)]
pub(crate) struct Modulus {
    limbs: [i64; 5],
    inverse: u64,
}

/// p.
pub(crate) const MODULUS_P: Modulus = Modulus { limbs: split(&P), inverse: 0x3fff_ffff_ffff_ffff };
/// n.
pub(crate) const MODULUS_N: Modulus = Modulus { limbs: split(&N), inverse: 0x0d80_6177_8dca_f68b };

/// 2⁶² times a product of division steps.
#[derive(Clone, Copy, Debug)]
struct Matrix {
    u: i64,
    v: i64,
    q: i64,
    r: i64,
}

/// x⁻¹ mod m for x < m; 0 for 0. `batch` makes [`BATCH`] division steps on packed words.
#[inline(always)]
pub(crate) fn invert(
    x: &Limbs,
    m: &Modulus,
    batch: impl Fn(&mut i64, &mut i64, &mut i64),
) -> Limbs {
    let (mut f, mut g) = (m.limbs, split(x));
    let (mut d, mut e) = ([0; 5], [1, 0, 0, 0, 0]);
    // −(δ + 1/2)
    let mut zeta = -1;
    for _ in 0..ROUNDS - 2 * usize::from(plant::is(Plant::InverseRounds)) {
        let t = steps(&mut zeta, low_64(&f), low_64(&g), &batch);
        update_de(&mut d, &mut e, &t, m);
        update_fg(&mut f, &mut g, &t);
    }
    debug_assert!(g == [0; 5] || plant::is(Plant::InverseRounds), "the rounds suffice");
    join(&normalize(&d, sign_mask(f[4]), m))
}

/// 60 division steps in three batches of 20, as 2⁶² times their matrix.
#[inline(always)]
fn steps(
    zeta: &mut i64,
    mut f: i64,
    mut g: i64,
    batch: &impl Fn(&mut i64, &mut i64, &mut i64),
) -> Matrix {
    let mut all = Matrix { u: 4, v: 0, q: 0, r: 4 };
    for _ in 0..3 {
        let (mut a, mut b) = pack(f, g);
        batch(zeta, &mut a, &mut b);
        let ((u, v), (q, r)) = (unpack(a), unpack(b));
        all = Matrix {
            u: u * all.u + v * all.q,
            v: u * all.v + v * all.r,
            q: q * all.u + r * all.q,
            r: q * all.v + r * all.r,
        };
        // The upper 20 bits are wrong after each batch; 60 of 64 bits are used up at the end.
        let apply = |a: i64, b: i64| f.wrapping_mul(a).wrapping_add(g.wrapping_mul(b)) >> BATCH;
        (f, g) = (apply(u, v), apply(q, r));
    }
    all
}

/// One word each for f and g, which holds the low bits and, above them, the negated row of the
/// matrix: `low − U·2²¹ − V·2⁴²`. U and V begin at 2²⁰ and are halved with the rest. Always
/// |low| < 2²⁰ and |U| + |V| ≤ 2²⁰; why neither a word nor a field overflows is in
/// `gm/docs/sm2.md`.
#[inline(always)]
fn pack(f: i64, g: i64) -> (i64, i64) {
    let low = (1 << BATCH) - 1;
    ((f & low) - (1 << (BATCH + U_AT)), (g & low) - (1 << (BATCH + V_AT)))
}

/// (U, V): what is below a field rounds away.
#[inline(always)]
fn unpack(x: i64) -> (i64, i64) {
    let v = (x + (1 << (V_AT - 1))) >> V_AT;
    let rest = x - (v << V_AT);
    (-((rest + (1 << (U_AT - 1))) >> U_AT), -v)
}

/// [`BATCH`] division steps on packed words.
#[inline(always)]
pub(crate) fn batch(zeta: &mut i64, f: &mut i64, g: &mut i64) {
    for _ in 0..BATCH {
        // δ > 0 and g odd: (δ, f, g) becomes (1 − δ, g, (g − f)/2), else (1 + δ, f, (g + odd·f)/2).
        let positive = *zeta >> 63;
        let odd = (*g & 1).wrapping_neg();
        *g += ((*f ^ positive) - positive) & odd;
        let swap = positive & odd;
        *zeta = (*zeta ^ swap) - 1;
        *f += *g & swap;
        *g >>= 1;
    }
}

/// (f, g) ← t·(f, g)/2⁶², exactly.
#[inline(always)]
fn update_fg(f: &mut [i64; 5], g: &mut [i64; 5], t: &Matrix) {
    let (mut cf, mut cg) = row(t, f[0], g[0]);
    debug_assert!(cf as u64 & MASK == 0 && cg as u64 & MASK == 0, "the low limb is cleared");
    (cf, cg) = (cf >> 62, cg >> 62);
    for i in 1..5 {
        let (a, b) = row(t, f[i], g[i]);
        (cf, cg) = (cf + a, cg + b);
        (f[i - 1], g[i - 1]) = ((cf as u64 & MASK) as i64, (cg as u64 & MASK) as i64);
        (cf, cg) = (cf >> 62, cg >> 62);
    }
    (f[4], g[4]) = (cf as i64, cg as i64);
}

/// (d, e) ← t·(d, e)/2⁶² mod m. Both stay between −2m and m.
#[inline(always)]
fn update_de(d: &mut [i64; 5], e: &mut [i64; 5], t: &Matrix, m: &Modulus) {
    let (sd, se) = (sign_mask(d[4]), sign_mask(e[4]));
    // First add m once for each negative one, then the multiple of m that clears the low limb.
    let mut md = (t.u & sd) + (t.v & se);
    let mut me = (t.q & sd) + (t.r & se);
    let (mut cd, mut ce) = row(t, d[0], e[0]);
    let clear =
        |c: i128, k: i64| ((c as u64).wrapping_mul(m.inverse).wrapping_add(k as u64) & MASK) as i64;
    md -= clear(cd, md);
    me -= clear(ce, me);
    (cd, ce) = (cd + wide(m.limbs[0], md), ce + wide(m.limbs[0], me));
    debug_assert!(cd as u64 & MASK == 0 && ce as u64 & MASK == 0, "the low limb is cleared");
    (cd, ce) = (cd >> 62, ce >> 62);
    for i in 1..5 {
        let (a, b) = row(t, d[i], e[i]);
        (cd, ce) = (cd + a + wide(m.limbs[i], md), ce + b + wide(m.limbs[i], me));
        (d[i - 1], e[i - 1]) = ((cd as u64 & MASK) as i64, (ce as u64 & MASK) as i64);
        (cd, ce) = (cd >> 62, ce >> 62);
    }
    (d[4], e[4]) = (cd as i64, ce as i64);
}

/// d·f mod m in 0..m, where f is ±1 with the sign given as a mask, and −2m < d < m.
#[inline(always)]
fn normalize(d: &[i64; 5], negative: i64, m: &Modulus) -> [i64; 5] {
    let mut d = add_if_negative(d, m);
    d.iter_mut().for_each(|limb| *limb = (*limb ^ negative) - negative);
    let d = carry(&d);
    // Now −m < d < m.
    add_if_negative(&d, m)
}

#[inline(always)]
fn add_if_negative(d: &[i64; 5], m: &Modulus) -> [i64; 5] {
    let mask = sign_mask(d[4]);
    let mut sum = *d;
    sum.iter_mut().zip(m.limbs).for_each(|(to, limb)| *to += limb & mask);
    carry(&sum)
}

/// Limbs 0 to 3 back to 62 bits without sign.
#[inline(always)]
fn carry(d: &[i64; 5]) -> [i64; 5] {
    let mut d = *d;
    for i in 0..4 {
        d[i + 1] += d[i] >> 62;
        d[i] &= MASK as i64;
    }
    d
}

#[inline(always)]
fn row(t: &Matrix, a: i64, b: i64) -> (i128, i128) {
    (wide(t.u, a) + wide(t.v, b), wide(t.q, a) + wide(t.r, b))
}

#[inline(always)]
fn wide(a: i64, b: i64) -> i128 {
    i128::from(a) * i128::from(b)
}

#[inline(always)]
fn low_64(x: &[i64; 5]) -> i64 {
    x[0] | (x[1] << 62)
}

const fn split(x: &Limbs) -> [i64; 5] {
    [
        (x[0] & MASK) as i64,
        (((x[0] >> 62) | (x[1] << 2)) & MASK) as i64,
        (((x[1] >> 60) | (x[2] << 4)) & MASK) as i64,
        (((x[2] >> 58) | (x[3] << 6)) & MASK) as i64,
        (x[3] >> 56) as i64,
    ]
}

#[inline(always)]
fn join(x: &[i64; 5]) -> Limbs {
    let x = x.map(|limb| limb as u64);
    [
        x[0] | (x[1] << 62),
        (x[1] >> 2) | (x[2] << 60),
        (x[2] >> 4) | (x[3] << 58),
        (x[3] >> 6) | (x[4] << 56),
    ]
}

const ROUNDS: usize = 10;
/// Steps on one word.
const BATCH: u32 = 20;
const U_AT: u32 = 21;
const V_AT: u32 = 42;
const MASK: u64 = (1 << 62) - 1;
