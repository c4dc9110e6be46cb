// SPDX-License-Identifier: Apache-2.0
//! Opening a sealed key: somebody asks, two administrators approve, and the key goes to the one
//! it was asked for. Each step is on record before it has any effect.

use super::approval::{Said, refuse};
use super::sealed::{Sealed, name};
use super::{Administrator, Approval, RecoveryRequest};
use crate::{Authority, Error, Record};
use bccsp::encoding::{key_envelope, spki};
use bccsp::{KeyMaterial, PublicKey, SecretBytes};
use pki::Certificate;

/// A key on its way to its owner.
#[derive(Debug)]
pub struct Recovered {
    /// The certificate it belongs to.
    pub certificate: Certificate,
    /// The key in an envelope, DER.
    pub envelope: Vec<u8>,
    /// Who approved, by number.
    pub administrators: [u64; 2],
}

impl Authority {
    /// Writes down that somebody asks for the sealed key of a certificate, and gives what the
    /// administrators need to approve it. The key will be encrypted to `to`.
    ///
    /// # Errors
    /// [`Error::UnknownSerial`]; [`Error::Recovery`] when its key is not kept here, or no reason
    /// is given.
    pub fn ask_recovery(
        &self,
        serial: &[u8],
        to: &PublicKey,
        reason: &str,
    ) -> Result<RecoveryRequest, Error> {
        if reason.trim().is_empty() || reason.chars().any(char::is_control) {
            return Err(refuse("say why, in one line"));
        }
        let (record, sealed) = self.sealed(serial)?;
        let now = self.host().clock.now();
        let said = |number| Said {
            version: 1,
            ca: self.certificate().subject().to_string(),
            number,
            serial: record.serial_hex(),
            subject: record.subject.clone(),
            to: hex::encode(spki::encode(to)),
            reason: reason.to_owned(),
            asked_at: now.0,
            pairs: sealed.pairs.clone(),
        };
        let to = name(&self.host().providers.ski(to)?);
        let detail = format!("{} for {to}: {reason}", record.serial_hex());
        let make = |number| Ok(RecoveryRequest::of(said(number)).to_json().to_vec());
        let json = self.store().ask_recovery(self.hash()?, now, &detail, &make)?;
        RecoveryRequest::from_json(&json)
    }

    /// Opens the key of a request on two approvals. That it was opened, by whom and for whom, is
    /// on record before this returns; so is a refusal.
    ///
    /// # Errors
    /// [`Error::Recovery`] with what is missing; [`Error::Unusable`] while this CA is locked.
    pub fn recover(
        &self,
        request: &RecoveryRequest,
        approvals: &[Approval],
    ) -> Result<Recovered, Error> {
        let now = self.host().clock.now();
        let recovered = self.open_for(request, approvals);
        let (certificate, key, administrators) = match recovered {
            Ok(recovered) => recovered,
            Err(error) => {
                let detail = format!("{} {error}", request.number());
                self.store().note(self.hash()?, now, "recovery-refused", detail)?;
                return Err(error);
            }
        };
        let to = request.recipient(&self.host().providers)?;
        let provider = self.host().providers.get(to.algorithm().suite())?;
        let owner = self.host().providers.encryption_key(&to)?;
        let envelope = key_envelope::make(provider.as_ref(), owner.as_ref(), &key)?;
        let ([first, second], number) = (administrators, request.number());
        let (serial, to) = (certificate.serial_hex(), name(&self.host().providers.ski(&to)?));
        let detail = format!("{number} {serial} for {to} by administrators {first} and {second}");
        self.store().recovered(self.hash()?, now, (number, request.to_json()), detail)?;
        Ok(Recovered { certificate, envelope, administrators })
    }

