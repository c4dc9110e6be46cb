// SPDX-License-Identifier: Apache-2.0
//! Blocks of a channel, pulled from whoever delivers them: one source at a time, left for another
//! when it cannot be reached, ends, says that it has lost its leader, or sends what is refused.
//!
//! Not here: whether a block is right, which the one who [`Takes`] it says; how a source is reached
//! ([`Dial`]).

mod seek;
#[cfg(test)]
mod tests;
mod turns;

use crate::client::OrdererClient;
use block::Block;
use consensus::Waiting;
use futures_util::{StreamExt as _, stream};
use msp::SigningIdentity;
use proto::Bytes;
use proto::common::Status;
use proto::orderer::DeliverResponse;
use proto::orderer::deliver_response::Type;
use proto::prost::Message as _;
use std::sync::Arc;
use std::time::Duration;
use sys::{Clock, Entropy};
use tokio::time::timeout;
use tonic::transport::Channel;
use turns::Turns;

/// How a source is reached.
pub trait Dial: Send + Sync {
    /// A connection to `host:port`; why there is none, in words.
    fn dial(&self, source: &str) -> Waiting<Result<Channel, String>>;
}

/// Who takes blocks in.
pub trait Takes: Send + Sync {
    /// The number of the block that comes next.
    fn height(&self) -> u64;

    /// Where blocks may be had, `host:port`, as of now.
    fn sources(&self) -> Vec<String>;

    /// Takes the block that comes next.
    fn take(&self, block: Block) -> Waiting<Result<(), NotTaken>>;
}

/// Why a block was not taken in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// It is wrong: another source may have a right one.
    #[error("{0}")]
    Refused(String),
    /// Nothing can be taken in here any more.
    #[error("{0}")]
    Stopped(String),
}

/// Pulls the blocks of one channel.
pub struct Puller {
    /// The channel.
    pub channel: String,
    /// Who asks for blocks; it must satisfy the channel's Readers.
    pub identity: Arc<SigningIdentity>,
    /// For the time in requests.
    pub clock: Arc<dyn Clock>,
    /// For nonces, and for which source is asked first.
    pub entropy: Arc<dyn Entropy>,
    /// How sources are reached.
    pub dial: Arc<dyn Dial>,
    /// The hash of the certificate that is shown to sources, when they ask for one.
    pub binding: Option<Bytes>,
    /// How long a connection and the first answer may take.
    pub patience: Duration,
    /// How long a source that failed is left alone, the first time; doubled each time, up to 64
    /// times.
    pub pause: Duration,
}

/// Why a source was left.
enum Left {
    /// Another may do better.
    Source(String),
    /// Nothing more is wanted.
    All(String),
}

impl Puller {
    /// Pulls for as long as blocks are taken; why they no longer are.
    pub async fn run(&self, takes: &dyn Takes) -> String {
        let mut turns = Turns::new(self.pause, &*self.entropy);
        loop {
            let Some(source) = turns.next(&takes.sources()).await else {
                tokio::time::sleep(self.pause).await;
                continue;
            };
            let before = takes.height();
            match self.pull(&source, takes).await {
                Left::All(why) => return why,
                Left::Source(why) => {
                    tracing::warn!(channel = self.channel, source, why, "left a source of blocks");
                    turns.failed(source, takes.height() > before);
                }
            }
        }
    }

    /// Pulls from one source for as long as that goes well.
    async fn pull(&self, source: &str, takes: &dyn Takes) -> Left {
        let opened = timeout(self.patience, self.open(source, takes.height())).await;
        let mut answers = match opened {
            Ok(Ok(answers)) => answers,
            Ok(Err(why)) => return Left::Source(why),
            Err(_) => return Left::Source("it does not answer".to_owned()),
        };
        loop {
            let block = match next(&mut answers).await {
                Ok(block) => block,
                Err(why) => return Left::Source(why),
            };
            let (number, expected) = (block.number(), takes.height());
            if number != expected {
                return Left::Source(format!("it sent block {number} in the place of {expected}"));
            }
            match takes.take(block).await {
                Ok(()) => {}
                Err(NotTaken::Refused(why)) => return Left::Source(why),
                Err(NotTaken::Stopped(why)) => return Left::All(why),
            }
        }
    }

    async fn open(
        &self,
        source: &str,
        first: u64,
    ) -> Result<tonic::Streaming<DeliverResponse>, String> {
        let connection = self.dial.dial(source).await?;
        let client = OrdererClient::new(connection);
        let request = self.seek(first).map_err(|error| error.to_string())?;
        // The stream of requests stays open: a source may take its end for that of the session.
        let requests = stream::iter([request]).chain(stream::pending());
        client.deliver(requests).await.map_err(|status| status.to_string())
    }
}

async fn next(answers: &mut tonic::Streaming<DeliverResponse>) -> Result<Block, String> {
    let answer = answers.message().await.map_err(|status| status.to_string())?;
    let answer = answer.ok_or("it ended the stream")?;
    match answer.r#type {
        Some(Type::Block(block)) => {
            Block::decode(block.encode_to_vec()).map_err(|error| error.to_string())
        }
        Some(Type::Status(status)) => {
            let name = Status::try_from(status).map_or("a status", |status| status.as_str_name());
            Err(format!("it answered {name} ({status})"))
        }
        None => Err("it answered nothing".to_owned()),
    }
}
