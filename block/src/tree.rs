// SPDX-License-Identifier: Apache-2.0
//! The Merkle tree over the transactions of a block (RFC 9162 section 2.1), with the hash function
//! that is in force for the block.
//!
//! ```text
//! leaf = H(00 ‖ transaction)      node = H(01 ‖ left ‖ right)
//!
//! level 2               a               a node without a neighbour goes up as it is, so that
//!                   /       \           the left half of a tree is always full
//! level 1         b           c
//!               /   \         |
//! level 0     t0     t1      t2         path of t0: t1, c      path of t2: b
//! ```
//!
//! The byte in front keeps a node from being shown as a transaction. How many transactions there
//! are is part of what is stated: by the root alone, a path could be read for several places.
//!
//! Not here: who states root and count (`metadata`, `proof`).

use crate::error::shortened;
use bccsp::{Digest, Hash};
use proto::gmca::TransactionTree;

/// The root over these transactions; that of none is the hash of nothing.
#[must_use]
pub fn root(entries: &[impl AsRef<[u8]>], hash: &dyn Hash) -> Digest {
    let mut level = leaves(entries, hash);
    while level.len() > 1 {
        level = parents(&level, hash);
    }
    level.first().copied().unwrap_or_else(|| hash.digest(&[]))
}

/// The hashes beside the way from a transaction to the root, the lowest first (section 2.1.3.1);
/// `None` when there is no transaction at `index`, counted from 0.
#[must_use]
pub fn path(entries: &[impl AsRef<[u8]>], index: usize, hash: &dyn Hash) -> Option<Vec<Digest>> {
    entries.get(index)?;
    let (mut level, mut at, mut path) = (leaves(entries, hash), index, Vec::new());
    while level.len() > 1 {
        // The last of an odd number has no neighbour.
        path.extend(level.get(at ^ 1));
        level = parents(&level, hash);
        at >>= 1;
    }
    Some(path)
}

/// Whether `path` leads from the transaction at `index`, counted from 0, to the root of a tree of
/// `count` transactions (section 2.1.3.2).
#[must_use]
pub fn leads_to(
    root: &[u8],
    count: u64,
    index: u64,
    entry: &[u8],
    path: &[Digest],
    hash: &dyn Hash,
) -> bool {
    // 1, 2. The places of the transaction and of the last one, on each level.
    let Some(mut last) = count.checked_sub(1).filter(|last| index <= *last) else { return false };
    let mut at = index;
    // 3.
    let mut reached = hash.digest(&[&[LEAF], entry]);
    for beside in path {
        // 4a. The root has no neighbour.
        if last == 0 {
            return false;
        }
        // 4b.
        if at & 1 == 1 || at == last {
            reached = hash.digest(&[&[NODE], beside.as_ref(), reached.as_ref()]);
            // Up through the levels on which it had no neighbour.
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            reached = hash.digest(&[&[NODE], reached.as_ref(), beside.as_ref()]);
        }
        // 4c.
        (at, last) = (at >> 1, last >> 1);
    }
    // 5.
    last == 0 && root == reached.as_ref()
}

/// For a message.
pub(crate) fn shown(tree: &TransactionTree) -> String {
    format!("{} over {}", shortened(&tree.root), tree.count)
}

fn leaves(entries: &[impl AsRef<[u8]>], hash: &dyn Hash) -> Vec<Digest> {
    let leaf = |entry: &_, to: &mut Vec<u8>| {
        to.push(LEAF);
        to.extend_from_slice(AsRef::as_ref(entry));
    };
    digests(entries, leaf, hash)
}

fn parents(level: &[Digest], hash: &dyn Hash) -> Vec<Digest> {
    let (pairs, alone) = level.as_chunks();
    let node = |[left, right]: &[Digest; 2], to: &mut Vec<u8>| {
        to.push(NODE);
        to.extend_from_slice(left.as_ref());
        to.extend_from_slice(right.as_ref());
    };
    let mut parents = digests(pairs, node, hash);
    parents.extend(alone);
    parents
}

/// The digest of each item, as `write` turns it into bytes.
fn digests<T>(items: &[T], write: impl Fn(&T, &mut Vec<u8>), hash: &dyn Hash) -> Vec<Digest> {
    let mut all = Vec::with_capacity(items.len());
    let mut messages = vec![Vec::new(); items.len().min(AT_ONCE)];
    // Piece by piece, so that a block is not there twice.
    for piece in items.chunks(AT_ONCE) {
        for (item, message) in piece.iter().zip(&mut messages) {
            message.clear();
            write(item, message);
        }
        let messages: Vec<&[u8]> =
            messages.iter().take(piece.len()).map(|message| &message[..]).collect();
        all.extend(hash.digest_many(&messages));
    }
    all
}

const LEAF: u8 = 0;
const NODE: u8 = 1;
/// More than an engine has lanes.
const AT_ONCE: usize = 64;
