// SPDX-License-Identifier: Apache-2.0
//! Why a request of a chaincode, or its whole transaction, came to nothing.

/// Why a request of a chaincode was not answered. The chaincode is told the text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Trouble {
    /// The payload is not what the message's type says.
    #[error("the payload is no {what}: {why}")]
    Malformed {
        /// The message it should be.
        what: &'static str,
        /// What protobuf says.
        why: String,
    },
    /// Private data.
    #[error("private data is not supported: collection `{}`", .0.escape_debug())]
    Private(String),
    /// Rich queries.
    #[error("ExecuteQuery not supported: this state database has key and range queries only")]
    RichQuery,
    /// Not a request, or one that was not offered.
    #[error("a message of type {0} is not expected here")]
    Unexpected(String),
    /// An iterator that is not there.
    #[error("query iterator `{}` not found", .0.escape_debug())]
    NoQuery(String),
    /// More than one transaction gets.
    #[error("the transaction is over its limit of {limit} {what}")]
    TooMuch {
        /// Of what.
        what: &'static str,
        /// How much it gets.
        limit: usize,
    },
    /// The transaction has ended, or does not have this channel.
    #[error("the transaction is over, or does not read this channel")]
    Over,
    /// A page of less than nothing.
    #[error("a page of {0} records was asked for; give a positive number")]
    PageSize(i32),
    /// An argument that is no name.
    #[error("`{}` names no chaincode", .0.escape_debug())]
    Name(String),
    /// What the ledger says.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// What the configuration says.
    #[error(transparent)]
    Channel(#[from] channel::Error),
    /// What a block says.
    #[error(transparent)]
    Block(#[from] block::Error),
}

impl Trouble {
    pub(crate) fn malformed(what: &'static str) -> impl FnOnce(proto::prost::DecodeError) -> Self {
        move |error| Self::Malformed { what, why: error.to_string() }
    }
}

/// Why a chaincode did not finish a transaction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The chaincode said so.
    #[error("transaction returned with failure: {0}")]
    Chaincode(String),
    /// It did not keep to the protocol.
    #[error("the chaincode broke the protocol: {0}")]
    Protocol(String),
    /// The stream to it ended.
    #[error("the chaincode stream ended: {0}")]
    Ended(String),
    /// It took too long, or the caller has gone.
    #[error("{0}")]
    GivenUp(String),
}
