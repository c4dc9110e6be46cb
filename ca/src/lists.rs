// SPDX-License-Identifier: Apache-2.0
//! Taking certificates back, and the lists that say so: complete ones, and deltas to them.

use crate::store::{List, NewList};
use crate::{Authority, Error, Revocation};
use pki::extension::ReasonCode;
use pki::{Certificate, Crl, CrlBuilder, RevokedEntry, Time};
use sys::Timestamp;

/// A list that is asked for.
#[derive(Clone, Copy, Debug)]
pub struct ListOrder {
    /// In how many seconds the next one comes.
    pub seconds: u64,
    /// Whether it only says what changed since the last complete one (RFC 5280 section 5.2.4).
    pub delta: bool,
    /// Which of the CA's keys signs it; `None` for the one it has now. Certificates of an older key
    /// are looked up in a list by that key.
    pub generation: Option<u64>,
}

const SECONDS_A_DAY: u64 = 86_400;

impl Authority {
    /// Takes a certificate back. One that is on hold may be taken back for good.
    ///
    /// # Errors
    /// [`Error::UnknownSerial`], [`Error::AlreadyRevoked`].
    pub fn revoke(&self, serial: &[u8], reason: ReasonCode) -> Result<Revocation, Error> {
        self.revoke_suspect(serial, reason, None)
    }

    /// The same, saying since when the key is suspect (RFC 5280 section 5.3.2).
    ///
    /// # Errors
    /// As [`revoke`](Self::revoke); [`Error::Reason`] for `removeFromCRL`, which is no reason to
    /// revoke.
    pub fn revoke_suspect(
        &self,
        serial: &[u8],
        reason: ReasonCode,
        since: Option<Timestamp>,
    ) -> Result<Revocation, Error> {
        if reason == ReasonCode::RemoveFromCrl {
            return Err(Error::Reason(reason.name()));
        }
        let revocation = Revocation { at: self.host().clock.now(), reason: reason.number() };
        self.store().revoke(self.hash()?, serial, revocation, since)?;
        Ok(revocation)
    }

    /// Takes a certificate off hold: it is good again, and the next delta says so.
    ///
    /// # Errors
    /// [`Error::UnknownSerial`], [`Error::NotOnHold`].
    pub fn release(&self, serial: &[u8]) -> Result<(), Error> {
        self.store().release(self.hash()?, serial, self.host().clock.now())
    }

    /// Signs the list of what was revoked, good for `days`.
    ///
    /// # Errors
    /// [`Error::Unusable`] when this CA cannot sign, [`Error::Store`].
    pub fn crl(&self, days: u32) -> Result<Crl, Error> {
        let seconds = u64::from(days).saturating_mul(SECONDS_A_DAY);
        self.list(&ListOrder { seconds, delta: false, generation: None })
    }

    /// Signs a list. Complete ones and deltas have one sequence of numbers (RFC 5280 section
    /// 5.2.3); its number is on record before it is signed.
    ///
    /// # Errors
    /// [`Error::Unusable`] when this CA cannot sign; [`Error::NoCompleteList`] for a delta to
    /// nothing; [`Error::Store`].
    pub fn list(&self, order: &ListOrder) -> Result<Crl, Error> {
        let now = self.host().clock.now();
        let generation = order.generation.unwrap_or(self.generation());
        let (own, key) = self.signer(generation)?;
        self.check_signs(own, now)?;
        let next_update = now.plus(order.seconds);
        let new = NewList { now, next_update, delta: order.delta, generation };
        let list = self.store().new_list(self.hash()?, &new)?;
        let crl = self.list_builder(own, &list, now, next_update)?.sign(key.as_ref())?;
        self.store().list_signed(list.number)?;
        Ok(crl)
    }

    fn list_builder(
        &self,
        own: &Certificate,
        list: &List,
        now: Timestamp,
        next_update: Timestamp,
    ) -> Result<CrlBuilder, Error> {
        let providers = &self.host().providers;
        let (from, until) = (Time::new(now), Time::new(next_update));
        let mut builder = CrlBuilder::new(providers, own, list.number, from, until)?;
        if let Some(base) = list.base {
            builder = builder.delta_of(base);
        }
        for entry in &list.entries {
            let reason = match entry.reason {
                Some(number) => ReasonCode::from_number(number).unwrap_or(ReasonCode::Unspecified),
                None => ReasonCode::RemoveFromCrl,
            };
            builder = builder.revoke(RevokedEntry {
                serial: entry.serial.clone(),
                date: Time::new(entry.at),
                reason,
                invalidity: entry.suspect_since.map(Time::new),
            });
        }
        Ok(builder)
    }
}
