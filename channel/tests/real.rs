// SPDX-License-Identifier: Apache-2.0
//! The channel that Fabric made: read, changed by its own update, checked as its peers did.

#![allow(unreachable_pub)] // the module of helpers has several users

mod support;

use gmca_channel::{Channel, Error, update, wire};
use proto::prost::Message;
use support::*;

#[test]
fn the_genesis_block_says_what_its_configtx_yaml_asked_for() {
    let channel = genesis();
    assert_eq!(channel.id(), "mych");
    assert_eq!(channel.sequence(), 0);
    assert_eq!(channel.hash_algorithm().fabric_name(), "SHA256");
    assert!(channel.capabilities().has("V3_0"));
    assert_eq!(channel.orderer_endpoints(), ["127.0.0.1:17050"]);
    assert_eq!(channel.msps().ids().collect::<Vec<_>>(), ["OrdMSP", "Org1MSP"]);
    let orderer = channel.orderer();
    assert_eq!(orderer.consensus_type(), "etcdraft");
    assert_eq!(orderer.consenters().len(), 1);
    assert_eq!(orderer.raft().unwrap().tick.as_millis(), 500);
    assert_eq!(orderer.batch().max_messages, 10);
    assert_eq!(orderer.batch().absolute_max_bytes, 99 << 20);
    assert_eq!(orderer.batch().timeout.as_millis(), 500);
    let organizations = channel.application().organizations();
    assert_eq!(organizations["Org1"].anchor_peers(), [("127.0.0.1".to_owned(), 17051)]);
    assert_eq!(
        channel.policies().resolve("/Channel/Admins").unwrap().policy.to_string(),
        "MAJORITY Admins"
    );
}

#[test]
fn the_blocks_are_signed_as_the_channel_asks() {
    let channel = genesis();
    for number in 1..=5 {
        let block = block(&format!("blocks/orderer/{number}.block"));
        assert!(channel.check_block_signatures(&block).unwrap().is_satisfied());
    }
    let unsigned = block("blocks/orderer/0.block");
    let decision = channel.check_block_signatures(&unsigned).unwrap();
    assert!(decision.to_string().contains("/Channel/Orderer/BlockValidation"), "{decision}");
}

#[test]
fn the_computed_update_is_that_of_configtxlator() {
    let computed = update::compute(&before(), &after(), "mych").unwrap();
    assert_eq!(computed, update());
    let written = wire::config_update(computed);
    assert_eq!(written, read("config/update.config_update"));
    let unsigned = block::ConfigUpdate::new(written);
    let payload = update::update_payload("mych", &unsigned);
    let envelope = proto::common::Envelope { payload, signature: Default::default() };
    assert_eq!(envelope.encode_to_vec(), read("config/update.envelope"));
    let nothing = update::compute(&before(), &before(), "mych").unwrap_err();
    assert!(matches!(nothing, Error::NoChange), "{nothing}");
}

#[test]
fn the_config_block_follows_from_its_own_update() {
    let channel = genesis();
    let next = channel.validate(&config_envelope()).unwrap();
    assert_eq!(next.sequence(), 1);
    let organizations = next.application().organizations();
    assert_eq!(organizations["Org1"].anchor_peers(), [("127.0.0.1".to_owned(), 17059)]);
    let from_block =
        Channel::from_block(&providers(), &block("config/config-update-block.block")).unwrap();
    assert_eq!(from_block.config(), next.config());
}

#[test]
fn a_config_block_with_another_configuration_is_refused() {
    let mut envelope = config_envelope();
    envelope.config.as_mut().unwrap().sequence = 2;
    let refused = genesis().validate(&envelope).unwrap_err().to_string();
    assert!(refused.contains("not the one that its update leads to"), "{refused}");
    envelope.last_update = None;
    assert!(genesis().validate(&envelope).unwrap_err().to_string().contains("last_update"));
}

#[test]
fn a_wrong_signature_is_refused_with_element_and_policy() {
    let last_update = config_envelope().last_update.unwrap();
    let envelope = block::Envelope::from_message(last_update).unwrap();
    let bytes = envelope.data().to_vec();
    let signature = {
        let update = envelope.config_update().unwrap();
        update.signatures().unwrap()[0].signature.clone()
    };
    let at = bytes.windows(signature.len()).position(|part| part == signature).unwrap();
    for offset in [at + 10, at + 50] {
        let mut flipped = bytes.clone();
        flipped[offset] ^= 1;
        let update = block::ConfigUpdate::open(&flipped.into()).unwrap();
        let refused = genesis().propose(&update).unwrap_err().to_string();
        assert!(refused.contains("[Value] /Channel/Application/Org1/AnchorPeers"), "{refused}");
        assert!(refused.contains("/Channel/Application/Org1/Admins"), "{refused}");
        assert!(refused.contains("the signature is wrong"), "{refused}");
    }
}

/// Go writes maps in an order of its own each time; nothing else may differ.
#[test]
fn configurations_are_written_as_go_writes_them() {
    for name in ["config/before.config", "config/after.config"] {
        let config = proto::common::Config::decode(&*read(name)).unwrap();
        let written = wire::config(config.clone());
        assert_eq!(written.len(), read(name).len(), "{name}");
        assert_eq!(proto::common::Config::decode(written).unwrap(), config, "{name}");
    }
    let written = wire::config_envelope(config_envelope());
    let block = block("config/config-update-block.block");
    let travelled = block::Envelope::open(block.entries()[0].clone()).unwrap();
    assert_eq!(written.len(), travelled.data().len());
    let root = before().channel_group.unwrap();
    assert_eq!(wire::capabilities(["V3_0"]), root.values["Capabilities"].value);
}
