// SPDX-License-Identifier: Apache-2.0
//! The processes of a network: started to stay, known by the ids in their folders, ended by them.

use super::plan::{Node, Organization, Plan};
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
    /// Whether it orders.
    pub(crate) orders: bool,
    /// Its organisation.
    pub(crate) organization: Organization,
    /// Where it is reached.
    pub(crate) node: Node,
    /// Its folder.
    pub(crate) folder: PathBuf,
}

/// All of them, those that order first.
pub(crate) fn all(plan: &Plan) -> Vec<Process> {
    let of = |organization: &Organization| {
        let orders = organization.name == plan.orderers.name;
        let process = |node: &Node| Process {
            name: format!("{} {}", organization.name, node.name),
            orders,
            organization: organization.clone(),
            node: node.clone(),
            folder: plan.node(organization, node),
        };
        organization.nodes.iter().map(process).collect::<Vec<_>>()
    };
    plan.organizations().flat_map(of).collect()
}

impl Process {
    fn config(&self) -> Result<PathBuf> {
        let file = if self.orders { settings::ORDERER } else { settings::PEER };
        Ok(std::path::absolute(self.folder.join(file))?)
    }

    fn id_file(&self) -> PathBuf {
        self.folder.join("pid")
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
        command.args([if self.orders { "orderer" } else { "peer" }, "start", "--config"]);
        command.arg(self.config()?).stdin(Stdio::null());
        command.stdout(opened.try_clone()?).stderr(opened).process_group(0);
        // They would be for all processes at once.
        let theirs = std::env::vars_os().map(|(name, _)| name).filter(|name| {
            let name = name.as_encoded_bytes();
            name.starts_with(b"CORE_") || name.starts_with(b"ORDERER_")
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
        let status = Command::new("kill").args(["-TERM", &id.to_string()]).status();
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
