// SPDX-License-Identifier: Apache-2.0
//! Password-protected private keys: EncryptedPrivateKeyInfo with PBES2 (RFC 8018 section 6.2).
//!
//! Not here: PBES1, PKCS#12 and scrypt keys.

use super::{algorithm::check_absent_or_null, oid};
use crate::{CipherMode, Error, Providers, SecretBytes, Suite};
use ::spki::{AlgorithmIdentifierOwned, AlgorithmIdentifierRef};
use alloc::vec::Vec;
use const_oid::ObjectIdentifier;
use der::asn1::{OctetString, OctetStringRef};
use der::{Any, Decode, Encode, Sequence};

/// How many rounds of PBKDF2 protect a key unless something else is asked for.
pub const DEFAULT_ITERATIONS: u32 = 65_536;
/// A file that asks for more rounds than these is refused: it could stall whoever reads it.
pub const MAX_ITERATIONS: u32 = 4_000_000;

/// Which algorithms protect a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// SM4-CBC and HMAC-SM3 (identifier 1.2.156.10197.1.401.2 without parameters). GmSSL reads it.
    Gm,
    /// AES-256-CBC and HMAC-SHA256. OpenSSL, Java and everybody else read it.
    Nist,
    /// SM4-CBC and HMAC-SHA256: for SM2 keys that OpenSSL 3.0 must open.
    Compat,
}

impl Protection {
    /// What a key of a family is protected with unless something else is asked for.
    #[must_use]
    pub const fn of(suite: Suite) -> Self {
        match suite {
            Suite::Gm => Self::Gm,
            Suite::Nist => Self::Nist,
        }
    }

    fn scheme(self) -> (Prf, Scheme) {
        match self {
            Self::Gm => (Prf::Family(Suite::Gm), SM4),
            Self::Nist => (Prf::Family(Suite::Nist), AES_256),
            Self::Compat => (Prf::Family(Suite::Nist), SM4),
        }
    }
}

/// Encrypts the DER of a PrivateKeyInfo under a password, with a fresh salt (16 bytes) and IV.
///
/// # Errors
/// [`Error::Misuse`] for an empty password or rounds out of 1 to [`MAX_ITERATIONS`];
/// [`Error::Unsupported`] without a provider of a family that is needed.
pub fn encrypt(
    providers: &Providers,
    key: &SecretBytes,
    password: &[u8],
    protection: Protection,
    iterations: u32,
) -> Result<Vec<u8>, Error> {
    if password.is_empty() || !(1..=MAX_ITERATIONS).contains(&iterations) {
        return Err(Error::Misuse("an empty password, or a number of rounds out of range"));
    }
    let (prf, scheme) = protection.scheme();
    let (mut salt, mut iv) = ([0u8; 16], [0u8; 16]);
    let cipher_provider = providers.get(scheme.suite)?;
    cipher_provider.random(&mut salt)?;
    cipher_provider.random(&mut iv)?;
    let content_key = prf.derive(providers, password, &salt, iterations, scheme.key_len)?;
    let cipher = cipher_provider.cipher(CipherMode::CbcPkcs7, content_key.expose())?;
    let data = cipher.encrypt(&iv, key.expose())?;
    envelope(prf, scheme, &salt, iterations, &iv, data)
        .map_err(|_| Error::Misuse("a key that does not fit DER"))
}

/// Decrypts an EncryptedPrivateKeyInfo and gives the DER of the PrivateKeyInfo inside.
///
/// Read are SM4-CBC, AES-128-CBC and AES-256-CBC with PBKDF2 over HMAC-SM3 (both identifiers),
/// HMAC-SHA256 and HMAC-SHA1, in any mixture, PRF parameters absent or NULL, under the identifiers
/// of PKCS#5 and those of GM/T 0091-2020.
///
/// # Errors
/// [`Error::Malformed`], [`Error::Unsupported`]; [`Error::Refused`] for a wrong password.
pub fn decrypt(providers: &Providers, der: &[u8], password: &[u8]) -> Result<SecretBytes, Error> {
    let parsed = Parsed::from_der(der)?;
    let cipher_provider = providers.get(parsed.scheme.suite)?;
    let key = parsed.prf.derive(
        providers,
        password,
        parsed.salt,
        parsed.iterations,
        parsed.scheme.key_len,
    )?;
    let cipher = cipher_provider.cipher(CipherMode::CbcPkcs7, key.expose())?;
    match cipher.decrypt(parsed.iv, parsed.data) {
        // A wrong password shows as padding that is not right, or as bytes that are no key.
        Ok(plain) if plain.first() == Some(&0x30) => Ok(SecretBytes::new(plain)),
        Ok(plain) => {
            drop(SecretBytes::new(plain));
            Err(Error::Refused)
        }
        Err(Error::SelfTestFailed(name)) => Err(Error::SelfTestFailed(name)),
        Err(_) => Err(Error::Refused),
    }
}

