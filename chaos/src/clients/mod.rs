// SPDX-License-Identifier: Apache-2.0
//! Who calls the network: applications (`load`), and administrators who look how it stands.

mod load;
mod looks;

pub(crate) use load::{Load, Pace};
pub(crate) use looks::Looks;

use crate::network::Topology;
use anyhow::Result;
use bccsp::{EngineChoice, Providers, Suite};
use msp::SigningIdentity;
use node::client::{Caller, Target};
use node::tls::ClientRoots;
use std::path::PathBuf;
use std::sync::Arc;
use sys::SystemDisk;

/// Both families: an identity says which it is of.
pub(crate) fn providers() -> Result<Arc<Providers>> {
    Ok(Arc::new(Providers::new(Suite::Nist, EngineChoice::Auto)?))
}

/// A server; without a root there is no TLS.
fn target(
    address: String,
    root: Option<PathBuf>,
    shown: Option<(PathBuf, PathBuf)>,
) -> Result<Target> {
    let tls = match root {
        None => None,
        Some(root) => Some(ClientRoots::load(&SystemDisk, &[root], shown)?.config(&SystemDisk)?),
    };
    Ok(Target { address, tls, server_name: None })
}

/// A person of each peer's organisation, with the way to that peer.
fn at_peers(topology: &Topology, person: &str) -> Result<Vec<(Caller, Target)>> {
    let providers = providers()?;
    let peers = topology.peers().map(|node| {
        let msp = node.user(person).join("msp");
        let identity = SigningIdentity::from_folder(&SystemDisk, &providers, &msp, &node.msp_id())?;
        let caller = Caller::new(identity, Arc::clone(&providers));
        Ok((caller, target(node.address(), Some(node.tls_root()), None)?))
    });
    peers.collect()
}
