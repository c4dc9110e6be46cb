// SPDX-License-Identifier: Apache-2.0
//! System chaincodes: agreeing on chaincodes with Fabric's bytes, packages, blocks, channels.

mod peers;

use bccsp::Suite;
use block::{Block, ReadWriteSet};
use gmca_peer::lifecycle::Definition;
use peers::{CHANNEL, Peers, approval};
use proto::Bytes;
use proto::common::{BlockchainInfo, Config};
use proto::lifecycle::{
    ApproveChaincodeDefinitionForMyOrgArgs, CheckCommitReadinessArgs, CheckCommitReadinessResult,
    CommitChaincodeDefinitionArgs, InstallChaincodeArgs, InstallChaincodeResult,
    QueryApprovedChaincodeDefinitionArgs, QueryApprovedChaincodeDefinitionResult,
    QueryChaincodeDefinitionArgs, QueryChaincodeDefinitionResult, QueryChaincodeDefinitionsResult,
    QueryInstalledChaincodesResult, chaincode_source,
};
use proto::prost::Message;
use proto::protos::{
    ChaincodeAction, ChannelQueryResponse, ProcessedTransaction, ProposalResponse,
    ProposalResponsePayload, Response, TxValidationCode as Code,
};

const PACKAGE: &[u8] = include_bytes!("../../vectors/data/fabric/basic-ccaas-package.tar.gz");

fn set(response: &ProposalResponse) -> ReadWriteSet {
    let payload = ProposalResponsePayload::decode(response.payload.clone()).unwrap();
    let action = ChaincodeAction::decode(payload.extension).unwrap();
    assert_eq!(action.chaincode_id.unwrap().version, "syscc");
    ReadWriteSet::decode(&action.results).unwrap()
}

fn call(peers: &Peers, peer: usize, function: &str, args: &impl Message) -> Response {
    peers.system(peer, "_lifecycle", &[function.as_bytes(), &args.encode_to_vec()])
}

fn good<M: Message + Default>(response: Response) -> M {
    assert_eq!(response.status, 200, "{}", response.message);
    M::decode(response.payload).unwrap()
}

fn reads(set: &ReadWriteSet, namespace: &str) -> Vec<String> {
    let found = set.namespaces.iter().find(|set| set.name == namespace);
    let reads = found.into_iter().flat_map(|set| &set.public.reads);
    reads.map(|read| read.key.clone()).collect()
}

#[test]
fn what_an_approval_reads_and_writes() {
    for suite in [Suite::Nist, Suite::Gm] {
        let peers = Peers::new(suite);
        let signed = peers.approval(0, &approval("basic", 1, false));
        let set = set(&peers.ask(0, signed));
        let names: Vec<&str> = set.namespaces.iter().map(|set| set.name.as_str()).collect();
        assert_eq!(names, ["_lifecycle", "lscc"]);
        assert_eq!(reads(&set, "lscc"), ["basic"]);
        let own = ["namespaces/fields/basic/Sequence", "namespaces/metadata/basic"];
        assert_eq!(reads(&set, "_lifecycle"), own);
        assert!(set.namespaces[0].public.writes.is_empty());
        let [collection] = &set.namespaces[0].collections[..] else { panic!() };
        assert_eq!(collection.name, "_implicit_org_Org1MSP");
        // Metadata and three fields of the definition, metadata and one field of the package.
        assert_eq!(collection.hashed.hashed_writes.len(), 6);
        let config = peers.channel().config();
        let hash = config.hash().unwrap();
        let value = |key: &str| {
            let key = hash.digest(&[key.as_bytes()]);
            let write =
                collection.hashed.hashed_writes.iter().find(|write| write.key_hash == key.as_ref());
            write.unwrap().value_hash.clone()
        };
        // By hand from the field numbers of StateMetadata and StateData.
        let metadata = b"\x0a\x13ChaincodeParameters\x12\x0fEndorsementInfo\x12\x0eValidationInfo\x12\x0bCollections";
        let known: [(&str, &[u8]); 5] = [
            ("namespaces/metadata/basic#1", metadata),
            ("namespaces/fields/basic#1/EndorsementInfo", b"\x12\x0b\x0a\x031.0\x1a\x04escc"),
            (
                "namespaces/fields/basic#1/ValidationInfo",
                b"\x12\x2a\x0a\x04vscc\x12\x22\x12\x20/Channel/Application/Endorsement",
            ),
            ("namespaces/fields/basic#1/Collections", b"\x12\x00"),
            ("chaincode-sources/fields/basic#1/PackageID", b"\x1a\x09basic:1.0"),
        ];
        for (key, bytes) in known {
            assert_eq!(value(key), hash.digest(&[bytes]).as_ref(), "{key}");
        }
        let package = b"\x0a\x15ChaincodeLocalPackage\x12\x09PackageID";
        assert_eq!(value("chaincode-sources/metadata/basic#1"), hash.digest(&[package]).as_ref());
    }
}

