// SPDX-License-Identifier: Apache-2.0
//! A peer's gateway, as an application uses it: endorse, submit, ask what became of it.

use super::{Call, Caller, ClientError};
use crate::gateway::details;
use crate::services::gateway::gateway_client::GatewayClient as Service;
use bccsp::Context;
use proto::Bytes;
use proto::common::Envelope;
use proto::gateway::{
    CommitStatusRequest, EndorseRequest, EvaluateRequest, SignedCommitStatusRequest, SubmitRequest,
};
use proto::prost::Message as _;
use proto::protos::TxValidationCode;
use tonic::transport::Channel;

/// A gateway that is called. Clones share a connection.
#[derive(Clone, Debug)]
pub struct GatewayClient {
    name: String,
    service: Service<Channel>,
}

/// A transaction that was endorsed and signed. Sent twice, it is still one transaction.
#[derive(Clone, Debug)]
pub struct Endorsed {
    /// Its id.
    pub tx_id: String,
    /// Its channel.
    pub channel: String,
    /// What orderers take.
    pub envelope: Envelope,
}

impl GatewayClient {
    /// The gateway behind a channel; `name` is for messages.
    #[must_use]
    pub fn new(name: &str, channel: Channel) -> Self {
        let service = Service::new(channel);
        let service = service.max_decoding_message_size(MESSAGE).max_encoding_message_size(MESSAGE);
        Self { name: name.to_owned(), service }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What a call comes to, without a transaction.
    ///
    /// # Errors
    /// [`ClientError::Call`], also when the chaincode says no.
    pub async fn evaluate(&self, caller: &Caller, call: &Call) -> Result<Bytes, ClientError> {
        let (signed, id) = caller.propose(call)?;
        let request = EvaluateRequest {
            transaction_id: id,
            channel_id: call.channel.clone(),
            proposed_transaction: Some(signed),
            ..EvaluateRequest::default()
        };
        let answer = self.service.clone().evaluate(request).await.map_err(|it| self.failed(&it))?;
        Ok(answer.into_inner().result.unwrap_or_default().payload)
    }

    /// Has a call endorsed by whom the policies ask for, and signs the transaction.
    ///
    /// # Errors
    /// [`ClientError::Call`], also when the chaincode says no.
    pub async fn endorse(&self, caller: &Caller, call: &Call) -> Result<Endorsed, ClientError> {
        let (signed, tx_id) = caller.propose(call)?;
        let channel = call.channel.clone();
        let request = EndorseRequest {
            transaction_id: tx_id.clone(),
            channel_id: channel.clone(),
            proposed_transaction: Some(signed),
            ..EndorseRequest::default()
        };
        let answer = self.service.clone().endorse(request).await.map_err(|it| self.failed(&it))?;
        let prepared = answer.into_inner().prepared_transaction;
        let none = ClientError::Broken("the gateway endorsed, and sent no transaction");
        let payload = prepared.ok_or(none)?.payload;
        let envelope = block::sign_payload(payload, &**caller.identity.key())?;
        Ok(Endorsed { tx_id, channel, envelope })
    }

    /// Hands a transaction to the orderers. When it returns, an orderer has taken it.
    ///
    /// # Errors
    /// [`ClientError::Call`]; it may have been taken all the same, and may be sent again.
    pub async fn submit(&self, endorsed: &Endorsed) -> Result<(), ClientError> {
        let request = SubmitRequest {
            transaction_id: endorsed.tx_id.clone(),
            channel_id: endorsed.channel.clone(),
            prepared_transaction: Some(endorsed.envelope.clone()),
        };
        self.service.clone().submit(request).await.map_err(|it| self.failed(&it))?;
        Ok(())
    }

    /// The block of a transaction and the verdict on it, as soon as the peer has it.
    ///
    /// # Errors
    /// [`ClientError::Call`]; [`ClientError::Block`] when the key does not sign.
    pub async fn status(
        &self,
        caller: &Caller,
        endorsed: &Endorsed,
    ) -> Result<(u64, TxValidationCode), ClientError> {
        let request = CommitStatusRequest {
            transaction_id: endorsed.tx_id.clone(),
            channel_id: endorsed.channel.clone(),
            identity: caller.identity.serialized().clone(),
        };
        let request: Bytes = request.encode_to_vec().into();
        let signed = caller.identity.key().sign(Context::Fabric, &[&request]);
        let signature = signed.map_err(block::Error::from)?.into_vec().into();
        let signed = SignedCommitStatusRequest { request, signature };
        let asked = self.service.clone().commit_status(signed).await;
        let answer = asked.map_err(|it| self.failed(&it))?.into_inner();
        Ok((answer.block_number, answer.result()))
    }

    /// The error with what each peer or orderer said.
    fn failed(&self, status: &tonic::Status) -> ClientError {
        let mut said = format!("{}: {}", self.name, super::endorser::reason(status));
        for detail in details(status) {
            said.push_str(&format!("; {}: {}", detail.address, detail.message));
        }
        ClientError::Call(tonic::Status::new(status.code(), said))
    }
}

const MESSAGE: usize = 100 << 20;
