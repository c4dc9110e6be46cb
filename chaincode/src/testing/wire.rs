// SPDX-License-Identifier: Apache-2.0
//! The stream as a peer holds it, over loopback and in the clear: for tests of a served chaincode.

use crate::serve::MESSAGE_LIMIT;
use crate::services::chaincode_client::ChaincodeClient;
use crate::services::chaincode_support_server::{ChaincodeSupport, ChaincodeSupportServer};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use proto::protos::ChaincodeMessage;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio_stream::wrappers::{TcpListenerStream, UnboundedReceiverStream};
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Request, Response, Status, Streaming};

/// A peer's end of one stream. Dropped, the stream ends.
#[derive(Debug)]
pub struct PeerEnd {
    out: UnboundedSender<ChaincodeMessage>,
    incoming: Streaming<ChaincodeMessage>,
}

impl PeerEnd {
    /// Sends a message; one to a stream that has ended is lost.
    pub fn send(&self, message: ChaincodeMessage) {
        let _ = self.out.send(message);
    }

    /// The next message of the chaincode; `None` when the stream has ended.
    pub async fn receive(&mut self) -> Option<ChaincodeMessage> {
        self.incoming.message().await.ok().flatten()
    }
}

/// Dials a chaincode that is a service.
///
/// # Errors
/// What tonic says.
pub async fn dial(address: SocketAddr) -> Result<PeerEnd, Box<dyn std::error::Error>> {
    dial_over(Endpoint::from_shared(format!("http://{address}"))?.connect().await?).await
}

/// Dials a chaincode that is a service over a connection that is there.
///
/// # Errors
/// What tonic says.
pub async fn dial_over(channel: Channel) -> Result<PeerEnd, Box<dyn std::error::Error>> {
    let mut client = ChaincodeClient::new(channel)
        .max_decoding_message_size(MESSAGE_LIMIT)
        .max_encoding_message_size(MESSAGE_LIMIT);
    let (out, outgoing) = mpsc::unbounded_channel();
    let incoming = client.connect(UnboundedReceiverStream::new(outgoing)).await?.into_inner();
    Ok(PeerEnd { out, incoming })
}

/// A peer in development mode: chaincodes dial it, and each stream is handed over.
///
/// # Errors
/// What the system says.
pub async fn listen() -> std::io::Result<(SocketAddr, UnboundedReceiver<PeerEnd>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (streams, ends) = mpsc::unbounded_channel();
    let support = ChaincodeSupportServer::new(Support { streams })
        .max_decoding_message_size(MESSAGE_LIMIT)
        .max_encoding_message_size(MESSAGE_LIMIT);
    let server = Server::builder().add_service(support);
    // Ends with the runtime of the test.
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    Ok((address, ends))
}

struct Support {
    streams: UnboundedSender<PeerEnd>,
}

#[tonic::async_trait]
impl ChaincodeSupport for Support {
    type RegisterStream = BoxStream<'static, Result<ChaincodeMessage, Status>>;

    async fn register(
        &self,
        request: Request<Streaming<ChaincodeMessage>>,
    ) -> Result<Response<Self::RegisterStream>, Status> {
        let (out, outgoing) = mpsc::unbounded_channel();
        let end = PeerEnd { out, incoming: request.into_inner() };
        self.streams.send(end).map_err(|_| Status::unavailable("the test is over"))?;
        Ok(Response::new(UnboundedReceiverStream::new(outgoing).map(Ok).boxed()))
    }
}
