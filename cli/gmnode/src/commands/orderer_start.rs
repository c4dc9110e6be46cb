// SPDX-License-Identifier: Apache-2.0
//! `gmnode orderer start`: a node that orders, until a signal stops it.

use crate::args_orderer::Start;
use anyhow::{Context as _, Result, bail};
use node::config::OrdererConfig;
use node::operations::logging::{self, Spec};
use node::orderer::{Addresses, OrdererProcess, Parts};
use std::path::{Path, PathBuf};
use sys::SystemDisk;
use terminal::{Outcome, output};
use tokio::signal::unix::{Signal, SignalKind, signal};

pub(super) fn run(args: &Start) -> Result<Outcome> {
    let environment: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let config = OrdererConfig::read(&SystemDisk, &path(args), &environment)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(config))
}

fn path(args: &Start) -> PathBuf {
    let folder = || std::env::var_os("FABRIC_CFG_PATH").map(PathBuf::from).unwrap_or_default();
    args.config.clone().unwrap_or_else(|| folder().join(Path::new("orderer.yaml")))
}

async fn serve(config: OrdererConfig) -> Result<Outcome> {
    let mut signals = Signals::new()?;
    let parts = Parts::of(&config)?;
    if let Ok(spec) = std::env::var(logging::VARIABLE) {
        let spec: Spec = spec.parse().with_context(|| logging::VARIABLE.to_owned())?;
        parts.logging.set_spec(spec);
    }
    parts.logging.install()?;
    let id = config.msp_id.clone();
    let process = OrdererProcess::start_with(config, parts).await?;
    output::line(format_args!("orderer of {id}: {}", shown(&process.addresses())))?;
    signals.next().await;
    tokio::select! {
        () = process.stop() => Ok(Outcome::Yes),
        () = signals.next() => bail!("it was told twice to stop, and did not end its work"),
    }
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

/// Those that stop a process.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    /// Whoever closes a terminal means no harm to a server. TLS files are looked at all the time.
    _hangup: Signal,
}

impl Signals {
    fn new() -> Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            _hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
