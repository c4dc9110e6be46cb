// SPDX-License-Identifier: Apache-2.0
//! The same work for many things, a piece of them on each core.
//!
//! Not here: work that waits for something; threads that stay.

use crate::processor::{lend, processor_time};
use std::num::NonZero;
use std::thread;

/// Does the same work for all items, on as many cores as there are, and gives the results in the
/// order of the items. `work` is handed pieces of at least `min_per_thread` items, if there are so
/// many, and gives a result for each: a thread takes some ten microseconds to begin, and should
/// have more than that to do. A panic in one piece goes on in the caller.
pub fn spread<T: Sync, R: Send>(
    items: &[T],
    min_per_thread: usize,
    work: impl Fn(&[T]) -> Vec<R> + Sync,
) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    on(cores, items, min_per_thread, work)
}

fn on<T: Sync, R: Send>(
    cores: usize,
    items: &[T],
    min_per_thread: usize,
    work: impl Fn(&[T]) -> Vec<R> + Sync,
) -> Vec<R> {
    let size = items.len().div_ceil(cores).max(min_per_thread).max(1);
    let work = &work;
    thread::scope(|scope| {
        let mut pieces = items.chunks(size);
        let mine = pieces.next();
        // A thread that was just begun has taken no time before.
        let others: Vec<_> =
            pieces.map(|piece| scope.spawn(move || (work(piece), processor_time()))).collect();
        let mut results = mine.map(work).unwrap_or_default();
        for other in others {
            match other.join() {
                Ok((more, time)) => {
                    results.extend(more);
                    lend(time);
                }
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::sync::Mutex;

    #[test]
    fn results_are_in_the_order_of_the_items_whatever_the_number_of_cores() {
        for (cores, count, least) in [(1, 10, 1), (3, 10, 1), (4, 10, 0), (4, 10, 7), (8, 0, 1)] {
            let items: Vec<u32> = (0..count).collect();
            let doubled = on(cores, &items, least, |piece| piece.iter().map(|n| n * 2).collect());
            let expected: Vec<u32> = (0..count).map(|n| n * 2).collect();
            assert_eq!(doubled, expected, "{cores} cores, at least {least}");
        }
    }

    #[test]
    fn each_piece_has_a_thread_of_its_own_and_is_large_enough() {
        let seen = Mutex::new(Vec::new());
        on(4, &[0; 40], 16, |piece| {
            seen.lock().unwrap().push((thread::current().id(), piece.len()));
            piece.to_vec()
        });
        let seen = seen.into_inner().unwrap();
        let threads: HashSet<_> = seen.iter().map(|(thread, _)| thread).collect();
        let mut sizes: Vec<usize> = seen.iter().map(|(_, size)| *size).collect();
        sizes.sort_unstable();
        assert_eq!((threads.len(), sizes), (3, vec![8, 16, 16]));
    }

    #[test]
    fn a_panic_over_there_goes_on_here() {
        let run = || {
            on(4, &[1, 2, 3, 4], 1, |piece| {
                assert!(piece != [3], "three is too much");
                piece.to_vec()
            })
        };
        let panic = std::panic::catch_unwind(run).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"three is too much"));
    }
}
