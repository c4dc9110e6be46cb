// SPDX-License-Identifier: Apache-2.0
//! From a proposal to a transaction: made by a client, endorsed by peers, put together.
//!
//! Time and nonce are arguments. Not here: running the chaincode, and sending anything.

use crate::error::{decode, encode};
use crate::{Error, Headers, transaction_id};
use bccsp::{Context, Digest, Hash, Providers, SigningKey};
use proto::common::{self, HeaderType};
use proto::prost_types::Timestamp;
use proto::protos::{
    self, ChaincodeAction, ChaincodeHeaderExtension, ChaincodeId, ChaincodeInput,
    ChaincodeInvocationSpec, ChaincodeProposalPayload, ChaincodeSpec, Endorsement,
    ProposalResponse, ProposalResponsePayload, Response, SignedProposal,
};
use proto::{Bytes, SignedData};
use std::collections::{BTreeMap, BTreeSet};

/// What a client wants done.
#[derive(Clone, Debug, Default)]
pub struct Request<'a> {
    /// The channel.
    pub channel: &'a str,
    /// The chaincode.
    pub chaincode: &'a str,
    /// Name of the function, then its arguments.
    pub args: Vec<Bytes>,
    /// Whether this is the chaincode's first call, where its definition asks for one.
    pub is_init: bool,
    /// Who asks: a serialized `msp.SerializedIdentity`.
    pub creator: Bytes,
    /// 24 random bytes, by custom; never the same twice.
    pub nonce: Bytes,
    /// Now. Peers refuse what is a quarter of an hour off.
    pub timestamp: Timestamp,
    /// What the chaincode may see and the block must not.
    pub transient: BTreeMap<String, Bytes>,
}

/// A proposal to call a chaincode, opened, with each layer as the bytes that travelled.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    bytes: Bytes,
    headers: Headers,
    payload: ChaincodeProposalPayload,
}

impl Proposal {
    /// Makes a proposal as Fabric's client libraries do.
    ///
    /// # Errors
    /// [`Error::Crypto`] as [`transaction_id`].
    pub fn new(request: Request<'_>, providers: &Providers) -> Result<Self, Error> {
        let tx_id = transaction_id(&request.nonce, &request.creator, providers)?;
        let chaincode = ChaincodeId { name: request.chaincode.to_owned(), ..Default::default() };
        let extension = ChaincodeHeaderExtension { chaincode_id: Some(chaincode.clone()) };
        let header = common::Header {
            channel_header: encode(&common::ChannelHeader {
                r#type: HeaderType::EndorserTransaction as i32,
                timestamp: Some(request.timestamp),
                channel_id: request.channel.to_owned(),
                tx_id,
                extension: encode(&extension),
                ..Default::default()
            }),
            signature_header: encode(&common::SignatureHeader {
                creator: request.creator,
                nonce: request.nonce,
            }),
        };
        let input =
            ChaincodeInput { args: request.args, is_init: request.is_init, ..Default::default() };
        let spec = ChaincodeSpec {
            r#type: protos::chaincode_spec::Type::Node as i32,
            chaincode_id: Some(chaincode),
            input: Some(input),
            ..Default::default()
        };
        let invocation = ChaincodeInvocationSpec { chaincode_spec: Some(spec) };
        let payload = ChaincodeProposalPayload {
            input: encode(&invocation),
            transient_map: request.transient,
        };
        let proposal = protos::Proposal {
            header: encode(&header),
            payload: encode(&payload),
            extension: Bytes::new(),
        };
        Ok(Self { bytes: encode(&proposal), headers: Headers::from_message(header)?, payload })
    }

    /// Opens a serialized `protos.Proposal`. Nothing is judged.
    ///
    /// # Errors
    /// [`Error::Malformed`] with the layer that cannot be read.
    pub fn open(bytes: impl Into<Bytes>) -> Result<Self, Error> {
        let bytes = bytes.into();
        let proposal: protos::Proposal = decode("proposal", &bytes)?;
        let headers = Headers::open(&proposal.header)?;
        let payload = decode("chaincode proposal payload", &proposal.payload)?;
        Ok(Self { bytes, headers, payload })
    }

    /// The serialized `protos.Proposal`: what its creator signs.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The two headers, which become the transaction's.
    #[must_use]
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// The name its transaction will have, as stated; see [`Headers::check_transaction_id`].
    #[must_use]
    pub fn transaction_id(&self) -> &str {
        &self.headers.channel_header().tx_id
    }

    /// The chaincode that the channel header names.
    ///
    /// # Errors
    /// [`Error::Malformed`], also when it names none.
    pub fn chaincode(&self) -> Result<ChaincodeId, Error> {
        let extension: ChaincodeHeaderExtension = decode(
            "chaincode header extension of a proposal",
            &self.headers.channel_header().extension,
        )?;
        extension.chaincode_id.ok_or_else(|| Error::malformed("proposal", "it names no chaincode"))
    }