#[test]
fn what_is_committed_is_fabrics_state() {
    let peers = Peers::new(Suite::Nist);
    peers.deploy("basic", 1, false);
    let state = peers.channel().snapshot().unwrap();
    let value = |key: &str| state.get("_lifecycle", key).unwrap().unwrap().value;
    let metadata = b"\x0a\x13ChaincodeDefinition\x12\x08Sequence\x12\x0fEndorsementInfo\x12\x0eValidationInfo\x12\x0bCollections";
    assert_eq!(value("namespaces/metadata/basic"), &metadata[..]);
    assert_eq!(value("namespaces/fields/basic/Sequence"), &b"\x08\x01"[..]);
    assert_eq!(
        value("namespaces/fields/basic/EndorsementInfo"),
        &b"\x12\x0b\x0a\x031.0\x1a\x04escc"[..]
    );
    let validation = b"\x12\x2a\x0a\x04vscc\x12\x22\x12\x20/Channel/Application/Endorsement";
    assert_eq!(value("namespaces/fields/basic/ValidationInfo"), &validation[..]);
    assert_eq!(value("namespaces/fields/basic/Collections"), &b"\x12\x00"[..]);
    let found = Definition::read(&state, "basic").unwrap().unwrap();
    assert_eq!((found.sequence, found.version.as_str()), (1, "1.0"));
}

fn readiness(version: &str, sequence: i64) -> CheckCommitReadinessArgs {
    CheckCommitReadinessArgs {
        sequence,
        name: "basic".into(),
        version: version.into(),
        ..CheckCommitReadinessArgs::default()
    }
}

#[test]
fn readiness_says_who_and_what() {
    let peers = Peers::new(Suite::Gm);
    peers.approve(0, &approval("basic", 1, false));
    let check = |version: &str| -> CheckCommitReadinessResult {
        good(call(&peers, 1, "CheckCommitReadiness", &readiness(version, 1)))
    };
    let found = check("1.0");
    assert_eq!(found.approvals, [("Org1MSP".into(), true), ("Org2MSP".into(), false)].into());
    assert_eq!(found.mismatches.len(), 1);
    let items = &found.mismatches["Org2MSP"].items;
    assert_eq!(*items, ["ChaincodeParameters (Check the Sequence, ChaincodeName)"]);
    let found = check("2.0");
    assert!(!found.approvals["Org1MSP"]);
    let items = &found.mismatches["Org1MSP"].items;
    assert_eq!(*items, ["EndorsementInfo (Check the Version, InitRequired, EndorsementPlugin)"]);
    let response = call(&peers, 0, "CheckCommitReadiness", &readiness("1.0", 2));
    assert!(response.message.contains("must be sequence 1"), "{}", response.message);
}

