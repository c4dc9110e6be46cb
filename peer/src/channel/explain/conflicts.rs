// SPDX-License-Identifier: Apache-2.0
//! Which reads were not so any more when the turn of their reader came, and who changed them.

use super::id_of;
use crate::{Error, PeerChannel, Status};
use block::{Block, Envelope, Namespace, Version};
use ledger::Error as LedgerError;
use ledger::state::{Snapshot, Space};
use proto::gmca::reason::Detail;
use proto::gmca::{ChangedRange, Reason, StaleRead, TxVersion};
use proto::kvrwset::RangeQueryInfo;
use proto::kvrwset::range_query_info::ReadsInfo;
use proto::protos::TxValidationCode as Code;
use std::collections::BTreeMap;

/// Keys of a range that are looked at, at most.
const LOOKED_AT: usize = 10_000;
/// Changes of a range that are told, at most.
const TOLD: usize = 16;

impl PeerChannel {
    /// Which reads were not so any more when its turn came.
    pub(super) fn conflicts(&self, block: &Block, status: Status) -> Result<Vec<Reason>, Error> {
        let entry = block.entries().get(status.place).cloned().unwrap_or_default();
        let set = Envelope::open(entry)
            .and_then(|envelope| envelope.transaction())
            .and_then(|transaction| transaction.action()?.rwset())
            .map_err(|error| self.unexplained(status.block, error.to_string()))?;
        let place = u64::try_from(status.place).unwrap_or(u64::MAX);
        let turn = Version { block: status.block, transaction: place };
        let of = Reader { channel: self, state: self.ledger.snapshot()?, turn };
        let mut reasons = Vec::new();
        for namespace in &set.namespaces {
            if status.code == Code::MvccReadConflict {
                reasons.extend(of.reads(namespace)?);
            } else {
                for query in &namespace.public.range_queries_info {
                    reasons.extend(of.range(&namespace.name, query)?);
                }
            }
        }
        if reasons.is_empty() {
            let why = "what it read has changed; the history that tells which key is not here";
            reasons.push(Reason { text: why.to_owned(), detail: None });
        }
        Ok(reasons)
    }
}

/// A transaction whose reads are held against what was there when its turn came.
struct Reader<'a> {
    channel: &'a PeerChannel,
    state: Snapshot,
    turn: Version,
}

