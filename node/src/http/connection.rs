// SPDX-License-Identifier: Apache-2.0
//! One connection: handshake, requests, an end.

use super::{Options, Peer, Tls, body};
use axum::Router;
use axum::body::Body;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

/// What all connections of a server have in common.
pub(super) struct Shared {
    pub(super) router: Router,
    pub(super) tls: Option<Tls>,
    pub(super) options: Options,
}

/// Serves a connection until it ends, the server stops or its time is over.
pub(super) async fn run(
    stream: TcpStream,
    from: SocketAddr,
    shared: Arc<Shared>,
    stopped: watch::Receiver<bool>,
) {
    let Some(tls) = &shared.tls else {
        return requests(stream, Peer::new(from, Vec::new()), &shared, stopped).await;
    };
    let handshake = TlsAcceptor::from(tls.config()).accept(stream);
    match timeout(shared.options.handshake, handshake).await {
        Ok(Ok(stream)) => {
            let chain = stream.get_ref().1.peer_certificates().unwrap_or_default().to_vec();
            requests(stream, Peer::new(from, chain), &shared, stopped).await;
        }
        Ok(Err(error)) => tracing::debug!(%from, %error, "TLS handshake failed"),
        Err(_) => tracing::debug!(%from, "TLS handshake took too long"),
    }
}

async fn requests<S>(stream: S, peer: Peer, shared: &Shared, mut stopped: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (options, from) = (shared.options, peer.address());
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(|incoming| body::timed(Body::new(incoming), options.body));
        request.extensions_mut().insert(peer.clone());
        shared.router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(options.head)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        _ = stopped.wait_for(|stop| *stop) => None,
        () = sleep(options.connection) => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            timeout(options.drain, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%from, %error, "connection ended early");
    }
}
