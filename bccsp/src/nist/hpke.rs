// SPDX-License-Identifier: Apache-2.0
//! Public-key encryption as HPKE base mode (RFC 9180): DHKEM(P-256, HKDF-SHA256), HKDF-SHA256,
//! AES-128-GCM. The encapsulated key (65 bytes) stands in front of ciphertext and tag.

use crate::{Error, PublicKey, SecretBytes};
use alloc::vec::Vec;
use core::convert::Infallible;
use hpke::aead::AesGcm128;
use hpke::kdf::HkdfSha256;
use hpke::kem::DhP256HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use rand_core::{TryCryptoRng, TryRng};
use zeroize::Zeroize;

type Dhkem = DhP256HkdfSha256;

/// Encrypts with an ephemeral key derived of `ikm` (RFC 9180 section 7.1.3; 32 bytes).
pub(super) fn seal(
    recipient: &[u8; PublicKey::LEN],
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    ikm: &SecretBytes,
) -> Result<Vec<u8>, Error> {
    let ikm = ikm.expose().try_into().map_err(|_| Error::Misuse("ikmE must be 32 bytes"))?;
    let key = <Dhkem as Kem>::PublicKey::from_bytes(recipient).map_err(|_| Error::Refused)?;
    let (encapsulated, mut context) = hpke::setup_sender_with_rng::<AesGcm128, HkdfSha256, Dhkem>(
        &OpModeS::Base,
        &key,
        info,
        &mut Once { ikm },
    )
    .map_err(|_| Error::Misuse("this ikmE gives no ephemeral key"))?;
    let sealed = context
        .seal(plaintext, aad)
        .map_err(|_| Error::Misuse("a message too long for this mode"))?;
    Ok([&encapsulated.to_bytes()[..], &sealed].concat())
}

/// Decrypts what [`seal`] made.
pub(super) fn open(
    scalar: &SecretBytes,
    info: &[u8],
    aad: &[u8],
    ciphertext: &[u8],
) -> Result<SecretBytes, Error> {
    let (encapsulated, sealed) =
        ciphertext.split_at_checked(PublicKey::LEN).ok_or(Error::Refused)?;
    let key =
        <Dhkem as Kem>::PrivateKey::from_bytes(scalar.expose()).map_err(|_| Error::Refused)?;
    let encapsulated =
        <Dhkem as Kem>::EncappedKey::from_bytes(encapsulated).map_err(|_| Error::Refused)?;
    let mut context = hpke::setup_receiver::<AesGcm128, HkdfSha256, Dhkem>(
        &OpModeR::Base,
        &key,
        &encapsulated,
        info,
    )
    .map_err(|_| Error::Refused)?;
    context.open(sealed, aad).map(SecretBytes::new).map_err(|_| Error::Refused)
}

/// A "generator" that gives ikmE, the 32 bytes that the crate asks for and nothing else. The
/// crate's generators may not fail, ours can: so the bytes are drawn before.
struct Once {
    ikm: [u8; 32],
}

impl TryRng for Once {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        // A second draw would repeat the first, unnoticed by any test: the crate draws once.
        out.iter_mut().zip(self.ikm).for_each(|(to, from)| *to = from);
        self.ikm.zeroize();
        Ok(())
    }
}

impl TryCryptoRng for Once {}

impl Drop for Once {
    fn drop(&mut self) {
        self.ikm.zeroize();
    }
}
