// SPDX-License-Identifier: Apache-2.0
//! Who calls and who is called, made of what was typed.

use crate::args_client::{AtOrderers, AtPeer, AtPeers, Member};
use crate::objects;
use anyhow::{Context as _, Result};
use block::Block;
use channel::Channel;
use msp::SigningIdentity;
use node::client::{
    Call, Caller, EndorserClient, EventsClient, Network, OrdererClient, Target, orderers,
};
use node::tls::ClientRoots;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use sys::SystemDisk;

/// Somebody with a key.
pub(crate) fn caller(msp: &Path, mspid: &str) -> Result<Caller> {
    let providers = objects::providers()?;
    let identity = SigningIdentity::from_folder(&SystemDisk, &providers, msp, mspid)?;
    Ok(Caller::new(identity, Arc::new(providers)))
}

impl Member {
    /// Who calls.
    pub(crate) fn caller(&self) -> Result<Caller> {
        caller(&self.msp, &self.mspid)
    }
}

/// A server; without roots there is no TLS.
pub(crate) fn target(
    address: &str,
    roots: &[PathBuf],
    shown: Option<(PathBuf, PathBuf)>,
) -> Result<Target> {
    let tls = match roots {
        [] => None,
        roots => Some(ClientRoots::load(&SystemDisk, roots, shown)?.config(&SystemDisk)?),
    };
    Ok(Target { address: address.to_owned(), tls, server_name: None })
}

/// A peer that endorses.
pub(crate) fn endorser(address: &str, roots: &[PathBuf]) -> Result<EndorserClient> {
    Ok(EndorserClient::new(address, target(address, roots, None)?.channel()))
}

impl AtPeer {
    /// Who calls, and who is called.
    pub(crate) fn both(&self) -> Result<(Caller, EndorserClient)> {
        Ok((self.member.caller()?, endorser(&self.peer, &self.tls_ca)?))
    }

    /// Those that a transaction goes to.
    pub(crate) async fn network(
        &self,
        caller: &Caller,
        channel: &str,
        orderers: &AtOrderers,
    ) -> Result<Network> {
        network(caller, channel, (std::slice::from_ref(&self.peer), &self.tls_ca), orderers).await
    }
}

impl AtPeers {
    /// Those that a transaction goes to.
    pub(crate) async fn network(
        &self,
        caller: &Caller,
        channel: &str,
        orderers: &AtOrderers,
    ) -> Result<Network> {
        network(caller, channel, (&self.peer, &self.tls_ca), orderers).await
    }

    /// All that are called.
    pub(crate) fn endorsers(&self) -> Result<Vec<EndorserClient>> {
        self.peer.iter().map(|peer| endorser(peer, &self.tls_ca)).collect()
    }
}

async fn network(
    caller: &Caller,
    channel: &str,
    (peers, roots): (&[String], &[PathBuf]),
    at: &AtOrderers,
) -> Result<Network> {
    let first = peers.first().context("a peer is needed")?;
    let targets: Result<Vec<Target>> = peers.iter().map(|peer| target(peer, roots, None)).collect();
    let channels: Vec<_> = targets?.iter().map(Target::channel).collect();
    let events = channels.first().cloned().context("a peer is needed")?;
    let endorsers: Vec<_> = peers
        .iter()
        .zip(channels)
        .map(|(peer, channel)| EndorserClient::new(peer, channel))
        .collect();
    let orderers = match at.orderer.is_empty() {
        false => at.clients()?,
        true => {
            let peer = endorsers.first().context("a peer is needed")?;
            listed(caller, peer, channel).await.with_context(|| first.clone())?
        }
    };
    Ok(Network { endorsers, orderers, events: EventsClient::new(events) })
}

impl AtOrderers {
    /// Those that were named.
    pub(crate) fn clients(&self) -> Result<Vec<OrdererClient>> {
        let client = |address: &String| {
            Ok(OrdererClient::new(target(address, &self.orderer_tls_ca, None)?.channel()))
        };
        self.orderer.iter().map(client).collect()
    }
}

/// The orderers that the configuration lists which a peer has of a channel.
pub(crate) async fn listed(
    caller: &Caller,
    peer: &EndorserClient,
    channel: &str,
) -> Result<Vec<OrdererClient>> {
    let bytes = peer.query(caller, &Call::new("", "cscc", ["GetConfigBlock", channel])).await?;
    let config = Channel::from_block(&caller.providers, &Block::decode(bytes)?)?;
    let targets = orderers(&config, &SystemDisk)?;
    Ok(targets.iter().map(|target| OrdererClient::new(target.channel())).collect())
}
