// SPDX-License-Identifier: Apache-2.0
//! What no channel may say, and where it says it.

mod made;

use bccsp::Suite;
use gmca_channel::{Channel, Error, check_id};
use made::*;
use proto::common::{
    BlockDataHashingStructure, Config, ConfigGroup, ConfigPolicy, ConfigValue, OrdererAddresses,
    Policy,
};
use proto::etcdraft::{ConfigMetadata, Consenter, Options};
use proto::orderer::{BatchSize, BatchTimeout, ConsensusType};
use proto::prost::Message;
use proto::protos::{AnchorPeer, AnchorPeers};

fn net() -> (Org, Org, Config) {
    let (orderer, one) = (Org::new("Ord", Suite::Nist), Org::new("One", Suite::Gm));
    let config = config(&orderer, &[&one]);
    (orderer, one, config)
}

fn read(config: Config) -> Result<Channel, Error> {
    Channel::new(providers(), "ch", config)
}

/// The refusal of the channel with this value.
fn with(config: &Config, path: &str, name: &str, value: ConfigValue, wanted: &[&str]) {
    let changed = edited(config, |config| {
        at(config, path).values.insert(name.to_owned(), value);
    });
    let path = if path.is_empty() { String::new() } else { format!("/{path}") };
    let said = refusal(read(changed), wanted);
    assert!(said.starts_with(&format!("[Value] /Channel{path}/{name}: ")), "{said}");
}

#[test]
fn names_of_channels_are_those_of_fabric() {
    for good in ["a", "ch1", "a.b-c", &"a".repeat(249)] {
        assert!(check_id(good).is_ok(), "{good}");
    }
    for bad in ["", "1a", "A", "aB", "-a", ".a", "a_b", "a b", "ä", &"a".repeat(250)] {
        refusal(check_id(bad), &["no channel name"]);
        let (_, _, config) = net();
        refusal(Channel::new(providers(), bad, config), &["no channel name"]);
    }
}

#[test]
fn what_a_channel_is_hashed_with_is_known() {
    let (_, _, config) = net();
    with(&config, "", "HashingAlgorithm", hashing("SHA3_256"), &["`SHA3_256`", "SHA256 or SM3"]);
    let width = value(&BlockDataHashingStructure { width: 8 });
    with(&config, "", "BlockDataHashingStructure", width, &["4294967295"]);
    for name in ["HashingAlgorithm", "BlockDataHashingStructure"] {
        let without = edited(&config, |config| {
            at(config, "").values.remove(name);
        });
        refusal(read(without), &[&format!("[Value] /Channel/{name}: it is missing")]);
    }
}

#[test]
fn what_nobody_knows_is_not_passed_over() {
    let (_, one, config) = net();
    for path in ["", "Orderer", "Application", "Orderer/Ord", "Application/One"] {
        with(&config, path, "Surprise", value(&OrdererAddresses::default()), &["known here"]);
        let broken = ConfigValue { value: vec![0xff].into(), ..ConfigValue::default() };
        let name = if path.contains('/') { "MSP" } else { "Capabilities" };
        with(&config, path, name, broken, &["read"]);
    }
    with(&config, "Application/One", "Endpoints", value(&OrdererAddresses::default()), &["known"]);
    with(&config, "Orderer/Ord", "AnchorPeers", value(&AnchorPeers::default()), &["known"]);
    for (path, name, wanted) in [
        ("", "Peers", "no other"),
        ("", "Consortiums", "system channel"),
        ("Application/One", "Below", "no groups below"),
        ("Application", "Org_1", "a name is"),
    ] {
        let with = edited(&config, |config| {
            at(config, path).groups.insert(name.to_owned(), one.group());
        });
        refusal(read(with), &["[Group] /Channel", name, wanted]);
    }
    for name in ["Orderer", "Application"] {
        let without = edited(&config, |config| {
            at(config, "").groups.remove(name);
        });
        refusal(read(without), &[&format!("[Group] /Channel/{name}"), "missing"]);
    }
    let empty = Config { sequence: 0, channel_group: None };
    refusal(read(empty), &["no channel group"]);
}

