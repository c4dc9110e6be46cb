// SPDX-License-Identifier: Apache-2.0
//! A certificate after a certificate: the same key for longer (renewal), or a new key for the same
//! subject (rekey); and which certificates will need one.

use crate::error::Refusal;
use crate::issue::Ask;
use crate::profile::{Wishes, fabric_attributes};
use crate::{Authority, Error, Issued, Profile, Record, Shape, State};
use bccsp::PublicKey;
use pki::extension::{Extensions, SubjectAltName, SubjectId};
use pki::{Certificate, Request};
use sys::Timestamp;

/// How a certificate is to be followed by another.
#[derive(Clone, Debug, Default)]
pub struct Renewal {
    /// By which profile; `None` for the one it was issued by.
    pub profile: Option<Profile>,
    /// How long the new one is valid, in days; `None` for what the profile says.
    pub days: Option<u32>,
    /// Whether one that has ended is followed, too.
    pub expired: bool,
    /// Whether one that was followed already is followed again.
    pub again: bool,
}

impl Authority {
    /// Issues a certificate for the key and the subject of one that this CA issued: with the
    /// names, the attributes and the numbers of that one, and the uses of its profile as it is
    /// now.
    ///
    /// # Errors
    /// [`Error::UnknownSerial`]; [`Refusal::NotRenewed`] for one that is revoked, on hold, ended
    /// or followed already; what the profile refuses; [`Error::Unusable`].
    pub fn renew(&self, serial: &[u8], renewal: &Renewal) -> Result<Issued, Error> {
        let old = self.may_follow(serial, renewal)?;
        let public = old.public_key(&self.host().providers)?;
        self.follow(&old, &public, renewal, "renew")
    }

    /// Issues a certificate for a new key, proven by a request, in the place of one that this CA
    /// issued. The subject is the old one's; the request's must be the same or empty.
    ///
    /// # Errors
    /// As [`renew`](Self::renew); [`Refusal::NoProofOfPossession`]; [`Refusal::NotRenewed`] when
    /// the key is the old one, or the request names somebody else.
    pub fn rekey(
        &self,
        serial: &[u8],
        request: &Request,
        renewal: &Renewal,
    ) -> Result<Issued, Error> {
        let old = self.may_follow(serial, renewal)?;
        let providers = &self.host().providers;
        let public = request.public_key(providers)?;
        request.verify(providers).map_err(|error| match error {
            pki::Error::BadSignature { .. } => Error::Refused(Refusal::NoProofOfPossession),
            other => other.into(),
        })?;
        if self.store().escrowed(self.record(serial)?.number)?.is_some() {
            let why = "has a key that this CA made; issue another pair, with `gmca pair`";
            return Err(not_renewed(&old, why));
        }
        if public == old.public_key(providers)? {
            let why = "has that key already; use `gmca renew`, or make another key";
            return Err(not_renewed(&old, why));
        }
        if public == *self.key()?.verifying_key().public_key() {
            return Err(Error::Refused(Refusal::OwnKey));
        }
        if !request.subject().is_empty() && request.subject() != old.subject() {
            let why = "is of another subject than the request; ask with `gmca issue`";
            return Err(not_renewed(&old, why));
        }
        self.follow(&old, &public, renewal, "rekey")
    }

    /// The certificates that are good and end before `until`, or ended after `since`, and are not
    /// followed by another one that is good.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Damaged`].
    pub fn expiring(&self, since: Timestamp, until: Timestamp) -> Result<Vec<Record>, Error> {
        let records = self.records()?;
        let followed: std::collections::BTreeSet<u64> =
            records.iter().filter(|r| r.state == State::Issued).filter_map(|r| r.follows).collect();
        let ends = |record: &Record| since <= record.not_after && record.not_after <= until;
        Ok(records
            .into_iter()
            .filter(|r| r.state == State::Issued && ends(r) && !followed.contains(&r.number))
            .collect())
    }

    /// The certificate of that number, if it may be followed by another.
    fn may_follow(&self, serial: &[u8], renewal: &Renewal) -> Result<Certificate, Error> {
        let record = self.record(serial)?;
        let refuse = |why| {
            let serial = record.serial_hex();
            Err(Error::Refused(Refusal::NotRenewed { serial, why }))
        };
        match &record.state {
            State::Abandoned => return refuse("was never handed out; issue one with `gmca issue`"),
            State::Revoked(_) if record.is_on_hold() => {
                return refuse("is on hold; release it first, with `gmca release`");
            }
            State::Revoked(_) => return refuse("is revoked; issue another with `gmca issue`"),
            State::Issued => {}
        }
        if record.not_after < self.host().clock.now() && !renewal.expired {
            return refuse("has ended; say `--expired` to renew it all the same");
        }
        let mut followed = false;
        for number in self.store().followers(record.number)? {
            followed |= self.record_numbered(number)?.is_some_and(|r| r.state == State::Issued);
        }
        if followed && !renewal.again {
            return refuse("was followed by another already; say `--again` for one more");
        }
        Ok(Certificate::from_der(&record.certificate)?)
    }

    fn follow(
        &self,
        old: &Certificate,
        public: &PublicKey,
        renewal: &Renewal,
        action: &'static str,
    ) -> Result<Issued, Error> {
        let now = self.host().clock.now();
        self.check_usable(now)?;
        let key = self.key()?;
        let shape = self.shape_of(old, renewal)?;
        let wishes = wishes_of(old)?;
        let ask = Ask {
            public,
            subject: old.subject(),
            requested: &Extensions::default(),
            shape: &shape,
            days: renewal.days,
            wishes: &wishes,
            action,
            follows: Some(old.serial()),
            key_id: None,
        };
        let decided = self.decide(&ask, key.as_ref(), now)?;
        let mut results = self.carry_out(vec![Ok(decided)], key, now)?;
        results.pop().unwrap_or_else(|| unreachable!("one decision gives one certificate"))
    }

    /// The profile it was issued by, as it is now, unless another is named.
    fn shape_of(&self, old: &Certificate, renewal: &Renewal) -> Result<Shape, Error> {
        if let Some(profile) = &renewal.profile {
            return Ok(profile.clone().into());
        }
        let name = self.record(old.serial())?.profile;
        match self.profiles()?.named(&name) {
            Some(profile) => Ok(profile.clone().into()),
            None => Err(not_renewed(
                old,
                "was issued by what is no profile of this CA; name one with `--profile`",
            )),
        }
    }
}

fn not_renewed(old: &Certificate, why: &'static str) -> Error {
    Error::Refused(Refusal::NotRenewed { serial: old.serial_hex(), why })
}

/// What a certificate holds that its profile does not say.
fn wishes_of(old: &Certificate) -> Result<Wishes, Error> {
    let extensions = old.extensions();
    let names = extensions.get::<SubjectAltName>()?.map(|names| names.0);
    let mut attributes = fabric_attributes(extensions);
    let affiliation = attributes.remove("hf.Affiliation").filter(|path| !path.is_empty());
    // The others that Fabric's CA writes are made again.
    attributes.retain(|name, _| name != "hf.EnrollmentID" && name != "hf.Type");
    let subject_ids = extensions.iter().filter_map(SubjectId::read).collect();
    Ok(Wishes { names: Some(names.unwrap_or_default()), affiliation, attributes, subject_ids })
}
