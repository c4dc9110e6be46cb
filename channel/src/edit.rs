// SPDX-License-Identifier: Apache-2.0
//! The usual edits of a configuration, so that nobody edits messages by hand.
//!
//! ```no_run
//! # fn main() -> Result<(), gmca_channel::Error> {
//! # let channel: gmca_channel::Channel = todo!();
//! use gmca_channel::{Edit, update, wire};
//!
//! let edited = Edit::of(&channel)
//!     .batch(|batch| batch.max_messages = 200)?
//!     .endpoints("OrdOrg", &["orderer1.example.com:7050".to_owned()])?
//!     .finish();
//! let update = update::compute(channel.config(), &edited, channel.id())?;
//! let to_be_signed = block::ConfigUpdate::new(wire::config_update(update));
//! # Ok(())
//! # }
//! ```
//!
//! Not here: whether anybody may ask for the result (`update`).

use crate::build::{self, Policies};
use crate::element::is_name;
use crate::orderer::RAFT;
use crate::organization::is_address;
use crate::{Batch, Channel, Consenter, Error};
use bccsp::HashAlgorithm;
use msp::{Definition, Policy};
use proto::common::{Config, ConfigGroup, ConfigValue};
use proto::etcdraft::{self, ConfigMetadata};
use proto::orderer::ConsensusType;
use proto::prost::Message;

/// A configuration that is being edited.
#[derive(Clone, Debug)]
pub struct Edit {
    config: Config,
    batch: Batch,
    is_raft: bool,
}

/// Which organisations are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Those that run orderers.
    Orderer,
    /// Those whose peers keep the ledger.
    Application,
}

impl Side {
    const BOTH: [Self; 2] = [Self::Orderer, Self::Application];

    /// The name of the group.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Orderer => "Orderer",
            Self::Application => "Application",
        }
    }
}

impl Edit {
    /// Starts from the configuration in force.
    #[must_use]
    pub fn of(channel: &Channel) -> Self {
        Self {
            config: channel.config().clone(),
            batch: *channel.orderer().batch(),
            is_raft: channel.orderer().consensus_type() == RAFT,
        }
    }

    /// The configuration as edited. Its versions are those it began with; `update::compute` does
    /// not look at them.
    #[must_use]
    pub fn finish(self) -> Config {
        self.config
    }

    /// Adds an organisation under this name. Without policies it gets the usual ones; an orderer
    /// organisation needs `endpoints`, one of the application may have anchor peers later.
    ///
    /// # Errors
    /// [`Error::Edit`] when the name is taken or none.
    pub fn add_organization(
        mut self,
        side: Side,
        name: &str,
        definition: &Definition,
        policies: Option<&Policies>,
        endpoints: &[String],
    ) -> Result<Self, Error> {
        if !is_name(name) {
            return refuse(format!("`{}` is no name of an organisation", name.escape_debug()));
        }
        check_addresses(endpoints)?;
        let has_roles = definition.message().fabric_node_ous.as_ref().is_some_and(|ous| ous.enable);
        let usual = build::default_policies(definition.id(), has_roles);
        let group = build::organization(definition, policies.unwrap_or(&usual), endpoints, &[]);
        let groups = &mut self.side(side)?.groups;
        if groups.contains_key(name) {
            return refuse(format!("{} has an organisation `{name}` already", side.name()));
        }
        groups.insert(name.to_owned(), group);
        Ok(self)
    }

    /// Removes an organisation, wherever it is.
    ///
    /// # Errors
    /// [`Error::Edit`] when it is not there, or is the last one on a side.
    pub fn remove_organization(mut self, name: &str) -> Result<Self, Error> {
        let mut found = false;
        for side in Side::BOTH {
            let groups = &mut self.side(side)?.groups;
            if groups.remove(name).is_none() {
                continue;
            }
            if groups.is_empty() {
                let side = side.name();
                return refuse(format!("{name} is the only organisation of {side}: add one first"));
            }
            found = true;
        }
        if found { Ok(self) } else { self.no_organization(name) }
    }

    /// Gives an organisation another MSP of the same name: renewed CAs, revocations, or the CAs of
    /// a second family beside the first.
    ///
    /// # Errors
    /// [`Error::Edit`] when the organisation is not there.
    pub fn msp(self, name: &str, definition: &Definition) -> Result<Self, Error> {
        self.organization_value(name, &Side::BOTH, "MSP", &build::msp(definition))
    }

