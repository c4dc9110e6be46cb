// SPDX-License-Identifier: Apache-2.0
//! Signing and verifying. A key signs a *message* in a *context*: SM2 mixes the signer's identity
//! and public key into the hash (GB/T 32918.2 clause 5.5), so nobody can be asked to hash for it.

#[cfg(feature = "nist")]
use crate::encoding::signature::RawSignature;
use crate::{Context, Error, KeyMaterial, PublicKey, SignatureAlgorithm};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::any::Any;
use core::fmt::Debug;

/// A private key that signs. It stays with its provider; this is a handle.
///
/// `sign` may block when the key lives in a device.
pub trait SigningKey: Debug + Send + Sync {
    /// The public half.
    fn verifying_key(&self) -> &Arc<dyn VerifyingKey>;

    /// Signs the parts, one after the other, hashing included. ECDSA signatures are low-S.
    ///
    /// # Errors
    /// [`Error::Unavailable`] without randomness, [`Error::SelfTestFailed`] after a failed
    /// self-test, [`Error::Misuse`] for a signer ID over 8191 bytes.
    fn sign(&self, ctx: Context<'_>, message: &[&[u8]]) -> Result<Signature, Error>;

    /// Starts a signature over data that comes piece by piece.
    ///
    /// # Errors
    /// As [`sign`](Self::sign).
    fn signer(&self, ctx: Context<'_>) -> Result<Box<dyn SignStream + '_>, Error>;

    /// The private key itself.
    ///
    /// # Errors
    /// [`Error::Unsupported`] when the key may not leave its provider.
    fn export(&self) -> Result<KeyMaterial, Error>;
}

/// A signature in the making.
pub trait SignStream {
    /// Takes in the next bytes.
    fn update(&mut self, data: &[u8]);
    /// Signs everything taken in.
    ///
    /// # Errors
    /// As [`SigningKey::sign`].
    fn finish(self: Box<Self>) -> Result<Signature, Error>;
}

/// A public key that judges signatures. Its point is on the curve; there is no other kind.
pub trait VerifyingKey: Debug + Send + Sync {
    /// The key as data, in uncompressed form.
    fn public_key(&self) -> &PublicKey;

    /// This key as what its engine made, so that the engine can judge many of its own at once.
    #[doc(hidden)]
    fn of_engine(&self) -> Option<&dyn Any> {
        None
    }

    /// The one kind of signature this key judges.
    fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.public_key().algorithm().suite().signature_algorithm()
    }

    /// Judges a signature (strict DER, `SEQUENCE { r INTEGER, s INTEGER }`) over the parts, one
    /// after the other.
    ///
    /// # Errors
    /// [`Error::Refused`] for every wrong signature, whatever is wrong with it.
    fn verify(&self, ctx: Context<'_>, message: &[&[u8]], signature: &[u8]) -> Result<(), Error>;

    /// Starts a verdict over data that comes piece by piece.
    ///
    /// # Errors
    /// [`Error::SelfTestFailed`], or [`Error::Misuse`] for a signer ID over 8191 bytes.
    fn verifier(&self, ctx: Context<'_>) -> Result<Box<dyn VerifyStream + '_>, Error>;
}

/// A verdict in the making.
pub trait VerifyStream {
    /// Takes in the next bytes.
    fn update(&mut self, data: &[u8]);
    /// Judges the signature over everything taken in.
    ///
    /// # Errors
    /// As [`VerifyingKey::verify`].
    fn finish(self: Box<Self>, signature: &[u8]) -> Result<(), Error>;
}

/// A signature as it travels: DER, `SEQUENCE { r INTEGER, s INTEGER }`, 8 to 72 bytes
/// (RFC 3279 section 2.2.3; GB/T 35276-2017 clause 7.3). Raw forms are made by name in
/// [`encoding::signature`](crate::encoding::signature).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    algorithm: SignatureAlgorithm,
    der: Vec<u8>,
}

impl Signature {
    /// For adapters: wraps what an engine made.
    #[must_use]
    pub fn new(algorithm: SignatureAlgorithm, der: Vec<u8>) -> Self {
        Self { algorithm, der }
    }

    /// How it was made.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// The one form by which signatures are told apart. Whoever has an ECDSA signature has two, s and
    /// n − s; this is the smaller one (low-S). What is no signature stays as it is.
    #[must_use]
    pub fn canonical(self) -> Self {
        #[cfg(feature = "nist")]
        if self.algorithm == SignatureAlgorithm::EcdsaWithSha256
            && let Ok(raw) = RawSignature::from_der(&self.der)
            && let Some(low) = crate::nist::low_s(raw.as_bytes())
        {
            return Self::new(self.algorithm, RawSignature::new(low).to_der());
        }
        self
    }

    /// The DER bytes.
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        self.der
    }
}

impl AsRef<[u8]> for Signature {
    fn as_ref(&self) -> &[u8] {
        &self.der
    }
}
