// SPDX-License-Identifier: Apache-2.0
//! Why a call fails, as the clients of the gateway read it: a code, a sentence, and what each peer or
//! orderer said.

use peer::assemble::{NotAllowed, NotPrepared};
use proto::gateway::ErrorDetail;
use proto::prost::Message;
use proto::prost_types::Any;
use tonic::{Code, Status};

/// A call that fails.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Failure {
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) details: Vec<ErrorDetail>,
}

impl Failure {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Vec::new() }
    }

    /// The request is not what it should be.
    pub(super) fn malformed(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidArgument, message)
    }

    /// With what was said by whom.
    pub(super) fn with(self, details: Vec<ErrorDetail>) -> Self {
        Self { details, ..self }
    }
}

/// `google.rpc.Status`, which travels in `grpc-status-details-bin`.
#[derive(Clone, PartialEq, Message)]
#[prost(prost_path = "::proto::prost")]
pub(super) struct RpcStatus {
    #[prost(int32, tag = "1")]
    pub(super) code: i32,
    #[prost(string, tag = "2")]
    pub(super) message: String,
    #[prost(message, repeated, tag = "3")]
    pub(super) details: Vec<Any>,
}

impl From<Failure> for Status {
    fn from(failure: Failure) -> Self {
        let Failure { code, message, details } = failure;
        let message = short(message, MESSAGE);
        if details.is_empty() {
            return Self::new(code, message);
        }
        let status = RpcStatus {
            code: code.into(),
            message: message.clone(),
            details: details.into_iter().take(DETAILS).map(any).collect(),
        };
        Self::with_details(code, message, status.encode_to_vec().into())
    }
}

/// What an error of a gateway says of each peer or orderer.
pub(crate) fn details(status: &Status) -> Vec<ErrorDetail> {
    let inner = RpcStatus::decode(status.details()).unwrap_or_default();
    let ours = inner.details.into_iter().filter(|any| any.type_url == TYPE_URL);
    ours.filter_map(|any| ErrorDetail::decode(any.value.as_slice()).ok()).collect()
}

fn any(detail: ErrorDetail) -> Any {
    let detail = ErrorDetail { message: short(detail.message, DETAIL), ..detail };
    Any { type_url: TYPE_URL.to_owned(), value: detail.encode_to_vec() }
}

/// All of it travels in headers, for which clients have little room.
fn short(text: String, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text,
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
    }
}

impl From<NotAllowed> for Failure {
    fn from(error: NotAllowed) -> Self {
        let code = match &error {
            NotAllowed::Malformed(_) => Code::InvalidArgument,
            NotAllowed::NoChannel(_) => Code::FailedPrecondition,
            NotAllowed::Denied(_) => Code::PermissionDenied,
            _ => Code::Aborted,
        };
        Self::new(code, error.to_string())
    }
}

impl From<NotPrepared> for Failure {
    fn from(error: NotPrepared) -> Self {
        Self::new(Code::Aborted, format!("failed to assemble transaction: {error}"))
    }
}

pub(super) const TYPE_URL: &str = "type.googleapis.com/gateway.ErrorDetail";
/// Characters.
const MESSAGE: usize = 1000;
const DETAIL: usize = 1500;
const DETAILS: usize = 10;
