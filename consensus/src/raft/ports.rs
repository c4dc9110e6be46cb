// SPDX-License-Identifier: Apache-2.0
//! What a Raft node needs of its surroundings, as traits: the way to other nodes, their blocks, a
//! place for its notes, and somebody who does what takes long.

use super::store::LogStore;
use crate::{Member, Waiting};
use block::Block;
use openraft::AsyncRuntime;
use proto::Bytes;
use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

/// The way to other nodes.
pub trait Transport: Send + Sync + 'static {
    /// Brings a message to that member, who is known by its key, and gives back what its
    /// [`Raft::serve`](super::Raft::serve) of the same channel answered. Whoever calls waits as
    /// long as it likes and drops the future then.
    fn call(&self, to: &Member, message: Bytes) -> Waiting<Result<Bytes, Unreachable>>;
}

/// A message or its answer did not get through; nobody knows which of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreachable(pub String);

/// Blocks of other nodes.
pub trait BlockSource: Send + Sync + 'static {
    /// Block `number` of the channel, as that member has it. It is not trusted: the chain judges
    /// it.
    fn block(&self, from: &Member, number: u64) -> Waiting<Result<Block, Unreachable>>;
}

/// Small facts that a node keeps beside its log.
pub trait Notes: Send + Sync + 'static {
    /// What was noted under a key, last.
    ///
    /// # Errors
    /// Of the disk.
    fn note(&self, key: &str) -> io::Result<Option<Bytes>>;

    /// Notes something; after `Ok` it is on disk.
    ///
    /// # Errors
    /// Of the disk.
    fn set_note(&self, key: &str, value: Bytes) -> Waiting<io::Result<()>>;
}

impl<Rt: AsyncRuntime> Notes for LogStore<Rt> {
    fn note(&self, key: &str) -> io::Result<Option<Bytes>> {
        Ok(self.group().read_note(key)?)
    }

    fn set_note(&self, key: &str, value: Bytes) -> Waiting<io::Result<()>> {
        let (store, key) = (self.clone(), key.to_owned());
        Box::pin(async move { store.note(&key, Some(value)).await })
    }
}

/// Work that may take long: signatures, syncs.
pub type Work = Box<dyn FnOnce() + Send>;

/// Does work that would hold up a runtime.
pub trait Worker: Send + Sync + 'static {
    /// Does it, some time.
    fn run(&self, work: Work);
}

/// Does work at once, where it is asked for it: for a simulation, which has one thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct AtOnce;

impl Worker for AtOnce {
    fn run(&self, work: Work) {
        work();
    }
}

/// A few threads that do work for all channels of a process. They end when this is dropped and
/// what was asked for is done.
#[derive(Debug)]
pub struct Threads {
    queue: Sender<Work>,
}

impl Threads {
    /// Starts that many, at least one.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn start(number: usize) -> io::Result<Self> {
        let (queue, work) = channel();
        let work = Arc::new(Mutex::new(work));
        for _ in 0..number.max(1) {
            let work = work.clone();
            let name = "consensus".to_owned();
            let _ = std::thread::Builder::new().name(name).spawn(move || serve(&work))?;
        }
        Ok(Self { queue })
    }
}

impl Worker for Threads {
    fn run(&self, work: Work) {
        // The threads are there as long as the queue is. If they are not, the work is dropped, and
        // whoever waits for it hears that.
        let _ = self.queue.send(work);
    }
}

fn serve(work: &Mutex<Receiver<Work>>) {
    loop {
        let next = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(work) => work(),
            Err(_) => return,
        }
    }
}
