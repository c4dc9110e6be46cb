// SPDX-License-Identifier: Apache-2.0
//! `gmnode peer start`: the process that endorses and keeps ledgers.

use super::serve::{self, Signals};
use crate::args_peer::{Peer, Start};
use anyhow::Result;
use node::config::PeerConfig;
use node::peer::{Addresses, Parts, PeerProcess};
use sys::SystemDisk;
use terminal::{Outcome, output};

pub(super) fn run(command: &Peer) -> Result<Outcome> {
    match command {
        Peer::Start(args) => start(args),
    }
}

fn start(args: &Start) -> Result<Outcome> {
    let path = serve::config_path(args.config.as_ref(), "core.yaml");
    let config = PeerConfig::read(&SystemDisk, &path, &serve::environment())?;
    serve::block_on(run_until_told(config))
}

async fn run_until_told(config: PeerConfig) -> Result<Outcome> {
    let mut signals = Signals::new()?;
    let parts = Parts::of(&config)?;
    serve::install(&parts.logging)?;
    let (name, id) = (config.id.clone(), config.msp_id.clone());
    let process = PeerProcess::start_with(config, parts).await?;
    let shown = shown(&process.addresses());
    output::line(format_args!("peer {name} of {id}: {shown}"))?;
    signals.next().await;
    signals.stopping(process.stop()).await
}

fn shown(addresses: &Addresses) -> String {
    let Addresses { clients, chaincodes, operations } = addresses;
    match chaincodes {
        None => format!("clients {clients}, operations {operations}"),
        Some(chaincodes) => {
            format!("clients {clients}, chaincodes {chaincodes}, operations {operations}")
        }
    }
}
