// SPDX-License-Identifier: Apache-2.0
//! What has bytes of its own (`encoding`), as fields: log ids, votes, memberships, entries.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

use super::encoding::Encoding;
use super::fields::{Malformed, Reader, Writer};
use super::types::{Entry, LogId, Membership, Peer, Vote};
use openraft::log_id::RaftLogId;

/// A membership and the entry that it stands in.
pub(crate) type Stored =
    openraft::StoredMembership<<LogId as RaftLogId>::CommittedLeaderId, u64, Peer>;

/// The entry at that index of the leader of that term.
pub(crate) fn log_id(term: u64, index: u64) -> LogId {
    LogId { leader_id: term.into(), index }
}

impl Writer {
    pub(crate) fn log_id(&mut self, id: &LogId) -> &mut Self {
        self.bytes(&id.encode())
    }

    pub(crate) fn vote(&mut self, vote: &Vote) -> &mut Self {
        self.bytes(&vote.encode())
    }

    pub(crate) fn stored(&mut self, stored: &Stored) -> &mut Self {
        self.option(stored.log_id().as_ref(), |out, id| {
            out.log_id(id);
        });
        self.bytes(&stored.membership().encode())
    }

    pub(crate) fn entry(&mut self, entry: &Entry) -> &mut Self {
        self.bytes(&entry.encode())
    }
}

impl Reader {
    pub(crate) fn log_id(&mut self) -> Result<LogId, Malformed> {
        Ok(LogId::decode(&self.bytes()?)?)
    }

    pub(crate) fn vote(&mut self) -> Result<Vote, Malformed> {
        Ok(Vote::decode(&self.bytes()?)?)
    }

    pub(crate) fn stored(&mut self) -> Result<Stored, Malformed> {
        let id = self.option(Self::log_id)?;
        Ok(Stored::new(id, Membership::decode(&self.bytes()?)?))
    }

    pub(crate) fn entry(&mut self) -> Result<Entry, Malformed> {
        Ok(Entry::decode(&self.bytes()?)?)
    }
}