    /// Says where the orderers of an organisation listen, `host:port`.
    ///
    /// # Errors
    /// [`Error::Edit`] when it is no orderer organisation, or for another form.
    pub fn endpoints(self, name: &str, addresses: &[String]) -> Result<Self, Error> {
        check_addresses(addresses)?;
        let value = build::endpoints(addresses);
        self.organization_value(name, &[Side::Orderer], "Endpoints", &value)
    }

    /// Says which peers of an organisation others may turn to, by host and port.
    ///
    /// # Errors
    /// [`Error::Edit`] when it is no organisation of the application.
    pub fn anchor_peers(self, name: &str, peers: &[(String, u16)]) -> Result<Self, Error> {
        let value = build::anchor_peers(peers);
        self.organization_value(name, &[Side::Application], "AnchorPeers", &value)
    }

    /// Adds a node to those that agree on blocks.
    ///
    /// # Errors
    /// [`Error::Edit`] when there is one with this address, or this is no Raft channel.
    pub fn add_consenter(self, consenter: &Consenter) -> Result<Self, Error> {
        self.consenters(|all| {
            if all.iter().any(|one| is_at(one, &consenter.host, consenter.port)) {
                let (host, port) = (&consenter.host, consenter.port);
                return refuse(format!("{host}:{port} is a consenter already"));
            }
            all.push(etcdraft::Consenter {
                host: consenter.host.clone(),
                port: consenter.port.into(),
                client_tls_cert: consenter.client_tls_cert.clone(),
                server_tls_cert: consenter.server_tls_cert.clone(),
            });
            Ok(())
        })
    }

    /// Removes a node from those that agree on blocks.
    ///
    /// # Errors
    /// [`Error::Edit`] when there is none with this address, or it is the last one.
    pub fn remove_consenter(self, host: &str, port: u16) -> Result<Self, Error> {
        self.consenters(|all| {
            let before = all.len();
            all.retain(|one| !is_at(one, host, port));
            if all.len() == before {
                return refuse(format!("{host}:{port} is no consenter"));
            }
            if all.is_empty() {
                return refuse(format!("{host}:{port} is the only consenter: add one first"));
            }
            Ok(())
        })
    }

    /// Changes when a block is cut.
    ///
    /// # Errors
    /// [`Error::Malformed`] never for the configuration of a channel.
    pub fn batch(mut self, change: impl FnOnce(&mut Batch)) -> Result<Self, Error> {
        change(&mut self.batch);
        let batch = self.batch;
        let group = self.side(Side::Orderer)?;
        set(group, "BatchSize", &build::batch_size(&batch));
        set(group, "BatchTimeout", &build::batch_timeout(&batch));
        Ok(self)
    }

    /// Changes the hash function of the blocks to come. The capability must be in force before.
    ///
    /// # Errors
    /// [`Error::Malformed`] never for the configuration of a channel.
    pub fn hash_algorithm(mut self, algorithm: HashAlgorithm) -> Result<Self, Error> {
        set(self.root()?, "HashingAlgorithm", &build::hashing_algorithm(algorithm));
        Ok(self)
    }

    /// Asks every node for a capability: of the channel for `None`, else of one side.
    ///
    /// # Errors
    /// [`Error::Edit`] when it is asked for already; [`Error::Malformed`].
    pub fn add_capability(mut self, side: Option<Side>, name: &str) -> Result<Self, Error> {
        let group = match side {
            None => self.root()?,
            Some(side) => self.side(side)?,
        };
        let mut names: Vec<String> = Vec::new();
        if let Some(value) = group.values.get("Capabilities") {
            let asked = proto::common::Capabilities::decode(value.value.clone());
            let asked = asked.map_err(|e| Error::malformed("Capabilities", e.to_string()))?;
            names.extend(asked.capabilities.into_keys());
        }
        if names.iter().any(|one| one == name) {
            return refuse(format!("capability {name} is asked for already"));
        }
        names.push(name.to_owned());
        let value = build::capabilities(names.iter().map(String::as_str));
        set(group, "Capabilities", &value);
        Ok(self)
    }

