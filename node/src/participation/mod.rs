// SPDX-License-Identifier: Apache-2.0
//! Channel participation: which channels an orderer is in, over REST, as `osnadmin` asks.
//!
//! [`router`] answers by what a [`Channels`] says.
//!
//! Not here: joining and leaving (`crate::orderer`), the socket ([`crate::http`]), who may ask
//! (whoever holds a certificate of the admin port's roots: mutual TLS and nothing else).

mod answer;
mod form;
mod handlers;
mod metrics;
mod routes;
#[cfg(test)]
mod tests;
mod update;

use bytes::Bytes;
use orderer::Info;
use std::future::Future;
use std::pin::Pin;

pub use routes::{BASE, CHANNELS, Options, router};

/// What a [`Channels`] answers, when it has the answer.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Refusal>> + Send + 'a>>;

/// The channels of a running orderer.
pub trait Channels: Send + Sync + 'static {
    /// Names of all channels, in order.
    fn list(&self) -> Answer<'_, Vec<String>>;

    /// How a channel stands. The name has been checked by `channel::check_id`.
    fn info<'a>(&'a self, name: &'a str) -> Answer<'a, Info>;

    /// Joins the channel of a configuration block, given as it travelled.
    fn join(&self, block: Bytes) -> Answer<'_, Info>;

    /// Leaves a channel and removes its blocks.
    fn remove<'a>(&'a self, name: &'a str) -> Answer<'a, ()>;

    /// Orders a configuration update of `name`, given as it travelled: an envelope.
    fn update<'a>(&'a self, name: &'a str, envelope: Bytes) -> Answer<'a, Info>;

    /// A block of a channel, encoded.
    fn block<'a>(&'a self, name: &'a str, position: Position) -> Answer<'a, Bytes>;
}

/// Which block of a channel is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// The first that is kept.
    Oldest,
    /// The last.
    Newest,
    /// The last that has a configuration.
    Config,
    /// The one of that number.
    Number(u64),
}

/// Why a [`Channels`] did not do what was asked, in Fabric's words where Fabric has some.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The channel was joined before.
    #[error("channel already exists")]
    Exists,
    /// The channel is not here.
    #[error("channel does not exist")]
    NotFound,
    /// The channel is here and has no such block.
    #[error("block does not exist")]
    NoBlock,
    /// The channel is on its way out.
    #[error("channel pending removal")]
    BeingRemoved,
    /// This node only follows the channel, so it orders nothing for it.
    #[error("channel is not ready, he is a follower")]
    Follower,
    /// No channel can be joined with this block.
    #[error("{0}")]
    BadBlock(String),
    /// The request is not one that can be done.
    #[error("{0}")]
    Bad(String),
    /// The request may be done later: no leader, no room on the disk, a stop under way.
    #[error("{0}")]
    Unavailable(String),
    /// This node failed: an operator must look.
    #[error("{0}")]
    Failed(String),
}

impl From<orderer::Error> for Refusal {
    fn from(error: orderer::Error) -> Self {
        match error {
            orderer::Error::BadBlock(why) => Self::BadBlock(why),
            orderer::Error::Exists(_) => Self::Exists,
            orderer::Error::NotFound(_) => Self::NotFound,
            other => Self::Failed(other.to_string()),
        }
    }
}
