// SPDX-License-Identifier: Apache-2.0
//! Who is in a network that was made, kept beside its files in `network.json`.

use super::plan::{Further, HOST, Organization, Plan, Service, Terms};
use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use std::path::Path;
use sys::{Access, Disk as _, SystemDisk};

const FILE: &str = "network.json";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Topology {
    suite: String,
    #[serde(default = "host")]
    host: String,
    channel: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    further: Vec<Further>,
    orderers: Organization,
    members: Vec<Organization>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    chaincodes: Vec<Service>,
}

fn host() -> String {
    HOST.to_owned()
}

/// Writes it, or writes it anew.
pub(crate) fn write(plan: &Plan) -> Result<()> {
    let topology = Topology {
        suite: plan.suite.to_string(),
        host: plan.host.clone(),
        channel: plan.channel.clone(),
        further: plan.further.clone(),
        orderers: plan.orderers.clone(),
        members: plan.members.clone(),
        chaincodes: plan.chaincodes.clone(),
    };
    let mut text = serde_json::to_string_pretty(&topology)?;
    text.push('\n');
    SystemDisk.replace(&plan.dir.join(FILE), text.as_bytes(), Access::Public)?;
    Ok(())
}

/// Reads it from the folder of a network.
pub(crate) fn read(dir: &Path) -> Result<Plan> {
    let path = dir.join(FILE);
    let name = || format!("{}: `gmnode network create` makes one", path.display());
    let bytes = SystemDisk.read(&path).with_context(name)?;
    let topology: Topology =
        serde_json::from_slice(&bytes).with_context(|| path.display().to_string())?;
    let suite = crate::args::suite(&topology.suite).map_err(anyhow::Error::msg);
    let suite = suite.with_context(|| format!("{}: suite", path.display()))?;
    let Topology { host, channel, further, orderers, members, chaincodes, .. } = topology;
    let (dir, terms) = (dir.to_owned(), Terms::default());
    Ok(Plan { dir, suite, host, channel, further, orderers, members, chaincodes, terms })
}