    fn open_for(
        &self,
        request: &RecoveryRequest,
        approvals: &[Approval],
    ) -> Result<(Certificate, KeyMaterial, [u64; 2]), Error> {
        let stored = self.store().recovery(request.number())?;
        let (json, given) = stored.ok_or_else(|| refuse("this CA asked for no such recovery"))?;
        if json != request.to_json() {
            return Err(refuse("the request was changed; take the file that this CA wrote"));
        }
        if given.0 != 0 {
            return Err(refuse("the key was given out on this request; ask again"));
        }
        let approved = self.approved(request, approvals)?;
        let serial = hex::decode(&request.said.serial).unwrap_or_default();
        let (record, sealed) = self.sealed(&serial)?;
        let certificate = Certificate::from_der(&record.certificate)?;
        let key = self.open_with(&sealed, &record.serial, &approved)?;
        let (key, administrators) = key;
        let provider = self.host().providers.get(key.algorithm().suite())?;
        let public = *provider.decryption_key(&key)?.encryption_key().public_key();
        if public != certificate.public_key(&self.host().providers)? {
            return Err(refuse("the sealed key is not the certificate's"));
        }
        Ok((certificate, key, administrators))
    }

    /// The approvals that count, one for each administrator.
    fn approved<'a>(
        &self,
        request: &RecoveryRequest,
        approvals: &'a [Approval],
    ) -> Result<Vec<(u64, &'a Approval)>, Error> {
        let (providers, own) = (&self.host().providers, self.certificate());
        let mut counted: Vec<(u64, &Approval)> = Vec::new();
        let active: Vec<Administrator> =
            self.administrators()?.into_iter().filter(|one| one.active).collect();
        for approval in approvals {
            let mut by = None;
            for one in &active {
                let key = one.certificate.public_key(providers)?;
                if name(&providers.ski(&key)?) == approval.administrator {
                    approval.verify(providers, own, request, &key)?;
                    by = Some(one.number);
                }
            }
            let number = by.ok_or_else(|| refuse("an approval is by nobody who may approve"))?;
            if counted.iter().all(|(other, _)| *other != number) {
                counted.push((number, approval));
            }
        }
        match counted.len() {
            0 | 1 => Err(refuse("two different administrators have to approve")),
            _ => Ok(counted),
        }
    }

    /// Opens with the first pair whose halves are both there.
    fn open_with(
        &self,
        sealed: &Sealed,
        serial: &[u8],
        approved: &[(u64, &Approval)],
    ) -> Result<(KeyMaterial, [u64; 2]), Error> {
        let own = self.host().providers.decryption_key(&self.key()?.export()?)?;
        for (at, pair) in sealed.pairs.iter().enumerate() {
            let half = |administrator: &str| {
                let found = approved.iter().find(|(_, a)| a.administrator == administrator)?;
                Some((found.0, found.1.share(at)?))
            };
            let [first, second] = &pair.halves;
            let (Some(first), Some(second)) =
                (half(&first.administrator), half(&second.administrator))
            else {
                continue;
            };
            let open = |share: &[u8]| -> Result<SecretBytes, Error> { Ok(own.decrypt(share)?) };
            let (one, other) = (open(&first.1)?, open(&second.1)?);
            let key = sealed.open(self.host(), serial, [&one, &other])?;
            return Ok((key, [first.0, second.0]));
        }
        Err(refuse("the key was not sealed for these two; others have to approve"))
    }

    /// The record of a certificate, and its sealed key: also of one that renews it.
    fn sealed(&self, serial: &[u8]) -> Result<(Record, Sealed), Error> {
        let mut found = Some(self.record(serial)?);
        while let Some(record) = found {
            if let Some(json) = self.store().escrowed(record.number)? {
                let sealed = serde_json::from_slice(&json).map_err(|_| Error::Damaged {
                    home: self.home().to_path_buf(),
                    what: format!("the sealed key of {}", record.serial_hex()),
                })?;
                return Ok((record, sealed));
            }
            found = match record.follows {
                Some(earlier) => self.record_numbered(earlier)?,
                None => None,
            };
        }
        Err(refuse("the key of this certificate is not kept here"))
    }
}
