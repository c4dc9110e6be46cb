// SPDX-License-Identifier: Apache-2.0
//! Our own bytes for what the engine's nodes tell each other and keep: one form for the wire and
//! the disk, with a version, so that a newer one is refused in words. All numbers big-endian.
//!
//! ```text
//! vote        version 1 | term 8 | node 8 | committed 1
//! log id      version 1 | term 8 | index 8
//! membership  version 1 | configs 4 ( voters 4 ( node 8 )* )*
//!             | nodes 4 ( node 8 | host length 4, host | port 2 | key length 4, key )*
//! entry       version 1 | kind 1 | term 8 | index 8 | a batch (kind 1), a membership (kind 2) or
//!             nothing (kind 0)
//! ```
//!
//! One value has one form: what is decoded encodes to the same bytes. Nodes stand in ascending
//! order, each once, and every voter is one.
#![deny(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

use super::types::{Entry, LogId, Membership, Peer, Proposal, Vote};
use crate::{Member, NotABatch};
use openraft::EntryPayload;
use proto::Bytes;
use std::collections::{BTreeMap, BTreeSet};

/// The form that is written, and the only one that is read.
const VERSION: u8 = 1;

/// Bytes that are not what they should be, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Written by a newer version of this program.
    #[error("{what} has version {found}, this program reads {VERSION}: update it")]
    Newer {
        /// What it should be.
        what: &'static str,
        /// Its version.
        found: u8,
    },
    /// Never written by this program.
    #[error("{what}: {why}")]
    Wrong {
        /// What it should be.
        what: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// An entry whose batch is none.
    #[error("entry: {0}")]
    Batch(#[from] NotABatch),
}

/// What has bytes of its own.
pub trait Encoding: Sized {
    /// Adds its bytes to others.
    fn write(&self, out: &mut Vec<u8>);

    /// Takes it off the front of bytes, which may go on behind it if it is of a form that ends.
    ///
    /// # Errors
    /// [`Malformed`].
    fn take(cut: &mut Cut) -> Result<Self, Malformed>;

    /// Its bytes.
    #[must_use]
    fn encode(&self) -> Bytes {
        let mut out = Vec::new();
        self.write(&mut out);
        out.into()
    }

    /// Reads all of what [`encode`](Self::encode) gave; what is large shares its memory.
    ///
    /// # Errors
    /// [`Malformed`], also for bytes behind the end.
    fn decode(bytes: &Bytes) -> Result<Self, Malformed> {
        let mut cut = Cut::new("bytes", bytes.clone());
        let whole = Self::take(&mut cut)?;
        cut.end()?;
        Ok(whole)
    }
}

/// Bytes that get shorter with each value that is taken off their front.
#[derive(Debug)]
pub struct Cut {
    what: &'static str,
    rest: Bytes,
}

impl Cut {
    /// Of bytes that should be that.
    #[must_use]
    pub fn new(what: &'static str, rest: Bytes) -> Self {
        Self { what, rest }
    }

    /// That something is wrong with them.
    #[must_use]
    pub fn wrong(&self, why: &'static str) -> Malformed {
        Malformed::Wrong { what: self.what, why }
    }

    /// A byte of version, of what begins here.
    ///
    /// # Errors
    /// [`Malformed::Newer`] for another than `known`, or [`Malformed::Wrong`] when it ends.
    pub fn version(&mut self, what: &'static str, known: u8) -> Result<(), Malformed> {
        self.what = what;
        match self.byte()? {
            found if found > known => Err(Malformed::Newer { what, found }),
            found if found < known => Err(self.wrong("it has a version that never was")),
            _ => Ok(()),
        }
    }

    /// That many bytes.
    ///
    /// # Errors
    /// [`Malformed::Wrong`] when there are not so many.
    pub fn bytes(&mut self, length: usize) -> Result<Bytes, Malformed> {
        if self.rest.len() < length {
            return Err(self.wrong("it ends too early"));
        }
        Ok(self.rest.split_to(length))
    }

    /// Bytes behind their length (4 bytes).
    ///
    /// # Errors
    /// [`Malformed::Wrong`] when there are not so many.
    pub fn counted(&mut self) -> Result<Bytes, Malformed> {
        let length = self.u32()?;
        self.bytes(usize::try_from(length).unwrap_or(usize::MAX))
    }

    /// Text behind its length.
    ///
    /// # Errors
    /// [`Malformed::Wrong`] when it is no UTF-8 or ends.
    pub fn text(&mut self) -> Result<String, Malformed> {
        let bytes = self.counted()?;
        String::from_utf8(bytes.to_vec()).map_err(|_| self.wrong("a text is not UTF-8"))
    }

    /// One byte.
    ///
    /// # Errors
    /// [`Malformed::Wrong`] when there is none.
    pub fn byte(&mut self) -> Result<u8, Malformed> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// A byte that is 0 or 1.
    ///
    /// # Errors
    /// [`Malformed::Wrong`] when it is not.
    pub fn flag(&mut self) -> Result<bool, Malformed> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.wrong("a flag is neither 0 nor 1")),
        }
    }

    /// Two bytes.
    ///
    /// # Errors
    /// [`Malformed::Wrong`] when there are not so many.
    pub fn u16(&mut self) -> Result<u16, Malformed> {
        self.array().map(u16::from_be_bytes)
    }

    /// Four bytes.
    ///
    /// # Errors
    /// [`Malformed::Wrong`] when there are not so many.
    pub fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_be_bytes)
    }

    /// Eight bytes.
    ///
    /// # Errors
    /// [`Malformed::Wrong`] when there are not so many.
    pub fn u64(&mut self) -> Result<u64, Malformed> {
        self.array().map(u64::from_be_bytes)
    }

    /// All that is left.
    #[must_use]
    pub fn rest(&mut self) -> Bytes {
        std::mem::take(&mut self.rest)
    }

    /// Whether nothing is left.
    ///
    /// # Errors
    /// [`Malformed::Wrong`] when something is.
    pub fn end(&self) -> Result<(), Malformed> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(self.wrong("there are bytes behind its end"))
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let array = *self.rest.first_chunk().ok_or_else(|| self.wrong("it ends too early"))?;
        let _ = self.rest.split_to(N);
        Ok(array)
    }
}

