// SPDX-License-Identifier: Apache-2.0
//! A ledger that Fabric 3.1.5 wrote: every hash, signature, id and link of it computed again.

mod common;

use common::*;
use gmca_block::{Block, Error, UpdateBatch};
use hex_literal::hex;
use proto::common::HeaderType;
use proto::protos::TxValidationCode;

#[test]
fn blocks_are_read_and_written_without_a_difference() {
    for (name, bytes) in ALL {
        let block = Block::decode(*bytes).unwrap();
        assert_eq!(block.encode(), *bytes, "{name}");
        assert_eq!(block.metadata().slots().len(), 5, "{name}");
    }
}

#[test]
fn headers_are_those_of_fabric() {
    let providers = nist();
    let hash = providers.default_provider().hash().unwrap();
    let genesis = Block::decode(ORDERER[0].1).unwrap();
    let der =
        hex!("302702010004000420501daed7c879bbdf6af2cf1087fcab6689c4d33b347ec601aa8768380ac4b394");
    assert_eq!(genesis.header().to_der(), der);
    let digest = hex!("b7a42e0878148fd9a48334f1ec82a8470a36adc6e29d7f8ca796b00d398e994a");
    assert_eq!(genesis.hash(hash).as_bytes(), &digest);

    let first = Block::decode(ORDERER[1].1).unwrap();
    let der = hex!(
        "30470201010420b7a42e0878148fd9a48334f1ec82a8470a36adc6e29d7f8ca796b00d398e994a"
        "04202619367ac8506a35d1a00af84081a62ed97db91d410cc45c1e8b96c27f88ce18"
    );
    assert_eq!(first.header().to_der(), der);
    let digest = hex!("b8bbcc1ba50ac0b9f4dec0c312c6d3f1cc0f9c1431a732c7113712b25b0c8a88");
    assert_eq!(first.hash(hash).as_bytes(), &digest);
}

#[test]
fn metadata_is_that_of_fabric() {
    let genesis = Block::decode(ORDERER[0].1).unwrap();
    let slots = genesis.metadata().slots();
    assert_eq!(slots[0], &hex!("0a020a00")[..]);
    assert!(slots[1..].iter().all(proto::Bytes::is_empty));
    for (number, value) in
        [(1, hex!("0a0012090a070a010110021803")), (2, hex!("0a0012090a070a010110021804"))]
    {
        let block = Block::decode(ORDERER[number].1).unwrap();
        assert_eq!(block.metadata().signed().unwrap().value, &value[..]);
        assert_eq!(block.metadata().last_config().unwrap(), 0);
        assert!(block.metadata().filter().is_empty());
        assert_eq!(block.metadata().commit_hash().unwrap(), None);
    }
    let update = Block::decode(UPDATE.1).unwrap();
    assert_eq!(update.metadata().last_config().unwrap(), update.number());
}

#[test]
fn data_hashes_and_links_hold() {
    let providers = nist();
    let hash = providers.default_provider().hash().unwrap();
    for chain in [ORDERER, PEER] {
        let blocks: Vec<Block> = chain.iter().map(|(_, b)| Block::decode(*b).unwrap()).collect();
        for block in &blocks {
            block.check(hash).unwrap();
        }
        for pair in blocks.windows(2) {
            pair[1].check_link(pair[0].header(), hash).unwrap();
            pair[1].check_previous_hash(&pair[0].hash(hash)).unwrap();
        }
        let skipped = blocks[2].check_link(blocks[0].header(), hash).unwrap_err();
        assert!(matches!(skipped, Error::Mismatch { .. }), "{skipped}");
        let update = Block::decode(UPDATE.1).unwrap();
        update.check(hash).unwrap();
        update.check_link(blocks[5].header(), hash).unwrap();
    }
}

#[test]
fn only_config_blocks_are_config_blocks() {
    for (name, bytes) in ALL {
        let block = Block::decode(*bytes).unwrap();
        let expected = block.number() == 0 || block.number() == 6;
        assert_eq!(block.is_config(), expected, "{name}");
        let kind = envelopes(&block)[0].headers().kind().unwrap();
        let expected = if expected { HeaderType::Config } else { HeaderType::EndorserTransaction };
        assert_eq!(kind, expected, "{name}");
    }
}

