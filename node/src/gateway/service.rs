// SPDX-License-Identifier: Apache-2.0
//! The five methods: what is checked of a request, and how long it may take.

use super::deadline::{deadline, until};
use super::endorse::Endorsing;
use super::evaluate::evaluate;
use super::events::{Listening, first};
use super::failure::Failure;
use super::request::Asked;
use super::submit::Order;
use super::{Gateway, Inner};
use crate::deliver::Chain;
use crate::operations::metrics::Stage;
use crate::services::gateway::gateway_server;
use peer::View;
use peer::assemble::{check_chaincode_events, check_commit_status, check_submit};
use proto::gateway::{
    ChaincodeEventsResponse, CommitStatusResponse, EndorseRequest, EndorseResponse,
    EvaluateRequest, EvaluateResponse, SignedChaincodeEventsRequest, SignedCommitStatusRequest,
    SubmitRequest, SubmitResponse,
};
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Response, Status};

#[tonic::async_trait]
impl gateway_server::Gateway for Gateway {
    type ChaincodeEventsStream = ReceiverStream<Result<ChaincodeEventsResponse, Status>>;

    async fn endorse(
        &self,
        request: Request<EndorseRequest>,
    ) -> Result<Response<EndorseResponse>, Status> {
        let deadline = deadline(request.metadata());
        answer(
            self.0
                .stages
                .follow(Stage::Gateway, self.0.endorse(request.into_inner(), deadline))
                .await,
        )
    }

    async fn submit(
        &self,
        request: Request<SubmitRequest>,
    ) -> Result<Response<SubmitResponse>, Status> {
        let deadline = deadline(request.metadata());
        answer(
            self.0
                .stages
                .follow(Stage::Gateway, self.0.submit(request.into_inner(), deadline))
                .await,
        )
    }

    async fn commit_status(
        &self,
        request: Request<SignedCommitStatusRequest>,
    ) -> Result<Response<CommitStatusResponse>, Status> {
        let deadline = deadline(request.metadata());
        let request = request.into_inner();
        let work = self.0.commit_status(&request, deadline);
        answer(self.0.stages.follow(Stage::Status, work).await)
    }

    async fn evaluate(
        &self,
        request: Request<EvaluateRequest>,
    ) -> Result<Response<EvaluateResponse>, Status> {
        let deadline = deadline(request.metadata());
        answer(
            self.0
                .stages
                .follow(Stage::Gateway, self.0.evaluate(request.into_inner(), deadline))
                .await,
        )
    }

    async fn chaincode_events(
        &self,
        request: Request<SignedChaincodeEventsRequest>,
    ) -> Result<Response<Self::ChaincodeEventsStream>, Status> {
        answer(self.0.chaincode_events(request.into_inner()))
    }
}

fn answer<T>(result: Result<T, Failure>) -> Result<Response<T>, Status> {
    match result {
        Ok(message) => Ok(Response::new(message)),
        Err(failure) => {
            tracing::debug!(code = ?failure.code, "{}", failure.message);
            Err(failure.into())
        }
    }
}

impl Inner {
    async fn endorse(
        &self,
        request: EndorseRequest,
        deadline: Option<Instant>,
    ) -> Result<EndorseResponse, Failure> {
        let EndorseRequest { transaction_id, channel_id, proposed_transaction, .. } = request;
        let asked = Asked::open((&transaction_id, &channel_id), proposed_transaction)?;
        let view = self.view(&asked.channel)?;
        let until = until(deadline, self.timeouts.endorsement);
        let chain = self.chain(view.id())?;
        let endorsing = Endorsing {
            peers: &self.peers,
            view: &view,
            asked: &asked,
            until,
            caller: &self.caller,
            heights: chain.heights(),
            found: Mutex::default(),
        };
        let prepared = endorsing.run(&request.endorsing_organizations).await?;
        Ok(EndorseResponse { prepared_transaction: Some(prepared) })
    }

    async fn evaluate(
        &self,
        request: EvaluateRequest,
        deadline: Option<Instant>,
    ) -> Result<EvaluateResponse, Failure> {
        let EvaluateRequest { transaction_id, channel_id, proposed_transaction, .. } = request;
        let asked = Asked::open((&transaction_id, &channel_id), proposed_transaction)?;
        let view = self.view(&asked.channel)?;
        let until = until(deadline, self.timeouts.endorsement);
        let targets = &request.target_organizations;
        let height = *self.chain(view.id())?.heights().borrow();
        let when = (height, until);
        let result = evaluate(&self.peers, view.config(), &asked, targets, when).await?;
        Ok(EvaluateResponse { result: Some(result) })
    }

    async fn submit(
        &self,
        request: SubmitRequest,
        deadline: Option<Instant>,
    ) -> Result<SubmitResponse, Failure> {
        check_submit(&request)?;
        let view = self.view(&request.channel_id)?;
        let envelope = request.prepared_transaction.unwrap_or_default();
        let until = until(deadline, self.timeouts.broadcast);
        let order = Order { config: view.config(), envelope, until };
        self.orderers.submit(order).await?;
        Ok(SubmitResponse {})
    }

    async fn commit_status(
        &self,
        request: &SignedCommitStatusRequest,
        deadline: Option<Instant>,
    ) -> Result<CommitStatusResponse, Failure> {
        let (view, asked) = check_commit_status(&self.endorser, request)?;
        let chain = self.chain(view.id())?;
        let status = self.commits.status(&view, &chain, &asked.transaction_id);
        let mut stop = self.stop.clone();
        let ended = |code, why: &str| Err(Failure::new(code, why));
        let status = tokio::select! {
            status = within(deadline, status) => status,
            _ = stop.wait_for(|stop| *stop) => return ended(Code::Unavailable, "the peer stops"),
        };
        match status {
            Some(status) => {
                let status = status?;
                let result = status.code.into();
                Ok(CommitStatusResponse { result, block_number: status.block })
            }
            None => ended(Code::DeadlineExceeded, "the transaction was not committed in time"),
        }
    }

    fn chaincode_events(
        &self,
        signed: SignedChaincodeEventsRequest,
    ) -> Result<ReceiverStream<Result<ChaincodeEventsResponse, Status>>, Failure> {
        let (view, request) = check_chaincode_events(&self.endorser, &signed)?;
        let chain = self.chain(view.id())?;
        let height = *chain.heights().borrow();
        let next = first(request.start_position.as_ref(), height)?;
        let (out, responses) = mpsc::channel(AHEAD);
        let listening = Listening {
            endorser: Arc::clone(&self.endorser),
            chain,
            signed,
            request,
            sequence: view.config().sequence(),
            stop: self.stop.clone(),
            out,
        };
        drop(tokio::spawn(listening.run(next)));
        Ok(ReceiverStream::new(responses))
    }

    fn view(&self, channel: &str) -> Result<View, Failure> {
        self.channels.view(channel).ok_or_else(|| no_channel(channel))
    }

    fn chain(&self, channel: &str) -> Result<Arc<dyn Chain>, Failure> {
        self.chains.chain(channel).ok_or_else(|| no_channel(channel))
    }
}

fn no_channel(channel: &str) -> Failure {
    let shown: String = channel.chars().take(250).collect();
    let why = format!("channel '{}' not found", shown.escape_debug());
    Failure::new(Code::FailedPrecondition, why)
}

/// `None` when the time is over.
async fn within<T>(deadline: Option<Instant>, work: impl Future<Output = T>) -> Option<T> {
    match deadline {
        None => Some(work.await),
        Some(deadline) => timeout_at(deadline, work).await.ok(),
    }
}

/// Answers that are made before the client has taken those before.
const AHEAD: usize = 4;
