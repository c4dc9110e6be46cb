// SPDX-License-Identifier: Apache-2.0
//! Ranges, histories and queries: many records, a batch at a time.

use super::{Stub, keys};
use crate::Error;
use bytes::Bytes;
use proto::prost::Message;
use proto::prost_types::Timestamp;
use proto::protos::chaincode_message::Type;
use proto::{protos, queryresult};
use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;

/// A key and its value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kv {
    /// The key.
    pub key: String,
    /// Its value.
    pub value: Bytes,
}

/// One change of a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyModification {
    /// The transaction.
    pub tx_id: String,
    /// The value it wrote; empty if it deleted.
    pub value: Bytes,
    /// When its client made it.
    pub timestamp: Timestamp,
    /// Whether it deleted the key.
    pub is_delete: bool,
}

/// One record of a result.
pub trait Record: Sized + Send {
    /// Reads a record from the bytes that travelled; `None` if it is not one.
    fn read(bytes: Bytes) -> Option<Self>;
}

impl Record for Kv {
    fn read(bytes: Bytes) -> Option<Self> {
        let read = queryresult::Kv::decode(bytes).ok()?;
        Some(Self { key: read.key, value: read.value })
    }
}

impl Record for KeyModification {
    fn read(bytes: Bytes) -> Option<Self> {
        let read = queryresult::KeyModification::decode(bytes).ok()?;
        let (tx_id, value) = (read.tx_id, read.value);
        let timestamp = read.timestamp.unwrap_or_default();
        Some(Self { tx_id, value, timestamp, is_delete: read.is_delete })
    }
}

/// One page of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The records.
    pub records: Vec<Kv>,
    /// Where the next page begins; empty after the last.
    pub bookmark: String,
    /// How many records the peer read.
    pub fetched: i32,
}

/// The records of a range, history or query, fetched from the peer a batch at a time.
pub struct Results<'a, R> {
    stub: &'a Stub,
    kind: &'static str,
    ready: VecDeque<Bytes>,
    id: String,
    has_more: bool,
    record: PhantomData<fn() -> R>,
}

impl<R> fmt::Debug for Results<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Results").field("id", &self.id).field("has_more", &self.has_more).finish()
    }
}

impl<'a, R: Record> Results<'a, R> {
    fn new(stub: &'a Stub, kind: Type, first: protos::QueryResponse) -> Self {
        let mut results = Self {
            stub,
            kind: kind.as_str_name(),
            ready: VecDeque::new(),
            id: String::new(),
            has_more: false,
            record: PhantomData,
        };
        results.take(first);
        results
    }

    /// The next record; `None` after the last.
    ///
    /// # Errors
    /// What the peer answers; [`Error::Answer`] for a record that is none.
    pub async fn next(&mut self) -> Result<Option<R>, Error> {
        while self.ready.is_empty() && self.has_more {
            let message = protos::QueryStateNext { id: self.id.clone() };
            let more = self.stub.ask_for(Type::QueryStateNext, &message).await?;
            self.take(more);
        }
        match self.ready.pop_front() {
            Some(bytes) => R::read(bytes).map(Some).ok_or(Error::Answer(self.kind)),
            None => Ok(None),
        }
    }

    /// All records that are left.
    ///
    /// # Errors
    /// As [`Results::next`].
    pub async fn collect(mut self) -> Result<Vec<R>, Error> {
        let mut all = Vec::new();
        while let Some(record) = self.next().await? {
            all.push(record);
        }
        Ok(all)
    }

    /// Tells the peer that no more is wanted. Results that are merely dropped before their end stay
    /// with the peer until the transaction ends.
    ///
    /// # Errors
    /// What the peer answers.
    pub async fn close(mut self) -> Result<(), Error> {
        // A peer forgets a query by itself when it has sent the last record.
        if !std::mem::take(&mut self.has_more) {
            return Ok(());
        }
        let message = protos::QueryStateClose { id: std::mem::take(&mut self.id) };
        self.stub.ask(Type::QueryStateClose, &message).await.map(|_| ())
    }

    fn take(&mut self, response: protos::QueryResponse) {
        self.ready.extend(response.results.into_iter().map(|result| result.result_bytes));
        self.has_more = response.has_more;
        self.id = response.id;
    }
}