    /// Sets the policy at a path such as `/Channel/Application/Org1/Endorsement`.
    ///
    /// # Errors
    /// [`Error::Edit`] when there is no such group.
    pub fn policy(mut self, path: &str, policy: &Policy) -> Result<Self, Error> {
        let relative = path.strip_prefix("/Channel/");
        let Some(relative) = relative.filter(|path| path.split('/').all(is_name)) else {
            let path = path.escape_debug();
            return refuse(format!("`{path}` is no path of a policy: write /Channel/GROUP/NAME"));
        };
        let (groups, name) = match relative.rsplit_once('/') {
            Some((groups, name)) => (Some(groups), name),
            None => (None, relative),
        };
        let mut group = self.root()?;
        for part in groups.into_iter().flat_map(|groups| groups.split('/')) {
            let Some(child) = group.groups.get_mut(part) else {
                return refuse(format!("there is no group `{part}` on the way to {path}"));
            };
            group = child;
        }
        let mod_policy = group.policies.get(name).map(|policy| policy.mod_policy.clone());
        let mod_policy = mod_policy.unwrap_or_else(|| build::ADMINS.to_owned());
        group.policies.insert(name.to_owned(), build::policy(policy, &mod_policy));
        Ok(self)
    }

    fn root(&mut self) -> Result<&mut ConfigGroup, Error> {
        let none = || Error::malformed("configuration", "it has no channel group");
        self.config.channel_group.as_mut().ok_or_else(none)
    }

    fn side(&mut self, side: Side) -> Result<&mut ConfigGroup, Error> {
        let none = || Error::malformed("configuration", format!("it has no {} group", side.name()));
        self.root()?.groups.get_mut(side.name()).ok_or_else(none)
    }

    fn organization_value(
        mut self,
        name: &str,
        sides: &[Side],
        key: &str,
        value: &ConfigValue,
    ) -> Result<Self, Error> {
        let mut found = false;
        for side in sides {
            if let Some(group) = self.side(*side)?.groups.get_mut(name) {
                set(group, key, value);
                found = true;
            }
        }
        if found {
            return Ok(self);
        }
        match sides {
            [side] => {
                refuse(format!("{} has no organisation `{}`", side.name(), name.escape_debug()))
            }
            _ => self.no_organization(name),
        }
    }

    fn no_organization(&self, name: &str) -> Result<Self, Error> {
        let root = self.config.channel_group.iter();
        let sides = root.flat_map(|root| root.groups.values());
        let names: Vec<&str> =
            sides.flat_map(|side| side.groups.keys()).map(String::as_str).collect();
        let (name, names) = (name.escape_debug(), names.join(", "));
        refuse(format!("the channel has no organisation `{name}`, but {names}"))
    }

    fn consenters(
        mut self,
        change: impl FnOnce(&mut Vec<etcdraft::Consenter>) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        if !self.is_raft {
            return refuse("only a channel with consensus type etcdraft has consenters".to_owned());
        }
        let group = self.side(Side::Orderer)?;
        let malformed =
            |error: proto::prost::DecodeError| Error::malformed("ConsensusType", error.to_string());
        let value = group.values.get("ConsensusType").map(|value| value.value.clone());
        let mut kind = ConsensusType::decode(value.unwrap_or_default()).map_err(malformed)?;
        let mut metadata = ConfigMetadata::decode(kind.metadata).map_err(malformed)?;
        change(&mut metadata.consenters)?;
        kind.metadata = metadata.encode_to_vec().into();
        set(group, "ConsensusType", &build::value(&kind, build::ADMINS));
        Ok(self)
    }
}

/// Sets a value, whoever may modify it staying the same.
fn set(group: &mut ConfigGroup, name: &str, value: &ConfigValue) {
    let mut value = value.clone();
    if let Some(old) = group.values.get(name) {
        (value.version, value.mod_policy) = (old.version, old.mod_policy.clone());
    }
    group.values.insert(name.to_owned(), value);
}

fn is_at(consenter: &etcdraft::Consenter, host: &str, port: u16) -> bool {
    consenter.host == host && consenter.port == u32::from(port)
}

fn check_addresses(addresses: &[String]) -> Result<(), Error> {
    match addresses.iter().find(|address| !is_address(address)) {
        None => Ok(()),
        Some(bad) => refuse(format!("`{}` is no address: write host:port", bad.escape_debug())),
    }
}

fn refuse<T>(why: String) -> Result<T, Error> {
    Err(Error::Edit(why))
}