/// Whether the bytes are an EncryptedPrivateKeyInfo, of whatever algorithms.
#[must_use]
pub fn is_encrypted(der: &[u8]) -> bool {
    EncryptedPrivateKeyInfo::from_der(der).is_ok()
}

/// The function under PBKDF2.
#[derive(Clone, Copy)]
enum Prf {
    Family(Suite),
    #[cfg(feature = "nist")]
    HmacSha1,
}

impl Prf {
    /// The function that is named, or the one that is meant under `kdf` when none is.
    fn from_identifier(
        kdf: ObjectIdentifier,
        id: Option<&AlgorithmIdentifierRef<'_>>,
    ) -> Result<Self, Error> {
        let Some(id) = id else {
            // RFC 8018 appendix A.2: hmacWithSHA1. Under the identifiers of GM/T 0091-2020, the family's
            // own is taken; no file of another program that leaves it out was at hand.
            return if kdf == oid::PBKDF2 { Self::sha1() } else { Ok(Self::Family(Suite::Gm)) };
        };
        check_absent_or_null(id.parameters, "PBKDF2 parameters")?;
        match id.oid {
            oid::HMAC_SM3 | oid::HMAC_SM3_GMT0091 => Ok(Self::Family(Suite::Gm)),
            oid::HMAC_SHA256 => Ok(Self::Family(Suite::Nist)),
            oid::HMAC_SHA1 => Self::sha1(),
            _ => Err(Error::Unsupported("this PBKDF2 pseudorandom function")),
        }
    }

    fn sha1() -> Result<Self, Error> {
        #[cfg(feature = "nist")]
        return Ok(Self::HmacSha1);
        #[cfg(not(feature = "nist"))]
        Err(Error::Unsupported("PBKDF2 with HMAC-SHA1 without the nist family"))
    }

    fn derive(
        self,
        providers: &Providers,
        password: &[u8],
        salt: &[u8],
        iterations: u32,
        len: usize,
    ) -> Result<SecretBytes, Error> {
        match self {
            Self::Family(suite) => {
                providers.get(suite)?.kdf()?.pbkdf2(password, salt, iterations, len)
            }
            #[cfg(feature = "nist")]
            Self::HmacSha1 => {
                // No family has SHA-1; it is here so that old files can be opened, and nowhere else.
                let mut out = alloc::vec![0u8; len];
                pbkdf2::pbkdf2_hmac::<sha1::Sha1>(password, salt, iterations, &mut out);
                Ok(SecretBytes::new(out))
            }
        }
    }

    /// The identifier as it is written; HMAC-SHA1 is never written.
    fn identifier(self) -> AlgorithmIdentifierOwned {
        match self {
            Self::Family(Suite::Gm) => {
                AlgorithmIdentifierOwned { oid: oid::HMAC_SM3, parameters: None }
            }
            _ => AlgorithmIdentifierOwned { oid: oid::HMAC_SHA256, parameters: Some(Any::null()) },
        }
    }
}

/// A cipher in CBC mode.
#[derive(Clone, Copy)]
struct Scheme {
    oid: ObjectIdentifier,
    suite: Suite,
    key_len: usize,
}

const SM4: Scheme = Scheme { oid: oid::SM4_CBC, suite: Suite::Gm, key_len: 16 };
const AES_128: Scheme = Scheme { oid: oid::AES128_CBC, suite: Suite::Nist, key_len: 16 };
const AES_256: Scheme = Scheme { oid: oid::AES256_CBC, suite: Suite::Nist, key_len: 32 };

/// `EncryptedPrivateKeyInfo ::= SEQUENCE { encryptionAlgorithm, encryptedData OCTET STRING }`
#[derive(Sequence)]
struct EncryptedPrivateKeyInfo<'a> {
    algorithm: AlgorithmIdentifierRef<'a>,
    data: &'a OctetStringRef,
}

/// `PBES2-params ::= SEQUENCE { keyDerivationFunc, encryptionScheme }`
#[derive(Sequence)]
struct Pbes2Params<'a> {
    kdf: AlgorithmIdentifierRef<'a>,
    encryption: AlgorithmIdentifierRef<'a>,
}

