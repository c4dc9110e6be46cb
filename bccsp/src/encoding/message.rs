// SPDX-License-Identifier: Apache-2.0
//! Algorithms in messages (CMS, PKCS#7): what identifies them, how a content key is wrapped for a
//! recipient and unwrapped again. The messages themselves are in the `cms` crate.

use super::algorithm::check_absent_or_null;
use super::oid;
use crate::{
    CipherMode, DecryptionKey, EncryptionKey, Error, HashAlgorithm, Provider, Providers,
    SecretBytes, SignatureAlgorithm, Suite,
};
use ::spki::{AlgorithmIdentifierOwned, AlgorithmIdentifierRef};
use alloc::vec;
use alloc::vec::Vec;
use const_oid::ObjectIdentifier;
use der::asn1::{OctetString, OctetStringRef};
use der::{Any, Encode, Tag, Tagged};

const WHAT: &str = "message";

/// How the content of a message is encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentCipher {
    suite: Suite,
    key_len: usize,
    mode: CipherMode,
    iv: Vec<u8>,
}

impl ContentCipher {
    /// What a message in a family is encrypted with: SM4-CBC, or AES-256-CBC; a fresh IV (16 bytes).
    ///
    /// # Errors
    /// [`Error::Unavailable`] without randomness.
    pub fn of(provider: &dyn Provider) -> Result<Self, Error> {
        let key_len = if provider.suite() == Suite::Gm { 16 } else { 32 };
        let mut iv = vec![0; 16];
        provider.random(&mut iv)?;
        Ok(Self { suite: provider.suite(), key_len, mode: CipherMode::CbcPkcs7, iv })
    }

    /// Reads SM4-CBC, AES-128-CBC and AES-256-CBC. SM4 without a mode is CBC where the parameters are
    /// an OCTET STRING of 16 bytes, as CFCA writes it, else ECB, as old tools of CAs do.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for another cipher, [`Error::Malformed`] for an IV that is not 16
    /// bytes.
    pub fn from_identifier(id: &AlgorithmIdentifierRef<'_>) -> Result<Self, Error> {
        let (suite, key_len) = match id.oid {
            oid::SM4 | oid::SM4_CBC | oid::SM4_ECB => (Suite::Gm, 16),
            oid::AES128_CBC => (Suite::Nist, 16),
            oid::AES256_CBC => (Suite::Nist, 32),
            _ => return Err(Error::Unsupported("this content encryption algorithm")),
        };
        let iv = id.parameters.and_then(|any| any.decode_as::<&OctetStringRef>().ok());
        let iv = iv.map(|iv| iv.as_bytes().to_vec());
        let (mode, iv) = match (id.oid, iv) {
            (oid::SM4_ECB, _) => (CipherMode::Ecb, Vec::new()),
            (_, Some(iv)) if iv.len() == 16 => (CipherMode::CbcPkcs7, iv),
            (oid::SM4, None) => (CipherMode::Ecb, Vec::new()),
            _ => return Err(Error::Malformed { what: WHAT, why: "its IV is not 16 bytes" }),
        };
        Ok(Self { suite, key_len, mode, iv })
    }

    /// The identifier with the IV.
    ///
    /// # Errors
    /// [`Error::Misuse`] never in practice: the lengths are fixed.
    pub fn to_identifier(&self) -> Result<AlgorithmIdentifierOwned, Error> {
        let misuse = |_| Error::Misuse("an IV that does not fit DER");
        let oid = match (self.suite, self.mode, self.key_len) {
            (Suite::Gm, CipherMode::Ecb, _) => oid::SM4_ECB,
            (Suite::Gm, _, _) => oid::SM4_CBC,
            (Suite::Nist, _, 16) => oid::AES128_CBC,
            (Suite::Nist, _, _) => oid::AES256_CBC,
        };
        if self.mode == CipherMode::Ecb {
            return Ok(AlgorithmIdentifierOwned { oid, parameters: None });
        }
        let iv = OctetString::new(self.iv.as_slice()).map_err(misuse)?;
        let parameters = Some(Any::encode_from(&iv).map_err(misuse)?);
        Ok(AlgorithmIdentifierOwned { oid, parameters })
    }

    /// A fresh content key.
    ///
    /// # Errors
    /// [`Error::Unavailable`] without randomness.
    pub fn generate_key(&self, providers: &Providers) -> Result<SecretBytes, Error> {
        let mut key = vec![0; self.key_len];
        providers.get(self.suite)?.random(&mut key)?;
        Ok(SecretBytes::new(key))
    }

