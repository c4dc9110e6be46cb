// SPDX-License-Identifier: Apache-2.0
//! Letting go of the history of old blocks.

use super::keys::written;
use super::tables::{HISTORY, STATE};
use super::{Head, State, Tip, database, put_tip};
use crate::Error;
use block::Version;

impl State {
    /// Lets the history begin with that block: what earlier ones wrote stays in the state, and is
    /// no longer told. Durable when it returns. Reads every key once.
    ///
    /// # Errors
    /// [`Error::Stopped`] after an earlier failure, or what the disk says.
    pub fn forget_before(&self, block: u64) -> Result<(), Error> {
        let mut now = self.now();
        self.check_running(&now)?;
        let history_from = block.min(now.tip.height);
        if history_from <= now.tip.history_from {
            return Ok(());
        }
        let tip = Tip { history_from, ..now.tip.clone() };
        let done = self.forget(&tip);
        self.settle(&mut now, tip, true, 0, done)
    }

    fn forget(&self, tip: &Tip) -> Result<(), Error> {
        let at = |error| database(&self.path, error);
        let write = self.begin(true).map_err(at)?;
        {
            let path = &self.path;
            let mut history = write.open_table(HISTORY).map_err(|error| database(path, error))?;
            let end = written(Version { block: tip.history_from, transaction: 0 }, &[])?;
            history
                .retain_in::<&[u8], _>(..end.as_slice(), |_, _| false)
                .map_err(|error| database(path, error))?;
            let mut state = write.open_table(STATE).map_err(|error| database(path, error))?;
            state
                .retain(|_, head| !is_forgotten(head, tip.history_from))
                .map_err(|error| database(path, error))?;
        }
        put_tip(&write, tip, &self.path)?;
        write.commit().map_err(|error| at(error.into()))
    }
}

/// A deleted key stays only as the head of its history.
fn is_forgotten(head: &[u8], from: u64) -> bool {
    Head::read(head).is_some_and(|head| head.live.is_none() && head.version.block < from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_that_were_deleted_long_ago_are_forgotten() {
        for (block, live, forgotten) in [(4, false, true), (5, false, false), (4, true, false)] {
            let version = Version { block, transaction: 0 };
            let live = live.then(|| ("value".into(), "".into()));
            let mut head = Vec::new();
            Head { version, live }.write(&mut head);
            assert_eq!(is_forgotten(&head, 5), forgotten);
        }
    }
}
