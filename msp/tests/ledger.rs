// SPDX-License-Identifier: Apache-2.0
//! A real Fabric ledger: its MSPs, identities, policies and signatures, from the bytes.
#![allow(clippy::disallowed_methods)] // tests touch the real disk

mod support;

use gmca_msp::{
    Decision, Definition, Manager, MspFolder, MspRole, Policy, PolicyTree, Principal, Role,
    SerializedIdentity, Signers, Verdict, WhyDropped,
};
use proto::common::{
    Block, ChannelHeader, ConfigEnvelope, ConfigGroup, ConfigUpdateEnvelope, Envelope, Metadata,
    Payload, SignatureHeader,
};
use proto::prost::Message;
use proto::{Bytes, SignedData, protos};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use sys::SystemDisk;

const LEDGER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/data/fabric");

fn block(name: &str) -> Block {
    let bytes = std::fs::read(Path::new(LEDGER).join(name)).unwrap();
    Block::decode(Bytes::from(bytes)).unwrap()
}

/// A channel as a block of configuration says it is.
struct Channel {
    manager: Manager,
    tree: PolicyTree,
    /// `MSPConfig` by organisation.
    msps: BTreeMap<String, Bytes>,
    policies: Vec<proto::common::Policy>,
}

impl Channel {
    fn of(block: &Block) -> Self {
        let config = config_of(block).config.unwrap();
        let (mut msps, mut policies) = (BTreeMap::new(), Vec::new());
        let root = config.channel_group.unwrap();
        let tree = tree("Channel", &root, &mut msps, &mut policies);
        let providers = support::providers();
        let read = |bytes: &Bytes| Definition::from_proto(bytes, &providers).unwrap();
        let manager = Manager::new(&providers, msps.values().map(read)).unwrap();
        Self { manager, tree, msps, policies }
    }

    fn genesis() -> Self {
        Self::of(&block("blocks/orderer/0.block"))
    }

    fn evaluate(&self, path: &str, set: &[SignedData]) -> Decision {
        let signers = self.manager.verify(set);
        signers.check().unwrap();
        self.tree.evaluate(path, &signers)
    }
}

fn payload_of(envelope: &[u8]) -> (Envelope, Payload) {
    let envelope = Envelope::decode(envelope).unwrap();
    let payload = Payload::decode(envelope.payload.clone()).unwrap();
    (envelope, payload)
}

fn config_of(block: &Block) -> ConfigEnvelope {
    let (_, payload) = payload_of(&block.data.as_ref().unwrap().data[0]);
    ConfigEnvelope::decode(payload.data).unwrap()
}

fn tree(
    name: &str,
    group: &ConfigGroup,
    msps: &mut BTreeMap<String, Bytes>,
    policies: &mut Vec<proto::common::Policy>,
) -> PolicyTree {
    let mut out = PolicyTree::new(name);
    for (name, policy) in &group.policies {
        let policy = policy.policy.as_ref().unwrap();
        policies.push(policy.clone());
        out = out.with_policy(name, Policy::from_proto(policy).unwrap());
    }
    for (name, child) in &group.groups {
        if let Some(msp) = child.values.get("MSP") {
            msps.insert(name.clone(), msp.value.clone());
        }
        out = out.with_group(tree(name, child, msps, policies));
    }
    out
}

/// ASN.1 of a block's header (a SEQUENCE of number and two OCTET STRINGs).
fn header_bytes(block: &Block) -> Bytes {
    let header = block.header.as_ref().unwrap();
    assert!(header.number < 128);
    let mut inside = vec![2, 1, header.number as u8, 4, header.previous_hash.len() as u8];
    inside.extend_from_slice(&header.previous_hash);
    inside.extend_from_slice(&[4, header.data_hash.len() as u8]);
    inside.extend_from_slice(&header.data_hash);
    let mut out = vec![0x30, inside.len() as u8];
    out.extend(inside);
    out.into()
}

/// The orderers' signatures of a block.
fn block_signatures(block: &Block) -> Vec<SignedData> {
    let slot = &block.metadata.as_ref().unwrap().metadata[0];
    let metadata = Metadata::decode(slot.clone()).unwrap();
    let signature = |one: &proto::common::MetadataSignature| SignedData {
        identity: SignatureHeader::decode(one.signature_header.clone()).unwrap().creator,
        message: vec![metadata.value.clone(), one.signature_header.clone(), header_bytes(block)],
        signature: one.signature.clone(),
    };
    metadata.signatures.iter().map(signature).collect()
}

