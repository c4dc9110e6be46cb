// SPDX-License-Identifier: Apache-2.0
//! The fast engine: graviola, with the portable engine behind what it lacks.
//!
//! Lacking are: compressed points, signatures over a digest made elsewhere (so streams are signed
//! and verified by `p256`), HPKE, CCM, GCM with other lengths, and the bare block modes.
//! Signing draws its randomness from the system itself, not from the provider's source.
//! Many signatures at once are judged in lanes (`batch`), where this processor has them.

mod batch;

use super::portable::{Portable, encrypt, form_allowed, no_prefix};
use super::{curve, hpke, known};
use crate::encoding::sec1;
use crate::engine::{Backend, Claim, HashFamily};
use crate::health::KnownAnswer;
use crate::modes::{KEY_LENGTH, RawAead};
use crate::{
    AeadMode, Cipher, CipherMode, Context, Engine, Error, HashAlgorithm, Implementation,
    KeyAlgorithm, KeyMaterial, PublicKey, SecretBytes, Suite,
};
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use digest::block_api::BlockSizeUser;
use digest::common::{Key, KeySizeUser};
use digest::consts::{U32, U64};
use digest::{FixedOutput, HashMarker, KeyInit, MacMarker, Output, OutputSizeUser, Update};
use graviola::hashing::{Hash as _, HashContext, Sha256, hmac};
use graviola::key_agreement::p256 as ecdh;
use graviola::signing::ecdsa::{self, P256};
use sys::Entropy;

#[derive(Debug)]
pub(crate) struct Fast;

impl Fast {
    /// Whether this processor has the instructions that graviola is written in.
    pub(crate) fn runs_here() -> bool {
        graviola::util::is_cpu_supported()
    }
}

#[derive(Debug)]
pub(crate) struct FastSha256Family;

impl HashFamily for FastSha256Family {
    const ALGORITHM: HashAlgorithm = HashAlgorithm::Sha256;
    type Digest = FastSha256;
    type Mac = FastHmac;
}

/// A point in graviola's form and in that of `p256`.
pub(crate) struct Public {
    key: ecdsa::VerifyingKey<P256>,
    portable: curve::Public,
}

/// A scalar in both forms. Each of them wipes itself.
pub(crate) struct Private {
    signing: ecdsa::SigningKey<P256>,
    agreeing: ecdh::StaticPrivateKey,
    portable: curve::Private,
}

impl Backend for Fast {
    const SUITE: Suite = Suite::Nist;
    const ENGINE: Engine = Engine::Fast;
    const KEY_LENGTHS: &'static [usize] = Portable::KEY_LENGTHS;
    const KNOWN_ANSWERS: &'static [KnownAnswer] = &known::answers::<Self>();
    type Hash = FastSha256Family;
    type Public = Public;
    type Private = Private;
    type Prefix = [u8; 0];

    fn implementations() -> Vec<Implementation> {
        let level = if cfg!(target_arch = "x86_64") { "AVX2, BMI2, AES-NI" } else { "NEON, AES" };
        let fast = |algorithm| Implementation { algorithm, by: "graviola", level };
        let portable = |algorithm, by| Implementation { algorithm, by, level: "portable" };
        let many = ::gm::p256::batch_level().map(|level| Implementation {
            algorithm: "ECDSA P-256 signatures, many at once",
            by: "gm",
            level,
        });
        let mut all = vec![
            fast("ECDSA P-256 signatures, ECDH"),
            fast("SHA-256, HMAC, HKDF, PBKDF2, counter KDF"),
            fast("AES GCM"),
            portable("ECDSA P-256 signatures over streams", "p256"),
            portable("HPKE (DHKEM P-256, HKDF-SHA256, AES-128-GCM)", "hpke"),
            portable("AES CCM, ECB, CBC, CFB, OFB, CTR, XTS", "aes"),
        ];
        all.extend(many);
        all
    }

    fn uncompress(point: &[u8]) -> Option<[u8; PublicKey::LEN]> {
        Portable::uncompress(point)
    }

    fn public(point: &[u8; PublicKey::LEN]) -> Option<Public> {
        let key = ecdsa::VerifyingKey::from_x962_uncompressed(point).ok()?;
        Some(Public { key, portable: curve::Public::new(point)? })
    }

    fn private(scalar: &SecretBytes) -> Option<Private> {
        let portable = curve::Private::new(scalar)?;
        let agreeing = ecdh::StaticPrivateKey::from_bytes(scalar.expose()).ok()?;
        // graviola reads signing keys from files only.
        let copy = SecretBytes::copy_from(scalar.expose());
        let material = KeyMaterial::new(KeyAlgorithm::EcP256, copy, None).ok()?;
        let file = sec1::encode(&material, true).ok()?;
        let signing = ecdsa::SigningKey::from_sec1_der(file.expose()).ok()?;
        Some(Private { signing, agreeing, portable })
    }

    fn point(private: &Private) -> [u8; PublicKey::LEN] {
        private.portable.point
    }

    fn scalar(private: &Private) -> SecretBytes {
        private.portable.to_bytes()
    }

    fn prefix(_: &Public, ctx: Context<'_>) -> Result<[u8; 0], Error> {
        no_prefix(ctx)
    }

    fn form_allowed(ctx: Context<'_>, raw: &[u8; 64]) -> bool {
        form_allowed(ctx, raw)
    }

    fn sign(
        key: &Private,
        _: &dyn Entropy,
        _: &[u8],
        message: &[&[u8]],
    ) -> Result<[u8; 64], Error> {
        let mut raw = [0; 64];
        key.signing.sign::<Sha256>(message, &mut raw).map_err(|_| {
            Error::Unavailable("the system's random number generator gave no bytes")
        })?;
        curve::low_s(&raw).ok_or(Error::Refused)
    }

