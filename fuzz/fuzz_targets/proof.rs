// SPDX-License-Identifier: Apache-2.0
//! Proofs of any bytes: read, written and read again, checked under both hash functions; what a
//! whole block proves, its tree proves as well. And trees over any pieces: a path leads from its own
//! transaction and place, and from no other.
#![no_main]

use bccsp::{Digest, Hash, Suite};
use block::{Block, Proof, tree};
use gmca_fuzz::{check_line, providers};
use libfuzzer_sys::fuzz_target;
use proto::common;
use proto::gmca::{TransactionProof, transaction_proof::Content};
use proto::prost::Message;

fuzz_target!(|bytes: &[u8]| {
    let Some((how, rest)) = bytes.split_first() else { return };
    let suite = if how & 1 == 0 { Suite::Gm } else { Suite::Nist };
    let hash = providers().get(suite).and_then(|provider| provider.hash()).expect("compiled in");
    match how >> 1 {
        0 => proof(rest, hash),
        _ => grown(usize::from(how >> 1), rest, hash),
    }
});

fn proof(bytes: &[u8], hash: &dyn Hash) {
    let proof = match Proof::decode(bytes.to_vec()) {
        Ok(proof) => proof,
        Err(error) => return check_line(&error),
    };
    assert_eq!(Proof::decode(proof.encode()).ok().as_ref(), Some(&proof));
    let _ = (proof.under(), proof.has_tree());
    let proven = match proof.check(hash, providers()) {
        Ok(proven) => proven,
        Err(error) => return check_line(&error),
    };
    assert_eq!(proof.under().ok(), Some(proven.under));
    assert!(proven.index < proven.count && !proven.signatures.is_empty());
    let message = TransactionProof::decode(proof.encode()).expect("our own");
    let Some(Content::Entries(entries)) = message.content else { return };
    let block: Block = common::Block {
        header: message.header,
        data: Some(common::BlockData { data: entries.entries }),
        metadata: Some(common::BlockMetadata { metadata: vec![message.signatures] }),
    }
    .try_into()
    .expect("all three parts");
    if block.number() == 0 {
        return;
    }
    // By its tree, where it has one.
    let again =
        Proof::new(&block, proven.index as usize, hash, providers()).expect("it was proven");
    assert_eq!(again.check(hash, providers()).ok(), Some(proven));
}

/// A tree of so many pieces, of which two bytes choose one; the rest of the bytes are the pieces.
fn grown(count: usize, bytes: &[u8], hash: &dyn Hash) {
    let [chosen, other, bytes @ ..] = bytes else { return };
    let piece = |at: usize| {
        let size = bytes.len() / count;
        // No two are equal: those could change places.
        [&[at as u8], &bytes[at * size..(at + 1) * size]].concat()
    };
    let entries: Vec<Vec<u8>> = (0..count).map(piece).collect();
    let (chosen, other) = (usize::from(*chosen) % count, usize::from(*other) % count);
    let root = tree::root(&entries, hash);
    assert_eq!(root, by_halves(&entries, hash));
    let path = tree::path(&entries, chosen, hash).expect("it is there");
    let leads = |place: usize, entry: usize| {
        let (count, place) = (count as u64, place as u64);
        tree::leads_to(root.as_ref(), count, place, &entries[entry], &path, hash)
    };
    assert!(leads(chosen, chosen));
    assert!(
        other == chosen || !(leads(other, chosen) || leads(chosen, other) || leads(other, other))
    );
}

/// The definition.
fn by_halves(entries: &[Vec<u8>], hash: &dyn Hash) -> Digest {
    if let [entry] = entries {
        return hash.digest(&[&[0], entry]);
    }
    let (left, right) = entries.split_at(entries.len().next_power_of_two() / 2);
    hash.digest(&[&[1], by_halves(left, hash).as_ref(), by_halves(right, hash).as_ref()])
}