/// The creators' and the endorsers' signatures of a block's transactions.
fn transaction_signatures(block: &Block) -> (Vec<SignedData>, Vec<SignedData>) {
    let (mut creators, mut endorsers) = (Vec::new(), Vec::new());
    for envelope in &block.data.as_ref().unwrap().data {
        let (envelope, payload) = payload_of(envelope);
        let header = payload.header.unwrap();
        let creator = SignatureHeader::decode(header.signature_header).unwrap().creator;
        let (message, signature) = (vec![envelope.payload.clone()], envelope.signature.clone());
        creators.push(SignedData { identity: creator, message, signature });
        assert_eq!(ChannelHeader::decode(header.channel_header).unwrap().r#type, 3);
        for action in protos::Transaction::decode(payload.data).unwrap().actions {
            let payload = protos::ChaincodeActionPayload::decode(action.payload).unwrap();
            let action = payload.action.unwrap();
            endorsers.extend(action.endorsements.iter().map(|endorsement| SignedData {
                identity: endorsement.endorser.clone(),
                message: vec![
                    action.proposal_response_payload.clone(),
                    endorsement.endorser.clone(),
                ],
                signature: endorsement.signature.clone(),
            }));
        }
    }
    (creators, endorsers)
}

fn flipped(bytes: &Bytes, at: usize) -> Bytes {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1;
    bytes.into()
}

fn organisation(msp_id: &str) -> PathBuf {
    Path::new(LEDGER).join("msp/org").join(match msp_id {
        "OrdMSP" => "ordererOrganizations/ord.test",
        _ => "peerOrganizations/org1.test",
    })
}

#[test]
fn folders_are_the_definitions_of_block_0() {
    let channel = Channel::genesis();
    let providers = support::providers();
    for (group, msp_id) in [("OrdOrg", "OrdMSP"), ("Org1", "Org1MSP")] {
        let path = organisation(msp_id).join("msp");
        let folder = MspFolder::read(&SystemDisk, &providers, &path).unwrap();
        let definition = folder.definition(&providers, msp_id).unwrap();
        assert_eq!(definition.to_proto(), channel.msps[group], "{group}: equal to the byte");
        let read = Definition::from_proto(&channel.msps[group], &providers).unwrap();
        assert_eq!(read, definition);
        assert_eq!(read.to_proto(), channel.msps[group]);
        assert_eq!(read.tls_roots().unwrap().len(), 1);
        assert_eq!(channel.manager.get(msp_id).unwrap().id(), msp_id);
    }
    assert_eq!(channel.manager.ids().collect::<Vec<_>>(), ["OrdMSP", "Org1MSP"]);
}

#[test]
fn policies_are_read_printed_and_written_back() {
    let channel = Channel::genesis();
    assert_eq!(channel.policies.len(), 19);
    for message in &channel.policies {
        let policy = Policy::from_proto(message).unwrap();
        assert_eq!(policy.to_proto(), *message, "{policy}");
        if let Policy::Signature(signature) = &policy {
            let again = gmca_msp::SignaturePolicy::parse(&signature.to_string()).unwrap();
            assert_eq!(Policy::from(again).to_proto(), *message, "{policy}");
        }
    }
    let text = |path| channel.tree.resolve(path).unwrap().policy.to_string();
    assert_eq!(text("/Channel/Orderer/BlockValidation"), "ANY Writers");
    assert_eq!(
        text("Application/Org1/Readers"),
        "OR('Org1MSP.admin', 'Org1MSP.peer', 'Org1MSP.client')"
    );
}

#[test]
fn everybody_in_the_folders_has_a_role() {
    let channel = Channel::genesis();
    let providers = support::providers();
    for (msp_id, folder, role) in [
        ("OrdMSP", "users/Admin@ord.test/msp", Role::Admin),
        ("OrdMSP", "orderers/o1.ord.test/msp", Role::Orderer),
        ("Org1MSP", "users/Admin@org1.test/msp", Role::Admin),
        ("Org1MSP", "users/User1@org1.test/msp", Role::Client),
        ("Org1MSP", "peers/peer0.org1.test/msp", Role::Peer),
    ] {
        let path = organisation(msp_id).join(folder);
        let folder = MspFolder::read(&SystemDisk, &providers, &path).unwrap();
        let certificate = &folder.signer().unwrap().item;
        let serialized = SerializedIdentity::new(msp_id, certificate).encode();
        let identity = channel.manager.identity(&serialized).unwrap();
        let Verdict::Yes(member) = identity.verdict() else { panic!("{}", identity.verdict()) };
        assert_eq!(member.role(), Some(role));
        for asked in MspRole::ALL {
            let is_it = asked == MspRole::Member || asked.name() == role.name();
            let judged = identity.satisfies(&Principal::role(msp_id, asked));
            assert_eq!(judged.is_ok(), is_it, "{path:?} as {}: {judged:?}", asked.name());
        }
        // In the other organisation it is nobody.
        let other = if msp_id == "OrdMSP" { "Org1MSP" } else { "OrdMSP" };
        let serialized = SerializedIdentity::new(other, certificate).encode();
        let stranger = channel.manager.identity(&serialized).unwrap();
        assert!(!stranger.verdict().is_yes());
        assert!(stranger.satisfies(&Principal::role(other, MspRole::Member)).is_err());
    }
}

#[test]
fn blocks_satisfy_block_validation() {
    let channel = Channel::genesis();
    let path = "/Channel/Orderer/BlockValidation";
    let mut sets = Vec::new();
    for number in 1..=5 {
        let block = block(&format!("blocks/orderer/{number}.block"));
        let set = block_signatures(&block);
        assert_eq!(set.len(), 1);
        let decision = channel.evaluate(path, &set);
        assert!(decision.is_satisfied(), "block {number}: {decision}");
        for part in 0..3 {
            let mut wrong = set.clone();
            wrong[0].message[part] = flipped(&wrong[0].message[part], 4);
            let decision = channel.evaluate(path, &wrong);
            let Decision::Unsatisfied(shortfall) = &decision else { panic!("part {part}") };
            assert!(decision.to_string().contains("the signature is wrong"), "{decision}");
            assert!(shortfall.lines()[0].contains("`ANY Writers`"), "{decision}");
        }
        let mut wrong = set.clone();
        let middle = wrong[0].signature.len() / 2;
        wrong[0].signature = flipped(&wrong[0].signature, middle);
        assert!(!channel.evaluate(path, &wrong).is_satisfied());
        sets.push(set);
    }
    let sets: Vec<&[SignedData]> = sets.iter().map(Vec::as_slice).collect();
    for signers in channel.manager.verify_sets(&sets) {
        assert!(channel.tree.evaluate(path, &signers).is_satisfied());
    }
    // One orderer signed them all: judged once, remembered since.
    assert_eq!(channel.manager.judged(), 1);
}

#[test]
fn transactions_are_signed_by_clients_and_endorsed_by_peers() {
    let channel = Channel::genesis();
    for number in 1..=5 {
        let block = block(&format!("blocks/peer/{number}.block"));
        let (creators, endorsers) = transaction_signatures(&block);
        assert!(!creators.is_empty() && !endorsers.is_empty());
        for (set, path) in [
            (&creators, "/Channel/Application/Writers"),
            (&endorsers, "/Channel/Application/Endorsement"),
        ] {
            for data in set {
                let one = std::slice::from_ref(data);
                let decision = channel.evaluate(path, one);
                assert!(decision.is_satisfied(), "block {number}, {path}: {decision}");
                let mut wrong = data.clone();
                wrong.message[0] = flipped(&wrong.message[0], 10);
                assert!(!channel.evaluate(path, &[wrong]).is_satisfied(), "block {number}");
                let mut wrong = data.clone();
                wrong.identity = flipped(&wrong.identity, 2);
                assert!(!channel.evaluate(path, &[wrong]).is_satisfied(), "block {number}");
            }
        }
        // Clients do not endorse, and peers do not write.
        assert!(!channel.evaluate("/Channel/Application/Endorsement", &creators).is_satisfied());
        assert!(!channel.evaluate("/Channel/Application/Writers", &endorsers).is_satisfied());
    }
}

#[test]
fn a_config_update_is_signed_by_admins() {
    let block = block("config/config-update-block.block");
    let channel = Channel::of(&block);
    let last_update = config_of(&block).last_update.unwrap();
    let payload = Payload::decode(last_update.payload).unwrap();
    let update = ConfigUpdateEnvelope::decode(payload.data).unwrap();
    let set: Vec<SignedData> = update
        .signatures
        .iter()
        .map(|one| SignedData {
            identity: SignatureHeader::decode(one.signature_header.clone()).unwrap().creator,
            message: vec![one.signature_header.clone(), update.config_update.clone()],
            signature: one.signature.clone(),
        })
        .collect();
    assert!(!set.is_empty());
    let signers = channel.manager.verify(&set);
    assert_eq!(signers.valid().len(), set.len(), "{:?}", signers.dropped());
    let groups = channel.tree.group("Application").unwrap().groups().keys();
    let agreeing = groups
        .filter(|org| {
            channel
                .tree
                .evaluate_at(&format!("Application/{org}"), "Admins", &signers)
                .is_satisfied()
        })
        .count();
    assert_eq!(agreeing, 1);
    let mut twice = set.clone();
    twice.extend(set.clone());
    let signers: Signers = channel.manager.verify(&twice);
    assert_eq!(signers.valid().len(), set.len());
    assert!(signers.dropped().iter().all(|dropped| dropped.why == WhyDropped::Repeated));
}
