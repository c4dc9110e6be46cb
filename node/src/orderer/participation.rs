// SPDX-License-Identifier: Apache-2.0
//! What the REST of channel participation asks of a node's channels.

use super::channels::OrdererChannels;
use super::error::ChannelError;
use crate::broadcast::Consenters as _;
use crate::participation::{Answer, Channels, Position, Refusal};
use block::Block;
use consensus::Answer as Ordered;
use consensus::Refusal as Refused;
use orderer::{Info, Relation};
use proto::Bytes;
use std::sync::Arc;

/// The channels, for an operator.
pub(super) struct Operated(pub(super) Arc<OrdererChannels>);

impl Channels for Operated {
    fn list(&self) -> Answer<'_, Vec<String>> {
        let names = self.0.list().into_iter().map(|channel| channel.info.name).collect();
        Box::pin(std::future::ready(Ok(names)))
    }

    fn info<'a>(&'a self, name: &'a str) -> Answer<'a, Info> {
        let info = self.0.info(name).map(|channel| channel.info).map_err(refusal);
        Box::pin(std::future::ready(info))
    }

    fn join(&self, block: Bytes) -> Answer<'_, Info> {
        Box::pin(async move {
            let block = Block::decode(block);
            let block = block.map_err(|error| Refusal::BadBlock(error.to_string()))?;
            Ok(self.0.join(block).await.map_err(refusal)?.info)
        })
    }

    fn remove<'a>(&'a self, name: &'a str) -> Answer<'a, ()> {
        Box::pin(async move { self.0.remove(name).await.map_err(refusal) })
    }

    fn update<'a>(&'a self, name: &'a str, envelope: Bytes) -> Answer<'a, Info> {
        Box::pin(async move {
            let info = self.0.info(name).map_err(refusal)?.info;
            if info.relation == Relation::Follower {
                return Err(Refusal::Follower);
            }
            if let Some(why) = self.0.closed() {
                return Err(Refusal::Unavailable(why));
            }
            let consenter = self.0.consenter(name).ok_or_else(|| {
                Refusal::Failed(info.why.unwrap_or_else(|| "the channel does not run".to_owned()))
            })?;
            match consenter.submit(envelope).await.await {
                Ordered::Ordered { .. } => Ok(self.0.info(name).map_err(refusal)?.info),
                Ordered::Unknown(why) | Ordered::Refused(Refused::Unavailable(why)) => {
                    Err(Refusal::Unavailable(why))
                }
                Ordered::Refused(refused) => Err(Refusal::Bad(refused.to_string())),
            }
        })
    }

    fn block<'a>(&'a self, name: &'a str, position: Position) -> Answer<'a, Bytes> {
        Box::pin(async move {
            let height = self.0.info(name).map_err(refusal)?.info.height;
            let newest = height.checked_sub(1).ok_or(Refusal::NoBlock)?;
            let number = match position {
                Position::Oldest => 0,
                Position::Newest => newest,
                Position::Number(number) => number,
                Position::Config => {
                    let block = self.read(name, newest).await?;
                    let said = block.metadata().last_config();
                    said.map_err(|error| Refusal::Failed(error.to_string()))?
                }
            };
            Ok(self.read(name, number).await?.encode())
        })
    }
}

impl Operated {
    async fn read(&self, name: &str, number: u64) -> Result<Block, Refusal> {
        let block = self.0.block(name, number).await.map_err(refusal)?;
        block.ok_or(Refusal::NoBlock)
    }
}

pub(super) fn refusal(error: ChannelError) -> Refusal {
    match error {
        ChannelError::Channel(error) => error.into(),
        ChannelError::NoTls(_) => Refusal::Bad(error.to_string()),
        ChannelError::Stopping => Refusal::Unavailable(error.to_string()),
        ChannelError::Consensus(_) | ChannelError::Log(_) => Refusal::Failed(error.to_string()),
    }
}
