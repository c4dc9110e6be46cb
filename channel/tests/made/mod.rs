// SPDX-License-Identifier: Apache-2.0
//! Organisations of either family made anew, a channel of theirs, and updates that they sign.
//!
//! Trees are put together by hand here, so that the builders of the crate do not vouch for themselves.
#![allow(dead_code)] // each test file takes its part
#![allow(unreachable_pub)] // the module of helpers has several users

use bccsp::{EngineChoice, Providers, SigningKey, Suite};
use gmca_channel::{Channel, Error, update};
use msp::{Contents, Definition, MspFolder, Policy, SignaturePolicy, SigningIdentity};
use pki::extension::{BasicConstraints, KeyUsage, TypedExtension};
use pki::{Certificate, CertificateBuilder, Name, Time};
use proto::common::{
    BlockDataHashingStructure, Capabilities, Capability, Config, ConfigGroup, ConfigPolicy,
    ConfigUpdate, ConfigValue, HashingAlgorithm,
};
use proto::orderer::{BatchSize, BatchTimeout, ConsensusType};
use proto::prost::Message;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use sys::Disk;
use sys::sim::MemoryDisk;

/// Both families.
pub fn providers() -> &'static Arc<Providers> {
    static PROVIDERS: LazyLock<Arc<Providers>> =
        LazyLock::new(|| Arc::new(Providers::new(Suite::Gm, EngineChoice::Auto).unwrap()));
    &PROVIDERS
}

/// A root CA.
pub struct Ca {
    pub certificate: Certificate,
    key: Arc<dyn SigningKey>,
}

impl Ca {
    pub fn new(suite: Suite, name: &str) -> Self {
        let key = providers().get(suite).unwrap().generate_signing_key().unwrap();
        let certificate = builder(&*key, name, 1)
            .extension(BasicConstraints { ca: true, path_len: None }.extension(true))
            .extension((KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN).extension(true))
            .sign_self(&*key)
            .unwrap();
        Self { certificate, key }
    }

    /// A new member, its unit its role, its key of the CA's family.
    pub fn member(&self, msp_id: &str, unit: &str) -> SigningIdentity {
        let suite = self.key.verifying_key().public_key().algorithm().suite();
        let key = providers().get(suite).unwrap().generate_signing_key().unwrap();
        let certificate = builder(&*key, &format!("/O={msp_id}/OU={unit}/CN={unit}"), 2)
            .authority_key_id(providers(), &self.certificate)
            .unwrap()
            .sign(self.certificate.subject(), &*self.key)
            .unwrap();
        SigningIdentity::new(providers(), msp_id, certificate, key).unwrap()
    }
}

fn builder(key: &dyn SigningKey, name: &str, serial: u8) -> CertificateBuilder {
    let time = |text| Time::parse(text).unwrap();
    let name = Name::parse(name).unwrap();
    let public = key.verifying_key().public_key();
    let (from, until) = (time("2026-01-01"), time("2036-01-01"));
    CertificateBuilder::new(&name, public, &[serial], from, until)
        .subject_key_id(providers())
        .unwrap()
}

/// The MSP of these roots, with roles by organizational unit.
pub fn definition(id: &str, roots: &[&Ca]) -> Definition {
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new(1 << 20));
    let roots = roots.iter().map(|ca| ca.certificate.clone()).collect();
    let contents = Contents::new(roots).with_node_ous();
    contents.write(&disk, providers(), Path::new("m")).unwrap();
    MspFolder::read(&*disk, providers(), Path::new("m"))
        .unwrap()
        .definition(providers(), id)
        .unwrap()
}

/// An organisation with an admin and a client.
pub struct Org {
    pub id: String,
    pub ca: Ca,
    pub admin: SigningIdentity,
    pub client: SigningIdentity,
    pub definition: Definition,
}

impl Org {
    pub fn new(id: &str, suite: Suite) -> Self {
        let ca = Ca::new(suite, &format!("/O={id}/CN=ca.{}", id.to_lowercase()));
        let definition = definition(id, &[&ca]);
        let (admin, client) = (ca.member(id, "admin"), ca.member(id, "client"));
        Self { id: id.to_owned(), ca, admin, client, definition }
    }

    /// Its group: its MSP, and `Admins` for everything.
    pub fn group(&self) -> ConfigGroup {
        organization(&self.definition)
    }
}

pub fn organization(definition: &Definition) -> ConfigGroup {
    let id = definition.id();
    let value = definition.to_proto();
    ConfigGroup {
        values: [("MSP".to_owned(), ConfigValue { version: 0, value, mod_policy: admins() })]
            .into(),
        policies: [
            ("Readers".to_owned(), signature(&format!("OR('{id}.member')"))),
            ("Writers".to_owned(), signature(&format!("OR('{id}.member')"))),
            ("Admins".to_owned(), signature(&format!("OR('{id}.admin')"))),
        ]
        .into(),
        mod_policy: admins(),
        ..ConfigGroup::default()
    }
}

pub fn admins() -> String {
    "Admins".to_owned()
}

