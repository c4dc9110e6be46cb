// SPDX-License-Identifier: Apache-2.0
//! What travels between a CA and its administrators when a sealed key is to be opened: the CA's
//! request, and an administrator's approval. Both are JSON, one line each.
//!
//! An approval is good for one request, and useless to everybody but the CA: the halves in it are
//! encrypted to the CA's key, and the whole is signed by the administrator.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

use super::sealed::{Pair, name};
use crate::Error;
use bccsp::{Context, DecryptionKey, Providers, PublicKey, SigningKey};
use pki::Certificate;
use serde::{Deserialize, Serialize};

const VERSION: u32 = 1;
/// In front of what an administrator signs, so that it is nothing else.
const DOMAIN: &[u8] = b"gmca escrow approval 1\n";
/// A request for a key that is sealed for many administrators is not longer.
const MAX_LEN: usize = 4 << 20;

/// That somebody asks for a sealed key.
#[derive(Debug)]
pub struct RecoveryRequest {
    pub(super) said: Said,
    /// As it travels: what approvals are about.
    pub(super) json: Vec<u8>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    pub(super) version: u32,
    /// The subject of the CA.
    pub(super) ca: String,
    pub(super) number: u64,
    /// Of the certificate whose key is asked for, and whom it is about.
    pub(super) serial: String,
    pub(super) subject: String,
    /// The key it will be encrypted to: SubjectPublicKeyInfo in hex.
    pub(super) to: String,
    pub(super) reason: String,
    /// Seconds since 1970.
    pub(super) asked_at: u64,
    pub(super) pairs: Vec<Pair>,
}

impl RecoveryRequest {
    /// Reads one.
    ///
    /// # Errors
    /// [`Error::Recovery`] when it is none.
    pub fn from_json(json: &[u8]) -> Result<Self, Error> {
        let said: Said = parse(json, "no recovery request; make one with `gmca escrow ask`")?;
        Ok(Self { said, json: json.to_vec() })
    }

    pub(super) fn of(said: Said) -> Self {
        let json = serde_json::to_vec(&said).unwrap_or_default();
        Self { said, json }
    }

    /// As it travels.
    #[must_use]
    pub fn to_json(&self) -> &[u8] {
        &self.json
    }

    /// Its number at the CA.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.said.number
    }

    /// What it is about, in words: for whoever is to approve it.
    #[must_use]
    pub fn describe(&self) -> String {
        let said = &self.said;
        format!(
            "recovery {} of {}: the key of {} (certificate {}), because: {}",
            said.number, said.ca, said.subject, said.serial, said.reason
        )
        .replace(char::is_control, " ")
    }

    /// The key that the recovered key will be encrypted to.
    ///
    /// # Errors
    /// [`Error::Recovery`] when it is none.
    pub fn recipient(&self, providers: &Providers) -> Result<PublicKey, Error> {
        let der =
            hex::decode(&self.said.to).map_err(|_| refuse("the recipient's key is not hex"))?;
        Ok(bccsp::encoding::spki::decode(providers, &der)?)
    }
}

/// That an administrator agrees.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    version: u32,
    /// The digest of the request.
    request: String,
    /// The identifier of the administrator's key.
    pub(super) administrator: String,
    /// By the place of a pair in the request: the half, encrypted to the CA, in hex.
    shares: Vec<(usize, String)>,
    signature: String,
}

impl Approval {
    /// Agrees to a request with an administrator's key, in both its uses. `ca` is the certificate
    /// of the CA, from where the administrator trusts it to come.
    ///
    /// # Errors
    /// [`Error::Recovery`] when the key was never sealed for this administrator.
    pub fn make(
        providers: &Providers,
        request: &RecoveryRequest,
        ca: &Certificate,
        signs: &dyn SigningKey,
        decrypts: &dyn DecryptionKey,
    ) -> Result<Self, Error> {
        let administrator = name(&providers.ski(signs.verifying_key().public_key())?);
        let to_ca = providers.encryption_key(&ca.public_key(providers)?)?;
        let mut shares = Vec::new();
        for (at, pair) in request.said.pairs.iter().enumerate() {
            for half in pair.halves.iter().filter(|half| half.administrator == administrator) {
                let sealed = hex::decode(&half.share).map_err(|_| refuse("a half is not hex"))?;
                let plain = decrypts.decrypt(&sealed)?;
                shares.push((at, hex::encode(&to_ca.encrypt(plain.expose())?)));
            }
        }
        if shares.is_empty() {
            return Err(refuse("this key was not sealed for you; two others have to approve"));
        }
        let mut approval = Self {
            version: VERSION,
            request: digest(providers, ca, &request.json)?,
            administrator,
            shares,
            signature: String::new(),
        };
        let message = approval.signed()?;
        let signature = signs.sign(Context::X509, &[DOMAIN, &message])?;
        approval.signature = hex::encode(signature.as_ref());
        Ok(approval)
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`Error::Recovery`] when it is none.
    pub fn from_json(json: &[u8]) -> Result<Self, Error> {
        parse(json, "no approval; make one with `gmca escrow approve`")
    }

    /// As it travels.
    ///
    /// # Errors
    /// [`Error::Recovery`] never in practice: texts are JSON.
    pub fn to_json(&self) -> Result<Vec<u8>, Error> {
        serde_json::to_vec(self).map_err(|_| refuse("an approval that cannot be written"))
    }

    /// Whether this is that administrator's approval of that request.
    pub(super) fn verify(
        &self,
        providers: &Providers,
        ca: &Certificate,
        request: &RecoveryRequest,
        administrator: &PublicKey,
    ) -> Result<(), Error> {
        if self.request != digest(providers, ca, &request.json)? {
            return Err(refuse("an approval is of another request; approve this one"));
        }
        let key = providers.verifying_key(administrator)?;
        let signature = hex::decode(&self.signature).unwrap_or_default();
        let message = self.signed()?;
        key.verify(Context::X509, &[DOMAIN, &message], &signature)
            .map_err(|_| refuse("an approval is not signed by its administrator"))
    }

    /// The half for a pair, encrypted to the CA.
    pub(super) fn share(&self, pair: usize) -> Option<Vec<u8>> {
        let found = self.shares.iter().find(|(at, _)| *at == pair);
        found.and_then(|(_, share)| hex::decode(share).ok())
    }

    /// Everything but the signature.
    fn signed(&self) -> Result<Vec<u8>, Error> {
        let parts = (self.version, &self.request, &self.administrator, &self.shares);
        serde_json::to_vec(&parts).map_err(|_| refuse("an approval that cannot be written"))
    }
}

fn digest(providers: &Providers, ca: &Certificate, json: &[u8]) -> Result<String, Error> {
    let suite = ca.public_key(providers)?.algorithm().suite();
    Ok(providers.get(suite)?.hash()?.digest(&[json]).to_string())
}

trait Versioned {
    fn version(&self) -> u32;
}

impl Versioned for Said {
    fn version(&self) -> u32 {
        self.version
    }
}

impl Versioned for Approval {
    fn version(&self) -> u32 {
        self.version
    }
}

fn parse<T: Versioned + for<'a> Deserialize<'a>>(json: &[u8], why: &str) -> Result<T, Error> {
    let short = json.get(..MAX_LEN.min(json.len())).filter(|_| json.len() <= MAX_LEN);
    let read: Option<T> = short.and_then(|json| serde_json::from_slice(json).ok());
    read.filter(|read| read.version() == VERSION).ok_or_else(|| refuse(why))
}

pub(super) fn refuse(why: &str) -> Error {
    Error::Recovery(why.to_owned())
}
