// SPDX-License-Identifier: Apache-2.0
//! Service mode: peers dial us, several at once.

use super::socket::Socket;
use super::{MESSAGE_LIMIT, ServeError, TlsFiles, tls};
use crate::services::chaincode_server::{Chaincode as Connect, ChaincodeServer};
use crate::stream::{self, End, Process};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use proto::protos::ChaincodeMessage;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::{ReceiverStream, UnboundedReceiverStream};
use tonic::{Request, Response, Status, Streaming};

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How many handshakes may go on at once; more peers than that wait.
const HANDSHAKES: usize = 64;
/// How often the other side must show that it lives.
const PING: Duration = Duration::from_secs(60);
/// How long connections may go on when the process is to stop: longer than their transactions.
const GRACE: Duration = Duration::from_secs(7);

pub(super) struct Service {
    listener: TcpListener,
    address: SocketAddr,
    acceptor: Option<TlsAcceptor>,
}

impl Service {
    pub(super) async fn bind(address: &str, files: Option<&TlsFiles>) -> Result<Self, ServeError> {
        let acceptor = match files {
            Some(files) => Some(TlsAcceptor::from(tls::server(files).await?)),
            None => None,
        };
        let failed = |source| ServeError::Listen { address: address.to_owned(), source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address, acceptor })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) async fn run(self, process: Process) -> Result<(), ServeError> {
        eprintln!("chaincode {}: listens on {}", process.id, self.address);
        let (sockets, incoming) = mpsc::channel(HANDSHAKES);
        let accepting = tokio::spawn(accept(self.listener, self.acceptor, sockets));
        let mut stopping = process.stopping.clone();
        let mut late = process.stopping.clone();
        let connect = ChaincodeServer::new(Streams { process })
            .max_decoding_message_size(MESSAGE_LIMIT)
            .max_encoding_message_size(MESSAGE_LIMIT);
        let incoming = ReceiverStream::new(incoming).map(Ok::<_, std::io::Error>);
        let serve = tonic::transport::Server::builder()
            .http2_keepalive_interval(Some(PING))
            .add_service(connect)
            .serve_with_incoming_shutdown(incoming, async move {
                let _ = stopping.wait_for(|stop| *stop).await;
            });
        let served = tokio::select! {
            served = serve => served,
            // A connection that does not end is cut.
            () = async { let _ = late.wait_for(|stop| *stop).await; tokio::time::sleep(GRACE).await } => Ok(()),
        };
        accepting.abort();
        Ok(served?)
    }
}

/// Takes connections in, handshakes side by side.
async fn accept(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    sockets: mpsc::Sender<Socket>,
) {
    let handshakes = Arc::new(Semaphore::new(HANDSHAKES));
    while let Ok(permit) = handshakes.clone().acquire_owned().await {
        let Ok((socket, _)) = listener.accept().await else {
            // Out of file descriptors, as a rule: some will be free again.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let (acceptor, sockets) = (acceptor.clone(), sockets.clone());
        tokio::spawn(async move {
            if let Some(socket) = handshake(socket, acceptor).await {
                // Refused only when the server is gone.
                let _ = sockets.send(socket).await;
            }
            drop(permit);
        });
    }
}

async fn handshake(socket: TcpStream, acceptor: Option<TlsAcceptor>) -> Option<Socket> {
    // Every message waits for its answer: do not wait for more to send.
    socket.set_nodelay(true).ok()?;
    let Some(acceptor) = acceptor else { return Some(Socket::Plain(socket)) };
    let shaken = tokio::time::timeout(HANDSHAKE, acceptor.accept(socket)).await;
    match shaken {
        Ok(Ok(socket)) => Some(Socket::Tls(Box::new(socket.into()))),
        Ok(Err(error)) => {
            eprintln!("chaincode: a peer's TLS handshake failed: {error}");
            None
        }
        Err(_) => None,
    }
}

struct Streams {
    process: Process,
}

#[tonic::async_trait]
impl Connect for Streams {
    type ConnectStream = BoxStream<'static, Result<ChaincodeMessage, Status>>;

    async fn connect(
        &self,
        request: Request<Streaming<ChaincodeMessage>>,
    ) -> Result<Response<Self::ConnectStream>, Status> {
        let (out, outgoing) = mpsc::unbounded_channel();
        let process = self.process.clone();
        tokio::spawn(async move {
            let id = process.id.clone();
            match stream::run(process, request.into_inner(), out).await {
                End::Stopped => {}
                End::Gone(why) => eprintln!("chaincode {id}: a peer left: {why}"),
                End::Refused(why) => eprintln!("chaincode {id}: a peer refused us: {why}"),
            }
        });
        Ok(Response::new(UnboundedReceiverStream::new(outgoing).map(Ok).boxed()))
    }
}
