// SPDX-License-Identifier: Apache-2.0
//! The Merkle tree held against the recursive definition of RFC 9162 section 2.1, and against the
//! roots that Certificate Transparency logs are tested with.

mod common;

use bccsp::{Digest, Hash, Suite};
use common::providers;
use gmca_block::tree;
use hex_literal::hex;
use proptest::prelude::*;

/// Inputs and roots of the reference trees for RFC 6962, whose tree is the same.
const INPUTS: [&[u8]; 8] = [
    b"",
    &hex!("00"),
    &hex!("10"),
    &hex!("2021"),
    &hex!("3031"),
    &hex!("40414243"),
    &hex!("5051525354555657"),
    &hex!("606162636465666768696a6b6c6d6e6f"),
];
const ROOTS: [[u8; 32]; 9] = [
    hex!("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    hex!("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    hex!("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    hex!("aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    hex!("d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    hex!("4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    hex!("76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    hex!("ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    hex!("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
];

fn with_hash(suite: Suite, check: impl FnOnce(&dyn Hash)) {
    check(providers(suite).default_provider().hash().unwrap());
}

/// MTH of section 2.1.1, word for word.
fn naive_root(entries: &[Vec<u8>], hash: &dyn Hash) -> Digest {
    match entries {
        [] => hash.digest(&[]),
        [entry] => hash.digest(&[&[0], entry]),
        _ => {
            let (left, right) = entries.split_at(split(entries.len()));
            let (left, right) = (naive_root(left, hash), naive_root(right, hash));
            hash.digest(&[&[1], left.as_ref(), right.as_ref()])
        }
    }
}

/// PATH of section 2.1.3.1.
fn naive_path(index: usize, entries: &[Vec<u8>], hash: &dyn Hash) -> Vec<Digest> {
    if entries.len() == 1 {
        return Vec::new();
    }
    let at = split(entries.len());
    let (left, right) = entries.split_at(at);
    let (mut path, beside) = if index < at {
        (naive_path(index, left, hash), naive_root(right, hash))
    } else {
        (naive_path(index - at, right, hash), naive_root(left, hash))
    };
    path.push(beside);
    path
}

/// Whether the neighbour is to the left, from the leaf up.
fn way(index: usize, count: usize) -> Vec<bool> {
    if count == 1 {
        return Vec::new();
    }
    let at = split(count);
    let is_right = index >= at;
    let mut way = if is_right { way(index - at, count - at) } else { way(index, at) };
    way.push(is_right);
    way
}

/// The largest power of two below `count`.
fn split(count: usize) -> usize {
    count.next_power_of_two() / 2
}

fn made(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|number| format!("transaction {number}").into_bytes()).collect()
}

#[test]
fn reference_trees() {
    with_hash(Suite::Nist, |hash| {
        for (count, expected) in ROOTS.iter().enumerate() {
            assert_eq!(tree::root(&INPUTS[..count], hash).as_bytes(), expected, "{count}");
        }
    });
}

#[test]
fn roots_and_paths_are_those_of_the_definition() {
    for suite in Suite::ALL {
        with_hash(suite, |hash| {
            // Over the number of messages that are hashed at once, and its double.
            for count in (0..=20).chain([63, 64, 65, 127, 128, 129, 200]) {
                let entries = made(count);
                let root = naive_root(&entries, hash);
                assert_eq!(tree::root(&entries, hash), root, "{count}");
                assert_eq!(tree::path(&entries, count, hash), None);
                for index in 0..count {
                    let path = tree::path(&entries, index, hash).unwrap();
                    assert_eq!(path, naive_path(index, &entries, hash), "{index} of {count}");
                    let (count, index) = (count as u64, index as u64);
                    let entry = &entries[index as usize];
                    assert!(tree::leads_to(root.as_ref(), count, index, entry, &path, hash));
                }
            }
        });
    }
}

/// In small trees, everything that could be stated instead.
#[test]
fn anything_else_does_not_lead_to_the_root() {
    with_hash(Suite::Gm, |hash| {
        for count in 1..=17_usize {
            let entries = made(count);
            let root = tree::root(&entries, hash);
            for (index, entry) in entries.iter().enumerate() {
                let path = tree::path(&entries, index, hash).unwrap();
                let leads = |count: usize, index: usize, entry: &[u8], path: &[Digest]| {
                    tree::leads_to(root.as_ref(), count as u64, index as u64, entry, path, hash)
                };
                for other in (0..count + 3).filter(|other| *other != index) {
                    assert!(!leads(count, other, entry, &path), "{index}, not {other}, of {count}");
                }
                // A count by which the way up is the same is caught by what states it, see `proof`.
                for other in 0..count + 3 {
                    let same = index < other && way(index, other) == way(index, count);
                    assert_eq!(leads(other, index, entry, &path), same, "{index} of {other}");
                }
                for other in entries.iter().filter(|other| *other != entry) {
                    assert!(!leads(count, index, other, &path));
                }
                damaged(&path, |path| assert!(!leads(count, index, entry, path)));
                let other = hash.digest(&[root.as_ref()]);
                let (count, index) = (count as u64, index as u64);
                for root in [other.as_ref(), &root.as_ref()[..31], &[]] {
                    assert!(!tree::leads_to(root, count, index, entry, &path, hash));
                }
            }
        }
    });
}

/// Paths that are shorter, longer, or have a hash changed or moved.
fn damaged(path: &[Digest], check: impl Fn(&[Digest])) {
    for at in 0..path.len() {
        let mut bytes = *path[at].as_bytes();
        bytes[at] ^= 1;
        let with = |hash| [&path[..at], &[hash], &path[at + 1..]].concat();
        check(&with(Digest::new(bytes)));
        check(&[&path[..at], &path[at + 1..]].concat());
        check(&[&path[..at], &[path[at]], &path[at..]].concat());
    }
    check(&[path, &[Digest::new([0; 32])]].concat());
    check(&[&[Digest::new([0; 32])], path].concat());
    let reversed: Vec<Digest> = path.iter().rev().copied().collect();
    if reversed != path {
        check(&reversed);
    }
}

#[test]
fn a_node_is_no_transaction() {
    with_hash(Suite::Nist, |hash| {
        let entries = made(4);
        let root = tree::root(&entries, hash);
        let left = [&entries[0], &entries[1]].map(|entry| hash.digest(&[&[0], entry]));
        let right = tree::root(&entries[2..], hash);
        let node = [left[0].as_ref(), left[1].as_ref()].concat();
        for entry in [node.clone(), [&[1], &node[..]].concat()] {
            assert!(!tree::leads_to(root.as_ref(), 2, 0, &entry, &[right], hash));
        }
    });
}

#[test]
fn a_count_of_any_size_ends() {
    with_hash(Suite::Nist, |hash| {
        let root = tree::root(&made(1), hash);
        for count in [0, 1, u64::MAX - 1, u64::MAX] {
            for index in [0, 1, u64::MAX - 1, u64::MAX] {
                for length in [0, 1, 64, 65, 200] {
                    let path = vec![root; length];
                    let leads =
                        tree::leads_to(root.as_ref(), count, index, &made(1)[0], &path, hash);
                    assert_eq!(leads, (count, index, length) == (1, 0, 0));
                }
            }
        }
    });
}

proptest! {
    #[test]
    fn of_any_transactions(
        mut entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..80),
        index in any::<prop::sample::Index>(),
        other in any::<prop::sample::Index>(),
        in_gm in any::<bool>(),
    ) {
        // No two equal ones: those can change places.
        entries.iter_mut().zip(0_u8..).for_each(|(entry, number)| entry.push(number));
        let providers = providers(if in_gm { Suite::Gm } else { Suite::Nist });
        let hash = providers.default_provider().hash().unwrap();
        let (index, other) = (index.index(entries.len()), other.index(entries.len()));
        let root = tree::root(&entries, hash);
        prop_assert_eq!(root, naive_root(&entries, hash));
        let path = tree::path(&entries, index, hash).unwrap();
        let leads = |at: usize| {
            let count = entries.len() as u64;
            tree::leads_to(root.as_ref(), count, at as u64, &entries[index], &path, hash)
        };
        prop_assert!(leads(index));
        prop_assert_eq!(leads(other), other == index);
    }
}
