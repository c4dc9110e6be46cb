// SPDX-License-Identifier: Apache-2.0
//! `configtx.yaml`: Fabric's own file gives Fabric's own tree; old files, new keys, mistakes.
#![allow(unreachable_pub)] // the module of helpers has several users
#![allow(clippy::disallowed_methods)] // tests touch the real disk

mod support;

use bccsp::{EngineChoice, Providers, Suite};
use block::Envelope;
use gmca_channel::Channel;
use gmca_channel::configtx::{ConfigTx, Error, Profile};
use gmca_channel::update::Stamp;
use msp::Contents;
use pki::extension::{BasicConstraints, TypedExtension};
use pki::{CertificateBuilder, Name, Time};
use proto::common::ConfigGroup;
use proto::prost::Message;
use proto::prost_types;
use std::path::Path;
use std::sync::Arc;
use support::{block, fabric, read};
use sys::sim::MemoryDisk;
use sys::{Disk, SystemDisk};

const OLD: &str = "\
Profiles:
  SampleInsecureSolo:
    Orderer:
      OrdererType: solo
      Addresses:
        - 127.0.0.1:7050
    Consortiums:
      SampleConsortium:
        Organizations:
          - Name: SampleOrg
            ID: SampleOrg
            MSPDir: msp

  SampleSingleMSPChannel:
    consortium: SampleConsortium
    Application:
      Organizations:
        - Name: SampleOrg
          ID: SampleOrg
          MSPDir: msp
";

fn stamp() -> Stamp {
    Stamp {
        nonce: vec![7; 24].into(),
        time: prost_types::Timestamp { seconds: 1_780_000_000, nanos: 5 },
    }
}

fn both() -> Arc<Providers> {
    Arc::new(Providers::new(Suite::Gm, EngineChoice::Auto).unwrap())
}

/// A disk with an MSP of each family: `gm` and `nist`, and `msp`, which is the first.
fn disk(providers: &Arc<Providers>) -> Arc<dyn Disk> {
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new(1 << 20));
    let (from, until) = (Time::parse("2026-01-01").unwrap(), Time::parse("2036-01-01").unwrap());
    for (folder, suite) in [("gm", Suite::Gm), ("nist", Suite::Nist), ("msp", Suite::Gm)] {
        let key = providers.get(suite).unwrap().generate_signing_key().unwrap();
        let name = Name::parse(&format!("/O={folder}/CN=ca")).unwrap();
        let public = key.verifying_key().public_key();
        let ca = CertificateBuilder::new(&name, public, &[1], from, until)
            .extension(BasicConstraints { ca: true, path_len: None }.extension(true))
            .subject_key_id(providers)
            .unwrap()
            .sign_self(&*key)
            .unwrap();
        Contents::new(vec![ca]).write(&disk, providers, Path::new(folder)).unwrap();
    }
    disk
}

fn fabric_yaml() -> String {
    String::from_utf8(read("config/configtx.yaml")).unwrap()
}

fn fabric_profile(text: &str) -> Result<Profile, Error> {
    ConfigTx::parse(text, &fabric().join("msp"))?.profile("Ch")
}

fn fabric_group(text: &str) -> ConfigGroup {
    let providers = support::providers();
    fabric_profile(text).unwrap().channel_group(&SystemDisk, &providers).unwrap()
}

fn group_of(entry: &proto::Bytes) -> ConfigGroup {
    let config = Envelope::open(entry.clone()).unwrap().config().unwrap();
    config.config.unwrap().channel_group.unwrap()
}

/// The line and text of a mistake.
fn mistake(text: &str) -> (u64, String) {
    let read = ConfigTx::parse(text, Path::new("")).and_then(|file| {
        let names: Vec<_> = file.profiles().map(str::to_owned).collect();
        names.iter().try_for_each(|name| file.profile(name).map(drop))
    });
    match read.unwrap_err() {
        Error::Text { line, what } => (line, what),
        other => panic!("{other}"),
    }
}

