// SPDX-License-Identifier: Apache-2.0
//! Where a batch ends: as in Fabric.

use gmca_consensus::{Cutter, Limits};
use proptest::prelude::*;
use proto::Bytes;
use std::time::Duration;

fn limits(max_messages: u32, preferred_max_bytes: u32) -> Limits {
    let timeout = Duration::from_secs(2);
    Limits { max_messages, absolute_max_bytes: 1 << 20, preferred_max_bytes, timeout }
}

/// What comes of envelopes of these sizes, and of a last cut: sizes again.
fn cut(limits: Limits, sizes: &[usize]) -> Vec<Vec<usize>> {
    let mut cutter = Cutter::new(limits);
    let mut batches: Vec<Vec<Bytes>> =
        sizes.iter().flat_map(|size| cutter.add(vec![0; *size].into())).collect();
    batches.extend(cutter.cut());
    assert!(cutter.is_empty());
    assert_eq!(cutter.cut(), None);
    batches.iter().map(|batch| batch.iter().map(Bytes::len).collect()).collect()
}

#[test]
fn so_many_envelopes_are_a_batch() {
    assert_eq!(cut(limits(2, 100), &[1, 2, 3, 4, 5]), [vec![1, 2], vec![3, 4], vec![5]]);
    assert_eq!(cut(limits(1, 100), &[1, 2]), [[1], [2]]);
}

#[test]
fn one_that_does_not_fit_begins_the_next() {
    assert_eq!(cut(limits(9, 10), &[6, 4, 1]), [vec![6, 4], vec![1]]);
    assert_eq!(cut(limits(9, 10), &[6, 5, 5]), [vec![6], vec![5, 5]]);
    // The one that does not fit fills the next by its number.
    assert_eq!(cut(limits(1, 10), &[10, 10]), [[10], [10]]);
}

#[test]
fn a_large_one_is_alone_behind_what_was_there() {
    assert_eq!(cut(limits(9, 10), &[1, 11, 2]), [vec![1], vec![11], vec![2]]);
    let mut cutter = Cutter::new(limits(9, 10));
    assert!(cutter.add(vec![0; 1].into()).is_empty());
    assert_eq!(cutter.add(vec![0; 11].into()).len(), 2);
    assert!(cutter.is_empty());
}

#[test]
fn other_limits_are_for_those_to_come() {
    let mut cutter = Cutter::new(limits(5, 100));
    assert!(cutter.add("a".into()).is_empty());
    cutter.set_limits(limits(2, 100));
    assert_eq!(cutter.limits().max_messages, 2);
    assert_eq!(cutter.add("b".into()), [vec![Bytes::from("a"), Bytes::from("b")]]);
}

/// Fabric's rules as what holds of the batches, which leaves one cut only: nothing is lost or
/// turned round; no batch is too large, but a large envelope alone; none ends without a reason.
fn is_as_fabric_cuts(limits: Limits, sizes: &[usize], batches: &[Vec<usize>]) -> bool {
    let (most, preferred) = (limits.max_messages as usize, limits.preferred_max_bytes as usize);
    let bytes = |batch: &[usize]| batch.iter().sum::<usize>();
    let is_small = |batch: &Vec<usize>| {
        let fits = bytes(batch) <= preferred || batch.len() == 1;
        !batch.is_empty() && batch.len() <= most && fits
    };
    let has_reason = |pair: &[Vec<usize>]| {
        let (batch, next) = (&pair[0], pair[1][0]);
        batch.len() == most || bytes(batch) > preferred || bytes(batch) + next > preferred
    };
    batches.concat() == sizes && batches.iter().all(is_small) && batches.windows(2).all(has_reason)
}

proptest! {
    #[test]
    fn batches_end_where_fabric_ends_them(
        most in 1..6_u32,
        preferred in 1..40_u32,
        sizes in proptest::collection::vec(1..60_usize, 0..60),
    ) {
        let limits = limits(most, preferred);
        let batches = cut(limits, &sizes);
        prop_assert!(is_as_fabric_cuts(limits, &sizes, &batches), "{batches:?}");
    }
}
