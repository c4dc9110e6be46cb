// SPDX-License-Identifier: Apache-2.0
//! `gmnode network up|down|status`: the processes of a network that was made.

use super::serve::block_on;
use crate::args_network::{Down, Named, Status, Up};
use crate::network::create::create_described;
use crate::network::deploy::deploy;
use crate::network::live::tls_root;
use crate::network::plan::Plan;
use crate::network::{file, process, run, topology};
use anyhow::{Context as _, Result, bail};
use std::path::Path;
use terminal::{Outcome, output};

pub(super) fn up(args: &Up) -> Result<Outcome> {
    if let Some(file) = &args.topology {
        described(&args.dir, file)?;
    }
    let plan = topology::read(&args.dir)?;
    let served = |named: &&Named| plan.chaincodes.iter().any(|one| one.name == named.name);
    if let Some(named) = args.chaincode.iter().find(served) {
        bail!("--chaincode {}: this network serves one of that name itself", named.name);
    }
    block_on(async {
        run::start(&plan, &process::all(&plan)).await?;
        run::join(&plan).await?;
        run::leader(&plan, None).await?;
        if !args.chaincode.is_empty() {
            // Who is behind endorses what does not count.
            run::equal_heights(&plan).await?;
        }
        for Named { name, address } in &args.chaincode {
            let deployed = deploy(&plan, name, address).await?;
            let how = if deployed.is_new { "agreed upon" } else { "known already" };
            output::remark(format_args!(
                "{name}: {how}, definition {}; start its service with what follows",
                deployed.sequence
            ));
            let id = deployed.package_id;
            output::line(format_args!("CHAINCODE_ID={id} CHAINCODE_SERVER_ADDRESS={address}"))?;
        }
        run::show(&plan).await?;
        tell_what_to_type(&plan)?;
        Ok(Outcome::Yes)
    })
}

/// Makes the network that a file describes. One that was made from the same file is left as it is.
fn described(dir: &Path, from: &Path) -> Result<()> {
    let text = terminal::files::read(from)?;
    if dir.exists() {
        if terminal::files::read(&dir.join(file::KEPT)).is_ok_and(|kept| kept == text) {
            return Ok(());
        }
        bail!(
            "{}: not made from {}; name another folder with --dir",
            dir.display(),
            from.display()
        );
    }
    let described = file::parse(&text).with_context(|| from.display().to_string())?;
    super::network::report(&create_described(dir, &described, &text)?)
}

pub(super) fn status(args: &Status) -> Result<Outcome> {
    let plan = topology::read(&args.dir)?;
    let all = block_on(run::show(&plan))?;
    Ok(if all { Outcome::Yes } else { Outcome::No })
}

fn tell_what_to_type(plan: &Plan) -> Result<()> {
    let Some(organization) = plan.members.first() else { return Ok(()) };
    let Some(node) = organization.nodes.first() else { return Ok(()) };
    output::line(format_args!(
        "next: gmnode channel info {} --peer {} --tls-ca {} --msp {} --mspid {}",
        plan.channel,
        plan.endpoint(node.port),
        tls_root(plan, organization, node).display(),
        plan.user(organization, "admin").join("msp").display(),
        organization.msp_id()
    ))
}

pub(super) fn down(args: &Down) -> Result<Outcome> {
    let plan = topology::read(&args.dir)?;
    let stopped = block_on(run::stop(&plan))?;
    output::line(format_args!("{stopped} processes stopped"))?;
    Ok(Outcome::Yes)
}
