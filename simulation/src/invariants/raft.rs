// SPDX-License-Identifier: Apache-2.0
//! The rules of Raft.

use super::history::{History, Seen};
use crate::view::{Ballot, Place, View};

pub(super) fn election_safety(history: &History, view: &View) -> Result<(), String> {
    let Some(term) = view.leads else { return Ok(()) };
    match history.leaders.get(&term) {
        Some(other) if *other != view.id => {
            Err(format!("{} leads in term {term}, and so did {other}", view.id))
        }
        _ => Ok(()),
    }
}

pub(super) fn log_matching(history: &History, view: &View) -> Result<(), String> {
    for (at, entry) in view.entries.iter().enumerate() {
        let Some((digest, before)) = history.entries.get(&entry.place) else { continue };
        if *digest != entry.digest {
            return Err(format!("{:?} says something else in another log", entry.place));
        }
        let here = history.term_before(view, at, entry);
        if let (Some(before), Some(here)) = (before, here)
            && *before != here
        {
            let place = entry.place;
            return Err(format!("before {place:?} stands term {here}, in another log {before}"));
        }
    }
    Ok(())
}

pub(super) fn leader_completeness(history: &History, view: &View) -> Result<(), String> {
    let Some(term) = view.leads else { return Ok(()) };
    if history.leaders.contains_key(&term) {
        return Ok(());
    }
    for (index, committed) in &history.committed {
        let place = Place { term: *committed, index: *index };
        if *committed < term && !history.has_now(view, view.id, place) {
            return Err(format!("the leader of term {term} lacks {place:?}, which is committed"));
        }
    }
    Ok(())
}

pub(super) fn state_machine_safety(history: &History, view: &View) -> Result<(), String> {
    if let Some(applied) = view.applied
        && let Some(term) = history.committed.get(&applied.index)
        && *term != applied.term
    {
        return Err(format!("it applied {applied:?}, and committed is term {term}"));
    }
    for block in &view.blocks {
        let same = history.chain.values().find(|other| other.index == block.index);
        if let Some(other) = same
            && block.index > 0
            && (other.number, other.data) != (block.number, block.data)
        {
            let (index, one, two) = (block.index, block.number, other.number);
            return Err(format!("entry {index} became block {one}, and elsewhere block {two}"));
        }
    }
    Ok(())
}

pub(super) fn committed_on_quorum(history: &History, view: &View) -> Result<(), String> {
    let Some(committed) = view.committed else { return Ok(()) };
    if committed.index <= history.committed() && history.committed() > 0 {
        return Ok(());
    }
    for voters in &view.voters {
        let having = voters.iter().filter(|id| history.has_now(view, **id, committed)).count();
        if having * 2 <= voters.len() {
            let all = voters.len();
            return Err(format!("{committed:?} is in {having} of {all} logs, and said to be safe"));
        }
    }
    Ok(())
}

pub(super) fn committed_immutable(history: &History, view: &View) -> Result<(), String> {
    if let Some(committed) = view.committed
        && let Some(term) = history.committed.get(&committed.index)
        && *term != committed.term
    {
        return Err(format!("{committed:?} is committed, and before it was term {term}"));
    }
    Ok(())
}

pub(super) fn log_order(history: &History, view: &View) -> Result<(), String> {
    let before = seen(history, view);
    let is_same = before.life == view.life && before.snapshot == view.snapshot;
    // While a snapshot is installed, the engine shows it a moment before it shows all else.
    let is_new = !is_same || view.time < before.since + INSTALLING;
    let applied = if is_new { view.applied.max(view.snapshot) } else { view.applied };
    let committed = if is_new { view.committed.max(applied) } else { view.committed };
    let last = view.end.map_or(0, |end| end + 1);
    let steps = [
        ("purged", index(view.purged)),
        ("snapshot", index(view.snapshot)),
        ("applied", index(applied)),
        ("committed", index(committed)),
        ("last", if is_new { last.max(index(committed)) } else { last }),
    ];
    for pair in steps.windows(2) {
        if let [(lower, a), (upper, b)] = pair
            && a > b
        {
            return Err(format!("{lower} is before {a}, and {upper} is before {b}"));
        }
    }
    Ok(())
}

/// Nanoseconds that it may take to install a snapshot whose blocks are there.
const INSTALLING: u64 = 500_000_000;

/// `None` is before 0.
fn index(place: Option<Place>) -> u64 {
    place.map_or(0, |place| place.index + 1)
}

pub(super) fn monotonic_term(history: &History, view: &View) -> Result<(), String> {
    let last = seen(history, view).vote.term;
    if view.vote.term < last {
        return Err(format!("term {} after term {last}", view.vote.term));
    }
    Ok(())
}

pub(super) fn monotonic_vote(history: &History, view: &View) -> Result<(), String> {
    let (last, now) = (seen(history, view).vote, view.vote);
    if now.term != last.term || last == Ballot::default() {
        return Ok(());
    }
    // Who lost its term's election takes the winner's vote.
    let loser = !last.won && now.won;
    if (now.of != last.of && !loser) || (last.won && !now.won) {
        return Err(format!("its vote is {now:?} after {last:?}"));
    }
    Ok(())
}

/// By pre-vote: a majority has looked at its log a moment ago.
pub(super) fn stands_when_fit(history: &History, view: &View) -> Result<(), String> {
    let (before, now) = (seen(history, view).vote, view.vote);
    let stands = now.of == view.id && now.term > before.term;
    // Who founds stands at once, also late, after the others have gone on: its term is the lowest
    // that a leader can have, so that it takes no leader away.
    let founds = before.term == 0 && now.term == 1;
    if !stands || founds || view.stalled {
        return Ok(());
    }
    let early = history.commits.partition_point(|(time, _)| time + MOMENT <= view.time);
    let needed = early.checked_sub(1).and_then(|at| history.commits.get(at));
    match needed {
        Some((_, needed)) if view.last.max(view.snapshot) < Some(*needed) => {
            Err(format!("it stands in term {}, and lacks {needed:?}", now.term))
        }
        _ => Ok(()),
    }
}

/// Nanoseconds that a pre-vote may take.
const MOMENT: u64 = 2_500_000_000;

pub(super) fn ids_never_reused(history: &History, view: &View) -> Result<(), String> {
    match history.disks.get(&view.id) {
        Some(first) if *first != (view.node, view.disk) => {
            Err(format!("its id is {}, which disk {first:?} had first", view.id))
        }
        _ => Ok(()),
    }
}

pub(super) fn monotonic_commit(history: &History, view: &View) -> Result<(), String> {
    let last = seen(history, view);
    // Who starts again learns from the others what is committed.
    if last.life == view.life && index(view.committed) < index(last.committed) {
        return Err(format!("committed is {:?} after {:?}", view.committed, last.committed));
    }
    Ok(())
}

pub(super) fn monotonic_applied(history: &History, view: &View) -> Result<(), String> {
    let last = seen(history, view);
    if last.life == view.life && index(view.applied) < index(last.applied) {
        return Err(format!("applied is {:?} after {:?}", view.applied, last.applied));
    }
    Ok(())
}

fn seen(history: &History, view: &View) -> Seen {
    history.last.get(&view.id).copied().unwrap_or_default()
}
