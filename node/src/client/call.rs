// SPDX-License-Identifier: Apache-2.0
//! Who calls, and what is called.

use super::ClientError;
use super::seek::{Wanted, seek};
use bccsp::{HashAlgorithm, Providers};
use block::{Proposal, Request};
use msp::SigningIdentity;
use proto::common::Envelope;
use proto::prost_types::Timestamp;
use proto::protos::SignedProposal;
use proto::{Bytes, prost::Message};
use std::collections::BTreeMap;
use std::sync::Arc;
use sys::{Clock, Entropy, SystemClock, SystemEntropy};

/// Who calls: an identity, and what makes each of its messages a new one.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who signs.
    pub identity: SigningIdentity,
    /// Both families, or those that were compiled in.
    pub providers: Arc<Providers>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The hash of the TLS certificate that it shows to servers; empty when it shows none.
    pub binding: Bytes,
}

/// What is called.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// The channel; empty for a call to the peer itself.
    pub channel: String,
    /// The chaincode.
    pub chaincode: String,
    /// Name of the function, then its arguments.
    pub args: Vec<Bytes>,
    /// Whether this is the chaincode's first call, where its definition asks for one.
    pub is_init: bool,
    /// What the chaincode may see and the block must not.
    pub transient: BTreeMap<String, Bytes>,
}

impl Call {
    /// A call of a function with text arguments.
    pub fn new<'a>(
        channel: &str,
        chaincode: &str,
        args: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let args = args.into_iter().map(|arg| Bytes::copy_from_slice(arg.as_bytes())).collect();
        let (channel, chaincode) = (channel.to_owned(), chaincode.to_owned());
        Self { channel, chaincode, args, ..Self::default() }
    }

    /// A call of a function whose argument is a message, as `_lifecycle` has it.
    pub fn with_message(
        channel: &str,
        chaincode: &str,
        function: &str,
        message: &impl Message,
    ) -> Self {
        let mut call = Self::new(channel, chaincode, [function]);
        call.args.push(message.encode_to_vec().into());
        call
    }
}

impl Caller {
    /// One with the clock and randomness of the system.
    #[must_use]
    pub fn new(identity: SigningIdentity, providers: Arc<Providers>) -> Self {
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
        Self { identity, providers, clock, entropy, binding: Bytes::new() }
    }

    /// The same, who shows that TLS certificate (DER): requests for blocks say so, which servers with
    /// mutual TLS ask for.
    ///
    /// # Errors
    /// [`ClientError::Crypto`] when there is no hash function for it.
    pub fn bound_to(self, certificate: &[u8]) -> Result<Self, ClientError> {
        let hash = self.providers.hash(HashAlgorithm::FABRIC_CLIENT)?;
        let binding = Bytes::copy_from_slice(hash.digest(&[certificate]).as_ref());
        Ok(Self { binding, ..self })
    }

    /// Now, and 24 bytes that never come twice.
    ///
    /// # Errors
    /// [`ClientError::Entropy`].
    pub fn stamp(&self) -> Result<(Timestamp, Bytes), ClientError> {
        let mut nonce = [0; 24];
        self.entropy.fill(&mut nonce)?;
        let seconds = i64::try_from(self.clock.now().0).unwrap_or(i64::MAX);
        Ok((Timestamp { seconds, nanos: 0 }, Bytes::copy_from_slice(&nonce)))
    }

    /// A signed proposal, and the id that its transaction will have.
    ///
    /// # Errors
    /// [`ClientError::Block`] when the key does not sign, [`ClientError::Entropy`].
    pub fn propose(&self, call: &Call) -> Result<(SignedProposal, String), ClientError> {
        let (timestamp, nonce) = self.stamp()?;
        let request = Request {
            channel: &call.channel,
            chaincode: &call.chaincode,
            args: call.args.clone(),
            is_init: call.is_init,
            creator: self.identity.serialized().clone(),
            nonce,
            timestamp,
            transient: call.transient.clone(),
        };
        let proposal = Proposal::new(request, &self.providers)?;
        let id = proposal.transaction_id().to_owned();
        Ok((proposal.sign(&**self.identity.key())?, id))
    }

    /// A signed request for blocks of a channel.
    ///
    /// # Errors
    /// As [`propose`](Self::propose).
    pub fn seek(&self, channel: &str, wanted: Wanted) -> Result<Envelope, ClientError> {
        Ok(seek(channel, wanted, &self.identity, self.stamp()?, self.binding.clone())?)
    }
}
