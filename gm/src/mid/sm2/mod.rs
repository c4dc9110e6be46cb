// SPDX-License-Identifier: Apache-2.0
//! The curve of SM2 (GB/T 32918.5), signatures (GB/T 32918.2), and multiples of points.
//!
//! The mathematics, with every bound and exceptional case, is in `gm/docs/sm2.md`. Functions are
//! generic over a [`Level`](crate::low::sm2::Level); whoever stands above `mid` does not see it.

#[cfg(feature = "harness")]
pub(crate) mod arithmetic;
mod base;
pub(crate) mod batch;
mod comb;
mod field;
pub(crate) mod hash;
mod joint;
mod nonce;
mod point;
mod scalar;
mod sign;
mod spread;
mod variable;

pub(crate) use base::multiply_base;
pub(crate) use comb::Comb;
pub(crate) use nonce::{Ingredients, nonce, nonces};
pub(crate) use point::{Affine, Jacobian};
pub(crate) use scalar::Scalar;
pub(crate) use sign::{Signer, verify, verify_prepared};
pub(crate) use variable::multiply;

#[cfg(test)]
mod tests;
