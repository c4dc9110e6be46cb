// SPDX-License-Identifier: Apache-2.0
//! The other implementation of SM2, and points of its curve at which something could go wrong.

use super::Dice;
use hex_literal::hex;
use sm2::dsa::Signature;
use sm2::dsa::signature::hazmat::PrehashVerifier;
use sm2::elliptic_curve::group::Group;
use sm2::elliptic_curve::group::ff::PrimeField;
use sm2::elliptic_curve::ops::Reduce;
use sm2::elliptic_curve::sec1::ToSec1Point;
use sm2::{FieldBytes, ProjectivePoint, PublicKey, Scalar};

/// p.
pub(crate) const PRIME: [u8; 32] =
    hex!("fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff");
/// n.
pub(crate) const ORDER: [u8; 32] =
    hex!("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123");

/// a = −3 of the curve's equation.
pub(crate) const A: [u8; 32] =
    hex!("fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc");
/// b.
pub(crate) const B: [u8; 32] =
    hex!("28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93");

/// Any 32 bytes modulo n.
pub(crate) fn reduced(bytes: &[u8; 32]) -> Scalar {
    <Scalar as Reduce<FieldBytes>>::reduce(&(*bytes).into())
}

pub(crate) fn bytes(scalar: &Scalar) -> [u8; 32] {
    scalar.to_repr().into()
}

/// The point, unless the bytes are none or infinity.
pub(crate) fn point(bytes: &[u8]) -> Option<ProjectivePoint> {
    PublicKey::from_sec1_bytes(bytes).ok().map(|key| key.to_projective())
}

/// 04 ‖ x ‖ y; `None` for infinity.
pub(crate) fn encoded(point: &ProjectivePoint) -> Option<[u8; 65]> {
    if point.is_identity().into() {
        return None;
    }
    point.to_affine().to_sec1_point(false).as_bytes().try_into().ok()
}

/// x modulo n of 04 ‖ x ‖ y.
pub(crate) fn x(point: &[u8; 65]) -> Scalar {
    reduced(point[1..].first_chunk().unwrap())
}

/// k·G.
pub(crate) fn base(k: &Scalar) -> ProjectivePoint {
    ProjectivePoint::mul_by_generator(k)
}

/// What the other implementation says of a signature.
pub(crate) fn verify(key: &ProjectivePoint, e: &[u8; 32], raw: &[u8; 64]) -> bool {
    let key = sm2::dsa::VerifyingKey::from_affine("", key.to_affine()).unwrap();
    Signature::from_slice(raw).is_ok_and(|signature| key.verify_prehash(e, &signature).is_ok())
}

/// a + small, where that has 256 bits.
pub(crate) fn plus(a: &[u8; 32], small: u64) -> [u8; 32] {
    let mut sum = *a;
    let mut carry = u128::from(small);
    for limb in sum.as_chunks_mut::<8>().0.iter_mut().rev() {
        carry += u128::from(u64::from_be_bytes(*limb));
        *limb = (carry as u64).to_be_bytes();
        carry >>= 64;
    }
    sum
}

/// A point that is not infinity, with its logarithm where that is known.
pub(crate) struct Point {
    pub(crate) point: ProjectivePoint,
    pub(crate) logarithm: Option<Scalar>,
}

/// The x of points whose y is a power of two (0, 8, 31, ... 240) or just above it.
const SMALL_Y: [[u8; 32]; 18] = [
    hex!("9c17043effe1a805a74a9a5e70b9d659705d3242094a566dc016f49311178d1f"),
    hex!("3f785cf4037881673a7d8a1f020e7cf2b8ed4e350e1b701031c906dad0e0c813"),
    hex!("5cc78360068eca5b446c2f5a642d15e39f21f73e82a76cadf59ab43df3937247"),
    hex!("bda82255f67e5836ecf619b28c145d0d89fc6d38e1edc3ab1fa81e55919c49aa"),
    hex!("2f8084312c71f71007a2a8f5a3586051715007615b3830c0834f8fa915025380"),
    hex!("cb12bc1b73f6df767052545bf1b4afb92f56abc3f334ede4a63b55aee8dece77"),
    hex!("08012aaa9977e0aaab5e16e8ab80549096a6eeb1842b04e5daeeab136ac04f35"),
    hex!("80384db26af633568c51c822caadfb678c539f852ea8b66ba7603d4cc6315abd"),
    hex!("2ad3e6d09bed96180a7d3359a244122e71b685ce2ba9dc0782338a7433429c98"),
    hex!("273e517de019db2fa06c8ea0601c46aa99ee2ce5d5b56ab0a9834384d70db4d7"),
    hex!("8a687d0d277afb6f2d0122d5d1e74008b8c8afae33f628dd205ba0f1dd41f72e"),
    hex!("ece1819babaa7b7d734d4c5fe31992e481798f59910ab9c1a5f9dbdd80ec732c"),
    hex!("8cae085277266aa2a5b351d42216a302e6ece5abc25ef5798980ffef0f94032b"),
    hex!("186bf62929085360d58b5f5d0426f8900067259befbb61763e39c245f88b297b"),
    hex!("e248e6fd858a4fe25a07900322c1afd602a44685c5c059411a9e0d50997496bc"),
    hex!("106b986b01438ec0a5c3b4023c2c440911fe361d9a9b5ace9febe40616eb4fb5"),
    hex!("d94096ddc91123e7a82871dc7e415e11f901cc25b2fec63f9893678fbff7b3c8"),
    hex!("b2dbd5a7e8394fa92c7cffc6fb91d42dd749042c7740a7b1cc215a6ddaaa6490"),
];

impl Dice<'_> {
    /// A point of any kind: small multiples of G, small x or y, x just below p and around n.
    pub(crate) fn point(&mut self) -> Point {
        match self.below(8) {
            0 => self.point_beyond([0; 32], 32),
            1 => {
                let zeros = 1 + self.below(31);
                let mut x = self.array();
                x[..zeros].fill(0);
                self.point_beyond(x, 0)
            }
            2 => {
                let mut x = PRIME;
                x[30..].fill(0);
                self.point_beyond(x, 60_000)
            }
            3 => {
                let x = SMALL_Y[self.below(SMALL_Y.len())];
                self.point_beyond(x, 0)
            }
            4 => self.point_beyond(ORDER, 1000),
            _ => {
                let k = self.scalar();
                Point { point: base(&k), logarithm: Some(k) }
            }
        }
    }

    /// A point with an x from n on, of which random ones are never.
    pub(crate) fn point_from_order_on(&mut self) -> ProjectivePoint {
        self.point_beyond(ORDER, 1000).point
    }

    /// The first point whose x is `x` and up to `more`, or above.
    fn point_beyond(&mut self, x: [u8; 32], more: usize) -> Point {
        let mut x = plus(&x, self.below(more + 1) as u64);
        let mut compressed = [2 + self.below(2) as u8; 33];
        loop {
            compressed[1..].copy_from_slice(&x);
            if let Some(point) = point(&compressed) {
                return Point { point, logarithm: None };
            }
            x = plus(&x, 1);
        }
    }
}