#[test]
fn all_signatures_are_by_the_keys_in_the_certificates() {
    let providers = nist();
    for (name, bytes) in ALL {
        let block = Block::decode(*bytes).unwrap();
        let signed = block.signatures().unwrap();
        assert_eq!(signed.len(), usize::from(block.number() != 0), "{name}");
        let all = all_signatures(&block);
        let expected = match block.number() {
            0 => 0,
            6 => 4, // orderer twice, submitter, and one signature below the update
            _ => 3, // orderer, creator, endorser
        };
        assert_eq!(all.len(), expected, "{name}");
        for signed in all {
            verify(&providers, &signed).unwrap();
        }
    }
}

#[test]
fn transactions_have_their_ids_headers_and_proposal_hashes() {
    let providers = nist();
    let hash = providers.default_provider().hash().unwrap();
    for (name, bytes) in &ORDERER[1..] {
        let block = Block::decode(*bytes).unwrap();
        for envelope in envelopes(&block) {
            envelope.headers().check_transaction_id(&providers).unwrap();
            let transaction = envelope.transaction().unwrap();
            let action = transaction.action().unwrap();
            action.check_header(envelope.headers()).unwrap();
            action.check_proposal_hash(envelope.headers(), hash).unwrap();
            assert_eq!(action.result().response.as_ref().unwrap().status, 200, "{name}");
            let event = action.event().unwrap();
            assert_eq!(event.is_some(), block.number() >= 3, "{name}");
            if let Some(event) = event {
                assert_eq!((&*event.chaincode_id, &*event.event_name), ("basic", "ev1"), "{name}");
                assert_eq!(event.tx_id, envelope.headers().channel_header().tx_id, "{name}");
            }
            assert!(envelope.config().is_err() && envelope.config_update().is_err());
        }
    }
    // The genesis block's id is made of a nonce and nobody.
    let genesis = Block::decode(ORDERER[0].1).unwrap();
    assert!(envelopes(&genesis)[0].headers().creator().is_empty());
    envelopes(&genesis)[0].headers().check_transaction_id(&providers).unwrap();
}

#[test]
fn the_config_update_is_found() {
    let update = Block::decode(UPDATE.1).unwrap();
    let config = envelopes(&update)[0].config().unwrap();
    assert_eq!(config.config.unwrap().sequence, 1);
    let asked = gmca_block::Envelope::from_message(config.last_update.unwrap()).unwrap();
    let asked = asked.config_update().unwrap();
    assert_eq!(asked.update().unwrap().channel_id, "mych");
    assert_eq!(asked.signatures().unwrap().len(), 1);
}

#[test]
fn commit_hashes_are_chained_through_the_ledger() {
    let providers = nist();
    let hash = providers.default_provider().hash().unwrap();
    let mut previous = None;
    for (name, bytes) in PEER[1..].iter().chain([&UPDATE]) {
        let block = Block::decode(*bytes).unwrap();
        let stated = block.metadata().commit_hash().unwrap();
        if block.number() == 6 && stated.is_none() {
            continue; // fetched from the orderer
        }
        let mut batch = UpdateBatch::new(block.number(), hash);
        for (place, envelope) in envelopes(&block).iter().enumerate() {
            assert_eq!(block.metadata().verdict(place), Some(TxValidationCode::Valid), "{name}");
            if let Ok(transaction) = envelope.transaction() {
                batch.add(place as u64, &transaction.action().unwrap().rwset().unwrap());
            }
        }
        if block.number() == 3 {
            assert_eq!(batch.to_bytes(), &hex!("0a120a0562617369631a01612a01313203010300")[..]);
        }
        let computed = batch.commit_hash(block.metadata().filter(), previous.as_ref(), hash);
        assert_eq!(stated.as_deref(), Some(computed.as_ref()), "{name}");
        previous = Some(computed);
    }
    let before = hex!("5cd2ff7e17b5202191f966d38baa63ede6964d63271c14acaa2f2efba6f079b7");
    let second = Block::decode(PEER[2].1).unwrap();
    assert_eq!(second.metadata().commit_hash().unwrap().unwrap(), &before[..]);
    let third = Block::decode(PEER[3].1).unwrap();
    let after = hex!("63e64686d41e68137dc105fcd20926bb253c37ccec3596e8ee1397a5b173be1f");
    assert_eq!(third.metadata().commit_hash().unwrap().unwrap(), &after[..]);
}