    /// What is to be called, with which arguments.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn invocation(&self) -> Result<ChaincodeInvocationSpec, Error> {
        decode("chaincode invocation", &self.payload.input)
    }

    /// What only the chaincode may see.
    #[must_use]
    pub fn transient(&self) -> &BTreeMap<String, Bytes> {
        &self.payload.transient_map
    }

    /// The part of the payload that gets into the block: all but the transient map. A serialized
    /// `protos.ChaincodeProposalPayload`.
    #[must_use]
    pub fn visible_payload(&self) -> Bytes {
        let input = self.payload.input.clone();
        encode(&ChaincodeProposalPayload { input, ..Default::default() })
    }

    /// The proposal hash: of channel header ‖ signature header ‖
    /// [`visible_payload`](Self::visible_payload). `hash` is the channel's function.
    #[must_use]
    pub fn hash(&self, hash: &dyn Hash) -> Digest {
        hash.digest(&[
            self.headers.channel_header_bytes(),
            self.headers.signature_header_bytes(),
            &self.visible_payload(),
        ])
    }

    /// Signs it as its creator.
    ///
    /// # Errors
    /// [`Error::Crypto`].
    pub fn sign(&self, key: &dyn SigningKey) -> Result<SignedProposal, Error> {
        let signature = key.sign(Context::Fabric, &[&self.bytes])?.into_vec().into();
        Ok(SignedProposal { proposal_bytes: self.bytes.clone(), signature })
    }

    /// The creator's signature, as received beside the proposal, with what it is over.
    #[must_use]
    pub fn signed_data(&self, signature: Bytes) -> SignedData {
        let identity = self.headers.creator().clone();
        SignedData { identity, message: vec![self.bytes.clone()], signature }
    }

    /// The bytes that all endorsers of one result sign, each followed by its identity: a serialized
    /// `protos.ProposalResponsePayload`. `hash` is the channel's function.
    #[must_use]
    pub fn response_payload(&self, result: &ChaincodeAction, hash: &dyn Hash) -> Bytes {
        encode(&ProposalResponsePayload {
            proposal_hash: Bytes::copy_from_slice(self.hash(hash).as_ref()),
            extension: encode(result),
        })
    }

    /// Endorses a result: the answer of a peer. `hash` is the channel's function, `endorser` a
    /// serialized `msp.SerializedIdentity` with the public half of `key`.
    ///
    /// # Errors
    /// [`Error::Crypto`].
    pub fn endorse(
        &self,
        result: &ChaincodeAction,
        hash: &dyn Hash,
        endorser: &Bytes,
        key: &dyn SigningKey,
    ) -> Result<ProposalResponse, Error> {
        let payload = self.response_payload(result, hash);
        let signature = key.sign(Context::Fabric, &[&payload, endorser])?.into_vec().into();
        Ok(ProposalResponse {
            version: 1,
            response: result.response.clone(),
            endorsement: Some(Endorsement { endorser: endorser.clone(), signature }),
            payload,
            ..Default::default()
        })
    }

    /// Puts the transaction together: a serialized `common.Payload` with the proposal's headers,
    /// for its creator to sign with [`sign_payload`](crate::sign_payload). Of several endorsements
    /// by one identity the first is taken.
    ///
    /// # Errors
    /// [`Error::Misuse`] when there are no responses, when their payloads differ, or when one is a
    /// refusal or not endorsed.
    pub fn assemble(&self, responses: &[ProposalResponse]) -> Result<Bytes, Error> {
        let Some(first) = responses.first() else {
            return Err(Error::Misuse("a transaction without endorsements"));
        };
        let mut endorsers = BTreeSet::new();
        let mut endorsements = Vec::with_capacity(responses.len());
        for response in responses {
            if response.payload != first.payload {
                return Err(Error::Misuse("the endorsers came to different results"));
            }
            if response.response.as_ref().is_none_or(is_refusal) {
                return Err(Error::Misuse("an endorser's response has no status below 400"));
            }
            let Some(endorsement) = &response.endorsement else {
                return Err(Error::Misuse("a response without endorsement"));
            };
            if endorsers.insert(&endorsement.endorser) {
                endorsements.push(endorsement.clone());
            }
        }
        Ok(self.transaction_payload(first.payload.clone(), endorsements))
    }

    fn transaction_payload(&self, response: Bytes, endorsements: Vec<Endorsement>) -> Bytes {
        let payload = protos::ChaincodeActionPayload {
            chaincode_proposal_payload: self.visible_payload(),
            action: Some(protos::ChaincodeEndorsedAction {
                proposal_response_payload: response,
                endorsements,
            }),
        };
        let action = protos::TransactionAction {
            header: self.headers.signature_header_bytes().clone(),
            payload: encode(&payload),
        };
        let data = encode(&protos::Transaction { actions: vec![action] });
        encode(&common::Payload { header: Some(self.headers.to_message()), data })
    }
}

/// Whether a chaincode said no.
fn is_refusal(response: &Response) -> bool {
    response.status >= 400
}
