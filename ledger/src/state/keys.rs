// SPDX-License-Identifier: Apache-2.0
//! Where a key stands in the tables: names that cannot be mistaken for each other.
//!
//! Not here: what stands there (`entry`).

use crate::Error;
use block::Version;

/// A set of keys of its own: what a chaincode has in public, or the hashes of what it has in one
/// private collection. Ordered as a commit hash wants it: public before the collections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Space<'a> {
    /// The chaincode's name.
    pub namespace: &'a str,
    /// The private collection, whose keys and values are hashes.
    pub collection: Option<&'a str>,
}

impl<'a> Space<'a> {
    /// What a chaincode has in public.
    #[must_use]
    pub const fn public(namespace: &'a str) -> Self {
        Self { namespace, collection: None }
    }

    /// The hashes of a private collection.
    #[must_use]
    pub const fn hashed(namespace: &'a str, collection: &'a str) -> Self {
        Self { namespace, collection: Some(collection) }
    }

    /// The key in the table of states:
    ///
    /// ```text
    /// public   name(namespace) 00 key
    /// hashed   name(namespace) 01 03 name(collection) 00 key_hash
    /// ```
    ///
    /// `name` is the name itself, but for the bytes 00 and 01 in it, which become 01 02 and 01 01.
    /// No chaincode has such a name, but a transaction may say anything, and its key must not
    /// land in another chaincode's room.
    pub(crate) fn place(self, key: &[u8]) -> Vec<u8> {
        let collection = self.collection.map_or(0, str::len);
        let names = self.namespace.len().saturating_add(collection).saturating_add(3);
        let mut place = Vec::with_capacity(names.saturating_add(key.len()));
        name(&mut place, self.namespace);
        if let Some(collection) = self.collection {
            place.extend_from_slice(&[ESCAPE, COLLECTION]);
            name(&mut place, collection);
        }
        place.push(END);
        place.extend_from_slice(key);
        place
    }

    /// The first place after all keys of the space.
    pub(super) fn end(self) -> Vec<u8> {
        let mut place = self.place(&[]);
        if let Some(end) = place.last_mut() {
            *end = ESCAPE;
        }
        place
    }
}

const END: u8 = 0;
const ESCAPE: u8 = 1;
const COLLECTION: u8 = 3;

fn name(place: &mut Vec<u8>, name: &str) {
    for byte in name.bytes() {
        match byte {
            0 => place.extend_from_slice(&[ESCAPE, 2]),
            ESCAPE => place.extend_from_slice(&[ESCAPE, 1]),
            byte => place.push(byte),
        }
    }
}

/// The key in the table of history: block (8 bytes) and transaction (4), both big-endian, then the
/// place of the key, so that a block's writes are put in at the end of the table.
pub(super) fn written(version: Version, place: &[u8]) -> Result<Vec<u8>, Error> {
    let transaction = u32::try_from(version.transaction)
        .map_err(|_| Error::Refused("no block has so many transactions".into()))?;
    let mut key = Vec::with_capacity(place.len().saturating_add(12));
    key.extend_from_slice(&version.block.to_be_bytes());
    key.extend_from_slice(&transaction.to_be_bytes());
    key.extend_from_slice(place);
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_spaces_share_a_place() {
        let names = ["", "a", "a\0", "a\u{1}", "a\u{1}\u{3}b", "\u{1}\u{3}b", "a\0b", "b", "\0b"];
        let mut places = Vec::new();
        for namespace in names {
            for key in names {
                places.push(Space::public(namespace).place(key.as_bytes()));
                for collection in names {
                    places.push(Space::hashed(namespace, collection).place(key.as_bytes()));
                }
            }
        }
        let all = places.len();
        places.sort();
        places.dedup();
        assert_eq!(places.len(), all);
    }

    #[test]
    fn an_ordinary_name_stands_as_it_is() {
        assert_eq!(Space::public("basic").place(b"k"), b"basic\0k");
        assert_eq!(Space::hashed("basic", "c").place(b"k"), b"basic\x01\x03c\0k");
    }

    #[test]
    fn a_space_ends_before_the_next_one_starts() {
        let space = Space::public("a");
        assert!(space.place(&[0xff; 9]) < space.end());
        assert!(space.end() <= Space::hashed("a", "").place(b""));
        assert!(space.end() <= Space::public("aa").place(b""));
        assert!(space.end() <= Space::public("a\0").place(b""));
    }
}
