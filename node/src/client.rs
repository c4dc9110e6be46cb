// SPDX-License-Identifier: Apache-2.0
//! Calls to the servers of other processes: a channel to one, and an orderer behind it.
//!
//! Not here: nodes that agree, which know each other by key (`cluster`).

use crate::services::orderer::atomic_broadcast_client::AtomicBroadcastClient;
use block::{payload, sign_payload};
use hyper_util::rt::TokioIo;
use msp::SigningIdentity;
use proto::Bytes;
use proto::common::{ChannelHeader, Envelope, HeaderType, SignatureHeader};
use proto::orderer::seek_info::{SeekBehavior, SeekErrorResponse};
use proto::orderer::seek_position::Type;
use proto::orderer::{
    BroadcastResponse, DeliverResponse, SeekInfo, SeekNewest, SeekNextCommit, SeekOldest,
    SeekPosition, SeekSpecified,
};
use proto::prost::Message as _;
use proto::prost_types::Timestamp;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_stream::Stream;
use tonic::Streaming;
use tonic::transport::{Channel, Endpoint, Uri};

/// A server to be called.
#[derive(Clone, Debug)]
pub struct Target {
    /// Host and port.
    pub address: String,
    /// How its certificate is judged; none for plain text.
    pub tls: Option<Arc<ClientConfig>>,
    /// The name that its certificate must have, if that is not the host.
    pub server_name: Option<String>,
}

impl Target {
    /// A channel to it that is connected when it is used, and again after it was lost.
    #[must_use]
    pub fn channel(&self) -> Channel {
        let target = self.clone();
        let connector = tower::service_fn(move |_: Uri| {
            let target = target.clone();
            async move { target.connect().await }
        });
        Endpoint::from_static("http://server")
            .connect_timeout(DIAL)
            .http2_keep_alive_interval(ALIVE)
            .keep_alive_timeout(ALIVE)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .connect_with_connector_lazy(connector)
    }

    async fn connect(&self) -> io::Result<TokioIo<Box<dyn Both>>> {
        let stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        let Some(config) = &self.tls else { return Ok(TokioIo::new(Box::new(stream))) };
        let host = self.address.rsplit_once(':').map_or(self.address.as_str(), |(host, _)| host);
        let name = self.server_name.clone().unwrap_or_else(|| host.to_owned());
        let name = ServerName::try_from(name).map_err(io::Error::other)?;
        let stream = TlsConnector::from(Arc::clone(config)).connect(name, stream).await?;
        Ok(TokioIo::new(Box::new(stream)))
    }
}

trait Both: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Both for T {}

/// An orderer that is called. Clones share a connection.
#[derive(Clone, Debug)]
pub struct OrdererClient(AtomicBroadcastClient<Channel>);

impl OrdererClient {
    /// The orderer behind a channel.
    #[must_use]
    pub fn new(channel: Channel) -> Self {
        let client = AtomicBroadcastClient::new(channel);
        Self(client.max_decoding_message_size(MESSAGE).max_encoding_message_size(MESSAGE))
    }

    /// Sends envelopes; there is one answer for each, in their order.
    ///
    /// # Errors
    /// When it cannot be reached, or refuses the stream.
    pub async fn broadcast(
        &self,
        envelopes: impl Stream<Item = Envelope> + Send + 'static,
    ) -> Result<Streaming<BroadcastResponse>, tonic::Status> {
        Ok(self.0.clone().broadcast(envelopes).await?.into_inner())
    }

    /// Asks for blocks: see [`seek`].
    ///
    /// # Errors
    /// When it cannot be reached, or refuses the stream.
    pub async fn deliver(
        &self,
        requests: impl Stream<Item = Envelope> + Send + 'static,
    ) -> Result<Streaming<DeliverResponse>, tonic::Status> {
        Ok(self.0.clone().deliver(requests).await?.into_inner())
    }
}

/// Where a range of blocks begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// Block 0.
    Oldest,
    /// The last block that is there.
    Newest,
    /// The block after that.
    NextCommit,
    /// That one.
    Number(u64),
}

/// Which blocks are asked for, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The first.
    pub start: Position,
    /// The last.
    pub stop: Position,
    /// Whether to end with 404 instead of waiting for blocks that are not there yet.
    pub fail_if_not_ready: bool,
    /// Whether an orderer that has lost its leader may answer too.
    pub best_effort: bool,
}

/// Signs a request for blocks. `binding` is the hash of the client's TLS certificate, or nothing.
///
/// # Errors
/// [`block::Error`] when the key does not sign.
pub fn seek(
    channel: &str,
    wanted: Wanted,
    identity: &SigningIdentity,
    (time, nonce): (Timestamp, Bytes),
    binding: Bytes,
) -> Result<Envelope, block::Error> {
    let behavior = match wanted.fail_if_not_ready {
        true => SeekBehavior::FailIfNotReady,
        false => SeekBehavior::BlockUntilReady,
    };
    let error_response = match wanted.best_effort {
        true => SeekErrorResponse::BestEffort,
        false => SeekErrorResponse::Strict,
    };
    let info = SeekInfo {
        start: Some(position(wanted.start)),
        stop: Some(position(wanted.stop)),
        behavior: behavior.into(),
        error_response: error_response.into(),
        ..SeekInfo::default()
    };
    let header = ChannelHeader {
        r#type: HeaderType::DeliverSeekInfo.into(),
        channel_id: channel.to_owned(),
        timestamp: Some(time),
        tls_cert_hash: binding,
        ..ChannelHeader::default()
    };
    let signer = SignatureHeader { creator: identity.serialized().clone(), nonce };
    let payload = payload(&header, &signer, info.encode_to_vec().into());
    sign_payload(payload, &**identity.key())
}

fn position(position: Position) -> SeekPosition {
    let kind = match position {
        Position::Oldest => Type::Oldest(SeekOldest {}),
        Position::Newest => Type::Newest(SeekNewest {}),
        Position::NextCommit => Type::NextCommit(SeekNextCommit {}),
        Position::Number(number) => Type::Specified(SeekSpecified { number }),
    };
    SeekPosition { r#type: Some(kind) }
}

const DIAL: Duration = Duration::from_secs(5);
/// Silence on a connection in use after which a sign of life is asked for; Fabric's servers take one
/// a minute.
const ALIVE: Duration = Duration::from_secs(60);
const MESSAGE: usize = 100 << 20;
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;
