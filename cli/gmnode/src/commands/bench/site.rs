// SPDX-License-Identifier: Apache-2.0
//! The network that is measured: one that runs, or one that is made for it and removed.

use super::contract::Served;
use super::deploy;
use super::load::Client;
use super::stages::{Part, Watched};
use crate::dial;
use crate::network::create::{self, Wanted};
use crate::network::live::Live;
use crate::network::plan::Plan;
use crate::network::process::{self, Kind, Process};
use crate::network::run;
use crate::network::settings;
use anyhow::{Context as _, Result, bail, ensure};
use bccsp::Suite;
use node::client::{GatewayClient, Web};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use sys::{Access, Disk as _, SystemDisk};

/// A network that is ready to be measured.
pub(super) struct Site {
    pub(super) plan: Plan,
    chaincode: Served,
}

/// The folder of a network that is made, removed when this is dropped.
pub(super) struct Temporary(PathBuf);

impl Temporary {
    /// One that nobody has.
    pub(super) fn new() -> Result<Self> {
        let name = format!("gmnode-bench-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        ensure!(!path.exists(), "{}: exists already", path.display());
        SystemDisk
            .create_dir(&path, Access::Private)
            .with_context(|| path.display().to_string())?;
        Ok(Self(path))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // What cannot be removed is in the folder for such things.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Makes a network of these sizes that lets thousands of transactions be on their way.
pub(super) fn create(at: &Temporary, suite: Suite, sizes: (u8, u8)) -> Result<Plan> {
    let (orderers, organizations) = sizes;
    let plan = create::create(&Wanted {
        dir: &at.0.join(suite.to_string()),
        suite,
        channel: "ch1",
        orderers: usize::from(orderers),
        peers: vec![1; usize::from(organizations)],
    })?;
    for process in process::all(&plan).iter().filter(|process| !process.orders()) {
        let path = process.folder.join(settings::PEER);
        let text = String::from_utf8(SystemDisk.read(&path)?)?;
        let text = text.replacen("peer:\n", &format!("peer:\n{LIMITS}"), 1);
        SystemDisk.replace(&path, text.as_bytes(), Access::Public)?;
    }
    Ok(plan)
}

/// Fabric's limit of 500 calls is below what is measured; the published measurements raised it, too.
const LIMITS: &str = "  limits: {concurrency: {gatewayService: 20000, endorserService: 20000}}\n";

impl Site {
    /// Deploys the chaincode on a network whose processes run.
    pub(super) async fn of(plan: Plan) -> Result<Self> {
        let log = plan.dir.join("bench.log");
        let chaincode =
            deploy::serve(&plan, &log).await.with_context(|| log.display().to_string())?;
        Ok(Self { plan, chaincode })
    }

    /// Connections with the first peer, as an ordinary client of its organisation.
    pub(super) fn client(&self) -> Result<Client> {
        let Some((organization, node)) =
            self.plan.members.first().and_then(|one| Some((one, one.nodes.first()?)))
        else {
            bail!("the network has no peers");
        };
        let msp = self.plan.user(organization, "client").join("msp");
        let caller = Arc::new(dial::caller(&msp, &organization.msp_id())?);
        let root = self.plan.node(organization, node).join("tls/ca.crt");
        let target = dial::target(&self.plan.endpoint(node.port), &[root], None)?;
        let gateway = || GatewayClient::new(&node.name, target.channel());
        let gateways = std::iter::repeat_with(gateway).take(CONNECTIONS).collect();
        Ok(Client { gateways, caller, channel: self.plan.channel.clone() })
    }

    /// All processes, and this one.
    pub(super) async fn watched(&self) -> Result<Vec<Watched>> {
        let mut all = Vec::new();
        let alone = self.plan.orderers.nodes.len() == 1;
        for process in process::all(&self.plan) {
            let (Kind::Orderer(_, node) | Kind::Peer(_, node)) = &process.kind else { continue };
            let leads = process.orders() && (alone || self.leads(&process).await?);
            let is_first = !all.iter().any(|one: &Watched| one.part == Part::GatewayPeer);
            let part = match (process.orders(), leads, is_first) {
                (true, true, _) => Part::LeadingOrderer,
                (true, false, _) => Part::Orderer,
                (false, _, true) => Part::GatewayPeer,
                (false, _, false) => Part::Peer,
            };
            let id = process.id().with_context(|| format!("{} does not run", process.name))?;
            let operations = dial::target(&self.plan.endpoint(node.operations_port), &[], None)?;
            let operations = Some(Web::new(operations));
            all.push(Watched { name: process.name, part, id, operations });
        }
        let (name, id) = ("chaincode".to_owned(), self.chaincode.id());
        all.push(Watched { name, part: Part::Chaincode, id, operations: None });
        let (name, id) = ("client".to_owned(), std::process::id());
        all.push(Watched { name, part: Part::Client, id, operations: None });
        Ok(all)
    }

    async fn leads(&self, process: &Process) -> Result<bool> {
        let standing = Live::of(&self.plan, process)?.standing(&self.plan.channel).await;
        Ok(standing.with_context(|| process.name.clone())?.leads)
    }
}

async fn bring_up(plan: &Plan) -> Result<()> {
    run::start(plan, &process::all(plan)).await?;
    run::join(plan).await?;
    run::leader(plan, None).await?;
    Ok(())
}

/// Runs a network while `work` goes on, and stops it whatever comes of that.
pub(super) async fn while_up<T>(plan: &Plan, work: impl AsyncFnOnce() -> Result<T>) -> Result<T> {
    let done = match bring_up(plan).await {
        Ok(()) => work().await,
        Err(error) => Err(error),
    };
    let stopped = run::stop(plan).await;
    let done = done?;
    stopped?;
    Ok(done)
}

/// With the gateway. Each is one task of the peer that decrypts.
const CONNECTIONS: usize = 4;
