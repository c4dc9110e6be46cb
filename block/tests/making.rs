// SPDX-License-Identifier: Apache-2.0
//! Blocks, transactions and updates of our own making, and refusals in words.

mod common;

use bccsp::Suite;
use common::made::{Chain, Member, genesis_entry};
use common::{ORDERER, all_signatures, envelopes, providers, verify};
use gmca_block::{
    Block, ConfigUpdate, Envelope, Error, Header, Metadata, Proposal, Slot, Transaction,
    transaction_id,
};
use proto::Bytes;
use proto::common as wire;
use proto::prost::Message;
use proto::protos::{self, TxValidationCode};

#[test]
fn a_chain_of_either_family_holds() {
    for suite in Suite::ALL {
        let chain = Chain::new(suite, 3);
        let hash = chain.providers.default_provider().hash().unwrap();
        for pair in chain.blocks.windows(2) {
            let block = Block::decode(pair[1].encode()).unwrap();
            assert_eq!(block, pair[1]);
            block.check(hash).unwrap();
            block.check_link(pair[0].header(), hash).unwrap();
            let all = all_signatures(&block);
            assert_eq!(all.len(), 2 + 3 * (1 + 2));
            for signed in &all {
                verify(&chain.providers, signed).unwrap();
            }
            for envelope in envelopes(&block) {
                envelope.headers().check_transaction_id(&chain.providers).unwrap();
                let transaction = envelope.transaction().unwrap();
                let action = transaction.action().unwrap();
                action.check_header(envelope.headers()).unwrap();
                action.check_proposal_hash(envelope.headers(), hash).unwrap();
            }
            assert_eq!(block.metadata().verdict(1), Some(TxValidationCode::MvccReadConflict));
            assert_eq!(block.metadata().verdict(3), None);
        }
        // The other family's hash fits nothing.
        let other = Suite::ALL.into_iter().find(|other| *other != suite).unwrap();
        let other = chain.providers.get(other).unwrap().hash().unwrap();
        assert!(chain.blocks[1].check(other).is_err());
        assert!(chain.blocks[2].check_link(chain.blocks[1].header(), other).is_err());
    }
}

#[test]
fn a_genesis_block_has_the_metadata_of_fabric() {
    let providers = providers(Suite::Gm);
    let genesis = Block::genesis(genesis_entry(), providers.default_provider().hash().unwrap());
    let fabric = Block::decode(ORDERER[0].1).unwrap();
    assert_eq!(genesis.metadata(), fabric.metadata());
    assert!(genesis.header().previous_hash.is_empty() && genesis.is_config());
    assert!(genesis.signatures().unwrap().is_empty());
}

#[test]
fn a_block_behind_another_has_the_next_number() {
    let providers = providers(Suite::Gm);
    let hash = providers.default_provider().hash().unwrap();
    let at = |number, previous: Vec<u8>| Block::new(number, previous, Vec::new(), hash);
    let previous = at(3, vec![0; 32]);
    let link = |number| {
        let block = at(number, previous.hash(hash).as_ref().to_vec());
        block.check_link(previous.header(), hash)
    };
    link(4).unwrap();
    for number in [0, 2, 3, 5, u64::MAX] {
        let refusal = link(number).unwrap_err().to_string();
        let expected = format!("{number} is stated, 4 was computed");
        assert_eq!(refusal, format!("number of the block behind block 3: {expected}"));
    }
    // Behind the last number there is none.
    let last = at(u64::MAX, vec![0; 32]);
    let wrapped = at(0, last.hash(hash).as_ref().to_vec());
    assert!(wrapped.check_link(last.header(), hash).is_err());
}

#[test]
fn transaction_ids_are_those_of_clients_in_either_family() {
    for suite in Suite::ALL {
        let id = transaction_id(b"nonce", b"creator", &providers(suite)).unwrap();
        // printf noncecreator | openssl dgst -sha256
        assert_eq!(id, "709184f9d24f6ade8fcd4d6521a6eef295fef6c2e67216c58b68ac15e8946492");
    }
}

#[test]
fn header_bytes_at_the_edges() {
    let cases: [(u64, &str); 8] = [
        (0, "020100"),
        (1, "020101"),
        (0x7f, "02017f"),
        (0x80, "02020080"),
        (0xff, "020200ff"),
        (0x100, "02020100"),
        (i64::MAX as u64, "02087fffffffffffffff"),
        (u64::MAX, "020900ffffffffffffffff"),
    ];
    for (number, integer) in cases {
        let der = hex::encode(Header { number, ..Header::default() }.to_der());
        let length = integer.len() / 2 + 4;
        assert_eq!(der, format!("30{length:02x}{integer}04000400"));
    }
    // Hashes of any length are written, since any may arrive.
    for (length, prefix) in [(0x7f, "047f"), (0x80, "048180"), (0x100, "04820100")] {
        let header = Header { data_hash: vec![0xaa; length].into(), ..Header::default() };
        let der = hex::encode(header.to_der());
        assert!(der.ends_with(&format!("0400{prefix}{}", "aa".repeat(length))), "{der}");
    }
}

