// SPDX-License-Identifier: Apache-2.0
//! The GM pair: a signing certificate for the requester's key, and an encryption certificate for a
//! key that the CA makes, keeps sealed, and sends to the requester.
//!
//! Two administrators together open a sealed key, and every step is in the audit log
//! (`docs/escrow.md`). Not here: how the key travels, which `bccsp::encoding::key_envelope` knows.

mod approval;
mod recovery;
mod sealed;

pub use approval::{Approval, RecoveryRequest};
pub use recovery::Recovered;

use crate::error::Refusal;
use crate::issue::{Ask, Decided};
use crate::store::AdministratorRow;
use crate::{Authority, Error, Order, Shape};
use bccsp::encoding::key_envelope;
use bccsp::{Context, KeyMaterial, Provider, PublicKey};
use pki::{Certificate, CsrResponse};
use sealed::Sealed;
use std::sync::Arc;

/// A pair that is on record and may be handed out.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The answer to the request: both certificates and the private key in an envelope.
    pub response: CsrResponse,
    /// The certificate of the requester's key.
    pub sign: Certificate,
    /// The certificate of the key in the envelope.
    pub encrypt: Certificate,
    /// What was left out or shortened, in words.
    pub notes: Vec<String>,
}

/// Who may, with another, open a sealed key.
#[derive(Clone, Debug)]
pub struct Administrator {
    /// Its number, from 1.
    pub number: u64,
    /// Its certificate, by whomever issued. Its key decrypts and signs.
    pub certificate: Certificate,
    /// Whether keys are sealed for it from now on, and it may approve.
    pub active: bool,
}

impl Authority {
    /// Issues a pair: for the key of the request, and for a key that is made here. The envelope is
    /// for the key of the request, or for the second key that CFCA's tools put into one.
    ///
    /// # Errors
    /// As [`issue`](Self::issue); [`Error::FewAdministrators`]; [`Refusal::NoPair`] for a key of a
    /// family that has no envelope.
    pub fn issue_pair(&self, order: &Order, encrypt: &Shape) -> Result<Pair, Error> {
        let now = self.host().clock.now();
        self.check_usable(now)?;
        let (own, providers) = (self.key()?, &self.host().providers);
        let administrators = self.active_keys()?;
        let public = *self.proven_key(order)?.public_key();
        let suite = public.algorithm().suite();
        if !key_envelope::is_known(suite) {
            return Err(Error::Refused(Refusal::NoPair));
        }
        let provider = Arc::clone(providers.get(suite)?);
        let owner = order.request.temporary_key(providers)?.unwrap_or(public);
        let made = provider.generate_decryption_key()?;
        let (key, made) = (made.export()?, *made.encryption_key().public_key());
        let sign = self.decide(&order.ask(&public), own.as_ref(), now)?;
        let ask = Ask { shape: encrypt, action: "escrow", ..order.ask(&made) };
        let mut encrypt = self.decide(&ask, own.as_ref(), now)?;
        self.keep(&provider, &mut encrypt, &key, &administrators)?;
        let issued = self.carry_out(vec![Ok(sign), Ok(encrypt)], own, now)?;
        let issued = issued.into_iter().collect::<Result<Vec<_>, _>>()?;
        let [sign, encrypt] = <[_; 2]>::try_from(issued)
            .unwrap_or_else(|_| unreachable!("two decisions give two certificates"));
        let envelope = key_envelope::make(
            provider.as_ref(),
            providers.encryption_key(&owner)?.as_ref(),
            &key,
        )?;
        Ok(Pair {
            response: CsrResponse {
                sign: vec![sign.certificate.clone()],
                envelope: Some(envelope),
                encrypt: vec![encrypt.certificate.clone()],
            },
            sign: sign.certificate,
            encrypt: encrypt.certificate,
            notes: [sign.notes, encrypt.notes].concat(),
        })
    }

    fn keep(
        &self,
        provider: &Arc<dyn Provider>,
        decided: &mut Decided,
        key: &KeyMaterial,
        administrators: &[PublicKey],
    ) -> Result<(), Error> {
        let serial = &decided.decision.serial;
        let sealed = Sealed::seal(self.host(), provider, serial, key, administrators)?;
        decided.decision.escrow = Some(sealed.to_json());
        Ok(())
    }

