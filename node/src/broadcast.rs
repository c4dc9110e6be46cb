// SPDX-License-Identifier: Apache-2.0
//! Envelopes in, one answer for each, in the order of the stream. Many may be on their way at once;
//! after an answer other than 200 the stream ends, and nobody is told of those behind it.
//!
//! Not here: what is admitted (`orderer`), who orders it (`consensus`).

use crate::operations::metrics::{Registry, Stage, Stages, fabric};
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
    numbers: Numbers,
    envelopes: S,
    stop: watch::Receiver<bool>,
    held: impl Send + 'static,
) -> Responses
where
    S: Stream<Item = Result<common::Envelope, tonic::Status>> + Send + Unpin + 'static,
{
    let (taken, waiting) = mpsc::channel(PIPELINE);
    let (answers, responses) = mpsc::channel(PIPELINE);
    let taking = Taking { consenters, numbers: numbers.clone(), taken };
    let stages = numbers.1.clone();
    drop(tokio::spawn(stages.follow(Stage::Broadcast, taking.run(envelopes, stop))));
    drop(tokio::spawn(stages.follow(Stage::Broadcast, async move {
        answer(waiting, &numbers, answers).await;
        drop(held);
    })));
    ReceiverStream::new(responses)
}

/// An envelope that was taken, and what becomes of it.
struct Taken {
    channel: String,
    kind: &'static str,
    answer: Waiting<Answer>,
}

/// What came on a stream.
enum Came {
    Envelope(Taken),
    /// Bytes that are none, or more than are taken: the stream ends with that.
    Broken(tonic::Status),
}

struct Taking {
    consenters: Arc<dyn Consenters>,
    numbers: Numbers,
    taken: mpsc::Sender<Came>,
}

impl Taking {
    async fn run<S>(self, mut envelopes: S, mut stop: watch::Receiver<bool>)
    where
        S: Stream<Item = Result<common::Envelope, tonic::Status>> + Unpin,
    {
        loop {
            let next = tokio::select! {
                next = envelopes.next() => next,
                () = self.taken.closed() => return,
                _ = stop.wait_for(|stop| *stop) => return,
            };
            let came = match next {
                Some(Ok(envelope)) => Came::Envelope(self.take(&envelope).await),
                Some(Err(status)) => Came::Broken(status),
                None => return,
            };
            let is_last = matches!(came, Came::Broken(_));
            if self.taken.send(came).await.is_err() || is_last {
                return;
            }
        }
    }

    async fn take(&self, envelope: &common::Envelope) -> Taken {
        let refuse =
            |refusal| -> Waiting<Answer> { Box::pin(std::future::ready(Answer::Refused(refusal))) };
        let headers = match headers_of(envelope) {
            Ok(headers) => headers,
            Err(why) => {
                let answer = refuse(Refusal::BadRequest(why));
                return Taken { channel: String::new(), kind: "", answer };
            }
        };
        let channel = headers.channel_header().channel_id.clone();
        let kind = headers.kind().map_or("", |kind| kind.as_str_name());
        let begun = Instant::now();
        let answer = match submit(&*self.consenters, &channel, envelope).await {
            Ok(answer) => {
                self.numbers.placed(&channel, kind, begun.elapsed());
                answer
            }
            Err(refusal) => refuse(refusal),
        };
        Taken { channel, kind, answer }
    }
}

async fn submit(
    consenters: &dyn Consenters,
    channel: &str,
    envelope: &common::Envelope,
) -> Result<Waiting<Answer>, Refusal> {
    if let Some(why) = consenters.closed() {
        return Err(Refusal::Unavailable(why));
    }
    let Some(consenter) = consenters.consenter(channel) else {
        let shown: String = channel.chars().take(SHOWN).collect();
        let why = format!("channel `{}` is not here", shown.escape_debug());
        return Err(Refusal::BadRequest(why));
    };
    until_ready(&*consenter).await.map_err(Refusal::Unavailable)?;
    Ok(consenter.submit(envelope.encode_to_vec().into()).await)
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

fn headers_of(envelope: &common::Envelope) -> Result<Headers, String> {
    if envelope.payload.is_empty() {
        return Err("the payload of the envelope is empty".to_owned());
    }
    let payload = common::Payload::decode(envelope.payload.clone())
        .map_err(|error| format!("malformed payload of an envelope: {error}"))?;
    let header = payload.header.ok_or("the payload of the envelope has no header")?;
    Headers::from_message(header).map_err(|error| error.to_string())
}

async fn answer(
    mut waiting: mpsc::Receiver<Came>,
    numbers: &Numbers,
    answers: mpsc::Sender<Result<BroadcastResponse, tonic::Status>>,
) {
    while let Some(came) = waiting.recv().await {
        let Taken { channel, kind, answer } = match came {
            Came::Envelope(taken) => taken,
            Came::Broken(status) => {
                let _ = answers.send(Err(status)).await;
                return;
            }
        };
        let answer = tokio::select! {
            answer = answer => answer,
            () = answers.closed() => return,
        };
        let response = response(answer);
        let status = response.status();
        numbers.answered(&channel, kind, status);
        if answers.send(Ok(response)).await.is_err() || status != Status::Success {
            return;
        }
    }
}

/// Counts envelopes.
#[derive(Clone, Debug)]
pub(crate) struct Numbers(Arc<fabric::Broadcast>, Stages);

impl Numbers {
    pub(crate) fn new(registry: &Registry) -> Self {
        Self(Arc::new(fabric::Broadcast::new(registry)), Stages::new(registry))
    }

    fn placed(&self, channel: &str, kind: &str, time: Duration) {
        let labels = [channel, kind, Status::Success.as_str_name()];
        self.0.enqueue.with(&labels).observe(time);
    }

    fn answered(&self, channel: &str, kind: &str, status: Status) {
        self.0.processed.with(&[channel, kind, status.as_str_name()]).increment();
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
