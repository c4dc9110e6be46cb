// SPDX-License-Identifier: Apache-2.0
//! What all servers share: where their configuration is, their log, and what stops them.

use anyhow::{Context as _, Result, bail};
use node::operations::logging::{self, Logging, Spec};
use std::future::Future;
use std::path::{Path, PathBuf};
use terminal::Outcome;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// All variables of the process that are text.
pub(super) fn environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// The file that was named, or the usual one in the folder FABRIC_CFG_PATH, or here.
pub(super) fn config_path(named: Option<&PathBuf>, usual: &str) -> PathBuf {
    let folder = || std::env::var_os("FABRIC_CFG_PATH").map(PathBuf::from).unwrap_or_default();
    named.cloned().unwrap_or_else(|| folder().join(Path::new(usual)))
}

/// Has everything logged, as the environment wants it.
pub(super) fn install(logging: &Logging) -> Result<()> {
    if let Ok(spec) = std::env::var(logging::VARIABLE) {
        let spec: Spec = spec.parse().with_context(|| logging::VARIABLE.to_owned())?;
        logging.set_spec(spec);
    }
    Ok(logging.install()?)
}

/// Runs on all cores.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

/// Those that stop a process.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    /// Whoever closes a terminal means no harm to a server. TLS files are looked at all the time.
    _hangup: Signal,
}

impl Signals {
    pub(super) fn new() -> Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            _hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the first.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Waits until the process has stopped; a second signal does not wait for that.
    pub(super) async fn stopping(mut self, stop: impl Future<Output = ()>) -> Result<Outcome> {
        tokio::select! {
            () = stop => Ok(Outcome::Yes),
            () = self.next() => bail!("it was told twice to stop, and did not end its work"),
        }
    }
}
