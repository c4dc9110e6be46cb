// SPDX-License-Identifier: Apache-2.0
//! `gmnode network`: a whole network on this machine.

use super::network_run;
use crate::args_network::{Create, Network};
use crate::network::plan::{Organization, Plan};
use crate::network::{genesis, material, settings, topology};
use anyhow::{Context as _, Result};
use std::net::TcpListener;
use std::sync::Arc;
use sys::{Access, StagedFolder, SystemDisk};
use terminal::{Outcome, output};

pub(super) fn run(command: &Network) -> Result<Outcome> {
    match command {
        Network::Create(args) => create(args),
        Network::Up(args) => network_run::up(args),
        Network::Down(args) => network_run::down(args),
        Network::Status(args) => network_run::status(args),
    }
}

fn create(args: &Create) -> Result<Outcome> {
    let name = || args.dir.display().to_string();
    let staged = StagedFolder::start(Arc::new(SystemDisk), &args.dir, Access::Public);
    let staged = staged.with_context(name)?;
    let sizes = [args.orderers, args.organizations, args.peers].map(usize::from);
    let mut held = Vec::new();
    let plan =
        Plan::new(staged.path(), args.suite, &args.channel, sizes.into(), || free_port(&mut held))?;
    material::make(&plan)?;
    genesis::make(&plan)?;
    settings::make(&plan)?;
    topology::write(&plan)?;
    staged.finish().with_context(name)?;
    let plan = Plan { dir: args.dir.clone(), ..plan };
    report(&plan)?;
    Ok(Outcome::Yes)
}

/// A port that nobody listens on. What was bound is held until all are chosen, else the system might
/// give the same one again.
fn free_port(held: &mut Vec<TcpListener>) -> std::io::Result<u16> {
    let listener = TcpListener::bind((crate::network::plan::HOST, 0))?;
    let port = listener.local_addr()?.port();
    held.push(listener);
    Ok(port)
}

fn report(plan: &Plan) -> Result<()> {
    output::line(format_args!("{}: channel {}", plan.genesis().display(), plan.channel))?;
    plan.organizations().try_for_each(|organization| {
        let names: Vec<&str> = organization.nodes.iter().map(|node| node.name.as_str()).collect();
        let Organization { name, .. } = organization;
        let home = plan.home(organization);
        output::line(format_args!("{}: {name} with {}", home.display(), names.join(", ")))
    })
}
