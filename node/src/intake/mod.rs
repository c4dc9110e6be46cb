// SPDX-License-Identifier: Apache-2.0
//! What is on its way into a gRPC server: requests that have not said anything yet, and messages that
//! are not here whole. All clients share the room for it, those that mean no good among them.
//!
//! - A request that has sent no message may be ended for a newer one, so whoever opens streams and says
//!   nothing takes nobody's place.
//! - The bytes of messages on their way have room for so many, large ones apart from others, and each
//!   message a time to be there.
//!
//! Not here: connections (`server`), and requests in work (`limits`).
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

mod arriving;
mod rooms;
#[cfg(test)]
mod tests;

use arriving::Arriving;
use http::Request;
use rooms::Rooms;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tonic::body::Body;
use tower::{Layer, Service};

/// How much may be on its way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Requests that have sent no message.
    pub waiting: usize,
    /// How long a request may send none.
    pub silence: Duration,
    /// Bytes of messages of at most [`SMALL`], as far as they have come.
    pub small: usize,
    /// Bytes of larger messages, as announced. The largest that a server takes must fit.
    pub large: usize,
    /// For any message; one second is added for each [`A_SECOND`] bytes of it.
    pub message: Duration,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            waiting: 1000,
            silence: Duration::from_secs(120),
            small: 256 << 20,
            large: 512 << 20,
            message: Duration::from_secs(20),
        }
    }
}

/// Up to here a message is small, in bytes.
pub const SMALL: usize = 1 << 20;
/// Bytes of a message for which it has one second more.
pub const A_SECOND: usize = 512 << 10;

/// The room of one server; a layer around all its services.
#[derive(Clone)]
pub(crate) struct Intake(Arc<Rooms>);

impl Intake {
    pub(crate) fn new(room: Room) -> Self {
        Self(Arc::new(Rooms::new(room)))
    }
}

impl fmt::Debug for Intake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Intake")
    }
}

impl<S> Layer<S> for Intake {
    type Service = Receiving<S>;

    fn layer(&self, inner: S) -> Receiving<S> {
        Receiving { rooms: Arc::clone(&self.0), inner }
    }
}

/// Services whose requests are watched as they arrive.
#[derive(Clone, Debug)]
pub(crate) struct Receiving<S> {
    rooms: Arc<Rooms>,
    inner: S,
}

impl<S: Service<Request<Body>>> Service<Request<Body>> for Receiving<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> S::Future {
        let rooms = &self.rooms;
        self.inner.call(request.map(|body| Body::new(Arriving::new(body, Arc::clone(rooms)))))
    }
}
