// SPDX-License-Identifier: Apache-2.0
//! A channel under one configuration: everything a node asks for, read once and found sound.
//!
//! Not here: how the configuration changes (`update`).

use crate::element::{ROOT, flatten};
use crate::organization::check_addresses;
use crate::values::Reader;
use crate::{Application, Capabilities, Element, Error, Orderer, Organization, TRANSACTION_TREE};
use bccsp::{Hash, HashAlgorithm, Providers};
use block::{Block, Envelope};
use msp::{Decision, Manager, Policy, PolicyTree};
use proto::SignedData;
use proto::common::{
    BlockDataHashingStructure, Config, ConfigGroup, HashingAlgorithm, OrdererAddresses,
};
use std::collections::BTreeMap;

/// The path of the policy that the signatures of a block must satisfy.
pub const BLOCK_VALIDATION: &str = "/Channel/Orderer/BlockValidation";

/// `Orderers` and `Consortium` are Fabric's and say nothing to us.
const VALUES: &[&str] = &[
    "HashingAlgorithm",
    "BlockDataHashingStructure",
    "OrdererAddresses",
    "Orderers",
    "Consortium",
    "Capabilities",
];

/// A channel and what its members agreed on, from one config block to the next.
#[derive(Debug)]
pub struct Channel {
    id: String,
    config: Config,
    hash: HashAlgorithm,
    capabilities: Capabilities,
    orderer_addresses: Vec<String>,
    orderer: Orderer,
    application: Application,
    msps: Manager,
    policies: PolicyTree,
}

impl Channel {
    /// Reads a configuration. What it says is sound when this succeeds: every name, value, MSP and
    /// policy was read.
    ///
    /// # Errors
    /// [`Error::Element`] names the element and says what to write instead; [`Error::Capability`]
    /// for one that is not known; [`Error::ChannelId`].
    pub fn new(providers: &Providers, id: &str, config: Config) -> Result<Self, Error> {
        check_id(id)?;
        let none = || Error::malformed("configuration", "it has no channel group");
        let root = config.channel_group.as_ref().ok_or_else(none)?;
        flatten(root)?;
        let channel = Reader::new(root, "/Channel");
        let capabilities = Capabilities::of_channel(&channel)?;
        refuse_consortiums(root)?;
        let why = "a channel has the groups Orderer and Application, and no other";
        channel.allow_groups(&["Orderer", "Application"], why)?;
        channel.allow_values(VALUES)?;
        let orderer = channel.child("Orderer", "a channel has an Orderer group; it is missing")?;
        let orderer = Orderer::read(&Reader::new(orderer, "/Channel/Orderer"), providers)?;
        let why = "a channel has an Application group with its member organisations; it is missing";
        let application = Reader::new(channel.child("Application", why)?, "/Channel/Application");
        let application = Application::read(&application, providers)?;
        let addresses: OrdererAddresses = channel.value("OrdererAddresses")?.unwrap_or_default();
        check_addresses(&channel, "OrdererAddresses", &addresses.addresses)?;
        check_endpoints(&channel, &capabilities, &addresses.addresses, &orderer)?;
        Ok(Self {
            id: id.to_owned(),
            hash: read_hash(&channel)?,
            msps: members(providers, &orderer, &application)?,
            policies: policies(root)?,
            orderer_addresses: addresses.addresses,
            capabilities,
            orderer,
            application,
            config,
        })
    }

    /// Reads the configuration of a genesis block or a later config block.
    ///
    /// # Errors
    /// As [`new`](Self::new); [`Error::Block`] for another block.
    pub fn from_block(providers: &Providers, block: &Block) -> Result<Self, Error> {
        let none = || Error::malformed("config block", "it is empty");
        let entry = block.entries().first().ok_or_else(none)?;
        let (id, config) = crate::update::config_of(&Envelope::open(entry.clone())?)?;
        Self::new(providers, &id, config)
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How often it was changed.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.config.sequence
    }

    /// The message.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The hash function of blocks that are made under this configuration. The block that holds a
    /// configuration is still under the one before; the genesis block is under its own.
    #[must_use]
    pub fn hash_algorithm(&self) -> HashAlgorithm {
        self.hash
    }

    /// The same, ready to use.
    ///
    /// # Errors
    /// [`Error::Crypto`] when this process has no provider with it.
    pub fn hash(&self) -> Result<&dyn Hash, Error> {
        Ok(self.msps.providers().hash(self.hash)?)
    }

    /// What every node must be able to do.
    #[must_use]
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Where orderers listen, `host:port`: what the organisations say, else what the channel says.
    #[must_use]
    pub fn orderer_endpoints(&self) -> Vec<&str> {
        let organizations = self.orderer.organizations().values();
        let all: Vec<&str> =
            organizations.flat_map(|org| org.endpoints()).map(String::as_str).collect();
        if all.is_empty() {
            self.orderer_addresses.iter().map(String::as_str).collect()
        } else {
            all
        }
    }

    /// The ordering service.
    #[must_use]
    pub fn orderer(&self) -> &Orderer {
        &self.orderer
    }

    /// The application.
    #[must_use]
    pub fn application(&self) -> &Application {
        &self.application
    }

    /// The MSPs of all organisations.
    #[must_use]
    pub fn msps(&self) -> &Manager {
        &self.msps
    }

    /// All policies; the root is `Channel`.
    #[must_use]
    pub fn policies(&self) -> &PolicyTree {
        &self.policies
    }

