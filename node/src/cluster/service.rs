// SPDX-License-Identifier: Apache-2.0
//! What other nodes ask of this one.

use crate::deliver::message;
use crate::services::gmca::cluster_server::Cluster;
use crate::tls::Caller;
use block::Block;
use channel::Channel;
use consensus::Waiting;
use proto::Bytes;
use proto::common;
use proto::gmca::{BlocksRequest, StepRequest, StepResponse};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

/// One channel as other nodes see it.
pub(crate) trait Seat: Send + Sync + 'static {
    /// The configuration in force: which nodes agree.
    fn configuration(&self) -> Arc<Channel>;

    /// Answers a message of the node with that key.
    fn serve(&self, from: Bytes, message: Bytes) -> Waiting<Bytes>;

    /// The block of that number, if it is here. It may wait for a disk.
    fn block(&self, number: u64) -> Result<Option<Block>, String>;
}

/// The channels of a node as other nodes see them.
pub(crate) trait Peers: Send + Sync + 'static {
    /// That channel, if nodes agree on it here.
    fn seat(&self, channel: &str) -> Option<Arc<dyn Seat>>;
}

/// The service.
pub(crate) struct ClusterService(pub(crate) Arc<dyn Peers>);

impl ClusterService {
    /// The channel, and the key of the node that calls: one that is listed, or `may_be_new` and has a
    /// certificate that is trusted.
    fn admit<T>(
        &self,
        request: &Request<T>,
        channel: &str,
        may_be_new: bool,
    ) -> Result<(Arc<dyn Seat>, Bytes), Status> {
        let caller = request.extensions().get::<Caller>();
        let shown = caller.and_then(|caller| Some((caller, caller.certificate()?)));
        let none = || Status::unauthenticated("nodes show a TLS certificate to each other");
        let (caller, certificate) = shown.ok_or_else(none)?;
        let key = orderer::member_key(certificate).ok_or_else(none)?;
        let absent = || Status::not_found("nodes do not agree on that channel here");
        let seat = self.0.seat(channel).ok_or_else(absent)?;
        match listed(&seat.configuration(), &key) {
            Some(member) => Ok((seat, member)),
            None if may_be_new && caller.is_trusted() => Ok((seat, key)),
            None => Err(Status::permission_denied("the channel does not list that certificate")),
        }
    }
}

/// The node that shows this key as a client, or as a server: nodes are known by the latter.
fn listed(channel: &Channel, key: &Bytes) -> Option<Bytes> {
    let consenters = channel.orderer().consenters().iter();
    let mut keys = consenters.filter_map(|consenter| {
        let server = orderer::member_key(&consenter.server_tls_cert)?;
        Some((orderer::member_key(&consenter.client_tls_cert)?, server))
    });
    keys.find(|(client, server)| client == key || server == key).map(|(_, server)| server)
}

#[tonic::async_trait]
impl Cluster for ClusterService {
    type BlocksStream = ReceiverStream<Result<common::Block, Status>>;

    async fn step(&self, request: Request<StepRequest>) -> Result<Response<StepResponse>, Status> {
        // It may be listed in a block that is not here yet. What it may say then, agreement knows.
        let (seat, from) = self.admit(&request, &request.get_ref().channel, true)?;
        let message = seat.serve(from, request.into_inner().message).await;
        Ok(Response::new(StepResponse { message }))
    }

    async fn blocks(
        &self,
        request: Request<BlocksRequest>,
    ) -> Result<Response<Self::BlocksStream>, Status> {
        let (seat, _) = self.admit(&request, &request.get_ref().channel, false)?;
        let BlocksRequest { first, count, .. } = request.into_inner();
        let count = if count == 0 { MOST } else { count.min(MOST) };
        let (out, blocks) = mpsc::channel(AHEAD);
        drop(tokio::spawn(send(seat, first, count, out)));
        Ok(Response::new(ReceiverStream::new(blocks)))
    }
}

async fn send(
    seat: Arc<dyn Seat>,
    first: u64,
    count: u64,
    out: mpsc::Sender<Result<common::Block, Status>>,
) {
    for number in first..first.saturating_add(count) {
        let seat = Arc::clone(&seat);
        let read = tokio::task::spawn_blocking(move || seat.block(number)).await;
        let next = match read {
            Ok(Ok(Some(block))) => Ok(message(&block, false)),
            Ok(Ok(None)) => return,
            Ok(Err(why)) => Err(Status::unavailable(why)),
            Err(error) => Err(Status::internal(error.to_string())),
        };
        let is_last = next.is_err();
        if out.send(next).await.is_err() || is_last {
            return;
        }
    }
}

/// Blocks in one stream, at most.
const MOST: u64 = 1000;
/// Blocks that are read before the other node has taken those before.
const AHEAD: usize = 4;
