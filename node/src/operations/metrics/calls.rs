// SPDX-License-Identifier: Apache-2.0
//! Counts the calls of a gRPC service, and how long each took, under Fabric's names.
//!
//! Not here: messages within a stream, which only the service sees.

use super::fabric::Grpc;
use super::{Counter, Histogram};
use http::{HeaderMap, Request, Response};
use http_body::{Body as HttpBody, Frame, SizeHint};
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use tokio::time::Instant;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::{Code, Status};
use tower::{Layer, Service};

/// Counts the calls of a service; a layer for its server.
#[derive(Clone, Debug)]
pub struct Calls {
    methods: Arc<[Method]>,
}

impl Calls {
    /// Counts calls of `service` (its full name, such as `gateway.Gateway`). Methods that are not
    /// named are not counted: whoever calls them chose the name.
    #[must_use]
    pub fn new(grpc: &Grpc, service: &str, unary: &[&str], streams: &[&str]) -> Self {
        let unary = unary.iter().map(|name| Method::new(grpc, service, name, false));
        let streams = streams.iter().map(|name| Method::new(grpc, service, name, true));
        Self { methods: unary.chain(streams).collect() }
    }

    fn start(&self, path: &str) -> Option<Call> {
        let index = self.methods.iter().position(|method| method.path == path)?;
        let call = Call { methods: Arc::clone(&self.methods), index, start: Instant::now() };
        call.method()?.received.increment();
        Some(call)
    }
}

impl<S> Layer<S> for Calls {
    type Service = Counted<S>;

    fn layer(&self, inner: S) -> Counted<S> {
        Counted { calls: self.clone(), inner }
    }
}

/// A method, with what is counted for it so that no name is looked up in a call.
struct Method {
    path: String,
    labels: [String; 2],
    grpc: Grpc,
    is_stream: bool,
    received: Arc<Counter>,
    /// By status; there are seventeen.
    completed: [OnceLock<(Arc<Counter>, Arc<Histogram>)>; 17],
}

impl Method {
    fn new(grpc: &Grpc, service: &str, name: &str, is_stream: bool) -> Self {
        let path = format!("/{service}/{name}");
        let labels = [service.replace('.', "_"), name.to_owned()];
        let family = if is_stream { &grpc.stream_received } else { &grpc.unary_received };
        let received = family.with(&[&labels[0], &labels[1]]);
        let (grpc, completed) = (grpc.clone(), Default::default());
        Self { path, labels, grpc, is_stream, received, completed }
    }

    fn complete(&self, code: Code, start: Instant) {
        let Some(slot) = usize::try_from(code as i32).ok().and_then(|i| self.completed.get(i))
        else {
            return;
        };
        let (count, time) = slot.get_or_init(|| {
            let (grpc, name) = (&self.grpc, name(code));
            let labels = [self.labels[0].as_str(), self.labels[1].as_str(), name.as_str()];
            match self.is_stream {
                true => (grpc.stream_completed.with(&labels), grpc.stream_duration.with(&labels)),
                false => (grpc.unary_completed.with(&labels), grpc.unary_duration.with(&labels)),
            }
        });
        count.increment();
        time.observe(start.elapsed());
    }
}

impl fmt::Debug for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

/// As Go's gRPC writes a status.
fn name(code: Code) -> String {
    match code {
        Code::Ok => "OK".to_owned(),
        Code::Cancelled => "Canceled".to_owned(),
        other => format!("{other:?}"),
    }
}

/// A call under way; one that is dropped was cancelled.
struct Call {
    methods: Arc<[Method]>,
    index: usize,
    start: Instant,
}

impl Call {
    fn method(&self) -> Option<&Method> {
        self.methods.get(self.index)
    }

    fn complete(&mut self, code: Code) {
        if let Some(method) = self.method() {
            method.complete(code, self.start);
        }
        self.index = usize::MAX;
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.complete(Code::Cancelled);
    }
}

/// A service whose calls are counted.
#[derive(Clone, Debug)]
pub struct Counted<S> {
    calls: Calls,
    inner: S,
}

impl<S: NamedService> NamedService for Counted<S> {
    const NAME: &'static str = S::NAME;
}

impl<S, B> Service<Request<B>> for Counted<S>
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
        let call = self.calls.start(request.uri().path());
        let answer = self.inner.call(request);
        Box::pin(async move {
            let response = answer.await?;
            let Some(mut call) = call else { return Ok(response) };
            // A refusal may come without a body.
            if let Some(code) = code_in(response.headers()) {
                call.complete(code);
                return Ok(response);
            }
            Ok(response.map(|body| Body::new(Watched { body, call: Some(call) })))
        })
    }
}

