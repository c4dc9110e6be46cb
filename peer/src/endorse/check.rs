// SPDX-License-Identifier: Apache-2.0
//! What is looked at before anything runs for a proposal, in Fabric's order.

use super::{Denied, Endorser, acl};
use crate::view::View;
use block::Proposal;
use ledger::blocks::transaction_key;
use msp::{Identity, Manager, SerializedIdentity};
use proto::common::HeaderType;
use proto::protos::{ChaincodeInput, SignedProposal};
use proto::{Bytes, SignedData};
use std::sync::Arc;

/// A proposal that may be tried out.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) proposal: Proposal,
    pub(crate) signed: SignedProposal,
    /// The channel; none for a proposal to the peer itself.
    pub(crate) view: Option<View>,
    pub(crate) creator: Arc<Identity>,
    pub(crate) chaincode: String,
    pub(crate) input: ChaincodeInput,
}

/// What the first look at a proposal found.
#[derive(Debug)]
pub(crate) enum Seen {
    Checked(Box<Checked>),
    /// The peer is not in this channel.
    NoChannel(String),
}

impl Endorser {
    pub(super) fn check(&self, signed: SignedProposal) -> Result<Seen, Denied> {
        let malformed = |error: block::Error| Denied::Malformed(error.to_string());
        let proposal = Proposal::open(signed.proposal_bytes.clone()).map_err(malformed)?;
        let chaincode = proposal.chaincode().map_err(malformed)?.name;
        let spec = proposal.invocation().map_err(malformed)?.chaincode_spec.unwrap_or_default();
        let Some(input) = spec.input.filter(|_| !chaincode.is_empty()) else {
            return Err(Denied::Malformed("it names no chaincode, or has no input".to_owned()));
        };
        self.check_time(&proposal)?;
        let channel = proposal.headers().channel_header().channel_id.clone();
        let view = match self.channels.view(&channel) {
            _ if channel.is_empty() => None,
            None => return Ok(Seen::NoChannel(channel)),
            view => view,
        };
        self.check_headers(&proposal)?;
        let msps = view.as_ref().map_or(&self.local, |view| view.config().msps());
        let data = proposal.signed_data(signed.signature.clone());
        let creator = signer(msps, &channel, data)?;
        self.check_expiry(&creator)?;
        if let Some(view) = &view {
            check_new(view, proposal.transaction_id())?;
            if !crate::system::is_system(&chaincode) {
                check_policy(acl::PROPOSE, view, &creator)?;
            }
        }
        Ok(Seen::Checked(Box::new(Checked { proposal, signed, view, creator, chaincode, input })))
    }

    fn check_time(&self, proposal: &Proposal) -> Result<(), Denied> {
        let header = proposal.headers().channel_header();
        let none = || Denied::Header("the channel header has no timestamp".to_owned());
        let stated = header.timestamp.ok_or_else(none)?.seconds;
        let now = self.clock.now().0;
        if u64::try_from(stated).is_ok_and(|stated| stated.abs_diff(now) <= WINDOW) {
            return Ok(());
        }
        Err(Denied::Timestamp { stated, now })
    }

    fn check_headers(&self, proposal: &Proposal) -> Result<(), Denied> {
        let headers = proposal.headers();
        let refuse = |why: &str| Err(Denied::Header(why.to_owned()));
        if !matches!(headers.kind(), Some(HeaderType::EndorserTransaction | HeaderType::Config)) {
            return refuse("invalid header type");
        }
        if headers.channel_header().epoch != 0 {
            return refuse("epoch is non-zero");
        }
        if headers.nonce().is_empty() {
            return refuse("nonce is empty");
        }
        if headers.creator().is_empty() {
            return refuse("creator is empty");
        }
        let id = headers.check_transaction_id(self.providers);
        id.map_err(|error| match error {
            block::Error::Mismatch { stated, computed, .. } => Denied::Header(format!(
                "incorrectly computed txid '{}' -- expected '{computed}'",
                stated.trim_matches('"')
            )),
            error => Denied::Failed(error.to_string()),
        })
    }

    fn check_expiry(&self, creator: &Identity) -> Result<(), Denied> {
        let (now, ends) = (self.clock.now().0, creator.ends().timestamp().0);
        match now.checked_sub(ends) {
            Some(seconds) if seconds > 0 => Err(Denied::Expired { seconds }),
            _ => Ok(()),
        }
    }
}

/// Who signed something, if it is a member. Whatever is wrong, the answer is the same.
pub(crate) fn signer(
    msps: &Manager,
    channel: &str,
    data: SignedData,
) -> Result<Arc<Identity>, Denied> {
    let msp_id = named_msp(&data.identity);
    let signers = msps.verify(&[data]);
    signers.check().map_err(|error| Denied::Failed(error.to_string()))?;
    let valid = signers.valid().first().filter(|identity| identity.verdict().is_yes());
    let denied = || Denied::Access { channel: channel.to_owned(), msp_id };
    valid.cloned().ok_or_else(denied)
}

/// The MSP that somebody says to be of, for messages.
fn named_msp(identity: &Bytes) -> String {
    let named = SerializedIdentity::decode(identity).map(|identity| identity.msp_id);
    named.unwrap_or_default().chars().take(100).collect()
}

fn check_new(view: &View, id: &str) -> Result<(), Denied> {
    let found = known(view, id).map_err(|error| Denied::Failed(error.to_string()))?;
    if found { Err(Denied::Duplicate(id.to_owned())) } else { Ok(()) }
}

/// Whether a transaction of that id is in the ledger.
pub(crate) fn known(view: &View, id: &str) -> Result<bool, ledger::Error> {
    match transaction_key(id) {
        Some(key) => view.ledger().blocks().has_transaction(&key),
        None => Ok(false),
    }
}

pub(crate) fn check_policy(resource: &str, view: &View, who: &Arc<Identity>) -> Result<(), Denied> {
    acl::check_channel(resource, view, who).map_err(|why| Denied::Policy {
        resource: resource.to_owned(),
        channel: view.id().to_owned(),
        why,
    })
}

/// How far the time in a proposal may be from now, in seconds.
const WINDOW: u64 = 15 * 60;
