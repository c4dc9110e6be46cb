// SPDX-License-Identifier: Apache-2.0
//! Envelopes in, one answer for each, in the order of the stream. Many may be on their way at once;
//! after an answer other than 200 the stream ends, and nobody is told of those behind it.
//!
//! Not here: what is admitted (`orderer`), who orders it (`consensus`).

use block::Headers;
use consensus::{Answer, Consenter, Refusal, Waiting};
use proto::common::{self, Status};
use proto::orderer::BroadcastResponse;
use proto::prost::Message as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep};
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt as _};

/// Who orders the envelopes of which channel.
pub(crate) trait Consenters: Send + Sync + 'static {
    /// Who orders those of that channel, if it is here.
    fn consenter(&self, channel: &str) -> Option<Arc<dyn Consenter>>;

    /// Why no envelopes are taken at all: a disk that is full.
    fn closed(&self) -> Option<String>;
}

/// What a stream of envelopes is answered with.
pub(crate) type Responses = ReceiverStream<Result<BroadcastResponse, tonic::Status>>;

/// Serves a stream until it ends, or `stop` says so; then `held` is dropped.
pub(crate) fn serve<S>(
    consenters: Arc<dyn Consenters>,
    envelopes: S,
    stop: watch::Receiver<bool>,
    held: impl Send + 'static,
) -> Responses
where
    S: Stream<Item = Result<common::Envelope, tonic::Status>> + Send + Unpin + 'static,
{
    let (taken, waiting) = mpsc::channel(PIPELINE);
    let (answers, responses) = mpsc::channel(PIPELINE);
    drop(tokio::spawn(take(consenters, envelopes, stop, taken)));
    drop(tokio::spawn(async move {
        answer(waiting, answers).await;
        drop(held);
    }));
    ReceiverStream::new(responses)
}

async fn take<S>(
    consenters: Arc<dyn Consenters>,
    mut envelopes: S,
    mut stop: watch::Receiver<bool>,
    taken: mpsc::Sender<Waiting<Answer>>,
) where
    S: Stream<Item = Result<common::Envelope, tonic::Status>> + Unpin,
{
    loop {
        let next = tokio::select! {
            next = envelopes.next() => next,
            () = taken.closed() => return,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        let Some(Ok(envelope)) = next else { return };
        let answer = submit(&*consenters, &envelope).await;
        if taken.send(answer).await.is_err() {
            return;
        }
    }
}

async fn submit(consenters: &dyn Consenters, envelope: &common::Envelope) -> Waiting<Answer> {
    let refuse =
        |refusal| -> Waiting<Answer> { Box::pin(std::future::ready(Answer::Refused(refusal))) };
    if let Some(why) = consenters.closed() {
        return refuse(Refusal::Unavailable(why));
    }
    let channel = match channel_of(envelope) {
        Ok(channel) => channel,
        Err(why) => return refuse(Refusal::BadRequest(why)),
    };
    let Some(consenter) = consenters.consenter(&channel) else {
        let shown: String = channel.chars().take(SHOWN).collect();
        let why = format!("channel `{}` is not here", shown.escape_debug());
        return refuse(Refusal::BadRequest(why));
    };
    if let Err(why) = until_ready(&*consenter).await {
        return refuse(Refusal::Unavailable(why));
    }
    consenter.submit(envelope.encode_to_vec().into()).await
}

/// A new leader is there in less than that time, mostly: clients need not hear of it.
async fn until_ready(consenter: &dyn Consenter) -> Result<(), String> {
    let end = Instant::now() + PATIENCE;
    loop {
        match consenter.ready() {
            Ok(()) => return Ok(()),
            Err(why) if Instant::now() >= end => return Err(why.to_string()),
            Err(_) => sleep(PAUSE).await,
        }
    }
}

fn channel_of(envelope: &common::Envelope) -> Result<String, String> {
    if envelope.payload.is_empty() {
        return Err("the payload of the envelope is empty".to_owned());
    }
    let payload = common::Payload::decode(envelope.payload.clone())
        .map_err(|error| format!("malformed payload of an envelope: {error}"))?;
    let header = payload.header.ok_or("the payload of the envelope has no header")?;
    let headers = Headers::from_message(header).map_err(|error| error.to_string())?;
    Ok(headers.channel_header().channel_id.clone())
}

async fn answer(
    mut waiting: mpsc::Receiver<Waiting<Answer>>,
    answers: mpsc::Sender<Result<BroadcastResponse, tonic::Status>>,
) {
    while let Some(answer) = waiting.recv().await {
        let answer = tokio::select! {
            answer = answer => answer,
            () = answers.closed() => return,
        };
        let response = response(answer);
        let is_last = response.status() != Status::Success;
        if answers.send(Ok(response)).await.is_err() || is_last {
            return;
        }
    }
}

fn response(answer: Answer) -> BroadcastResponse {
    let (status, info) = match answer {
        Answer::Ordered { .. } => (Status::Success, String::new()),
        Answer::Unknown(why) => (Status::ServiceUnavailable, why),
        Answer::Refused(refusal) => {
            let status = match &refusal {
                Refusal::BadRequest(_) | Refusal::NotFound(_) => Status::BadRequest,
                Refusal::Forbidden(_) => Status::Forbidden,
                Refusal::Unavailable(_) => Status::ServiceUnavailable,
            };
            (status, refusal.to_string())
        }
    };
    BroadcastResponse { status: status.into(), info }
}

/// Envelopes of one stream that are on their way at once, at most.
const PIPELINE: usize = 256;
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(20);
/// Letters of a channel's name that are shown to whoever sent it.
const SHOWN: usize = 250;
