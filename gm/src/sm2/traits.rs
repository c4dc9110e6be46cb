// SPDX-License-Identifier: Apache-2.0
//! The traits of the `signature` crate. Messages are hashed with the ID [`DEFAULT_ID`]; whoever
//! needs another computes the digest with [`message_digest`] and uses the traits of `hazmat`.

use super::{DEFAULT_ID, PreparedKey, SigningKey, VerifyingKey, message_digest, signer_hash};
use signature::hazmat::{PrehashVerifier, RandomizedPrehashSigner};
use signature::rand_core::TryCryptoRng;
use signature::{
    Error, Keypair, MultipartVerifier, RandomizedMultipartSigner, RandomizedSigner,
    SignatureEncoding, Verifier,
};

/// r ‖ s, 32 bytes each, most significant first. Any 64 bytes: a verifier looks at the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature([u8; 64]);

impl From<[u8; 64]> for Signature {
    fn from(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }
}

impl From<Signature> for [u8; 64] {
    fn from(signature: Signature) -> Self {
        signature.0
    }
}

impl TryFrom<&[u8]> for Signature {
    type Error = Error;

    fn try_from(bytes: &[u8]) -> Result<Self, Error> {
        bytes.try_into().map(Self).map_err(|_| Error::new())
    }
}

impl SignatureEncoding for Signature {
    type Repr = [u8; 64];
}

impl Keypair for SigningKey {
    type VerifyingKey = VerifyingKey;

    fn verifying_key(&self) -> VerifyingKey {
        *self.verifying_key()
    }
}

impl RandomizedPrehashSigner<Signature> for SigningKey {
    fn sign_prehash_with_rng<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        prehash: &[u8],
    ) -> Result<Signature, Error> {
        let e = prehash.try_into().map_err(|_| Error::new())?;
        let signature = self.sign_digest(e, |bytes| rng.try_fill_bytes(bytes));
        signature.map(Signature).map_err(|_| Error::new())
    }
}

impl RandomizedSigner<Signature> for SigningKey {
    fn try_sign_with_rng<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        message: &[u8],
    ) -> Result<Signature, Error> {
        self.try_multipart_sign_with_rng(rng, &[message])
    }
}

impl RandomizedMultipartSigner<Signature> for SigningKey {
    fn try_multipart_sign_with_rng<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        message: &[&[u8]],
    ) -> Result<Signature, Error> {
        let e = digest_of(self.verifying_key(), message)?;
        self.sign_prehash_with_rng(rng, &e)
    }
}

impl PrehashVerifier<Signature> for VerifyingKey {
    fn verify_prehash(&self, prehash: &[u8], signature: &Signature) -> Result<(), Error> {
        let e = prehash.try_into().map_err(|_| Error::new())?;
        verdict(self.verify_digest(e, &signature.0))
    }
}

impl Verifier<Signature> for VerifyingKey {
    fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), Error> {
        self.multipart_verify(&[message], signature)
    }
}

impl MultipartVerifier<Signature> for VerifyingKey {
    fn multipart_verify(&self, message: &[&[u8]], signature: &Signature) -> Result<(), Error> {
        verdict(self.verify_digest(&digest_of(self, message)?, &signature.0))
    }
}

impl PrehashVerifier<Signature> for PreparedKey {
    fn verify_prehash(&self, prehash: &[u8], signature: &Signature) -> Result<(), Error> {
        let e = prehash.try_into().map_err(|_| Error::new())?;
        verdict(self.verify_digest(e, &signature.0))
    }
}

impl Verifier<Signature> for PreparedKey {
    fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), Error> {
        let e = digest_of(self.verifying_key(), &[message])?;
        verdict(self.verify_digest(&e, &signature.0))
    }
}

fn digest_of(key: &VerifyingKey, message: &[&[u8]]) -> Result<[u8; 32], Error> {
    let z = signer_hash(key, DEFAULT_ID).map_err(|_| Error::new())?;
    Ok(message_digest(&z, message))
}

fn verdict(valid: bool) -> Result<(), Error> {
    if valid { Ok(()) } else { Err(Error::new()) }
}
