// SPDX-License-Identifier: Apache-2.0
//! `gmnode config show | diff | sign | check`.

use crate::args::{ConfigCheck, ConfigDiff, ConfigShow, ConfigSign};
use crate::objects;
use anyhow::{Context as _, Result};
use block::ConfigUpdate;
use channel::{Channel, Organization, update, wire};
use msp::{PolicyTree, SigningIdentity};
use proto::prost::Message;
use std::collections::BTreeMap;
use std::path::Path;
use sys::{Access, SystemDisk};
use terminal::{Outcome, files, output};

pub(crate) fn show(args: &ConfigShow) -> Result<Outcome> {
    let channel = objects::channel(&objects::providers()?, &args.block)?;
    if args.json {
        let bytes = wire::config(channel.config().clone());
        let value = proto::json::decode("common.Config", &bytes)?;
        output::line(serde_json::to_string_pretty(&value)?)?;
        return Ok(Outcome::Yes);
    }
    output::line(format_args!("channel       {}", channel.id()))?;
    output::line(format_args!("sequence      {}", channel.sequence()))?;
    output::line(format_args!("hash          {}", channel.hash_algorithm().fabric_name()))?;
    output::line(format_args!("capabilities  {}", capabilities(&channel)))?;
    show_orderer(&channel)?;
    show_organizations("organisations of the orderers", channel.orderer().organizations())?;
    show_organizations("organisations of the application", channel.application().organizations())?;
    output::line("policies")?;
    show_policies("/", channel.policies())?;
    Ok(Outcome::Yes)
}

fn capabilities(channel: &Channel) -> String {
    let groups = [
        ("channel", channel.capabilities()),
        ("orderer", channel.orderer().capabilities()),
        ("application", channel.application().capabilities()),
    ];
    let named = groups.iter().map(|(group, capabilities)| {
        format!("{group} {}", capabilities.iter().collect::<Vec<_>>().join(" "))
    });
    named.collect::<Vec<_>>().join(", ")
}

fn show_orderer(channel: &Channel) -> Result<()> {
    let orderer = channel.orderer();
    let state = if orderer.in_maintenance() { ", in maintenance" } else { "" };
    output::line(format_args!("consensus     {}{state}", orderer.consensus_type()))?;
    for consenter in orderer.consenters() {
        output::line(format_args!("  consenter   {}:{}", consenter.host, consenter.port))?;
    }
    for endpoint in channel.orderer_endpoints() {
        output::line(format_args!("  endpoint    {endpoint}"))?;
    }
    let batch = orderer.batch();
    output::line(format_args!(
        "batch         {} envelopes, {} bytes ({} for one envelope), {}",
        batch.max_messages,
        batch.preferred_max_bytes,
        batch.absolute_max_bytes,
        channel::build::duration_text(batch.timeout),
    ))
}

fn show_organizations(title: &str, all: &BTreeMap<String, Organization>) -> Result<()> {
    output::line(title)?;
    for (name, organization) in all {
        let hash = organization.definition().hash_algorithm().fabric_name();
        output::line(format_args!("  {name}: MSP {} ({hash})", organization.msp_id()))?;
        for (host, port) in organization.anchor_peers() {
            output::line(format_args!("    anchor peer {host}:{port}"))?;
        }
    }
    Ok(())
}

fn show_policies(above: &str, group: &PolicyTree) -> Result<()> {
    let path = format!("{above}{}", group.name());
    for (name, policy) in group.policies() {
        output::line(format_args!("  {path}/{name}: {policy}"))?;
    }
    group.groups().values().try_for_each(|child| show_policies(&format!("{path}/"), child))
}

/// Exit status 1 when they differ, as `diff` has it; 0 with `--out`, which asks for the update.
pub(crate) fn diff(args: &ConfigDiff) -> Result<Outcome> {
    if let Some(out) = &args.out {
        files::check_free(out, args.force)?;
    }
    let channel = objects::channel(&objects::providers()?, &args.from)?;
    let to = objects::config(&args.to)?;
    let differences = update::differences(channel.config(), &to)?;
    for difference in &differences {
        output::line(difference)?;
    }
    match &args.out {
        Some(out) => {
            let update = update::compute(channel.config(), &to, channel.id())?;
            write_update(out, args.force, channel.id(), update)?;
            Ok(Outcome::Yes)
        }
        None if differences.is_empty() => Ok(Outcome::Yes),
        None => Ok(Outcome::No),
    }
}

/// Writes an update in the envelope that others sign it in.
pub(crate) fn write_update(
    out: &Path,
    force: bool,
    channel_id: &str,
    update: proto::common::ConfigUpdate,
) -> Result<()> {
    let update = ConfigUpdate::new(wire::config_update(update));
    let payload = update::update_payload(channel_id, &update);
    let envelope = proto::common::Envelope { payload, signature: proto::Bytes::new() };
    files::write_to(out, &envelope.encode_to_vec(), Access::Public, force)
}

pub(crate) fn sign(args: &ConfigSign) -> Result<Outcome> {
    if let Some(out) = &args.out {
        files::check_free(out, args.force)?;
    }
    let providers = objects::providers()?;
    let (mut update, channel_id) = objects::update(&args.update)?;
    let signer = SigningIdentity::from_folder(&SystemDisk, &providers, &args.msp, &args.mspid)?;
    update.sign(signer.serialized(), &**signer.key(), &objects::stamp()?.nonce)?;
    let envelope = if args.submit {
        update::update_envelope(&channel_id, &update, &signer, objects::stamp()?)?
    } else {
        let payload = update::update_payload(&channel_id, &update);
        proto::common::Envelope { payload, signature: proto::Bytes::new() }
    };
    let (out, force) = match &args.out {
        Some(out) => (out, args.force),
        None => (&args.update, true),
    };
    files::write_to(out, &envelope.encode_to_vec(), Access::Public, force)?;
    let count = update.signatures()?.len();
    output::remark(format_args!(
        "{} of {} has signed; signatures: {count}",
        signer.certificate().subject(),
        signer.msp_id(),
    ));
    Ok(Outcome::Yes)
}

pub(crate) fn check(args: &ConfigCheck) -> Result<Outcome> {
    let channel = objects::channel(&objects::providers()?, &args.block)?;
    let (update, _) = objects::update(&args.update)?;
    let next = match channel.propose(&update) {
        Ok(next) => next,
        Err(channel::Error::Crypto(error)) => return Err(error.into()),
        Err(refused) => {
            output::line(refused)?;
            return Ok(Outcome::No);
        }
    };
    output::line(format_args!(
        "accepted: channel {} goes from sequence {} to {}",
        channel.id(),
        channel.sequence(),
        next.sequence()
    ))?;
    for difference in update::differences(channel.config(), next.config()).context("the result")? {
        output::line(format_args!("  {difference}"))?;
    }
    Ok(Outcome::Yes)
}
