// SPDX-License-Identifier: Apache-2.0
//! How many requests of a gRPC service are in work at a time; more are refused in words.
//!
//! A request is in work until its last answer is on its way: a stream counts while it is open.
//!
//! Not here: limits on connections and on messages, which the listeners have.

use http::{Request, Response};
use http_body::{Body as HttpBody, Frame, SizeHint};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};

/// Fabric's limit on `protos.Endorser`.
pub const ENDORSER: usize = 2500;
/// Fabric's limit on `protos.Deliver`.
pub const DELIVER: usize = 2500;
/// Fabric's limit on `gateway.Gateway`.
pub const GATEWAY: usize = 500;

/// A limit on the requests of one service; a layer for its server.
#[derive(Clone)]
pub struct Limit {
    service: &'static str,
    most: usize,
    room: Arc<Semaphore>,
}

impl Limit {
    /// At most `most` requests of `service` at a time, 0 for any number. `service` is its full
    /// name, such as `gateway.Gateway`, for the text of the refusal.
    #[must_use]
    pub fn new(service: &'static str, most: usize) -> Self {
        let room = if most == 0 { Semaphore::MAX_PERMITS } else { most };
        Self { service, most, room: Arc::new(Semaphore::new(room.min(Semaphore::MAX_PERMITS))) }
    }

    /// Takes a place, which is given back when it is dropped.
    ///
    /// # Errors
    /// `RESOURCE_EXHAUSTED` when all are taken.
    pub fn enter(&self) -> Result<Place, Status> {
        match Arc::clone(&self.room).try_acquire_owned() {
            Ok(permit) => Ok(Place { _permit: permit }),
            Err(_) => {
                let (service, most) = (self.service, self.most);
                let why = format!(
                    "too many requests for /{service}, exceeding concurrency limit ({most})"
                );
                Err(Status::resource_exhausted(why))
            }
        }
    }
}

impl fmt::Debug for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let free = self.room.available_permits();
        f.debug_struct("Limit").field("service", &self.service).field("free", &free).finish()
    }
}

/// A place among the requests in work.
#[derive(Debug)]
pub struct Place {
    _permit: OwnedSemaphorePermit,
}

impl<S> Layer<S> for Limit {
    type Service = Limited<S>;

    fn layer(&self, inner: S) -> Limited<S> {
        Limited { limit: self.clone(), inner }
    }
}

/// A service with a limit.
#[derive(Clone, Debug)]
pub struct Limited<S> {
    limit: Limit,
    inner: S,
}

impl<S: tonic::server::NamedService> tonic::server::NamedService for Limited<S> {
    const NAME: &'static str = S::NAME;
}

impl<S, B> Service<Request<B>> for Limited<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match self.limit.enter() {
            Err(status) => {
                tracing::warn!(service = self.limit.service, "{}", status.message());
                Box::pin(async move { Ok(status.into_http()) })
            }
            Ok(place) => {
                let answer = self.inner.call(request);
                Box::pin(async move {
                    Ok(answer.await?.map(|body| Body::new(Held { body, _place: place })))
                })
            }
        }
    }
}

/// An answer that holds its place until it has gone out.
struct Held {
    body: Body,
    _place: Place,
}

impl HttpBody for Held {
    type Data = bytes::Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Status>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::{HeaderMap, HeaderName};
    use std::convert::Infallible;
    use tower::{ServiceExt as _, service_fn};

    fn message(headers: &HeaderMap) -> Option<&str> {
        headers.get(HeaderName::from_static("grpc-message")).and_then(|text| text.to_str().ok())
    }

    async fn echo(_: Request<Body>) -> Result<Response<Body>, Infallible> {
        Ok(Response::new(Body::new(axum::body::Body::from("answer"))))
    }

    #[tokio::test]
    async fn a_place_is_held_until_the_answer_has_gone_out() {
        let limit = Limit::new("gateway.Gateway", 1);
        let service = limit.layer(service_fn(echo));
        let first = service.clone().oneshot(Request::new(Body::empty())).await.unwrap();
        let second = service.clone().oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(second.headers()["grpc-status"], "8");
        let why = message(second.headers()).unwrap();
        assert!(why.contains("gateway.Gateway") && why.contains("(1)"), "{why}");
        drop(first);
        let third = service.oneshot(Request::new(Body::empty())).await.unwrap();
        assert!(message(third.headers()).is_none());
    }

    #[tokio::test]
    async fn zero_is_no_limit() {
        let limit = Limit::new("protos.Deliver", 0);
        let places: Vec<_> = (0..5000).map(|_| limit.enter().unwrap()).collect();
        assert_eq!(places.len(), 5000);
    }
}
