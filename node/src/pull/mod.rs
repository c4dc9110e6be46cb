// SPDX-License-Identifier: Apache-2.0
//! Blocks of a channel, pulled from whoever delivers them: one source at a time, left for another
//! when it cannot be reached, ends, says that it has lost its leader, or sends what is refused.
//!
//! Not here: whether a block is right, which the one who [`Takes`] it says; how a source is reached
//! ([`Dial`]).

mod answers;
mod seek;
#[cfg(test)]
mod tests;
mod turns;

use answers::{Answers, next};
use block::Block;
use consensus::Waiting;
use msp::SigningIdentity;
use proto::Bytes;
use seek::Wish;
use std::sync::Arc;
use std::time::Duration;
use sys::{Clock, Entropy};
use tokio::time::timeout;
use tonic::transport::Channel;
use turns::Turns;

/// How a source is reached.
pub trait Dial: Send + Sync {
    /// A connection to `host:port`; why there is none, in words.
    fn dial(&self, source: &str) -> Waiting<Result<Connection, String>>;
}

/// A connection to who delivers blocks.
#[derive(Clone, Debug)]
pub enum Connection {
    /// An orderer.
    Orderer(Channel),
    /// A peer: what it wrote into a block is taken out again.
    Peer(Channel),
}

/// Who takes blocks in.
pub trait Takes: Send + Sync {
    /// The number of the block that comes next.
    fn height(&self) -> u64;

    /// Where blocks may be had, `host:port`, as of now.
    fn sources(&self) -> Vec<String>;

    /// Where else, when none of the sources does its part.
    fn others(&self) -> Vec<String> {
        Vec::new()
    }

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
    /// How long one of the first may be silent before another is asked whether there is a next block.
    pub silence: Duration,
}

/// Why a source was left.
enum Left {
    /// Another may do better.
    Source(String),
    /// It is time to see whether one that is asked first is back.
    Time,
    /// Nothing more is wanted.
    All(String),
}

impl Puller {
    /// Pulls for as long as blocks are taken; why they no longer are.
    pub async fn run(&self, takes: &dyn Takes) -> String {
        let mut turns = Turns::new(self.pause, &*self.entropy);
        loop {
            let (first, others) = (takes.sources(), takes.others());
            let Some(source) = turns.next(&first, &others).await else {
                tokio::time::sleep(self.pause).await;
                continue;
            };
            let before = takes.height();
            let left = match first.contains(&source) {
                true => self.pull_and_doubt(&source, &others, takes).await,
                false => match timeout(BACK, self.pull(&source, takes)).await {
                    Ok(left) => left,
                    Err(_) => Left::Time,
                },
            };
            match left {
                Left::All(why) => return why,
                Left::Time => {}
                Left::Source(why) => {
                    tracing::warn!(channel = self.channel, source, why, "left a source of blocks");
                    turns.failed(source, takes.height() > before);
                }
            }
        }
    }

    /// Pulls from a source that may be silent because it has lost its own: then one of the others has
    /// the next block, and it is left.
    async fn pull_and_doubt(&self, source: &str, others: &[String], takes: &dyn Takes) -> Left {
        let pulling = self.pull(source, takes);
        if others.is_empty() {
            return pulling.await;
        }
        tokio::pin!(pulling);
        let (mut seen, mut turn) = (takes.height(), 0_usize);
        loop {
            if let Ok(left) = timeout(self.silence, &mut pulling).await {
                return left;
            }
            let now = takes.height();
            if now == seen
                && let Some(other) = turn.checked_rem(others.len()).and_then(|at| others.get(at))
                && self.has(other, now).await
            {
                return Left::Source(format!("it does not send block {now}, and {other} has it"));
            }
            (seen, turn) = (now, turn.wrapping_add(1));
        }
    }

    /// Whether a source has a block now.
    async fn has(&self, source: &str, number: u64) -> bool {
        let asked = timeout(self.patience, async {
            let mut answers = self.open(source, Wish::IfThere(number)).await.ok()?;
            next(&mut answers).await.ok()
        });
        matches!(asked.await, Ok(Some(block)) if block.number() == number)
    }

    /// Pulls from one source for as long as that goes well.
    async fn pull(&self, source: &str, takes: &dyn Takes) -> Left {
        let opened = timeout(self.patience, self.open(source, Wish::From(takes.height()))).await;
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

    async fn open(&self, source: &str, wish: Wish) -> Result<Answers, String> {
        let connection = self.dial.dial(source).await?;
        let request = self.seek(wish).map_err(|error| error.to_string())?;
        Answers::open(connection, request).await.map_err(|status| status.to_string())
    }
}

/// How long a source that is not among the first is pulled from, before the first are tried again.
const BACK: Duration = Duration::from_secs(300);