    /// Whether a block that was made under this configuration states the Merkle tree of its
    /// transactions as it must: under [`TRANSACTION_TREE`] there is one, save in block 0, which nobody
    /// signs; and one that is there is right.
    ///
    /// # Errors
    /// [`Error::Block`]; [`Error::Crypto`] as [`hash`](Self::hash).
    pub fn check_tree(&self, block: &Block) -> Result<(), Error> {
        let is_wanted = self.capabilities.has(TRANSACTION_TREE) && block.number() != 0;
        if is_wanted || block.metadata().tree()?.is_some() {
            block.check_tree(self.hash()?)?;
        }
        Ok(())
    }

    /// Whether the signatures of a block that was made under this configuration are enough.
    ///
    /// # Errors
    /// [`Error::Block`] when they cannot be read; [`Error::Msp`] when nothing is known.
    pub fn check_block_signatures(&self, block: &Block) -> Result<Decision, Error> {
        self.check_orderers(&block.signatures()?)
    }

    pub(crate) fn check_orderers(&self, signed: &[SignedData]) -> Result<Decision, Error> {
        let signers = self.msps.verify(signed);
        signers.check()?;
        Ok(self.policies.evaluate(BLOCK_VALIDATION, &signers))
    }

    pub(crate) fn root(&self) -> &ConfigGroup {
        static EMPTY: std::sync::LazyLock<ConfigGroup> = std::sync::LazyLock::new(Default::default);
        // `new` has seen that there is one.
        self.config.channel_group.as_ref().unwrap_or(&EMPTY)
    }
}

/// Whether a channel may have this name: `^[a-z][a-z0-9.-]*$`, at most 249 characters.
///
/// # Errors
/// [`Error::ChannelId`].
pub fn check_id(id: &str) -> Result<(), Error> {
    let is_letter =
        |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, b'.' | b'-');
    let starts = id.bytes().next().is_some_and(|c| c.is_ascii_lowercase());
    if starts && id.len() <= 249 && id.bytes().all(is_letter) {
        return Ok(());
    }
    Err(Error::ChannelId(id.chars().take(300).collect()))
}

fn refuse_consortiums(root: &ConfigGroup) -> Result<(), Error> {
    if !root.groups.contains_key("Consortiums") {
        return Ok(());
    }
    let why = "this is a system channel, as Fabric had before 2.3: make an application channel with \
               `gmnode genesis` and join it";
    Err(Error::element(Element::group("/Channel/Consortiums"), why))
}

fn read_hash(channel: &Reader<'_>) -> Result<HashAlgorithm, Error> {
    let structure: BlockDataHashingStructure = channel.required("BlockDataHashingStructure")?;
    if structure.width != u32::MAX {
        let why = format!("its width is {}: all transactions are hashed as one", u32::MAX);
        return Err(channel.refuse("BlockDataHashingStructure", why));
    }
    let HashingAlgorithm { name } = channel.required("HashingAlgorithm")?;
    HashAlgorithm::from_fabric_name(&name).ok_or_else(|| {
        let known: Vec<&str> =
            bccsp::Suite::ALL.iter().map(|suite| suite.hash_algorithm().fabric_name()).collect();
        let why = format!("`{}` is not supported: {}", name.escape_debug(), known.join(" or "));
        channel.refuse("HashingAlgorithm", why)
    })
}

/// With V3_0 every orderer organisation says where its orderers are, and the channel does not.
fn check_endpoints(
    channel: &Reader<'_>,
    capabilities: &Capabilities,
    addresses: &[String],
    orderer: &Orderer,
) -> Result<(), Error> {
    if !capabilities.has("V3_0") {
        return Ok(());
    }
    if !addresses.is_empty() {
        let why = "with capability V3_0 the endpoints stand in the orderer organisations";
        return Err(channel.refuse("OrdererAddresses", why));
    }
    let silent = orderer.organizations().iter().find(|(_, org)| org.endpoints().is_empty());
    let Some((name, _)) = silent else { return Ok(()) };
    let element = Element::value(&format!("/Channel/Orderer/{name}/Endpoints"));
    let why = "with capability V3_0 an orderer organisation lists its endpoints, host:port";
    Err(Error::element(element, why))
}

/// One MSP may stand in two groups, but then it is the same one.
fn members(
    providers: &Providers,
    orderer: &Orderer,
    application: &Application,
) -> Result<Manager, Error> {
    let groups =
        [("Orderer", orderer.organizations()), ("Application", application.organizations())];
    let mut by_id: BTreeMap<&str, &Organization> = BTreeMap::new();
    for (group, organizations) in groups {
        for (name, organization) in organizations {
            let other = by_id.insert(organization.msp_id(), organization);
            if other.is_some_and(|other| other.definition() != organization.definition()) {
                let element = Element::value(&format!("/{ROOT}/{group}/{name}/MSP"));
                let id = organization.msp_id().escape_debug();
                let why = format!("another organisation has an MSP `{id}` that is not the same");
                return Err(Error::element(element, why));
            }
        }
    }
    Ok(Manager::new(providers, by_id.into_values().map(|org| org.definition().clone()))?)
}

fn policies(root: &ConfigGroup) -> Result<PolicyTree, Error> {
    policy_group(ROOT, &format!("/{ROOT}"), root)
}

fn policy_group(name: &str, path: &str, group: &ConfigGroup) -> Result<PolicyTree, Error> {
    let mut tree = PolicyTree::new(name);
    for (name, policy) in &group.policies {
        let element = || Element::policy(&format!("{path}/{name}"));
        let message = policy.policy.clone().unwrap_or_default();
        let policy = Policy::from_proto(&message)
            .map_err(|error| Error::element(element(), error.to_string()))?;
        tree = tree.with_policy(name.clone(), policy);
    }
    for (name, child) in &group.groups {
        tree = tree.with_group(policy_group(name, &format!("{path}/{name}"), child)?);
    }
    Ok(tree)
}
