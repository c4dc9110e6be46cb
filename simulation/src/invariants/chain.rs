// SPDX-License-Identifier: Apache-2.0
//! The rules of blocks and of what clients were told.

use super::history::History;
use crate::view::{BlockView, View};

pub(super) fn never_vanish(history: &History, view: &View) -> Result<(), String> {
    let known = history.blocks.get(&view.node).and_then(|blocks| blocks.last_key_value());
    match known {
        Some((number, _)) if *number >= view.height => {
            let height = view.height;
            Err(format!("it had block {number}, and now the next is block {height}"))
        }
        _ => Ok(()),
    }
}

pub(super) fn unbroken(history: &History, view: &View) -> Result<(), String> {
    let known = history.blocks.get(&view.node);
    let mut before: Option<&BlockView> = None;
    for block in &view.blocks {
        let number = block.number;
        let previous = match before {
            Some(before) => Some(before),
            None => number.checked_sub(1).and_then(|n| known.and_then(|blocks| blocks.get(&n))),
        };
        if let Some(previous) = previous {
            if previous.number + 1 != number {
                return Err(format!("block {number} comes behind block {}", previous.number));
            }
            if previous.hash != block.previous {
                return Err(format!("block {number} does not follow the block before it"));
            }
        }
        before = Some(block);
    }
    Ok(())
}

pub(super) fn sealed_once(history: &History, view: &View) -> Result<(), String> {
    let Some(known) = history.blocks.get(&view.node) else { return Ok(()) };
    for block in &view.blocks {
        if known.get(&block.number).is_some_and(|known| known.hash != block.hash) {
            return Err(format!("block {} is another than it was", block.number));
        }
    }
    Ok(())
}

pub(super) fn one_chain(history: &History, view: &View) -> Result<(), String> {
    for block in &view.blocks {
        let other = history.chain.get(&block.number);
        if other.is_some_and(|other| (other.hash, other.data) != (block.hash, block.data)) {
            return Err(format!("block {} is another on another node", block.number));
        }
    }
    Ok(())
}

pub(super) fn sound(_: &History, view: &View) -> Result<(), String> {
    let faulty = view.blocks.iter().find_map(|block| Some((block.number, block.fault.as_ref()?)));
    match faulty {
        Some((number, fault)) => Err(format!("block {number}: {fault}")),
        None => Ok(()),
    }
}

pub(super) fn committed(history: &History, view: &View) -> Result<(), String> {
    let committed = history.committed().max(view.committed.map_or(0, |place| place.index));
    let early = view.blocks.iter().find(|block| block.index > committed);
    match early {
        Some(block) => {
            let (number, index) = (block.number, block.index);
            Err(format!("block {number} is of entry {index}, and committed is {committed}"))
        }
        None => Ok(()),
    }
}

/// Nothing is proposed while a configuration is on its way.
pub(super) fn config_barrier(history: &History, view: &View) -> Result<(), String> {
    let mut here: Option<(u64, u64, u64)> = None;
    for entry in &view.entries {
        let Some(batch) = entry.batch else { continue };
        let place = entry.place;
        let earlier = history.proposed.get(&place.term).copied();
        let here_in_term = here.filter(|(term, ..)| *term == place.term).map(|(_, i, s)| (i, s));
        let open = here_in_term.or(earlier).filter(|(index, _)| *index < place.index);
        if let Some((index, sequence)) = open
            && batch.sequence <= sequence
        {
            let under = batch.sequence;
            return Err(format!(
                "{place:?} was proposed under configuration {under} behind entry {index}, which changes it"
            ));
        }
        if batch.config {
            here = Some((place.term, place.index, batch.sequence));
        }
    }
    Ok(())
}

pub(super) fn in_force(history: &History, view: &View) -> Result<(), String> {
    for block in view.blocks.iter().filter(|block| block.index > 0) {
        let of = |(place, _): &(&crate::view::Place, _)| place.index == block.index;
        let term = history.committed.get(&block.index);
        let batch = history.batches.iter().rev().find(of);
        if let Some((place, batch)) = batch
            && Some(&place.term) == term
            && batch.sequence != block.sequence
        {
            let (number, under, force) = (block.number, batch.sequence, block.sequence);
            return Err(format!(
                "block {number} was admitted under {under}, and {force} is in force"
            ));
        }
    }
    Ok(())
}

pub(super) fn acknowledged(history: &History, view: &View) -> Result<(), String> {
    let is_config = |number: &&u64| history.chain.get(number).is_none_or(|block| !block.config);
    if let Some(number) = history.configurations.iter().find(is_config) {
        return Err(format!("somebody was told that block {number} is a configuration"));
    }
    for (envelope, number) in &history.unseen {
        let has = |block: &BlockView| block.number == *number && block.envelopes.contains(envelope);
        if !view.blocks.iter().any(has) {
            return Err(format!("a client was told of block {number}, and it is not in it"));
        }
    }
    Ok(())
}

pub(super) fn revoked(history: &History, view: &View) -> Result<(), String> {
    if history.revoked.is_empty() {
        return Ok(());
    }
    for block in &view.blocks {
        for envelope in &block.envelopes {
            let Some(sender) = history.senders.get(envelope) else { continue };
            let since = history.revoked.get(sender);
            if let Some(since) = since
                && block.number > *since
            {
                let number = block.number;
                return Err(format!(
                    "client {sender} was revoked in block {since} and is in block {number}"
                ));
            }
        }
    }
    Ok(())
}