#[test]
fn a_definition_takes_the_approval_of_those_who_endorse_it() {
    let peers = Peers::new(Suite::Nist);
    peers.approve(0, &approval("basic", 1, false));
    let args = CommitChaincodeDefinitionArgs {
        sequence: 1,
        name: "basic".into(),
        version: "1.0".into(),
        ..CommitChaincodeDefinitionArgs::default()
    };
    let response = call(&peers, 1, "CommitChaincodeDefinition", &args);
    assert_eq!(response.status, 500);
    assert!(
        response.message.ends_with("not agreed to by this org (Org2MSP)"),
        "{}",
        response.message
    );
    // One organisation alone is not enough for the channel.
    let args: [&[u8]; 2] = [b"CommitChaincodeDefinition", &args.encode_to_vec()];
    let signed = peers.proposal("_lifecycle", &args);
    let code = peers.order(&signed, peers.client(), &[0]);
    assert_eq!(code, Code::EndorsementPolicyFailure);
}

#[test]
fn approvals_that_make_no_sense() {
    let peers = Peers::new(Suite::Gm);
    let refused = |args: &ApproveChaincodeDefinitionForMyOrgArgs| {
        let response = call(&peers, 0, "ApproveChaincodeDefinitionForMyOrg", args);
        assert_eq!(response.status, 500);
        response.message
    };
    assert!(refused(&approval("basic", 0, false)).contains("first definable sequence number is 1"));
    assert!(refused(&approval("basic", 2, false)).contains("next available sequence number 1"));
    assert!(refused(&approval("b#1", 1, false)).contains("invalid chaincode name"));
    assert!(refused(&approval("lscc", 1, false)).contains("system chaincode"));
    let version = ApproveChaincodeDefinitionForMyOrgArgs {
        version: "a b".into(),
        ..approval("basic", 1, false)
    };
    assert!(refused(&version).contains("invalid chaincode version"));
    peers.approve(0, &approval("basic", 1, false));
    assert!(refused(&approval("basic", 1, false)).contains("unchanged content"));
    // Another package is another approval.
    let mut other = approval("basic", 1, false);
    let local = chaincode_source::Local { package_id: "basic:2".into() };
    other.source.as_mut().unwrap().r#type = Some(chaincode_source::Type::LocalPackage(local));
    peers.approve(0, &other);
    peers.approve(0, &approval("basic", 1, false));
    peers.deploy_rest();
    let different = refused(&approval("basic", 1, true));
    assert!(
        different.ends_with(
            "with different parameters: expected InitRequired 'false' does not match passed InitRequired 'true'"
        ),
        "{different}"
    );
    assert!(
        refused(&approval("basic", 1, false)).ends_with(
            "attempted to redefine the current committed sequence (1) for namespace basic"
        )
    );
    // What is in force may be approved again, with another package.
    peers.approve(0, &other);
    let found = peers.begin(0, peers.proposal("basic", &[b"f"])).unwrap();
    assert_eq!(found.target().package_id, "basic:2");
    // The next sequence.
    peers.deploy("basic", 2, true);
    let state = peers.channel().snapshot().unwrap();
    assert_eq!(Definition::read(&state, "basic").unwrap().unwrap().sequence, 2);
}

#[test]
fn definitions_are_told() {
    let peers = Peers::new(Suite::Nist);
    let ask = |name: &str| {
        call(
            &peers,
            0,
            "QueryChaincodeDefinition",
            &QueryChaincodeDefinitionArgs { name: name.into() },
        )
    };
    let none = ask("basic");
    assert_eq!((none.status, none.message.as_str()), (404, "namespace basic is not defined"));
    peers.deploy("basic", 1, false);
    peers.deploy("other", 1, true);
    let found: QueryChaincodeDefinitionResult = good(ask("basic"));
    assert_eq!((found.sequence, found.version.as_str()), (1, "1.0"));
    assert_eq!(found.approvals, [("Org1MSP".into(), true), ("Org2MSP".into(), true)].into());
    let all: QueryChaincodeDefinitionsResult =
        good(call(&peers, 0, "QueryChaincodeDefinitions", &Response::default()));
    let names: Vec<&str> = all.chaincode_definitions.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["basic", "other"]);
    let args = QueryApprovedChaincodeDefinitionArgs { name: "other".into(), sequence: 0 };
    let approved: QueryApprovedChaincodeDefinitionResult =
        good(call(&peers, 0, "QueryApprovedChaincodeDefinition", &args));
    assert!(approved.init_required && approved.sequence == 1);
    let local = chaincode_source::Local { package_id: "other:1.0".into() };
    let source = approved.source.unwrap().r#type;
    assert_eq!(source, Some(chaincode_source::Type::LocalPackage(local)));
    let args = QueryApprovedChaincodeDefinitionArgs { name: "other".into(), sequence: 7 };
    assert_eq!(call(&peers, 0, "QueryApprovedChaincodeDefinition", &args).status, 404);
}

