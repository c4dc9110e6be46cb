// SPDX-License-Identifier: Apache-2.0
//! An organisation of a channel, as an orderer organisation or as one of the application.

use crate::Error;
use crate::values::Reader;
use bccsp::Providers;
use msp::Definition;
use proto::common::OrdererAddresses;
use proto::protos::AnchorPeers;

/// An organisation.
#[derive(Clone, Debug)]
pub struct Organization {
    definition: Definition,
    endpoints: Vec<String>,
    anchor_peers: Vec<(String, u16)>,
}

impl Organization {
    /// The name of its MSP.
    #[must_use]
    pub fn msp_id(&self) -> &str {
        self.definition.id()
    }

    /// Its MSP.
    #[must_use]
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// Where its orderers listen, `host:port`; none for an organisation of the application.
    #[must_use]
    pub fn endpoints(&self) -> &[String] {
        &self.endpoints
    }

    /// Peers that others may turn to, by host and port; none for an orderer organisation.
    #[must_use]
    pub fn anchor_peers(&self) -> &[(String, u16)] {
        &self.anchor_peers
    }

    /// Reads its group, which has its MSP and, where it is needed, the value called `what`.
    pub(crate) fn read(
        group: &Reader<'_>,
        what: &str,
        providers: &Providers,
    ) -> Result<Self, Error> {
        group.allow_groups(&[], "an organisation has no groups below it")?;
        group.allow_values(&["MSP", what])?;
        let message: proto::msp::MspConfig = group.required("MSP")?;
        let definition = Definition::from_message(&message, providers);
        let definition = definition.map_err(|error| group.refuse("MSP", error.to_string()))?;
        let endpoints: OrdererAddresses = group.value("Endpoints")?.unwrap_or_default();
        check_addresses(group, "Endpoints", &endpoints.addresses)?;
        let anchors: AnchorPeers = group.value("AnchorPeers")?.unwrap_or_default();
        let anchors = anchors.anchor_peers.into_iter().map(|peer| {
            let port = u16::try_from(peer.port).ok().filter(|port| *port != 0);
            let port = port.ok_or_else(|| group.refuse("AnchorPeers", "a port is 1 to 65535"))?;
            Ok((peer.host, port))
        });
        let anchor_peers = anchors.collect::<Result<_, Error>>()?;
        Ok(Self { definition, endpoints: endpoints.addresses, anchor_peers })
    }
}

/// Whether addresses are of the form `host:port`.
pub(crate) fn check_addresses(
    group: &Reader<'_>,
    name: &str,
    addresses: &[String],
) -> Result<(), Error> {
    match addresses.iter().find(|address| !is_address(address)) {
        None => Ok(()),
        Some(bad) => {
            let why = format!("`{}` is no address: write host:port", bad.escape_debug());
            Err(group.refuse(name, why))
        }
    }
}

pub(crate) fn is_address(address: &str) -> bool {
    let parts = address.rsplit_once(':');
    parts.is_some_and(|(host, port)| {
        !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port != 0)
    })
}
