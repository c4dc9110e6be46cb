// SPDX-License-Identifier: Apache-2.0
//! Public-key encryption and the two key agreements.

use crate::{Error, KeyMaterial, PublicKey, SecretBytes};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::{self, Debug};

/// A public key that others encrypt to.
pub trait EncryptionKey: Debug + Send + Sync {
    /// The key as data, in uncompressed form.
    fn public_key(&self) -> &PublicKey;

    /// Encrypts a short message: SM2 (GB/T 32918.4) as the ASN.1 `SM2Cipher` of GB/T 35276-2017
    /// clause 7.2; P-256 as HPKE base mode (RFC 9180: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256,
    /// AES-128-GCM, empty info and aad), 65-byte encapsulated key ‖ ciphertext ‖ tag.
    /// Raw SM2 orders are made by name in
    /// [`encoding::sm2_ciphertext`](crate::encoding::sm2_ciphertext).
    ///
    /// # Errors
    /// [`Error::Misuse`] for an empty message (SM2 has none); [`Error::Unavailable`] without
    /// randomness.
    fn encrypt(&self, plaintext: &[u8]) -> Result<Vec<u8>, Error>;
}

/// A private key that decrypts and agrees. It never signs: a pair has one use.
pub trait DecryptionKey: Debug + Send + Sync {
    /// The public half.
    fn encryption_key(&self) -> &Arc<dyn EncryptionKey>;

    /// Opens what [`EncryptionKey::encrypt`] made.
    ///
    /// # Errors
    /// [`Error::Refused`] for whatever is wrong: encoding, point, all-zero key stream, check value.
    fn decrypt(&self, ciphertext: &[u8]) -> Result<SecretBytes, Error>;

    /// Plain Diffie-Hellman: the 32-byte x coordinate of the shared point (SEC 1 section 3.3.1).
    /// Raw: derive keys from it before use.
    ///
    /// # Errors
    /// [`Error::Misuse`] for a key of the other family, [`Error::Refused`] for a bad point.
    fn agree(&self, peer: &PublicKey) -> Result<SecretBytes, Error>;

    /// Starts the authenticated key exchange of GB/T 32918.3 with a fresh ephemeral key.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for keys other than SM2; [`Error::Refused`] for a bad peer key.
    fn exchange(&self, params: &ExchangeParams<'_>) -> Result<Box<dyn Exchange>, Error>;

    /// The private key itself.
    ///
    /// # Errors
    /// [`Error::Unsupported`] when the key may not leave its provider.
    fn export(&self) -> Result<KeyMaterial, Error>;
}

/// Which side of the exchange one is (GB/T 32918.3 clause 6.1: user A is the initiator).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// User A: sends the first message.
    Initiator,
    /// User B: answers it.
    Responder,
}

/// What both sides of an SM2 key exchange must know beforehand.
#[derive(Clone, Copy, Debug)]
pub struct ExchangeParams<'a> {
    /// One's own side.
    pub role: Role,
    /// One's own ID, at most 8191 bytes.
    pub own_id: &'a [u8],
    /// The other's static public key.
    pub peer: &'a PublicKey,
    /// The other's ID, at most 8191 bytes.
    pub peer_id: &'a [u8],
    /// How many bytes of key to agree on.
    pub key_len: usize,
}

/// One side of a running exchange.
pub trait Exchange: Debug + Send {
    /// One's own ephemeral point R, uncompressed (65 bytes), to be sent.
    fn ephemeral(&self) -> &[u8; 65];

    /// Takes in the other's ephemeral point (65 bytes) and ends the computation.
    ///
    /// # Errors
    /// [`Error::Refused`] for a point off the curve or a shared point at infinity.
    fn finish(self: Box<Self>, peer_ephemeral: &[u8]) -> Result<Agreed, Error>;
}

/// An agreed key, given out once the other side has shown that it has it too.
pub struct Agreed {
    key: SecretBytes,
    own: [u8; 32],
    expected: [u8; 32],
}

impl Agreed {
    /// For adapters: the key, the confirmation to send and the one to expect.
    #[must_use]
    pub fn new(key: SecretBytes, own: [u8; 32], expected: [u8; 32]) -> Self {
        Self { key, own, expected }
    }

    /// The confirmation to send: S_B of the responder, S_A of the initiator (32 bytes each).
    #[must_use]
    pub fn confirmation(&self) -> &[u8; 32] {
        &self.own
    }

    /// The key, if the other's confirmation is right.
    ///
    /// # Errors
    /// [`Error::Refused`] when it is not.
    pub fn confirm(self, peer_confirmation: &[u8]) -> Result<SecretBytes, Error> {
        use subtle::ConstantTimeEq;
        if bool::from(self.expected.ct_eq(peer_confirmation)) {
            Ok(self.key)
        } else {
            Err(Error::Refused)
        }
    }

    /// The key without confirmation, for protocols that confirm in another way (TLCP's Finished).
    #[must_use]
    pub fn without_confirmation(self) -> SecretBytes {
        self.key
    }
}

impl Debug for Agreed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Agreed")
    }
}
