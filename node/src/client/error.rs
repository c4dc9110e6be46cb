// SPDX-License-Identifier: Apache-2.0
//! Why a call came to nothing.

use super::endorser::reason;
use proto::common::Status;

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The server cannot be reached, or does not serve the call.
    #[error("{}", reason(.0))]
    Call(tonic::Status),
    /// A peer or chaincode said no.
    #[error("{peer} refused with status {status}: {message}")]
    Refused {
        /// The peer.
        peer: String,
        /// 400 or more.
        status: i32,
        /// What it says.
        message: String,
    },
    /// The answers of several peers make no transaction.
    #[error(transparent)]
    NotPrepared(#[from] ::peer::assemble::NotPrepared),
    /// An orderer did not take an envelope.
    #[error("the orderer did not take it: {} {why}", .status.as_str_name())]
    NotOrdered {
        /// Its answer.
        status: Status,
        /// What it says.
        why: String,
    },
    /// A block was asked for and not given.
    #[error("no block: {}", .status.as_str_name())]
    NotDelivered {
        /// The answer.
        status: Status,
    },
    /// The server did not keep to the protocol.
    #[error("{0}")]
    Broken(&'static str),
    /// No verdict came in time; the transaction may be committed yet.
    #[error("transaction {0} was sent, and no peer said in time what became of it")]
    NoVerdict(String),
    /// A web server answered with an error.
    #[error("{status} {why}")]
    Web {
        /// The HTTP status.
        status: u16,
        /// What it says.
        why: String,
    },
    /// A web server cannot be reached.
    #[error("{address}: {why}")]
    Unreachable {
        /// Host and port.
        address: String,
        /// What is wrong.
        why: String,
    },
    /// TLS roots or files will not do.
    #[error("{0}")]
    Tls(String),
    /// A message cannot be read, or made.
    #[error(transparent)]
    Block(#[from] block::Error),
    /// A message cannot be read.
    #[error("the answer cannot be read: {0}")]
    Decode(#[from] proto::prost::DecodeError),
    /// A provider did not do its part.
    #[error(transparent)]
    Crypto(#[from] bccsp::Error),
    /// There is no randomness.
    #[error(transparent)]
    Entropy(#[from] sys::EntropyFailure),
    /// Nobody was named to ask.
    #[error("no {0} to ask")]
    Nobody(&'static str),
}

impl ClientError {
    /// Whether it may be otherwise in a moment: nobody leads, somebody is not there, no answer came.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        use tonic::Code;
        let Self::Call(status) = self else { return false };
        matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled)
    }
}

impl From<tonic::Status> for ClientError {
    fn from(status: tonic::Status) -> Self {
        Self::Call(status)
    }
}
