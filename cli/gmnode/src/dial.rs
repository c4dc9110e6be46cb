// SPDX-License-Identifier: Apache-2.0
//! Who calls and who is called, made of what was typed.

use crate::args_client::{AtOrderers, AtPeer, AtPeers, Member, Shown};
use crate::objects;
use anyhow::{Context as _, Result};
use block::Block;
use channel::Channel;
use msp::SigningIdentity;
use node::client::{
    Call, Caller, EndorserClient, EventsClient, Network, OrdererClient, Target, orderers,
};
use node::tls::{ClientRoots, certificate_of};
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
        self.tls.caller(&self.msp, &self.mspid)
    }
}

impl Shown {
    /// The files of a certificate and its key.
    pub(crate) fn files(&self) -> Option<(PathBuf, PathBuf)> {
        self.tls_client_cert.clone().zip(self.tls_client_key.clone())
    }

    /// Somebody with a key, who shows this certificate: requests for blocks are bound to it.
    pub(crate) fn caller(&self, msp: &Path, mspid: &str) -> Result<Caller> {
        let caller = caller(msp, mspid)?;
        match self.files() {
            None => Ok(caller),
            Some((certificate, key)) => {
                let shown = certificate_of(&SystemDisk, &certificate, &key)?;
                Ok(caller.bound_to(&shown)?)
            }
        }
    }

    /// A peer that endorses.
    pub(crate) fn endorser(&self, address: &str, roots: &[PathBuf]) -> Result<EndorserClient> {
        Ok(EndorserClient::new(address, target(address, roots, self.files())?.channel()))
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

impl AtPeer {
    /// Who calls, and who is called.
    pub(crate) fn both(&self) -> Result<(Caller, EndorserClient)> {
        let caller = self.member.caller()?;
        Ok((caller, self.member.tls.endorser(&self.peer, &self.tls_ca)?))
    }

    /// Those that a transaction goes to.
    pub(crate) async fn network(
        &self,
        caller: &Caller,
        channel: &str,
        orderers: &AtOrderers,
    ) -> Result<Network> {
        let peers = (std::slice::from_ref(&self.peer), &self.tls_ca[..]);
        network((caller, &self.member.tls), channel, peers, orderers).await
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
        let peers = (&self.peer[..], &self.tls_ca[..]);
        network((caller, &self.member.tls), channel, peers, orderers).await
    }

    /// All that are called.
    pub(crate) fn endorsers(&self) -> Result<Vec<EndorserClient>> {
        self.peer.iter().map(|peer| self.member.tls.endorser(peer, &self.tls_ca)).collect()
    }
}

async fn network(
    (caller, shown): (&Caller, &Shown),
    channel: &str,
    (peers, roots): (&[String], &[PathBuf]),
    at: &AtOrderers,
) -> Result<Network> {
    let first = peers.first().context("a peer is needed")?;
    let targets: Result<Vec<Target>> =
        peers.iter().map(|peer| target(peer, roots, shown.files())).collect();
    let channels: Vec<_> = targets?.iter().map(Target::channel).collect();
    let events = channels.first().cloned().context("a peer is needed")?;
    let endorsers: Vec<_> = peers
        .iter()
        .zip(channels)
        .map(|(peer, channel)| EndorserClient::new(peer, channel))
        .collect();
    let orderers = match at.orderer.is_empty() {
        false => at.clients(shown)?,
        true => {
            let peer = endorsers.first().context("a peer is needed")?;
            listed((caller, shown), peer, channel).await.with_context(|| first.clone())?
        }
    };
    Ok(Network { endorsers, orderers, events: EventsClient::new(events) })
}

impl AtOrderers {
    /// Those that were named.
    pub(crate) fn clients(&self, shown: &Shown) -> Result<Vec<OrdererClient>> {
        let client = |address: &String| {
            let target = target(address, &self.orderer_tls_ca, shown.files())?;
            Ok(OrdererClient::new(target.channel()))
        };
        self.orderer.iter().map(client).collect()
    }
}

/// The orderers that the configuration lists which a peer has of a channel.
pub(crate) async fn listed(
    (caller, shown): (&Caller, &Shown),
    peer: &EndorserClient,
    channel: &str,
) -> Result<Vec<OrdererClient>> {
    let bytes = peer.query(caller, &Call::new("", "cscc", ["GetConfigBlock", channel])).await?;
    let config = Channel::from_block(&caller.providers, &Block::decode(bytes)?)?;
    let targets = orderers(&config, &SystemDisk, shown.files().as_ref())?;
    Ok(targets.iter().map(|target| OrdererClient::new(target.channel())).collect())
}
