// SPDX-License-Identifier: Apache-2.0
//! The level of SM2 for processors with ADX and AVX2: two carry chains at once, and tables read 32
//! bytes at once, or 64 with AVX-512.

use super::{sm2_field, sm2_inverse, sm2_select};
use crate::low::cpu::{Adx, Avx2, Avx512};
use crate::low::lanes::PointLanes;
use crate::low::portable::{sm2_field as portable, sm2_inverse as inverse};
use crate::low::sm2::{Level, Limbs, Modulus};
use crate::plant::{self, Plant};

/// Proof of ADX, BMI2 and AVX2; perhaps of AVX-512 for the reading of tables, and of lanes for sums of
/// many points.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wide {
    adx: Adx,
    avx2: Avx2,
    avx512: Option<Avx512>,
    lanes: Option<PointLanes>,
}

impl Wide {
    /// The level, if this processor has all of it.
    #[inline]
    pub(crate) fn detect() -> Option<Self> {
        let (avx512, lanes) = (Avx512::detect(), PointLanes::detect());
        Some(Self { adx: Adx::detect()?, avx2: Avx2::detect()?, avx512, lanes })
    }

    /// The same without lanes.
    #[cfg(test)]
    pub(crate) fn without_lanes(self) -> Self {
        Self { lanes: None, ..self }
    }

    /// The same without AVX-512.
    #[cfg(test)]
    pub(crate) fn without_avx512(self) -> Self {
        Self { avx512: None, lanes: None, ..self }
    }

    /// Whether AVX-512 is used.
    #[cfg(test)]
    pub(crate) fn has_avx512(self) -> bool {
        self.avx512.is_some()
    }
}

impl Level for Wide {
    fn name(self) -> &'static str {
        match (self.avx512, self.lanes) {
            (_, Some(_)) => "ADX, BMI2, AVX-512 IFMA",
            (Some(_), None) => "ADX, BMI2, AVX-512",
            (None, None) => "ADX, BMI2, AVX2",
        }
    }

    #[inline(always)]
    fn mul(self, a: &Limbs, b: &Limbs) -> Limbs {
        let product = sm2_field::mul(self.adx, a, b);
        if plant::is(Plant::ProductCarry) && product[2] as u32 == u32::MAX {
            return [product[0], product[1], product[2], product[3].wrapping_sub(1)];
        }
        product
    }

    #[inline(always)]
    fn sqr(self, a: &Limbs) -> Limbs {
        sm2_field::sqr(self.adx, a)
    }

    #[inline(always)]
    fn mul_wide(self, a: &Limbs, b: &Limbs) -> [u64; 8] {
        sm2_field::mul_wide(self.adx, a, b)
    }

    #[inline(always)]
    fn sqr_wide(self, a: &Limbs) -> [u64; 8] {
        sm2_field::sqr_wide(self.adx, a)
    }

    #[inline(always)]
    fn mul_sub(self, a: &Limbs, b: &Limbs, m: &[u64; 8]) -> Limbs {
        sm2_field::mul_sub(self.adx, a, b, m)
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
        portable::halve(a)
    }

    #[inline(never)]
    fn invert(self, x: &Limbs, m: &Modulus) -> Limbs {
        inverse::invert(x, m, sm2_inverse::batch)
    }

    #[inline(always)]
    fn select_8(self, table: &[[u64; 8]], index: u64) -> [u64; 8] {
        match self.avx512 {
            Some(avx512) => sm2_select::wide_select_8(avx512, table, index),
            None => sm2_select::select_8(self.avx2, table, index),
        }
    }

    #[inline(always)]
    fn select_12(self, table: &[[u64; 12]], index: u64) -> [u64; 12] {
        match self.avx512 {
            Some(avx512) => sm2_select::wide_select_12(avx512, table, index),
            None => sm2_select::select_12(self.avx2, table, index),
        }
    }

    #[inline(always)]
    fn lanes(self) -> Option<PointLanes> {
        self.lanes
    }
}
