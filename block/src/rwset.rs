// SPDX-License-Identifier: Apache-2.0
//! What a transaction read and wrote, with its inner layers opened.
//!
//! Not here: whether what was read still holds (`ledger`).

use crate::Error;
use crate::error::decode;
use proto::Bytes;
use proto::kvrwset::{HashedRwSet, KvrwSet};
use proto::rwset::{NsReadWriteSet, TxReadWriteSet};

/// The read/write set of a transaction, by namespaces in the order the endorsers gave them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadWriteSet {
    /// The chaincodes it touched.
    pub namespaces: Vec<Namespace>,
}

/// Reads and writes within the state of one chaincode.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Namespace {
    /// The chaincode.
    pub name: String,
    /// What every member of the channel sees.
    pub public: KvrwSet,
    /// What only members of a collection see, of which the block has hashes.
    pub collections: Vec<Collection>,
}

/// Reads and writes within a private collection, as hashes of keys and values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Collection {
    /// The collection, within its chaincode.
    pub name: String,
    /// Reads and writes by hash.
    pub hashed: HashedRwSet,
    /// Hash of the serialized private `KVRWSet`; empty when nothing was written.
    pub private_hash: Bytes,
}

impl ReadWriteSet {
    /// Reads a serialized `rwset.TxReadWriteSet` and the layers inside. Order and repetitions stay
    /// as they are; judging them is for the validator.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn decode(bytes: &Bytes) -> Result<Self, Error> {
        let set: TxReadWriteSet = decode("read/write set", bytes)?;
        let namespaces = set.ns_rwset.into_iter().map(Namespace::open).collect::<Result<_, _>>()?;
        Ok(Self { namespaces })
    }
}

impl Namespace {
    fn open(set: NsReadWriteSet) -> Result<Self, Error> {
        let collections = set.collection_hashed_rwset.into_iter().map(|collection| {
            Ok(Collection {
                hashed: decode("hashed read/write set of a collection", &collection.hashed_rwset)?,
                name: collection.collection_name,
                private_hash: collection.pvt_rwset_hash,
            })
        });
        Ok(Self {
            public: decode("read/write set of a namespace", &set.rwset)?,
            collections: collections.collect::<Result<_, Error>>()?,
            name: set.namespace,
        })
    }
}
