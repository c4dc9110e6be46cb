// SPDX-License-Identifier: Apache-2.0
//! Calls of other chaincodes.

use super::{Stub, keys};
use crate::{Error, Response};
use bytes::Bytes;
use proto::prost::Message as _;
use proto::protos::chaincode_message::Type;
use proto::protos::{self, ChaincodeMessage};

impl Stub {
    /// Calls another chaincode on the same peer, as part of this transaction. On the same channel (or
    /// with an empty one) its reads and writes join ours; on another channel it can only be read.
    ///
    /// # Errors
    /// [`Error::Name`] if the name is empty; what the peer answers, for one that it cannot run.
    /// A chaincode that answers with a failure is a [`Response`], not an error.
    pub async fn invoke_chaincode(
        &self,
        name: &str,
        args: &[&[u8]],
        channel: &str,
    ) -> Result<Response, Error> {
        keys::not_empty("chaincode", name)?;
        let name = if channel.is_empty() { name.into() } else { format!("{name}/{channel}") };
        let args = args.iter().map(|arg| Bytes::copy_from_slice(arg)).collect();
        let message = protos::ChaincodeSpec {
            chaincode_id: Some(protos::ChaincodeId { name, ..Default::default() }),
            input: Some(protos::ChaincodeInput { args, ..Default::default() }),
            ..Default::default()
        };
        let kind = Type::InvokeChaincode;
        let inner = self.ask_for::<ChaincodeMessage>(kind, &message).await?;
        // A message inside the message: COMPLETED with a response, or ERROR with a text.
        if inner.r#type() != Type::Completed {
            let text = String::from_utf8_lossy(&inner.payload).into_owned();
            return Err(Error::Peer { request: kind.as_str_name(), text });
        }
        let response = protos::Response::decode(inner.payload);
        Ok(response.map_err(|_| Error::Answer(kind.as_str_name()))?.into())
    }
}
