// SPDX-License-Identifier: Apache-2.0
//! The scanner of canonical envelopes held against decoding and encoding again.

mod common;

use common::made::Chain;
use common::{ALL, providers};
use gmca_block::{Block, Error, canonical};
use proptest::prelude::*;
use proto::Bytes;
use proto::common::Envelope;
use proto::prost::Message;

/// The rule in the words of fabric-protos: an envelope with both fields that is its own encoding.
fn is_its_own_encoding(entry: &[u8]) -> bool {
    let Ok(envelope) = Envelope::decode(entry) else { return false };
    let has_both = !envelope.payload.is_empty() && !envelope.signature.is_empty();
    has_both && envelope.encode_to_vec() == entry
}

fn check(entry: &[u8]) {
    let scanned = canonical::envelope(entry);
    assert_eq!(scanned.is_ok(), is_its_own_encoding(entry), "{}: {scanned:?}", hex::encode(entry));
    if let Ok((payload, signature)) = scanned {
        let envelope = Envelope::decode(entry).unwrap();
        assert_eq!((payload, signature), (&envelope.payload[..], &envelope.signature[..]));
    }
}

#[test]
fn vectors() {
    let text = include_str!("../../vectors/data/fabric/envelopes/canonical.json");
    let root: serde_json::Value = serde_json::from_str(text).unwrap();
    let hash = providers(bccsp::Suite::Gm);
    let hash = hash.default_provider().hash().unwrap();
    let honest = Envelope { payload: "payload".into(), signature: "signature".into() };
    for case in root["cases"].as_array().unwrap() {
        let text = |name: &str| case[name].as_str().unwrap();
        let entry = hex::decode(text("entry")).unwrap();
        check(&entry);
        let refused = canonical::envelope(&entry).err().unwrap_or_default();
        assert_eq!(refused, text("refused"), "{}", text("name"));
        // In a block, behind an honest one: the whole block is refused, and the entry named.
        let entries = vec![honest.encode_to_vec().into(), entry.into()];
        let verdict = Block::new(1, vec![0; 32], entries, hash).check(hash);
        match verdict {
            Ok(()) => assert_eq!(refused, "", "{}", text("name")),
            Err(Error::NotCanonical { entry: 1, why }) => assert_eq!(why, refused),
            Err(other) => panic!("{}: {other}", text("name")),
        }
    }
}

#[test]
fn blocks_of_fabric_and_ours() {
    let mut blocks: Vec<Block> = ALL.iter().map(|(_, b)| Block::decode(*b).unwrap()).collect();
    blocks.extend(Chain::new(bccsp::Suite::Gm, 1).blocks);
    for block in blocks {
        block.check_canonical().unwrap();
        for entry in block.entries() {
            check(entry);
            assert_eq!(canonical::envelope(entry).is_ok(), block.number() != 0);
            for cut in (0..entry.len()).step_by(97) {
                check(&entry[..cut]);
            }
        }
    }
}

#[test]
fn a_config_transaction_is_exempt_only_when_it_is_alone() {
    let providers = providers(bccsp::Suite::Gm);
    let hash = providers.default_provider().hash().unwrap();
    let config = common::made::genesis_entry();
    let other: Bytes =
        Envelope { payload: "p".into(), signature: "s".into() }.encode_to_vec().into();
    let verdict = |entries: Vec<Bytes>| Block::new(1, vec![0; 32], entries, hash).check(hash);
    verdict(vec![config.clone()]).unwrap();
    for (place, entries) in
        [(0, vec![config.clone(), other.clone()]), (1, vec![other, config]), (0, vec![])]
    {
        let refusal = verdict(entries).unwrap_err();
        assert!(matches!(refusal, Error::NotCanonical { entry, .. } if entry == place));
    }
}

/// Pieces that envelopes are made of, good and bad.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let length = prop_oneof![0_usize..4, 126..130_usize, 16382..16386_usize];
    let field = (prop_oneof![Just(0x0a_u8), Just(0x12), any::<u8>()], length, 0..3_usize);
    let field = field.prop_map(|(tag, length, padding)| {
        let mut bytes = vec![tag];
        let mut digits = Vec::new();
        proto::prost::encoding::encode_varint(length as u64, &mut digits);
        if padding > 0 {
            *digits.last_mut().unwrap() |= 0x80;
            digits.resize(digits.len() + padding - 1, 0x80);
            digits.push(0);
        }
        bytes.extend(digits);
        bytes.resize(bytes.len() + length, 7);
        bytes
    });
    prop_oneof![6 => field, 1 => proptest::collection::vec(any::<u8>(), 0..12)]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn pieces(pieces in proptest::collection::vec(piece(), 0..4)) {
        check(&pieces.concat());
    }

    #[test]
    fn mutations(
        payload in proptest::collection::vec(any::<u8>(), 0..300),
        signature in proptest::collection::vec(any::<u8>(), 0..150),
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        kind in 0..5,
    ) {
        let envelope = Envelope { payload: payload.into(), signature: signature.into() };
        let mut entry = envelope.encode_to_vec();
        let place = place.index(entry.len() + 1);
        match kind {
            0 => {}
            1 if place < entry.len() => entry[place] = byte,
            2 => entry.insert(place, byte),
            3 if place < entry.len() => drop(entry.remove(place)),
            _ => entry.truncate(place),
        }
        check(&entry);
    }

    #[test]
    fn anything(entry in proptest::collection::vec(any::<u8>(), 0..24)) {
        check(&entry);
    }
}
