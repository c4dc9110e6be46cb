// SPDX-License-Identifier: Apache-2.0
//! What can go wrong inside a transaction.

/// Why a transaction cannot go on. Its text becomes the message of the response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The chaincode itself says no; made by [`Error::refused`].
    #[error("{0}")]
    Refused(String),
    /// The peer refused a request, in its own words.
    #[error("{request}: {text}")]
    Peer {
        /// The request, as Fabric names its message.
        request: &'static str,
        /// The peer's words.
        text: String,
    },
    /// The peer sent something that is not the message its kind asks for.
    #[error("{0}: the peer's answer is not the message it should be")]
    Answer(&'static str),
    /// The stream to the peer ended while the transaction ran.
    #[error("the stream to the peer has ended; the client may submit again")]
    Disconnected,
    /// An argument of the client is missing or has the wrong form.
    #[error("argument {index} ({name}): {reason}")]
    Argument {
        /// Counted from 0, the function's name left out.
        index: usize,
        /// What it is.
        name: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The function's name is none of the chaincode's.
    #[error("function `{name}` does not exist; there are: {known}")]
    Function {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// A key, collection, event or chaincode name that the ledger does not take.
    #[error("{what} `{value}`: {reason}")]
    Name {
        /// Key, collection, event name.
        what: &'static str,
        /// As it was given.
        value: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The proposal or its creator cannot be read.
    #[error("the {0} of the proposal cannot be read")]
    Proposal(&'static str),
    /// The certificate of the client cannot be read.
    #[error("the client's certificate: {0}")]
    Certificate(&'static str),
    /// A value is not the JSON that was expected.
    #[error("JSON: {0}")]
    Json(String),
}

impl Error {
    /// The chaincode says no, for a reason of its own.
    #[must_use]
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::Refused(reason.into())
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error.to_string())
    }
}
