// SPDX-License-Identifier: Apache-2.0
//! An endorser transaction opened: what was proposed, what came out, who endorsed it.
//!
//! Not here: whether these endorsements suffice, and whether what was read still holds.

use crate::error::{decode, same_digest};
use crate::{Error, Headers, ReadWriteSet};
use bccsp::{Digest, Hash};
use proto::protos::{self, ChaincodeAction, Endorsement};
use proto::{Bytes, SignedData};

/// The content of an `ENDORSER_TRANSACTION` envelope.
#[derive(Clone, Debug, PartialEq)]
pub struct Transaction {
    /// Its actions. The message allows any number; Fabric's validators take exactly one.
    pub actions: Vec<Action>,
}

impl Transaction {
    /// Opens a serialized `protos.Transaction` and all layers of its actions.
    ///
    /// # Errors
    /// [`Error::Malformed`] with the layer that cannot be read.
    pub fn open(bytes: &Bytes) -> Result<Self, Error> {
        let transaction: protos::Transaction = decode("transaction", bytes)?;
        let actions =
            transaction.actions.into_iter().map(Action::open).collect::<Result<_, _>>()?;
        Ok(Self { actions })
    }

    /// Its one action.
    ///
    /// # Errors
    /// [`Error::Malformed`] when there is none or more than one.
    pub fn action(&self) -> Result<&Action, Error> {
        match &self.actions[..] {
            [action] => Ok(action),
            several => {
                let why = format!("it has {} actions and must have one", several.len());
                Err(Error::malformed("transaction", why))
            }
        }
    }
}

/// One call of a chaincode and its result.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    header: Bytes,
    proposal_payload: Bytes,
    response_payload: Bytes,
    proposal_hash: Bytes,
    result: ChaincodeAction,
    endorsements: Vec<Endorsement>,
}

impl Action {
    fn open(action: protos::TransactionAction) -> Result<Self, Error> {
        let payload: protos::ChaincodeActionPayload =
            decode("chaincode action payload", &action.payload)?;
        let endorsed = payload.action.ok_or_else(|| {
            Error::malformed("chaincode action payload", "it has no endorsed action")
        })?;
        let response: protos::ProposalResponsePayload =
            decode("proposal response payload", &endorsed.proposal_response_payload)?;
        Ok(Self {
            header: action.header,
            proposal_payload: payload.chaincode_proposal_payload,
            response_payload: endorsed.proposal_response_payload,
            proposal_hash: response.proposal_hash,
            result: decode("chaincode action", &response.extension)?,
            endorsements: endorsed.endorsements,
        })
    }

    /// A serialized `common.SignatureHeader`: whose proposal this is.
    #[must_use]
    pub fn header(&self) -> &Bytes {
        &self.header
    }

    /// Whether the action's header is, byte for byte, the signature header of its envelope.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn check_header(&self, headers: &Headers) -> Result<(), Error> {
        if self.header == headers.signature_header_bytes() {
            return Ok(());
        }
        Err(Error::malformed(
            "transaction action",
            "its header is not the signature header of the envelope",
        ))
    }

    /// A serialized `protos.ChaincodeProposalPayload`, as it travelled.
    #[must_use]
    pub fn proposal_payload(&self) -> &Bytes {
        &self.proposal_payload
    }

    /// What was called, with which arguments.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn invocation(&self) -> Result<protos::ChaincodeInvocationSpec, Error> {
        let payload: protos::ChaincodeProposalPayload =
            decode("chaincode proposal payload", &self.proposal_payload)?;
        decode("chaincode invocation", &payload.input)
    }

    /// What the endorsers signed: a serialized `protos.ProposalResponsePayload`.
    #[must_use]
    pub fn response_payload(&self) -> &Bytes {
        &self.response_payload
    }

    /// Compares the proposal hash that was endorsed with channel header ‖ action's header ‖
    /// chaincode proposal payload. `hash` is the channel's function.
    ///
    /// The payload is hashed as it travelled. Endorsers hash it encoded without the transient map,
    /// so one that still carries such a map, or was encoded otherwise, is found out here.
    ///
    /// # Errors
    /// [`Error::Mismatch`].
    pub fn check_proposal_hash(&self, headers: &Headers, hash: &dyn Hash) -> Result<(), Error> {
        let computed = self.compute_proposal_hash(headers, hash);
        same_digest(|| "proposal hash".to_owned(), &self.proposal_hash, &computed)
    }

    fn compute_proposal_hash(&self, headers: &Headers, hash: &dyn Hash) -> Digest {
        hash.digest(&[headers.channel_header_bytes(), &self.header, &self.proposal_payload])
    }

    /// The hash of the proposal, as endorsed.
    #[must_use]
    pub fn proposal_hash(&self) -> &Bytes {
        &self.proposal_hash
    }

    /// What came out: read/write set, event, response, name and version of the chaincode.
    #[must_use]
    pub fn result(&self) -> &ChaincodeAction {
        &self.result
    }

    /// What it read and wrote.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn rwset(&self) -> Result<ReadWriteSet, Error> {
        ReadWriteSet::decode(&self.result.results)
    }

    /// The event it gives to listeners, if any.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn event(&self) -> Result<Option<protos::ChaincodeEvent>, Error> {
        if self.result.events.is_empty() {
            return Ok(None);
        }
        decode("chaincode event", &self.result.events).map(Some)
    }

    /// The endorsements with what each is over: response payload ‖ endorser.
    #[must_use]
    pub fn endorsements(&self) -> Vec<SignedData> {
        let signed = self.endorsements.iter().map(|endorsement| SignedData {
            identity: endorsement.endorser.clone(),
            message: vec![self.response_payload.clone(), endorsement.endorser.clone()],
            signature: endorsement.signature.clone(),
        });
        signed.collect()
    }
}