impl Reader<'_> {
    fn reads(&self, namespace: &Namespace) -> Result<Vec<Reason>, Error> {
        let name = namespace.name.as_str();
        let mut stale = Vec::new();
        for read in &namespace.public.reads {
            let was = read.version.map(|version| (version.block_num, version.tx_num));
            stale.extend(self.change(Space::public(name), read.key.as_bytes(), was)?);
        }
        for collection in &namespace.collections {
            let space = Space::hashed(name, &collection.name);
            for read in &collection.hashed.hashed_reads {
                let was = read.version.map(|version| (version.block_num, version.tx_num));
                stale.extend(self.change(space, &read.key_hash, was)?);
            }
        }
        let reason =
            |read: StaleRead| Reason { text: shown(&read), detail: Some(Detail::Read(read)) };
        Ok(stale.into_iter().map(reason).collect())
    }

    /// What was done to a key between the read and the turn of the reader, if anything.
    fn change(
        &self,
        space: Space<'_>,
        key: &[u8],
        was: Option<(u64, u64)>,
    ) -> Result<Option<StaleRead>, Error> {
        let Some((found, deleted)) = self.last_change(space, key)? else { return Ok(None) };
        let was = was.map(|(block, transaction)| Version { block, transaction });
        let is_same = if deleted { was.is_none() } else { was == Some(found) };
        // What an earlier transaction of the block writes is a conflict whatever its version.
        if is_same && found.block != self.turn.block {
            return Ok(None);
        }
        let text = match space.collection {
            None => String::from_utf8_lossy(key).into_owned(),
            Some(_) => hex::encode(key),
        };
        Ok(Some(StaleRead {
            namespace: space.namespace.to_owned(),
            collection: space.collection.unwrap_or_default().to_owned(),
            key: text,
            read: was.map(version),
            found: Some(version(found)),
            deleted,
            changed_by: self.writer(found)?,
        }))
    }

    /// The last change of a key before the turn, and whether it deleted it. A key in a collection
    /// has no history: of it the last change of all is known.
    fn last_change(
        &self,
        space: Space<'_>,
        key: &[u8],
    ) -> Result<Option<(Version, bool)>, LedgerError> {
        if let (None, Ok(name)) = (space.collection, std::str::from_utf8(key)) {
            for change in self.state.history(space.namespace, name)? {
                let change = change?;
                if change.version < self.turn {
                    return Ok(Some((change.version, change.is_delete)));
                }
            }
        }
        let now = self.state.entry(space, key)?.map(|entry| entry.version);
        Ok(now.filter(|version| *version < self.turn).map(|version| (version, false)))
    }

    /// The id of a transaction; empty when its block is not here.
    fn writer(&self, at: Version) -> Result<String, Error> {
        let block = self.channel.block(at.block)?;
        let place = usize::try_from(at.transaction).unwrap_or(usize::MAX);
        Ok(block.map(|block| id_of(&block, place)).unwrap_or_default())
    }

    /// A range that gives other keys, and which, where the transaction says what it had read.
    fn range(&self, namespace: &str, query: &RangeQueryInfo) -> Result<Option<Reason>, Error> {
        let RangeQueryInfo { start_key, end_key, .. } = query;
        let mut keys = BTreeMap::new();
        if let Some(ReadsInfo::RawReads(reads)) = &query.reads_info {
            for one in &reads.kv_reads {
                let version = one.version.map(|version| (version.block_num, version.tx_num));
                keys.insert(one.key.clone().into_bytes(), version);
            }
        }
        let is_summary = matches!(query.reads_info, Some(ReadsInfo::ReadsMerkleHashes(_)));
        if !is_summary {
            for row in self.state.range(namespace, start_key, end_key)?.take(LOOKED_AT) {
                keys.entry(row?.key.to_vec()).or_insert(None);
            }
        }
        let (mut changes, space) = (Vec::new(), Space::public(namespace));
        for (key, was) in keys {
            changes.extend(self.change(space, &key, was)?);
        }
        if changes.is_empty() && !is_summary {
            return Ok(None);
        }
        let more = changes.len().saturating_sub(TOLD);
        changes.truncate(TOLD);
        let mut all: Vec<String> = changes.iter().map(shown).collect();
        all.extend((more > 0).then(|| format!("and {more} more")));
        let (start, end) = (start_key.escape_debug(), end_key.escape_debug());
        let mut text =
            format!("range `{start}` to `{end}` of `{namespace}` has changed since it was read");
        if !all.is_empty() {
            text = format!("{text}: {}", all.join("; "));
        }
        let (namespace, start, end) = (namespace.to_owned(), start_key.clone(), end_key.clone());
        let range = ChangedRange { namespace, start, end, changes };
        Ok(Some(Reason { text, detail: Some(Detail::Range(range)) }))
    }
}

fn version(version: Version) -> TxVersion {
    TxVersion { block: version.block, place: version.transaction }
}

fn shown(read: &StaleRead) -> String {
    let StaleRead { namespace, collection, key, read, found, deleted, changed_by } = read;
    let (key, namespace) = (key.escape_debug(), namespace.escape_debug());
    let what = match collection.as_str() {
        "" => format!("key `{key}` of `{namespace}`"),
        name => {
            format!(
                "the key with hash {key} in collection `{}` of `{namespace}`",
                name.escape_debug()
            )
        }
    };
    let was = read.map_or("when it did not exist".to_owned(), |version| {
        format!("at version ({}, {})", version.block, version.place)
    });
    let done = if *deleted { "deleted" } else { "written" };
    let TxVersion { block, place } = found.unwrap_or_default();
    let by = match changed_by.as_str() {
        "" => String::new(),
        id => format!(" ({})", id.escape_debug()),
    };
    format!(
        "{what} was read {was}, and {done} by transaction {place} of block {block}{by} before its turn came"
    )
}