/// `PBKDF2-params ::= SEQUENCE { salt, iterationCount, keyLength OPTIONAL, prf DEFAULT hmacWithSHA1 }`
#[derive(Sequence)]
struct Pbkdf2Params<'a> {
    salt: &'a OctetStringRef,
    iterations: u32,
    key_len: Option<u32>,
    prf: Option<AlgorithmIdentifierRef<'a>>,
}

/// What a file asks for, checked.
struct Parsed<'a> {
    prf: Prf,
    scheme: Scheme,
    salt: &'a [u8],
    iterations: u32,
    iv: &'a [u8],
    data: &'a [u8],
}

impl<'a> Parsed<'a> {
    fn from_der(der: &'a [u8]) -> Result<Self, Error> {
        let outer = EncryptedPrivateKeyInfo::from_der(der)
            .map_err(|_| malformed("not a DER EncryptedPrivateKeyInfo"))?;
        if outer.algorithm.oid != oid::PBES2 && !oid::PBES_GMT0091.contains(&outer.algorithm.oid) {
            return Err(Error::Unsupported("password protection other than PBES2"));
        }
        let params: Pbes2Params<'a> = parameters(&outer.algorithm, "the PBES2 parameters")?;
        if params.kdf.oid != oid::PBKDF2 && !oid::PBKDF_GMT0091.contains(&params.kdf.oid) {
            return Err(Error::Unsupported("key derivation other than PBKDF2"));
        }
        let kdf: Pbkdf2Params<'a> = parameters(&params.kdf, "the PBKDF2 parameters")?;
        if !(1..=MAX_ITERATIONS).contains(&kdf.iterations) {
            return Err(malformed("its number of rounds is 0 or over 4,000,000"));
        }
        let scheme = scheme(params.encryption.oid)?;
        if kdf.key_len.is_some_and(|len| usize::try_from(len) != Ok(scheme.key_len)) {
            return Err(malformed("its key length does not fit the cipher"));
        }
        let iv: &OctetStringRef = parameters(&params.encryption, "the IV")?;
        if iv.as_bytes().len() != 16 {
            return Err(malformed("its IV is not 16 bytes"));
        }
        Ok(Self {
            prf: Prf::from_identifier(params.kdf.oid, kdf.prf.as_ref())?,
            scheme,
            salt: kdf.salt.as_bytes(),
            iterations: kdf.iterations,
            iv: iv.as_bytes(),
            data: outer.data.as_bytes(),
        })
    }
}

fn scheme(id: ObjectIdentifier) -> Result<Scheme, Error> {
    [SM4, AES_128, AES_256]
        .into_iter()
        .find(|scheme| scheme.oid == id)
        .ok_or(Error::Unsupported("this cipher for private keys"))
}

fn parameters<'a, T: der::DecodeValue<'a> + der::FixedTag + 'a>(
    id: &AlgorithmIdentifierRef<'a>,
    why: &'static str,
) -> Result<T, Error> {
    let any = id.parameters.ok_or(malformed(why))?;
    any.decode_as::<T>().map_err(|_| malformed(why))
}

const fn malformed(why: &'static str) -> Error {
    Error::Malformed { what: "encrypted private key", why }
}

/// Puts the pieces into their DER.
fn envelope(
    prf: Prf,
    scheme: Scheme,
    salt: &[u8],
    iterations: u32,
    iv: &[u8],
    data: Vec<u8>,
) -> der::Result<Vec<u8>> {
    let kdf = sequence(&[
        OctetString::new(salt)?.to_der()?,
        iterations.to_der()?,
        prf.identifier().to_der()?,
    ])?;
    let kdf = AlgorithmIdentifierOwned { oid: oid::PBKDF2, parameters: Some(kdf) };
    let iv = Any::encode_from(&OctetString::new(iv)?)?;
    let cipher = AlgorithmIdentifierOwned { oid: scheme.oid, parameters: Some(iv) };
    let params = sequence(&[kdf.to_der()?, cipher.to_der()?])?;
    let algorithm = AlgorithmIdentifierOwned { oid: oid::PBES2, parameters: Some(params) };
    sequence(&[algorithm.to_der()?, OctetString::new(data)?.to_der()?])?.to_der()
}

fn sequence(parts: &[Vec<u8>]) -> der::Result<Any> {
    Any::new(der::Tag::Sequence, parts.concat())
}
