// SPDX-License-Identifier: Apache-2.0
//! Object identifiers of the two families, with where each is defined.

use const_oid::ObjectIdentifier as Oid;

/// id-ecPublicKey (RFC 5480 section 2.1.1).
pub const EC_PUBLIC_KEY: Oid = Oid::new_unwrap("1.2.840.10045.2.1");
/// The curve P-256, secp256r1 (RFC 5480 section 2.1.1.1).
pub const P256: Oid = Oid::new_unwrap("1.2.840.10045.3.1.7");
/// The SM2 curve (GB/T 33560-2017). Also met as the algorithm of a public key itself.
pub const SM2: Oid = Oid::new_unwrap("1.2.156.10197.1.301");
/// ecdsa-with-SHA256 (RFC 5758 section 3.2).
pub const ECDSA_WITH_SHA256: Oid = Oid::new_unwrap("1.2.840.10045.4.3.2");
/// SM2-with-SM3 signature (GB/T 33560-2017).
pub const SM2_WITH_SM3: Oid = Oid::new_unwrap("1.2.156.10197.1.501");
/// SHA-256 (RFC 5754 section 2.2).
pub const SHA256: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.2.1");
/// SM3 (GB/T 33560-2017).
pub const SM3: Oid = Oid::new_unwrap("1.2.156.10197.1.401");
/// PBES2 (RFC 8018 appendix A.4).
pub const PBES2: Oid = Oid::new_unwrap("1.2.840.113549.1.5.13");
/// PBKDF2 (RFC 8018 appendix A.2).
pub const PBKDF2: Oid = Oid::new_unwrap("1.2.840.113549.1.5.12");
/// PBES of GM/T 0091-2020, as its text and as programs have it. Read by us.
pub const PBES_GMT0091: [Oid; 2] =
    [Oid::new_unwrap("1.2.156.10197.6.1.4.1.5.2"), Oid::new_unwrap("1.2.156.10197.6.4.1.5.2")];
/// PBKDF of GM/T 0091-2020, likewise. Read by us.
pub const PBKDF_GMT0091: [Oid; 2] =
    [Oid::new_unwrap("1.2.156.10197.6.1.4.1.5.1"), Oid::new_unwrap("1.2.156.10197.6.4.1.5.1")];
/// hmacWithSHA1 (RFC 8018 appendix B.1.1). Read, never written.
pub const HMAC_SHA1: Oid = Oid::new_unwrap("1.2.840.113549.2.7");
/// hmacWithSHA256 (RFC 8018 appendix B.1.2).
pub const HMAC_SHA256: Oid = Oid::new_unwrap("1.2.840.113549.2.9");
/// HMAC-SM3 as GM/T 0006-2023 names it, and GmSSL and gmsm write it. Written by us.
pub const HMAC_SM3: Oid = Oid::new_unwrap("1.2.156.10197.1.401.2");
/// HMAC-SM3 as GM/T 0091-2020 annex A.2 names it, and OpenSSL 3.x writes it. Read by us.
pub const HMAC_SM3_GMT0091: Oid = Oid::new_unwrap("1.2.156.10197.1.401.3.1");
/// AES-128 in CBC mode (RFC 3565). Read, never written.
pub const AES128_CBC: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.1.2");
/// AES-256 in CBC mode (RFC 3565).
pub const AES256_CBC: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.1.42");
/// SM4 without a mode; CFCA uses it for CBC, old tools for ECB.
pub const SM4: Oid = Oid::new_unwrap("1.2.156.10197.1.104");
/// SM4 in ECB mode (GM/T 0006-2023).
pub const SM4_ECB: Oid = Oid::new_unwrap("1.2.156.10197.1.104.1");
/// SM4 in CBC mode (GM/T 0006-2023).
pub const SM4_CBC: Oid = Oid::new_unwrap("1.2.156.10197.1.104.2");
/// SM2 signatures, as messages name the kind of key (GB/T 35275-2017, GM/T 0006-2023).
pub const SM2_SIGN: Oid = Oid::new_unwrap("1.2.156.10197.1.301.1");
/// SM2 key exchange; GmSSL writes it for encryption.
pub const SM2_EXCHANGE: Oid = Oid::new_unwrap("1.2.156.10197.1.301.2");
/// SM2 encryption (GM/T 0006-2023).
pub const SM2_ENCRYPT: Oid = Oid::new_unwrap("1.2.156.10197.1.301.3");
/// dhSinglePass-stdDH-sha1kdf-scheme (RFC 5753 section 7.1.4). Read, never written.
pub const STD_DH_SHA1: Oid = Oid::new_unwrap("1.3.133.16.840.63.0.2");
/// dhSinglePass-stdDH-sha256kdf-scheme (RFC 5753 section 7.1.4).
pub const STD_DH_SHA256: Oid = Oid::new_unwrap("1.3.132.1.11.1");
/// id-aes128-wrap (RFC 3394; RFC 3565).
pub const AES128_WRAP: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.1.5");
/// id-aes256-wrap (RFC 3394; RFC 3565).
pub const AES256_WRAP: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.1.45");
/// SHA-1 (RFC 3279 section 2.1). In old PKCS#12 bags; read, never written.
pub const SHA1: Oid = Oid::new_unwrap("1.3.14.3.2.26");
