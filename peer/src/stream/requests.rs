// SPDX-License-Identifier: Apache-2.0
//! What a running chaincode asks for, and the answers.
//!
//! Not here: when it may ask (`stream`).

use super::message::BATCH;
use super::queries::{Queries, Range, page};
use super::transaction::Transaction;
use super::{Invocation, Trouble};
use proto::Bytes;
use proto::prost::Message;
use proto::protos::chaincode_message::Type;
use proto::protos::write_record::Type as Record;
use proto::protos::{
    ChaincodeSpec, DelState, GetHistoryForKey, GetState, GetStateByRange, GetStateMetadata,
    GetStateMultiple, GetStateMultipleResult, PurgePrivateState, PutState, PutStateMetadata,
    QueryMetadata, QueryStateClose, QueryStateNext, StateMetadata, StateMetadataResult,
    WriteBatchState,
};
use std::collections::BTreeMap;

/// What a request leads to.
#[derive(Debug)]
pub(super) enum Reply {
    /// The payload of the answer.
    Answer(Bytes),
    /// Another chaincode is to run; the answer comes when it has.
    Invoke(Invocation),
}

/// Who asks: a chaincode that runs for a transaction, seeing one channel.
#[derive(Debug)]
pub(super) struct Asker<'a> {
    pub(super) transaction: &'a Transaction,
    pub(super) channel: &'a str,
    pub(super) namespace: &'a str,
    pub(super) queries: &'a mut Queries,
    /// Whether the requests for many keys at once were offered.
    pub(super) batches: bool,
}