#[test]
fn the_tree_is_the_one_that_configtxgen_made_of_the_same_file() {
    let theirs = block("blocks/orderer/0.block");
    let profile = fabric_profile(&fabric_yaml()).unwrap();
    assert_eq!(profile.notes(), [""; 0]);
    let providers = support::providers();
    let ours = profile.genesis_block("mych", &SystemDisk, &providers, stamp()).unwrap();
    let (wanted, made) = (group_of(&theirs.entries()[0]), group_of(&ours.entries()[0]));
    assert_eq!(made.groups["Orderer"].values, wanted.groups["Orderer"].values);
    assert_eq!(made, wanted);
    assert_eq!(ours.metadata(), theirs.metadata());
    let (ours, theirs) = (
        Envelope::open(ours.entries()[0].clone()).unwrap(),
        Envelope::open(theirs.entries()[0].clone()).unwrap(),
    );
    assert_eq!(ours.data().len(), theirs.data().len());
    assert_eq!(ours.signature(), theirs.signature());
    assert_eq!(ours.headers().creator(), theirs.headers().creator());
    ours.headers().check_transaction_id(&providers).unwrap();
    let mut header = ours.headers().channel_header().clone();
    let theirs = theirs.headers().channel_header();
    assert_ne!((&header.timestamp, &header.tx_id), (&theirs.timestamp, &theirs.tx_id));
    header.timestamp = theirs.timestamp;
    header.tx_id.clone_from(&theirs.tx_id);
    assert_eq!(&header, theirs);
}

#[test]
fn with_theirs_for_time_and_nonce_the_block_differs_only_in_the_order_of_maps() {
    let theirs = block("blocks/orderer/0.block");
    let envelope = Envelope::open(theirs.entries()[0].clone()).unwrap();
    let headers = envelope.headers();
    let time = headers.channel_header().timestamp.unwrap();
    let stamp = Stamp { nonce: headers.nonce().clone(), time };
    let profile = fabric_profile(&fabric_yaml()).unwrap();
    let ours = profile.genesis_block("mych", &SystemDisk, &support::providers(), stamp).unwrap();
    let ours = Envelope::open(ours.entries()[0].clone()).unwrap();
    assert_eq!(ours.headers().to_message(), headers.to_message());
    assert_eq!(ours.config().unwrap(), envelope.config().unwrap());
}

#[test]
fn keys_are_known_by_name_whatever_their_case() {
    let changed =
        fabric_yaml().replace("MSPDir:", "mspdir:").replace("OrdererType:", "ORDERERTYPE:");
    assert_eq!(fabric_group(&changed), fabric_group(&fabric_yaml()));
}

#[test]
fn what_is_left_out_is_what_fabric_fills_in() {
    let mut text = fabric_yaml();
    for line in ["        Options:", "      BatchTimeout:", "      BatchSize:"] {
        let start = text.find(line).unwrap();
        let end = start + text[start..].find('\n').unwrap();
        text.replace_range(start..=end, "");
    }
    let orderer = &fabric_group(&text).groups["Orderer"];
    let value = |name: &str| orderer.values[name].value.clone();
    let size = proto::orderer::BatchSize::decode(value("BatchSize")).unwrap();
    assert_eq!(
        (size.max_message_count, size.absolute_max_bytes, size.preferred_max_bytes),
        (500, 10_485_760, 2_097_152)
    );
    let timeout = proto::orderer::BatchTimeout::decode(value("BatchTimeout")).unwrap();
    assert_eq!(timeout.timeout, "2s");
    let kind = proto::orderer::ConsensusType::decode(value("ConsensusType")).unwrap();
    let raft = proto::etcdraft::ConfigMetadata::decode(kind.metadata).unwrap().options.unwrap();
    assert_eq!(raft.tick_interval, "500ms");
    assert_eq!((raft.election_tick, raft.heartbeat_tick), (10, 1));
    assert_eq!((raft.max_inflight_blocks, raft.snapshot_interval_size), (5, 16 << 20));
}

