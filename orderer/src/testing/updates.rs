// SPDX-License-Identifier: Apache-2.0
//! Configuration updates, signed by the administrators of both organisations and sent by one: in
//! maintenance by that of the orderers.
//!
//! Each is made for a configuration, and refused once another is in force.

use super::client::{nonce, now};
use super::genesis::listed;
use super::{Client, Kit, consenter, organization};
use bccsp::Suite;
use block::ConfigUpdate;
use channel::update::{Stamp, compute, update_envelope};
use channel::{Batch, Channel, Consenter, Edit, build, wire};
use pki::Crl;
use proto::Bytes;
use proto::common::Config;
use proto::etcdraft::ConfigMetadata;
use proto::orderer::{ConsensusType, consensus_type::State};
use proto::prost::Message;

impl Kit {
    /// A serialized envelope that asks for that configuration. Versions in it do not count.
    ///
    /// # Panics
    /// When it would change nothing.
    #[must_use]
    pub fn update(&self, channel: &Channel, wanted: &Config) -> Bytes {
        let update = compute(channel.config(), wanted, channel.id()).unwrap();
        let mut update = ConfigUpdate::new(wire::config_update(update));
        for admin in [&self.orderers.admin, &self.members.admin] {
            update.sign(admin.serialized(), &**admin.key(), &self.nonce()).unwrap();
        }
        self.send(channel, &update)
    }

    fn send(&self, channel: &Channel, update: &ConfigUpdate) -> Bytes {
        let stamp = Stamp { nonce: self.nonce(), time: now() };
        let orders_only = channel.orderer().in_maintenance();
        let sender = if orders_only { &self.orderers.admin } else { &self.members.admin };
        let envelope = update_envelope(channel.id(), update, sender, stamp);
        envelope.unwrap().encode_to_vec().into()
    }

    /// Another size of batches, or another timeout.
    #[must_use]
    pub fn change_batch(&self, channel: &Channel, change: impl FnOnce(&mut Batch)) -> Bytes {
        self.update(channel, &Edit::of(channel).batch(change).unwrap().finish())
    }

    /// One node more that agrees.
    #[must_use]
    pub fn add_consenter(&self, channel: &Channel, index: usize) -> Bytes {
        let edit = Edit::of(channel).add_consenter(&self.consenter(index)).unwrap();
        self.update(channel, &edit.finish())
    }

    /// One node less.
    #[must_use]
    pub fn remove_consenter(&self, channel: &Channel, index: usize) -> Bytes {
        let one = self.consenter(index);
        let edit = Edit::of(channel).remove_consenter(&one.host, one.port).unwrap();
        self.update(channel, &edit.finish())
    }

    /// Another certificate for a node that agrees, with the key that it has.
    #[must_use]
    pub fn renew_consenter(&self, channel: &Channel, index: usize) -> Bytes {
        let seat = &self.seats[index];
        let name = format!("/CN={}", seat.host);
        let certificate = self.orderers.certify(&*seat.tls_key, &name, organization::until());
        self.replace_consenter(channel, &consenter(&seat.host, &certificate))
    }

    /// Another certificate for a node that agrees, with another key: which is refused.
    #[must_use]
    pub fn rekey_consenter(&self, channel: &Channel, index: usize) -> Bytes {
        let seat = &self.seats[index];
        let (key, name) = (self.orderers.new_key(), format!("/CN={}", seat.host));
        let certificate = self.orderers.certify(&*key, &name, organization::until());
        self.replace_consenter(channel, &consenter(&seat.host, &certificate))
    }

    /// A node more, at its own address and with the key of another: which is refused.
    #[must_use]
    pub fn add_consenter_like(&self, channel: &Channel, index: usize, other: usize) -> Bytes {
        let host = &self.seats[index].host;
        let one = consenter(host, &self.seats[other].tls_certificate);
        self.update(channel, &Edit::of(channel).add_consenter(&one).unwrap().finish())
    }

    /// Another size of batches, for which no administrator signed: which is refused.
    ///
    /// # Panics
    /// When that is the size in force.
    #[must_use]
    pub fn unsigned_update(&self, channel: &Channel, max_messages: u32) -> Bytes {
        let wanted = Edit::of(channel).batch(|batch| batch.max_messages = max_messages);
        let update = compute(channel.config(), &wanted.unwrap().finish(), channel.id()).unwrap();
        self.send(channel, &ConfigUpdate::new(wire::config_update(update)))
    }

    /// The hash function of the other family.
    ///
    /// # Panics
    /// When there is only one family.
    #[must_use]
    pub fn switch_hash(&self, channel: &Channel) -> Bytes {
        let mut all = Suite::ALL.into_iter().map(Suite::hash_algorithm);
        let other = all.find(|other| *other != channel.hash_algorithm()).unwrap();
        self.update(channel, &Edit::of(channel).hash_algorithm(other).unwrap().finish())
    }

    /// A client of the organisation is revoked, beside those that are so already.
    ///
    /// # Panics
    /// When the channel has no such organisation.
    #[must_use]
    pub fn revoke(&self, channel: &Channel, client: &Client) -> Bytes {
        let id = self.members.id.as_str();
        let now = channel.application().organizations()[id].definition();
        let lists = now.message().revocation_list.iter();
        let lists: Vec<Crl> = lists.map(|list| Crl::from_pem_or_der(list).unwrap()).collect();
        let entries = lists.iter().flat_map(Crl::entries);
        let mut serials: Vec<Vec<u8>> = entries.map(|entry| entry.serial().to_vec()).collect();
        serials.push(client.identity().certificate().serial().to_vec());
        let crl = self.members.crl(serials.len() as u64, &serials);
        let definition = self.members.definition(vec![crl]);
        self.update(channel, &Edit::of(channel).msp(id, &definition).unwrap().finish())
    }

    /// Maintenance begins, or ends.
    #[must_use]
    pub fn maintain(&self, channel: &Channel, state: State) -> Bytes {
        self.update(channel, &consensus_type(channel, |kind| kind.state = state.into()))
    }

    fn replace_consenter(&self, channel: &Channel, new: &Consenter) -> Bytes {
        let config = consensus_type(channel, |kind| {
            let mut metadata = ConfigMetadata::decode(kind.metadata.clone()).unwrap();
            let same = |one: &&mut proto::etcdraft::Consenter| one.host == new.host;
            *metadata.consenters.iter_mut().find(same).unwrap() = listed(new);
            kind.metadata = metadata.encode_to_vec().into();
        });
        self.update(channel, &config)
    }

    pub(super) fn nonce(&self) -> Bytes {
        nonce(&*self.entropy)
    }
}

/// The configuration with another value `ConsensusType`.
fn consensus_type(channel: &Channel, change: impl FnOnce(&mut ConsensusType)) -> Config {
    let mut config = channel.config().clone();
    let root = config.channel_group.as_mut().unwrap();
    let group = root.groups.get_mut("Orderer").unwrap();
    let value = group.values.get_mut("ConsensusType").unwrap();
    let mut kind = ConsensusType::decode(value.value.clone()).unwrap();
    change(&mut kind);
    value.value = build::value(&kind, build::ADMINS).value;
    config
}
