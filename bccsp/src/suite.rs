// SPDX-License-Identifier: Apache-2.0
//! Names: the two families, their engines, and the algorithms the families are made of.

use core::fmt;

/// A family of algorithms that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Suite {
    /// ECDSA P-256, SHA-256, AES.
    Nist,
    /// SM2, SM3, SM4.
    Gm,
}

impl Suite {
    /// Both families.
    pub const ALL: [Self; 2] = [Self::Nist, Self::Gm];

    /// The name used on command lines and in JSON: `nist` or `gm`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nist => "nist",
            Self::Gm => "gm",
        }
    }

    /// The algorithm of this family's keys.
    #[must_use]
    pub const fn key_algorithm(self) -> KeyAlgorithm {
        match self {
            Self::Nist => KeyAlgorithm::EcP256,
            Self::Gm => KeyAlgorithm::Sm2,
        }
    }

    /// The algorithm of this family's signatures.
    #[must_use]
    pub const fn signature_algorithm(self) -> SignatureAlgorithm {
        match self {
            Self::Nist => SignatureAlgorithm::EcdsaWithSha256,
            Self::Gm => SignatureAlgorithm::Sm2WithSm3,
        }
    }

    /// The algorithm of this family's digests.
    #[must_use]
    pub const fn hash_algorithm(self) -> HashAlgorithm {
        match self {
            Self::Nist => HashAlgorithm::Sha256,
            Self::Gm => HashAlgorithm::Sm3,
        }
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Who computes a family's algorithms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Engine {
    /// Portable with its slow parts replaced by code for this processor.
    Fast,
    /// The RustCrypto crates: runs everywhere, and is the reference the other is held against.
    Portable,
}

impl Engine {
    /// The name used in configuration and JSON: `fast` or `portable`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Portable => "portable",
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which engine is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EngineChoice {
    /// The fast engine where there is one for this family and processor, else the portable one.
    #[default]
    Auto,
    /// The fast engine or an error.
    Fast,
    /// The portable engine.
    Portable,
}

/// What kind of key a public key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// A point on P-256 (FIPS 186-5, SEC 2 secp256r1).
    EcP256,
    /// A point on the curve of GB/T 32918.5.
    Sm2,
}

impl KeyAlgorithm {
    /// The family that works with such keys.
    #[must_use]
    pub const fn suite(self) -> Suite {
        match self {
            Self::EcP256 => Suite::Nist,
            Self::Sm2 => Suite::Gm,
        }
    }

    /// The name people know: `P-256` or `SM2`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EcP256 => "P-256",
            Self::Sm2 => "SM2",
        }
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How a signature was made. A key of another kind than [`Self::key_algorithm`] never fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// ECDSA (FIPS 186-5) over SHA-256.
    EcdsaWithSha256,
    /// SM2 (GB/T 32918.2) over SM3.
    Sm2WithSm3,
}

impl SignatureAlgorithm {
    /// The kind of key that makes such signatures.
    #[must_use]
    pub const fn key_algorithm(self) -> KeyAlgorithm {
        match self {
            Self::EcdsaWithSha256 => KeyAlgorithm::EcP256,
            Self::Sm2WithSm3 => KeyAlgorithm::Sm2,
        }
    }

    /// The name OpenSSL prints: `ecdsa-with-SHA256` or `SM2-with-SM3`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EcdsaWithSha256 => "ecdsa-with-SHA256",
            Self::Sm2WithSm3 => "SM2-with-SM3",
        }
    }
}

/// How a digest is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum HashAlgorithm {
    /// SHA-256 (FIPS 180-4).
    Sha256,
    /// SM3 (GB/T 32905).
    Sm3,
}

impl HashAlgorithm {
    /// The name people know: `SHA-256` or `SM3`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Sm3 => "SM3",
        }
    }

    /// What Fabric's clients compute, whatever the family of the channel: transaction ids and
    /// hashes of TLS certificates.
    pub const FABRIC_CLIENT: Self = Self::Sha256;

    /// The name in a channel's `HashingAlgorithm` and in an MSP's
    /// `identity_identifier_hash_function`: `SHA256` or `SM3`.
    #[must_use]
    pub const fn fabric_name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA256",
            Self::Sm3 => "SM3",
        }
    }

    /// The name of its kind in an MSP's `signature_hash_family`: `SHA2` or `SM3`.
    #[must_use]
    pub const fn fabric_family(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA2",
            Self::Sm3 => "SM3",
        }
    }

    /// The algorithm with this [`fabric_name`](Self::fabric_name).
    #[must_use]
    pub fn from_fabric_name(name: &str) -> Option<Self> {
        [Self::Sha256, Self::Sm3].into_iter().find(|algorithm| algorithm.fabric_name() == name)
    }
}

impl fmt::Display for HashAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
