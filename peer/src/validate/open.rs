// SPDX-License-Identifier: Apache-2.0
//! A transaction opened layer by layer, each layer that cannot be read with its own code.
//!
//! Not here: the layers of what was called (`call`).

use super::call::Call;
use crate::Verdict;
use bccsp::{Hash, HashAlgorithm, Providers};
use block::{Block, Headers};
use channel::Channel;
use proto::common::{self, HeaderType};
use proto::prost::Message;
use proto::protos::TxValidationCode as Code;
use proto::{Bytes, SignedData};
use sys::spread;

/// A transaction, as far as its bytes tell.
#[derive(Debug)]
pub(crate) struct Opened {
    /// As stated; empty where it could not be read.
    pub(super) id: String,
    /// The signature over all of it; none where it was found wrong before that counts.
    pub(super) creator: Option<SignedData>,
    /// What it is, or what is wrong with it: with a creator, that counts after the signature.
    pub(super) content: Result<Content, Verdict>,
}

/// What a transaction is.
#[derive(Debug)]
pub(super) enum Content {
    /// The configuration of its block, which is derived again elsewhere.
    Config,
    /// A chaincode was called.
    Call(Box<Call>),
}

/// Opens all transactions of a block, on all cores.
///
/// # Errors
/// When there is no hash function to judge with.
pub(crate) fn open_block(
    block: &Block,
    channel: &Channel,
    providers: &Providers,
) -> Result<Vec<Opened>, channel::Error> {
    open_entries(block.entries(), block.is_config(), channel, providers)
}

/// The same for some transactions of a block. `is_config` says whether it is one of a configuration.
///
/// # Errors
/// As [`open_block`].
pub(crate) fn open_entries(
    entries: &[Bytes],
    is_config: bool,
    channel: &Channel,
    providers: &Providers,
) -> Result<Vec<Opened>, channel::Error> {
    let opener = Opener {
        channel: channel.id(),
        is_config,
        hash: channel.hash()?,
        // Clients compute ids with it in channels of every family.
        id_hash: providers.hash(HashAlgorithm::FABRIC_CLIENT)?,
    };
    Ok(spread(entries, WORTH_A_THREAD, |entries| {
        entries.iter().map(|entry| opener.open(entry)).collect()
    }))
}

/// A thread takes as long to begin.
const WORTH_A_THREAD: usize = 16;

struct Opener<'a> {
    channel: &'a str,
    /// Whether the block is one of a configuration, alone.
    is_config: bool,
    hash: &'a dyn Hash,
    id_hash: &'a dyn Hash,
}

impl Opener<'_> {
    fn open(&self, entry: &Bytes) -> Opened {
        let (payload, signature, headers) = match self.outer(entry) {
            Ok(outer) => outer,
            Err(verdict) => {
                return Opened { id: String::new(), creator: None, content: Err(verdict) };
            }
        };
        let id = headers.channel_header().tx_id.clone();
        if let Err(verdict) = self.check_headers(&headers) {
            return Opened { id, creator: None, content: Err(verdict) };
        }
        let identity = headers.creator().clone();
        let creator = SignedData { identity, message: vec![payload.bytes.clone()], signature };
        let content = self.content(&headers, &payload.data);
        Opened { id, creator: Some(creator), content }
    }

    fn outer(&self, entry: &Bytes) -> Result<(Payload, Bytes, Headers), Verdict> {
        if entry.is_empty() {
            return Err(Verdict::new(Code::NilEnvelope, "there is no envelope"));
        }
        let envelope = common::Envelope::decode(entry.clone()).map_err(|error| {
            let why = format!("the envelope cannot be read: {error}");
            Verdict::new(Code::InvalidOtherReason, why)
        })?;
        let payload = common::Payload::decode(envelope.payload.clone()).map_err(|error| {
            Verdict::new(Code::BadPayload, format!("the payload cannot be read: {error}"))
        })?;
        let bad = |why: String| Verdict::new(Code::BadCommonHeader, why);
        let header = payload.header.ok_or_else(|| bad("it has no header".to_owned()))?;
        let headers = Headers::from_message(header).map_err(|error| bad(error.to_string()))?;
        let payload = Payload { bytes: envelope.payload, data: payload.data };
        Ok((payload, envelope.signature, headers))
    }

    fn check_headers(&self, headers: &Headers) -> Result<(), Verdict> {
        let bad = |why: String| Err(Verdict::new(Code::BadCommonHeader, why));
        let header = headers.channel_header();
        match headers.kind() {
            Some(
                HeaderType::EndorserTransaction | HeaderType::Config | HeaderType::ConfigUpdate,
            ) => {}
            Some(kind) => return bad(format!("it is of type {}", kind.as_str_name())),
            None => return bad(format!("it is of the unknown type {}", header.r#type)),
        }
        if header.epoch != 0 {
            return bad(format!("its epoch is {} and must be 0", header.epoch));
        }
        if headers.nonce().is_empty() {
            return bad("it has no nonce".to_owned());
        }
        if headers.creator().is_empty() {
            return bad("it has no creator".to_owned());
        }
        if header.channel_id != self.channel {
            let id = header.channel_id.escape_debug();
            let why = format!("it is for channel `{id}`, this is `{}`", self.channel);
            return Err(Verdict::new(Code::TargetChainNotFound, why));
        }
        Ok(())
    }

    fn content(&self, headers: &Headers, data: &Bytes) -> Result<Content, Verdict> {
        match headers.kind() {
            Some(HeaderType::EndorserTransaction) => {
                self.check_id(headers)?;
                let call = Call::open(headers, data, self.hash)?;
                Ok(Content::Call(Box::new(call)))
            }
            Some(HeaderType::Config) if self.is_config => Ok(Content::Config),
            Some(HeaderType::Config) => {
                let why = "a configuration must be alone in its block";
                Err(Verdict::new(Code::InvalidConfigTransaction, why))
            }
            kind => {
                let name = kind.map_or("UNKNOWN", |kind| kind.as_str_name());
                let why = format!("an envelope of type {name} is no transaction");
                Err(Verdict::new(Code::UnsupportedTxPayload, why))
            }
        }
    }

    fn check_id(&self, headers: &Headers) -> Result<(), Verdict> {
        let computed = self.id_hash.digest(&[headers.nonce(), headers.creator()]).to_string();
        let stated = &headers.channel_header().tx_id;
        if *stated == computed {
            return Ok(());
        }
        let why = format!("its id must be {computed}, from nonce and creator");
        Err(Verdict::new(Code::BadProposalTxid, why))
    }
}

struct Payload {
    bytes: Bytes,
    data: Bytes,
}
