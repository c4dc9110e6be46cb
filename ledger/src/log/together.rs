// SPDX-License-Identifier: Apache-2.0
//! The same thing done to several things at once: waiting for a disk takes as long for one as for
//! all.

use crate::Error;
use std::thread;

/// Runs it on each, in threads of their own. All are run to their end, whatever the others say.
///
/// # Errors
/// The first one's, in order.
pub(crate) fn on_all<T: Send>(
    all: impl IntoIterator<Item = T>,
    run: impl Fn(T) -> Result<(), Error> + Sync,
) -> Result<(), Error> {
    let mut all = all.into_iter();
    let Some(first) = all.next() else { return Ok(()) };
    thread::scope(|scope| {
        let run = &run;
        let others: Vec<_> = all.map(|one| scope.spawn(move || run(one))).collect();
        let mut done = run(first);
        for other in others {
            // A panic over there goes on here.
            let result = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            done = done.and(result);
        }
        done
    })
}
