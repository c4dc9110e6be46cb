// SPDX-License-Identifier: Apache-2.0
//! One transaction on the peer in memory: requests of the stream in, answers out.

use super::Ledger;
use bytes::Bytes;
use proto::prost::Message;
use proto::protos::chaincode_message::Type;
use proto::protos::{self, StateMetadata, WriteRecord, write_record};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many records one answer has at most.
const BATCH: usize = 100;

/// What a transaction has written so far, and the queries it has open.
#[derive(Debug)]
pub struct Simulation {
    ledger: Arc<Mutex<Ledger>>,
    writes: BTreeMap<(String, String), Write>,
    /// Whether it read a page: then it writes nothing.
    paged: bool,
    open: BTreeMap<String, VecDeque<Bytes>>,
    queries: u32,
}

/// What a transaction does to a key: of several writes the last counts.
#[derive(Debug, Default)]
pub(super) struct Write {
    /// The new value, if there is one; of no bytes it deletes.
    pub(super) value: Option<Bytes>,
    pub(super) metadata: Option<StateMetadata>,
}

impl Simulation {
    /// A transaction that sees the ledger as it is now.
    #[must_use]
    pub fn new(ledger: Arc<Mutex<Ledger>>) -> Self {
        Self { ledger, writes: BTreeMap::new(), paged: false, open: BTreeMap::new(), queries: 0 }
    }

    /// Answers a request: the payload of RESPONSE, or the text of ERROR.
    ///
    /// # Errors
    /// The text.
    pub fn answer(&mut self, namespace: &str, kind: Type, payload: Bytes) -> Result<Bytes, String> {
        match kind {
            Type::GetState => self.get(namespace, &read(payload)?),
            Type::GetStateMultiple => self.get_many(namespace, &read(payload)?),
            Type::GetStateMetadata => self.metadata(namespace, &read(payload)?),
            Type::PutState
            | Type::DelState
            | Type::PutStateMetadata
            | Type::PurgePrivateData
            | Type::WriteBatchState => self.write(namespace, records(kind, payload)?),
            Type::GetStateByRange => self.range(namespace, &read(payload)?),
            Type::GetHistoryForKey => self.history(namespace, &read(payload)?),
            Type::QueryStateNext => {
                let id = read::<protos::QueryStateNext>(payload)?.id;
                encoded(&self.next(&id).ok_or_else(|| format!("query {id} is not open"))?)
            }
            Type::QueryStateClose => {
                let id = read::<protos::QueryStateClose>(payload)?.id;
                self.open.remove(&id);
                encoded(&protos::QueryResponse { id, ..Default::default() })
            }
            Type::GetPrivateDataHash => Err(NO_PRIVATE_DATA.to_owned()),
            Type::GetQueryResult => Err("the state database has no query language".to_owned()),
            other => Err(format!("{} is not answered", other.as_str_name())),
        }
    }

    /// How many queries are open.
    #[must_use]
    pub fn open_queries(&self) -> usize {
        self.open.len()
    }

    /// Writes what the transaction wrote into the ledger.
    pub fn commit(&self, tx: &str, seconds: i64) {
        let mut ledger = self.ledger();
        for (place, write) in &self.writes {
            ledger.write(place, write, tx, seconds);
        }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, namespace: &str, get: &protos::GetState) -> Result<Bytes, String> {
        public(&get.collection)?;
        Ok(self.ledger().value(namespace, &get.key).unwrap_or_default())
    }

    fn get_many(&self, namespace: &str, get: &protos::GetStateMultiple) -> Result<Bytes, String> {
        public(&get.collection)?;
        let ledger = self.ledger();
        let values = get.keys.iter().map(|key| ledger.value(namespace, key).unwrap_or_default());
        encoded(&protos::GetStateMultipleResult { values: values.collect() })
    }

    fn metadata(&self, namespace: &str, get: &protos::GetStateMetadata) -> Result<Bytes, String> {
        public(&get.collection)?;
        encoded(&self.ledger().metadata(namespace, &get.key))
    }

    fn history(
        &mut self,
        namespace: &str,
        asked: &protos::GetHistoryForKey,
    ) -> Result<Bytes, String> {
        let changes = self.ledger().history(namespace, &asked.key);
        encoded(&self.begin(changes.iter().map(bytes_of).collect()))
    }

