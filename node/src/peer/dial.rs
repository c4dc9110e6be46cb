// SPDX-License-Identifier: Apache-2.0
//! How a peer reaches those who give it blocks: the orderers by the endpoints that the channel lists,
//! peers that were named; over TLS whose roots are those of the organisations that run them.

use crate::client::Target;
use crate::config::BlockSource;
use crate::gateway::Dials;
use crate::pull::{Connection, Dial};
use crate::tls::{ClientRoots, roots_of};
use channel::Channel as Configuration;
use consensus::Waiting;
use peer::PeerChannel;
use std::path::PathBuf;
use std::sync::Arc;
use sys::Disk;
use tonic::transport::Channel;

/// What a peer shows to the servers that it calls.
#[derive(Clone, Debug)]
pub(crate) struct Dialing {
    /// Where the files are.
    pub(crate) disk: Arc<dyn Disk>,
    /// Whether there is TLS.
    pub(crate) tls: bool,
    /// Certificate and key, PEM.
    pub(crate) identity: Option<(PathBuf, PathBuf)>,
}

impl Dialing {
    /// The server at `host:port`, whose certificate leads to one of these roots (DER).
    ///
    /// # Errors
    /// What is wrong with the roots or the files, in words.
    pub(crate) fn target(&self, address: &str, roots: &[Vec<u8>]) -> Result<Target, String> {
        let address = address.to_owned();
        if !self.tls {
            return Ok(Target { address, tls: None, server_name: None });
        }
        let roots = ClientRoots::of(roots, self.identity.clone());
        let config = roots.and_then(|roots| roots.config(&*self.disk));
        let tls = Some(config.map_err(|error| error.to_string())?);
        Ok(Target { address, tls, server_name: None })
    }
}

impl Dials for Dialing {
    fn dial(&self, address: &str, roots: Vec<Vec<u8>>) -> Waiting<Result<Channel, String>> {
        let channel = self.target(address, &roots).map(|target| target.channel());
        Box::pin(async { channel })
    }
}

/// Reaches those who give blocks of one channel.
pub(super) struct SourceDial {
    channel: Arc<PeerChannel>,
    from: Arc<BlockSource>,
    dialing: Dialing,
}

impl SourceDial {
    pub(super) fn new(channel: Arc<PeerChannel>, from: Arc<BlockSource>, dialing: Dialing) -> Self {
        Self { channel, from, dialing }
    }

    fn connection(&self, source: &str) -> Result<Connection, String> {
        let config = self.channel.config();
        if self.from.peers.iter().any(|peer| peer == source) {
            let target = self.dialing.target(source, &member_roots(&config)?)?;
            return Ok(Connection::Peer(target.channel()));
        }
        let target = self.dialing.target(source, &orderer_roots(&config, source)?)?;
        Ok(Connection::Orderer(target.channel()))
    }
}

impl Dial for SourceDial {
    fn dial(&self, source: &str) -> Waiting<Result<Connection, String>> {
        let connection = self.connection(source);
        Box::pin(async { connection })
    }
}

/// The TLS roots of all members, DER. Whose peer it is does not count: blocks are verified.
fn member_roots(config: &Configuration) -> Result<Vec<Vec<u8>>, String> {
    let mut all = Vec::new();
    for organization in config.application().organizations().values() {
        for root in roots_of(organization.definition())? {
            if !all.contains(&root) {
                all.push(root);
            }
        }
    }
    Ok(all)
}

/// The TLS roots of the organisation that lists an orderer's endpoint, DER.
pub(crate) fn orderer_roots(
    config: &Configuration,
    endpoint: &str,
) -> Result<Vec<Vec<u8>>, String> {
    let mut organizations = config.orderer().organizations().values();
    let found = organizations
        .find(|organization| organization.endpoints().iter().any(|listed| listed == endpoint));
    let not_listed = || format!("{endpoint} is no orderer of channel {}", config.id());
    roots_of(found.ok_or_else(not_listed)?.definition())
}
