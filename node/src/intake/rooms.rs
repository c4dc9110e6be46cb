// SPDX-License-Identifier: Apache-2.0
//! The room that all requests of a server share.

use super::{Room, SMALL};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tonic::Status;

/// The room that all requests of a server share.
#[derive(Debug)]
pub(super) struct Rooms {
    pub(super) room: Room,
    small: Arc<Semaphore>,
    large: Arc<Semaphore>,
    waiting: Mutex<Waiting>,
}

/// Requests that have sent no message, the oldest first.
#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    all: BTreeMap<u64, oneshot::Sender<()>>,
}

impl Rooms {
    pub(super) fn new(room: Room) -> Self {
        let bytes = |bytes: usize| Arc::new(Semaphore::new(bytes.div_ceil(UNIT)));
        Self { room, small: bytes(room.small), large: bytes(room.large), waiting: Mutex::default() }
    }

    /// A place for a request that has sent nothing. When there is none, the oldest such request ends.
    pub(super) fn wait(self: &Arc<Self>) -> Place {
        let (ends, ended) = oneshot::channel();
        let mut waiting = self.lock();
        let id = waiting.next;
        waiting.next = id.wrapping_add(1);
        waiting.all.insert(id, ends);
        let oldest = match waiting.all.len() > self.room.waiting {
            true => waiting.all.pop_first(),
            false => None,
        };
        drop(waiting);
        // Its other end is told by the drop.
        drop(oldest);
        Place { rooms: Arc::clone(self), id, ended }
    }

    /// Room for a message that is announced; none is taken yet for a small one.
    pub(super) fn announce(&self, length: usize) -> Result<Option<OwnedSemaphorePermit>, Status> {
        if length <= SMALL { Ok(None) } else { take(&self.large, length).map(Some) }
    }

    /// Room for what has come of a small one.
    pub(super) fn arrive(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Status> {
        take(&self.small, bytes)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn take(room: &Arc<Semaphore>, bytes: usize) -> Result<OwnedSemaphorePermit, Status> {
    let full = || Status::resource_exhausted("too much is on its way in here: try again later");
    let units = u32::try_from(bytes.div_ceil(UNIT)).map_err(|_| full())?;
    Arc::clone(room).try_acquire_many_owned(units).map_err(|_| full())
}

/// The place of a request that has sent nothing, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    rooms: Arc<Rooms>,
    id: u64,
    /// Ready when the place was given to another one.
    pub(super) ended: oneshot::Receiver<()>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.rooms.lock().all.remove(&self.id);
    }
}

/// Bytes in which room is counted.
const UNIT: usize = 256;