    /// Encrypts the content.
    ///
    /// # Errors
    /// [`Error::Misuse`] for a key of another length.
    pub fn encrypt(
        &self,
        providers: &Providers,
        key: &SecretBytes,
        content: &[u8],
    ) -> Result<Vec<u8>, Error> {
        providers.get(self.suite)?.cipher(self.mode, key.expose())?.encrypt(&self.iv, content)
    }

    /// Decrypts the content; of ECB, the padding of RFC 5652 section 6.3 is taken off.
    ///
    /// # Errors
    /// [`Error::Refused`] for whatever is wrong with key, length or padding.
    pub fn decrypt(
        &self,
        providers: &Providers,
        key: &SecretBytes,
        content: &[u8],
    ) -> Result<SecretBytes, Error> {
        if key.len() != self.key_len {
            return Err(Error::Refused);
        }
        let cipher = providers.get(self.suite)?.cipher(self.mode, key.expose())?;
        let plain = cipher.decrypt(&self.iv, content).map_err(refused)?;
        let plain = SecretBytes::new(plain);
        if self.mode != CipherMode::Ecb {
            return Ok(plain);
        }
        unpadded(&plain).ok_or(Error::Refused)
    }
}

/// Without the padding at the end.
fn unpadded(plain: &SecretBytes) -> Option<SecretBytes> {
    let bytes = plain.expose();
    let count = usize::from(*bytes.last()?);
    let at = bytes.len().checked_sub(count).filter(|_| (1..=16).contains(&count))?;
    let (content, padding) = bytes.split_at_checked(at)?;
    let good = padding.iter().all(|byte| usize::from(*byte) == count);
    good.then(|| SecretBytes::copy_from(content))
}

/// Everything that is wrong with foreign bytes becomes one refusal.
fn refused(error: Error) -> Error {
    match error {
        Error::SelfTestFailed(_) | Error::Unavailable(_) => error,
        _ => Error::Refused,
    }
}

/// Reads which hash function a message was digested with; parameters absent or NULL.
///
/// # Errors
/// [`Error::Unsupported`] for another one, [`Error::Malformed`] for other parameters.
pub fn hash_algorithm(id: &AlgorithmIdentifierRef<'_>) -> Result<HashAlgorithm, Error> {
    let algorithm = match id.oid {
        oid::SHA256 => HashAlgorithm::Sha256,
        oid::SM3 => HashAlgorithm::Sm3,
        _ => return Err(Error::Unsupported("this digest algorithm")),
    };
    check_absent_or_null(id.parameters, "digest algorithm")?;
    Ok(algorithm)
}

/// Reads how a signer signed: the signature algorithm itself, or, as PKCS#7 has it, just the kind of
/// key (GB/T 35275-2017: SM2 signatures, 1.2.156.10197.1.301.1).
///
/// # Errors
/// [`Error::Unsupported`] for another algorithm.
pub fn signer_algorithm(id: &AlgorithmIdentifierRef<'_>) -> Result<SignatureAlgorithm, Error> {
    match id.oid {
        oid::SM2 | oid::SM2_SIGN | oid::SM2_WITH_SM3 => Ok(SignatureAlgorithm::Sm2WithSm3),
        oid::ECDSA_WITH_SHA256 => Ok(SignatureAlgorithm::EcdsaWithSha256),
        oid::EC_PUBLIC_KEY => match super::spki::key_algorithm(id) {
            Ok(algorithm) => Ok(algorithm.suite().signature_algorithm()),
            // Without a curve the key of the signer's certificate says which.
            Err(_) => Ok(SignatureAlgorithm::EcdsaWithSha256),
        },
        _ => Err(Error::Unsupported("this signature algorithm of a signer")),
    }
}

/// Whether an identifier says that a content key is encrypted to an SM2 key: 1.2.156.10197.1.301.3
/// (GB/T 35275-2017, gmsm), .301.2 (GmSSL), or the kind of key alone.
#[must_use]
pub fn is_key_transport(id: ObjectIdentifier) -> bool {
    [oid::SM2_ENCRYPT, oid::SM2_EXCHANGE, oid::SM2, oid::EC_PUBLIC_KEY].contains(&id)
}

