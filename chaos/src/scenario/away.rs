// SPDX-License-Identifier: Apache-2.0
//! A peer is killed, stays away while the others commit thousands of blocks of one transaction, and
//! comes back.

use super::{Run, Wish};
use crate::judge::AtFault;
use crate::network::Role;
use anyhow::{Context as _, Result, ensure};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// The one that is away.
const PEER: usize = 2;

pub(super) async fn run(run: &mut Run, wish: &Wish) -> Result<()> {
    let member = run.cluster.find(Role::Peer, PEER).context("there is no such peer")?;
    let had = run.cluster.peer_height(PEER).await?;
    run.cluster.members[member].kill()?;
    run.cluster.members[member].bury()?;
    run.report.happened("a peer away");
    let begun = Instant::now();
    let (mut seen, mut moved) = (run.load.height(), Instant::now());
    while seen < had + wish.blocks {
        sleep(Duration::from_millis(500)).await;
        run.cluster.check()?;
        let now = run.load.height();
        if now > seen {
            (seen, moved) = (now, Instant::now());
        }
        let what = || format!("no new block in {} s at {seen}", STUCK.as_secs());
        ensure!(moved.elapsed() < STUCK, AtFault(what()));
    }
    run.report.took("until the others had the blocks", begun.elapsed());
    println!("{} blocks in {:.1?} without the peer", seen - had, begun.elapsed());
    let back = Instant::now();
    run.cluster.members[member].start()?;
    // The others go on meanwhile; it must come to where they are.
    loop {
        let ahead = run.load.height();
        if run.cluster.peer_height(PEER).await.is_ok_and(|height| height >= ahead) {
            break;
        }
        let what = || format!("it does not catch up in {} s", PATIENCE.as_secs());
        ensure!(back.elapsed() < PATIENCE, AtFault(what()));
        sleep(Duration::from_millis(100)).await;
    }
    run.report.took("until the peer had caught up, under load", back.elapsed());
    println!("caught up in {:.1?}, at block {}", back.elapsed(), run.load.height());
    Ok(())
}

const STUCK: Duration = Duration::from_secs(60);
const PATIENCE: Duration = Duration::from_secs(300);
