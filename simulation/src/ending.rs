// SPDX-License-Identifier: Apache-2.0
//! The end of a world: nothing goes wrong any more, and all nodes must come to agree and serve.

use crate::clients::Post;
use crate::invariants::{self, Ending, Violation};
use crate::looking;
use crate::machine::{Part, Told};
use crate::peer;
use crate::runtime::{NodeId, SimRuntime};
use crate::world::World;
use consensus::Chain as _;
use openraft_rt::AsyncRuntime;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Nodes that nothing hinders agree within that time.
const SOON: Duration = Duration::from_secs(60);

/// Whether every machine that is listed runs, votes, and is as far as the others, on each channel:
/// then any one of them can be done without.
#[must_use]
pub fn is_whole(world: &World) -> bool {
    (0..world.setup.channels).all(|channel| is_whole_on(world, channel))
}

fn is_whole_on(world: &World, channel: usize) -> bool {
    let listed = world.listed(channel);
    let mut heights = BTreeSet::new();
    for node in &listed {
        let Some(part) = world.machines[node].part(channel) else { return false };
        let status = part.engine.status();
        let voters: BTreeSet<NodeId> = status
            .voters
            .iter()
            .filter_map(|(_, member)| world.site.directory.get(&member.key).copied())
            .collect();
        if voters != listed.iter().copied().collect()
            || !status.learners.is_empty()
            || !is_settled(part)
        {
            return false;
        }
        heights.insert((
            part.channel.height(),
            status.voters.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
        ));
    }
    // Clients go on: one block more or less is as good.
    let number: BTreeSet<u64> = heights.iter().map(|(height, _)| *height).collect();
    let ids: BTreeSet<&Vec<u64>> = heights.iter().map(|(_, ids)| ids).collect();
    let apart = number.last().zip(number.first()).map_or(0, |(high, low)| high - low);
    !listed.is_empty() && ids.len() == 1 && apart <= 2
}

/// Whether its membership is one group, and agreed on. Until then the group before it decides too,
/// and of two nodes that are about to be three neither can be done without.
fn is_settled(part: &Part) -> bool {
    let probe = part.engine.probe();
    probe.is_some_and(|probe| probe.voters.len() == 1 && probe.membership <= probe.applied)
}

/// Waits until all is quiet, asks the rules of the end, and sends one more envelope to each node.
///
/// # Errors
/// The first [`Violation`].
pub fn check(world: &mut World) -> Result<(), Violation> {
    let quiet = |world: &World| world.tally.numbers().active == 0;
    demand(world, quiet, "progress", "a client was not answered for a minute")?;
    if let Some(why) = world.tally.numbers().wronged.first() {
        let what = why.clone();
        return Err(Violation { invariant: "writers-admitted", what });
    }
    demand(world, is_whole, "converged", "not every listed node votes after a minute")?;
    serves(world)?;
    demand(world, are_level, "converged", "not every listed node has all blocks after a minute")?;
    for channel in 0..world.setup.channels {
        let endings = endings(world, channel)?;
        let history = world.known[channel].history();
        invariants::converged(&history, &endings).map_err(|Violation { invariant, what }| {
            Violation { invariant, what: format!("channel {channel}, {what}") }
        })?;
    }
    Ok(())
}

fn demand(
    world: &mut World,
    is_so: impl FnMut(&World) -> bool,
    invariant: &'static str,
    what: &str,
) -> Result<(), Violation> {
    if world.run_until(SOON, is_so)? {
        return Ok(());
    }
    Err(Violation { invariant, what: what.to_owned() })
}

fn are_level(world: &World) -> bool {
    (0..world.setup.channels).all(|channel| {
        let parts = world.listed(channel).into_iter();
        let heights =
            parts.map(|node| world.machines[&node].part(channel).map(|p| p.channel.height()));
        heights.collect::<BTreeSet<_>>().len() == 1
    })
}

/// Each listed machine takes an envelope on each channel.
fn serves(world: &mut World) -> Result<(), Violation> {
    let (missing, client) = (Arc::new(AtomicU64::new(0)), world.site.kit.client("last"));
    for channel in 0..world.setup.channels {
        for node in world.listed(channel) {
            let name = world.site.genesis[channel].0.clone();
            let envelope = client.message(&name, format!("last {node}").as_bytes());
            let (post, missing) = (world.post(channel), Arc::clone(&missing));
            missing.fetch_add(1, Ordering::SeqCst);
            drop(SimRuntime::spawn(async move {
                let digest = looking::envelope(&envelope);
                let block = until_ordered(&post, node, &envelope).await;
                post.known.history().acknowledge(digest, block);
                missing.fetch_sub(1, Ordering::SeqCst);
            }));
        }
    }
    let served = |_: &World| missing.load(Ordering::SeqCst) == 0;
    demand(world, served, "serves", "a healed node took no envelope for a minute")
}

async fn until_ordered(post: &Post, node: NodeId, envelope: &proto::Bytes) -> u64 {
    loop {
        if let Told::Ordered(block) = post.send(node, envelope.clone()).await {
            return block;
        }
        SimRuntime::sleep(Duration::from_millis(200)).await;
    }
}

/// What each listed machine shows.
fn endings(world: &World, channel: usize) -> Result<Vec<Ending>, Violation> {
    let listed = world.listed(channel);
    listed.into_iter().map(|node| ending(world, node, channel)).collect()
}

fn ending(world: &World, node: NodeId, channel: usize) -> Result<Ending, Violation> {
    let broken = |what: String| Violation {
        invariant: "chain-readable",
        what: format!("channel {channel}, node {node}: {what}"),
    };
    let part =
        world.machines[&node].part(channel).ok_or_else(|| broken("it stands still".into()))?;
    let height = part.channel.height();
    let mut blocks = Vec::new();
    let mut envelopes: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    for number in 0..height {
        let block = part.channel.block(number).map_err(|error| broken(error.to_string()))?;
        let block = block.ok_or_else(|| broken(format!("block {number} is not there")))?;
        for entry in block.entries() {
            envelopes.entry(looking::envelope(entry)).or_default().insert(number);
        }
        blocks.push(block);
    }
    let (state, commit) = peer::replay(blocks, world.site.kit.providers()).map_err(broken)?;
    let tip = part.channel.tip();
    Ok(Ending {
        node,
        height,
        tip: tip[..].try_into().unwrap_or_default(),
        state,
        commit,
        voters: part.engine.status().voters.iter().map(|(_, of)| of.key.to_vec()).collect(),
        consenters: part.channel.members().iter().map(|member| member.key.to_vec()).collect(),
        envelopes,
    })
}