/// The identifier that is written for that: 1.2.156.10197.1.301.3 in GM messages and in others.
#[must_use]
pub const fn key_transport() -> ObjectIdentifier {
    oid::SM2_ENCRYPT
}

/// The same as GmSSL writes it and reads it alone: 1.2.156.10197.1.301.2.
#[must_use]
pub const fn key_transport_gmssl() -> ObjectIdentifier {
    oid::SM2_EXCHANGE
}

/// Encrypts a content key to an SM2 key, as ASN.1.
///
/// # Errors
/// [`Error::Misuse`] for a key of the other family.
pub fn transport(recipient: &dyn EncryptionKey, key: &SecretBytes) -> Result<Vec<u8>, Error> {
    if recipient.public_key().algorithm().suite() != Suite::Gm {
        return Err(Error::Misuse("a content key is encrypted to keys of the gm family alone"));
    }
    recipient.encrypt(key.expose())
}

/// Opens a content key that was encrypted to an SM2 key: ASN.1, or raw with the leading 04.
///
/// # Errors
/// [`Error::Refused`].
#[cfg(feature = "gm")]
pub fn untransport(recipient: &dyn DecryptionKey, wrapped: &[u8]) -> Result<SecretBytes, Error> {
    use super::sm2_ciphertext::Sm2Ciphertext;
    let first = recipient.decrypt(wrapped);
    let Err(error @ Error::Refused) = first else { return first.map_err(refused) };
    for raw in [Sm2Ciphertext::from_c1c3c2(wrapped), Sm2Ciphertext::from_c1c2c3(wrapped)] {
        if let Ok(key) = raw.and_then(|raw| recipient.decrypt(&raw.to_der())) {
            return Ok(key);
        }
    }
    Err(error)
}

/// How two P-256 keys agree on the key that wraps the content key (RFC 5753 section 3.1, standard
/// Diffie-Hellman with an ephemeral key of the sender).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreement {
    kdf: AgreementKdf,
    wrap_len: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AgreementKdf {
    Sha256,
    #[cfg(feature = "nist")]
    Sha1,
}

impl Agreement {
    /// What is written: SHA-256, and AES key wrap of as many bytes as the content key has.
    #[must_use]
    pub const fn of(cipher: &ContentCipher) -> Self {
        Self { kdf: AgreementKdf::Sha256, wrap_len: cipher.key_len }
    }

