// SPDX-License-Identifier: Apache-2.0
//! The products of four pairs of elements of SM2's field.
//!
//! Column after column from the lowest up, and a digit of the reduction as soon as its column is whole, in
//! this order: compilers put the products together, and then nothing runs beside the chain of digits (67
//! cycles in place of 54, on Zen 4). The derivation is in `gm/docs/lanes.md`.

use crate::low::x86_64::lanes::prime::{MASK, Prime, Sm2};
use core::arch::asm;
use core::arch::x86_64::{__m256i, _mm256_set1_epi64x};

/// A line whose operands are vectors of 256 bits, the last one perhaps a number of bits.
macro_rules! line {
    ($name:literal $to:tt $from:tt) => {
        concat!($name, " {", stringify!($to), ":y}, {", stringify!($from), ":y}\n")
    };
    ($name:literal $to:tt $a:tt $b:tt) => {
        concat!(
            $name,
            " {",
            stringify!($to),
            ":y}, {",
            stringify!($a),
            ":y}, {",
            stringify!($b),
            ":y}\n"
        )
    };
    ($name:literal $to:tt $a:tt by $bits:literal) => {
        concat!($name, " {", stringify!($to), ":y}, {", stringify!($a), ":y}, ", $bits, "\n")
    };
}

/// Adds low halves of products to a column, which may begin here, as `zero` or with what it has.
macro_rules! low {
    ($to:tt: $($a:tt $b:tt),+) => { concat!($(line!("vpmadd52luq" $to $a $b)),+) };
    (zero $to:tt: $($a:tt $b:tt),+) => {
        concat!(line!("vpxorq" $to $to $to), low!($to: $($a $b),+))
    };
    ($to:tt from $start:tt: $($a:tt $b:tt),+) => {
        concat!(line!("vmovdqa64" $to $start), low!($to: $($a $b),+))
    };
}

/// Adds high halves.
macro_rules! high {
    ($to:tt: $($a:tt $b:tt),+) => { concat!($(line!("vpmadd52huq" $to $a $b)),+) };
    (zero $to:tt: $($a:tt $b:tt),+) => {
        concat!(line!("vpxorq" $to $to $to), high!($to: $($a $b),+))
    };
}

macro_rules! add {
    ($to:tt $($what:tt)+) => { concat!($(line!("vpaddq" $to $to $what)),+) };
}

macro_rules! sub {
    ($to:tt $what:tt) => { line!("vpsubq" $to $to $what) };
}

/// The digit of a column.
macro_rules! digit {
    ($to:tt $column:tt) => { line!("vpandq" $to $column mask) };
}

/// What a column hands on beside its digit.
macro_rules! rest {
    ($to:tt $column:tt) => { line!("vpsraq" $to $column by "52") };
}

/// The digit of a column to which nothing was added of the digit below yet. That adds 2^12 - 2^44 times
/// itself, but for multiples of 2^52.
macro_rules! next_digit {
    ($to:tt $column:tt $below:tt) => {
        concat!(
            line!("vpsllq" s $below by "12"),
            line!("vpsllq" u $below by "44"),
            line!("vpaddq" s s $column),
            line!("vpsubq" s s u),
            digit!($to s)
        )
    };
}

