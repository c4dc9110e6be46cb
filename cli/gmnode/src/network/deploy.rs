// SPDX-License-Identifier: Apache-2.0
//! A chaincode that runs as a service, made known to a network that runs: packed, installed on every
//! peer, approved by every organisation, committed. What is done already is left alone.

use super::live::{caller, endorser, network};
use super::plan::{Node, Organization, Plan};
use crate::lifecycle::{self, Terms};
use anyhow::{Context as _, Result, bail};
use node::client::{Call, Caller, Committed, EndorserClient};
use package::ServiceAddress;
use proto::Bytes;
use proto::protos::TxValidationCode;
use std::time::Duration;

/// A chaincode that peers know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Deployed {
    /// What its service is started with (`CHAINCODE_ID`).
    pub(crate) package_id: String,
    /// The number of its definition.
    pub(crate) sequence: i64,
    /// Whether anything had to be done.
    pub(crate) is_new: bool,
}

/// The package of a chaincode whose service listens at `address`, and its id.
pub(crate) fn package(name: &str, address: &str) -> Result<(Vec<u8>, String)> {
    let place = ServiceAddress {
        address: address.to_owned(),
        dial_timeout: "10s".to_owned(),
        tls_required: false,
        root_cert: String::new(),
    };
    lifecycle::package(&format!("{name}_1"), &place, None)
}

/// Makes it known. A chaincode that is defined already keeps its definition, and gets the package.
pub(crate) async fn deploy(plan: &Plan, name: &str, address: &str) -> Result<Deployed> {
    let (bytes, package_id) = package(name, address)?;
    let (organization, node) = first_peers(plan).into_iter().next().context("there is no peer")?;
    let admin = caller(plan, organization, "admin")?;
    let peer = endorser(plan, organization, node)?;
    let defined = lifecycle::committed(&admin, &peer, &plan.channel, name).await?;
    let terms = defined.clone().unwrap_or_else(|| Terms {
        name: name.to_owned(),
        version: "1.0".to_owned(),
        sequence: 1,
        parameter: Bytes::new(),
        init_required: false,
    });
    let mut is_new = false;
    for (organization, node) in first_peers(plan) {
        is_new |= install(plan, organization, (&bytes, &package_id)).await?;
        let approved = approve(plan, (organization, node), &terms, &package_id).await;
        let done = approved.with_context(|| format!("{name}: approve as {}", organization.name))?;
        if let Some(done) = done {
            peer.reach(&admin, &plan.channel, done.block.saturating_add(1)).await?;
            is_new = true;
        }
    }
    if defined.is_none() {
        check(&plan.channel, (&admin, &peer), &terms).await?;
        let committed = commit(plan, &admin, &terms).await;
        committed.with_context(|| format!("{name}: commit the definition"))?;
        is_new = true;
    }
    Ok(Deployed { package_id, sequence: terms.sequence, is_new })
}

/// One peer of each organisation that has some.
fn first_peers(plan: &Plan) -> Vec<(&Organization, &Node)> {
    plan.members.iter().filter_map(|member| Some((member, member.nodes.first()?))).collect()
}

/// Installs a package on all peers of an organisation that lack it; whether one did.
async fn install(
    plan: &Plan,
    organization: &Organization,
    (bytes, package_id): (&[u8], &str),
) -> Result<bool> {
    let admin = caller(plan, organization, "admin")?;
    let mut is_new = false;
    for node in &organization.nodes {
        let name = || format!("install on {} {}", organization.name, node.name);
        let peer = endorser(plan, organization, node)?;
        let installed = lifecycle::installed(&admin, &peer).await.with_context(name)?;
        if !installed.iter().any(|id| id == package_id) {
            lifecycle::install(&admin, &peer, bytes).await.with_context(name)?;
            is_new = true;
        }
    }
    Ok(is_new)
}

/// Approves for an organisation what it has not approved.
async fn approve(
    plan: &Plan,
    (organization, node): (&Organization, &Node),
    terms: &Terms,
    package_id: &str,
) -> Result<Option<Committed>> {
    let admin = caller(plan, organization, "admin")?;
    let peer = endorser(plan, organization, node)?;
    let key = (terms.name.as_str(), terms.sequence);
    let found = lifecycle::approved(&admin, &peer, &plan.channel, key).await?;
    let same = |(found, package): &(Terms, Option<String>)| {
        found.version == terms.version
            && found.init_required == terms.init_required
            && package.as_deref() == Some(package_id)
    };
    if found.is_some_and(|found| same(&found)) {
        return Ok(None);
    }
    let call = lifecycle::approval(&plan.channel, terms, Some(package_id));
    submit(plan, &admin, &[(organization, node)], &call).await.map(Some)
}

/// Names those who have not approved.
async fn check(
    channel: &str,
    (admin, peer): (&Caller, &EndorserClient),
    terms: &Terms,
) -> Result<()> {
    let answer = lifecycle::readiness(admin, peer, channel, terms).await?;
    let missing = answer.approvals.iter().filter(|(_, approved)| !**approved);
    let missing: Vec<&str> = missing.map(|(msp_id, _)| msp_id.as_str()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    bail!("{}: not approved by {}", terms.name, missing.join(", "))
}

/// Puts the definition in force, and waits until all peers know it.
async fn commit(plan: &Plan, admin: &Caller, terms: &Terms) -> Result<()> {
    let call = lifecycle::commit(&plan.channel, terms);
    let committed = submit(plan, admin, &first_peers(plan), &call).await?;
    for member in &plan.members {
        for node in &member.nodes {
            let (caller, peer) = (caller(plan, member, "admin")?, endorser(plan, member, node)?);
            peer.reach(&caller, &plan.channel, committed.block.saturating_add(1)).await?;
        }
    }
    Ok(())
}

/// A transaction that counts.
async fn submit(
    plan: &Plan,
    caller: &Caller,
    peers: &[(&Organization, &Node)],
    call: &Call,
) -> Result<Committed> {
    let done = network(plan, peers)?.submit(caller, call, PATIENCE).await?;
    match done.code {
        TxValidationCode::Valid => Ok(done),
        code => bail!("transaction {}: {}", done.tx_id, code.as_str_name()),
    }
}

const PATIENCE: Duration = Duration::from_secs(60);
