// SPDX-License-Identifier: Apache-2.0
//! Private data: keys of a collection, which only some organisations keep.

use super::{Kv, Results, Stub, keys};
use crate::Error;
use bytes::Bytes;
use proto::protos::chaincode_message::Type;
use proto::protos::{self, write_record};

/// A collection, as one transaction sees it. A peer that keeps no private data answers every request
/// with an error that says so.
#[derive(Debug)]
pub struct Collection<'a> {
    stub: &'a Stub,
    name: String,
}

impl Stub {
    /// A collection of private data; the name is one of the definition's, or
    /// `_implicit_org_` and the name of a member organisation.
    ///
    /// # Errors
    /// [`Error::Name`] if the name is empty.
    pub fn collection(&self, name: &str) -> Result<Collection<'_>, Error> {
        keys::not_empty("collection", name)?;
        Ok(Collection { stub: self, name: name.to_owned() })
    }
}

impl Collection<'_> {
    /// The value of a key; `None` if there is none.
    ///
    /// # Errors
    /// What the peer answers.
    pub async fn get(&self, key: &str) -> Result<Option<Bytes>, Error> {
        self.stub.get(&self.name, key).await
    }

    /// The values of several keys, in one request if the peer can.
    ///
    /// # Errors
    /// What the peer answers.
    pub async fn get_many(&self, keys: &[&str]) -> Result<Vec<Option<Bytes>>, Error> {
        self.stub.get_many(&self.name, keys).await
    }

    /// The hash of the value of a key, which members of the channel that do not keep the value know
    /// too; `None` if there is none.
    ///
    /// # Errors
    /// What the peer answers.
    pub async fn get_hash(&self, key: &str) -> Result<Option<Bytes>, Error> {
        let message = protos::GetState { key: key.into(), collection: self.name.clone() };
        let hash = self.stub.ask(Type::GetPrivateDataHash, &message).await?;
        Ok(Some(hash).filter(|hash| !hash.is_empty()))
    }

    /// Sets the value of a key.
    ///
    /// # Errors
    /// [`Error::Name`] if the key is empty; what the peer answers.
    pub async fn put(&self, key: &str, value: impl Into<Bytes>) -> Result<(), Error> {
        self.stub.put(&self.name, key, value.into()).await
    }

    /// Deletes a key; old values stay where they were kept.
    ///
    /// # Errors
    /// [`Error::Name`] if the key is empty; what the peer answers.
    pub async fn del(&self, key: &str) -> Result<(), Error> {
        self.stub.del(&self.name, key).await
    }

    /// Deletes a key and all values it ever had.
    ///
    /// # Errors
    /// [`Error::Name`] if the key is empty; what the peer answers.
    pub async fn purge(&self, key: &str) -> Result<(), Error> {
        self.stub.remove(&self.name, key, write_record::Type::PurgePrivateData).await
    }

    /// The simple keys from `start` to before `end`.
    ///
    /// # Errors
    /// As [`Stub::get_state_by_range`].
    pub async fn get_by_range(&self, start: &str, end: &str) -> Result<Results<'_, Kv>, Error> {
        self.stub.range(&self.name, keys::simple(start, end)?).await
    }

    /// The composite keys that begin with a type and some attributes.
    ///
    /// # Errors
    /// As [`Stub::get_state_by_partial_composite_key`].
    pub async fn get_by_partial_composite_key(
        &self,
        object_type: &str,
        attributes: &[&str],
    ) -> Result<Results<'_, Kv>, Error> {
        self.stub.range(&self.name, keys::partial(object_type, attributes)?).await
    }

    /// The records that a query in the language of the state database finds.
    ///
    /// # Errors
    /// What the peer answers.
    pub async fn get_query_result(&self, query: &str) -> Result<Results<'_, Kv>, Error> {
        self.stub.query(&self.name, query).await
    }

    /// Gives a key an endorsement policy of its own.
    ///
    /// # Errors
    /// As [`Stub::set_state_validation_parameter`].
    pub async fn set_validation_parameter(
        &self,
        key: &str,
        policy: impl Into<Bytes>,
    ) -> Result<(), Error> {
        self.stub.put_parameter(&self.name, key, policy.into()).await
    }

    /// A key's own endorsement policy; `None` if it has none.
    ///
    /// # Errors
    /// What the peer answers.
    pub async fn validation_parameter(&self, key: &str) -> Result<Option<Bytes>, Error> {
        self.stub.parameter(&self.name, key).await
    }
}