    /// The keys that new keys are sealed for.
    fn active_keys(&self) -> Result<Vec<PublicKey>, Error> {
        let mut keys = Vec::new();
        for one in self.administrators()?.iter().filter(|one| one.active) {
            keys.push(one.certificate.public_key(&self.host().providers)?);
        }
        match keys.len() {
            found @ (0 | 1) => {
                Err(Error::FewAdministrators { home: self.home().to_path_buf(), found })
            }
            _ => Ok(keys),
        }
    }

    /// Everybody who is or was an administrator. Each row is signed by the CA, so that writing on
    /// its disk makes nobody one.
    ///
    /// # Errors
    /// [`Error::Store`]; [`Error::Damaged`] for a row that the CA did not sign.
    pub fn administrators(&self) -> Result<Vec<Administrator>, Error> {
        let mut list = Vec::new();
        for (number, row) in self.store().administrators()? {
            let message = administrator_message(number, &row.certificate, row.active);
            if !self.signed_by_this_ca(&message, &row.signature)? {
                let what = format!("the row of administrator {number} is not signed by this CA");
                return Err(Error::Damaged { home: self.home().to_path_buf(), what });
            }
            let certificate = Certificate::from_der(&row.certificate)?;
            list.push(Administrator { number, certificate, active: row.active });
        }
        Ok(list)
    }

    /// Whether a key that this CA has or had signed it.
    fn signed_by_this_ca(&self, message: &[u8], signature: &[u8]) -> Result<bool, Error> {
        let providers = &self.host().providers;
        for certificate in self.certificates() {
            let key = providers.verifying_key(&certificate.public_key(providers)?)?;
            if key.verify(Context::X509, &[message], signature).is_ok() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Makes somebody an administrator: keys that are made from now on are sealed for it, too.
    ///
    /// # Errors
    /// [`Error::Recovery`] when it is one already, or its key is another one's or the CA's;
    /// [`Error::Pki`] for a key of no family of ours; [`Error::Unusable`] while this CA is locked.
    pub fn add_administrator(&self, certificate: &Certificate) -> Result<Administrator, Error> {
        let providers = &self.host().providers;
        let key = certificate.public_key(providers)?;
        if key == self.certificate().public_key(providers)? {
            return Err(Error::Recovery("the CA itself is no administrator".into()));
        }
        let all = self.administrators()?;
        for other in all.iter().filter(|other| other.active) {
            if other.certificate.public_key(providers)? == key {
                let number = other.number;
                let what = format!("that key is administrator {number}'s already");
                return Err(Error::Recovery(what));
            }
        }
        let number = all.iter().map(|one| one.number).max().unwrap_or(0) + 1;
        self.set_administrator(number, certificate, true)
    }

    /// Takes that away. What was sealed for it stays so; it may approve nothing any more.
    ///
    /// # Errors
    /// [`Error::Recovery`] when there is none of that number; [`Error::Unusable`] while this CA is
    /// locked.
    pub fn remove_administrator(&self, number: u64) -> Result<Administrator, Error> {
        let all = self.administrators()?;
        let found = all.iter().find(|one| one.number == number && one.active);
        let found = found.ok_or_else(|| {
            Error::Recovery(format!("there is no administrator {number}; see `gmca escrow list`"))
        })?;
        self.set_administrator(number, &found.certificate, false)
    }

    fn set_administrator(
        &self,
        number: u64,
        certificate: &Certificate,
        active: bool,
    ) -> Result<Administrator, Error> {
        let detail = format!("{number} {} {}", certificate.serial_hex(), certificate.subject());
        let der = certificate.as_der().to_vec();
        let message = administrator_message(number, &der, active);
        let signature = self.key()?.sign(Context::X509, &[&message])?.into_vec();
        let (now, row) =
            (self.host().clock.now(), AdministratorRow { certificate: der, active, signature });
        self.store().set_administrator(self.hash()?, now, number, &row, detail)?;
        Ok(Administrator { number, certificate: certificate.clone(), active })
    }
}

/// What the CA signs of an administrator: nothing else that it signs begins so.
fn administrator_message(number: u64, certificate: &[u8], active: bool) -> Vec<u8> {
    let head: &[u8] = b"gmca escrow administrator 1\n";
    [head, &number.to_be_bytes(), &[u8::from(active)], certificate].concat()
}
