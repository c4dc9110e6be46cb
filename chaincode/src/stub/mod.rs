// SPDX-License-Identifier: Apache-2.0
//! What a transaction sees of the world: its proposal, and the ledger behind the peer.

mod batch;
mod calls;
mod endorsement;
mod keys;
mod private;
mod ranges;
mod state;

pub use endorsement::{Role, StateEndorsement};
pub use keys::{composite_key, split_composite_key};
pub use private::Collection;
pub use ranges::{KeyModification, Kv, Page, Record, Results};

use crate::Error;
use crate::identity::ClientIdentity;
use crate::proposal::Proposal;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use proto::prost::Message;
use proto::prost_types::Timestamp;
use proto::protos::{self, chaincode_message::Type};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// The side that answers requests: a stream to a peer, or a peer in memory.
pub(crate) trait Link: Send + Sync {
    /// Sends a request of this transaction and waits for its answer.
    fn ask(&self, kind: Type, payload: Bytes) -> BoxFuture<'_, Result<Bytes, Error>>;
}

/// A transaction as it came.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Call {
    pub(crate) channel: String,
    pub(crate) tx: String,
    pub(crate) init: bool,
    pub(crate) input: protos::ChaincodeInput,
    pub(crate) signed: protos::SignedProposal,
}

/// What a peer can do beyond the common requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Abilities {
    /// How many writes a batch may have; 0 if there are no batches.
    pub(crate) write_batch: usize,
    /// How many keys can be read at once; 0 if only one.
    pub(crate) read_many: usize,
}

/// One transaction's view of the ledger, and the way to change it.
///
/// Reads see what was committed before the transaction, never its own writes: a write takes effect
/// when the block is committed. Every method that talks to the peer is a request of its own and
/// has to be awaited; requests of one transaction go one after the other.
pub struct Stub {
    call: Call,
    proposal: Proposal,
    abilities: Abilities,
    peer_msp_id: Option<Arc<str>>,
    link: Box<dyn Link>,
    turn: tokio::sync::Mutex<()>,
    event: Mutex<Option<protos::ChaincodeEvent>>,
    batch: Mutex<Option<Vec<protos::WriteRecord>>>,
}

impl fmt::Debug for Stub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let call = (&self.call.channel, &self.call.tx);
        f.debug_tuple("Stub").field(&call).finish()
    }
}

impl Stub {
    /// # Errors
    /// [`Error::Proposal`] if the proposal cannot be read.
    pub(crate) fn new(
        call: Call,
        abilities: Abilities,
        peer_msp_id: Option<Arc<str>>,
        link: Box<dyn Link>,
    ) -> Result<Self, Error> {
        Ok(Self {
            proposal: Proposal::open(&call.signed)?,
            call,
            abilities,
            peer_msp_id,
            link,
            turn: tokio::sync::Mutex::new(()),
            event: Mutex::new(None),
            batch: Mutex::new(None),
        })
    }

    /// The channel.
    #[must_use]
    pub fn channel_id(&self) -> &str {
        &self.call.channel
    }

    /// The transaction's id.
    #[must_use]
    pub fn tx_id(&self) -> &str {
        &self.call.tx
    }

    /// All arguments; the first is the function's name by custom.
    #[must_use]
    pub fn args(&self) -> &[Bytes] {
        &self.call.input.args
    }

    /// The function's name and its arguments, as text. Both are empty if there are none.
    ///
    /// # Errors
    /// [`Error::Argument`] for one that is not UTF-8.
    pub fn function_and_parameters(&self) -> Result<(&str, Vec<&str>), Error> {
        let mut texts = Vec::with_capacity(self.args().len());
        for (index, bytes) in self.args().iter().enumerate() {
            let text = std::str::from_utf8(bytes).map_err(|_| Error::Argument {
                index: index.saturating_sub(1),
                name: if index == 0 { "function" } else { "text" },
                reason: "it is not UTF-8".into(),
            })?;
            texts.push(text);
        }
        let function = if texts.is_empty() { "" } else { texts.remove(0) };
        Ok((function, texts))
    }

    /// What the client gave to endorsers alone; it is not in the transaction.
    #[must_use]
    pub fn transient(&self) -> &BTreeMap<String, Bytes> {
        &self.proposal.transient
    }

    /// What the peer added to the arguments.
    #[must_use]
    pub fn decorations(&self) -> &BTreeMap<String, Bytes> {
        &self.call.input.decorations
    }

    /// The client's identity as it travelled: a serialized `msp.SerializedIdentity`.
    #[must_use]
    pub fn creator(&self) -> &Bytes {
        &self.proposal.creator
    }

    /// The client's identity, read.
    ///
    /// # Errors
    /// [`Error::Proposal`] and [`Error::Certificate`] if it cannot be read.
    pub fn client(&self) -> Result<ClientIdentity, Error> {
        ClientIdentity::read(&self.proposal.creator)
    }

    /// The organisation of the peer (`CORE_PEER_LOCALMSPID`), if the process was told. Fabric calls it
    /// `GetMSPID`; that of the client is in [`Stub::client`].
    #[must_use]
    pub fn peer_msp_id(&self) -> Option<&str> {
        self.peer_msp_id.as_deref()
    }

    /// When the client made the proposal, by the client's clock. The same on every endorser.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        self.proposal.timestamp
    }

    /// The proposal as the client signed it.
    #[must_use]
    pub fn signed_proposal(&self) -> &protos::SignedProposal {
        &self.call.signed
    }

    /// What binds data outside of the proposal to it: nonce, creator and epoch (eight octets, the
    /// lowest first). Fabric's `GetBinding` is the SHA-256 of these bytes.
    #[must_use]
    pub fn binding_input(&self) -> Vec<u8> {
        let epoch = self.proposal.epoch.to_le_bytes();
        [&self.proposal.nonce[..], &self.proposal.creator[..], &epoch[..]].concat()
    }

    /// Sets the event of the transaction; a second one replaces the first. Clients get it when the
    /// transaction is committed, and only if it is valid.
    ///
    /// # Errors
    /// [`Error::Name`] if the name is empty.
    pub fn set_event(&self, name: &str, payload: impl Into<Bytes>) -> Result<(), Error> {
        keys::not_empty("event", name)?;
        // The peer fills in who and which transaction.
        let event = protos::ChaincodeEvent {
            event_name: name.to_owned(),
            payload: payload.into(),
            ..Default::default()
        };
        *self.event.lock().unwrap_or_else(PoisonError::into_inner) = Some(event);
        Ok(())
    }

    /// The event, when the transaction is over.
    pub(crate) fn take_event(&self) -> Option<protos::ChaincodeEvent> {
        self.event.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whether the peer calls `init`.
    pub(crate) fn is_init(&self) -> bool {
        self.call.init
    }

    /// Sends a message and reads the answer's bytes.
    async fn ask(&self, kind: Type, message: &impl Message) -> Result<Bytes, Error> {
        // Fabric's peer takes one request of a transaction at a time.
        let _turn = self.turn.lock().await;
        self.link.ask(kind, message.encode_to_vec().into()).await
    }

    /// Sends a message and reads the answer, a message too.
    async fn ask_for<M: Message + Default>(
        &self,
        kind: Type,
        message: &impl Message,
    ) -> Result<M, Error> {
        let answer = self.ask(kind, message).await?;
        M::decode(answer).map_err(|_| Error::Answer(kind.as_str_name()))
    }
}
