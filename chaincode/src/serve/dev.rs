// SPDX-License-Identifier: Apache-2.0
//! Development mode: we dial the peer, and dial again when the stream ends.

use super::socket::Socket;
use super::{MESSAGE_LIMIT, ServeError, TlsFiles, tls};
use crate::services::chaincode_support_client::ChaincodeSupportClient;
use crate::stream::{self, End, Process};
use futures_util::{StreamExt as _, TryStreamExt as _};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use std::io;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::mpsc::unbounded_channel;
use tokio_rustls::TlsConnector;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::transport::{Channel, Endpoint};

/// How long a connection may take to stand.
const DIAL: Duration = Duration::from_secs(10);
/// How long we wait before we dial again.
const AGAIN: Duration = Duration::from_secs(1);
/// How often the peer must show that it lives. Fabric refuses pings more frequent than 60 seconds.
const PING: Duration = Duration::from_secs(110);

pub(super) struct Dialler {
    peer: String,
    endpoint: Endpoint,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Dialler {
    pub(super) async fn prepare(peer: &str, files: Option<&TlsFiles>) -> Result<Self, ServeError> {
        let refused = |what: &str| ServeError::Options(format!("peer address `{peer}`: {what}"));
        let scheme = if files.is_some() { "https" } else { "http" };
        let origin: http::Uri =
            format!("{scheme}://{peer}").parse().map_err(|_| refused("it is not host:port"))?;
        let host = origin.host().filter(|_| origin.port().is_some());
        let host = host.ok_or_else(|| refused("it is not host:port"))?.to_owned();
        let tls = match files {
            Some(files) => {
                let name = files.server_name.clone().unwrap_or(host);
                let name = name.trim_matches(['[', ']']).to_owned();
                let name = ServerName::try_from(name).map_err(|_| refused("it has no name"))?;
                Some((TlsConnector::from(tls::client(files).await?), name))
            }
            None => None,
        };
        // TLS is ours, below; tonic sees only the name.
        let endpoint = Endpoint::from_shared(format!("http://{peer}"))?
            .origin(origin)
            .connect_timeout(DIAL)
            .http2_keep_alive_interval(PING)
            .keep_alive_while_idle(true);
        Ok(Self { peer: peer.to_owned(), endpoint, tls })
    }

    /// Serves the peer until the process stops.
    pub(super) async fn run(self, process: Process) {
        let mut stopping = process.stopping.clone();
        let mut last = String::new();
        loop {
            let why = match self.stream(&process).await {
                End::Stopped => return,
                End::Gone(why) => why,
                End::Refused(why) => format!("it refused us: {why}"),
            };
            // Said once, not every second.
            if why != last {
                eprintln!("chaincode {}: peer {}: {why}; dials again", process.id, self.peer);
            }
            last = why;
            let stop = stopping.wait_for(|stop| *stop);
            if tokio::time::timeout(AGAIN, stop).await.is_ok() {
                return;
            }
        }
    }

    async fn stream(&self, process: &Process) -> End {
        let mut stopping = process.stopping.clone();
        let channel = tokio::select! {
            channel = self.connect() => channel,
            _ = stopping.wait_for(|stop| *stop) => return End::Stopped,
        };
        let channel = match channel {
            Ok(channel) => channel,
            Err(error) => return End::Gone(in_full(&error)),
        };
        let mut client = ChaincodeSupportClient::new(channel)
            .max_decoding_message_size(MESSAGE_LIMIT)
            .max_encoding_message_size(MESSAGE_LIMIT);
        let (out, outgoing) = unbounded_channel();
        // A peer answers only when it has heard who we are: the call must not be awaited before
        // the session has spoken.
        let call = async move {
            let outgoing = UnboundedReceiverStream::new(outgoing);
            client.register(outgoing).await.map(tonic::Response::into_inner)
        };
        let from_peer = futures_util::stream::once(call).try_flatten().boxed();
        stream::run(process.clone(), from_peer, out).await
    }

    async fn connect(&self) -> Result<Channel, tonic::transport::Error> {
        let (peer, tls) = (self.peer.clone(), self.tls.clone());
        let dial = move |_: http::Uri| {
            let (peer, tls) = (peer.clone(), tls.clone());
            async move { dial(&peer, tls).await.map(TokioIo::new) }
        };
        self.endpoint.connect_with_connector(tower::service_fn(dial)).await
    }
}

async fn dial(peer: &str, tls: Option<(TlsConnector, ServerName<'static>)>) -> io::Result<Socket> {
    let socket = TcpStream::connect(peer).await?;
    socket.set_nodelay(true)?;
    let Some((connector, name)) = tls else { return Ok(Socket::Plain(socket)) };
    let socket = connector.connect(name, socket).await?;
    Ok(Socket::Tls(Box::new(socket.into())))
}

/// An error with everything that led to it: the outermost says only "transport error".
fn in_full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let inner_text = inner.to_string();
        // Some wrappers say no more than what they wrap.
        if !text.ends_with(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        source = inner.source();
    }
    text
}
