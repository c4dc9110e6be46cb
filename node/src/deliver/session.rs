// SPDX-License-Identifier: Apache-2.0
//! One stream of requests, answered one after the other.

use super::Delivery;
use super::access::Access;
use super::request::{Ended, Range, Request, Seek, bad};
use super::source::{Chain, Format};
use block::Block;
use proto::Bytes;
use proto::common::{self, Status};
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use tokio_stream::{Stream, StreamExt as _};

/// A client's stream.
pub(super) struct Session<'a, F: Format> {
    pub(super) delivery: &'a Delivery<F>,
    pub(super) binding: Option<Bytes>,
    pub(super) out: mpsc::Sender<Result<F::Response, tonic::Status>>,
}

/// What stands between two blocks.
struct Wait {
    heights: watch::Receiver<u64>,
    trouble: watch::Receiver<Option<String>>,
    stop: watch::Receiver<bool>,
}

impl<F: Format> Session<'_, F> {
    pub(super) async fn run<S>(&self, mut requests: S)
    where
        S: Stream<Item = Result<common::Envelope, tonic::Status>> + Unpin,
    {
        let mut stop = self.delivery.stop.clone();
        loop {
            let next = tokio::select! {
                next = requests.next() => next,
                _ = stop.wait_for(|stop| *stop) => return,
                () = self.out.closed() => return,
            };
            let envelope = match next {
                Some(Ok(envelope)) => envelope,
                Some(Err(status)) => {
                    // Bytes that are no envelope: the stream ends with that.
                    let _ = self.out.send(Err(status)).await;
                    return;
                }
                None => return,
            };
            let status = match self.answer(envelope).await {
                Ok(()) => Status::Success,
                Err(Ended(status, why)) => {
                    tracing::debug!(status = status.as_str_name(), why, "a delivery ended");
                    status
                }
            };
            let last = self.delivery.format.status(status);
            if self.out.send(Ok(last)).await.is_err() || status != Status::Success {
                return;
            }
        }
    }

    /// Answers one request but for its last status.
    async fn answer(&self, envelope: common::Envelope) -> Result<(), Ended> {
        let Delivery { clock, window, numbers, format, .. } = self.delivery;
        let request = Request::open(envelope, &**clock, *window, self.binding.as_ref())?;
        numbers.received(request.channel(), format.data_type());
        let answered = self.range(&request).await;
        numbers.completed(request.channel(), format.data_type(), answered.is_ok());
        answered
    }

    async fn range(&self, request: &Request) -> Result<(), Ended> {
        let Delivery { chains, clock, .. } = self.delivery;
        let chain = chains.chain(request.channel());
        let chain = chain.ok_or_else(|| Ended(Status::NotFound, "no such channel".to_owned()))?;
        let seek = request.seek()?;
        let mut wait = Wait {
            heights: chain.heights(),
            trouble: chain.trouble(),
            stop: self.delivery.stop.clone(),
        };
        if !seek.best_effort {
            in_trouble(wait.trouble.borrow().as_deref())?;
        }
        let policy = |channel: &channel::Channel| self.delivery.format.policy(channel);
        let mut access = Access::new(&*chain, &**clock, &request.envelope, &policy);
        access.check()?;
        let height = *wait.heights.borrow();
        let range = seek.range(height)?;
        self.send(&chain, &seek, range, &mut access, &mut wait).await
    }

    async fn send(
        &self,
        chain: &Arc<dyn Chain>,
        seek: &Seek,
        range: Range,
        access: &mut Access<'_>,
        wait: &mut Wait,
    ) -> Result<(), Ended> {
        let sent = self.delivery.numbers.blocks(access.channel(), self.delivery.format.data_type());
        for number in range.first..=range.last {
            while *wait.heights.borrow() <= number {
                if seek.fail_if_not_ready {
                    let why = format!("block {number} is not here yet");
                    return Err(Ended(Status::NotFound, why));
                }
                self.wait(seek, number, access, wait).await?;
            }
            if !seek.best_effort {
                in_trouble(wait.trouble.borrow().as_deref())?;
            }
            let block = read(chain, number).await?;
            access.check()?;
            let response = self.delivery.format.block(&block, seek.headers_only);
            if self.out.send(Ok(response)).await.is_err() {
                return Err(bad("the client is gone"));
            }
            sent.increment();
        }
        Ok(())
    }

    /// Until there is something new: a block, or a reason to end.
    async fn wait(
        &self,
        seek: &Seek,
        number: u64,
        access: &mut Access<'_>,
        wait: &mut Wait,
    ) -> Result<(), Ended> {
        let gone = || Ended(Status::ServiceUnavailable, "the channel is closed here".to_owned());
        tokio::select! {
            grown = wait.heights.wait_for(|height| *height > number) => {
                grown.map(drop).map_err(|_| gone())
            }
            lost = wait.trouble.wait_for(Option::is_some), if !seek.best_effort => {
                let lost = lost.map_err(|_| gone())?;
                in_trouble(lost.as_deref())
            }
            _ = wait.stop.wait_for(|stop| *stop) => {
                Err(Ended(Status::ServiceUnavailable, "the node stops".to_owned()))
            }
            () = tokio::time::sleep(access.remaining()) => access.check(),
            () = self.out.closed() => Err(bad("the client is gone")),
        }
    }
}

fn in_trouble(why: Option<&str>) -> Result<(), Ended> {
    match why {
        None => Ok(()),
        Some(why) => Err(Ended(Status::ServiceUnavailable, why.to_owned())),
    }
}

async fn read(chain: &Arc<dyn Chain>, number: u64) -> Result<Block, Ended> {
    let chain = Arc::clone(chain);
    let read = tokio::task::spawn_blocking(move || chain.block(number)).await;
    match read {
        Ok(Ok(Some(block))) => Ok(block),
        Ok(Ok(None)) => {
            Err(Ended(Status::NotFound, format!("block {number} is not on this node any more")))
        }
        Ok(Err(why)) => Err(Ended(Status::ServiceUnavailable, why)),
        Err(error) => Err(Ended(Status::InternalServerError, error.to_string())),
    }
}
