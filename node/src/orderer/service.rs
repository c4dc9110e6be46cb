// SPDX-License-Identifier: Apache-2.0
//! The service `orderer.AtomicBroadcast`.

use super::channels::OrdererChannels;
use crate::broadcast;
use crate::deliver::{self, Delivery, Format};
use crate::services::orderer::atomic_broadcast_server::AtomicBroadcast;
use crate::tls::Caller;
use bccsp::Providers;
use block::Block;
use channel::Channel;
use proto::common;
use proto::orderer::{DeliverResponse, deliver_response};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tonic::{Request, Response, Status, Streaming};

/// The service.
pub(super) struct Ordering {
    pub(super) channels: Arc<OrdererChannels>,
    pub(super) delivery: Arc<Delivery<Whole>>,
    pub(super) providers: Providers,
    pub(super) numbers: broadcast::Numbers,
    pub(super) broadcasts: Arc<Semaphore>,
    pub(super) deliveries: Arc<Semaphore>,
    pub(super) stop: watch::Receiver<bool>,
}

#[tonic::async_trait]
impl AtomicBroadcast for Ordering {
    type BroadcastStream = broadcast::Responses;
    type DeliverStream = deliver::Responses<Whole>;

    async fn broadcast(
        &self,
        request: Request<Streaming<common::Envelope>>,
    ) -> Result<Response<Self::BroadcastStream>, Status> {
        let permit = permit(&self.broadcasts, "Broadcast")?;
        let (channels, stop) = (self.channels.clone(), self.stop.clone());
        let (numbers, envelopes) = (self.numbers.clone(), request.into_inner());
        Ok(Response::new(broadcast::serve(channels, numbers, envelopes, stop, permit)))
    }

    async fn deliver(
        &self,
        request: Request<Streaming<common::Envelope>>,
    ) -> Result<Response<Self::DeliverStream>, Status> {
        let permit = permit(&self.deliveries, "Deliver")?;
        let caller = request.extensions().get::<Caller>();
        let binding = caller.and_then(|caller| caller.binding(&self.providers));
        let delivery = Arc::clone(&self.delivery);
        Ok(Response::new(delivery.serve(request.into_inner(), binding, permit)))
    }
}

fn permit(room: &Arc<Semaphore>, what: &str) -> Result<OwnedSemaphorePermit, Status> {
    let full = |_| Status::resource_exhausted(format!("too many streams of {what} are open here"));
    Arc::clone(room).try_acquire_owned().map_err(full)
}

/// Whole blocks, for all readers of a channel.
pub(super) struct Whole;

impl Format for Whole {
    type Response = DeliverResponse;

    fn data_type(&self) -> &'static str {
        "block"
    }

    fn policy(&self, _: &Channel) -> String {
        "/Channel/Readers".to_owned()
    }

    fn block(&self, block: &Block, headers_only: bool) -> DeliverResponse {
        let block = deliver::message(block, headers_only);
        DeliverResponse { r#type: Some(deliver_response::Type::Block(block)) }
    }

    fn status(&self, status: common::Status) -> DeliverResponse {
        DeliverResponse { r#type: Some(deliver_response::Type::Status(status.into())) }
    }
}