#[test]
fn capabilities_are_known() {
    let (_, _, config) = net();
    let unknown = [("", "V2_5"), ("Orderer", "V3_0"), ("Application", "V3_0"), ("", "v2_0")];
    for (path, name) in unknown {
        let wanted = [&format!("`{name}`")[..], "newer version"];
        with(&config, path, "Capabilities", capabilities(&["V2_0", name]), &wanted);
    }
    for (path, name) in [("", "V1_4_3"), ("Orderer", "V1_1"), ("Application", "V2_0")] {
        let known = edited(&config, |config| {
            at(config, path).values.insert("Capabilities".to_owned(), capabilities(&[name]));
        });
        assert!(read(known).is_ok(), "{path} {name}");
    }
}

#[test]
fn with_v3_0_each_orderer_organisation_says_where_its_orderers_are() {
    let (_, _, config) = net();
    let addresses = |text: &str| value(&OrdererAddresses { addresses: vec![text.to_owned()] });
    let v3 = edited(&config, |config| {
        at(config, "").values.insert("Capabilities".to_owned(), capabilities(&["V3_0"]));
    });
    refusal(read(v3.clone()), &["[Value] /Channel/Orderer/Ord/Endpoints", "V3_0"]);
    let good = edited(&v3, |config| {
        at(config, "Orderer/Ord").values.insert("Endpoints".to_owned(), addresses("o:7050"));
    });
    assert_eq!(read(good.clone()).unwrap().orderer_endpoints(), ["o:7050"]);
    with(&good, "", "OrdererAddresses", addresses("o:7050"), &["V3_0"]);
    for bad in ["", "o", ":7050", "o:", "o:0", "o:70000", "o:x"] {
        with(&good, "Orderer/Ord", "Endpoints", addresses(bad), &["host:port"]);
        with(&config, "", "OrdererAddresses", addresses(bad), &["host:port"]);
    }
}

#[test]
fn batches_and_anchor_peers_have_their_bounds() {
    let (_, _, config) = net();
    let size = |count, absolute, preferred| {
        value(&BatchSize {
            max_message_count: count,
            absolute_max_bytes: absolute,
            preferred_max_bytes: preferred,
        })
    };
    for (size, wanted) in [
        (size(0, 2, 1), "max_message_count"),
        (size(1, 0, 0), "above 0"),
        (size(1, 1, 0), "above 0"),
        (size(1, 1, 2), "at most absolute_max_bytes"),
    ] {
        with(&config, "Orderer", "BatchSize", size, &[wanted]);
    }
    for bad in ["", "0s", "-1s", "2", "2 s"] {
        let timeout = value(&BatchTimeout { timeout: bad.to_owned() });
        with(&config, "Orderer", "BatchTimeout", timeout, &["such as 2s"]);
    }
    for port in [0, -1, 65_536] {
        let peer = AnchorPeer { host: "p".to_owned(), port };
        let anchors = value(&AnchorPeers { anchor_peers: vec![peer] });
        with(&config, "Application/One", "AnchorPeers", anchors, &["1 to 65535"]);
    }
}