/// Adds bytes behind their length (4 bytes). None are longer than `u32::MAX`.
pub fn put_counted(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(count(bytes.len()));
    out.extend_from_slice(bytes);
}

fn count(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes()
}

impl Encoding for Vote {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        out.extend(self.leader_id.term.to_be_bytes());
        out.extend(self.leader_id.voted_for.to_be_bytes());
        out.push(u8::from(self.committed));
    }

    fn take(cut: &mut Cut) -> Result<Self, Malformed> {
        cut.version("vote", VERSION)?;
        let (term, node, committed) = (cut.u64()?, cut.u64()?, cut.flag()?);
        Ok(if committed { Self::new_committed(term, node) } else { Self::new(term, node) })
    }
}

impl Encoding for LogId {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        out.extend(self.leader_id.term.to_be_bytes());
        out.extend(self.index.to_be_bytes());
    }

    fn take(cut: &mut Cut) -> Result<Self, Malformed> {
        cut.version("log id", VERSION)?;
        Ok(Self::new_term_index(cut.u64()?, cut.u64()?))
    }
}

impl Encoding for Membership {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        out.extend(count(self.get_joint_config().len()));
        for config in self.get_joint_config() {
            out.extend(count(config.len()));
            out.extend(config.iter().flat_map(|node| node.to_be_bytes()));
        }
        out.extend(count(self.nodes().count()));
        for (node, Peer { member }) in self.nodes() {
            out.extend(node.to_be_bytes());
            put_counted(out, member.host.as_bytes());
            out.extend(member.port.to_be_bytes());
            put_counted(out, &member.key);
        }
    }

    fn take(cut: &mut Cut) -> Result<Self, Malformed> {
        cut.version("membership", VERSION)?;
        let configs = (0..cut.u32()?).map(|_| voters(cut)).collect::<Result<Vec<_>, _>>()?;
        let mut nodes: BTreeMap<u64, Peer> = BTreeMap::new();
        for _ in 0..cut.u32()? {
            let node = cut.u64()?;
            if nodes.last_key_value().is_some_and(|(last, _)| *last >= node) {
                return Err(cut.wrong("its nodes are not in order"));
            }
            let (host, port, key) = (cut.text()?, cut.u16()?, cut.counted()?);
            nodes.insert(node, Member { host, port, key }.into());
        }
        Self::new(configs, nodes)
            .map_err(|_| cut.wrong("it has no voters where there must be some, or one is no node"))
    }
}

fn voters(cut: &mut Cut) -> Result<BTreeSet<u64>, Malformed> {
    let mut voters = BTreeSet::new();
    for _ in 0..cut.u32()? {
        let node = cut.u64()?;
        if voters.last().is_some_and(|last| *last >= node) {
            return Err(cut.wrong("its voters are not in order"));
        }
        voters.insert(node);
    }
    Ok(voters)
}

/// It has no end of its own: it ends where its bytes end.
impl Encoding for Entry {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend([VERSION, kind(&self.payload)]);
        out.extend(self.log_id.leader_id.term.to_be_bytes());
        out.extend(self.log_id.index.to_be_bytes());
        match &self.payload {
            EntryPayload::Blank => {}
            EntryPayload::Normal(proposal) => out.extend_from_slice(proposal.encoded()),
            EntryPayload::Membership(membership) => membership.write(out),
        }
    }

    fn take(cut: &mut Cut) -> Result<Self, Malformed> {
        cut.version("entry", VERSION)?;
        let (kind, term, index) = (cut.byte()?, cut.u64()?, cut.u64()?);
        entry(LogId::new_term_index(term, index), kind, cut.rest())
    }
}

/// What a payload is, in a byte.
pub(super) fn kind(payload: &EntryPayload<Proposal, u64, Peer>) -> u8 {
    match payload {
        EntryPayload::Blank => 0,
        EntryPayload::Normal(_) => 1,
        EntryPayload::Membership(_) => 2,
    }
}

/// The bytes of a payload: those of a batch are shared.
pub(super) fn body(payload: &EntryPayload<Proposal, u64, Peer>) -> Bytes {
    match payload {
        EntryPayload::Blank => Bytes::new(),
        EntryPayload::Normal(proposal) => proposal.encoded().clone(),
        EntryPayload::Membership(membership) => membership.encode(),
    }
}

/// An entry of its parts.
///
/// # Errors
/// [`Malformed`].
pub(super) fn entry(log_id: LogId, kind: u8, body: Bytes) -> Result<Entry, Malformed> {
    let wrong = |why| Malformed::Wrong { what: "entry", why };
    let payload = match kind {
        0 if body.is_empty() => EntryPayload::Blank,
        0 => return Err(wrong("it should be blank and is not")),
        1 => EntryPayload::Normal(Proposal::decode(body)?),
        2 => EntryPayload::Membership(Membership::decode(&body)?),
        _ => return Err(wrong("its kind is not known; update this program")),
    };
    Ok(Entry { log_id, payload })
}
