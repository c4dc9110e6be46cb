// SPDX-License-Identifier: Apache-2.0
//! All signatures of a block, verified at once and on all cores.

use super::call::Invoked;
use super::open::{Content, Opened};
use crate::Verdict;
use channel::Channel;
use msp::Signers;
use proto::SignedData;
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
