// SPDX-License-Identifier: Apache-2.0
//! The call of a chaincode in a transaction: what was proposed and endorsed, and what came out.

use crate::Verdict;
use bccsp::Hash;
use block::{Headers, Namespace, ReadWriteSet};
use proto::common::SignatureHeader;
use proto::prost::{DecodeError, Message};
use proto::protos::{
    ChaincodeAction, ChaincodeActionPayload, ChaincodeEvent, ChaincodeHeaderExtension, Endorsement,
    ProposalResponsePayload, Transaction, TransactionAction, TxValidationCode as Code,
};
use proto::{Bytes, SignedData};
use std::collections::BTreeSet;

/// A call that hangs together: its endorsers have endorsed this proposal.
#[derive(Debug)]
pub(super) struct Call {
    /// What each endorser has signed.
    pub(super) endorsements: Vec<SignedData>,
    /// What was called, or what is wrong with that: it counts after ids are looked for in the ledger.
    pub(super) invoked: Result<Invoked, Verdict>,
}

/// What was called, and what came out.
#[derive(Debug)]
pub(crate) struct Invoked {
    pub(crate) chaincode: String,
    pub(crate) version: String,
    pub(crate) set: ReadWriteSet,
}

impl Call {
    pub(super) fn open(headers: &Headers, data: &Bytes, hash: &dyn Hash) -> Result<Self, Verdict> {
        let invalid = |why: String| Verdict::new(Code::InvalidEndorserTransaction, why);
        let read = |what: &str, error: DecodeError| invalid(format!("{what}: {error}"));
        let action = the_action(data).map_err(invalid)?;
        let signer = SignatureHeader::decode(action.header.clone())
            .map_err(|error| read("the header of its action", error))?;
        if signer.nonce.is_empty() || signer.creator.is_empty() {
            return Err(invalid("the header of its action has no nonce or creator".to_owned()));
        }
        let payload = ChaincodeActionPayload::decode(action.payload.clone())
            .map_err(|error| read("the payload of its action", error))?;
        let endorsed = payload.action;
        let endorsed = endorsed.ok_or_else(|| invalid("nothing was endorsed".to_owned()))?;
        let response_bytes = endorsed.proposal_response_payload;
        let response = ProposalResponsePayload::decode(response_bytes.clone())
            .map_err(|error| read("what was endorsed", error))?;
        let proposal: [&[u8]; 3] =
            [headers.channel_header_bytes(), &action.header, &payload.chaincode_proposal_payload];
        if hash.digest(&proposal).as_ref() != response.proposal_hash {
            let name = hash.algorithm();
            let why = format!("another proposal hash was endorsed than that of it by {name}");
            return Err(invalid(why));
        }
        let endorsements = signed(endorsed.endorsements, &response_bytes);
        let extension = &headers.channel_header().extension;
        Ok(Self { endorsements, invoked: Invoked::open(extension, &response.extension) })
    }
}

/// What each endorser has signed: the response payload, and who it is.
fn signed(endorsements: Vec<Endorsement>, payload: &Bytes) -> Vec<SignedData> {
    let signed = endorsements.into_iter().map(|endorsement| SignedData {
        identity: endorsement.endorser.clone(),
        message: vec![payload.clone(), endorsement.endorser],
        signature: endorsement.signature,
    });
    signed.collect()
}

fn the_action(data: &Bytes) -> Result<TransactionAction, String> {
    let transaction = Transaction::decode(data.clone())
        .map_err(|error| format!("the transaction cannot be read: {error}"))?;
    let count = transaction.actions.len();
    let mut actions = transaction.actions.into_iter();
    match (actions.next(), count) {
        (Some(action), 1) => Ok(action),
        _ => Err(format!("it has {count} actions and must have one")),
    }
}

impl Invoked {
    fn open(extension: &Bytes, result: &Bytes) -> Result<Self, Verdict> {
        let extension = ChaincodeHeaderExtension::decode(extension.clone()).map_err(|error| {
            let why = format!("the extension of its header cannot be read: {error}");
            Verdict::new(Code::BadHeaderExtension, why)
        })?;
        let result = ChaincodeAction::decode(result.clone()).map_err(|error| {
            Verdict::new(Code::BadResponsePayload, format!("its result cannot be read: {error}"))
        })?;
        let set = ReadWriteSet::decode(&result.results)
            .map_err(|error| Verdict::new(Code::BadRwset, error.to_string()))?;
        let (chaincode, version) = check_chaincode(extension, &result)?;
        check_event(&result.events, &chaincode)?;
        let mut names = BTreeSet::new();
        if let Some(twice) = set.namespaces.iter().find(|set| !names.insert(&set.name)) {
            let why = format!("namespace `{}` is in its set twice", twice.name.escape_debug());
            return Err(Verdict::new(Code::IllegalWriteset, why));
        }
        Ok(Self { chaincode, version, set })
    }

    /// The namespaces whose policies count: that of the chaincode that was called, and all that are
    /// written.
    pub(super) fn namespaces(&self) -> impl Iterator<Item = (&str, Option<&Namespace>)> {
        let called = self.set.namespaces.iter().find(|set| set.name == self.chaincode);
        let others = self.set.namespaces.iter();
        let written = others.filter(|set| set.name != self.chaincode && writes(set));
        let called = (self.chaincode.as_str(), called);
        std::iter::once(called).chain(written.map(|set| (set.name.as_str(), Some(set))))
    }
}

/// The name of the chaincode, and the version that ran.
fn check_chaincode(
    extension: ChaincodeHeaderExtension,
    result: &ChaincodeAction,
) -> Result<(String, String), Verdict> {
    let other = |why: &str| Verdict::new(Code::InvalidOtherReason, why);
    let proposed =
        extension.chaincode_id.ok_or_else(|| other("its header names no chaincode"))?.name;
    let ran = result.chaincode_id.as_ref();
    let ran = ran.ok_or_else(|| other("its result names no chaincode"))?;
    let invalid = |why: String| Err(Verdict::new(Code::InvalidChaincode, why));
    if proposed.is_empty() {
        return invalid("the name of the chaincode is empty".to_owned());
    }
    if proposed != ran.name {
        let (proposed, ran) = (proposed.escape_debug(), ran.name.escape_debug());
        return invalid(format!("chaincode `{proposed}` was called, and `{ran}` has answered"));
    }
    if ran.version.is_empty() {
        return invalid("its result names no version of the chaincode".to_owned());
    }
    Ok((proposed, ran.version.clone()))
}

fn check_event(bytes: &Bytes, chaincode: &str) -> Result<(), Verdict> {
    let other = |why: String| Err(Verdict::new(Code::InvalidOtherReason, why));
    if bytes.is_empty() {
        return Ok(());
    }
    match ChaincodeEvent::decode(bytes.clone()) {
        Ok(event) if event.chaincode_id == chaincode => Ok(()),
        Ok(event) => {
            let of = event.chaincode_id.escape_debug();
            other(format!("its event is one of chaincode `{of}`, not of the one that was called"))
        }
        Err(error) => other(format!("its event cannot be read: {error}")),
    }
}

fn writes(set: &Namespace) -> bool {
    let hashed = |hashed: &proto::kvrwset::HashedRwSet| {
        !hashed.hashed_writes.is_empty() || !hashed.metadata_writes.is_empty()
    };
    !set.public.writes.is_empty()
        || !set.public.metadata_writes.is_empty()
        || set.collections.iter().any(|collection| hashed(&collection.hashed))
}
