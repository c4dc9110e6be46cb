// SPDX-License-Identifier: Apache-2.0
//! The read/write set of a transaction, with every layer decoded.

use crate::Error;
use proto::Bytes;
use proto::kvrwset::{HashedRwSet, KvrwSet};
use proto::prost::{DecodeError, Message};
use proto::rwset::TxReadWriteSet;

/// What a transaction read and wants to write, in the order in which it says so.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadWriteSet {
    /// One for each chaincode it touched.
    pub namespaces: Vec<NamespaceSet>,
}

/// The part of one chaincode.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NamespaceSet {
    /// The chaincode's name.
    pub name: String,
    /// Public reads and writes.
    pub public: KvrwSet,
    /// Hashes of private reads and writes.
    pub collections: Vec<CollectionSet>,
}

/// The part of one private collection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CollectionSet {
    /// The collection's name.
    pub name: String,
    /// Reads and writes by hashes of keys and values.
    pub hashed: HashedRwSet,
    /// The hash of the private set that was gossiped; empty when nothing was written.
    pub private_hash: Bytes,
}

impl ReadWriteSet {
    /// Decodes the results of a chaincode action: a serialized `TxReadWriteSet`.
    ///
    /// # Errors
    /// [`Error::Refused`] when it is none: the transaction is invalid, the ledger is well.
    pub fn decode(bytes: Bytes) -> Result<Self, Error> {
        TxReadWriteSet::decode(bytes).map_err(refused)?.try_into()
    }
}

impl TryFrom<TxReadWriteSet> for ReadWriteSet {
    type Error = Error;

    fn try_from(set: TxReadWriteSet) -> Result<Self, Error> {
        let mut namespaces = Vec::with_capacity(set.ns_rwset.len());
        for namespace in set.ns_rwset {
            let mut collections = Vec::with_capacity(namespace.collection_hashed_rwset.len());
            for collection in namespace.collection_hashed_rwset {
                collections.push(CollectionSet {
                    name: collection.collection_name,
                    hashed: HashedRwSet::decode(collection.hashed_rwset).map_err(refused)?,
                    private_hash: collection.pvt_rwset_hash,
                });
            }
            let public = KvrwSet::decode(namespace.rwset).map_err(refused)?;
            namespaces.push(NamespaceSet { name: namespace.namespace, public, collections });
        }
        Ok(Self { namespaces })
    }
}

// By value, for `map_err`.
#[allow(clippy::needless_pass_by_value)]
fn refused(error: DecodeError) -> Error {
    Error::Refused(format!("the read/write set cannot be decoded: {error}"))
}
