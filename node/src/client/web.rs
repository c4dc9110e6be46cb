// SPDX-License-Identifier: Apache-2.0
//! A web server that is asked: one request, one connection.

use super::{ClientError, Target};
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use hyper::client::conn::http1;
use std::time::Duration;
use tokio::time::timeout;

/// A web server.
#[derive(Clone, Debug)]
pub struct Web(Target);

/// What it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Bytes,
}

impl Web {
    /// The server at an address.
    #[must_use]
    pub fn new(target: Target) -> Self {
        let tls = target.tls.map(|tls| {
            let mut tls = (*tls).clone();
            tls.alpn_protocols = vec![b"http/1.1".to_vec()];
            std::sync::Arc::new(tls)
        });
        Self(Target { tls, ..target })
    }

    /// Asks for a path.
    ///
    /// # Errors
    /// [`ClientError::Unreachable`].
    pub async fn get(&self, path: &str) -> Result<Answer, ClientError> {
        self.send(Method::GET, path, None).await
    }

    /// Asks with a method, a path, and a body with its media type.
    ///
    /// # Errors
    /// [`ClientError::Unreachable`].
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<(String, Vec<u8>)>,
    ) -> Result<Answer, ClientError> {
        let address = &self.0.address;
        let failed = |why: String| ClientError::Unreachable { address: address.clone(), why };
        let mut request = Request::builder().method(method).uri(path);
        request = request.header(header::HOST, address).header(header::ACCEPT, "*/*");
        let body = match body {
            None => Body::empty(),
            Some((kind, bytes)) => {
                request = request.header(header::CONTENT_TYPE, kind);
                Body::from(bytes)
            }
        };
        let request = request.body(body).map_err(|error| failed(error.to_string()))?;
        let answer = timeout(PATIENCE, self.exchange(request)).await;
        answer.map_err(|_| failed("it does not answer".to_owned()))?.map_err(failed)
    }

    async fn exchange(&self, request: Request<Body>) -> Result<Answer, String> {
        let stream = self.0.connect().await.map_err(|error| error.to_string())?;
        let (mut sender, connection) =
            http1::handshake(stream).await.map_err(|error| error.to_string())?;
        let talking = tokio::spawn(connection);
        let answer = sender.send_request(request).await.map_err(|error| error.to_string())?;
        let status: StatusCode = answer.status();
        let body = to_bytes(Body::new(answer.into_body()), MOST).await;
        talking.abort();
        let body = body.map_err(|error| error.to_string())?;
        Ok(Answer { status: status.as_u16(), body })
    }
}

const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of an answer.
const MOST: usize = 100 << 20;