fn code_in(headers: &HeaderMap) -> Option<Code> {
    headers.get("grpc-status").map(|code| Code::from_bytes(code.as_bytes()))
}

/// An answer whose trailers say how it ended.
struct Watched {
    body: Body,
    call: Option<Call>,
}

impl HttpBody for Watched {
    type Data = bytes::Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Status>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        let code = match &polled {
            Poll::Ready(Some(Ok(frame))) => frame.trailers_ref().and_then(code_in),
            Poll::Ready(Some(Err(status))) => Some(status.code()),
            Poll::Ready(None) => Some(Code::Ok),
            Poll::Pending => None,
        };
        if let Some((code, mut call)) = code.zip(self.call.take_if(|_| code.is_some())) {
            call.complete(code);
        }
        polled
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
    use super::super::Registry;
    use super::*;
    use futures_util::stream;
    use std::convert::Infallible;
    use tower::{ServiceExt as _, service_fn};

    /// Frames of an answer: data, then perhaps a status.
    struct Frames(Vec<Frame<bytes::Bytes>>);

    impl HttpBody for Frames {
        type Data = bytes::Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<bytes::Bytes>, Infallible>>> {
            Poll::Ready(self.0.pop().map(Ok))
        }
    }

    fn trailers(code: &'static str) -> Frame<bytes::Bytes> {
        let mut headers = HeaderMap::new();
        headers.insert("grpc-status", http::HeaderValue::from_static(code));
        Frame::trailers(headers)
    }

    async fn answer(request: Request<()>) -> Result<Response<Body>, Infallible> {
        let data = Frame::data(bytes::Bytes::from_static(b"x"));
        Ok(match request.uri().path() {
            "/s.S/Refuse" => Status::unavailable("no").into_http(),
            "/s.S/Fail" => Response::new(Body::new(Frames(vec![trailers("5"), data]))),
            "/s.S/Hang" => {
                let nothing = stream::pending::<Result<bytes::Bytes, Infallible>>();
                Response::new(Body::new(axum::body::Body::from_stream(nothing)))
            }
            _ => Response::new(Body::new(Frames(vec![trailers("0"), data]))),
        })
    }

    async fn call(
        service: &(impl Service<Request<()>, Response = Response<Body>, Error = Infallible> + Clone),
        path: &str,
    ) {
        let request = Request::builder().uri(path).body(()).unwrap();
        let response = service.clone().oneshot(request).await.unwrap();
        let body = axum::body::Body::new(response.into_body());
        if path != "/s.S/Hang" {
            drop(axum::body::to_bytes(body, 100).await);
        }
    }

    #[tokio::test]
    async fn calls_are_counted_by_method_and_end() {
        let registry = Registry::new();
        let grpc = Grpc::new(&registry);
        let calls = Calls::new(&grpc, "s.S", &["Good", "Refuse", "Fail"], &["Hang"]);
        let service = calls.layer(service_fn(answer));
        for path in ["/s.S/Good", "/s.S/Good", "/s.S/Refuse", "/s.S/Fail", "/s.S/Hang", "/s.S/X"] {
            call(&service, path).await;
        }
        let text = registry.text();
        let rows = [
            "grpc_server_unary_requests_received{service=\"s_S\",method=\"Good\"} 2",
            "grpc_server_unary_requests_completed{service=\"s_S\",method=\"Good\",code=\"OK\"} 2",
            "grpc_server_unary_requests_completed{service=\"s_S\",method=\"Refuse\",code=\"Unavailable\"} 1",
            "grpc_server_unary_requests_completed{service=\"s_S\",method=\"Fail\",code=\"NotFound\"} 1",
            "grpc_server_unary_request_duration_count{service=\"s_S\",method=\"Good\",code=\"OK\"} 2",
            "grpc_server_stream_requests_received{service=\"s_S\",method=\"Hang\"} 1",
            "grpc_server_stream_requests_completed{service=\"s_S\",method=\"Hang\",code=\"Canceled\"} 1",
        ];
        for row in rows {
            assert!(text.contains(row), "{row} not in {text}");
        }
        assert_eq!(text.matches("_completed{").count(), 4, "nobody is counted twice: {text}");
        assert!(!text.contains("\"X\""));
    }
}
