// SPDX-License-Identifier: Apache-2.0
//! One process: started, killed, stopped for a while, by its id.

use super::programs::Programs;
use super::topology::Node;
use crate::judge::AtFault;
use anyhow::{Context as _, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, OpenOptions};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// What a process is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Orderer,
    Peer,
    Chaincode,
}

/// A process, whether it runs or not.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) role: Role,
    /// Its number among those of its role, from 0.
    pub(crate) number: usize,
    pub(crate) title: String,
    launch: Launch,
    child: Option<Child>,
    paused: bool,
}

/// How it is started.
#[derive(Clone, Debug)]
struct Launch {
    program: PathBuf,
    words: Vec<String>,
    variables: Vec<(&'static str, String)>,
    log: PathBuf,
    /// Where `gmnode network` looks for its id.
    id_file: Option<PathBuf>,
    namespace: Option<String>,
}

impl Member {
    /// A process of `gmnode`.
    pub(crate) fn node(
        programs: &Programs,
        node: &Node,
        number: usize,
        namespace: Option<String>,
    ) -> Self {
        let kind = if node.orders { "orderer" } else { "peer" };
        let config = node.config().display().to_string();
        let launch = Launch {
            program: programs.gmnode.clone(),
            words: [kind, "start", "--config", &config].map(str::to_owned).to_vec(),
            variables: Vec::new(),
            log: node.folder.join("log"),
            id_file: Some(node.folder.join("pid")),
            namespace,
        };
        let role = if node.orders { Role::Orderer } else { Role::Peer };
        Self { role, number, title: node.title(), launch, child: None, paused: false }
    }

    /// The chaincode of a peer, which knows it by the id of its package.
    pub(crate) fn chaincode(
        programs: &Programs,
        node: &Node,
        number: usize,
        (id, namespace): (&str, Option<String>),
    ) -> Self {
        let launch = Launch {
            program: programs.asset.clone(),
            words: Vec::new(),
            variables: vec![
                ("CHAINCODE_ID", id.to_owned()),
                ("CHAINCODE_SERVER_ADDRESS", node.chaincode_address()),
            ],
            log: node.folder.join("chaincode.log"),
            id_file: None,
            namespace,
        };
        let title = format!("chaincode of {}", node.organization);
        Self { role: Role::Chaincode, number, title, launch, child: None, paused: false }
    }

    pub(crate) fn is_up(&self) -> bool {
        self.child.is_some() && !self.paused
    }

    pub(crate) fn is_down(&self) -> bool {
        self.child.is_none()
    }

    /// Starts it, if it is down.
    pub(crate) fn start(&mut self) -> Result<()> {
        if self.child.is_some() {
            return Ok(());
        }
        let Launch { program, words, variables, log, id_file, namespace } = &self.launch;
        let name = || log.display().to_string();
        let out = OpenOptions::new().create(true).append(true).open(log).with_context(name)?;
        let mut command = match namespace {
            None => Command::new(program),
            // It becomes the program, under the same id.
            Some(namespace) => {
                let mut command = Command::new("ip");
                command.args(["netns", "exec", namespace]).arg(program);
                command
            }
        };
        command.args(words).envs(variables.iter().cloned()).stdin(Stdio::null());
        command.stdout(out.try_clone()?).stderr(out).process_group(0);
        let child = command.spawn().with_context(|| self.title.clone())?;
        if let Some(path) = id_file {
            fs::write(path, format!("{}\n", child.id()))?;
        }
        (self.child, self.paused) = (Some(child), false);
        Ok(())
    }

    /// Sends `SIGKILL` and does not wait.
    pub(crate) fn kill(&mut self) -> Result<()> {
        match &mut self.child {
            Some(child) => child.kill().with_context(|| self.title.clone()),
            None => Ok(()),
        }
    }

    /// Waits until a process that was killed is gone.
    pub(crate) fn bury(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            child.wait().with_context(|| self.title.clone())?;
        }
        self.paused = false;
        Ok(())
    }

    /// Stops it as it stands (`SIGSTOP`): its connections stay open, and nobody answers.
    pub(crate) fn pause(&mut self) -> Result<()> {
        self.signal(Signal::STOP)?;
        self.paused = self.child.is_some();
        Ok(())
    }

    /// Lets it go on (`SIGCONT`).
    pub(crate) fn resume(&mut self) -> Result<()> {
        self.signal(Signal::CONT)?;
        self.paused = false;
        Ok(())
    }

    /// Takes in one that was told to stop; its exit status must be 0.
    pub(crate) fn ended(&mut self) -> Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        let status = child.wait()?;
        let what = || format!("{}: {status} ({})", self.title, self.last_words());
        ensure!(status.success(), AtFault(what()));
        Ok(())
    }

    /// An error when it ended though nobody ended it.
    pub(crate) fn check(&mut self) -> Result<()> {
        if let Some(child) = &mut self.child
            && let Some(status) = child.try_wait()?
        {
            self.child = None;
            let what = format!("{} ended by itself, {status}: {}", self.title, self.last_words());
            return Err(AtFault(what).into());
        }
        Ok(())
    }

    /// The last thing it said.
    fn last_words(&self) -> String {
        let log = fs::read(&self.launch.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        log.lines().last().unwrap_or("it said nothing").to_owned()
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let Some(child) = &self.child else { return Ok(()) };
        let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        kill_process(id.context("a process id")?, signal).with_context(|| self.title.clone())
    }
}

impl Drop for Member {
    /// Nothing that was started here outlives this program.
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // It may be gone already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
