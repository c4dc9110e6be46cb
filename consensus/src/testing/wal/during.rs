// SPDX-License-Identifier: Apache-2.0
//! Something else that is written while a sync is on its way.

use std::sync::{Arc, Mutex};
use sys::sim::Watch;

/// Runs what was given once, in the middle of the next sync of a file that does not keep others
/// from writing: what is written there is not part of that sync.
#[derive(Clone, Default)]
pub(super) struct During(Arc<Mutex<Option<Interlude>>>);

type Interlude = (Box<dyn Fn() -> bool + Send>, Box<dyn FnOnce() + Send>);

impl std::fmt::Debug for During {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("During")
    }
}

impl During {
    /// `may` says whether it is the time for it.
    pub(super) fn set(
        &self,
        may: impl Fn() -> bool + Send + 'static,
        run: impl FnOnce() + Send + 'static,
    ) {
        *self.0.lock().unwrap() = Some((Box::new(may), Box::new(run)));
    }

    /// Runs it, if it has not run yet.
    pub(super) fn run(&self) {
        let interlude = self.0.lock().unwrap().take();
        interlude.into_iter().for_each(|(_, run)| run());
    }
}

impl Watch for During {
    fn synced(&self) {
        let interlude = self.0.lock().unwrap().take_if(|(may, _)| may());
        interlude.into_iter().for_each(|(_, run)| run());
    }
}
