// SPDX-License-Identifier: Apache-2.0
//! Who is in a network that was made, kept beside its files in `network.json`.

use super::plan::{Organization, Plan};
use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use std::path::Path;
use sys::{Access, Disk as _, SystemDisk};

const FILE: &str = "network.json";

#[derive(Serialize, Deserialize)]
struct Topology {
    suite: String,
    channel: String,
    orderers: Organization,
    members: Vec<Organization>,
}

/// Writes it.
pub(crate) fn write(plan: &Plan) -> Result<()> {
    let topology = Topology {
        suite: plan.suite.to_string(),
        channel: plan.channel.clone(),
        orderers: plan.orderers.clone(),
        members: plan.members.clone(),
    };
    let mut text = serde_json::to_string_pretty(&topology)?;
    text.push('\n');
    SystemDisk.create(&plan.dir.join(FILE), text.as_bytes(), Access::Public)?;
    Ok(())
}

/// Reads it from the folder of a network.
pub(crate) fn read(dir: &Path) -> Result<Plan> {
    let path = dir.join(FILE);
    let name = || format!("{}: `gmnode network create` makes one", path.display());
    let bytes = SystemDisk.read(&path).with_context(name)?;
    let Topology { suite, channel, orderers, members } =
        serde_json::from_slice(&bytes).with_context(|| path.display().to_string())?;
    let suite = crate::args::suite(&suite).map_err(anyhow::Error::msg);
    let suite = suite.with_context(|| format!("{}: suite", path.display()))?;
    Ok(Plan { dir: dir.to_owned(), suite, channel, orderers, members })
}
