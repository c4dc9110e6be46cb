// SPDX-License-Identifier: Apache-2.0
//! One sync for all who wait, and who runs it: a thread, or whoever asks.

use super::Error;
use super::state::State;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};

/// Has syncs run. The log says that there is something to be synced, and the rest is done here.
pub trait Syncer: fmt::Debug + Send + Sync + 'static {
    /// Somebody waits: has [`Work::run`] called soon, by any thread. Of several calls before it
    /// begins, one is enough. It must not be called while this one's caller holds a lock that a
    /// completion may want.
    fn wake(&self, work: Work);

    /// The log is being closed: returns when no thread of this one's own is in a run, and none
    /// will begin one.
    fn stop(&self);
}

/// What there is to do for a [`Syncer`]. It keeps no log alive.
#[derive(Clone)]
pub struct Work(pub(super) Weak<Shared>);

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Work")
    }
}

impl Work {
    /// Syncs as long as somebody waits, and tells each; nothing when nobody does, or when another
    /// thread is at it.
    pub fn run(&self) {
        if let Some(shared) = self.0.upgrade() {
            shared.sync();
        }
    }
}

/// What all handles of one log share.
pub(super) struct Shared {
    pub(super) state: Mutex<State>,
    pub(super) syncer: Box<dyn Syncer>,
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn wake(self: &Arc<Self>) {
        self.syncer.wake(Work(Arc::downgrade(self)));
    }

    /// One sync after the other, each for all who waited when it began. While it runs others go
    /// on appending, and wait for the next one.
    pub(super) fn sync(&self) {
        let mut state = self.lock();
        if state.syncing {
            return;
        }
        state.syncing = true;
        while let Some(begun) = state.begin_sync() {
            let ready = match begun {
                Err(_) => state.refuse_waiting(),
                Ok(syncing) => {
                    drop(state);
                    let syncing = syncing.run();
                    state = self.lock();
                    state.end_sync(syncing)
                }
            };
            drop(state);
            // Without the lock: what is told may come back with the next thing to write.
            ready.into_iter().for_each(|(done, result)| done(result));
            state = self.lock();
        }
        state.syncing = false;
    }
}

/// Syncs in the thread that writes, before its call returns: everything in one thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct SyncAtOnce;

impl Syncer for SyncAtOnce {
    fn wake(&self, work: Work) {
        work.run();
    }

    fn stop(&self) {}
}

/// A thread that waits for the disk, so that nobody else has to.
#[derive(Debug)]
pub struct SyncThread {
    signal: Arc<Signal>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct Signal {
    wanted: Mutex<Wanted>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Wanted {
    work: Option<Work>,
    stop: bool,
}

impl SyncThread {
    /// Starts it.
    ///
    /// # Errors
    /// [`Error::Thread`].
    pub fn start() -> Result<Self, Error> {
        let signal = Arc::new(Signal::default());
        let here = Arc::clone(&signal);
        let named = thread::Builder::new().name("log sync".to_owned());
        let thread = named.spawn(move || here.serve()).map_err(Error::Thread)?;
        Ok(Self { signal, thread: Mutex::new(Some(thread)) })
    }
}

impl Signal {
    fn lock(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self) {
        loop {
            let mut wanted = self.lock();
            while wanted.work.is_none() && !wanted.stop {
                wanted = self.changed.wait(wanted).unwrap_or_else(PoisonError::into_inner);
            }
            if wanted.stop {
                return;
            }
            let work = wanted.work.take();
            drop(wanted);
            work.iter().for_each(Work::run);
        }
    }
}

impl Syncer for SyncThread {
    fn wake(&self, work: Work) {
        self.signal.lock().work.get_or_insert(work);
        self.signal.changed.notify_one();
    }

    fn stop(&self) {
        self.signal.lock().stop = true;
        self.signal.changed.notify_one();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A completion may have closed the log: that thread cannot wait for itself.
        let other = thread.filter(|thread| thread.thread().id() != thread::current().id());
        match other.map(JoinHandle::join) {
            Some(Err(panic)) if !thread::panicking() => std::panic::resume_unwind(panic),
            _ => {}
        }
    }
}

impl Drop for SyncThread {
    fn drop(&mut self) {
        self.stop();
    }
}