#[test]
fn packages_are_installed_once() {
    let peers = Peers::new(Suite::Gm);
    let args = InstallChaincodeArgs { chaincode_install_package: PACKAGE.into() };
    let installed: InstallChaincodeResult = good(call(&peers, 0, "InstallChaincode", &args));
    assert!(installed.package_id.starts_with("basic_1:"));
    assert!(
        call(&peers, 0, "InstallChaincode", &args)
            .message
            .contains("already successfully installed")
    );
    let bad = InstallChaincodeArgs { chaincode_install_package: "x".into() };
    assert!(call(&peers, 0, "InstallChaincode", &bad).message.contains("could not parse"));

    // Another peer of the organisation has the package, and not the approval: it knows by the hash.
    let mut args = approval("basic", 1, false);
    let local = chaincode_source::Local { package_id: installed.package_id.clone() };
    args.source.as_mut().unwrap().r#type = Some(chaincode_source::Type::LocalPackage(local));
    peers.approve(0, &args);
    peers.deploy_rest();
    let other = peers.another_of(0);
    let ask = |signed| other.begin(signed).unwrap();
    let gmca_peer::endorse::Plan::Done(response) = ask(peers.proposal("basic", &[b"f"])) else {
        panic!()
    };
    assert!(response.response.unwrap().message.contains("not installed"));
    let install = InstallChaincodeArgs { chaincode_install_package: PACKAGE.into() };
    let args: [&[u8]; 2] = [b"InstallChaincode", &install.encode_to_vec()];
    let admin = &peers.kit.members[0].admin;
    ask(peers.sign(peers.request("_lifecycle", &args, admin), admin));
    assert!(matches!(ask(peers.proposal("basic", &[b"f"])), gmca_peer::endorse::Plan::Run(_)));

    let all: QueryInstalledChaincodesResult =
        good(call(&peers, 0, "QueryInstalledChaincodes", &Response::default()));
    let [one] = &all.installed_chaincodes[..] else { panic!() };
    assert_eq!(
        (one.package_id.as_str(), one.label.as_str()),
        (installed.package_id.as_str(), "basic_1")
    );
    let used = &one.references[CHANNEL].chaincodes[0];
    assert_eq!((used.name.as_str(), used.version.as_str()), ("basic", "1.0"));
}

#[test]
fn who_may_ask() {
    let peers = Peers::new(Suite::Nist);
    let client = peers.client();
    let ask = |chaincode: &str, args: &[&[u8]]| {
        peers.ask(0, peers.sign(peers.request(chaincode, args, client), client)).response.unwrap()
    };
    for (chaincode, function) in [
        ("_lifecycle", "ApproveChaincodeDefinitionForMyOrg"),
        ("_lifecycle", "InstallChaincode"),
        ("_lifecycle", "QueryInstalledChaincodes"),
        ("cscc", "JoinChain"),
    ] {
        let response = ask(chaincode, &[function.as_bytes(), b""]);
        assert_eq!(response.status, 500);
        assert!(response.message.contains("access denied"), "{function}: {}", response.message);
    }
    assert_eq!(ask("cscc", &[b"GetChannels"]).status, 200);
    assert_eq!(ask("qscc", &[b"GetChainInfo", CHANNEL.as_bytes()]).status, 200);
    // An administrator of the other organisation is none here.
    let args = InstallChaincodeArgs { chaincode_install_package: PACKAGE.into() };
    let admin = &peers.kit.members[1].admin;
    let args: [&[u8]; 2] = [b"InstallChaincode", &args.encode_to_vec()];
    let response = peers.ask(0, peers.sign(peers.request("_lifecycle", &args, admin), admin));
    assert!(response.response.unwrap().message.contains("access denied"));
    assert_eq!(ask("_lifecycle", &[b"Nothing"]).status, 500);
    assert_eq!(ask("_lifecycle", &[]).status, 500);
}

