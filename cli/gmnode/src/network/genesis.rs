// SPDX-License-Identifier: Apache-2.0
//! The first block of each channel, by way of a `configtx.yaml` that is kept for whoever wants another
//! one.

use super::plan::{Node, Organization, Plan, Terms};
use crate::objects;
use anyhow::{Context as _, Result};
use channel::configtx::ConfigTx;
use std::fmt::Write as _;
use sys::{Access, Disk as _, SystemDisk};

/// Writes `configtx.yaml` and the first blocks.
pub(crate) fn make(plan: &Plan) -> Result<()> {
    let path = plan.dir.join("configtx.yaml");
    SystemDisk.create(&path, configtx(plan)?.as_bytes(), Access::Public)?;
    let name = || path.display().to_string();
    let providers = objects::providers()?;
    let file = ConfigTx::read(&SystemDisk, &path).with_context(name)?;
    for channel in plan.channels() {
        let profile = file.profile(&profile(plan, channel)).with_context(name)?;
        let block = profile.genesis_block(channel, &SystemDisk, &providers, objects::stamp()?);
        let block = block.with_context(name)?.encode();
        SystemDisk.create(&plan.genesis(channel), &block, Access::Public)?;
    }
    Ok(())
}

/// The profile of a channel in the file.
fn profile(plan: &Plan, channel: &str) -> String {
    match channel == plan.channel {
        true => "Network".to_owned(),
        false => format!("Network-{channel}"),
    }
}

fn configtx(plan: &Plan) -> Result<String> {
    let mut text = String::from(
        "# The profiles that the channels of this network were made from.\nProfiles:\n",
    );
    for channel in plan.channels() {
        writeln!(text, "  {}:", profile(plan, channel))?;
        ordering(&mut text, plan)?;
        text.push_str("    Application:\n      Organizations:\n");
        for member in plan.members_of(channel) {
            organization(&mut text, plan, member, "AnchorPeers")?;
        }
    }
    Ok(text)
}

fn ordering(text: &mut String, plan: &Plan) -> Result<()> {
    let one = plan.orderers.nodes.len() == 1;
    let kind = if one { "solo" } else { "etcdraft" };
    write!(text, "    Orderer:\n      OrdererType: {kind}\n")?;
    batch(text, &plan.terms)?;
    if !one {
        raft(text, plan)?;
    }
    text.push_str("      Organizations:\n");
    organization(text, plan, &plan.orderers, "OrdererEndpoints")
}

fn batch(text: &mut String, terms: &Terms) -> Result<()> {
    if let Some(timeout) = &terms.batch_timeout {
        writeln!(text, "      BatchTimeout: {timeout}")?;
    }
    let sizes = [
        ("MaxMessageCount", terms.max_messages),
        ("AbsoluteMaxBytes", terms.max_bytes),
        ("PreferredMaxBytes", terms.preferred_bytes),
    ];
    let sizes = sizes.iter().filter_map(|(name, size)| Some(format!("{name}: {}", (*size)?)));
    let sizes: Vec<String> = sizes.collect();
    if !sizes.is_empty() {
        writeln!(text, "      BatchSize: {{{}}}", sizes.join(", "))?;
    }
    Ok(())
}

fn raft(text: &mut String, plan: &Plan) -> Result<()> {
    // Fabric's ticks are for nodes that are far apart; here a leader that is gone is missed at once.
    let tick = plan.terms.tick.as_deref().unwrap_or("100ms");
    let election = plan.terms.election_ticks.unwrap_or(10);
    let heartbeat = plan.terms.heartbeat_ticks.unwrap_or(1);
    writeln!(
        text,
        "      EtcdRaft:\n        Options: {{TickInterval: {tick}, ElectionTick: {election}, \
         HeartbeatTick: {heartbeat}}}\n        Consenters:"
    )?;
    for node in &plan.orderers.nodes {
        let tls = format!("{}/nodes/{}/tls/server.crt", plan.orderers.name, node.name);
        let (host, port) = (&plan.host, node.port);
        writeln!(
            text,
            "          - {{Host: {host}, Port: {port}, ClientTLSCert: {tls}, ServerTLSCert: {tls}}}"
        )?;
    }
    Ok(())
}

fn organization(
    text: &mut String,
    plan: &Plan,
    organization: &Organization,
    places: &str,
) -> Result<()> {
    let (name, id) = (&organization.name, organization.msp_id());
    writeln!(text, "        - Name: {name}\n          ID: {id}\n          MSPDir: {name}/msp")?;
    if organization.nodes.is_empty() {
        return Ok(());
    }
    writeln!(text, "          {places}:")?;
    for Node { port, .. } in &organization.nodes {
        match places {
            "AnchorPeers" => writeln!(text, "            - {{Host: {}, Port: {port}}}", plan.host)?,
            _ => writeln!(text, "            - {}", plan.endpoint(*port))?,
        }
    }
    Ok(())
}
