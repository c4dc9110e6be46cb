// SPDX-License-Identifier: Apache-2.0
//! The channel's first block, by way of a `configtx.yaml` that is kept for whoever wants another
//! channel.

use super::material::endpoint;
use super::plan::{HOST, Organization, Plan};
use crate::objects;
use anyhow::{Context as _, Result};
use channel::configtx::ConfigTx;
use std::fmt::Write as _;
use sys::{Access, Disk as _, SystemDisk};

/// The profile in the file.
pub(crate) const PROFILE: &str = "Network";

/// Writes `configtx.yaml` and the first block.
pub(crate) fn make(plan: &Plan) -> Result<()> {
    let path = plan.dir.join("configtx.yaml");
    SystemDisk.create(&path, configtx(plan)?.as_bytes(), Access::Public)?;
    let name = || path.display().to_string();
    let providers = objects::providers()?;
    let profile = ConfigTx::read(&SystemDisk, &path)
        .and_then(|file| file.profile(PROFILE))
        .with_context(name)?;
    let block = profile
        .genesis_block(&plan.channel, &SystemDisk, &providers, objects::stamp()?)
        .with_context(name)?;
    SystemDisk.create(&plan.genesis(), &block.encode(), Access::Public)?;
    Ok(())
}

fn configtx(plan: &Plan) -> Result<String> {
    let mut text =
        String::from("# The profile that the channel of this network was made from.\nProfiles:\n");
    let one = plan.orderers.nodes.len() == 1;
    let kind = if one { "solo" } else { "etcdraft" };
    write!(text, "  {PROFILE}:\n    Orderer:\n      OrdererType: {kind}\n")?;
    if !one {
        text.push_str("      EtcdRaft:\n        Consenters:\n");
        for node in &plan.orderers.nodes {
            let tls = format!("{}/nodes/{}/tls/server.crt", plan.orderers.name, node.name);
            writeln!(
                text,
                "          - {{Host: {HOST}, Port: {}, ClientTLSCert: {tls}, ServerTLSCert: {tls}}}",
                node.port
            )?;
        }
    }
    text.push_str("      Organizations:\n");
    organization(&mut text, &plan.orderers, "OrdererEndpoints")?;
    text.push_str("    Application:\n      Organizations:\n");
    plan.members.iter().try_for_each(|member| organization(&mut text, member, "AnchorPeers"))?;
    Ok(text)
}

fn organization(text: &mut String, organization: &Organization, places: &str) -> Result<()> {
    let (name, id) = (&organization.name, organization.msp_id());
    writeln!(text, "        - Name: {name}\n          ID: {id}\n          MSPDir: {name}/msp")?;
    if organization.nodes.is_empty() {
        return Ok(());
    }
    writeln!(text, "          {places}:")?;
    for node in &organization.nodes {
        match places {
            "AnchorPeers" => writeln!(text, "            - {{Host: {HOST}, Port: {}}}", node.port)?,
            _ => writeln!(text, "            - {}", endpoint(node.port))?,
        }
    }
    Ok(())
}
