// SPDX-License-Identifier: Apache-2.0
//! One row: an id, and the place in the chain that it stands for. Rows compare as their bytes.
//!
//! ```text
//! kind 1 | id 32 | block 8 (big endian) | transaction 4 (big endian)
//! ```

/// What an id is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A block: its hash.
    Block,
    /// A transaction: its id.
    Transaction,
}

/// An id, with what it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub(super) [u8; KEY]);

impl Key {
    /// That id.
    #[must_use]
    pub fn new(kind: Kind, id: &[u8; 32]) -> Self {
        let mut key = [0; KEY];
        let (first, rest) = key.split_at_mut(1);
        first.fill(match kind {
            Kind::Block => 0,
            Kind::Transaction => 1,
        });
        rest.copy_from_slice(id);
        Self(key)
    }

    /// Its first bytes as a number: the order of numbers is the order of keys, as far as it goes.
    pub(super) fn prefix(&self) -> u64 {
        self.0.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
    }
}

/// Where something is in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Number of the block.
    pub block: u64,
    /// Place of the transaction in it, from 0; 0 for the block itself.
    pub transaction: u32,
}

/// Key and place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry(pub(super) [u8; ENTRY]);

impl Entry {
    pub(super) fn new(key: &Key, place: Place) -> Self {
        let mut entry = [0; ENTRY];
        let (to_key, rest) = entry.split_at_mut(KEY);
        let (to_block, to_transaction) = rest.split_at_mut(8);
        to_key.copy_from_slice(&key.0);
        to_block.copy_from_slice(&place.block.to_be_bytes());
        to_transaction.copy_from_slice(&place.transaction.to_be_bytes());
        Self(entry)
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        bytes.first_chunk().copied().map(Self)
    }

    pub(super) fn key(&self) -> Key {
        Key(self.0.first_chunk().copied().unwrap_or([0; KEY]))
    }

    pub(super) fn place(&self) -> Place {
        let (_, rest) = self.0.split_at(KEY);
        let (block, transaction) = rest.split_at(8);
        Place {
            block: block.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes)),
            transaction: transaction.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes)),
        }
    }
}

/// Writes a row.
pub(crate) fn write_entry(key: &Key, place: Place, out: &mut Vec<u8>) {
    out.extend(Entry::new(key, place).0);
}

/// Reads rows; `None` when these are not whole ones, or of a kind that there is not.
pub(crate) fn read_entries(bytes: &[u8]) -> Option<Vec<(Key, Place)>> {
    let (rows, rest) = bytes.as_chunks::<ENTRY>();
    let known = |row: &&[u8; ENTRY]| row.first().is_some_and(|kind| *kind <= 1);
    if !rest.is_empty() || !rows.iter().all(|row| known(&row)) {
        return None;
    }
    Some(rows.iter().map(|row| (Entry(*row).key(), Entry(*row).place())).collect())
}

/// Bytes of a key.
pub(super) const KEY: usize = 33;
/// Bytes of an entry.
pub(super) const ENTRY: usize = 45;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_gives_back_what_it_was_made_of_and_sorts_by_key_then_place() {
        let key = |kind, byte| Key::new(kind, &[byte; 32]);
        let place = |block, transaction| Place { block, transaction };
        let all = [
            (key(Kind::Block, 9), place(300, 0)),
            (key(Kind::Transaction, 1), place(2, 7)),
            (key(Kind::Transaction, 1), place(2, 300)),
            (key(Kind::Transaction, 1), place(256, 1)),
            (key(Kind::Transaction, 2), place(0, 0)),
        ];
        let entries = all.map(|(key, place)| Entry::new(&key, place));
        assert!(entries.is_sorted());
        assert_eq!(entries.map(|entry| (entry.key(), entry.place())), all);
        assert!(all.is_sorted_by_key(|(key, _)| key.prefix()));
    }
}
