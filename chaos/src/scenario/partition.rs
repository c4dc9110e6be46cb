// SPDX-License-Identifier: Apache-2.0
//! The network falls into parts and is mended, again and again. Clients reach every node all the
//! time: also a leader that has lost the others, and a peer that hears of no new block.

pub(super) use crate::network::namespaces::Wires;

use super::{Run, SOON, Wish};
use crate::judge::AtFault;
use crate::network::Role;
use crate::plan::{Cut, CutKind, cuts};
use anyhow::{Context as _, Result};
use std::time::{Duration, Instant};
use tokio::time::sleep;

pub(super) async fn run(run: &mut Run, wires: &Wires, wish: &Wish) -> Result<()> {
    let (mut slowest, begun) = (Duration::ZERO, Instant::now());
    for cut in cuts(wish.seed, wish.length, wish.longest) {
        let leader = run.cluster.leader().await.unwrap_or(0);
        let parts = parts(&cut, leader);
        wires.cut(&parts)?;
        run.report.happened(format!("{:?}", cut.kind));
        let before = run.load.acknowledged();
        let silence = silence(run, cut.lasts).await?;
        let within = run.load.acknowledged() - before;
        let heights = heights(run).await;
        wires.mend()?;
        let mended = Instant::now();
        run.load.must_serve(SOON).await.with_context(|| format!("after {:?}", cut.kind))?;
        slowest = slowest.max(mended.elapsed());
        println!(
            "{:6.1} s: {:?} {parts:?} for {:.1?}: {within} acknowledged meanwhile, silent for {:.1?} \
             at most; blocks of the peers then: {heights}; all serve {:.1?} after it was mended",
            begun.elapsed().as_secs_f64(),
            cut.kind,
            cut.lasts,
            silence,
            mended.elapsed()
        );
        sleep(cut.whole).await;
    }
    run.report.took("until all serve after a partition, the slowest", slowest);
    let down = run.cluster.members.iter().filter(|member| member.is_down());
    let down: Vec<&str> =
        down.filter(|one| one.role != Role::Chaincode).map(|one| one.title.as_str()).collect();
    anyhow::ensure!(down.is_empty(), AtFault(format!("they ended: {}", down.join(", "))));
    Ok(())
}

/// How far each peer is, to see whom a cut keeps from new blocks.
async fn heights(run: &Run) -> String {
    let mut shown = Vec::new();
    for peer in 0..3 {
        let height = run.cluster.peer_height(peer).await;
        shown.push(height.map_or_else(|_| "?".to_owned(), |height| height.to_string()));
    }
    shown.join(" ")
}

/// Waits, and says for how long nothing was acknowledged meanwhile, at most.
async fn silence(run: &mut Run, lasts: Duration) -> Result<Duration> {
    let (begun, mut longest) = (Instant::now(), Duration::ZERO);
    let (mut count, mut since) = (run.load.acknowledged(), Instant::now());
    while begun.elapsed() < lasts {
        sleep(PAUSE.min(lasts.saturating_sub(begun.elapsed()))).await;
        run.cluster.check()?;
        let now = run.load.acknowledged();
        if now != count {
            (count, since) = (now, Instant::now());
        }
        longest = longest.max(since.elapsed());
    }
    Ok(longest)
}

/// The parts, of nodes in the order of the topology: three that order, three peers.
fn parts(cut: &Cut, leader: usize) -> Vec<Vec<usize>> {
    let without = |alone: &[usize]| (0..6).filter(|node| !alone.contains(node)).collect();
    let peer = 3 + cut.pick % 3;
    match cut.kind {
        CutKind::LeaderAlone => vec![without(&[leader])],
        CutKind::LeaderWithPeer => vec![without(&[leader, peer]), vec![leader, peer]],
        CutKind::FollowerAlone => vec![without(&[(leader + 1 + cut.pick % 2) % 3])],
        CutKind::PeerAlone => vec![without(&[peer])],
        CutKind::Apart => vec![vec![0, 1, 2], vec![3, 4, 5]],
        CutKind::Shattered => Vec::new(),
    }
}

const PAUSE: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_in_two_parts() {
        for kind in [CutKind::LeaderAlone, CutKind::LeaderWithPeer, CutKind::FollowerAlone] {
            for pick in 0..6 {
                let cut = Cut { kind, pick, lasts: Duration::ZERO, whole: Duration::ZERO };
                for leader in 0..3 {
                    let mut all = parts(&cut, leader).concat();
                    all.sort_unstable();
                    let count = all.len();
                    all.dedup();
                    assert_eq!(all.len(), count, "{cut:?}");
                    let first = &parts(&cut, leader)[0];
                    assert_eq!(first.contains(&leader), kind == CutKind::FollowerAlone);
                }
            }
        }
    }
}
