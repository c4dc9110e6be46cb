// SPDX-License-Identifier: Apache-2.0
//! How somebody hears that a ledger has grown, without any runtime: a height to wait for, and functions
//! that are called.

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Called with a new height. It must not wait for anything.
pub type Listener = Box<dyn Fn(u64) + Send + Sync>;

/// A height that grows.
#[derive(Default)]
pub struct Watch {
    state: Mutex<State>,
    grown: Condvar,
    listeners: Mutex<Vec<Listener>>,
}

#[derive(Clone, Copy, Default)]
struct State {
    height: u64,
    is_closed: bool,
}

impl Watch {
    pub(crate) fn new(height: u64) -> Self {
        let state = Mutex::new(State { height, is_closed: false });
        Self { state, ..Self::default() }
    }

    /// The height now.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.lock().height
    }

    /// Whether nothing more will come: the channel was left, or has stopped.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.lock().is_closed
    }

    /// Waits until the height is above `height`, nothing more will come, or the time is over. Gives the
    /// height then.
    pub fn wait_above(&self, height: u64, at_most: Duration) -> u64 {
        let waits = |state: &mut State| state.height <= height && !state.is_closed;
        let waited = self.grown.wait_timeout_while(self.lock(), at_most, waits);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.height
    }

    /// Calls this with each new height, after the block is part of the ledger, and once more when nothing
    /// more will come.
    pub fn listen(&self, listener: Listener) {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner).push(listener);
    }

    pub(crate) fn grow(&self, height: u64) {
        self.lock().height = height;
        self.tell(height);
    }

    pub(crate) fn close(&self) {
        let height = {
            let mut state = self.lock();
            state.is_closed = true;
            state.height
        };
        self.tell(height);
    }

    fn tell(&self, height: u64) {
        self.grown.notify_all();
        let listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.iter().for_each(|listener| listener(height));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Two numbers, of which none depends on the other.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Watch({})", self.height())
    }
}
