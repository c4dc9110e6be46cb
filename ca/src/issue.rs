// SPDX-License-Identifier: Apache-2.0
//! From a request to a certificate: judge, decide on record, sign, record, hand out.

use crate::error::Refusal;
use crate::home::random_serial;
use crate::openssl_conf::KeyIds;
use crate::profile::Wishes;
use crate::shape::{Shape, alternative_names};
use crate::store::NewDecision;
use crate::{Authority, Error};
use bccsp::{Context, Job, PublicKey, SigningKey, VerifyingKey};
use pki::extension::{BasicConstraints, Extensions};
use pki::{Certificate, CertificateBuilder, Name, Request, Time, ToBeSigned};
use std::sync::{Arc, mpsc};
use sys::Timestamp;

/// How many requests are decided, and signed, in one commit each.
const CHUNK: usize = 1_024;
/// The last second that a certificate can name (RFC 5280 section 4.1.2.5).
const END_OF_TIME: u64 = 253_402_300_799;

/// A certificate that is asked for.
#[derive(Clone, Debug)]
pub struct Order {
    /// The request.
    pub request: Request,
    /// What the certificate looks like.
    pub shape: Shape,
    /// How long it is valid, in days; `None` for what the shape says.
    pub days: Option<u32>,
    /// The name to certify instead of the request's.
    pub subject: Option<Name>,
    /// Whether a key of the other family is certified too.
    pub any_key: bool,
    /// What it is to hold beside what request and shape say.
    pub wishes: Wishes,
}

impl Order {
    /// A certificate as the request and the shape say.
    #[must_use]
    pub fn new(request: Request, shape: impl Into<Shape>) -> Self {
        let (shape, wishes) = (shape.into(), Wishes::default());
        Self { request, shape, days: None, subject: None, any_key: false, wishes }
    }

    pub(crate) fn ask<'a>(&'a self, public: &'a PublicKey) -> Ask<'a> {
        Ask {
            public,
            subject: self.subject.as_ref().unwrap_or(self.request.subject()),
            requested: self.request.extensions(),
            shape: &self.shape,
            days: self.days,
            wishes: &self.wishes,
            action: "issue",
            follows: None,
            key_id: None,
        }
    }
}

/// A certificate that is on record and may be handed out.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The certificate.
    pub certificate: Certificate,
    /// What was left out or shortened, in words.
    pub notes: Vec<String>,
}

/// What a certificate is to say, once it is known whose key it is.
pub(crate) struct Ask<'a> {
    pub(crate) public: &'a PublicKey,
    pub(crate) subject: &'a Name,
    /// What the request asks for; of it, alternative names may be taken over.
    pub(crate) requested: &'a Extensions,
    pub(crate) shape: &'a Shape,
    pub(crate) days: Option<u32>,
    pub(crate) wishes: &'a Wishes,
    /// What the audit log calls it.
    pub(crate) action: &'static str,
    /// The serial number of the certificate that it follows.
    pub(crate) follows: Option<&'a [u8]>,
    /// What the key is known by already.
    pub(crate) key_id: Option<Vec<u8>>,
}

/// An order that will be carried out.
pub(crate) struct Decided {
    pub(crate) tbs: ToBeSigned,
    pub(crate) decision: NewDecision,
    pub(crate) notes: Vec<String>,
}

impl Authority {
    /// Issues one certificate.
    ///
    /// # Errors
    /// [`Error::Refused`] when it is not given; [`Error::Unusable`] when this CA cannot sign.
    pub fn issue(&self, order: &Order) -> Result<Issued, Error> {
        let mut results = self.issue_many(std::slice::from_ref(order))?;
        results.pop().unwrap_or_else(|| unreachable!("one order gives one result"))
    }

