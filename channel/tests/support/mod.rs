// SPDX-License-Identifier: Apache-2.0
//! The configurations that Fabric wrote.
#![allow(dead_code)] // each test file takes its part
#![allow(clippy::disallowed_methods)] // tests read files of the real disk

use bccsp::{EngineChoice, Providers, Suite};
use block::{Block, Envelope};
use gmca_channel::Channel;
use proto::common::{Config, ConfigEnvelope, ConfigUpdate};
use proto::prost::Message;
use std::path::{Path, PathBuf};

pub fn fabric() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/data/fabric")
}

pub fn read(name: &str) -> Vec<u8> {
    std::fs::read(fabric().join(name)).unwrap()
}

pub fn providers() -> Providers {
    Providers::new(Suite::Nist, EngineChoice::Auto).unwrap()
}

pub fn block(name: &str) -> Block {
    Block::decode(read(name)).unwrap()
}

pub fn genesis() -> Channel {
    Channel::from_block(&providers(), &block("blocks/orderer/0.block")).unwrap()
}

pub fn before() -> Config {
    Config::decode(&*read("config/before.config")).unwrap()
}

pub fn after() -> Config {
    Config::decode(&*read("config/after.config")).unwrap()
}

pub fn update() -> ConfigUpdate {
    ConfigUpdate::decode(&*read("config/update.config_update")).unwrap()
}

/// The content of block 6.
pub fn config_envelope() -> ConfigEnvelope {
    let block = block("config/config-update-block.block");
    Envelope::open(block.entries()[0].clone()).unwrap().config().unwrap()
}