impl Asker<'_> {
    /// Answers a request.
    pub(super) fn ask(&mut self, kind: Type, payload: Bytes) -> Result<Reply, Trouble> {
        let nothing = Bytes::new();
        let answer = match kind {
            Type::GetState => self.get(payload)?,
            Type::PutState => self.put(payload).map(|()| nothing)?,
            Type::DelState => self.delete(payload).map(|()| nothing)?,
            Type::PutStateMetadata => self.put_metadata(payload).map(|()| nothing)?,
            Type::GetStateMetadata => self.metadata(payload)?,
            Type::GetStateByRange => self.range(payload)?,
            Type::GetHistoryForKey => self.history(payload)?,
            Type::QueryStateNext => self.next(payload)?,
            Type::QueryStateClose => self.close(payload)?,
            Type::WriteBatchState if self.batches => self.write_batch(payload).map(|()| nothing)?,
            Type::GetStateMultiple if self.batches => self.get_multiple(payload)?,
            Type::InvokeChaincode => return self.invoke(payload).map(Reply::Invoke),
            Type::GetQueryResult => return Err(Trouble::RichQuery),
            Type::GetPrivateDataHash => {
                return Err(private(&read::<GetState>("GetState", payload)?.collection));
            }
            Type::PurgePrivateData => {
                let purge: PurgePrivateState = read("PurgePrivateState", payload)?;
                return Err(private(&purge.collection));
            }
            other => return Err(Trouble::Unexpected(other.as_str_name().to_owned())),
        };
        Ok(Reply::Answer(answer))
    }

    fn get(&self, payload: Bytes) -> Result<Bytes, Trouble> {
        let GetState { key, collection } = read("GetState", payload)?;
        public(&collection)?;
        self.value(&key)
    }

    fn value(&self, key: &str) -> Result<Bytes, Trouble> {
        let entry = self
            .transaction
            .with(self.channel, |open| Ok(open.simulator.get(self.namespace, key)?))?;
        let value = entry.map(|entry| entry.value).unwrap_or_default();
        self.transaction.spend(key.len().saturating_add(value.len()))?;
        Ok(value)
    }

    fn get_multiple(&self, payload: Bytes) -> Result<Bytes, Trouble> {
        let GetStateMultiple { keys, collection } = read("GetStateMultiple", payload)?;
        public(&collection)?;
        few(keys.len(), "keys in one request")?;
        let values = keys.iter().map(|key| self.value(key)).collect::<Result<_, _>>()?;
        Ok(GetStateMultipleResult { values }.encode_to_vec().into())
    }

    fn put(&self, payload: Bytes) -> Result<(), Trouble> {
        let PutState { key, value, collection } = read("PutState", payload)?;
        public(&collection)?;
        self.write(&key, &value)
    }

    fn delete(&self, payload: Bytes) -> Result<(), Trouble> {
        let DelState { key, collection } = read("DelState", payload)?;
        public(&collection)?;
        self.write(&key, &[])
    }

    /// Writes a value; none deletes the key.
    fn write(&self, key: &str, value: &[u8]) -> Result<(), Trouble> {
        self.transaction.spend(key.len().saturating_add(value.len()))?;
        // A slice of the message would keep the message.
        let value = Bytes::copy_from_slice(value);
        self.transaction
            .with(self.channel, |open| Ok(open.simulator.put(self.namespace, key, value)?))
    }

    fn put_metadata(&self, payload: Bytes) -> Result<(), Trouble> {
        let PutStateMetadata { key, collection, metadata } = read("PutStateMetadata", payload)?;
        public(&collection)?;
        self.write_metadata(&key, metadata)
    }

    fn write_metadata(&self, key: &str, metadata: Option<StateMetadata>) -> Result<(), Trouble> {
        let StateMetadata { metakey, value } = metadata.unwrap_or_default();
        let bytes = key.len().saturating_add(metakey.len()).saturating_add(value.len());
        self.transaction.spend(bytes)?;
        let metadata = BTreeMap::from([(metakey, Bytes::copy_from_slice(&value))]);
        self.transaction.with(self.channel, |open| {
            Ok(open.simulator.set_metadata(self.namespace, key, &metadata)?)
        })
    }

    fn metadata(&self, payload: Bytes) -> Result<Bytes, Trouble> {
        let GetStateMetadata { key, collection } = read("GetStateMetadata", payload)?;
        public(&collection)?;
        let entry = self
            .transaction
            .with(self.channel, |open| Ok(open.simulator.get(self.namespace, &key)?))?;
        let entries = entry.map(|entry| entry.metadata()).unwrap_or_default();
        let entries = entries
            .into_iter()
            .map(|entry| StateMetadata { metakey: entry.name, value: entry.value });
        let answer = StateMetadataResult { entries: entries.collect() };
        self.transaction.spend(key.len().saturating_add(answer.encoded_len()))?;
        Ok(answer.encode_to_vec().into())
    }

    fn write_batch(&self, payload: Bytes) -> Result<(), Trouble> {
        let WriteBatchState { rec } = read("WriteBatchState", payload)?;
        few(rec.len(), "records in one request")?;
        for record in rec {
            public(&record.collection)?;
            match Record::try_from(record.r#type) {
                Ok(Record::PutState) => self.write(&record.key, &record.value)?,
                Ok(Record::DelState) => self.write(&record.key, &[])?,
                Ok(Record::PutStateMetadata) => {
                    self.write_metadata(&record.key, record.metadata)?;
                }
                Ok(Record::PurgePrivateData) => return Err(private(&record.collection)),
                Ok(Record::Undefined) | Err(_) => {
                    let what = format!("{} in a write batch", record.r#type);
                    return Err(Trouble::Unexpected(what));
                }
            }
        }
        Ok(())
    }

    fn range(&mut self, payload: Bytes) -> Result<Bytes, Trouble> {
        let GetStateByRange { start_key, end_key, collection, metadata } =
            read("GetStateByRange", payload)?;
        public(&collection)?;
        let range = Range { namespace: self.namespace, start: &start_key, end: &end_key };
        let QueryMetadata { page_size, bookmark } = read("QueryMetadata", metadata)?;
        if page_size == 0 && bookmark.is_empty() {
            return Ok(encoded(&self.queries.range(self.transaction, self.channel, range)?));
        }
        let size = match page_size {
            0 => usize::MAX,
            size => usize::try_from(size).map_err(|_| Trouble::PageSize(size))?,
        };
        Ok(encoded(&page(self.transaction, self.channel, range, size, &bookmark)?))
    }

    fn history(&mut self, payload: Bytes) -> Result<Bytes, Trouble> {
        let GetHistoryForKey { key } = read("GetHistoryForKey", payload)?;
        let first = self.queries.history(self.transaction, self.channel, self.namespace, &key)?;
        Ok(encoded(&first))
    }

    fn next(&mut self, payload: Bytes) -> Result<Bytes, Trouble> {
        let QueryStateNext { id } = read("QueryStateNext", payload)?;
        Ok(encoded(&self.queries.next(self.transaction, self.channel, &id)?))
    }

    fn close(&mut self, payload: Bytes) -> Result<Bytes, Trouble> {
        let QueryStateClose { id } = read("QueryStateClose", payload)?;
        Ok(encoded(&self.queries.close(&id)))
    }

    /// `name`, or `name/channel` for what another channel's chaincode says.
    fn invoke(&self, payload: Bytes) -> Result<Invocation, Trouble> {
        let spec: ChaincodeSpec = read("ChaincodeSpec", payload)?;
        let full = spec.chaincode_id.unwrap_or_default().name;
        let (name, channel) = match full.split_once('/') {
            Some((name, channel)) if !channel.is_empty() => (name, channel),
            Some((name, _)) => (name, self.channel),
            None => (full.as_str(), self.channel),
        };
        if name.is_empty() {
            return Err(Trouble::Name(full.chars().take(100).collect()));
        }
        self.transaction.spend_call()?;
        Ok(Invocation {
            caller: super::CallId {
                channel: self.channel.to_owned(),
                tx_id: self.transaction.id(),
            },
            chaincode: name.to_owned(),
            channel: channel.to_owned(),
            input: spec.input.unwrap_or_default(),
            transaction: self.transaction.clone(),
        })
    }
}

fn read<M: Message + Default>(what: &'static str, payload: Bytes) -> Result<M, Trouble> {
    M::decode(payload).map_err(Trouble::malformed(what))
}

fn encoded(message: &impl Message) -> Bytes {
    message.encode_to_vec().into()
}

fn public(collection: &str) -> Result<(), Trouble> {
    if collection.is_empty() { Ok(()) } else { Err(private(collection)) }
}

fn private(collection: &str) -> Trouble {
    Trouble::Private(collection.chars().take(100).collect())
}

fn few(count: usize, what: &'static str) -> Result<(), Trouble> {
    if count > BATCH {
        return Err(Trouble::TooMuch { what, limit: BATCH });
    }
    Ok(())
}
