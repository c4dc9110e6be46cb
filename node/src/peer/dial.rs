// SPDX-License-Identifier: Apache-2.0
//! How a peer reaches the orderers of a channel: by the endpoints that the channel lists, over TLS
//! whose roots are those of the organisations that run them.

use crate::client::Target;
use crate::gateway::Dials;
use crate::pull::Dial;
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

/// Reaches the orderers of one channel.
pub(super) struct OrdererDial {
    channel: Arc<PeerChannel>,
    dialing: Dialing,
}

impl OrdererDial {
    pub(super) fn new(channel: Arc<PeerChannel>, dialing: Dialing) -> Self {
        Self { channel, dialing }
    }
}

impl Dial for OrdererDial {
    fn dial(&self, source: &str) -> Waiting<Result<Channel, String>> {
        let roots = orderer_roots(&self.channel.config(), source);
        let target = roots.and_then(|roots| self.dialing.target(source, &roots));
        let channel = target.map(|target| target.channel());
        Box::pin(async { channel })
    }
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