    /// Issues many certificates on all cores: a result each, in the order of the orders. A refused
    /// one does not keep the others back.
    ///
    /// # Errors
    /// What concerns all of them: [`Error::Unusable`], [`Error::Store`], a failing provider.
    /// Whatever was recorded before is in the record; no certificate of a failed commit is given.
    pub fn issue_many(&self, orders: &[Order]) -> Result<Vec<Result<Issued, Error>>, Error> {
        let key = self.key()?;
        let now = self.host().clock.now();
        self.check_usable(now)?;
        // The next chunk is judged while this one is written to disk.
        let (judged_one, judged) = mpsc::sync_channel(1);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                for chunk in orders.chunks(CHUNK) {
                    let verdicts =
                        in_parallel(chunk, |part| self.judge_all(part, key.as_ref(), now));
                    // Nobody listens any more after a failure, which the caller is told of.
                    if judged_one.send(verdicts).is_err() {
                        return;
                    }
                }
            });
            let mut results = Vec::with_capacity(orders.len());
            for verdicts in judged {
                results.extend(self.carry_out(verdicts, key, now)?);
            }
            Ok(results)
        })
    }

    /// Puts what was decided on record, signs it, puts that on record, and gives it out.
    pub(crate) fn carry_out(
        &self,
        judged: Vec<Result<Decided, Error>>,
        key: &Arc<dyn SigningKey>,
        now: Timestamp,
    ) -> Result<Vec<Result<Issued, Error>>, Error> {
        let decisions: Vec<&NewDecision> =
            judged.iter().flatten().map(|decided| &decided.decision).collect();
        let first = match decisions.as_slice() {
            // Nothing to record, so the disk is not troubled.
            [] => 0,
            _ => self.store().decide(self.hash()?, now, &decisions)?,
        };
        let tbs: Vec<&ToBeSigned> = judged.iter().flatten().map(|decided| &decided.tbs).collect();
        let signed = in_parallel(&tbs, |part| {
            part.iter().map(|tbs| tbs.sign(key.as_ref())).collect::<Vec<_>>()
        });
        let signed = signed.into_iter().collect::<Result<Vec<Certificate>, _>>()?;
        if !signed.is_empty() {
            self.store().sign(first, &signed, None)?;
        }
        let mut signed = signed.into_iter();
        Ok(judged
            .into_iter()
            .map(|decided| {
                let notes = decided?.notes;
                let certificate = signed.next();
                let certificate =
                    certificate.unwrap_or_else(|| unreachable!("a certificate for each decision"));
                Ok(Issued { certificate, notes })
            })
            .collect())
    }

    /// Judges a part of the orders: all proofs of possession in one batch.
    fn judge_all(
        &self,
        orders: &[Order],
        own: &dyn SigningKey,
        now: Timestamp,
    ) -> Vec<Result<Decided, Error>> {
        let keys: Vec<Result<Arc<dyn VerifyingKey>, Error>> =
            orders.iter().map(|order| self.requested_key(order, own)).collect();
        let parts: Vec<[&[u8]; 1]> = orders.iter().map(|order| [order.request.info()]).collect();
        let jobs: Vec<Job<'_>> = (orders.iter().zip(&keys).zip(&parts))
            .filter_map(|((order, key), message)| {
                let key = key.as_ref().ok()?.as_ref();
                let signature = order.request.signature();
                Some(Job { key, ctx: Context::X509, message, signature })
            })
            .collect();
        let mut verdicts = self.host().providers.verify_many(&jobs).into_iter();
        let proven: Vec<Result<(), Error>> = keys
            .iter()
            .map(|key| match key {
                Err(_) => Ok(()),
                Ok(_) => match verdicts.next() {
                    Some(Ok(())) => Ok(()),
                    Some(Err(error)) if !matches!(error, bccsp::Error::Refused) => {
                        Err(error.into())
                    }
                    _ => Err(Error::Refused(Refusal::NoProofOfPossession)),
                },
            })
            .collect();
        (orders.iter().zip(keys).zip(proven))
            .map(|((order, key), proven)| {
                let key = key?;
                proven?;
                self.decide(&order.ask(key.public_key()), own, now)
            })
            .collect()
    }

    /// The key of a request, if this CA certifies such keys.
    pub(crate) fn requested_key(
        &self,
        order: &Order,
        own: &dyn SigningKey,
    ) -> Result<Arc<dyn VerifyingKey>, Error> {
        let providers = &self.host().providers;
        let key = order.request.public_key(providers)?;
        let own_key = own.verifying_key().public_key();
        if key.algorithm() != own_key.algorithm() && !order.any_key {
            return Err(Error::Refused(Refusal::OtherFamily {
                found: key.algorithm().to_string(),
                wanted: own_key.algorithm().to_string(),
                suite: own_key.algorithm().suite().to_string(),
            }));
        }
        if key == *own_key {
            return Err(Error::Refused(Refusal::OwnKey));
        }
        let key = providers.verifying_key(&key)?;
        let made_with = order.request.signature_algorithm().signature_algorithm()?;
        if made_with != key.signature_algorithm() {
            return Err(Error::Refused(Refusal::NoProofOfPossession));
        }
        Ok(key)
    }

    /// The same, with the proof that the requester has it.
    pub(crate) fn proven_key(&self, order: &Order) -> Result<Arc<dyn VerifyingKey>, Error> {
        let key = self.requested_key(order, self.key()?.as_ref())?;
        order.request.verify(&self.host().providers).map_err(|error| match error {
            pki::Error::BadSignature { .. } => Error::Refused(Refusal::NoProofOfPossession),
            other => other.into(),
        })?;
        Ok(key)
    }

    /// Settles everything the certificate will say.
    pub(crate) fn decide(
        &self,
        ask: &Ask<'_>,
        own: &dyn SigningKey,
        now: Timestamp,
    ) -> Result<Decided, Error> {
        self.check_may_issue(ask)?;
        let subject = ask.shape.subject(ask.subject, ask.wishes).map_err(Error::Refused)?;
        let subject_id = match &ask.key_id {
            Some(id) => id.clone(),
            None => self.host().providers.ski(ask.public)?.for_certificate().to_vec(),
        };
        let issuer_id = self.certificate().key_id(&self.host().providers)?;
        let keys = KeyIds { subject: &subject_id, issuer: Some(&issuer_id), request: false };
        let (extensions, mut notes) =
            ask.shape.extensions(&keys, &subject, ask.requested, ask.wishes)?;
        let (from, until) = self.validity(ask, now, &mut notes)?;
        let serial = random_serial(self.host(), own)?;
        let (not_before, not_after) = (Time::new(from), Time::new(until));
        let serial = serial.as_bytes();
        let mut builder =
            CertificateBuilder::new(&subject, ask.public, serial, not_before, not_after);
        for extension in extensions {
            builder = builder.extension(extension);
        }
        let tbs = builder.prepare(self.certificate().subject(), own)?;
        let decision = NewDecision {
            serial: serial.to_vec(),
            subject: subject.to_string(),
            profile: ask.shape.name(),
            not_after: until,
            tbs: tbs.as_der().to_vec(),
            action: ask.action,
            follows: ask.follows.map(<[u8]>::to_vec),
            escrow: None,
        };
        Ok(Decided { tbs, decision, notes })
    }

    fn check_may_issue(&self, ask: &Ask<'_>) -> Result<(), Error> {
        if ask.subject.is_empty()
            && alternative_names(ask.requested, ask.wishes).is_ok_and(|names| names.is_empty())
        {
            return Err(Error::Refused(Refusal::NoName));
        }
        let own = self.certificate().extensions().get::<BasicConstraints>()?;
        let no_ca_below = own.is_some_and(|basic| basic.path_len == Some(0));
        if ask.shape.is_ca() && no_ca_below {
            return Err(Error::Refused(Refusal::NoCaBelow));
        }
        Ok(())
    }

    /// A certificate lives within the life of its issuer's: every reader would refuse it else.
    fn validity(
        &self,
        ask: &Ask<'_>,
        now: Timestamp,
        notes: &mut Vec<String>,
    ) -> Result<(Timestamp, Timestamp), Error> {
        let (from, wanted) = ask.shape.validity(now, ask.days).map_err(Error::Refused)?;
        if wanted <= now || wanted.0 > END_OF_TIME {
            return Err(Error::Refused(Refusal::Validity));
        }
        let (first, last) = (self.certificate().not_before(), self.certificate().not_after());
        if wanted > last.timestamp() {
            let end = last.openssl();
            notes.push(format!("valid until {end} only: the CA's own certificate ends then"));
        }
        // A start before the CA's own is what a clock that is behind was to be helped with, and
        // the CA itself is not valid there yet.
        Ok((from.max(first.timestamp()), wanted.min(last.timestamp())))
    }
}

/// Runs `work` over equal parts of `items` on all cores, and joins the results in order.
fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&[T]) -> Vec<R> + Sync) -> Vec<R> {
    /// Fewer items than these are not worth a thread.
    const WORTH_A_THREAD: usize = 32;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = cores.min(items.len() / WORTH_A_THREAD).max(1);
    if threads == 1 {
        return work(items);
    }
    let size = items.len().div_ceil(threads);
    std::thread::scope(|scope| {
        let work = &work;
        let running: Vec<_> =
            items.chunks(size).map(|part| scope.spawn(move || work(part))).collect();
        running
            .into_iter()
            .flat_map(|thread| match thread.join() {
                Ok(results) => results,
                // A panic there is a panic here: nothing was decided yet.
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect()
    })
}
