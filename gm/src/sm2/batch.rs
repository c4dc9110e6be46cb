// SPDX-License-Identifier: Apache-2.0
//! Many at once: eight at a time where the processor has AVX-512 IFMA, else one after the other.

use super::{SharedPoint, SigningKey, VerifyingKey};
use crate::low::lanes::PointLanes;
use crate::low::sm2::{Level, at_best_level};
use crate::mid::leavings::{LANES, PRODUCTS, wiped};
use crate::mid::sm2::{self as mid, Scalar, batch};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use zeroize::Zeroizing;

/// A signature r ‖ s, and the key and digest e = SM3(Z_A ‖ M) that it is said to be of.
#[derive(Clone, Copy)]
pub struct Claim<'a> {
    /// Whose it is said to be.
    pub key: &'a VerifyingKey,
    /// e, 32 bytes.
    pub digest: &'a [u8; 32],
    /// r ‖ s, 64 bytes.
    pub signature: &'a [u8; 64],
}

impl fmt::Debug for Claim<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim").field("key", self.key).finish_non_exhaustive()
    }
}

/// Who computes one operation on this processor.
#[must_use]
pub fn level() -> &'static str {
    at_best_level!(l => l.name())
}

/// Who computes many operations on this processor.
#[must_use]
pub fn batch_level() -> &'static str {
    if PointLanes::detect().is_some() { "AVX-512 IFMA, 8 lanes" } else { level() }
}

/// Whether each signature holds, in the order of the claims: for each what
/// [`VerifyingKey::verify_digest`] says, whatever the others are.
#[must_use]
pub fn verify_many(claims: &[Claim<'_>]) -> Vec<bool> {
    let claims: Vec<batch::Claim<'_>> = claims
        .iter()
        .map(|claim| batch::Claim { key: &claim.key.0, e: claim.digest, raw: claim.signature })
        .collect();
    at_best_level!(l => batch::verify_many(l, &claims))
}

/// Signs each digest with its key, as [`SigningKey::sign_digest`] does; signatures in the same order.
///
/// # Errors
/// That of the source of randomness, which is asked for 32 bytes a signature.
pub fn sign_many<E>(
    jobs: &[(&SigningKey, &[u8; 32])],
    mut entropy: impl FnMut(&mut [u8]) -> Result<(), E>,
) -> Result<Vec<[u8; 64]>, E> {
    let mut random = Zeroizing::new(vec![[0; 32]; jobs.len()]);
    entropy(random.as_flattened_mut())?;
    let signatures = wiped::<LANES, _>(|| sign_many_from(jobs, &random));
    let mut each = jobs.iter().zip(signatures);
    each.try_fold(Vec::with_capacity(jobs.len()), |mut all, ((key, e), signature)| {
        // Not once in 2^254 nonces is there none.
        all.push(match signature {
            Some(signature) => signature,
            None => key.sign_digest(e, &mut entropy)?,
        });
        Ok(all)
    })
}

fn sign_many_from(jobs: &[(&SigningKey, &[u8; 32])], random: &[[u8; 32]]) -> Vec<Option<[u8; 64]>> {
    let each = jobs.iter().zip(random);
    let of: Vec<mid::Ingredients<'_>> =
        each.map(|((key, e), random)| (key.signer.d(), random, *e)).collect();
    let nonces = mid::nonces(&of);
    let signers: Vec<_> = jobs.iter().map(|(key, e)| (&*key.signer, *e)).collect();
    at_best_level!(l => batch::sign_many(l, &signers, &nonces))
}

/// Makes so many keys, as [`SigningKey::generate`] does.
///
/// # Errors
/// That of the source of randomness, which is asked for 64 bytes a key.
pub fn generate_many<E>(
    count: usize,
    mut entropy: impl FnMut(&mut [u8]) -> Result<(), E>,
) -> Result<Vec<SigningKey>, E> {
    let mut random = Zeroizing::new(vec![[0; 64]; count]);
    entropy(random.as_flattened_mut())?;
    Ok(wiped::<LANES, _>(|| keys_of(&random)))
}

fn keys_of(random: &[[u8; 64]]) -> Vec<SigningKey> {
    let numbers: Zeroizing<Vec<Scalar>> =
        Zeroizing::new(random.iter().map(Scalar::reduce_to_private).collect());
    let points = at_best_level!(l => batch::multiply_base_many(l, &numbers));
    let keys = numbers.iter().zip(points).map(|(d, point)| {
        let Some(key) = SigningKey::with_public(d, point) else {
            unreachable!("the number is in the range of private keys")
        };
        key
    });
    keys.collect()
}

/// \[d\]P for each key d and public key P, as [`SigningKey::diffie_hellman`].
#[must_use]
pub fn diffie_hellman_many(jobs: &[(&SigningKey, &VerifyingKey)]) -> Vec<SharedPoint> {
    let jobs: Vec<_> = jobs.iter().map(|(key, peer)| (key.signer.d(), &peer.0)).collect();
    wiped::<PRODUCTS, _>(|| {
        let products = at_best_level!(l => batch::multiply_many(l, &jobs));
        products.iter().map(SharedPoint::from_numbers).collect()
    })
}