    fn verify(key: &Public, _: &[u8], message: &[&[u8]], raw: &[u8; 64]) -> bool {
        key.key.verify::<Sha256>(message, raw).is_ok()
    }

    fn verify_many(batch: &[Claim<'_, Self>]) -> Vec<bool> {
        let alone =
            |claim: &Claim<'_, Self>| Self::verify(claim.key, &[], claim.message, &claim.raw);
        batch::verify(batch)
            .into_iter()
            .zip(batch)
            .map(|(verdict, claim)| verdict.unwrap_or_else(|| alone(claim)))
            .collect()
    }

    fn sign_digest(
        key: &Private,
        entropy: &dyn Entropy,
        digest: &[u8; 32],
    ) -> Result<[u8; 64], Error> {
        Portable::sign_digest(&key.portable, entropy, digest)
    }

    fn sign_digest_with(
        key: &Private,
        digest: &[u8; 32],
        k: &SecretBytes,
    ) -> Result<[u8; 64], Error> {
        Portable::sign_digest_with(&key.portable, digest, k)
    }

    fn verify_digest(key: &Public, digest: &[u8; 32], raw: &[u8; 64]) -> bool {
        Portable::verify_digest(&key.portable, digest, raw)
    }

    fn encrypt(key: &Public, entropy: &dyn Entropy, plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        encrypt(&key.portable.encoded, entropy, plaintext)
    }

    fn encrypt_with(key: &Public, plaintext: &[u8], k: &SecretBytes) -> Result<Vec<u8>, Error> {
        Portable::encrypt_with(&key.portable, plaintext, k)
    }

    fn decrypt(key: &Private, ciphertext: &[u8]) -> Result<SecretBytes, Error> {
        hpke::open(&key.portable.to_bytes(), &[], &[], ciphertext)
    }

    fn agree(key: &Private, peer: &Public) -> Result<SecretBytes, Error> {
        let peer = ecdh::PublicKey::from_x962_uncompressed(&peer.portable.encoded)
            .map_err(|_| Error::Refused)?;
        let shared = key.agreeing.diffie_hellman(&peer).map_err(|_| Error::Refused)?;
        Ok(SecretBytes::copy_from(&shared.0))
    }

    fn aead(
        mode: AeadMode,
        key: &[u8],
        nonce_len: usize,
        tag_len: usize,
    ) -> Result<Box<dyn RawAead>, Error> {
        match (mode, key.len(), nonce_len, tag_len) {
            (AeadMode::Gcm, 16 | 32, 12, 16) => {
                Ok(Box::new(FastGcm(graviola::aead::AesGcm::new(key))))
            }
            (_, 16 | 32, ..) => Portable::aead(mode, key, nonce_len, tag_len),
            _ => Err(KEY_LENGTH),
        }
    }

    fn cipher(mode: CipherMode, key: &[u8]) -> Result<Box<dyn Cipher>, Error> {
        Portable::cipher(mode, key)
    }
}

struct FastGcm(graviola::aead::AesGcm);

impl RawAead for FastGcm {
    fn seal_in_place(&self, nonce: &[u8], aad: &[u8], data: &mut [u8]) -> Result<[u8; 16], Error> {
        // NIST SP 800-38D clause 5.2.1.1; graviola counts on without a word.
        if data.len() as u64 > (1 << 36) - 32 {
            return Err(Error::Misuse("a message too long for this mode"));
        }
        let nonce = nonce.try_into().map_err(|_| Error::Misuse("the nonce must be 12 bytes"))?;
        let mut tag = [0; 16];
        self.0.encrypt(nonce, aad, data, &mut tag);
        Ok(tag)
    }

    fn open_in_place(
        &self,
        nonce: &[u8],
        aad: &[u8],
        data: &mut [u8],
        tag: &[u8],
    ) -> Result<(), Error> {
        let nonce = nonce.try_into().map_err(|_| Error::Refused)?;
        self.0.decrypt(nonce, aad, data, tag).map_err(|_| Error::Refused)
    }
}

/// graviola's SHA-256 under RustCrypto's trait, so that all that is generic over digests runs on it.
#[derive(Clone)]
pub(crate) struct FastSha256(<Sha256 as graviola::hashing::Hash>::Context);

impl Default for FastSha256 {
    fn default() -> Self {
        Self(Sha256::new())
    }
}

impl HashMarker for FastSha256 {}

impl OutputSizeUser for FastSha256 {
    type OutputSize = U32;
}

impl BlockSizeUser for FastSha256 {
    type BlockSize = U64;
}

impl Update for FastSha256 {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }
}

impl FixedOutput for FastSha256 {
    fn finalize_into(self, out: &mut Output<Self>) {
        out.copy_from_slice(self.0.finish().as_ref());
    }
}

/// The same for HMAC.
#[derive(Clone)]
pub(crate) struct FastHmac(hmac::Hmac<Sha256>);

impl MacMarker for FastHmac {}

impl KeySizeUser for FastHmac {
    type KeySize = U64;
}

impl KeyInit for FastHmac {
    fn new(key: &Key<Self>) -> Self {
        Self(hmac::Hmac::new(key))
    }

    fn new_from_slice(key: &[u8]) -> Result<Self, digest::InvalidLength> {
        Ok(Self(hmac::Hmac::new(key)))
    }
}

impl OutputSizeUser for FastHmac {
    type OutputSize = U32;
}

impl Update for FastHmac {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }
}

impl FixedOutput for FastHmac {
    fn finalize_into(self, out: &mut Output<Self>) {
        out.copy_from_slice(self.0.finish().as_ref());
    }
}