#[test]
fn a_block_needs_header_and_data() {
    let whole = wire::Block::decode(ORDERER[1].1).unwrap();
    let refusal =
        |block: wire::Block| Block::decode(block.encode_to_vec()).unwrap_err().to_string();
    let without = wire::Block { header: None, ..whole.clone() };
    assert_eq!(refusal(without), "malformed block: it has no header");
    let without = wire::Block { data: None, ..whole.clone() };
    assert_eq!(refusal(without), "malformed block: it has no data");
    let block = wire::Block { metadata: None, ..whole };
    let block = Block::decode(block.encode_to_vec()).unwrap();
    assert!(block.metadata().slots().is_empty() && block.metadata().filter().is_empty());
    assert!(block.signatures().unwrap().is_empty());
    assert_eq!(block.metadata().commit_hash().unwrap(), None);
    assert!(Block::decode(&b"no block"[..]).is_err());
}

#[test]
fn slots_that_are_missing_are_added() {
    for slots in 0..7 {
        let slots = vec![Bytes::from_static(b"x"); slots];
        let mut metadata = Metadata::from(wire::BlockMetadata { metadata: slots.clone() });
        let commit = bccsp::Digest::new([3; 32]);
        metadata.set_commit_hash(&commit);
        assert_eq!(metadata.slots().len(), slots.len().max(5));
        assert_eq!(metadata.commit_hash().unwrap().unwrap(), &commit.as_bytes()[..]);
        metadata.set_filter(&[TxValidationCode::InvalidOtherReason, TxValidationCode::Valid]);
        assert_eq!(metadata.filter(), &[255, 0][..]);
        assert_eq!(metadata.verdict(0), Some(TxValidationCode::InvalidOtherReason));
        metadata.set(Slot::TransactionsFilter, vec![100]);
        assert_eq!(metadata.verdict(0), None);
    }
}

#[test]
fn signers_that_are_no_identities_are_refused_in_words() {
    let mut block = Block::decode(ORDERER[1].1).unwrap();
    let mut signed = block.metadata().signed().unwrap();
    signed.signatures[0].signature_header = Bytes::new();
    block.metadata_mut().set(Slot::Signatures, signed.encode_to_vec());
    let refusal = block.signatures().unwrap_err().to_string();
    assert_eq!(refusal, "malformed block signature: it names no signer");
    let identifier = wire::IdentifierHeader { identifier: 2, nonce: "nonce".into() };
    signed.signatures[0].identifier_header = identifier.encode_to_vec().into();
    block.metadata_mut().set(Slot::Signatures, signed.encode_to_vec());
    let refusal = block.signatures().unwrap_err();
    assert!(matches!(refusal, Error::Unsupported(why) if why.contains("BFT")));
}

#[test]
fn proposals_are_opened_as_they_were_made() {
    for suite in Suite::ALL {
        let chain = Chain::new(suite, 0);
        let hash = chain.providers.default_provider().hash().unwrap();
        let made = chain.proposal("nonce");
        let sent = made.sign(&*chain.client.key).unwrap();
        let got = Proposal::open(sent.proposal_bytes).unwrap();
        assert_eq!(got, made);
        verify(&chain.providers, &got.signed_data(sent.signature)).unwrap();
        got.headers().check_transaction_id(&chain.providers).unwrap();
        assert_eq!(got.chaincode().unwrap().name, "basic");
        let spec = got.invocation().unwrap().chaincode_spec.unwrap();
        assert_eq!(spec.input.unwrap().args, ["put", "key", "value"]);
        assert_eq!(got.transient().len(), 1);

        // What is private stays out of the transaction, and out of the hash.
        let result = chain.result(&got, "key");
        let peer = &chain.peers[0];
        let response = got.endorse(&result, hash, &peer.identity, &*peer.key).unwrap();
        let payload = got.assemble(&[response]).unwrap();
        assert!(!payload.windows(6).any(|window| window == b"secret"));
        let envelope = wire::Envelope { payload, signature: Bytes::new() };
        let envelope = Envelope::from_message(envelope).unwrap();
        let transaction = envelope.transaction().unwrap();
        assert_eq!(transaction.action().unwrap().proposal_hash(), got.hash(hash).as_ref());
    }
}

