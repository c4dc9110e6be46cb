// SPDX-License-Identifier: Apache-2.0
//! Blocks out: who asks for a range gets it, block by block, then a status, and may ask again on the
//! same stream.
//!
//! Written over any chain ([`Chain`]) and any form of answer ([`Format`]), for orderers and peers.
//!
//! Not here: how blocks come into a chain.

mod access;
mod numbers;
mod request;
mod session;
mod source;

pub use numbers::Numbers;
pub use source::{Chain, Chains, Format, message};

use proto::Bytes;
use proto::common;
use session::Session;
use std::sync::Arc;
use std::time::Duration;
use sys::Clock;
use tokio::sync::{mpsc, watch};
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;

/// Serves streams of requests for blocks.
pub struct Delivery<F> {
    /// Where blocks are.
    pub chains: Arc<dyn Chains>,
    /// How answers look, and who may ask.
    pub format: F,
    /// Tells whether a request is of now, and when certificates end.
    pub clock: Arc<dyn Clock>,
    /// How far the clock of a client may be off.
    pub window: Duration,
    /// Counts streams, requests and blocks.
    pub numbers: Numbers,
    /// Ends all streams when it is true.
    pub stop: watch::Receiver<bool>,
}

/// What a stream of requests is answered with.
pub type Responses<F> = ReceiverStream<Result<<F as Format>::Response, tonic::Status>>;

impl<F: Format> Delivery<F> {
    /// Serves a stream until it ends. With `binding`, each request must carry that hash: the
    /// client's certificate under mutual TLS. `held` is dropped when the stream has ended.
    pub fn serve<S>(
        self: Arc<Self>,
        requests: S,
        binding: Option<Bytes>,
        held: impl Send + 'static,
    ) -> Responses<F>
    where
        S: Stream<Item = Result<common::Envelope, tonic::Status>> + Send + Unpin + 'static,
    {
        let (out, responses) = mpsc::channel(AHEAD);
        drop(tokio::spawn(async move {
            self.numbers.opened();
            Session { delivery: &self, binding, out }.run(requests).await;
            self.numbers.closed();
            drop(held);
        }));
        ReceiverStream::new(responses)
    }
}

/// Answers that are made before the client has taken those before.
const AHEAD: usize = 4;
