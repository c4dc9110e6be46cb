// SPDX-License-Identifier: Apache-2.0
//! A gRPC server on a listener of our own: TLS or plain, bounded in connections (`places`), and
//! nothing for those who connect and say nothing.
//!
//! Not here: services.

mod places;
#[cfg(test)]
mod tests;

use crate::intake::{Intake, Room};
use crate::operations::metrics::Counter;
use crate::tls::{Caller, ServerTls};
use places::{Place, Places};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Sleep, sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;
use tonic::service::Routes;
use tonic::transport::server::Connected;

/// What a server does not do without end.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Connections at once. One more is closed, unless another address has more than its own, or one
    /// has been silent for long: then the longest silent of those gives way.
    pub connections: usize,
    /// Silence after which a connection gives way to any other.
    pub idle: Duration,
    /// Requests at once on one connection; the client waits with further ones.
    pub streams: u32,
    /// For the handshake, and then for the first words.
    pub handshake: Duration,
    /// Silence after which a sign of life is asked for.
    pub keepalive_interval: Duration,
    /// How long it may take.
    pub keepalive_timeout: Duration,
    /// For what is on its way in.
    pub room: Room,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections: 4096,
            idle: Duration::from_secs(60),
            streams: 1000,
            handshake: Duration::from_secs(10),
            keepalive_interval: Duration::from_secs(2 * 3600),
            keepalive_timeout: Duration::from_secs(20),
            room: Room::default(),
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
        Self::start_counting(listener, tls, routes, bounds, Connections::default())
    }

    /// The same, with its connections counted.
    ///
    /// # Errors
    /// As there.
    pub fn start_counting(
        listener: TcpListener,
        tls: Option<Arc<ServerTls>>,
        routes: Routes,
        bounds: Bounds,
        counted: Connections,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (accepted, connections) = mpsc::channel(16);
        let accepting = tokio::spawn(accept(listener, tls, (bounds, counted), accepted));
        let (stop, stopped) = oneshot::channel();
        let server = tonic::transport::Server::builder()
            .http2_keepalive_interval(Some(bounds.keepalive_interval))
            .http2_keepalive_timeout(Some(bounds.keepalive_timeout))
            .max_concurrent_streams(bounds.streams)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .http2_max_header_list_size(HEADERS)
            .layer(Intake::new(bounds.room))
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
    (bounds, counted): (Bounds, Connections),
    accepted: mpsc::Sender<io::Result<Connection>>,
) {
    let places = Places::new(bounds.connections, bounds.idle);
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
        let Some((place, ended)) = places.enter(from.ip()) else {
            let most = bounds.connections;
            tracing::warn!(%from, most, "a connection was closed: too many are open");
            continue;
        };
        let held = Held { place, ended, _open: Open::new(&counted) };
        let (tls, accepted) = (tls.clone(), accepted.clone());
        drop(tokio::spawn(async move {
            if let Some(connection) = greet((stream, from), tls, bounds.handshake, held).await {
                drop(accepted.send(Ok(connection)).await);
            }
        }));
    }
}

/// The handshake of a connection, while it may stay.
async fn greet(
    (stream, from): (TcpStream, SocketAddr),
    tls: Option<Arc<ServerTls>>,
    time: Duration,
    mut held: Held,
) -> Option<Connection> {
    let shaken = tokio::select! {
        shaken = timeout(time, shake(stream, tls)) => shaken,
        _ = &mut held.ended => return None,
    };
    match shaken {
        Ok(Ok((io, caller))) => {
            let silence = Some(Box::pin(sleep(time)));
            return Some(Connection { io, caller, silence, heard: 0, held });
        }
        Ok(Err(error)) => tracing::debug!(%from, %error, "a handshake failed"),
        Err(_) => tracing::debug!(%from, "a handshake took too long"),
    }
    None
}

async fn shake(stream: TcpStream, tls: Option<Arc<ServerTls>>) -> io::Result<(Io, Caller)> {
    stream.set_nodelay(true)?;
    Ok(match tls {
        None => (Io::Plain(stream), Caller::default()),
        Some(tls) => {
            let shaken = TlsAcceptor::from(tls.config()).accept(stream).await?;
            let caller = tls.caller(shaken.get_ref().1.peer_certificates());
            (Io::Tls(Box::new(shaken)), caller)
        }
    })
}

/// A connection of a client.
#[derive(Debug)]
pub(crate) struct Connection {
    io: Io,
    caller: Caller,
    /// Until when its first words must be here.
    silence: Option<Pin<Box<Sleep>>>,
    heard: usize,
    held: Held,
}

impl Connection {
    /// An error when its place is somebody else's now.
    fn stay(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match Pin::new(&mut self.held.ended).poll(context) {
            Poll::Pending => Ok(()),
            Poll::Ready(_) => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }
}

/// What a connection gives back when it ends.
#[derive(Debug)]
struct Held {
    place: Place,
    /// Ends when the place must be given up.
    ended: oneshot::Receiver<()>,
    _open: Open,
}

/// Counts the connections of a server; clones count together.
#[derive(Clone, Debug, Default)]
pub struct Connections {
    /// Those that were accepted.
    pub opened: Arc<Counter>,
    /// Those of them that have ended.
    pub closed: Arc<Counter>,
}

#[derive(Debug)]
struct Open(Arc<Counter>);

impl Open {
    fn new(counted: &Connections) -> Self {
        counted.opened.increment();
        Self(Arc::clone(&counted.closed))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.increment();
    }
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
        self.stay(context)?;
        let before = buffer.filled().len();
        let read = match &mut self.io {
            Io::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Io::Tls(stream) => Pin::new(&mut **stream).poll_read(context, buffer),
        };
        let came = buffer.filled().len().saturating_sub(before);
        if came > 0 {
            self.held.place.is_alive();
        }
        if self.silence.is_none() {
            return read;
        }
        self.heard = self.heard.saturating_add(came);
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
        self.stay(context)?;
        let written = match &mut self.io {
            Io::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Io::Tls(stream) => Pin::new(&mut **stream).poll_write(context, bytes),
        };
        if written.is_ready() {
            self.held.place.is_alive();
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stay(context)?;
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
