// SPDX-License-Identifier: Apache-2.0
//! What the arithmetic of SM2 is made of, at the level that this processor can do.
//!
//! A level is a token, and whole operations (a signature, a multiplication of a point) are generic
//! over it: [`at_best_level!`] chooses once for each of them.

pub(crate) use super::portable::sm2_field::{Limbs, P, add_limbs, sub_limbs};
pub(crate) use super::portable::sm2_inverse::{MODULUS_N, MODULUS_P, Modulus};
pub(crate) use super::portable::sm2_scalar as mod_n;
pub(crate) use super::portable::sm2_select::mask;
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
pub(crate) use super::x86_64::sm2::Wide;

use super::lanes::PointLanes;
use super::portable::{sm2_field, sm2_inverse, sm2_select};
use core::fmt::Debug;

/// The functions that every level has. Field elements are below p and in Montgomery form.
pub(crate) trait Level: Copy + Debug {
    /// What this level needs of a processor.
    fn name(self) -> &'static str;
    /// a·b/R mod p.
    fn mul(self, a: &Limbs, b: &Limbs) -> Limbs;
    /// a²/R mod p.
    fn sqr(self, a: &Limbs) -> Limbs;
    /// a·b, not reduced.
    fn mul_wide(self, a: &Limbs, b: &Limbs) -> [u64; 8];
    /// a², not reduced.
    fn sqr_wide(self, a: &Limbs) -> [u64; 8];
    /// (a·b − m)/R mod p, for m < p·R.
    fn mul_sub(self, a: &Limbs, b: &Limbs, m: &[u64; 8]) -> Limbs;
    /// a + b mod p.
    fn add(self, a: &Limbs, b: &Limbs) -> Limbs;
    /// a − b mod p.
    fn sub(self, a: &Limbs, b: &Limbs) -> Limbs;
    /// a/2 mod p.
    fn halve(self, a: &Limbs) -> Limbs;
    /// x⁻¹ mod m for any x below m, as plain numbers; 0 for 0.
    fn invert(self, x: &Limbs, m: &Modulus) -> Limbs;
    /// Entry `index`, which may be secret, of a table of affine points. Their number is a multiple
    /// of four.
    fn select_8(self, table: &[[u64; 8]], index: u64) -> [u64; 8];
    /// The same for Jacobian points.
    fn select_12(self, table: &[[u64; 12]], index: u64) -> [u64; 12];
    /// Who sums many points at once, if anybody does.
    fn lanes(self) -> Option<PointLanes>;
}

/// Runs anywhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Portable;

impl Level for Portable {
    fn name(self) -> &'static str {
        "portable"
    }

    #[inline(always)]
    fn mul(self, a: &Limbs, b: &Limbs) -> Limbs {
        sm2_field::mul(a, b)
    }

    #[inline(always)]
    fn sqr(self, a: &Limbs) -> Limbs {
        sm2_field::sqr(a)
    }

    #[inline(always)]
    fn mul_wide(self, a: &Limbs, b: &Limbs) -> [u64; 8] {
        sm2_field::mul_wide(a, b)
    }

    #[inline(always)]
    fn sqr_wide(self, a: &Limbs) -> [u64; 8] {
        sm2_field::sqr_wide(a)
    }

    #[inline(always)]
    fn mul_sub(self, a: &Limbs, b: &Limbs, m: &[u64; 8]) -> Limbs {
        sm2_field::mul_sub(a, b, m)
    }

    #[inline(always)]
    fn add(self, a: &Limbs, b: &Limbs) -> Limbs {
        sm2_field::add(a, b)
    }

    #[inline(always)]
    fn sub(self, a: &Limbs, b: &Limbs) -> Limbs {
        sm2_field::sub(a, b)
    }

    #[inline(always)]
    fn halve(self, a: &Limbs) -> Limbs {
        sm2_field::halve(a)
    }

    #[inline(never)]
    fn invert(self, x: &Limbs, m: &Modulus) -> Limbs {
        sm2_inverse::invert(x, m, sm2_inverse::batch)
    }

    #[inline]
    fn select_8(self, table: &[[u64; 8]], index: u64) -> [u64; 8] {
        sm2_select::select(table, index)
    }

    #[inline]
    fn select_12(self, table: &[[u64; 12]], index: u64) -> [u64; 12] {
        sm2_select::select(table, index)
    }

    #[inline(always)]
    fn lanes(self) -> Option<PointLanes> {
        None
    }
}

/// Evaluates an expression with the best level of this processor.
macro_rules! at_best_level {
    ($level:ident => $run:expr) => {{
        #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
        let result = match crate::low::sm2::Wide::detect() {
            Some($level) => $run,
            None => {
                let $level = crate::low::sm2::Portable;
                $run
            }
        };
        #[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
        let result = {
            let $level = crate::low::sm2::Portable;
            $run
        };
        result
    }};
}
pub(crate) use at_best_level;
