// SPDX-License-Identifier: Apache-2.0
//! `gmnode orderer start`: a node that orders, until a signal stops it.

use super::serve::{self, Signals};
use crate::args_orderer::Start;
use anyhow::Result;
use node::config::OrdererConfig;
use node::orderer::{Addresses, OrdererProcess, Parts};
use sys::SystemDisk;
use terminal::{Outcome, output};

pub(super) fn run(args: &Start) -> Result<Outcome> {
    let path = serve::config_path(args.config.as_ref(), "orderer.yaml");
    let config = OrdererConfig::read(&SystemDisk, &path, &serve::environment())?;
    serve::block_on(run_until_told(config))
}

async fn run_until_told(config: OrdererConfig) -> Result<Outcome> {
    let mut signals = Signals::new()?;
    let parts = Parts::of(&config)?;
    serve::install(&parts.logging)?;
    let id = config.msp_id.clone();
    let process = OrdererProcess::start_with(config, parts).await?;
    output::line(format_args!("orderer of {id}: {}", shown(&process.addresses())))?;
    signals.next().await;
    signals.stopping(process.stop()).await
}

fn shown(addresses: &Addresses) -> String {
    let Addresses { clients, cluster, admin, operations } = addresses;
    let mut text = format!("clients {clients}");
    for (what, address) in [("cluster", cluster), ("admin", admin)] {
        if let Some(address) = address {
            text = format!("{text}, {what} {address}");
        }
    }
    format!("{text}, operations {operations}")
}