impl Stub {
    /// The simple keys from `start` to before `end`, in the order of their bytes. An empty bound is
    /// none; composite keys are never in it.
    ///
    /// # Errors
    /// [`Error::Name`] for a composite key as bound; what the peer answers.
    pub async fn get_state_by_range(
        &self,
        start: &str,
        end: &str,
    ) -> Result<Results<'_, Kv>, Error> {
        self.range("", keys::simple(start, end)?).await
    }

    /// One page of a range: at most `size` records, from `bookmark` if it is not empty. Only for
    /// queries: a peer does not endorse writes beside it.
    ///
    /// # Errors
    /// As [`Stub::get_state_by_range`].
    pub async fn get_state_by_range_with_pagination(
        &self,
        start: &str,
        end: &str,
        size: i32,
        bookmark: &str,
    ) -> Result<Page, Error> {
        self.range_page(keys::simple(start, end)?, size, bookmark).await
    }

    /// The composite keys that begin with a type and some attributes.
    ///
    /// # Errors
    /// [`Error::Name`] as [`composite_key`](crate::composite_key); what the peer answers.
    pub async fn get_state_by_partial_composite_key(
        &self,
        object_type: &str,
        attributes: &[&str],
    ) -> Result<Results<'_, Kv>, Error> {
        self.range("", keys::partial(object_type, attributes)?).await
    }

    /// One page of the composite keys that begin with a type and some attributes.
    ///
    /// # Errors
    /// As [`Stub::get_state_by_partial_composite_key`].
    pub async fn get_state_by_partial_composite_key_with_pagination(
        &self,
        object_type: &str,
        attributes: &[&str],
        size: i32,
        bookmark: &str,
    ) -> Result<Page, Error> {
        self.range_page(keys::partial(object_type, attributes)?, size, bookmark).await
    }

    /// Every change of a key that was committed, the newest first.
    ///
    /// # Errors
    /// What the peer answers, such as that it keeps no history.
    pub async fn get_history_for_key(
        &self,
        key: &str,
    ) -> Result<Results<'_, KeyModification>, Error> {
        let (kind, message) =
            (Type::GetHistoryForKey, protos::GetHistoryForKey { key: key.into() });
        Ok(Results::new(self, kind, self.ask_for(kind, &message).await?))
    }

    /// The records that a query in the language of the state database finds. Peers without such a
    /// database answer with an error.
    ///
    /// # Errors
    /// What the peer answers.
    pub async fn get_query_result(&self, query: &str) -> Result<Results<'_, Kv>, Error> {
        self.query("", query).await
    }

    /// One page of what a query finds.
    ///
    /// # Errors
    /// What the peer answers.
    pub async fn get_query_result_with_pagination(
        &self,
        query: &str,
        size: i32,
        bookmark: &str,
    ) -> Result<Page, Error> {
        let metadata = page_metadata(size, bookmark);
        let message =
            protos::GetQueryResult { query: query.into(), metadata, ..Default::default() };
        self.page(Type::GetQueryResult, &message).await
    }

    pub(super) async fn query(
        &self,
        collection: &str,
        query: &str,
    ) -> Result<Results<'_, Kv>, Error> {
        let (query, collection) = (query.to_owned(), collection.to_owned());
        let message = protos::GetQueryResult { query, collection, metadata: Bytes::new() };
        let kind = Type::GetQueryResult;
        Ok(Results::new(self, kind, self.ask_for(kind, &message).await?))
    }

    pub(super) async fn range(
        &self,
        collection: &str,
        (start_key, end_key): (String, String),
    ) -> Result<Results<'_, Kv>, Error> {
        let (collection, metadata) = (collection.to_owned(), Bytes::new());
        let message = protos::GetStateByRange { start_key, end_key, collection, metadata };
        let kind = Type::GetStateByRange;
        Ok(Results::new(self, kind, self.ask_for(kind, &message).await?))
    }

    async fn range_page(
        &self,
        (start_key, end_key): (String, String),
        size: i32,
        bookmark: &str,
    ) -> Result<Page, Error> {
        let (collection, metadata) = (String::new(), page_metadata(size, bookmark));
        let message = protos::GetStateByRange { start_key, end_key, collection, metadata };
        self.page(Type::GetStateByRange, &message).await
    }

    async fn page(&self, kind: Type, message: &impl Message) -> Result<Page, Error> {
        let response = self.ask_for::<protos::QueryResponse>(kind, message).await?;
        let metadata = protos::QueryResponseMetadata::decode(response.metadata.clone());
        let metadata = metadata.map_err(|_| Error::Answer(kind.as_str_name()))?;
        let records = Results::new(self, kind, response).collect().await?;
        let (bookmark, fetched) = (metadata.bookmark, metadata.fetched_records_count);
        Ok(Page { records, bookmark, fetched })
    }
}

fn page_metadata(page_size: i32, bookmark: &str) -> Bytes {
    protos::QueryMetadata { page_size, bookmark: bookmark.into() }.encode_to_vec().into()
}