/// Somebody puts the transient map into the transaction: the endorsers did not hash it.
#[test]
fn a_transient_map_in_a_transaction_is_found() {
    let chain = Chain::new(Suite::Gm, 1);
    let hash = chain.providers.default_provider().hash().unwrap();
    let envelope = envelopes(&chain.blocks[1]).remove(0);
    let mut transaction = protos::Transaction::decode(envelope.data().clone()).unwrap();
    let mut payload =
        protos::ChaincodeActionPayload::decode(transaction.actions[0].payload.clone()).unwrap();
    let mut inner =
        protos::ChaincodeProposalPayload::decode(payload.chaincode_proposal_payload).unwrap();
    inner.transient_map.insert("secret".to_owned(), "value".into());
    payload.chaincode_proposal_payload = inner.encode_to_vec().into();
    transaction.actions[0].payload = payload.encode_to_vec().into();
    let transaction = Transaction::open(&transaction.encode_to_vec().into()).unwrap();
    let verdict = transaction.action().unwrap().check_proposal_hash(envelope.headers(), hash);
    assert!(matches!(verdict, Err(Error::Mismatch { .. })), "{verdict:?}");
}

#[test]
fn responses_that_make_no_transaction() {
    let chain = Chain::new(Suite::Gm, 0);
    let hash = chain.providers.default_provider().hash().unwrap();
    let proposal = chain.proposal("nonce");
    let endorse = |peer: usize, key: &str| {
        let Member { identity, key: signer } = &chain.peers[peer];
        proposal.endorse(&chain.result(&proposal, key), hash, identity, &**signer).unwrap()
    };
    let refusal = |responses: &[protos::ProposalResponse]| match proposal.assemble(responses) {
        Err(Error::Misuse(why)) => why,
        other => panic!("{other:?}"),
    };
    assert!(refusal(&[]).contains("without endorsements"));
    assert!(refusal(&[endorse(0, "a"), endorse(1, "b")]).contains("different results"));
    let unendorsed = protos::ProposalResponse { endorsement: None, ..endorse(0, "a") };
    assert!(refusal(&[unendorsed]).contains("without endorsement"));
    let mut failed = endorse(0, "a");
    failed.response.as_mut().unwrap().status = 400;
    assert!(refusal(&[endorse(1, "a"), failed]).contains("below 400"));
    // The same endorser twice counts once.
    let payload = proposal.assemble(&[endorse(0, "a"), endorse(0, "a"), endorse(1, "a")]).unwrap();
    let envelope = wire::Envelope { payload, signature: Bytes::new() };
    let transaction = Envelope::from_message(envelope).unwrap().transaction().unwrap();
    assert_eq!(transaction.action().unwrap().endorsements().len(), 2);
}

#[test]
fn a_transaction_has_one_action() {
    let chain = Chain::new(Suite::Gm, 1);
    let envelope = envelopes(&chain.blocks[1]).remove(0);
    let one = protos::Transaction::decode(envelope.data().clone()).unwrap().actions.remove(0);
    for count in [0, 2] {
        let actions = vec![one.clone(); count];
        let bytes = protos::Transaction { actions }.encode_to_vec().into();
        let refusal = Transaction::open(&bytes).unwrap().action().unwrap_err().to_string();
        let expected = format!("it has {count} actions and must have one");
        assert_eq!(refusal, format!("malformed transaction: {expected}"));
    }
}

#[test]
fn config_updates_are_signed_and_read() {
    for suite in Suite::ALL {
        let chain = Chain::new(suite, 0);
        let wanted = wire::ConfigUpdate { channel_id: "ch1".to_owned(), ..Default::default() };
        let mut update = ConfigUpdate::new(wanted.encode_to_vec().into());
        for member in &chain.peers {
            update.sign(&member.identity, &*member.key, &"nonce".into()).unwrap();
        }
        let again = ConfigUpdate::open(&update.encode()).unwrap();
        assert_eq!((&again, again.update().unwrap()), (&update, wanted));
        let signed = again.signatures().unwrap();
        assert_eq!(signed.len(), 2);
        for mut signed in signed {
            verify(&chain.providers, &signed).unwrap();
            signed.message[1] = "another update".into();
            verify(&chain.providers, &signed).unwrap_err();
        }
    }
}

#[test]
fn a_wrong_transaction_id_is_shown_quoted_and_short() {
    let chain = Chain::new(Suite::Gm, 0);
    let channel_header = wire::ChannelHeader { tx_id: "\n".repeat(100_000), ..Default::default() };
    let header = wire::Header {
        channel_header: channel_header.encode_to_vec().into(),
        signature_header: Bytes::new(),
    };
    let headers = gmca_block::Headers::from_message(header).unwrap();
    let refusal = headers.check_transaction_id(&chain.providers).unwrap_err().to_string();
    assert!(refusal.len() < 300 && !refusal.contains('\n'), "{refusal}");
}
