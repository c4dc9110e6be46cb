// SPDX-License-Identifier: Apache-2.0
//! The power fails everywhere, again and again: every process is killed at once, as far as a process
//! can see a power cut. What disks lose is for `crash/` to show.

use super::{Run, SOON, Wish};
use crate::plan::power;
use anyhow::{Context as _, Result};
use std::time::{Duration, Instant};
use tokio::time::sleep;

pub(super) async fn run(run: &mut Run, wish: &Wish) -> Result<()> {
    let (mut slowest, mut all) = (Duration::ZERO, Duration::ZERO);
    for (number, (lit, dark)) in power(wish.seed, wish.cuts).into_iter().enumerate() {
        sleep(lit).await;
        run.cluster.check()?;
        let before = run.load.acknowledged();
        run.cluster.kill_all()?;
        run.report.happened("power cut");
        sleep(dark).await;
        run.cluster.start_all()?;
        let begun = Instant::now();
        let served = run.load.must_serve(SOON).await;
        served.with_context(|| format!("after power cut {}", number + 1))?;
        let took = begun.elapsed();
        println!("power cut {}: {before} acknowledged before; serves after {took:.1?}", number + 1);
        (slowest, all) = (slowest.max(took), all + took);
    }
    let cuts = u32::try_from(wish.cuts).unwrap_or(1).max(1);
    run.report.took("until all serve after a power cut, on average", all / cuts);
    run.report.took("until all serve after a power cut, the slowest", slowest);
    Ok(())
}
