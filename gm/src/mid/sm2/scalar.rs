// SPDX-License-Identifier: Apache-2.0
//! Numbers modulo n, and their digits.

use super::field::{bytes_of, is_zero, limbs_of};
pub(super) use crate::low::lanes::Digit;
use crate::low::secrets::declassify;
use crate::low::sm2::{Level, Limbs, MODULUS_N, mask, mod_n, sub_limbs};
use crate::plant::{self, Plant};
use zeroize::Zeroize;

/// A number below n, as it is (not in Montgomery form). It may be secret: no comparison but those
/// named here, and whoever keeps one wipes it.
#[derive(Clone, Copy, Zeroize)]
pub(crate) struct Scalar(Limbs);

/// A factor in Montgomery form: a product with it costs one multiplication, not two.
#[derive(Clone, Copy, Zeroize)]
pub(crate) struct Factor(Limbs);

/// R² mod n.
const R2: Limbs =
    [0x9011_92af_7c11_4f20, 0x3464_504a_de6f_a2fa, 0x620f_c84c_3aff_e0d4, 0x1eb5_e412_a22b_3d3b];
impl Scalar {
    pub(crate) const ONE: Self = Self([1, 0, 0, 0]);

    /// Reads 32 bytes, most significant first, from 1 to n − 1. Whether they are in range may show.
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let plain = limbs_of(bytes);
        let below = sub_limbs(&plain, &mod_n::N).1;
        let below = below | u64::from(plant::is(Plant::OrderRange));
        (declassify(below & (is_zero(&plain) ^ 1)) == 1).then_some(Self(plain))
    }

    /// Any 32 bytes, modulo n.
    pub(crate) fn reduce(bytes: &[u8; 32]) -> Self {
        Self::reduce_limbs(&limbs_of(bytes))
    }

    /// Any 256 bits, modulo n.
    pub(super) fn reduce_limbs(limbs: &Limbs) -> Self {
        Self(mod_n::reduce(limbs))
    }

    /// Any 64 bytes, modulo n: upper·2²⁵⁶ + lower. Of random bytes, as good as uniform.
    pub(crate) fn reduce_wide(bytes: &[u8; 64]) -> Self {
        let halves = bytes.as_chunks::<32>().0;
        // One factor of a product may be any 256 bits; times R² gives upper·R.
        let upper = Self(mod_n::mul(&limbs_of(&halves[0]), &R2));
        upper.add(&Self::reduce(&halves[1]))
    }

    /// The number of GB/T 32918.1 clause 6.1 for a private key of any 64 bytes: 1 to n − 2.
    pub(crate) fn reduce_to_private(bytes: &[u8; 64]) -> Self {
        // 0 and n − 1 are no private keys. Each has a chance of 2⁻²⁵⁶, and becomes 1.
        let scalar = Self::reduce_wide(bytes);
        let next = scalar.add(&Self::ONE);
        let bad = is_zero(&scalar.0) | is_zero(&next.0);
        let keep = mask(bad ^ 1);
        Self([0, 1, 2, 3].map(|i: usize| (scalar.0[i] & keep) | (Self::ONE.0[i] & !keep)))
    }

    pub(crate) fn to_bytes(self) -> [u8; 32] {
        bytes_of(&self.0)
    }

    pub(super) fn limbs(&self) -> &Limbs {
        &self.0
    }

    pub(crate) fn add(&self, other: &Self) -> Self {
        Self(mod_n::add(&self.0, &other.0))
    }

    pub(crate) fn sub(&self, other: &Self) -> Self {
        Self(mod_n::sub(&self.0, &other.0))
    }

    pub(crate) fn mul(&self, other: &Self) -> Self {
        self.mul_factor(&other.to_factor())
    }

    pub(crate) fn mul_factor(&self, factor: &Factor) -> Self {
        Self(mod_n::mul(&self.0, &factor.0))
    }

    pub(crate) fn to_factor(self) -> Factor {
        Factor(mod_n::mul(&self.0, &R2))
    }

    /// The inverse as a factor; 0 for 0.
    pub(super) fn invert<L: Level>(&self, l: L) -> Factor {
        Factor(mod_n::mul(&l.invert(&self.0, &MODULUS_N), &R2))
    }

    /// Whether this is 0. That answer is no secret, wherever it is asked for.
    pub(crate) fn is_zero(&self) -> bool {
        declassify(is_zero(&self.0)) == 1
    }

    /// This number if it is odd, else n − it, and 1 if it was negated. For numbers that are not 0:
    /// one of both is odd, because n is.
    pub(super) fn make_odd(&self) -> (OddScalar, u64) {
        let negated = mod_n::sub(&[0; 4], &self.0);
        let even = (self.0[0] & 1) ^ 1;
        let mask = mask(even);
        let odd = [0, 1, 2, 3].map(|i: usize| self.0[i] ^ (mask & (self.0[i] ^ negated[i])));
        (OddScalar(odd), even)
    }
}

/// An odd number below n, for its digits.
#[derive(Zeroize)]
pub(super) struct OddScalar(Limbs);

impl OddScalar {
    /// Digit `i` of `Σ dᵢ·2^(w·i)` with all digits odd and |dᵢ| < 2^w: the w + 1 bits from w·i on,
    /// with the lowest set, minus 2^w. Not for the uppermost digit, see [`top`](Self::top).
    #[inline(always)]
    pub(super) fn digit<const W: usize>(&self, i: usize) -> Digit {
        let bits = self.bits(W * i) & ((2 << W) - 1);
        let less = if plant::is(Plant::WindowEdge) && bits + 1 == 2 << W { 2 } else { 0 };
        let digit = (bits | 1) as i64 - (1 << W) - less;
        let sign = digit >> 63;
        Digit { index: ((digit ^ sign) - sign) as u64 >> 1, negative: sign as u64 & 1 }
    }

    /// The index of the uppermost digit, which is positive: what is left above `W·COUNT` bits.
    #[inline(always)]
    pub(super) fn top<const W: usize>(&self, i: usize) -> u64 {
        self.bits(W * i) >> 1
    }

    /// 64 bits (fewer at the end) from a bit on.
    #[inline(always)]
    fn bits(&self, from: usize) -> u64 {
        let (limb, shift) = (from / 64, from % 64);
        let upper = if limb < 3 { self.0[limb + 1] } else { 0 };
        // Twice, because a shift by 64 is none.
        (self.0[limb] >> shift) | (upper << 1 << (63 - shift))
    }
}

/// The digits of a number in non-adjacent form of width w: 0 or odd, below 2^(w − 1) in amount, and
/// of w in a row at most one not 0. For public numbers.
pub(super) fn wnaf_vartime<const W: usize>(scalar: &Scalar) -> [i8; 257] {
    const { assert!(W >= 2 && W <= 8) };
    let mut digits = [0; 257];
    let bit = |i: usize| if i < 256 { scalar.0[i / 64] >> (i % 64) & 1 } else { 0 };
    let (mut i, mut carry) = (0, 0);
    while i < 257 - usize::from(plant::is(Plant::TopDigit)) {
        if bit(i) == carry {
            i += 1;
            continue;
        }
        // The next w bits with the carry make an odd window; its upper half is taken as negative.
        let window = (0..W).rev().fold(0, |sum, j| 2 * sum + bit(i + j)) + carry;
        carry = window >> (W - 1);
        digits[i] = (window as i64 - ((carry << W) as i64)) as i8;
        i += W;
    }
    digits
}