#[test]
fn anchors_aliases_and_merge_keys_are_followed() {
    let text = "\
Organizations:
  - &Org {Name: Org, ID: OrgMSP, MSPDir: gm}
Orderer: &Orderer
  OrdererType: solo
  BatchTimeout: 60s
  BatchSize: &Size {MaxMessageCount: 7}
Profiles:
  One:
    Orderer:
      <<: *Orderer
      BatchSize: {<<: *Size, PreferredMaxBytes: 512k}
      Addresses: ['a:1']
    Application: {Organizations: [*Org], ACLs: {qscc/GetChainInfo: /Channel/Application/Readers}}
    Capabilities: {V2_0: true, V1_4_3: false}
";
    let providers = both();
    let profile = ConfigTx::parse(text, Path::new("")).unwrap().profile("One").unwrap();
    let block = profile.genesis_block("ch", &*disk(&providers), &providers, stamp()).unwrap();
    let channel = Channel::from_block(&providers, &block).unwrap();
    let batch = channel.orderer().batch();
    assert_eq!((batch.max_messages, batch.preferred_max_bytes), (7, 512 << 10));
    assert_eq!(batch.timeout.as_secs(), 60);
    assert_eq!(channel.capabilities().iter().collect::<Vec<_>>(), ["V2_0"]);
    let acl = channel.application().acl("qscc/GetChainInfo");
    assert_eq!(acl, Some("/Channel/Application/Readers"));
    let value = &group_of(&block.entries()[0]).groups["Orderer"].values["BatchTimeout"].value;
    let timeout = proto::orderer::BatchTimeout::decode(value.clone()).unwrap();
    assert_eq!(timeout.timeout, "1m0s", "as Go prints it");
}

