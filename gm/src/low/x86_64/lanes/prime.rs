// SPDX-License-Identifier: Apache-2.0
//! The primes of the two curves, and what is particular to each in the reduction. Both end in 52
//! ones, so that -p^-1 is 1 modulo 2^52 and a digit is its own multiplier.

use crate::low::lanes::Number;
use crate::plant::{self, Plant};
use core::arch::x86_64::*;

/// The prime of a curve, in limbs of 52 bits.
pub(in crate::low::x86_64) trait Prime: Copy {
    const P: [u64; 5];
    /// 2^260 and 2^520 modulo p: one in Montgomery form, and what brings others there.
    const ONE: [u64; 5] = power_of_two(260, Self::P);
    const R_SQUARED: [u64; 5] = power_of_two(520, Self::P);
    /// The order n of the base point, in four words.
    const ORDER: [u64; 4];
    /// The base point.
    const G: [[u64; 4]; 2];
    /// b of y^2 = x^3 - 3x + b.
    const B: [u64; 4];

    /// Adds t\[i\] p 2^52i to the columns, for the low 52 bits of t\[i\], which clears them, and hands
    /// what is left of t\[i\] to t\[i + 1\]. Columns are signed.
    fn fold_digit(t: &mut [__m512i; 10], i: usize);

    /// Adds `times` (2^256 - p) to the limbs.
    fn add_rest(limbs: &mut [__m512i; 5], times: __m512i);
}

/// The prime of SM2's curve (GB/T 32918.5-2017): 2^256 - 2^224 - 2^96 + 2^64 - 1.
#[derive(Clone, Copy)]
pub(in crate::low::x86_64) struct Sm2;

impl Prime for Sm2 {
    const P: [u64; 5] = [
        0xf_ffff_ffff_ffff,
        0xf_f000_0000_0fff,
        0xf_ffff_ffff_ffff,
        0xf_ffff_ffff_ffff,
        0x0_ffff_fffe_ffff,
    ];
    const ORDER: [u64; 4] = [
        0x53bb_f409_39d5_4123,
        0x7203_df6b_21c6_052b,
        0xffff_ffff_ffff_ffff,
        0xffff_fffe_ffff_ffff,
    ];
    const G: [[u64; 4]; 2] = [
        [
            0x715a_4589_334c_74c7,
            0x8fe3_0bbf_f266_0be1,
            0x5f99_0446_6a39_c994,
            0x32c4_ae2c_1f19_8119,
        ],
        [
            0x02df_32e5_2139_f0a0,
            0xd0a9_877c_c62a_4740,
            0x59bd_cee3_6b69_2153,
            0xbc37_36a2_f4f6_779c,
        ],
    ];
    const B: [u64; 4] = [
        0xddbc_bd41_4d94_0e93,
        0xf397_89f5_15ab_8f92,
        0x4d5a_9e4b_cf65_09a7,
        0x28e9_fa9e_9d9f_5e34,
    ];

    /// With m for the digit: limbs 2 and 3 of p are 2^52 - 1, which take m away where they stand
    /// and add it one further, so that only limbs 1 and 4 need products.
    #[inline(always)]
    fn fold_digit(t: &mut [__m512i; 10], i: usize) {
        // SAFETY: vectors of 512 bits exist only behind the token for IFMA.
        unsafe {
            let splat = |limb: u64| _mm512_set1_epi64(limb.cast_signed());
            let m = _mm512_and_si512(t[i], splat(MASK));
            let (p1, p4) = (splat(Self::P[1]), splat(Self::P[4]));
            let left = _mm512_add_epi64(m, _mm512_srai_epi64::<52>(t[i]));
            t[i + 1] = _mm512_add_epi64(_mm512_madd52lo_epu64(t[i + 1], m, p1), left);
            t[i + 2] = _mm512_madd52hi_epu64(_mm512_sub_epi64(t[i + 2], m), m, p1);
            t[i + 4] = _mm512_madd52lo_epu64(_mm512_add_epi64(t[i + 4], m), m, p4);
            t[i + 5] = _mm512_madd52hi_epu64(t[i + 5], m, p4);
        }
    }

    /// 2^256 - p = 2^224 + 2^96 - 2^64 + 1.
    #[inline(always)]
    fn add_rest(limbs: &mut [__m512i; 5], times: __m512i) {
        // SAFETY: vectors of 512 bits exist only behind the token for IFMA.
        unsafe {
            limbs[0] = _mm512_add_epi64(limbs[0], times);
            let high = _mm512_slli_epi64::<44>(times);
            let both = _mm512_sub_epi64(high, _mm512_slli_epi64::<12>(times));
            limbs[1] = _mm512_add_epi64(limbs[1], both);
            limbs[4] = _mm512_add_epi64(limbs[4], _mm512_slli_epi64::<16>(times));
        }
    }
}

/// The prime of P-256 (SP 800-186 section 3.2.1.3): 2^256 - 2^224 + 2^192 + 2^96 - 1.
#[derive(Clone, Copy)]
pub(super) struct P256;

