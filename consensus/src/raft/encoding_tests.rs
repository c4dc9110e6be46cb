// SPDX-License-Identifier: Apache-2.0
//! What is written is read again, and nothing else is read.

use super::encoding::{Encoding, Malformed};
use super::types::{Entry, LogId, Membership, Peer, Proposal, Vote};
use crate::{Batch, Member};
use openraft::EntryPayload;
use proptest::prelude::*;
use proto::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

fn peer(number: u64) -> Peer {
    let key = Bytes::from(vec![7; number as usize % 5]);
    Member { host: format!("orderer{number}.example.com"), port: 7050, key }.into()
}

fn membership() -> Membership {
    let nodes: BTreeMap<u64, Peer> = [1, 2, 3, 9].map(|node| (node, peer(node))).into();
    Membership::new(vec![BTreeSet::from([1, 2]), BTreeSet::from([1, 2, 3])], nodes).unwrap()
}

fn entries() -> Vec<Entry> {
    let batch = Batch::normal(4, vec!["one".into(), Bytes::new(), "three".into()]);
    let config = Batch::config(5, "config".into());
    let payloads = [
        EntryPayload::Blank,
        EntryPayload::Normal(Proposal::new(batch)),
        EntryPayload::Normal(config.into()),
        EntryPayload::Membership(membership()),
    ];
    let entry = |(index, payload)| Entry { log_id: LogId::new_term_index(3, index), payload };
    (0..).zip(payloads).map(entry).collect()
}

/// Comes back as it was; is refused with a byte less, a byte more, or another version.
fn comes_back<T: Encoding + PartialEq + Debug>(value: &T) {
    let bytes = value.encode();
    assert_eq!(T::decode(&bytes).as_ref(), Ok(value));
    for length in 0..bytes.len() {
        assert!(T::decode(&bytes.slice(..length)).is_err(), "{value:?} cut at {length}");
    }
    let longer: Bytes = [&bytes[..], &[0]].concat().into();
    T::decode(&longer).unwrap_err();
    let mut other = bytes.to_vec();
    other[0] = 2;
    let newer = T::decode(&other.clone().into()).unwrap_err();
    assert!(matches!(newer, Malformed::Newer { found: 2, .. }), "{newer}");
    assert!(newer.to_string().contains("update"));
    other[0] = 0;
    assert!(matches!(T::decode(&other.into()), Err(Malformed::Wrong { .. })));
}

#[test]
fn all_that_is_written_is_read_again() {
    comes_back(&Vote::new(7, 3));
    comes_back(&Vote::new_committed(u64::MAX, u64::MAX));
    comes_back(&LogId::new_term_index(5, 1 << 40));
    comes_back(&membership());
    comes_back(&Membership::default());
    entries().iter().for_each(comes_back);
}

#[test]
fn an_entry_keeps_the_bytes_of_its_batch() {
    let entry = &entries()[1];
    let bytes = entry.encode();
    let decoded = Entry::decode(&bytes).unwrap();
    let EntryPayload::Normal(proposal) = decoded.payload else { panic!("{decoded:?}") };
    assert_eq!(proposal.encoded().as_ptr(), bytes[18..].as_ptr());
    let first = &proposal.batch().envelopes()[0];
    assert!(bytes.as_ptr_range().contains(&first.as_ptr()), "an envelope was copied");
}

#[test]
fn what_has_another_form_is_refused_with_the_reason() {
    let vote = |committed: u8| -> Bytes {
        let mut bytes = Vote::new(1, 2).encode().to_vec();
        bytes[17] = committed;
        bytes.into()
    };
    let reason = |why: Malformed| why.to_string();
    assert_eq!(reason(Vote::decode(&vote(2)).unwrap_err()), "vote: a flag is neither 0 nor 1");
    let twice = |bytes: &[u8]| Bytes::copy_from_slice(bytes);
    let one_twice =
        twice(&[1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
    assert_eq!(
        reason(Membership::decode(&one_twice).unwrap_err()),
        "membership: its voters are not in order"
    );
    let no_node = twice(&[1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
    assert!(reason(Membership::decode(&no_node).unwrap_err()).contains("no node"));
    let no_voters = twice(&[1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert!(reason(Membership::decode(&no_voters).unwrap_err()).contains("no voters"));
    let mut kind = entries()[0].encode().to_vec();
    kind[1] = 3;
    assert!(reason(Entry::decode(&kind.into()).unwrap_err()).contains("kind"));
}

#[test]
fn a_count_that_is_not_there_asks_for_no_memory() {
    let mut bytes = vec![1];
    bytes.extend(u32::MAX.to_be_bytes());
    Membership::decode(&bytes.into()).unwrap_err();
}

proptest! {
    #[test]
    fn any_bytes_are_refused_or_have_one_form(bytes: Vec<u8>, version in any::<bool>()) {
        let mut bytes = bytes;
        if let (Some(first), true) = (bytes.first_mut(), version) {
            *first = 1;
        }
        let bytes = Bytes::from(bytes);
        if let Ok(entry) = Entry::decode(&bytes) {
            prop_assert_eq!(entry.encode(), bytes.clone());
        }
        if let Ok(membership) = Membership::decode(&bytes) {
            prop_assert_eq!(membership.encode(), bytes.clone());
        }
        if let Ok(vote) = Vote::decode(&bytes) {
            prop_assert_eq!(vote.encode(), bytes);
        }
    }

    #[test]
    fn a_changed_byte_is_refused_or_has_one_form(which in 0usize..4, at: prop::sample::Index, to: u8) {
        let mut bytes = entries()[which].encode().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = to;
        let bytes = Bytes::from(bytes);
        if let Ok(entry) = Entry::decode(&bytes) {
            prop_assert_eq!(entry.encode(), bytes);
        }
    }
}
