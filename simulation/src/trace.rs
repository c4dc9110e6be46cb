// SPDX-License-Identifier: Apache-2.0
//! What happened, line by line, and a hash over all of it: two runs of a seed are the same when
//! their hashes are.

use crate::runtime;
use bccsp::{Digest, Hash, HashStream};
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A recording. Clones write into the same one.
#[derive(Clone)]
pub struct Trace(Arc<Mutex<State>>);

struct State {
    stream: Option<Box<dyn HashStream>>,
    lines: u64,
    last: VecDeque<String>,
    keep: usize,
}

impl Trace {
    /// An empty one, which remembers the last `keep` lines.
    #[must_use]
    pub fn new(hash: &dyn Hash, keep: usize) -> Self {
        let stream = Some(hash.start());
        Self(Arc::new(Mutex::new(State { stream, lines: 0, last: VecDeque::new(), keep })))
    }

    /// Adds a line, with the time.
    pub fn note(&self, what: fmt::Arguments<'_>) {
        let line = format!("{:>12} {what}", runtime::now() / 1000);
        let mut state = self.state();
        state.lines += 1;
        if let Some(stream) = &mut state.stream {
            stream.update(line.as_bytes());
            stream.update(b"\n");
        }
        if state.last.len() >= state.keep {
            state.last.pop_front();
        }
        state.last.push_back(line);
    }

    /// How many lines there were.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.state().lines
    }

    /// The last lines.
    #[must_use]
    pub fn last(&self) -> Vec<String> {
        self.state().last.iter().cloned().collect()
    }

    /// The hash over all lines. Lines that come later are no longer hashed.
    #[must_use]
    pub fn finish(&self) -> Option<Digest> {
        let stream = self.state().stream.take();
        stream.map(HashStream::finish)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Trace of {} lines", self.lines())
    }
}