#[test]
fn blocks_and_transactions() {
    let peers = Peers::new(Suite::Gm);
    peers.deploy("basic", 1, false);
    let ask = |args: &[&[u8]]| peers.system(0, "qscc", args);
    let channel = CHANNEL.as_bytes();
    let info: BlockchainInfo = good(ask(&[b"GetChainInfo", channel]));
    let tip = peers.channel().tip_hash().unwrap();
    assert_eq!((info.height, &info.current_block_hash[..]), (4, tip.as_ref()));
    let bytes = |response: Response| {
        assert_eq!(response.status, 200, "{}", response.message);
        Block::decode(response.payload).unwrap()
    };
    let last = bytes(ask(&[b"GetBlockByNumber", channel, b"3"]));
    assert_eq!(last.number(), 3);
    assert_eq!(info.previous_block_hash, last.header().previous_hash);
    assert_eq!(bytes(ask(&[b"GetBlockByNumber", channel, b"18446744073709551615"])), last);
    assert_eq!(bytes(ask(&[b"GetBlockByHash", channel, tip.as_ref()])), last);
    let envelope = block::Envelope::open(last.entries()[0].clone()).unwrap();
    let id = envelope.headers().channel_header().tx_id.clone();
    assert_eq!(bytes(ask(&[b"GetBlockByTxID", channel, id.as_bytes()])), last);
    let found: ProcessedTransaction = good(ask(&[b"GetTransactionByID", channel, id.as_bytes()]));
    assert_eq!(
        (found.validation_code, found.transaction_envelope),
        (0, Some(envelope.to_message()))
    );
    for args in [
        &[&b"GetBlockByNumber"[..], channel, b"4"][..],
        &[b"GetBlockByNumber", channel, b"x"],
        &[b"GetBlockByHash", channel, b"short"],
        &[b"GetTransactionByID", channel, b"none"],
        &[b"GetChainInfo", b"nowhere"],
        &[b"Nothing", channel],
        &[b"GetBlockByNumber", channel],
    ] {
        assert_eq!(ask(args).status, 500, "{args:?}");
    }
}

#[test]
fn channels_are_joined_and_told() {
    let peers = Peers::new(Suite::Nist);
    let other: Bytes = peers.kit.genesis("ch2").encode();
    assert_eq!(peers.system(0, "cscc", &[b"JoinChain", &other]).status, 200);
    assert_eq!(peers.system(0, "cscc", &[b"JoinChain", &other]).status, 500);
    assert_eq!(peers.system(0, "cscc", &[b"JoinChain", b"\xff"]).status, 500);
    let all: ChannelQueryResponse = good(peers.system(0, "cscc", &[b"GetChannels"]));
    let names: Vec<&str> = all.channels.iter().map(|one| one.channel_id.as_str()).collect();
    assert_eq!(names, ["ch1", "ch2"]);
    let config: Config = good(peers.system(0, "cscc", &[b"GetChannelConfig", b"ch2"]));
    assert_eq!(config.sequence, 0);
    let block = peers.system(0, "cscc", &[b"GetConfigBlock", b"ch2"]).payload;
    assert_eq!(Block::decode(block).unwrap().number(), 0);
    assert_eq!(peers.system(0, "cscc", &[b"GetConfigBlock", b"ch3"]).status, 500);
    assert_eq!(peers.system(0, "cscc", &[b"JoinChainBySnapshot"]).status, 500);
}
