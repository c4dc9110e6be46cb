// SPDX-License-Identifier: Apache-2.0
//! What became of transactions: of those in the ledger at once, of others when their block comes.
//!
//! What a new block brought is looked up once for all who wait on its channel, and by nobody when
//! nobody waits; it is read from the disk only when it is not remembered.

use super::failure::Failure;
use crate::deliver::Chain;
use block::Envelope;
use ledger::blocks::transaction_key;
use peer::{Status, View};
use proto::protos::TxValidationCode;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;
use tonic::Code;

/// Everybody who waits for a transaction, by channel.
#[derive(Clone, Default)]
pub(super) struct Commits(Arc<Mutex<BTreeMap<String, Waiters>>>);

/// Those of a channel, by the transaction's id. While there are some, a task reads new blocks.
type Waiters = BTreeMap<String, Vec<oneshot::Sender<Status>>>;

impl Commits {
    /// Waits until a transaction is in the ledger.
    pub(super) async fn status(
        &self,
        view: &View,
        chain: &Arc<dyn Chain>,
        id: &str,
    ) -> Result<Status, Failure> {
        // It may be committed between a look at the ledger and waiting: so wait before looking.
        let told = self.wait(view, chain, id);
        if let Some(status) = find(view, chain, id).await? {
            return Ok(status);
        }
        let ended = |_| {
            let why = format!("channel {} takes no more blocks here", view.id());
            Failure::new(Code::Unavailable, why)
        };
        told.await.map_err(ended)
    }

    fn wait(&self, view: &View, chain: &Arc<dyn Chain>, id: &str) -> oneshot::Receiver<Status> {
        let (teller, told) = oneshot::channel();
        let channel = view.id();
        let mut all = self.lock();
        if !all.contains_key(channel) {
            let next = *chain.heights().borrow();
            drop(tokio::spawn(self.clone().follow(view.clone(), Arc::clone(chain), next)));
        }
        let waiters = all.entry(channel.to_owned()).or_default();
        waiters.entry(id.to_owned()).or_default().push(teller);
        told
    }

    /// Reads block after block until nobody waits.
    async fn follow(self, view: View, chain: Arc<dyn Chain>, mut next: u64) {
        let channel = view.id();
        let (mut heights, mut trouble) = (chain.heights(), chain.trouble());
        loop {
            let grown = tokio::select! {
                biased;
                grown = heights.wait_for(|height| *height > next) => grown.is_ok(),
                _ = trouble.wait_for(Option::is_some) => false,
            };
            let read = if grown { read(&view, &chain, next).await } else { None };
            let Some(found) = read else {
                // Dropped, they hear that nothing comes.
                self.lock().remove(channel);
                return;
            };
            if !self.tell(channel, found) {
                return;
            }
            next = next.saturating_add(1);
        }
    }

    /// Tells what a block brought; whether anybody still waits.
    fn tell(&self, channel: &str, found: Vec<(String, Status)>) -> bool {
        let mut all = self.lock();
        let Some(waiters) = all.get_mut(channel) else { return false };
        for (id, status) in found {
            for teller in waiters.remove(&id).into_iter().flatten() {
                let _ = teller.send(status);
            }
        }
        waiters.retain(|_, tellers| {
            tellers.retain(|teller| !teller.is_closed());
            !tellers.is_empty()
        });
        if waiters.is_empty() {
            all.remove(channel);
            return false;
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Waiters>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The transactions of a block; `None` when it cannot be read.
async fn read(view: &View, chain: &Arc<dyn Chain>, number: u64) -> Option<Vec<(String, Status)>> {
    if let Some(recent) = view.recent_block(number) {
        return Some(recent);
    }
    let reader = Arc::clone(chain);
    let block = spawn_blocking(move || reader.block(number)).await.ok()?.ok()??;
    let mut found = Vec::with_capacity(block.entries().len());
    for (place, entry) in block.entries().iter().enumerate() {
        let Ok(envelope) = Envelope::open(entry.clone()) else { continue };
        let code = block.metadata().verdict(place).unwrap_or(TxValidationCode::NotValidated);
        // Of two with one id the first counts.
        if code != TxValidationCode::DuplicateTxid {
            let id = envelope.headers().channel_header().tx_id.clone();
            found.push((id, Status { block: number, place, code }));
        }
    }
    Some(found)
}

/// Looks into the ledger.
async fn find(view: &View, chain: &Arc<dyn Chain>, id: &str) -> Result<Option<Status>, Failure> {
    if let Some(status) = view.recent(id) {
        return Ok(Some(status));
    }
    let Some(key) = transaction_key(id) else { return Ok(None) };
    let (view, chain) = (view.clone(), Arc::clone(chain));
    let found = spawn_blocking(move || {
        let found = view.ledger().blocks().transaction(&key).map_err(|error| error.to_string())?;
        // Blocks may be ahead of what everybody was told; then it is told soon.
        let Some(place) = found.filter(|place| place.block < *chain.heights().borrow()) else {
            return Ok(None);
        };
        let block = chain.block(place.block)?;
        let block = block.ok_or_else(|| format!("block {} was pruned", place.block))?;
        let at = usize::try_from(place.transaction).unwrap_or(usize::MAX);
        let code = block.metadata().verdict(at);
        let code = code.ok_or_else(|| format!("block {} has no verdicts", place.block))?;
        Ok(Some(Status { block: place.block, place: at, code }))
    });
    let found: Result<_, String> = found.await.unwrap_or_else(|error| Err(error.to_string()));
    found.map_err(|why| Failure::new(Code::Aborted, why))
}
