// SPDX-License-Identifier: Apache-2.0
//! The portable engine: the RustCrypto crates `sm2` (arithmetic), `sm3` and `sm4`.

use super::curve::{Private, Public, coordinates, decode_point, encode_point, reduce, scalar};
use super::points::{Coordinates, Points};
use super::{encrypt, exchange, identity, known, sign};
use crate::engine::{Backend, HashFamily, generate};
use crate::health::KnownAnswer;
use crate::modes::{self, RawAead};
use crate::{
    AeadMode, Cipher, CipherMode, Context, DEFAULT_SIGNER_ID, Engine, Error, Exchange,
    ExchangeParams, HashAlgorithm, Implementation, PublicKey, SecretBytes, Suite,
};
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use sm2::elliptic_curve::group::Group;
use sm2::{ProjectivePoint, Scalar};
use sys::Entropy;
use zeroize::Zeroize;

#[derive(Debug)]
pub(crate) struct Sm3Family;

impl HashFamily for Sm3Family {
    const ALGORITHM: HashAlgorithm = HashAlgorithm::Sm3;
    type Digest = sm3::Sm3;
    type Mac = hmac::Hmac<sm3::Sm3>;
}

#[derive(Debug)]
pub(crate) struct Portable;

impl Backend for Portable {
    const SUITE: Suite = Suite::Gm;
    const ENGINE: Engine = Engine::Portable;
    const KEY_LENGTHS: &'static [usize] = &[16];
    const KNOWN_ANSWERS: &'static [KnownAnswer] = &known::answers::<Self>();
    type Hash = Sm3Family;
    type Public = Public;
    type Private = Private;
    type Prefix = [u8; 32];

    fn implementations() -> Vec<Implementation> {
        let by = |algorithm, by| Implementation { algorithm, by, level: "portable" };
        vec![
            by("SM2 signatures, encryption, key exchange, ECDH", "sm2 (arithmetic)"),
            by("SM3, HMAC, HKDF, PBKDF2, counter KDF", "sm3"),
            by("SM4 GCM, CCM, ECB, CBC, CFB, OFB, CTR, XTS", "sm4"),
        ]
    }

    fn uncompress(point: &[u8]) -> Option<[u8; PublicKey::LEN]> {
        decode_point(point).as_ref().map(encode_point)
    }

    fn public(point: &[u8; PublicKey::LEN]) -> Option<Public> {
        Public::new(point)
    }

    fn private(scalar: &SecretBytes) -> Option<Private> {
        Private::new(scalar)
    }

    fn point(private: &Private) -> [u8; PublicKey::LEN] {
        private.point
    }

    fn scalar(private: &Private) -> SecretBytes {
        private.to_bytes()
    }

    fn prefix(public: &Public, ctx: Context<'_>) -> Result<[u8; 32], Error> {
        match ctx.signer_id() {
            DEFAULT_SIGNER_ID => Ok(public.default_hash),
            id => identity::signer_hash(&public.encoded, id),
        }
    }

    fn signer_hash(public: &Public, id: &[u8]) -> Result<[u8; 32], Error> {
        identity::signer_hash(&public.encoded, id)
    }

    fn sign_digest(
        key: &Private,
        entropy: &dyn Entropy,
        digest: &[u8; 32],
    ) -> Result<[u8; 64], Error> {
        sign::sign(key, entropy, digest)
    }

    fn sign_digest_with(
        key: &Private,
        digest: &[u8; 32],
        k: &SecretBytes,
    ) -> Result<[u8; 64], Error> {
        sign::sign_with_nonce(key, digest, k)
    }

    fn verify_digest(key: &Public, digest: &[u8; 32], raw: &[u8; 64]) -> bool {
        sign::verify(key, digest, raw)
    }

    fn encrypt(key: &Public, entropy: &dyn Entropy, plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        encrypt::encrypt::<Self>(key, entropy, plaintext)
    }

    fn encrypt_with(key: &Public, plaintext: &[u8], k: &SecretBytes) -> Result<Vec<u8>, Error> {
        encrypt::encrypt_with_nonce::<Self>(key, plaintext, k)
    }

    fn decrypt(key: &Private, ciphertext: &[u8]) -> Result<SecretBytes, Error> {
        encrypt::decrypt::<Self>(key, ciphertext)
    }

    fn agree(key: &Private, peer: &Public) -> Result<SecretBytes, Error> {
        Ok(encrypt::agree::<Self>(key, peer))
    }

    fn exchange(
        key: &Private,
        params: &ExchangeParams<'_>,
        entropy: &dyn Entropy,
        r: Option<&SecretBytes>,
    ) -> Result<Box<dyn Exchange>, Error> {
        exchange::start::<Self>(key, params, entropy, r)
    }

    fn aead(
        mode: AeadMode,
        key: &[u8],
        nonce_len: usize,
        tag_len: usize,
    ) -> Result<Box<dyn RawAead>, Error> {
        modes::aead::<sm4::Sm4>(mode, key, nonce_len, tag_len)
    }

    fn cipher(mode: CipherMode, key: &[u8]) -> Result<Box<dyn Cipher>, Error> {
        modes::cipher::<sm4::Sm4>(mode, key)
    }
}

/// A secret number and the point it leads to.
pub(super) struct Ephemeral {
    k: Scalar,
    point: [u8; PublicKey::LEN],
}

impl Drop for Ephemeral {
    fn drop(&mut self) {
        self.k.zeroize();
    }
}

/// t of a key exchange.
pub(super) struct Mixed(Scalar);

impl Drop for Mixed {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Points for Portable {
    type Ephemeral = Ephemeral;
    type Mixed = Mixed;

    fn draw(entropy: &dyn Entropy) -> Result<Ephemeral, Error> {
        // A private key's range is as good as that of a nonce.
        let private = generate::<Self>(entropy)?;
        Ok(Ephemeral { k: private.d, point: private.point })
    }

    fn ephemeral(k: &SecretBytes) -> Option<Ephemeral> {
        let k = scalar(k)?;
        let point = encode_point(&ProjectivePoint::mul_by_generator(&k).to_affine());
        Some(Ephemeral { k, point })
    }

    fn ephemeral_point(k: &Ephemeral) -> [u8; PublicKey::LEN] {
        k.point
    }

    fn shared(k: &Ephemeral, peer: &Public) -> Coordinates {
        coordinates(&(peer.point * k.k).to_affine())
    }

    fn times(key: &Private, peer: &Public) -> Coordinates {
        coordinates(&(peer.point * key.d).to_affine())
    }

    fn mix(key: &Private, r: &Ephemeral) -> Mixed {
        Mixed(key.d + truncated_x(&r.point) * r.k)
    }

    fn mixed(t: &Mixed, peer: &Public, r: &Public) -> Option<Coordinates> {
        let u = (peer.point + r.point * truncated_x(&r.encoded)) * t.0;
        (!bool::from(u.is_identity())).then(|| coordinates(&u.to_affine()))
    }
}

/// x̄ = 2^w + (x mod 2^w) with w = 127, of a public point 04 ‖ x ‖ y (GB/T 32918.3 clause 6.1, A4).
fn truncated_x(point: &[u8; PublicKey::LEN]) -> Scalar {
    let mut low = [0; 32];
    let half = point.iter().skip(17).take(16);
    low.iter_mut().skip(16).zip(half).for_each(|(to, from)| *to = *from);
    low[16] |= 0x80;
    reduce(&low)
}