pub fn value(message: &impl Message) -> ConfigValue {
    ConfigValue { version: 0, value: message.encode_to_vec().into(), mod_policy: admins() }
}

pub fn signature(text: &str) -> ConfigPolicy {
    policy(&Policy::Signature(SignaturePolicy::parse(text).unwrap()))
}

pub fn meta(text: &str) -> ConfigPolicy {
    policy(&Policy::ImplicitMeta(msp::MetaPolicy::parse(text).unwrap()))
}

fn policy(policy: &Policy) -> ConfigPolicy {
    ConfigPolicy { version: 0, policy: Some(policy.to_proto()), mod_policy: admins() }
}

pub fn capabilities(names: &[&str]) -> ConfigValue {
    let all = names.iter().map(|name| ((*name).to_owned(), Capability {}));
    value(&Capabilities { capabilities: all.collect() })
}

pub fn hashing(name: &str) -> ConfigValue {
    value(&HashingAlgorithm { name: name.to_owned() })
}

fn group(more: &[(&str, ConfigPolicy)]) -> ConfigGroup {
    let usual = ["ANY Readers", "ANY Writers", "MAJORITY Admins"];
    let usual = usual.iter().map(|text| (text.split(' ').nth(1).unwrap().to_owned(), meta(text)));
    let more = more.iter().map(|(name, policy)| ((*name).to_owned(), policy.clone()));
    ConfigGroup {
        policies: usual.chain(more).collect(),
        mod_policy: admins(),
        ..ConfigGroup::default()
    }
}

/// A channel that `orderer` orders and the others use.
pub fn config(orderer: &Org, members: &[&Org]) -> Config {
    let mut root = group(&[]);
    root.values.insert("HashingAlgorithm".to_owned(), hashing("SHA256"));
    let structure = BlockDataHashingStructure { width: u32::MAX };
    root.values.insert("BlockDataHashingStructure".to_owned(), value(&structure));
    root.values.insert("Capabilities".to_owned(), capabilities(&["V2_0"]));
    let mut ordering = group(&[("BlockValidation", meta("ANY Writers"))]);
    let consensus = ConsensusType { r#type: "solo".to_owned(), ..ConsensusType::default() };
    ordering.values.insert("ConsensusType".to_owned(), value(&consensus));
    ordering.values.insert("BatchSize".to_owned(), batch_size(10));
    let timeout = BatchTimeout { timeout: "2s".to_owned() };
    ordering.values.insert("BatchTimeout".to_owned(), value(&timeout));
    ordering.values.insert("Capabilities".to_owned(), capabilities(&["V2_0"]));
    ordering.groups.insert(orderer.id.clone(), orderer.group());
    let mut application = group(&[]);
    application.values.insert("Capabilities".to_owned(), capabilities(&["V2_5"]));
    application.groups = members.iter().map(|org| (org.id.clone(), org.group())).collect();
    root.groups.insert("Orderer".to_owned(), ordering);
    root.groups.insert("Application".to_owned(), application);
    Config { sequence: 7, channel_group: Some(root) }
}

pub fn batch_size(messages: u32) -> ConfigValue {
    let (max, preferred) = (1 << 20, 1 << 19);
    value(&BatchSize {
        max_message_count: messages,
        absolute_max_bytes: max,
        preferred_max_bytes: preferred,
    })
}

pub fn channel(config: &Config) -> Channel {
    Channel::new(providers(), "ch", config.clone()).unwrap()
}

/// The group at a path below `Channel`, which is the empty path.
pub fn at<'a>(config: &'a mut Config, path: &str) -> &'a mut ConfigGroup {
    let root = config.channel_group.as_mut().unwrap();
    let names = path.split('/').filter(|name| !name.is_empty());
    names.fold(root, |group, name| group.groups.get_mut(name).unwrap())
}

/// What `edit` makes of it.
pub fn edited(config: &Config, edit: impl FnOnce(&mut Config)) -> Config {
    let mut config = config.clone();
    edit(&mut config);
    config
}

pub fn signed(update: &ConfigUpdate, signers: &[&SigningIdentity]) -> block::ConfigUpdate {
    let mut update = block::ConfigUpdate::new(update.encode_to_vec().into());
    for (number, signer) in signers.iter().enumerate() {
        let nonce = vec![u8::try_from(number).unwrap(); 24].into();
        update.sign(signer.serialized(), &**signer.key(), &nonce).unwrap();
    }
    update
}

/// What comes of the wish to have `new` instead.
pub fn propose(
    channel: &Channel,
    new: &Config,
    signers: &[&SigningIdentity],
) -> Result<Channel, Error> {
    let update = update::compute(channel.config(), new, channel.id()).unwrap();
    channel.propose(&signed(&update, signers))
}

/// The words of a refusal, in which each of these must stand.
pub fn refusal<T>(result: Result<T, Error>, wanted: &[&str]) -> String {
    let said = match result {
        Ok(_) => panic!("not refused; wanted {wanted:?}"),
        Err(error) => error.to_string(),
    };
    for wanted in wanted {
        assert!(said.contains(wanted), "`{wanted}` is missing in: {said}");
    }
    said
}