    /// Reads dhSinglePass-stdDH with SHA-256, or SHA-1 as OpenSSL writes it, over AES key wrap.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for other schemes.
    pub fn from_identifier(id: &AlgorithmIdentifierRef<'_>) -> Result<Self, Error> {
        let kdf = match id.oid {
            oid::STD_DH_SHA256 => AgreementKdf::Sha256,
            #[cfg(feature = "nist")]
            oid::STD_DH_SHA1 => AgreementKdf::Sha1,
            _ => return Err(Error::Unsupported("this key agreement")),
        };
        let wrap = id.parameters.and_then(|any| any.decode_as::<AlgorithmIdentifierRef<'_>>().ok());
        let wrap_len = match wrap.map(|wrap| wrap.oid) {
            Some(oid::AES128_WRAP) => 16,
            Some(oid::AES256_WRAP) => 32,
            _ => return Err(Error::Unsupported("this key wrap")),
        };
        Ok(Self { kdf, wrap_len })
    }

    /// The identifier, with that of the key wrap in it.
    ///
    /// # Errors
    /// [`Error::Misuse`] never in practice: the lengths are fixed.
    pub fn to_identifier(self) -> Result<AlgorithmIdentifierOwned, Error> {
        let wrap = AlgorithmIdentifierOwned { oid: self.wrap_oid(), parameters: None };
        let parameters = Any::encode_from(&wrap)
            .map_err(|_| Error::Misuse("an identifier that does not fit DER"))?;
        let oid = match self.kdf {
            AgreementKdf::Sha256 => oid::STD_DH_SHA256,
            #[cfg(feature = "nist")]
            AgreementKdf::Sha1 => oid::STD_DH_SHA1,
        };
        Ok(AlgorithmIdentifierOwned { oid, parameters: Some(parameters) })
    }

    const fn wrap_oid(self) -> ObjectIdentifier {
        if self.wrap_len == 16 { oid::AES128_WRAP } else { oid::AES256_WRAP }
    }

    /// The key that wraps, from the shared x. `parameters` is the DER of the wrap's parameters as
    /// they travelled, `ukm` what the sender added.
    fn wrapping_key(
        self,
        provider: &dyn Provider,
        shared: &SecretBytes,
        info: &[u8],
    ) -> Result<SecretBytes, Error> {
        match self.kdf {
            AgreementKdf::Sha256 => {
                // X9.63 hashes the shared x, a counter, and the information; the provider's function
                // puts the counter last, so the steps are taken here.
                let counters = [1_u32.to_be_bytes()];
                let hash = provider.hash()?;
                let out = counters
                    .iter()
                    .flat_map(|n| *hash.digest(&[shared.expose(), n, info]).as_bytes())
                    .take(self.wrap_len)
                    .collect::<Vec<u8>>();
                Ok(SecretBytes::new(out))
            }
            #[cfg(feature = "nist")]
            AgreementKdf::Sha1 => {
                use sha1::Digest as _;
                let mut out = Vec::new();
                for n in [1_u32, 2] {
                    let digest = sha1::Sha1::new()
                        .chain_update(shared.expose())
                        .chain_update(n.to_be_bytes())
                        .chain_update(info)
                        .finalize();
                    out.extend_from_slice(&digest);
                }
                out.truncate(self.wrap_len);
                Ok(SecretBytes::new(out))
            }
        }
    }

    /// ECC-CMS-SharedInfo (RFC 5753 section 7.2). The wrap's identifier stands in it as it travelled.
    fn shared_info(self, wrap: &[u8], ukm: Option<&[u8]>) -> der::Result<Vec<u8>> {
        let bits = u32::try_from(self.wrap_len.saturating_mul(8)).unwrap_or_default();
        let explicit = |tag: u8, octets: &[u8]| -> der::Result<Vec<u8>> {
            let inner = OctetString::new(octets)?.to_der()?;
            Any::new(
                Tag::ContextSpecific { constructed: true, number: der::TagNumber(u32::from(tag)) },
                inner,
            )?
            .to_der()
        };
        let ukm = ukm.map(|ukm| explicit(0, ukm)).transpose()?.unwrap_or_default();
        let parts = [wrap.to_vec(), ukm, explicit(2, &bits.to_be_bytes())?].concat();
        Any::new(Tag::Sequence, parts)?.to_der()
    }

    /// Wraps a content key for a P-256 key: the sender's ephemeral point (65 bytes) and the wrapped
    /// key.
    ///
    /// # Errors
    /// [`Error::Misuse`] for a key of the other family, [`Error::Unavailable`] without randomness.
    pub fn wrap(
        self,
        provider: &dyn Provider,
        recipient: &crate::PublicKey,
        key: &SecretBytes,
    ) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let ephemeral = provider.generate_decryption_key()?;
        let shared = ephemeral.agree(recipient)?;
        let wrap = AlgorithmIdentifierOwned { oid: self.wrap_oid(), parameters: None };
        let info = wrap
            .to_der()
            .and_then(|wrap| self.shared_info(&wrap, None))
            .map_err(|_| Error::Misuse("an identifier that does not fit DER"))?;
        let wrapping = self.wrapping_key(provider, &shared, &info)?;
        let wrapped = key_wrap::wrap(provider, &wrapping, key)?;
        Ok((ephemeral.encryption_key().public_key().point().to_vec(), wrapped))
    }

    /// Opens a content key. `id` is the identifier as it travelled, `originator` the sender's point.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub fn unwrap(
        self,
        provider: &dyn Provider,
        recipient: &dyn DecryptionKey,
        id: &AlgorithmIdentifierRef<'_>,
        originator: &[u8],
        ukm: Option<&[u8]>,
        wrapped: &[u8],
    ) -> Result<SecretBytes, Error> {
        let shared = recipient.agree(&provider.public_key(originator)?).map_err(refused)?;
        let wrap = id.parameters.filter(|any| any.tag() == Tag::Sequence).ok_or(Error::Refused)?;
        let info = wrap.to_der().and_then(|wrap| self.shared_info(&wrap, ukm));
        let info = info.map_err(|_| Error::Refused)?;
        let wrapping = self.wrapping_key(provider, &shared, &info)?;
        key_wrap::unwrap(provider, &wrapping, wrapped)
    }
}

/// AES key wrap (RFC 3394) with the block cipher of the provider.
mod key_wrap {
    use super::{CipherMode, Error, Provider, SecretBytes, Vec, refused};
    use subtle::ConstantTimeEq;

