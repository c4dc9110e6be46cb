// SPDX-License-Identifier: Apache-2.0
//! Numbers modulo the order of the curve, as far as an equation has to be written in another form.
//! Everything here is public: signatures, digests and points. Nothing is fast or constant in time.

/// A number of 256 bits, its lowest 64 first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Number([u64; 4]);

impl Number {
    pub(crate) const ZERO: Self = Self([0; 4]);
    pub(crate) const ONE: Self = Self([1, 0, 0, 0]);

    /// From 32 bytes, big-endian; of more, the last 32.
    pub(crate) fn from_be(bytes: &[u8]) -> Self {
        let mut limbs = [0; 4];
        for (limb, digits) in limbs.iter_mut().zip(bytes.rchunks(8)) {
            *limb = digits.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte));
        }
        Self(limbs)
    }

    /// As 32 bytes, big-endian.
    pub(crate) fn to_be(self) -> [u8; 32] {
        let mut out = [0; 32];
        let digits = self.0.iter().rev().flat_map(|limb| limb.to_be_bytes());
        out.iter_mut().zip(digits).for_each(|(to, from)| *to = from);
        out
    }

    pub(crate) fn is_zero(self) -> bool {
        self == Self::ZERO
    }

    fn add(self, other: Self) -> (Self, bool) {
        let (mut out, mut carry) = ([0; 4], false);
        for ((out, a), b) in out.iter_mut().zip(self.0).zip(other.0) {
            let (sum, over) = a.overflowing_add(b);
            let (sum, again) = sum.overflowing_add(u64::from(carry));
            (*out, carry) = (sum, over || again);
        }
        (Self(out), carry)
    }

    fn sub(self, other: Self) -> (Self, bool) {
        let (mut out, mut borrow) = ([0; 4], false);
        for ((out, a), b) in out.iter_mut().zip(self.0).zip(other.0) {
            let (rest, under) = a.overflowing_sub(b);
            let (rest, again) = rest.overflowing_sub(u64::from(borrow));
            (*out, borrow) = (rest, under || again);
        }
        (Self(out), borrow)
    }

    /// Whether it is smaller than another.
    pub(crate) fn below(self, other: Self) -> bool {
        self.sub(other).1
    }

    /// Half of it, rounded down; `carry` is a bit above the highest.
    fn halved(self, carry: bool) -> Self {
        let mut out = self.0;
        let mut high = u64::from(carry);
        for limb in out.iter_mut().rev() {
            let low = *limb & 1;
            *limb = (*limb >> 1) | (high << 63);
            high = low;
        }
        Self(out)
    }

    /// The bit of weight 2^`index`.
    fn bit(self, index: usize) -> bool {
        self.0.get(index >> 6).is_some_and(|limb| (limb >> (index & 63)) & 1 == 1)
    }
}

/// Numbers modulo an odd number of 256 bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Modulus(pub(crate) Number);

impl Modulus {
    /// The remainder of a big-endian number of any length.
    pub(crate) fn reduce(self, bytes: &[u8]) -> Number {
        bytes.iter().fold(Number::ZERO, |sum, byte| {
            let shifted = (0..8).fold(sum, |sum, _| self.add(sum, sum));
            self.add(shifted, Number([u64::from(*byte), 0, 0, 0]))
        })
    }

    /// The remainder of a big-endian number in two's complement.
    pub(crate) fn reduce_signed(self, bytes: &[u8]) -> Number {
        let value = self.reduce(bytes);
        if bytes.first().is_none_or(|byte| *byte < 0x80) {
            return value;
        }
        // What the sign bit weighs: 2^(8·length).
        let weight =
            bytes.iter().fold(Number::ONE, |sum, _| (0..8).fold(sum, |sum, _| self.add(sum, sum)));
        self.sub(value, weight)
    }

    pub(crate) fn add(self, a: Number, b: Number) -> Number {
        let (sum, carry) = a.add(b);
        if carry || !sum.below(self.0) { sum.sub(self.0).0 } else { sum }
    }

    pub(crate) fn sub(self, a: Number, b: Number) -> Number {
        let (rest, borrow) = a.sub(b);
        if borrow { rest.add(self.0).0 } else { rest }
    }

    pub(crate) fn neg(self, a: Number) -> Number {
        self.sub(Number::ZERO, a)
    }

    pub(crate) fn mul(self, a: Number, b: Number) -> Number {
        (0..256).rev().fold(Number::ZERO, |sum, index| {
            let double = self.add(sum, sum);
            if b.bit(index) { self.add(double, a) } else { double }
        })
    }

    /// The inverse of a number that is not zero, modulo a prime, by the binary method of Euclid. The
    /// invariant is x·a = u and y·a = v; it ends when one of them is 1.
    pub(crate) fn inverse(self, a: Number) -> Number {
        let (mut u, mut v) = (a, self.0);
        let (mut x, mut y) = (Number::ONE, Number::ZERO);
        // Every step takes a bit off u or v, of which there are 512.
        for _ in 0..1024 {
            if u == Number::ONE {
                return x;
            }
            if v == Number::ONE {
                return y;
            }
            if !u.bit(0) {
                (u, x) = (u.halved(false), self.half(x));
            } else if !v.bit(0) {
                (v, y) = (v.halved(false), self.half(y));
            } else if v.below(u) {
                (u, x) = (u.sub(v).0, self.sub(x, y));
            } else {
                (v, y) = (v.sub(u).0, self.sub(y, x));
            }
        }
        Number::ZERO
    }

    fn half(self, a: Number) -> Number {
        if !a.bit(0) {
            return a.halved(false);
        }
        let (sum, carry) = a.add(self.0);
        sum.halved(carry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve;

    #[test]
    fn arithmetic_holds() {
        let n = curve::GM.order();
        let a = n.reduce(b"some number that is longer than the modulus is, by far");
        assert_eq!(n.mul(a, n.inverse(a)), Number::ONE);
        assert_eq!(n.add(a, n.neg(a)), Number::ZERO);
        assert_eq!(n.reduce(&a.to_be()), a);
        assert_eq!(n.reduce_signed(&[0xff]), n.neg(Number::ONE));
        assert_eq!(n.reduce_signed(&[0xff, 0xfe]), n.neg(Number([2, 0, 0, 0])));
        assert_eq!(n.reduce(&n.0.to_be()), Number::ZERO);
    }
}
