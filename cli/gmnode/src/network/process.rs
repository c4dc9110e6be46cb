// SPDX-License-Identifier: Apache-2.0
//! The processes of a network: started to stay, known by the ids in their folders, ended by them.

use super::plan::{Node, Organization, Plan, Service};
use super::settings;
use anyhow::{Context as _, Result, bail};
use std::fs::{File, OpenOptions};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use sys::{Access, Disk as _, SystemDisk};

/// A process of a network, whether it runs or not.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    /// Its name, such as `Org1 peer1`.
    pub(crate) name: String,
    /// What it does.
    pub(crate) kind: Kind,
    /// Where it is reached.
    pub(crate) port: u16,
    /// Its folder.
    pub(crate) folder: PathBuf,
}

/// What a process does.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// It orders.
    Orderer(Organization, Node),
    /// It endorses and keeps a ledger.
    Peer(Organization, Node),
    /// It is a chaincode.
    Chaincode(Service),
}

/// All of them: those that order, peers, chaincodes.
pub(crate) fn all(plan: &Plan) -> Vec<Process> {
    let of = |organization: &Organization| {
        let orders = organization.name == plan.orderers.name;
        let process = |node: &Node| Process {
            name: format!("{} {}", organization.name, node.name),
            kind: match orders {
                true => Kind::Orderer(organization.clone(), node.clone()),
                false => Kind::Peer(organization.clone(), node.clone()),
            },
            port: node.port,
            folder: plan.node(organization, node),
        };
        organization.nodes.iter().map(process).collect::<Vec<_>>()
    };
    let chaincodes = plan.chaincodes.iter().map(|service| Process {
        name: format!("chaincode {}", service.name),
        kind: Kind::Chaincode(service.clone()),
        port: service.port,
        folder: plan.chaincode(&service.name),
    });
    plan.organizations().flat_map(of).chain(chaincodes).collect()
}

impl Process {
    /// Whether it orders.
    pub(crate) fn orders(&self) -> bool {
        matches!(self.kind, Kind::Orderer(..))
    }

    /// Whether it keeps the channel's ledger.
    pub(crate) fn keeps_ledger(&self) -> bool {
        !matches!(self.kind, Kind::Chaincode(_))
    }

    /// The folder of its ledger of a channel.
    pub(crate) fn ledger(&self, channel: &str) -> PathBuf {
        self.folder.join("data/channels").join(channel)
    }

    fn config(&self) -> Result<PathBuf> {
        let file = match self.kind {
            Kind::Orderer(..) => settings::ORDERER,
            Kind::Peer(..) => settings::PEER,
            Kind::Chaincode(_) => settings::CHAINCODE,
        };
        Ok(std::path::absolute(self.folder.join(file))?)
    }

    fn id_file(&self) -> PathBuf {
        self.folder.join("pid")
    }

    /// Whether it is in a channel of these members, or orders there.
    pub(crate) fn is_in(&self, members: &[&Organization]) -> bool {
        match &self.kind {
            Kind::Orderer(..) => true,
            Kind::Peer(of, _) => members.iter().any(|member| member.name == of.name),
            Kind::Chaincode(_) => false,
        }
    }

    /// What it says goes here.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// Its process id, if it runs. A number that another program has by now is not taken for it.
    pub(crate) fn id(&self) -> Option<u32> {
        let text = SystemDisk.read(&self.id_file()).ok()?;
        let id: u32 = std::str::from_utf8(&text).ok()?.trim().parse().ok()?;
        let line = SystemDisk.read(Path::new(&format!("/proc/{id}/cmdline"))).ok()?;
        let config = self.config().ok()?;
        let mut words = line.split(|byte| *byte == 0);
        words.any(|word| word == config.as_os_str().as_encoded_bytes()).then_some(id)
    }

    /// Starts it, not to end with whoever started it.
    pub(crate) fn start(&self) -> Result<Child> {
        let log = self.log();
        let opened: std::io::Result<File> = OpenOptions::new().create(true).append(true).open(&log);
        let opened = opened.with_context(|| log.display().to_string())?;
        let mut command = Command::new(std::env::current_exe()?);
        match &self.kind {
            Kind::Orderer(..) => command.args(["orderer", "start", "--config"]),
            Kind::Peer(..) => command.args(["peer", "start", "--config"]),
            Kind::Chaincode(service) => {
                command.args(["chaincode", "serve", service.name.as_str(), "--env-file"])
            }
        };
        command.arg(self.config()?).stdin(Stdio::null());
        command.stdout(opened.try_clone()?).stderr(opened).process_group(0);
        // They would be for all processes at once.
        let theirs = std::env::vars_os().map(|(name, _)| name).filter(|name| {
            let name = name.as_encoded_bytes();
            [&b"CORE_"[..], b"ORDERER_", b"CHAINCODE_"].iter().any(|start| name.starts_with(start))
        });
        theirs.for_each(|name| {
            command.env_remove(name);
        });
        let child = command.spawn()?;
        let id = format!("{}\n", child.id());
        SystemDisk.replace(&self.id_file(), id.as_bytes(), Access::Public)?;
        Ok(child)
    }

    /// Tells it to stop.
    pub(crate) fn terminate(&self, id: u32) -> Result<()> {
        self.signal(id, "-TERM")
    }

    /// Ends it at once, as a failure would.
    pub(crate) fn kill(&self, id: u32) -> Result<()> {
        self.signal(id, "-KILL")
    }

    fn signal(&self, id: u32, signal: &str) -> Result<()> {
        let status = Command::new("kill").args([signal, &id.to_string()]).status();
        if !status.context("kill")?.success() && self.id() == Some(id) {
            bail!("process {id} cannot be told to stop");
        }
        Ok(())
    }

    /// Forgets the id of a process that is gone.
    pub(crate) fn forget(&self) -> Result<()> {
        match SystemDisk.remove(&self.id_file()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The last thing it said.
    pub(crate) fn last_words(&self) -> String {
        let log = SystemDisk.read(&self.log()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        log.lines().last().unwrap_or("it said nothing").to_owned()
    }
}