fn raft(metadata: &ConfigMetadata) -> ConfigValue {
    let metadata = metadata.encode_to_vec().into();
    value(&ConsensusType { r#type: "etcdraft".to_owned(), metadata, state: 0 })
}

#[test]
fn consenters_and_their_timing_make_sense_and_change_one_at_a_time() {
    let (orderer, _, config) = net();
    let pem: proto::Bytes = orderer.ca.certificate.to_pem().into();
    let consenter = |host: &str| Consenter {
        host: host.to_owned(),
        port: 7050,
        client_tls_cert: pem.clone(),
        server_tls_cert: pem.clone(),
    };
    let options = Options {
        tick_interval: "500ms".to_owned(),
        election_tick: 10,
        heartbeat_tick: 1,
        max_inflight_blocks: 5,
        snapshot_interval_size: 16 << 20,
    };
    let of = |hosts: &[&str]| ConfigMetadata {
        consenters: hosts.iter().map(|host| consenter(host)).collect(),
        options: Some(options.clone()),
    };
    let refuse = |metadata: &ConfigMetadata, wanted: &str| {
        with(&config, "Orderer", "ConsensusType", raft(metadata), &[wanted]);
    };
    refuse(&of(&[]), "no consenters");
    refuse(&of(&["a", "a"]), "a:7050 is listed twice");
    refuse(&of(&[""]), "no host and port");
    refuse(&ConfigMetadata { options: None, ..of(&["a"]) }, "no Raft options");
    let with_options = |options: Options| ConfigMetadata { options: Some(options), ..of(&["a"]) };
    refuse(&with_options(Options { election_tick: 1, ..options.clone() }), "above heartbeat_tick");
    refuse(&with_options(Options { max_inflight_blocks: 0, ..options.clone() }), "may be 0");
    let no_tick = Options { tick_interval: "0s".to_owned(), ..options.clone() };
    refuse(&with_options(no_tick), "such as 500ms");
    let mut bad_certificate = of(&["a"]);
    bad_certificate.consenters[0].server_tls_cert = "x".into();
    refuse(&bad_certificate, "the server TLS certificate of consenter a:7050");

    let set = |config: &Config, metadata: &ConfigMetadata| {
        edited(config, |config| {
            at(config, "Orderer").values.insert("ConsensusType".to_owned(), raft(metadata));
        })
    };
    let three = channel(&set(&config, &of(&["a", "b", "c"])));
    let go = |hosts: &[&str]| propose(&three, &set(three.config(), &of(hosts)), &[&orderer.admin]);
    for one in [&["a", "b", "c", "d"][..], &["a", "c"], &["c", "b", "a"]] {
        assert!(go(one).is_ok(), "{one:?}");
    }
    let element = "[Value] /Channel/Orderer/ConsensusType";
    for many in [&["a"][..], &["a", "b", "c", "d", "e"], &["a", "b", "d"], &["d"]] {
        refusal(go(many), &[element, "one at a time"]);
    }
    let mut renewed = of(&["a", "b", "c"]);
    renewed.consenters[1].client_tls_cert = orderer.client.certificate().to_pem().into();
    assert!(propose(&three, &set(three.config(), &renewed), &[&orderer.admin]).is_ok());
    // From one kind of consensus to another there is no way.
    let solo = edited(three.config(), |other| {
        let solo = at(&mut config.clone(), "Orderer").values["ConsensusType"].clone();
        at(other, "Orderer").values.insert("ConsensusType".to_owned(), solo);
    });
    refusal(propose(&three, &solo, &[&orderer.admin]), &[element, "`etcdraft`", "`solo`"]);
}

#[test]
fn policies_can_be_read_and_trees_have_an_end() {
    let (_, _, config) = net();
    let broken = edited(&config, |config| {
        let policy = Some(Policy { r#type: 2, value: Default::default() });
        let policy = ConfigPolicy { version: 0, policy, mod_policy: admins() };
        at(config, "Application/One").policies.insert("Readers".to_owned(), policy);
    });
    refusal(read(broken), &["[Policy] /Channel/Application/One/Readers"]);
    let deep = edited(&config, |config| {
        let below = |group: ConfigGroup| ConfigGroup {
            groups: [("G".to_owned(), group)].into(),
            ..ConfigGroup::default()
        };
        let deep = (0..40).fold(ConfigGroup::default(), |group, _| below(group));
        at(config, "Application").groups.insert("G".to_owned(), deep);
    });
    refusal(read(deep), &["[Group] /Channel/Application/G/G", "nested"]);
}
