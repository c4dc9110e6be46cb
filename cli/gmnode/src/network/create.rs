// SPDX-License-Identifier: Apache-2.0
//! A network made in a folder, whole or not at all.

use super::file::{Described, KEPT};
use super::plan::{HOST, Node, Organization, Plan, Terms};
use super::{genesis, material, settings, topology};
use anyhow::{Context as _, Result, anyhow};
use bccsp::Suite;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use sys::{Access, Disk as _, Entropy as _, StagedFolder, SystemDisk, SystemEntropy};

/// What a network is to be.
#[derive(Clone, Debug)]
pub(crate) struct Wanted<'a> {
    /// Its folder, which must be empty or not be there.
    pub(crate) dir: &'a Path,
    /// The family of identities and blocks.
    pub(crate) suite: Suite,
    /// The channel.
    pub(crate) channel: &'a str,
    /// How many nodes order.
    pub(crate) orderers: usize,
    /// How many peers each organisation has that uses the channel.
    pub(crate) peers: Vec<usize>,
}

/// Makes keys, certificates, MSP folders, the first block and configurations.
pub(crate) fn create(wanted: &Wanted<'_>) -> Result<Plan> {
    let Wanted { dir, suite, channel, orderers, peers } = wanted;
    let mut ports = Ports::of(HOST);
    make(dir, |staged| Ok(Plan::new(staged, *suite, channel, (*orderers, peers), || ports.free())?))
}

/// The same of a network that its user describes; a copy of the text that says so stays with it.
pub(crate) fn create_described(dir: &Path, described: &Described, text: &[u8]) -> Result<Plan> {
    make(dir, |staged| {
        let kept = staged.join(KEPT);
        let copied = SystemDisk.create(&kept, text, Access::Public);
        copied.with_context(|| kept.display().to_string())?;
        plan(staged, described)
    })
}

fn plan(dir: &Path, described: &Described) -> Result<Plan> {
    let mut ports = Ports::of(&described.host);
    let mut next = described.first_port;
    let mut port = || match next {
        Some(port) => {
            next = port.checked_add(1);
            Ok(port)
        }
        None => ports.free().with_context(|| format!("host: {}", described.host)),
    };
    let mut organization = |(name, count): &(String, usize), kind: &str| {
        let nodes = (1..=*count).map(|n| {
            let [port, admin_port, operations_port] = [port()?, port()?, port()?];
            Ok(Node { name: format!("{kind}{n}"), port, admin_port, operations_port })
        });
        anyhow::Ok(Organization { name: name.clone(), nodes: nodes.collect::<Result<_>>()? })
    };
    let orderers = organization(&described.orderers, "orderer")?;
    let members = described.members.iter().map(|member| organization(member, "peer"));
    let members = members.collect::<Result<_>>()?;
    let Described { suite, host, channel, further, terms, .. } = described.clone();
    let (dir, chaincodes) = (dir.to_owned(), Vec::new());
    Ok(Plan { dir, suite, host, channel, further, orderers, members, chaincodes, terms })
}

/// Makes what is planned in a folder that is not there before it is whole.
fn make(dir: &Path, plan: impl FnOnce(&Path) -> Result<Plan>) -> Result<Plan> {
    let name = || dir.display().to_string();
    let staged = StagedFolder::start(Arc::new(SystemDisk), dir, Access::Public);
    let staged = staged.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            anyhow!("{}: exists and is not empty; name another folder with --dir", name())
        }
        _ => anyhow::Error::new(error).context(name()),
    })?;
    let plan = plan(staged.path())?;
    material::make(&plan)?;
    genesis::make(&plan)?;
    settings::make(&plan)?;
    topology::write(&plan)?;
    staged.finish().with_context(name)?;
    // What it began with is in its blocks now.
    Ok(Plan { dir: dir.to_path_buf(), terms: Terms::default(), ..plan })
}

/// Ports that nobody listens on. What was bound is held until all are chosen.
#[derive(Debug)]
pub(crate) struct Ports {
    host: String,
    held: Vec<TcpListener>,
}

impl Ports {
    /// Those of that host.
    pub(crate) fn of(host: &str) -> Self {
        Self { host: host.to_owned(), held: Vec::new() }
    }

    /// One more. It is below those that systems give to connections, which come and go: it shall be
    /// free again when the network is started another day.
    pub(crate) fn free(&mut self) -> std::io::Result<u16> {
        for _ in 0..ATTEMPTS {
            let mut drawn = [0; 2];
            SystemEntropy.fill(&mut drawn).map_err(std::io::Error::other)?;
            let port = LOWEST + u16::from_be_bytes(drawn) % COUNT;
            if let Ok(listener) = TcpListener::bind((&*self.host, port)) {
                self.held.push(listener);
                return Ok(port);
            }
        }
        let listener = TcpListener::bind((&*self.host, 0))?;
        let port = listener.local_addr()?.port();
        self.held.push(listener);
        Ok(port)
    }
}

const LOWEST: u16 = 12_000;
const COUNT: u16 = 20_000;
const ATTEMPTS: usize = 100;
