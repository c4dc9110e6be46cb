// SPDX-License-Identifier: Apache-2.0
//! SM2 (GB/T 32918): signatures, key agreement, and what encryption and key exchange are made of.
//!
//! ```
//! use gmca_gm::sm2::{SigningKey, signer_hash, message_digest, DEFAULT_ID};
//! # let mut entropy = |bytes: &mut [u8]| { bytes.fill(9); Ok::<(), std::io::Error>(()) };
//! let key = SigningKey::generate(&mut entropy)?;
//! let public = key.verifying_key();
//! let z = signer_hash(public, DEFAULT_ID).expect("the default ID is short");
//! let e = message_digest(&z, &[b"message"]);
//! let signature = key.sign_digest(&e, &mut entropy)?;
//! assert!(public.verify_digest(&e, &signature));
//! // Whoever verifies many signatures of one key lets it prepare a table.
//! assert!(public.prepare().verify_digest(&e, &signature));
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Keys and points are valid by construction: none is infinity or off the curve. What is secret
//! wipes itself and is handled in constant time; verification is not, because nothing in it is
//! secret. Randomness comes as a closure that fills a buffer or fails, and its error comes back.
//!
//! Not here: DER, PEM and PKCS #8; the formats of ciphertexts (C1 ‖ C3 ‖ C2, ASN.1); the messages of
//! the key exchange.

mod agreement;
mod batch;
mod identity;
mod keys;
mod traits;

pub use agreement::{EphemeralKey, ExchangeSecret, SharedPoint};
pub use batch::{Claim, batch_level, level};
pub use batch::{diffie_hellman_many, generate_many, sign_many, verify_many};
pub use identity::{DEFAULT_ID, MAX_ID_LEN, message_digest, signer_hash};
pub use keys::{PreparedKey, SigningKey, VerifyingKey};
pub use traits::Signature;

use core::fmt;

/// Why SM2 refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are no private key: a number from 1 to n − 2 (GB/T 32918.1 clause 6.1).
    PrivateKey,
    /// The bytes are no point of the curve, or not in the form asked for.
    PublicKey,
    /// The bytes are no nonce or ephemeral key (1 to n − 1), or this nonce gives no signature.
    Nonce,
    /// An ID is longer than [`MAX_ID_LEN`] bytes.
    IdTooLong,
    /// The points of a key exchange lead to infinity (GB/T 32918.3 clause 6.1, A7).
    Infinity,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PrivateKey => "an SM2 private key is a number from 1 to n - 2 in 32 bytes",
            Self::PublicKey => "the bytes are no point on the curve of SM2",
            Self::Nonce => "this number is no usable SM2 nonce; draw another",
            Self::IdTooLong => "an SM2 signer ID has at most 8191 bytes",
            Self::Infinity => "the SM2 key exchange ends in infinity; refuse the other side",
        })
    }
}

impl core::error::Error for Error {}
