// SPDX-License-Identifier: Apache-2.0
//! All signatures of a block, verified at once and on all cores.

use super::call::Invoked;
use super::open::{Content, Opened};
use crate::Verdict;
use channel::Channel;
use msp::{SerializedIdentity, Signers};
use proto::SignedData;
use proto::gmca::Signature as Signatory;
use proto::protos::TxValidationCode as Code;
use sys::spread;

/// A transaction whose signatures were verified.
#[derive(Debug)]
pub(crate) struct Signed {
    pub(crate) id: String,
    pub(crate) content: Result<SignedContent, Verdict>,
}

/// What a transaction is whose creator has signed it.
#[derive(Debug)]
pub(crate) enum SignedContent {
    /// The configuration of its block.
    Config,
    /// A chaincode was called.
    Call {
        /// Who has endorsed the result.
        endorsers: Signers,
        /// What was called, or what is wrong with that.
        invoked: Box<Result<Invoked, Verdict>>,
    },
}

/// Verifies the signatures of creators and endorsers.
///
/// # Errors
/// [`channel::Error::Msp`] when a provider did not do its part: then nothing is known of any of them.
pub(crate) fn check_signatures(
    opened: Vec<Opened>,
    channel: &Channel,
) -> Result<Vec<Signed>, channel::Error> {
    let sets: Vec<&[SignedData]> = opened.iter().flat_map(Opened::sets).collect();
    let verified = spread(&sets, WORTH_A_THREAD, |sets| channel.msps().verify_sets(sets));
    let mut verified = verified.into_iter();
    let mut signed = Vec::with_capacity(opened.len());
    for transaction in opened {
        let mut next = || -> Result<Signers, msp::Error> {
            let signers = verified.next().unwrap_or_default();
            signers.check()?;
            Ok(signers)
        };
        let creator = if transaction.creator.is_some() { Some(next()?) } else { None };
        let endorsers = match &transaction.content {
            Ok(Content::Call(_)) => next()?,
            _ => Signers::default(),
        };
        signed.push(transaction.signed(creator.as_ref(), endorsers));
    }
    Ok(signed)
}

/// Who is said to have signed a transaction, each signature judged.
#[derive(Debug)]
pub(crate) struct Signatories {
    /// Who sent it; none where that cannot be read.
    pub(crate) creator: Option<Signatory>,
    /// Who has endorsed it, in the order of the signatures.
    pub(crate) endorsers: Vec<Signatory>,
}

/// The signatories of one transaction, for whoever asks why it does not count.
pub(crate) fn signatories(opened: &Opened, channel: &Channel) -> Signatories {
    let endorsers = match &opened.content {
        Ok(Content::Call(call)) => judged(&call.endorsements, channel),
        _ => Vec::new(),
    };
    let creator = opened.creator.as_slice();
    Signatories { creator: judged(creator, channel).pop(), endorsers }
}

/// Signatures that count together, each with what is wrong with it.
fn judged(set: &[SignedData], channel: &Channel) -> Vec<Signatory> {
    let signers = channel.msps().verify(set);
    let mut valid = signers.valid().iter();
    let of = |(index, data): (usize, &SignedData)| {
        let dropped = signers.dropped().iter().find(|dropped| dropped.index == index);
        let (identity, fault) = match dropped {
            Some(dropped) => (dropped.identity.as_ref(), dropped.why.to_string()),
            None => {
                let identity = valid.next();
                let verdict = identity.map(|identity| identity.verdict());
                let fault = verdict.filter(|verdict| !verdict.is_yes());
                (identity, fault.map(ToString::to_string).unwrap_or_default())
            }
        };
        let named = SerializedIdentity::decode(&data.identity).map(|identity| identity.msp_id);
        let subject = identity.map(|identity| identity.certificate().subject().to_string());
        let subject = subject.unwrap_or_default();
        Signatory { msp_id: named.unwrap_or_default(), subject, fault }
    };
    set.iter().enumerate().map(of).collect()
}

/// A thread takes as long to begin as a signature to verify.
const WORTH_A_THREAD: usize = 8;

impl Opened {
    /// Its signatures: the creator's, and those of the endorsers, which count together.
    fn sets(&self) -> impl Iterator<Item = &[SignedData]> {
        let creator = self.creator.as_ref().map(std::slice::from_ref);
        let endorsers = match &self.content {
            Ok(Content::Call(call)) => Some(&call.endorsements[..]),
            _ => None,
        };
        creator.into_iter().chain(endorsers)
    }

    fn signed(self, creator: Option<&Signers>, endorsers: Signers) -> Signed {
        let content = match creator.map_or(Ok(()), check_creator) {
            Err(verdict) => Err(verdict),
            Ok(()) => self.content.map(|content| match content {
                Content::Config => SignedContent::Config,
                Content::Call(call) => {
                    SignedContent::Call { endorsers, invoked: Box::new(call.invoked) }
                }
            }),
        };
        Signed { id: self.id, content }
    }
}

/// A member of the channel has signed.
fn check_creator(signers: &Signers) -> Result<(), Verdict> {
    let bad = |why: String| Err(Verdict::new(Code::BadCreatorSignature, why));
    match (signers.valid().first(), signers.dropped().first()) {
        (Some(identity), _) if identity.verdict().is_yes() => Ok(()),
        (Some(identity), _) => {
            bad(format!("its creator {}: {}", identity.subject(), identity.verdict()))
        }
        (None, Some(dropped)) => bad(format!("its creator: {dropped}")),
        (None, None) => bad("nobody has signed it".to_owned()),
    }
}
