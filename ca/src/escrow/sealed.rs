// SPDX-License-Identifier: Apache-2.0
//! A private key at rest: sealed so that any two administrators open it together, and nobody
//! alone, the CA included.
//!
//! A random key K seals the private key (AEAD; the serial number of its certificate is
//! authenticated with it). For each two administrators K is split anew: a random R, and K ⊕ R;
//! each is encrypted to the public key of one of them. One half alone is random and says nothing
//! about K.

use crate::{Error, Host};
use bccsp::encoding::pkcs8;
use bccsp::{AeadMode, KeyMaterial, Provider, PublicKey, SecretBytes, Ski};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What is on record of an escrowed key.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sealed {
    /// The family that sealed it.
    suite: String,
    /// nonce ‖ ciphertext ‖ tag, in hex.
    key: String,
    pub(super) pairs: Vec<Pair>,
}

/// K for two administrators.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pair {
    pub(super) halves: [Half; 2],
}

/// What one of them has to decrypt.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Half {
    /// The identifier of the administrator's key.
    pub(super) administrator: String,
    /// The half, encrypted to that key, in hex.
    pub(super) share: String,
}

impl Sealed {
    /// Seals a key for every two of these administrators.
    pub(super) fn seal(
        host: &Host,
        provider: &Arc<dyn Provider>,
        serial: &[u8],
        key: &KeyMaterial,
        administrators: &[PublicKey],
    ) -> Result<Self, Error> {
        let length = provider.key_lengths().first().copied().unwrap_or(16);
        let sealing = random(provider.as_ref(), length)?;
        let plain = pkcs8::encode(key)?;
        let aead = provider.aead(AeadMode::Gcm, sealing.expose())?;
        let sealed = aead.seal(serial, plain.expose())?;
        let mut pairs = Vec::new();
        for (at, first) in administrators.iter().enumerate() {
            for second in administrators.iter().skip(at + 1) {
                let half = random(provider.as_ref(), length)?;
                let other = xor(&half, &sealing);
                let halves = [half_for(host, first, &half)?, half_for(host, second, &other)?];
                pairs.push(Pair { halves });
            }
        }
        let suite = provider.suite().name().to_owned();
        Ok(Self { suite, key: hex::encode(&sealed), pairs })
    }

    /// Puts K together from two halves, and opens the key.
    pub(super) fn open(
        &self,
        host: &Host,
        serial: &[u8],
        halves: [&SecretBytes; 2],
    ) -> Result<KeyMaterial, Error> {
        let suite = bccsp::Suite::ALL.into_iter().find(|suite| suite.name() == self.suite);
        let suite = suite.ok_or(bccsp::Error::Unsupported("the family of a sealed key"))?;
        if halves[0].len() != halves[1].len() {
            return Err(bccsp::Error::Refused.into());
        }
        let sealing = xor(halves[0], halves[1]);
        let provider = host.providers.get(suite)?;
        let sealed = hex::decode(&self.key).map_err(|_| bccsp::Error::Refused)?;
        let plain = provider.aead(AeadMode::Gcm, sealing.expose())?.open(serial, &sealed)?;
        Ok(pkcs8::decode(SecretBytes::new(plain).expose())?)
    }

    pub(super) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts are JSON")
    }
}

fn half_for(host: &Host, administrator: &PublicKey, half: &SecretBytes) -> Result<Half, Error> {
    let ski = host.providers.ski(administrator)?;
    let share = host.providers.encryption_key(administrator)?.encrypt(half.expose())?;
    Ok(Half { administrator: name(&ski), share: hex::encode(&share) })
}

/// How a key is named in what is written down.
pub(super) fn name(ski: &Ski) -> String {
    ski.to_string()
}

fn random(provider: &dyn Provider, length: usize) -> Result<SecretBytes, Error> {
    let mut bytes = vec![0; length];
    provider.random(&mut bytes)?;
    Ok(SecretBytes::new(bytes))
}

fn xor(a: &SecretBytes, b: &SecretBytes) -> SecretBytes {
    SecretBytes::new(a.expose().iter().zip(b.expose()).map(|(a, b)| a ^ b).collect())
}
