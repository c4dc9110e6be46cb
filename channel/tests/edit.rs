// SPDX-License-Identifier: Apache-2.0
//! The usual edits: each gives a configuration that the channel accepts, and refuses what makes no sense.

mod made;

use bccsp::{HashAlgorithm, Suite};
use gmca_channel::{Channel, Consenter, Edit, Error, HASH_SWITCH, Side, TRANSACTION_TREE};
use made::*;
use msp::{MetaPolicy, Policy};
use proto::common::Config;
use proto::etcdraft::{self, ConfigMetadata, Options};
use proto::orderer::ConsensusType;
use proto::prost::Message;
use std::time::Duration;

struct Net {
    orderer: Org,
    one: Org,
    two: Org,
    channel: Channel,
}

impl Net {
    /// A Raft channel of two members, with one consenter.
    fn new() -> Self {
        let orderer = Org::new("Ord", Suite::Nist);
        let (one, two) = (Org::new("One", Suite::Nist), Org::new("Two", Suite::Gm));
        let pem: proto::Bytes = orderer.ca.certificate.to_pem().into();
        let metadata = ConfigMetadata {
            consenters: vec![etcdraft::Consenter {
                host: "o1".to_owned(),
                port: 7050,
                client_tls_cert: pem.clone(),
                server_tls_cert: pem,
            }],
            options: Some(Options {
                tick_interval: "500ms".to_owned(),
                election_tick: 10,
                heartbeat_tick: 1,
                max_inflight_blocks: 5,
                snapshot_interval_size: 1 << 24,
            }),
        };
        let raft = ConsensusType {
            r#type: "etcdraft".to_owned(),
            metadata: metadata.encode_to_vec().into(),
            state: 0,
        };
        let config = edited(&config(&orderer, &[&one, &two]), |config| {
            at(config, "Orderer").values.insert("ConsensusType".to_owned(), value(&raft));
        });
        Self { channel: channel(&config), orderer, one, two }
    }

    fn edit(&self) -> Edit {
        Edit::of(&self.channel)
    }

    /// The channel after an edit that everybody signs.
    fn accepted(&self, edit: Edit) -> Channel {
        let all = [&self.orderer.admin, &self.one.admin, &self.two.admin];
        propose(&self.channel, &edit.finish(), &all).unwrap()
    }

    fn consenter(&self, host: &str) -> Consenter {
        let pem: proto::Bytes = self.orderer.ca.certificate.to_pem().into();
        let (client_tls_cert, server_tls_cert) = (pem.clone(), pem);
        Consenter { host: host.to_owned(), port: 7050, client_tls_cert, server_tls_cert }
    }
}

fn addresses(all: &[&str]) -> Vec<String> {
    all.iter().map(|one| (*one).to_owned()).collect()
}

#[test]
fn organisations_come_and_go_on_either_side() {
    let net = Net::new();
    let three = Org::new("Three", Suite::Gm);
    let add = |side, endpoints: &[&str]| {
        let endpoints = addresses(endpoints);
        net.edit().add_organization(side, "Three", &three.definition, None, &endpoints)
    };
    let next = net.accepted(add(Side::Application, &[]).unwrap());
    let msps = ["One", "Ord", "Three", "Two"];
    assert_eq!(next.msps().ids().collect::<Vec<_>>(), msps);
    let policies = next.policies();
    let policy = |path: &str| policies.resolve(path).unwrap().policy.to_string();
    assert_eq!(policy("/Channel/Application/Three/Admins"), "OR('Three.admin')");
    assert_eq!(policy("/Channel/Application/Three/Endorsement"), "OR('Three.peer')");
    let next = net.accepted(add(Side::Orderer, &["o3:7050"]).unwrap());
    assert_eq!(next.orderer_endpoints(), ["o3:7050"]);
    let none = next.application().organizations().get("Three");
    assert!(none.is_none());
    let own = [("Admins".to_owned(), Policy::from(MetaPolicy::parse("ANY x").unwrap()))].into();
    let edit =
        net.edit().add_organization(Side::Application, "Three", &three.definition, Some(&own), &[]);
    let next = net.accepted(edit.unwrap());
    assert_eq!(next.policies().group("Application/Three").unwrap().policies().len(), 1);
    let next = net.accepted(net.edit().remove_organization("Two").unwrap());
    assert_eq!(next.msps().ids().collect::<Vec<_>>(), ["One", "Ord"]);

    refusal(add(Side::Orderer, &["o3"]), &["`o3`", "host:port"]);
    let taken = net.edit().add_organization(Side::Orderer, "Ord", &three.definition, None, &[]);
    refusal(taken, &["Orderer", "`Ord`", "already"]);
    let bad = net.edit().add_organization(Side::Orderer, "a_b", &three.definition, None, &[]);
    refusal(bad, &["`a_b`", "no name"]);
    refusal(net.edit().remove_organization("Four"), &["`Four`", "One", "Ord", "Two"]);
    refusal(net.edit().remove_organization("Ord"), &["Ord", "only organisation of Orderer"]);
}