/// The product, and five digits of the reduction as they come: columns 5 to 9 are left in r0 to r4.
macro_rules! columns {
    () => {
        concat!(
            // Columns 0, whose digit is itself, and 1.
            low!(zero m0: a0 b0),
            low!(zero t1: a0 b1, a1 b0),
            high!(zero h: a0 b0),
            add!(t1 h),
            next_digit!(m1 t1 m0),
            low!(zero t2: a0 b2, a1 b1, a2 b0),
            high!(zero h: a0 b1, a1 b0),
            low!(t1: m0 p1),
            sub!(h m0),
            high!(h: m0 p1),
            add!(t1 m0),
            rest!(t1 t1),
            low!(t2: m1 p1),
            add!(t1 m1),
            add!(t2 h t1),
            // Columns 2 and 3.
            low!(zero t3: a0 b3, a1 b2, a2 b1, a3 b0),
            high!(zero h: a0 b2, a1 b1, a2 b0, m1 p1),
            sub!(t3 m1),
            add!(t3 h),
            digit!(m2 t2),
            rest!(t2 t2),
            add!(t3 t2),
            next_digit!(m3 t3 m2),
            low!(t4 from m0: a0 b4, a1 b3, a2 b2, a3 b1, a4 b0, m0 p4),
            high!(zero h: a0 b3, a1 b2, a2 b1, a3 b0, m2 p1),
            low!(t3: m2 p1),
            add!(t3 m2),
            sub!(t4 m2),
            rest!(t3 t3),
            add!(h m3),
            low!(t4: m3 p1),
            add!(h t3),
            add!(t4 h),
            // Column 4, and what is left: columns 5 to 9.
            digit!(m4 t4),
            rest!(t4 t4),
            low!(r0 from m1: a1 b4, a2 b3, a3 b2, a4 b1, m1 p4),
            high!(zero h: a0 b4, a1 b3, a2 b2, a3 b1, a4 b0, m0 p4, m3 p1),
            sub!(r0 m3),
            add!(r0 t4 m4),
            low!(r0: m4 p1),
            add!(r0 h),
            low!(r1 from m2: a2 b4, a3 b3, a4 b2, m2 p4),
            high!(zero h: a1 b4, a2 b3, a3 b2, a4 b1, m1 p4),
            sub!(r1 m4),
            high!(h: m4 p1),
            add!(r1 h),
            low!(r2 from m3: a3 b4, a4 b3, m3 p4),
            high!(zero h: a2 b4, a3 b3, a4 b2, m2 p4),
            add!(r2 h),
            low!(r3 from m4: a4 b4, m4 p4),
            high!(zero h: a3 b4, a4 b3, m3 p4),
            add!(r3 h),
            high!(zero r4: a4 b4, m4 p4)
        )
    };
}

type V = __m256i;
/// With a type, which says how wide the registers are.
type Scratch = (V, V, V, V, V, V, V, V, V, V, V, V);

/// a b / R, not carried, below p + ab/16p. Limbs of a and b are below 2^52.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
pub(super) fn product([a0, a1, a2, a3, a4]: [V; 5], [b0, b1, b2, b3, b4]: [V; 5]) -> [V; 5] {
    let [mask, p1, p4] = [MASK, Sm2::P[1], Sm2::P[4]].map(|x| _mm256_set1_epi64x(x.cast_signed()));
    let (r0, r1, r2, r3, r4): (V, V, V, V, V);
    let (_m0, _m1, _m2, _m3, _m4, _t1, _t2, _t3, _t4, _h, _s, _u): Scratch;
    // SAFETY: these features are enabled. Nothing but registers is read or written, all of which are
    // declared, and flags are left alone.
    unsafe {
        asm!(
            columns!(),
            a0 = in(zmm_reg) a0, a1 = in(zmm_reg) a1, a2 = in(zmm_reg) a2, a3 = in(zmm_reg) a3,
            a4 = in(zmm_reg) a4, b0 = in(zmm_reg) b0, b1 = in(zmm_reg) b1, b2 = in(zmm_reg) b2,
            b3 = in(zmm_reg) b3, b4 = in(zmm_reg) b4,
            mask = in(zmm_reg) mask, p1 = in(zmm_reg) p1, p4 = in(zmm_reg) p4,
            m0 = out(zmm_reg) _m0, m1 = out(zmm_reg) _m1, m2 = out(zmm_reg) _m2, m3 = out(zmm_reg) _m3, m4 = out(zmm_reg) _m4, t1 = out(zmm_reg) _t1, t2 = out(zmm_reg) _t2, t3 = out(zmm_reg) _t3, t4 = out(zmm_reg) _t4, h = out(zmm_reg) _h, s = out(zmm_reg) _s, u = out(zmm_reg) _u,
            r0 = out(zmm_reg) r0, r1 = out(zmm_reg) r1, r2 = out(zmm_reg) r2,
            r3 = out(zmm_reg) r3, r4 = out(zmm_reg) r4,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    [r0, r1, r2, r3, r4]
}