impl Prime for P256 {
    const P: [u64; 5] =
        [0xf_ffff_ffff_ffff, 0x0_0fff_ffff_ffff, 0, 0x0_0010_0000_0000, 0x0_ffff_ffff_0000];
    const ORDER: [u64; 4] = [
        0xf3b9_cac2_fc63_2551,
        0xbce6_faad_a717_9e84,
        0xffff_ffff_ffff_ffff,
        0xffff_ffff_0000_0000,
    ];
    const G: [[u64; 4]; 2] = [
        [
            0xf4a1_3945_d898_c296,
            0x7703_7d81_2deb_33a0,
            0xf8bc_e6e5_63a4_40f2,
            0x6b17_d1f2_e12c_4247,
        ],
        [
            0xcbb6_4068_37bf_51f5,
            0x2bce_3357_6b31_5ece,
            0x8ee7_eb4a_7c0f_9e16,
            0x4fe3_42e2_fe1a_7f9b,
        ],
    ];
    const B: [u64; 4] = [
        0x3bce_3c3e_27d2_604b,
        0x651d_06b0_cc53_b0f6,
        0xb3eb_bd55_7698_86bc,
        0x5ac6_35d8_aa3a_93e7,
    ];

    /// With m for the digit: limb 1 of p is 2^44 - 1, limb 2 is 0, limb 3 is 2^36.
    #[inline(always)]
    fn fold_digit(t: &mut [__m512i; 10], i: usize) {
        // SAFETY: vectors of 512 bits exist only behind the token for IFMA.
        unsafe {
            let splat = |limb: u64| _mm512_set1_epi64(limb.cast_signed());
            let mut m = _mm512_and_si512(t[i], splat(MASK));
            if plant::is(Plant::PrimeLimb) {
                let whole = _mm512_cmpeq_epi64_mask(m, splat(MASK));
                m = _mm512_mask_mov_epi64(m, whole, splat(0));
            }
            let left = _mm512_add_epi64(m, _mm512_srai_epi64::<52>(t[i]));
            t[i + 1] = _mm512_add_epi64(t[i + 1], left);
            for place in [1, 3, 4] {
                let limb = splat(Self::P[place]);
                t[i + place] = _mm512_madd52lo_epu64(t[i + place], m, limb);
                t[i + place + 1] = _mm512_madd52hi_epu64(t[i + place + 1], m, limb);
            }
        }
    }

    /// 2^256 - p = 2^224 - 2^192 - 2^96 + 1.
    #[inline(always)]
    fn add_rest(limbs: &mut [__m512i; 5], times: __m512i) {
        // SAFETY: vectors of 512 bits exist only behind the token for IFMA.
        unsafe {
            limbs[0] = _mm512_add_epi64(limbs[0], times);
            limbs[1] = _mm512_sub_epi64(limbs[1], _mm512_slli_epi64::<44>(times));
            limbs[3] = _mm512_sub_epi64(limbs[3], _mm512_slli_epi64::<36>(times));
            limbs[4] = _mm512_add_epi64(limbs[4], _mm512_slli_epi64::<16>(times));
        }
    }
}

/// The bits of a limb.
pub(in crate::low::x86_64) const MASK: u64 = (1 << 52) - 1;

/// Four words as five limbs.
#[inline]
pub(in crate::low::x86_64) fn limbs_of(w: &Number) -> [u64; 5] {
    [
        w[0] & MASK,
        (w[0] >> 52 | w[1] << 12) & MASK,
        (w[1] >> 40 | w[2] << 24) & MASK,
        (w[2] >> 28 | w[3] << 36) & MASK,
        w[3] >> 16,
    ]
}

/// Five limbs below 2^52, of a number below 2^256, as four words.
#[inline]
pub(in crate::low::x86_64) fn words_of(l: &[u64; 5]) -> Number {
    [l[0] | l[1] << 52, l[1] >> 12 | l[2] << 40, l[2] >> 24 | l[3] << 28, l[3] >> 36 | l[4] << 16]
}

/// 2^n modulo p, by doubling.
pub(in crate::low::x86_64) const fn power_of_two(n: u32, p: [u64; 5]) -> [u64; 5] {
    let mut value = [1, 0, 0, 0, 0];
    let mut done = 0;
    while done < n {
        let mut carry = 0;
        let mut i = 0;
        while i < 5 {
            let doubled = value[i] * 2 + carry;
            value[i] = doubled & MASK;
            carry = doubled >> 52;
            i += 1;
        }
        value = less_p_if_possible(value, p);
        done += 1;
    }
    value
}

const fn less_p_if_possible(value: [u64; 5], p: [u64; 5]) -> [u64; 5] {
    let mut less = [0; 5];
    let mut borrow = 0;
    let mut i = 0;
    while i < 5 {
        let difference = value[i].wrapping_sub(p[i]).wrapping_sub(borrow);
        less[i] = difference & MASK;
        borrow = difference >> 63;
        i += 1;
    }
    if borrow == 1 { value } else { less }
}
