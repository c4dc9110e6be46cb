// SPDX-License-Identifier: Apache-2.0
//! Single keys of the chaincode's own state.

use super::{Stub, keys};
use crate::Error;
use bytes::Bytes;
use proto::protos::chaincode_message::Type;
use proto::protos::{self, write_record};

/// The metadata that holds a key's own endorsement policy.
const VALIDATION_PARAMETER: &str = "VALIDATION_PARAMETER";

impl Stub {
    /// The value of a key; `None` if there is none. An empty value counts as none: the wire makes no
    /// difference.
    ///
    /// # Errors
    /// What the peer answers.
    pub async fn get_state(&self, key: &str) -> Result<Option<Bytes>, Error> {
        self.get("", key).await
    }

    /// The values of several keys, in one request if the peer can.
    ///
    /// # Errors
    /// What the peer answers.
    pub async fn get_states(&self, keys: &[&str]) -> Result<Vec<Option<Bytes>>, Error> {
        self.get_many("", keys).await
    }

    /// Sets the value of a key.
    ///
    /// # Errors
    /// [`Error::Name`] if the key is empty; what the peer answers.
    pub async fn put_state(&self, key: &str, value: impl Into<Bytes>) -> Result<(), Error> {
        self.put("", key, value.into()).await
    }

    /// Deletes a key. That it does not exist is no error.
    ///
    /// # Errors
    /// [`Error::Name`] if the key is empty; what the peer answers.
    pub async fn del_state(&self, key: &str) -> Result<(), Error> {
        self.del("", key).await
    }

    /// Gives a key an endorsement policy of its own: a serialized `common.SignaturePolicyEnvelope`, as
    /// [`StateEndorsement::policy`](crate::StateEndorsement::policy) makes it. Empty takes it away.
    ///
    /// # Errors
    /// [`Error::Name`] if the key is empty; what the peer answers.
    pub async fn set_state_validation_parameter(
        &self,
        key: &str,
        policy: impl Into<Bytes>,
    ) -> Result<(), Error> {
        self.put_parameter("", key, policy.into()).await
    }

    /// A key's own endorsement policy; `None` if it has none.
    ///
    /// # Errors
    /// What the peer answers.
    pub async fn state_validation_parameter(&self, key: &str) -> Result<Option<Bytes>, Error> {
        self.parameter("", key).await
    }

    pub(super) async fn get(&self, collection: &str, key: &str) -> Result<Option<Bytes>, Error> {
        let message = protos::GetState { key: key.into(), collection: collection.into() };
        let value = self.ask(Type::GetState, &message).await?;
        Ok(Some(value).filter(|value| !value.is_empty()))
    }

    pub(super) async fn get_many(
        &self,
        collection: &str,
        keys: &[&str],
    ) -> Result<Vec<Option<Bytes>>, Error> {
        let mut values = Vec::with_capacity(keys.len());
        if self.abilities.read_many == 0 {
            for key in keys {
                values.push(self.get(collection, key).await?);
            }
            return Ok(values);
        }
        for some in keys.chunks(self.abilities.read_many) {
            let keys = some.iter().map(|key| (*key).to_owned()).collect();
            let message = protos::GetStateMultiple { keys, collection: collection.into() };
            let kind = Type::GetStateMultiple;
            let read = self.ask_for::<protos::GetStateMultipleResult>(kind, &message).await?;
            if read.values.len() != some.len() {
                return Err(Error::Answer(kind.as_str_name()));
            }
            values.extend(read.values.into_iter().map(|v| Some(v).filter(|v| !v.is_empty())));
        }
        Ok(values)
    }

    pub(super) async fn put(&self, collection: &str, key: &str, value: Bytes) -> Result<(), Error> {
        keys::not_empty("key", key)?;
        let collection = collection.to_owned();
        self.write(protos::WriteRecord {
            key: key.into(),
            value,
            collection,
            metadata: None,
            r#type: write_record::Type::PutState.into(),
        })
        .await
    }

    pub(super) async fn del(&self, collection: &str, key: &str) -> Result<(), Error> {
        self.remove(collection, key, write_record::Type::DelState).await
    }

    /// Deletes or purges a key.
    pub(super) async fn remove(
        &self,
        collection: &str,
        key: &str,
        how: write_record::Type,
    ) -> Result<(), Error> {
        keys::not_empty("key", key)?;
        self.write(protos::WriteRecord {
            key: key.into(),
            collection: collection.into(),
            r#type: how.into(),
            ..Default::default()
        })
        .await
    }

    pub(super) async fn put_parameter(
        &self,
        collection: &str,
        key: &str,
        policy: Bytes,
    ) -> Result<(), Error> {
        keys::not_empty("key", key)?;
        let metakey = VALIDATION_PARAMETER.to_owned();
        self.write(protos::WriteRecord {
            key: key.into(),
            collection: collection.into(),
            metadata: Some(protos::StateMetadata { metakey, value: policy }),
            r#type: write_record::Type::PutStateMetadata.into(),
            ..Default::default()
        })
        .await
    }

    pub(super) async fn parameter(
        &self,
        collection: &str,
        key: &str,
    ) -> Result<Option<Bytes>, Error> {
        let message = protos::GetStateMetadata { key: key.into(), collection: collection.into() };
        let read = self.ask_for::<protos::StateMetadataResult>(Type::GetStateMetadata, &message);
        let mut entries = read.await?.entries.into_iter();
        let entry = entries.find(|entry| entry.metakey == VALIDATION_PARAMETER);
        Ok(entry.map(|entry| entry.value).filter(|value| !value.is_empty()))
    }
}
