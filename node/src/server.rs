// SPDX-License-Identifier: Apache-2.0
//! A gRPC server on a listener of our own: TLS or plain, bounded in connections, and nothing for
//! those who connect and say nothing.
//!
//! Not here: services.

use crate::tls::{Caller, ServerTls};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Sleep, sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;
use tonic::service::Routes;
use tonic::transport::server::Connected;

/// What a server does not do without end.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Connections at once; further ones are closed.
    pub connections: usize,
    /// Requests at once on one connection; the client waits with further ones.
    pub streams: u32,
    /// For the handshake, and then for the first words.
    pub handshake: Duration,
    /// Silence after which a sign of life is asked for.
    pub keepalive_interval: Duration,
    /// How long it may take.
    pub keepalive_timeout: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections: 4096,
            streams: 1000,
            handshake: Duration::from_secs(10),
            keepalive_interval: Duration::from_secs(2 * 3600),
            keepalive_timeout: Duration::from_secs(20),
        }
    }
}

/// A server that runs.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    accepting: JoinHandle<()>,
    serving: JoinHandle<()>,
}

impl Server {
    /// Serves on that listener until it is stopped.
    ///
    /// # Errors
    /// When the listener does not know its address.
    pub fn start(
        listener: TcpListener,
        tls: Option<Arc<ServerTls>>,
        routes: Routes,
        bounds: Bounds,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (accepted, connections) = mpsc::channel(16);
        let accepting = tokio::spawn(accept(listener, tls, bounds, accepted));
        let (stop, stopped) = oneshot::channel();
        let server = tonic::transport::Server::builder()
            .http2_keepalive_interval(Some(bounds.keepalive_interval))
            .http2_keepalive_timeout(Some(bounds.keepalive_timeout))
            .max_concurrent_streams(bounds.streams)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .http2_max_header_list_size(HEADERS)
            .add_routes(routes)
            .serve_with_incoming_shutdown(ReceiverStream::new(connections), async {
                let _ = stopped.await;
            });
        let serving = tokio::spawn(async move {
            if let Err(error) = server.await {
                tracing::error!(%error, "a server ended");
            }
        });
        Ok(Self { address, stop: Some(stop), accepting, serving })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more requests, and waits a while for those that are there.
    pub async fn stop(mut self) {
        self.accepting.abort();
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if timeout(GRACE, &mut self.serving).await.is_err() {
            self.serving.abort();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
        self.serving.abort();
    }
}

async fn accept(
    listener: TcpListener,
    tls: Option<Arc<ServerTls>>,
    bounds: Bounds,
    accepted: mpsc::Sender<io::Result<Connection>>,
) {
    let room = Arc::new(Semaphore::new(bounds.connections));
    loop {
        let (stream, from) = match listener.accept().await {
            Ok(found) => found,
            Err(error) => {
                // Mostly too many open files: others may close some.
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(PAUSE).await;
                continue;
            }
        };
        let Ok(permit) = Arc::clone(&room).try_acquire_owned() else {
            let most = bounds.connections;
            tracing::warn!(%from, most, "a connection was closed: too many are open");
            continue;
        };
        let (tls, accepted) = (tls.clone(), accepted.clone());
        drop(tokio::spawn(async move {
            match timeout(bounds.handshake, shake(stream, tls, bounds, permit)).await {
                Ok(Ok(connection)) => drop(accepted.send(Ok(connection)).await),
                Ok(Err(error)) => tracing::debug!(%from, %error, "a handshake failed"),
                Err(_) => tracing::debug!(%from, "a handshake took too long"),
            }
        }));
    }
}

async fn shake(
    stream: TcpStream,
    tls: Option<Arc<ServerTls>>,
    bounds: Bounds,
    permit: OwnedSemaphorePermit,
) -> io::Result<Connection> {
    stream.set_nodelay(true)?;
    let (io, caller) = match tls {
        None => (Io::Plain(stream), Caller::default()),
        Some(tls) => {
            let shaken = TlsAcceptor::from(tls.config()).accept(stream).await?;
            let caller = tls.caller(shaken.get_ref().1.peer_certificates());
            (Io::Tls(Box::new(shaken)), caller)
        }
    };
    let silence = Some(Box::pin(sleep(bounds.handshake)));
    Ok(Connection { io, caller, silence, heard: 0, _permit: permit })
}

/// A connection of a client.
#[derive(Debug)]
pub(crate) struct Connection {
    io: Io,
    caller: Caller,
    /// Until when its first words must be here.
    silence: Option<Pin<Box<Sleep>>>,
    heard: usize,
    _permit: OwnedSemaphorePermit,
}

#[derive(Debug)]
enum Io {
    Plain(TcpStream),
    Tls(Box<tokio_rustls::server::TlsStream<TcpStream>>),
}

impl Connected for Connection {
    type ConnectInfo = Caller;

    fn connect_info(&self) -> Caller {
        self.caller.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = match &mut self.io {
            Io::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Io::Tls(stream) => Pin::new(&mut **stream).poll_read(context, buffer),
        };
        if self.silence.is_none() {
            return read;
        }
        self.heard = self.heard.saturating_add(buffer.filled().len().saturating_sub(before));
        if self.heard >= PREFACE {
            self.silence = None;
            return read;
        }
        let silence = self.silence.as_mut();
        if silence.is_some_and(|silence| silence.as_mut().poll(context).is_ready()) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.io {
            Io::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Io::Tls(stream) => Pin::new(&mut **stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Plain(stream) => Pin::new(stream).poll_flush(context),
            Io::Tls(stream) => Pin::new(&mut **stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Io::Tls(stream) => Pin::new(&mut **stream).poll_shutdown(context),
        }
    }
}

/// Bytes that every HTTP/2 client begins with.
const PREFACE: usize = 24;
const PAUSE: Duration = Duration::from_millis(100);
/// For requests that are there when a server stops.
const GRACE: Duration = Duration::from_secs(3);
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;
const HEADERS: u32 = 16 << 10;
