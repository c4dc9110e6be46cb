// SPDX-License-Identifier: Apache-2.0
//! Channels in memory.

use crate::participation::{Answer, Channels, Position, Refusal};
use bytes::Bytes;
use orderer::{Info, Relation, Status};
use proto::prost::Message as _;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Channels by name, with their heights; or one answer to everything.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) channels: Mutex<BTreeMap<String, u64>>,
    pub(super) refuse: Option<Refusal>,
}

fn info(name: &str, height: u64) -> Info {
    let (status, relation) = (Status::Active, Relation::Consenter);
    Info { name: name.to_owned(), height, status, relation, why: None }
}

impl Memory {
    pub(super) fn with(names: &[&str]) -> Self {
        let channels = names.iter().map(|name| ((*name).to_owned(), 3)).collect();
        Self { channels: Mutex::new(channels), refuse: None }
    }

    fn find(&self, name: &str) -> Result<Info, Refusal> {
        self.willing()?;
        let height = self.channels.lock().unwrap().get(name).copied();
        height.map(|height| info(name, height)).ok_or(Refusal::NotFound)
    }

    fn willing(&self) -> Result<(), Refusal> {
        self.refuse.clone().map_or(Ok(()), Err)
    }

    fn take(&self, name: &str) -> Result<Info, Refusal> {
        self.willing()?;
        match self.channels.lock().unwrap().insert(name.to_owned(), 1) {
            Some(_) => Err(Refusal::Exists),
            None => Ok(info(name, 1)),
        }
    }
}

impl Channels for Memory {
    fn list(&self) -> Answer<'_, Vec<String>> {
        let names = self.channels.lock().unwrap().keys().cloned().collect();
        Box::pin(async move { self.willing().map(|()| names) })
    }

    fn info<'a>(&'a self, name: &'a str) -> Answer<'a, Info> {
        Box::pin(async move { self.find(name) })
    }

    /// The block's data is the name of its channel.
    fn join(&self, block: Bytes) -> Answer<'_, Info> {
        let block = proto::common::Block::decode(block).unwrap();
        let name = String::from_utf8(block.data.unwrap_or_default().data.concat()).unwrap();
        Box::pin(async move { self.take(&name) })
    }

    fn remove<'a>(&'a self, name: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            self.find(name)?;
            self.channels.lock().unwrap().remove(name);
            Ok(())
        })
    }

    fn update<'a>(&'a self, name: &'a str, _: Bytes) -> Answer<'a, Info> {
        Box::pin(async move { self.find(name) })
    }

    fn block<'a>(&'a self, name: &'a str, position: Position) -> Answer<'a, Bytes> {
        Box::pin(async move {
            let height = self.find(name)?.height;
            match position {
                Position::Number(number) if number >= height => Err(Refusal::NoBlock),
                position => Ok(Bytes::from(format!("{position:?}"))),
            }
        })
    }
}
