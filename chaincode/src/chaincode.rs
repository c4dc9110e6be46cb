// SPDX-License-Identifier: Apache-2.0
//! What is implemented: the trait `Chaincode`, and what it answers.

use crate::{Error, Stub};
use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use proto::protos;
use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;

/// A chaincode: functions over the state of a channel that every endorser runs alike.
///
/// One value serves all transactions, several at once. What a transaction changes goes through its
/// [`Stub`]; a field of the implementing type that changes makes endorsements differ.
pub trait Chaincode: Send + Sync + 'static {
    /// Runs once before everything else if the definition asks for it (`--init-required`).
    ///
    /// # Errors
    /// What fails ends the transaction with status 500 and the error's text.
    fn init(&self, stub: &Stub) -> impl Future<Output = Result<Response, Error>> + Send {
        let _ = stub;
        std::future::ready(Ok(Response::success(Bytes::new())))
    }

    /// Runs for every transaction. An `async fn` in the implementation fits.
    ///
    /// # Errors
    /// What fails ends the transaction with status 500 and the error's text.
    fn invoke(&self, stub: &Stub) -> impl Future<Output = Result<Response, Error>> + Send;
}

/// The outcome of a transaction. A status of 400 or more is never committed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// 200 is success, 500 failure; statuses between are the chaincode's own.
    pub status: i32,
    /// Why, for people.
    pub message: String,
    /// The answer to the client.
    pub payload: Bytes,
}

impl Response {
    /// Everything went well.
    pub const OK: i32 = 200;
    /// From here on endorsers do not sign.
    pub const ERROR_THRESHOLD: i32 = 400;
    /// The chaincode failed.
    pub const ERROR: i32 = 500;

    /// Success with an answer to the client.
    #[must_use]
    pub fn success(payload: impl Into<Bytes>) -> Self {
        Self { status: Self::OK, message: String::new(), payload: payload.into() }
    }

    /// Failure with a reason for the client.
    #[must_use]
    pub fn error(message: impl Into<String>) -> Self {
        Self::with_status(Self::ERROR, message)
    }

    /// An outcome of the chaincode's own.
    #[must_use]
    pub fn with_status(status: i32, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), payload: Bytes::new() }
    }

    /// Whether endorsers may sign it.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.status < Self::ERROR_THRESHOLD
    }
}

impl From<protos::Response> for Response {
    fn from(response: protos::Response) -> Self {
        Self { status: response.status, message: response.message, payload: response.payload }
    }
}

impl From<Response> for protos::Response {
    fn from(response: Response) -> Self {
        Self { status: response.status, message: response.message, payload: response.payload }
    }
}

/// A chaincode of any type.
pub(crate) trait AnyChaincode: Send + Sync {
    /// Runs a transaction to its end, whatever happens in it.
    fn run<'a>(&'a self, stub: &'a Stub, init: bool) -> BoxFuture<'a, Response>;
}

impl<C: Chaincode> AnyChaincode for C {
    fn run<'a>(&'a self, stub: &'a Stub, init: bool) -> BoxFuture<'a, Response> {
        let run = async move {
            let outcome = if init { self.init(stub).await } else { self.invoke(stub).await };
            let outcome = match outcome {
                Ok(response) if response.is_success() => {
                    stub.finish_write_batch().await.map(|()| response)
                }
                other => other,
            };
            outcome.unwrap_or_else(|error| Response::error(error.to_string()))
        };
        // A mistake in one transaction must not end the others: it costs this one only.
        let caught = AssertUnwindSafe(run).catch_unwind();
        caught.map(|done| done.unwrap_or_else(|panic| panicked(&*panic))).boxed()
    }
}

fn panicked(panic: &(dyn Any + Send)) -> Response {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Response::error(format!("the chaincode panicked: {}", text.unwrap_or("no reason given")))
}
