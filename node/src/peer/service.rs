// SPDX-License-Identifier: Apache-2.0
//! The services `protos.Endorser` and `protos.Deliver`.

use super::chain::PeerChains;
use super::chaincode::Executor;
use super::events::{Filtered, Full, WithPrivateData};
use crate::deliver::{self, Delivery, Numbers};
use crate::services::protos::deliver_server::Deliver;
use crate::services::protos::endorser_server::Endorser;
use crate::tls::Caller;
use bccsp::Providers;
use proto::common::Envelope;
use proto::protos::{ProposalResponse, SignedProposal};
use std::sync::Arc;
use std::time::Duration;
use sys::Clock;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tonic::{Request, Response, Status, Streaming};

/// Proposals in, answers out.
pub(super) struct Endorsing {
    pub(super) executor: Executor,
}

#[tonic::async_trait]
impl Endorser for Endorsing {
    async fn process_proposal(
        &self,
        request: Request<SignedProposal>,
    ) -> Result<Response<ProposalResponse>, Status> {
        let answer = self.executor.process(request.into_inner()).await;
        answer.map(Response::new).map_err(|denied| Status::unknown(denied.to_string()))
    }
}

/// Blocks out, in three forms.
pub(super) struct Delivering {
    full: Arc<Delivery<Full>>,
    filtered: Arc<Delivery<Filtered>>,
    private: Arc<Delivery<WithPrivateData>>,
    providers: Arc<Providers>,
    room: Arc<Semaphore>,
}

impl Delivering {
    pub(super) fn new(
        chains: &Arc<PeerChains>,
        (clock, window): (Arc<dyn Clock>, Duration),
        providers: Arc<Providers>,
        room: Arc<Semaphore>,
        (numbers, stop): (&Numbers, &watch::Receiver<bool>),
    ) -> Self {
        let of = Delivered { chains, clock: &clock, window, numbers, stop };
        Self {
            full: Arc::new(of.delivery(Full)),
            filtered: Arc::new(of.delivery(Filtered)),
            private: Arc::new(of.delivery(WithPrivateData)),
            providers,
            room,
        }
    }

    fn serve<F: deliver::Format>(
        &self,
        delivery: &Arc<Delivery<F>>,
        request: Request<Streaming<Envelope>>,
    ) -> Result<Response<deliver::Responses<F>>, Status> {
        let permit = permit(&self.room, "streams of blocks")?;
        let caller = request.extensions().get::<Caller>();
        let binding = caller.and_then(|caller| caller.binding(&self.providers));
        let delivery = Arc::clone(delivery);
        Ok(Response::new(delivery.serve(request.into_inner(), binding, permit)))
    }
}

/// What the three forms have in common.
struct Delivered<'a> {
    chains: &'a Arc<PeerChains>,
    clock: &'a Arc<dyn Clock>,
    window: Duration,
    numbers: &'a Numbers,
    stop: &'a watch::Receiver<bool>,
}

impl Delivered<'_> {
    fn delivery<F>(&self, format: F) -> Delivery<F> {
        Delivery {
            chains: self.chains.clone(),
            format,
            clock: self.clock.clone(),
            window: self.window,
            numbers: self.numbers.clone(),
            stop: self.stop.clone(),
        }
    }
}

#[tonic::async_trait]
impl Deliver for Delivering {
    type DeliverStream = deliver::Responses<Full>;
    type DeliverFilteredStream = deliver::Responses<Filtered>;
    type DeliverWithPrivateDataStream = deliver::Responses<WithPrivateData>;

    async fn deliver(
        &self,
        request: Request<Streaming<Envelope>>,
    ) -> Result<Response<Self::DeliverStream>, Status> {
        self.serve(&self.full, request)
    }

    async fn deliver_filtered(
        &self,
        request: Request<Streaming<Envelope>>,
    ) -> Result<Response<Self::DeliverFilteredStream>, Status> {
        self.serve(&self.filtered, request)
    }

    async fn deliver_with_private_data(
        &self,
        request: Request<Streaming<Envelope>>,
    ) -> Result<Response<Self::DeliverWithPrivateDataStream>, Status> {
        self.serve(&self.private, request)
    }
}

fn permit(room: &Arc<Semaphore>, what: &str) -> Result<OwnedSemaphorePermit, Status> {
    let full = |_| Status::resource_exhausted(format!("too many {what} at once on this peer"));
    Arc::clone(room).try_acquire_owned().map_err(full)
}
