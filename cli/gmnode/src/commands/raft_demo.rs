// SPDX-License-Identifier: Apache-2.0
//! `gmnode raft-demo`.

use crate::args::RaftDemo;
use crate::objects::providers;
use crate::raft_demo::{self, Demo};
use anyhow::{Result, bail};
use terminal::{Outcome, output};

pub(super) fn run(args: &RaftDemo) -> Result<Outcome> {
    let nodes = usize::from(args.nodes);
    let minority = minority(args)?;
    let suite = args.suite;
    let provider = providers()?.get(suite)?.clone();
    output::line(format_args!(
        "{nodes} nodes, election timeout 150 to 300 ms, virtual time, seed {}, {suite}",
        args.seed
    ))?;
    let demo = Demo { nodes, minority, seed: args.seed, provider };
    Ok(if raft_demo::run(&demo)? { Outcome::Yes } else { Outcome::No })
}

/// The smaller side of the cut.
fn minority(args: &RaftDemo) -> Result<usize> {
    let nodes = usize::from(args.nodes);
    let most = nodes.saturating_sub(1) / 2;
    let Some(partition) = &args.partition else { return Ok(most) };
    let sides = partition.split_once('/').map(|(large, small)| (large.parse(), small.parse()));
    let Some((Ok(large), Ok(small))) = sides else {
        bail!("--partition {partition}: two numbers are wanted, such as 3/2");
    };
    let (large, small): (usize, usize) = (large, small);
    if large.checked_add(small) != Some(nodes) {
        bail!("--partition {partition}: together that is not the {nodes} nodes of --nodes");
    }
    let few = large.min(small);
    if few == 0 || few > most {
        bail!(
            "--partition {partition}: one side must be more than half of the nodes, and none empty"
        );
    }
    Ok(few)
}