#[test]
fn what_is_not_supported_stops_only_the_profile_that_uses_it() {
    let text = "\
Organizations:
  - &Org
    Name: Org
    ID: OrgMSP
    MSPDir: gm
    Policies: &Policies {Readers: {Type: Signature, Rule: \"OR('OrgMSP.member')\"}}
Capabilities: {Channel: &Channel {V2_0: true}, Orderer: {V1_1: false}}
Profiles:
  Old:
    Orderer: &Orderer {OrdererType: kafka, Addresses: ['a:1'], Kafka: {Brokers: [b]}}
    Application: {Organizations: [{<<: *Org, MSPType: idemix}]}
  New:
    Capabilities: {<<: *Channel}
    Orderer:
      OrdererType: solo
      <<: *Orderer
      Capabilities:
    Application:
      Organizations:
        - <<: *Org
          Policies: {<<: *Policies, Admins: {Type: Signature, Rule: \"OR('OrgMSP.peer')\"}}
";
    let file = ConfigTx::parse(text, Path::new("")).unwrap();
    let error = file.profile("Old").unwrap_err().to_string();
    assert!(
        error.starts_with("line 11: `MSPType` ") && error.ends_with("with certificates"),
        "{error}"
    );
    let (providers, profile) = (both(), file.profile("New").unwrap());
    let block = profile.genesis_block("ch", &*disk(&providers), &providers, stamp()).unwrap();
    let channel = Channel::from_block(&providers, &block).unwrap();
    assert_eq!(channel.orderer().consensus_type(), "solo");
    let policy = |name| channel.policies().resolve(name).unwrap().policy.to_string();
    assert_eq!(policy("/Channel/Application/Org/Admins"), "OR('OrgMSP.peer')");
    assert_eq!(policy("/Channel/Application/Org/Readers"), "OR('OrgMSP.member')");
}

#[test]
fn a_system_channel_and_a_channel_on_it_become_channels() {
    let (providers, file) = (both(), ConfigTx::parse(OLD, Path::new("")).unwrap());
    let names: Vec<_> = file.profiles().collect();
    assert_eq!(names, ["SampleInsecureSolo", "SampleSingleMSPChannel"]);
    let disk = disk(&providers);
    let mut groups = Vec::new();
    for (name, first) in [
        (names[0], "the organisations of consortium `SampleConsortium` form the application"),
        (names[1], "the Orderer section is that of profile `SampleInsecureSolo`"),
    ] {
        let profile = file.profile(name).unwrap();
        assert_eq!(profile.notes()[0], first);
        assert_eq!(profile.notes().len(), 7, "{:#?}", profile.notes());
        let block = profile.genesis_block("ch", &*disk, &providers, stamp()).unwrap();
        let channel = Channel::from_block(&providers, &block).unwrap();
        assert_eq!(channel.orderer().consensus_type(), "solo");
        assert_eq!(channel.orderer_endpoints(), ["127.0.0.1:7050"]);
        assert_eq!(channel.hash_algorithm(), Suite::Gm.hash_algorithm());
        block.check(channel.hash().unwrap()).unwrap();
        for (path, policy) in [
            ("/Channel/Readers", "ANY Readers"),
            ("/Channel/Application/Admins", "MAJORITY Admins"),
            ("/Channel/Application/LifecycleEndorsement", "MAJORITY Endorsement"),
            ("/Channel/Orderer/Writers", "ANY Writers"),
            ("/Channel/Orderer/BlockValidation", "ANY Writers"),
            ("/Channel/Orderer/SampleOrg/Writers", "OR('SampleOrg.member')"),
            ("/Channel/Application/SampleOrg/Readers", "OR('SampleOrg.member')"),
            ("/Channel/Application/SampleOrg/Admins", "OR('SampleOrg.admin')"),
        ] {
            let found = channel.policies().resolve(path).unwrap().policy.to_string();
            assert_eq!(found, policy, "{path}");
        }
        let group = group_of(&block.entries()[0]);
        assert_eq!(group.values["OrdererAddresses"].mod_policy, "/Channel/Orderer/Admins");
        groups.push(group);
    }
    assert_eq!(groups[0], groups[1]);
}

fn hash_of(keys: &str, folders: [&str; 2]) -> String {
    let providers = both();
    let [a, b] = folders;
    let text = format!(
        "Profiles:\n  P:\n    {keys}\n    Orderer: {{OrdererType: solo, Addresses: ['a:1'], \
         Organizations: [{{Name: A, ID: A, MSPDir: {a}}}]}}\n    Application: \
         {{Organizations: [{{Name: B, ID: B, MSPDir: {b}}}]}}\n"
    );
    let profile = ConfigTx::parse(&text, Path::new("")).unwrap().profile("P").unwrap();
    let block = profile.genesis_block("ch", &*disk(&providers), &providers, stamp()).unwrap();
    let channel = Channel::from_block(&providers, &block).unwrap();
    channel.hash_algorithm().fabric_name().to_owned()
}

#[test]
fn the_hash_is_that_of_the_members_unless_the_file_names_one() {
    assert_eq!(hash_of("", ["gm", "gm"]), "SM3");
    assert_eq!(hash_of("", ["nist", "nist"]), "SHA256");
    assert_eq!(hash_of("", ["gm", "nist"]), "SHA256");
    assert_eq!(hash_of("", ["nist", "gm"]), "SHA256");
    assert_eq!(hash_of("HashingAlgorithm: SM3", ["gm", "nist"]), "SM3");
    assert_eq!(hash_of("HashingAlgorithm: SHA256", ["gm", "gm"]), "SHA256");
}

#[test]
fn a_mistake_is_told_with_its_line_and_what_to_write() {
    let yaml = fabric_yaml();
    let changed = |from: &str, to: &str| {
        assert!(yaml.contains(from), "{from}");
        mistake(&yaml.replacen(from, to, 1))
    };
    let cases = [
        ("MSPDir: org/ord", "MSPDirectory: org/ord", 5, "is no key of `an organisation`"),
        ("    ID: OrdMSP\n", "", 3, "has no ID: write one"),
        ("Type: Signature", "Type: Sig", 7, "`Sig` is no type of policy: Signature or"),
        ("OR('OrdMSP.member')", "OR('OrdMSP.member'", 7, "`Readers`:"),
        ("Port: 17051", "Port: 70000", 20, "`Port` is no port: 1 to 65535"),
        ("Rule: \"ANY Readers\"", "Rule: \"SOME Readers\"", 24, "expected ANY, ALL or MAJORITY"),
        ("{V3_0: true}", "{V3_0: yes please}", 27, "`V3_0` is neither true nor false"),
        ("{V3_0: true}", "[V3_0]", 27, "`Capabilities` is no mapping"),
        ("16 MB", "16 MiB", 33, "is no size below 4 GB"),
        ("99 MB", "9 GB", 35, "is no size below 4 GB"),
        ("BatchTimeout: 500ms", "BatchTimeout: 500", 34, "is no duration above 0"),
        ("BatchTimeout: 500ms", "BatchTimeout: 0s", 34, "is no duration above 0"),
        ("MaxMessageCount: 10", "MaxMessageCount: -10", 35, "is no whole number"),
        ("[*Ord]", "[*Ord, *Ord]", 3, "organisation `OrdOrg` is listed twice"),
        ("[*Ord]", "*Ord", 36, "`Organizations` is no list"),
        ("Organizations: [*Org1]", "Organizations:", 22, "has no application organisations"),
        ("OrdererEndpoints: [\"127.0.0.1:17050\"]", "SkipAsForeign: true", 10, "the MSP of every"),
        ("MSPDir: org/ord", "MSPType: idemix\n    MSPDir: org/ord", 5, "write bccsp"),
        (
            "    Policies:\n      Readers: {Type: I",
            "    HashingAlgorithm: SHA512\n    Policies:\n      Readers: {Type: I",
            23,
            "SHA256",
        ),
        ("  Ch:", "  Ch:\n    policies: {}", 24, "stands here twice"),
        ("Profiles:", "Profile:", 21, "is no key of `the file`, which has Profiles"),
        ("Profiles:", "\tProfiles:", 21, ""),
    ];
    for (from, to, line, what) in cases {
        let found = changed(from, to);
        assert!(found.0 == line && found.1.contains(what), "{to}: {found:?}");
    }
    let error = ConfigTx::parse(&yaml, Path::new("")).unwrap().profile("ch").unwrap_err();
    assert_eq!(error.to_string(), "line 1: there is no profile `ch`; the file has `Ch`");
}

#[test]
fn a_type_of_consensus_is_judged_where_it_is_used() {
    let providers = support::providers();
    for (from, to, line, what) in [
        ("OrdererType: etcdraft", "OrdererType: BFT", 28, "`BFT` is not supported: etcdraft or"),
        ("      OrdererType: etcdraft\n", "", 28, "no OrdererType: write etcdraft"),
        ("EtcdRaft:", "SmartBFT:", 28, "no EtcdRaft section"),
    ] {
        let profile = fabric_profile(&fabric_yaml().replace(from, to)).unwrap();
        let error = profile.channel_group(&SystemDisk, &providers).unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with(&format!("line {line}: ")) && text.contains(what), "{text}");
    }
}

#[test]
fn files_that_are_missing_and_channels_that_cannot_be_are_told() {
    let providers = support::providers();
    let error = |from: &str, to: &str, id: &str| {
        let profile = fabric_profile(&fabric_yaml().replace(from, to)).unwrap();
        profile.genesis_block(id, &SystemDisk, &providers, stamp()).unwrap_err()
    };
    let missing = error("org1.test/msp", "org9.test/msp", "mych");
    assert!(
        matches!(&missing, Error::Msp { organization, .. } if organization == "Org1"),
        "{missing}"
    );
    let missing = error("o1.ord.test/tls/server.crt", "o9.crt", "mych");
    assert!(matches!(&missing, Error::File { path, .. } if path.ends_with("o9.crt")), "{missing}");
    let unknown = error("{V2_0: true}", "{V9_0: true}", "mych").to_string();
    assert!(unknown.contains("[Value] /Channel/Orderer/Capabilities"), "{unknown}");
    let silent = error("OrdererEndpoints: [", "OrdererEndpoints: [] #", "mych").to_string();
    assert!(silent.contains("/Channel/Orderer/OrdOrg/Endpoints"), "{silent}");
    let name = error("Ch:", "Ch:", "My Channel").to_string();
    assert!(name.contains("no channel name"), "{name}");
    let none = ConfigTx::read(&SystemDisk, Path::new("nowhere/configtx.yaml")).unwrap_err();
    assert!(none.to_string().starts_with("nowhere/configtx.yaml: "), "{none}");
}

#[test]
fn profiles_that_lack_half_of_a_channel_are_refused_in_words() {
    let two = OLD.replace(
        "      SampleConsortium:\n",
        "      Other: {Organizations: []}\n      SampleConsortium:\n",
    );
    let (line, what) = mistake(&two);
    assert!(line == 2 && what.contains("list them under Application, Organizations"), "{what}");
    let alone = OLD.replace("consortium: SampleConsortium", "consortium: Other");
    let (line, what) = mistake(&alone);
    assert!(line == 14 && what.contains("has no Orderer section"), "{what}");
}

#[test]
fn a_small_file_does_not_unfold_to_a_large_one() {
    let mut text = format!("x0: &x0 [{}]\n", "a, ".repeat(9));
    for level in 1..12 {
        let (line, alias) = (format!("x{level}: &x{level} "), format!("*x{}, ", level - 1));
        text.push_str(&format!("{line}[{}]\n", alias.repeat(9)));
    }
    let (_, what) = mistake(&text);
    assert!(what.contains("replay limit exceeded"), "{what}");
    // One long text, taken again and again.
    let text = format!("x: &x {}\ny:\n{}", "a".repeat(1 << 16), "  - *x\n".repeat(90));
    let (_, what) = mistake(&text);
    assert!(what.contains("ScalarBytes"), "{what:.200}");
    assert_eq!(mistake(&" ".repeat(2 << 20)).1, "the file is longer than 1048576 bytes");
}
