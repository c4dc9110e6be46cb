// SPDX-License-Identifier: Apache-2.0
//! One process after the other is killed or stopped for a while, some while another is not back yet.

use super::{Run, Wish};
use crate::network::{Cluster, Role};
use crate::plan::{Deed, Step, Victim, steps};
use anyhow::Result;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Something to be mended: when, and whom.
type Mend = (Instant, usize);

pub(super) async fn run(run: &mut Run, wish: &Wish) -> Result<()> {
    let (begun, mut open) = (Instant::now(), Vec::<Mend>::new());
    for step in steps(wish.seed, wish.length) {
        let at = begun + step.at;
        mend_until(&mut run.cluster, &mut open, at).await?;
        sleep_until(at).await;
        run.cluster.check()?;
        if let Some(member) = victim(&run.cluster, step.victim).await
            && run.cluster.members[member].is_up()
        {
            let long = hurt(&mut run.cluster, member, step)?;
            open.push((Instant::now() + long, member));
            let word = if matches!(step.deed, Deed::Kill { .. }) { "kill" } else { "stop" };
            run.report.happened(format!("{word} {}", step.victim));
            println!("{step}: {}", run.cluster.members[member].title);
        }
    }
    let end = begun + wish.length;
    mend_until(&mut run.cluster, &mut open, end).await?;
    sleep_until(end).await;
    run.cluster.start_all()
}

fn hurt(cluster: &mut Cluster, member: usize, step: Step) -> Result<Duration> {
    let member = &mut cluster.members[member];
    match step.deed {
        Deed::Kill { down } => {
            member.kill()?;
            member.bury()?;
            Ok(down)
        }
        Deed::Pause { still } => {
            member.pause()?;
            Ok(still)
        }
    }
}

/// Who is meant now, if that can be told.
async fn victim(cluster: &Cluster, victim: Victim) -> Option<usize> {
    match victim {
        Victim::Leader => cluster.find(Role::Orderer, cluster.leader().await?),
        Victim::Follower(number) => {
            let leader = cluster.leader().await;
            let others = (0..3).filter(|one| Some(*one) != leader);
            cluster.find(Role::Orderer, others.cycle().nth(number)?)
        }
        Victim::Peer(number) => cluster.find(Role::Peer, number),
        Victim::Chaincode(number) => cluster.find(Role::Chaincode, number),
    }
}

/// Starts, or lets go on, those whose time comes before that moment.
async fn mend_until(cluster: &mut Cluster, open: &mut Vec<Mend>, until: Instant) -> Result<()> {
    open.sort();
    while let Some((when, member)) = open.first().copied().filter(|(when, _)| *when <= until) {
        sleep_until(when).await;
        open.remove(0);
        let member = &mut cluster.members[member];
        if member.is_down() { member.start()? } else { member.resume()? }
    }
    Ok(())
}
