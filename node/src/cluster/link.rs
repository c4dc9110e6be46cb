// SPDX-License-Identifier: Apache-2.0
//! One connection to each other node, made when it is needed and made again when it is lost.

use super::MESSAGE;
use crate::services::gmca::cluster_client::ClusterClient;
use crate::tls::ClientIdentity;
use consensus::raft::{Transport, Unreachable};
use consensus::{Member, Waiting};
use hyper_util::rt::TokioIo;
use proto::Bytes;
use proto::gmca::StepRequest;
use rustls::pki_types::ServerName;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint, Uri};

/// How long what may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// A connection.
    pub(crate) dial: Duration,
    /// A message and its answer, an envelope that is ordered included.
    pub(crate) call: Duration,
    /// A block.
    pub(crate) pull: Duration,
    /// Messages that wait for one other node, at most.
    pub(crate) waiting: usize,
}

/// All connections of a node to others.
pub(crate) struct Links {
    /// None without TLS: then there are no other nodes.
    identity: Option<ClientIdentity>,
    times: Times,
    links: Mutex<BTreeMap<Member, Arc<Link>>>,
}

/// The connection to one node.
pub(super) struct Link {
    pub(super) client: ClusterClient<Channel>,
    room: Semaphore,
    failing: Mutex<Option<Failing>>,
}

/// A node that could not be reached is left alone for a while.
#[derive(Clone, Debug)]
struct Failing {
    until: Instant,
    pause: Duration,
    why: String,
}

impl Links {
    pub(crate) fn new(identity: Option<ClientIdentity>, times: Times) -> Self {
        Self { identity, times, links: Mutex::default() }
    }

    pub(crate) fn times(&self) -> Times {
        self.times
    }

    /// Whether other nodes can be reached at all.
    pub(crate) fn has_tls(&self) -> bool {
        self.identity.is_some()
    }

    /// Lets go of all connections.
    pub(crate) fn close(&self) {
        self.links.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// A connection that has not just failed.
    pub(super) fn to(self: &Arc<Self>, member: &Member) -> Result<Arc<Link>, Unreachable> {
        if !self.has_tls() {
            return Err(Unreachable("this node has no TLS, and so reaches no other".to_owned()));
        }
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        let link = links.entry(member.clone()).or_insert_with(|| Arc::new(self.link(member)));
        link.check()?;
        Ok(Arc::clone(link))
    }

    fn link(self: &Arc<Self>, member: &Member) -> Link {
        let (links, to) = (Arc::downgrade(self), member.clone());
        let connector = tower::service_fn(move |_: Uri| {
            let (links, to) = (links.clone(), to.clone());
            async move {
                let links = links.upgrade().ok_or(io::ErrorKind::NotConnected)?;
                links.connect(&to).await
            }
        });
        // Where it leads is the connector's business.
        let channel = Endpoint::from_static("http://orderer")
            .connect_timeout(self.times.dial)
            .http2_keep_alive_interval(ALIVE)
            .keep_alive_timeout(ALIVE)
            .keep_alive_while_idle(true)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .connect_with_connector_lazy(connector);
        let client = ClusterClient::new(channel)
            .max_decoding_message_size(MESSAGE)
            .max_encoding_message_size(MESSAGE);
        Link { client, room: Semaphore::new(self.times.waiting.max(1)), failing: Mutex::default() }
    }

    async fn connect(
        &self,
        to: &Member,
    ) -> io::Result<TokioIo<tokio_rustls::client::TlsStream<TcpStream>>> {
        let identity = self.identity.as_ref().ok_or(io::ErrorKind::Unsupported)?;
        let config = identity.to(&to.key).map_err(io::Error::other)?;
        let stream = TcpStream::connect((to.host.as_str(), to.port)).await?;
        stream.set_nodelay(true)?;
        let name = ServerName::try_from(to.host.clone()).map_err(io::Error::other)?;
        Ok(TokioIo::new(TlsConnector::from(config).connect(name, stream).await?))
    }
}

impl Link {
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Failing>> {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self) -> Result<(), Unreachable> {
        match &*self.lock() {
            Some(failing) if Instant::now() < failing.until => {
                Err(Unreachable(failing.why.clone()))
            }
            _ => Ok(()),
        }
    }

    /// It did not get through: the next pause is longer.
    pub(super) fn failed(&self, status: &tonic::Status) -> Unreachable {
        let why = shown(status);
        if status.code() == tonic::Code::Unavailable {
            let mut failing = self.lock();
            let last = failing.as_ref().map_or(FIRST_PAUSE / 2, |failing| failing.pause);
            let pause = last.saturating_mul(2).min(LAST_PAUSE);
            *failing = Some(Failing { until: Instant::now() + pause, pause, why: why.clone() });
        }
        Unreachable(why)
    }

    pub(super) fn worked(&self) {
        *self.lock() = None;
    }
}

/// With what is behind it: tonic's own text says "transport error".
fn shown(status: &tonic::Status) -> String {
    let mut text = status.message().to_owned();
    let mut cause = std::error::Error::source(status);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// The way of one channel to its other nodes.
pub(crate) struct Way {
    pub(crate) channel: String,
    pub(crate) links: Arc<Links>,
}

impl Transport for Way {
    fn call(&self, to: &Member, message: Bytes) -> Waiting<Result<Bytes, Unreachable>> {
        let (links, to, channel) = (Arc::clone(&self.links), to.clone(), self.channel.clone());
        Box::pin(async move {
            let link = links.to(&to)?;
            let Ok(_room) = link.room.try_acquire() else {
                return Err(Unreachable("too many messages wait for it".to_owned()));
            };
            let mut client = link.client.clone();
            let call = client.step(StepRequest { channel, message });
            match timeout(links.times.call, call).await {
                Ok(Ok(answer)) => {
                    link.worked();
                    Ok(answer.into_inner().message)
                }
                Ok(Err(status)) => Err(link.failed(&status)),
                Err(_) => Err(Unreachable("it did not answer in time".to_owned())),
            }
        })
    }
}

/// Silence on a connection after which a sign of life is asked for, and how long that may take.
const ALIVE: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LAST_PAUSE: Duration = Duration::from_millis(500);
const STREAM_WINDOW: u32 = 4 << 20;
const CONNECTION_WINDOW: u32 = 16 << 20;
