// SPDX-License-Identifier: Apache-2.0
//! Writes, one request each or gathered into batches.

use super::Stub;
use crate::Error;
use proto::protos::chaincode_message::Type;
use proto::protos::{self, WriteRecord, write_record};
use std::sync::PoisonError;

impl Stub {
    /// Gathers the writes that follow, to send them in few requests. On a peer that takes no batches
    /// nothing changes. Errors of the peer then come from [`Stub::finish_write_batch`].
    pub fn start_write_batch(&self) {
        if self.abilities.write_batch > 0 {
            let mut batch = self.batch.lock().unwrap_or_else(PoisonError::into_inner);
            batch.get_or_insert_default();
        }
    }

    /// Sends what was gathered. Also done when the transaction ends with success.
    ///
    /// # Errors
    /// What the peer answers.
    pub async fn finish_write_batch(&self) -> Result<(), Error> {
        let batch = self.batch.lock().unwrap_or_else(PoisonError::into_inner).take();
        let records = batch.unwrap_or_default();
        for some in records.chunks(self.abilities.write_batch.max(1)) {
            let message = protos::WriteBatchState { rec: some.to_vec() };
            self.ask(Type::WriteBatchState, &message).await?;
        }
        Ok(())
    }

    /// Writes now, or when the batch is sent.
    pub(super) async fn write(&self, record: WriteRecord) -> Result<(), Error> {
        let Some(record) = self.gather(record) else { return Ok(()) };
        let WriteRecord { key, value, collection, metadata, .. } = record.clone();
        let sent = match record.r#type() {
            write_record::Type::PutState => {
                self.ask(Type::PutState, &protos::PutState { key, value, collection }).await
            }
            write_record::Type::PutStateMetadata => {
                let message = protos::PutStateMetadata { key, collection, metadata };
                self.ask(Type::PutStateMetadata, &message).await
            }
            write_record::Type::PurgePrivateData => {
                let message = protos::PurgePrivateState { key, collection };
                self.ask(Type::PurgePrivateData, &message).await
            }
            write_record::Type::DelState | write_record::Type::Undefined => {
                self.ask(Type::DelState, &protos::DelState { key, collection }).await
            }
        };
        sent.map(|_| ())
    }

    /// Adds a record to the batch; gives it back if there is none.
    fn gather(&self, record: WriteRecord) -> Option<WriteRecord> {
        let mut batch = self.batch.lock().unwrap_or_else(PoisonError::into_inner);
        match batch.as_mut() {
            Some(records) => {
                records.push(record);
                None
            }
            None => Some(record),
        }
    }
}
