// SPDX-License-Identifier: Apache-2.0
//! Serves an axum router over a listener, with TLS or without.
//!
//! Slow, half-open and too many connections cost little: every wait has an end ([`Options`]) and
//! there is a limit on connections. HTTP/1.1 only, which is what `osnadmin` and Prometheus speak.
//!
//! Not here: certificates and their reload ([`Tls`] asks for the configuration each time), gRPC.

mod body;
mod connection;
mod peer;

use axum::Router;
use connection::Shared;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

pub use peer::{Peer, require_certificate};

/// How long a server waits, and for how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Connections at a time; more are closed as they come.
    pub max_connections: usize,
    /// For the TLS handshake.
    pub handshake: Duration,
    /// For the head of a request, idle time before it included.
    pub head: Duration,
    /// For the whole body of a request.
    pub body: Duration,
    /// For a connection as a whole, after which it is closed between two requests, and after
    /// [`Options::drain`] in any case.
    pub connection: Duration,
    /// For requests in work when the server stops.
    pub drain: Duration,
}

impl Default for Options {
    /// 200 connections; 10 s, 10 s, 30 s, 10 min, 5 s.
    fn default() -> Self {
        Self {
            max_connections: 200,
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(10),
            body: Duration::from_secs(30),
            connection: Duration::from_secs(600),
            drain: Duration::from_secs(5),
        }
    }
}

/// Where the TLS configuration comes from: asked for each connection, so that certificates can be
/// exchanged under a running server.
#[derive(Clone)]
pub struct Tls(Arc<dyn Fn() -> Arc<rustls::ServerConfig> + Send + Sync>);

impl Tls {
    /// TLS by the configuration that `current` gives. Its protocol names are not used. Its client
    /// verifier must judge certificates: what it lets through is taken for known.
    pub fn new(current: impl Fn() -> Arc<rustls::ServerConfig> + Send + Sync + 'static) -> Self {
        Self(Arc::new(current))
    }

    /// TLS by one configuration.
    #[must_use]
    pub fn fixed(config: Arc<rustls::ServerConfig>) -> Self {
        Self::new(move || Arc::clone(&config))
    }

    fn config(&self) -> Arc<rustls::ServerConfig> {
        let mut config = (*(self.0)()).clone();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Arc::new(config)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

/// A server that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Server {
    /// Listens on `address` (`host:port`; port 0 takes any that is free) and serves `router`.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn start(
        address: &str,
        router: Router,
        tls: Option<Tls>,
        options: Options,
    ) -> io::Result<Self> {
        Self::serve(TcpListener::bind(address).await?, router, tls, options)
    }

    /// Serves `router` on a listener that is there already.
    ///
    /// # Errors
    /// When the listener has no address.
    pub fn serve(
        listener: TcpListener,
        router: Router,
        tls: Option<Tls>,
        options: Options,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let shared = Arc::new(Shared { router, tls, options });
        let task = tokio::spawn(accept(listener, shared, stopped));
        Ok(Self { address, stop, task })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more connections, lets requests in work end within [`Options::drain`], and returns
    /// when all is closed.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        // The task ends by itself; that it panicked has been said by the runtime.
        drop((&mut self.task).await);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, stopped: watch::Receiver<bool>) {
    let room = Arc::new(Semaphore::new(shared.options.max_connections));
    let mut connections = JoinSet::new();
    let mut stop = stopped.clone();
    loop {
        let accepted = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        match (accepted, Arc::clone(&room).try_acquire_owned()) {
            (Ok((stream, from)), Ok(permit)) => {
                let serve = connection::run(stream, from, Arc::clone(&shared), stopped.clone());
                connections.spawn(async move {
                    serve.await;
                    drop(permit);
                });
            }
            (Ok((_, from)), Err(_)) => tracing::debug!(%from, "too many connections: closed"),
            (Err(error), _) => {
                // Out of file descriptors, as a rule: they come back when connections end.
                tracing::warn!(%error, "no connection could be accepted");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    if timeout(shared.options.drain, all).await.is_err() {
        connections.shutdown().await;
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tls_tests;
