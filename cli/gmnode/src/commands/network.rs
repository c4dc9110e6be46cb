// SPDX-License-Identifier: Apache-2.0
//! `gmnode network`: a whole network on this machine.

use super::network_run;
use crate::args_network::{Create, Network};
use crate::network::create::{Wanted, create};
use crate::network::plan::{Organization, Plan};
use anyhow::Result;
use terminal::{Outcome, output};

pub(super) fn run(command: &Network) -> Result<Outcome> {
    match command {
        Network::Create(args) => make(args),
        Network::Up(args) => network_run::up(args),
        Network::Down(args) => network_run::down(args),
        Network::Status(args) => network_run::status(args),
    }
}

fn make(args: &Create) -> Result<Outcome> {
    let peers = vec![usize::from(args.peers); usize::from(args.organizations)];
    let plan = create(&Wanted {
        dir: &args.dir,
        suite: args.suite,
        channel: &args.channel,
        orderers: usize::from(args.orderers),
        peers,
    })?;
    report(&plan)?;
    Ok(Outcome::Yes)
}

pub(super) fn report(plan: &Plan) -> Result<()> {
    for channel in plan.channels() {
        output::line(format_args!("{}: channel {channel}", plan.genesis(channel).display()))?;
    }
    plan.organizations().try_for_each(|organization| {
        let names: Vec<&str> = organization.nodes.iter().map(|node| node.name.as_str()).collect();
        let Organization { name, .. } = organization;
        let home = plan.home(organization);
        output::line(format_args!("{}: {name} with {}", home.display(), names.join(", ")))
    })
}
