// SPDX-License-Identifier: Apache-2.0
//! Keys as data: a public key, its identifier, and a private key on its way in or out.

use crate::{Error, Hash, KeyAlgorithm, SecretBytes};
use core::fmt::{self, Debug};

/// A public key as bytes: an algorithm and an uncompressed point. Made from foreign bytes by
/// [`encoding::spki`](crate::encoding::spki); whether the point is on the curve is known only
/// once a provider has made a [`VerifyingKey`](crate::VerifyingKey) or
/// [`EncryptionKey`](crate::EncryptionKey) of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey {
    algorithm: KeyAlgorithm,
    point: [u8; Self::LEN],
}

impl PublicKey {
    /// Length of an uncompressed point: 04 ‖ x ‖ y.
    pub const LEN: usize = 65;

    /// Takes an uncompressed point (65 bytes, first 0x04; SEC 1 section 2.3.3).
    ///
    /// # Errors
    /// [`Error::Malformed`] for another length or first byte. Compressed points become
    /// uncompressed through [`Provider::public_key`](crate::Provider::public_key).
    pub fn from_uncompressed(algorithm: KeyAlgorithm, point: &[u8]) -> Result<Self, Error> {
        match <[u8; Self::LEN]>::try_from(point) {
            Ok(point) if point[0] == 4 => Ok(Self { algorithm, point }),
            _ => Err(Error::Malformed {
                what: "public key",
                why: "not an uncompressed point of 65 bytes",
            }),
        }
    }

    /// What kind of key it is.
    #[must_use]
    pub const fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// 04 ‖ x ‖ y, 65 bytes.
    #[must_use]
    pub const fn point(&self) -> &[u8; Self::LEN] {
        &self.point
    }

    /// The subject key identifier of a key file: the hash of the uncompressed point (Fabric's
    /// rule), made with the given hash, which should be the family's own.
    #[must_use]
    pub fn ski(&self, hash: &dyn Hash) -> Ski {
        Ski(*hash.digest(&[&self.point]).as_bytes())
    }
}

impl Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} ", self.algorithm)?;
        crate::hex_fmt(&self.point, f)?;
        f.write_str(")")
    }
}

/// Subject key identifier of a key pair: 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ski(pub [u8; 32]);

impl Ski {
    /// The identifier that goes into certificates: its first 20 bytes (in the style of RFC 7093
    /// section 2 method 1, with the family's hash).
    #[must_use]
    pub fn for_certificate(&self) -> [u8; 20] {
        let mut out = [0; 20];
        out.copy_from_slice(&self.0[..20]);
        out
    }
}

impl fmt::Display for Ski {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::hex_fmt(&self.0, f)
    }
}

impl Debug for Ski {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ski({self})")
    }
}

/// What a private key may do. A pair has one use, so that an escrowed encryption key never signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyUse {
    /// Sign.
    Sign,
    /// Decrypt and agree.
    Decrypt,
}

impl KeyUse {
    /// The name used in key files and on the command line: `sign` or `decrypt`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sign => "sign",
            Self::Decrypt => "decrypt",
        }
    }
}

impl fmt::Display for KeyUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A private key outside any provider: on its way into one, or exported from one.
/// Its scalar is wiped when this is dropped.
pub struct KeyMaterial {
    algorithm: KeyAlgorithm,
    scalar: SecretBytes,
    public: Option<PublicKey>,
}

impl KeyMaterial {
    /// A scalar (32 bytes, big-endian) and the public key that came with it, if one did. The
    /// provider that imports it checks the range and that the two belong together.
    ///
    /// # Errors
    /// [`Error::Malformed`] when the scalar is not 32 bytes or the public key is of another kind.
    pub fn new(
        algorithm: KeyAlgorithm,
        scalar: SecretBytes,
        public: Option<PublicKey>,
    ) -> Result<Self, Error> {
        let malformed = |why| Err(Error::Malformed { what: "private key", why });
        if scalar.len() != 32 {
            return malformed("the private value is not 32 bytes");
        }
        if public.is_some_and(|key| key.algorithm() != algorithm) {
            return malformed("the public key inside is of another kind");
        }
        Ok(Self { algorithm, scalar, public })
    }

    /// What kind of key it is.
    #[must_use]
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// The private value: 32 bytes, big-endian.
    #[must_use]
    pub fn scalar(&self) -> &SecretBytes {
        &self.scalar
    }

    /// The public key that travels with it.
    #[must_use]
    pub fn public(&self) -> Option<&PublicKey> {
        self.public.as_ref()
    }
}

impl Debug for KeyMaterial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyMaterial({})", self.algorithm)
    }
}