    const INITIAL: [u8; 8] = [0xa6; 8];

    /// RFC 3394 section 2.2.1. The key is a whole number of 8 bytes, two at least.
    pub(super) fn wrap(
        provider: &dyn Provider,
        wrapping: &SecretBytes,
        key: &SecretBytes,
    ) -> Result<Vec<u8>, Error> {
        let cipher = provider.cipher(CipherMode::Ecb, wrapping.expose())?;
        let mut registers: Vec<[u8; 8]> =
            blocks(key.expose()).ok_or(Error::Misuse("a content key of an odd length"))?;
        let mut a = INITIAL;
        let mut step = 0_u64;
        for _ in 0..6 {
            for register in &mut registers {
                step = step.wrapping_add(1);
                let out = cipher.encrypt(&[], &[a, *register].concat())?;
                let (high, low) = out.split_at_checked(8).ok_or(Error::Refused)?;
                a = xor(high, step).ok_or(Error::Refused)?;
                *register = low.try_into().map_err(|_| Error::Refused)?;
            }
        }
        Ok([a].iter().chain(&registers).flatten().copied().collect())
    }

    /// RFC 3394 section 2.2.2.
    pub(super) fn unwrap(
        provider: &dyn Provider,
        wrapping: &SecretBytes,
        wrapped: &[u8],
    ) -> Result<SecretBytes, Error> {
        let cipher = provider.cipher(CipherMode::Ecb, wrapping.expose())?;
        let (a, rest) = wrapped.split_at_checked(8).ok_or(Error::Refused)?;
        let mut a: [u8; 8] = a.try_into().map_err(|_| Error::Refused)?;
        let mut registers = blocks(rest).ok_or(Error::Refused)?;
        let mut step = u64::try_from(registers.len()).unwrap_or_default().saturating_mul(6);
        for _ in 0..6 {
            for register in registers.iter_mut().rev() {
                let high = xor(&a, step).ok_or(Error::Refused)?;
                let out = cipher.decrypt(&[], &[high, *register].concat()).map_err(refused)?;
                let (high, low) = out.split_at_checked(8).ok_or(Error::Refused)?;
                a = high.try_into().map_err(|_| Error::Refused)?;
                *register = low.try_into().map_err(|_| Error::Refused)?;
                step = step.wrapping_sub(1);
            }
        }
        let key = SecretBytes::new(registers.concat());
        if bool::from(a.ct_eq(&INITIAL)) { Ok(key) } else { Err(Error::Refused) }
    }

    fn blocks(bytes: &[u8]) -> Option<Vec<[u8; 8]>> {
        let whole = bytes.len() >= 16 && bytes.len() <= 512 && bytes.len().is_multiple_of(8);
        whole.then(|| bytes.chunks(8).filter_map(|chunk| chunk.try_into().ok()).collect())
    }

    fn xor(high: &[u8], step: u64) -> Option<[u8; 8]> {
        let high = u64::from_be_bytes(high.try_into().ok()?);
        Some((high ^ step).to_be_bytes())
    }
}

#[cfg(all(test, feature = "std", feature = "nist"))]
mod tests {
    use super::*;
    use crate::EngineChoice;
    use hex_literal::hex;

    /// RFC 3394 section 4.3 (a key of 128 bits under one of 256 bits) and 4.6.
    #[test]
    fn key_wrap_has_the_answers_of_the_rfc() {
        let providers = Providers::new(Suite::Nist, EngineChoice::Portable).unwrap();
        let provider = &**providers.default_provider();
        let kek = SecretBytes::new((0..32).collect());
        let cases = [
            (
                hex!("00112233445566778899aabbccddeeff").to_vec(),
                hex!("64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7").to_vec(),
            ),
            (
                hex!("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f").to_vec(),
                hex!("28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21").to_vec(),
            ),
        ];
        for (key, wrapped) in cases {
            let key = SecretBytes::new(key);
            assert_eq!(key_wrap::wrap(provider, &kek, &key).unwrap(), wrapped);
            let back = key_wrap::unwrap(provider, &kek, &wrapped).unwrap();
            assert_eq!(back.expose(), key.expose());
            let mut wrong = wrapped.clone();
            wrong[9] ^= 1;
            assert!(key_wrap::unwrap(provider, &kek, &wrong).is_err());
        }
    }
}
