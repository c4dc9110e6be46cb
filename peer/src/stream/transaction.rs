// SPDX-License-Identifier: Apache-2.0
//! What one transaction reads and writes while chaincodes run for it: a simulator for its channel,
//! and one for every other channel that a chaincode of it asks, whose writes count for nothing.
//!
//! Not here: the messages that ask (`requests`).

use super::Trouble;
use crate::view::View;
use bccsp::Providers;
use ledger::simulator::{Simulated, Simulator};
use ledger::state::Snapshot;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What one transaction may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of keys and values that it reads and writes, each request counted with about a
    /// hundred bytes more. What is gathered for it in memory is about that.
    pub bytes: usize,
    /// Calls of one chaincode by another, in all.
    pub calls: usize,
    /// Range and history queries, in all.
    pub queries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 256 << 20, calls: 1000, queries: 10_000 }
    }
}

/// A transaction that is tried out, shared by the chaincodes that run for it. Clones are the same.
#[derive(Clone, Debug)]
pub struct Transaction(Arc<Mutex<Work>>);

#[derive(Debug)]
pub(crate) struct Work {
    id: String,
    home: String,
    channels: BTreeMap<String, Open>,
    spent: Limits,
    limits: Limits,
}

/// A channel that is read.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) view: View,
    pub(crate) snapshot: Snapshot,
    pub(crate) simulator: Simulator<'static>,
}

impl Transaction {
    /// Begins one on a channel, over its state as it is now. The providers live as long as the
    /// process, because a transaction goes from task to task.
    ///
    /// # Errors
    /// [`Trouble::Ledger`] and [`Trouble::Channel`] when the state cannot be read.
    pub fn begin(
        view: View,
        id: &str,
        limits: Limits,
        providers: &'static Providers,
    ) -> Result<Self, Trouble> {
        let home = view.id().to_owned();
        let spent = Limits { bytes: 0, calls: 0, queries: 0 };
        let channels = BTreeMap::from([(home.clone(), Open::new(view, providers)?)]);
        let work = Work { id: id.to_owned(), home, channels, spent, limits };
        Ok(Self(Arc::new(Mutex::new(work))))
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> String {
        self.lock().id.clone()
    }

    /// The channel whose state it changes.
    #[must_use]
    pub fn home(&self) -> String {
        self.lock().home.clone()
    }

    /// Lets it read another channel, too. One that it reads already stays as it is.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub fn open(&self, view: View, providers: &'static Providers) -> Result<(), Trouble> {
        let id = view.id().to_owned();
        if self.lock().channels.contains_key(&id) {
            return Ok(());
        }
        let open = Open::new(view, providers)?;
        self.lock().channels.entry(id).or_insert(open);
        Ok(())
    }

    /// What it came to on its channel. Nothing more is read or written for it after that.
    ///
    /// # Errors
    /// [`Trouble::Over`] when that was asked before.
    pub fn finish(&self) -> Result<Simulated, Trouble> {
        let mut work = self.lock();
        let home = work.home.clone();
        let open = work.channels.remove(&home).ok_or(Trouble::Over)?;
        work.channels.clear();
        Ok(open.simulator.finish())
    }

    /// Works on a channel of it.
    pub(crate) fn with<T>(
        &self,
        channel: &str,
        work: impl FnOnce(&mut Open) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        work(self.lock().channels.get_mut(channel).ok_or(Trouble::Over)?)
    }

    /// Counts bytes that it holds on to.
    pub(crate) fn spend(&self, bytes: usize) -> Result<(), Trouble> {
        let mut work = self.lock();
        work.spent.bytes = work.spent.bytes.saturating_add(bytes).saturating_add(EACH);
        let limit = work.limits.bytes;
        if work.spent.bytes > limit {
            return Err(Trouble::TooMuch { what: "bytes read and written", limit });
        }
        Ok(())
    }

    /// Counts a query.
    pub(crate) fn spend_query(&self) -> Result<(), Trouble> {
        let mut work = self.lock();
        work.spent.queries = work.spent.queries.saturating_add(1);
        let limit = work.limits.queries;
        if work.spent.queries > limit {
            return Err(Trouble::TooMuch { what: "queries", limit });
        }
        Ok(())
    }

    /// Counts a call of another chaincode.
    pub(crate) fn spend_call(&self) -> Result<(), Trouble> {
        let mut work = self.lock();
        work.spent.calls = work.spent.calls.saturating_add(1);
        let limit = work.limits.calls;
        if work.spent.calls > limit {
            return Err(Trouble::TooMuch { what: "calls of chaincodes", limit });
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Work> {
        // Whoever panicked with it costs this transaction at most its result.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn new(view: View, providers: &'static Providers) -> Result<Self, Trouble> {
        let hash = providers.hash(view.config().hash_algorithm()).map_err(channel::Error::from)?;
        let snapshot = view.ledger().snapshot()?;
        let simulator = Simulator::new(snapshot.clone(), hash);
        Ok(Self { view, snapshot, simulator })
    }
}

/// What a request is counted with beside its bytes.
const EACH: usize = 100;
