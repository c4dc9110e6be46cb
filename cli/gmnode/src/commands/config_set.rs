// SPDX-License-Identifier: Apache-2.0
//! `gmnode config set`: the update that makes the usual changes.

use super::config::write_update;
use crate::args::ConfigSet;
use crate::objects;
use anyhow::{Context as _, Result, anyhow, bail};
use bccsp::{HashAlgorithm, Providers};
use channel::{Channel, Consenter, Edit, Side, update};
use msp::{Definition, MetaPolicy, MspFolder, Policy, SignaturePolicy};
use std::collections::BTreeMap;
use sys::SystemDisk;
use terminal::{Outcome, files, output};

pub(crate) fn run(args: &ConfigSet) -> Result<Outcome> {
    files::check_free(&args.out.out, args.out.force)?;
    let providers = objects::providers()?;
    let channel = objects::channel(&providers, &args.block)?;
    let edit = organizations(Edit::of(&channel), args, &providers)?;
    let edit = consenters(edit, args)?;
    let edit = batch(edit, args)?;
    let edited = rules(edit, args)?.finish();
    let update = update::compute(channel.config(), &edited, channel.id())?;
    // What no channel may be is found now, and not when everybody has signed.
    let after = proto::common::Config { sequence: channel.sequence() + 1, ..edited.clone() };
    Channel::new(&providers, channel.id(), after).context("the result would be no channel")?;
    write_update(&args.out.out, args.out.force, channel.id(), update)?;
    for difference in update::differences(channel.config(), &edited)? {
        output::remark(difference);
    }
    Ok(Outcome::Yes)
}

fn organizations(edit: Edit, args: &ConfigSet, providers: &Providers) -> Result<Edit> {
    let endpoints = by_organization(&args.endpoint)?;
    let mut rest = endpoints.clone();
    let mut edit = edit;
    if let Some(name) = &args.add_org {
        let definition = definition(args, providers)?;
        edit = edit.add_organization(Side::Application, name, &definition, None, &[])?;
    }
    if let Some(name) = &args.add_orderer_org {
        let own = rest.remove(name).unwrap_or_default();
        if own.is_empty() {
            bail!(
                "--add-orderer-org {name}: say where its orderers listen, --endpoint {name}=HOST:PORT"
            );
        }
        let definition = definition(args, providers)?;
        edit = edit.add_organization(Side::Orderer, name, &definition, None, &own)?;
    }
    if let Some(name) = &args.replace_msp {
        edit = edit.msp(name, &definition(args, providers)?)?;
    }
    if let Some(name) = &args.remove_org {
        edit = edit.remove_organization(name)?;
    }
    for (name, addresses) in &rest {
        edit = edit.endpoints(name, addresses)?;
    }
    for (name, addresses) in by_organization(&args.anchor_peer)? {
        let peers = addresses.iter().map(|a| address(a)).collect::<Result<Vec<_>>>()?;
        edit = edit.anchor_peers(&name, &peers)?;
    }
    Ok(edit)
}

fn definition(args: &ConfigSet, providers: &Providers) -> Result<Definition> {
    let (Some(folder), Some(id)) = (&args.msp, &args.mspid) else {
        bail!("the MSP of the organisation is missing: --msp DIR --mspid ID");
    };
    let folder = MspFolder::read(&SystemDisk, providers, folder)?;
    Ok(folder.definition(providers, id)?)
}

/// `ORG=HOST:PORT`s, by organisation.
fn by_organization(given: &[String]) -> Result<BTreeMap<String, Vec<String>>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for one in given {
        let parts = one.split_once('=').filter(|(name, _)| !name.is_empty());
        let (name, address) = parts.ok_or_else(|| anyhow!("{one}: write ORG=HOST:PORT"))?;
        all.entry(name.to_owned()).or_default().push(address.to_owned());
    }
    Ok(all)
}

fn address(text: &str) -> Result<(String, u16)> {
    let parts = text.rsplit_once(':').filter(|(host, _)| !host.is_empty());
    let parsed = parts.and_then(|(host, port)| Some((host.to_owned(), port.parse().ok()?)));
    parsed.ok_or_else(|| anyhow!("{text}: no address; write HOST:PORT"))
}

fn consenters(mut edit: Edit, args: &ConfigSet) -> Result<Edit> {
    if let (Some(at), Some(file)) = (&args.add_consenter, &args.tls_cert) {
        let (host, port) = address(at)?;
        let pem: proto::Bytes = files::read(file)?.into();
        let (client_tls_cert, server_tls_cert) = (pem.clone(), pem);
        let consenter = Consenter { host, port, client_tls_cert, server_tls_cert };
        edit = edit.add_consenter(&consenter)?;
    }
    if let Some(at) = &args.remove_consenter {
        let (host, port) = address(at)?;
        edit = edit.remove_consenter(&host, port)?;
    }
    Ok(edit)
}

fn batch(edit: Edit, args: &ConfigSet) -> Result<Edit> {
    let sizes = [args.max_messages, args.absolute_max_bytes, args.preferred_max_bytes];
    if sizes.iter().all(Option::is_none) && args.batch_timeout.is_none() {
        return Ok(edit);
    }
    let timeout = args.batch_timeout.as_ref().map(|text| {
        let read = channel::build::duration(text);
        read.ok_or_else(|| anyhow!("--batch-timeout {text}: no time; write 2s or 500ms"))
    });
    let timeout = timeout.transpose()?;
    Ok(edit.batch(|batch| {
        batch.max_messages = args.max_messages.unwrap_or(batch.max_messages);
        batch.absolute_max_bytes = args.absolute_max_bytes.unwrap_or(batch.absolute_max_bytes);
        batch.preferred_max_bytes = args.preferred_max_bytes.unwrap_or(batch.preferred_max_bytes);
        batch.timeout = timeout.unwrap_or(batch.timeout);
    })?)
}

fn rules(mut edit: Edit, args: &ConfigSet) -> Result<Edit> {
    if let Some(name) = &args.hash {
        let algorithm = HashAlgorithm::from_fabric_name(name);
        let unknown = || anyhow!("--hash {name}: unknown; write SHA256 or SM3");
        edit = edit.hash_algorithm(algorithm.ok_or_else(unknown)?)?;
    }
    for name in &args.add_capability {
        let (side, name) = match name.split_once('/') {
            None => (None, name.as_str()),
            Some(("orderer", name)) => (Some(Side::Orderer), name),
            Some(("application", name)) => (Some(Side::Application), name),
            Some(_) => {
                bail!("--add-capability {name}: write NAME, orderer/NAME or application/NAME")
            }
        };
        edit = edit.add_capability(side, name)?;
    }
    for one in &args.policy {
        let (path, rule) =
            one.split_once('=').ok_or_else(|| anyhow!("--policy {one}: write PATH=RULE"))?;
        edit = edit.policy(path, &policy(rule).with_context(|| format!("--policy {one}"))?)?;
    }
    Ok(edit)
}

/// `ANY Readers`, or `OR('Org1MSP.peer')`.
fn policy(rule: &str) -> Result<Policy> {
    if rule.contains('(') || rule.contains('\'') {
        return Ok(SignaturePolicy::parse(rule)?.into());
    }
    Ok(MetaPolicy::parse(rule)?.into())
}