#[test]
fn what_an_organisation_says_of_itself_changes() {
    let net = Net::new();
    let peers = [("p".to_owned(), 7051), ("q".to_owned(), 7052)];
    let next = net.accepted(net.edit().anchor_peers("One", &peers).unwrap());
    assert_eq!(next.application().organizations()["One"].anchor_peers(), peers);
    let next = net.accepted(net.edit().endpoints("Ord", &addresses(&["o1:1", "o2:2"])).unwrap());
    assert_eq!(next.orderer_endpoints(), ["o1:1", "o2:2"]);
    let new_ca = Ca::new(Suite::Gm, "/CN=new");
    let both = definition("One", &[&net.one.ca, &new_ca]);
    let next = net.accepted(net.edit().msp("One", &both).unwrap());
    assert_eq!(next.application().organizations()["One"].definition(), &both);
    refusal(net.edit().anchor_peers("Ord", &peers), &["Application", "`Ord`"]);
    refusal(net.edit().endpoints("One", &addresses(&["o1:1"])), &["Orderer", "`One`"]);
    refusal(net.edit().endpoints("Ord", &addresses(&["o1:0"])), &["`o1:0`", "host:port"]);
    refusal(net.edit().msp("Four", &both), &["`Four`"]);
}

#[test]
fn consenters_come_and_go() {
    let net = Net::new();
    let two = net.accepted(net.edit().add_consenter(&net.consenter("o2")).unwrap());
    let hosts = |channel: &Channel| -> Vec<String> {
        channel.orderer().consenters().iter().map(|one| one.host.clone()).collect()
    };
    assert_eq!(hosts(&two), ["o1", "o2"]);
    assert_eq!(two.orderer().raft(), net.channel.orderer().raft());
    let config: Config = Edit::of(&two).remove_consenter("o1", 7050).unwrap().finish();
    assert_eq!(hosts(&propose(&two, &config, &[&net.orderer.admin]).unwrap()), ["o2"]);
    refusal(net.edit().add_consenter(&net.consenter("o1")), &["o1:7050", "already"]);
    refusal(net.edit().remove_consenter("o1", 7051), &["o1:7051", "no consenter"]);
    refusal(net.edit().remove_consenter("o1", 7050), &["only consenter", "add one first"]);
    let solo = channel(&made::config(&net.orderer, &[&net.one]));
    refusal(Edit::of(&solo).add_consenter(&net.consenter("o2")), &["etcdraft"]);
}

#[test]
fn batches_hash_capabilities_and_policies_change() {
    let net = Net::new();
    let edit = net.edit().batch(|batch| {
        batch.max_messages = 200;
        batch.timeout = Duration::from_millis(1500);
    });
    let next = net.accepted(edit.unwrap());
    let batch = next.orderer().batch();
    assert_eq!((batch.max_messages, batch.timeout.as_millis()), (200, 1500));
    assert_eq!(batch.preferred_max_bytes, net.channel.orderer().batch().preferred_max_bytes);
    let edit = net.edit().add_capability(None, HASH_SWITCH).unwrap();
    let next = net.accepted(edit);
    assert!(next.capabilities().has(HASH_SWITCH) && next.capabilities().has("V2_0"));
    let next_but_one = Edit::of(&next).add_capability(None, TRANSACTION_TREE).unwrap().finish();
    let all = [&net.orderer.admin, &net.one.admin, &net.two.admin];
    let next_but_one = propose(&next, &next_but_one, &all).unwrap();
    assert!(next_but_one.capabilities().has(TRANSACTION_TREE));
    let sm3 = HashAlgorithm::from_fabric_name("SM3").unwrap();
    let config = Edit::of(&next).hash_algorithm(sm3).unwrap().finish();
    assert_eq!(propose(&next, &config, &all).unwrap().hash_algorithm(), sm3);
    let more = net.edit().add_capability(Some(Side::Application), "V2_0").unwrap();
    assert!(net.accepted(more).application().capabilities().has("V2_0"));
    let again = net.edit().add_capability(Some(Side::Orderer), "V2_0");
    refusal(again, &["V2_0", "already"]);
    let policy = Policy::from(MetaPolicy::parse("ANY Admins").unwrap());
    for path in ["/Channel/New", "/Channel/Application/One/Readers", "/Channel/Orderer/Writers"] {
        let next = net.accepted(net.edit().policy(path, &policy).unwrap());
        let resolved = next.policies().resolve(path).unwrap();
        assert_eq!(resolved.policy, &policy, "{path}");
    }
    for bad in ["Readers", "/Channel", "/Channel/", "/Other/Readers", "/Channel//Readers"] {
        refusal(net.edit().policy(bad, &policy), &["no path of a policy"]);
    }
    refusal(net.edit().policy("/Channel/Application/Four/Readers", &policy), &["`Four`"]);
}

/// An edit that changes nothing leaves nothing to sign for, and one value is only one value.
#[test]
fn nothing_else_changes() {
    let net = Net::new();
    let none = net.edit().batch(|_| ()).unwrap().finish();
    let none = gmca_channel::update::compute(net.channel.config(), &none, "ch");
    assert!(matches!(none, Err(Error::NoChange)));
    let edit = net.edit().batch(|batch| batch.max_messages = 9).unwrap().finish();
    let update = gmca_channel::update::compute(net.channel.config(), &edit, "ch").unwrap();
    let write = update.write_set.unwrap();
    assert_eq!(write.groups.keys().collect::<Vec<_>>(), ["Orderer"]);
    assert_eq!(write.groups["Orderer"].values.keys().collect::<Vec<_>>(), ["BatchSize"]);
    assert!(write.groups["Orderer"].policies.is_empty());
}