    fn write(&mut self, namespace: &str, records: Vec<WriteRecord>) -> Result<Bytes, String> {
        for record in records {
            public(&record.collection)?;
            if record.key.is_empty() {
                return Err("the key is empty".to_owned());
            }
            if self.paged {
                return Err(PAGES_ALONE.to_owned());
            }
            let kind = record.r#type();
            let write = self.writes.entry((namespace.to_owned(), record.key)).or_default();
            match kind {
                write_record::Type::PutStateMetadata => write.metadata = record.metadata,
                write_record::Type::PutState => write.value = Some(record.value),
                _ => write.value = Some(Bytes::new()),
            }
        }
        Ok(Bytes::new())
    }

    fn range(&mut self, namespace: &str, asked: &protos::GetStateByRange) -> Result<Bytes, String> {
        public(&asked.collection)?;
        let page = read::<protos::QueryMetadata>(asked.metadata.clone())?;
        if page == protos::QueryMetadata::default() {
            let found = self.ledger().range(namespace, &asked.start_key, &asked.end_key);
            return encoded(&self.begin(found.iter().map(bytes_of).collect()));
        }
        if !self.writes.is_empty() {
            return Err(PAGES_ALONE.to_owned());
        }
        self.paged = true;
        let size = match page.page_size {
            0 => usize::MAX,
            size => usize::try_from(size).map_err(|_| "the size of a page is below 0")?,
        };
        let start = if page.bookmark.is_empty() { &asked.start_key } else { &page.bookmark };
        let mut found = self.ledger().range(namespace, start, &asked.end_key);
        let bookmark = found.get(size).map(|next| next.key.clone()).unwrap_or_default();
        found.truncate(size);
        let fetched_records_count = i32::try_from(found.len()).unwrap_or(i32::MAX);
        let metadata = protos::QueryResponseMetadata { fetched_records_count, bookmark };
        let results = found.iter().map(bytes_of).map(result).collect();
        let metadata = metadata.encode_to_vec().into();
        encoded(&protos::QueryResponse { results, metadata, ..Default::default() })
    }

    fn begin(&mut self, records: VecDeque<Bytes>) -> protos::QueryResponse {
        self.queries = self.queries.saturating_add(1);
        let id = format!("q{}", self.queries);
        self.open.insert(id.clone(), records);
        self.next(&id).unwrap_or_default()
    }

    /// The next batch; the last one ends the query.
    fn next(&mut self, id: &str) -> Option<protos::QueryResponse> {
        let left = self.open.get_mut(id)?;
        let batch: Vec<_> = left.drain(..left.len().min(BATCH)).map(result).collect();
        let has_more = !left.is_empty();
        if !has_more {
            self.open.remove(id);
        }
        let id = id.to_owned();
        Some(protos::QueryResponse { results: batch, has_more, id, metadata: Bytes::new() })
    }
}

const PAGES_ALONE: &str = "pages are for queries: a transaction that reads one writes nothing";
const NO_PRIVATE_DATA: &str = "collections of private data are not kept here";

fn public(collection: &str) -> Result<(), String> {
    if collection.is_empty() { Ok(()) } else { Err(NO_PRIVATE_DATA.to_owned()) }
}

/// The writes of a request.
fn records(kind: Type, payload: Bytes) -> Result<Vec<WriteRecord>, String> {
    let record = match kind {
        Type::WriteBatchState => return Ok(read::<protos::WriteBatchState>(payload)?.rec),
        Type::PutState => {
            let protos::PutState { key, value, collection } = read(payload)?;
            let r#type = write_record::Type::PutState.into();
            WriteRecord { key, value, collection, r#type, ..Default::default() }
        }
        Type::PutStateMetadata => {
            let protos::PutStateMetadata { key, collection, metadata } = read(payload)?;
            let r#type = write_record::Type::PutStateMetadata.into();
            WriteRecord { key, collection, metadata, r#type, ..Default::default() }
        }
        _ => {
            let protos::DelState { key, collection } = read(payload)?;
            let r#type = write_record::Type::DelState.into();
            WriteRecord { key, collection, r#type, ..Default::default() }
        }
    };
    Ok(vec![record])
}

fn read<M: Message + Default>(payload: Bytes) -> Result<M, String> {
    M::decode(payload).map_err(|error| error.to_string())
}

fn encoded(message: &impl Message) -> Result<Bytes, String> {
    Ok(bytes_of(message))
}

fn bytes_of(message: &impl Message) -> Bytes {
    message.encode_to_vec().into()
}

fn result(result_bytes: Bytes) -> protos::QueryResultBytes {
    protos::QueryResultBytes { result_bytes }
}
