// SPDX-License-Identifier: Apache-2.0
//! Network namespaces: each node in one of its own, on a bridge with the others; a partition puts
//! them on several bridges. A second link leads from each to this program, and is never cut.
//!
//! ```text
//! node 0: eth0 10.77.0.1 ---- v0 \
//! node 1: eth0 10.77.0.2 ---- v1 - bridge b0, b1, ... (a partition: one bridge for each part)
//! node 0: mg ---------------- m0 - this program, 10.77.255.1
//! ```
//!
//! All of it, processes included, is in namespaces of one parent process, and goes with it.

use anyhow::{Context as _, Result, bail, ensure};
use std::ffi::OsString;
use std::process::{Command, Stdio};

/// The namespace of a node.
pub(crate) fn name(node: usize) -> String {
    format!("n{node}")
}

/// The address of a node.
pub(crate) fn host(node: usize) -> String {
    format!("10.77.0.{}", node + 1)
}

/// Runs this program again within namespaces of its own, and gives its exit status. The error says
/// what the kernel, or the machine, does not give.
pub(crate) fn inside(words: &[String]) -> Result<u8> {
    let program = std::env::current_exe()?;
    let kinds = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
    let probe = Command::new("unshare").args(kinds).arg("true").output();
    let probe = probe.context("`unshare` (util-linux) is needed for partitions")?;
    ensure!(
        probe.status.success(),
        "partitions need network, mount and process namespaces, which are refused here (root or \
         CAP_SYS_ADMIN is needed): {}",
        String::from_utf8_lossy(&probe.stderr).trim()
    );
    let words = words.iter().map(OsString::from);
    let mut command = Command::new("unshare");
    command.args(kinds).arg(program).args(words).env(INSIDE, "1");
    let status = command.status().context("unshare")?;
    let code = status.code().context("it was killed")?;
    u8::try_from(code).context("an exit status")
}

/// Whether this is the program that [`inside`] began.
pub(crate) fn are_ours() -> bool {
    std::env::var_os(INSIDE).is_some()
}

/// What [`inside`] needs before anything else can be done there.
pub(crate) fn prepare() -> Result<()> {
    // Names of namespaces are files: these are seen by nobody else.
    std::fs::create_dir_all("/run/netns").context("/run/netns")?;
    run("mount", &["-t", "tmpfs", "tmpfs", "/run/netns"])?;
    ip("link set lo up")
}

/// The wires between so many nodes.
#[derive(Debug)]
pub(crate) struct Wires {
    nodes: usize,
}

impl Wires {
    /// Makes namespaces, bridges and links. Only within [`inside`].
    pub(crate) fn lay(nodes: usize) -> Result<Self> {
        ensure!(are_ours(), "not in namespaces of our own");
        let wires = Self { nodes };
        if ip("link show b0").is_ok() {
            // They lie there since the run before.
            wires.mend()?;
            return Ok(wires);
        }
        ip("addr add 10.77.255.1/32 dev lo")?;
        for bridge in 0..nodes {
            ip(&format!("link add b{bridge} type bridge forward_delay 0 stp_state 0"))?;
            ip(&format!("link set b{bridge} up"))?;
        }
        for node in 0..nodes {
            lay_one(node).with_context(|| format!("the wires of node {node}"))?;
        }
        wires.mend()?;
        Ok(wires)
    }

    /// Puts each part on a bridge of its own. Who is in no part is alone.
    pub(crate) fn cut(&self, parts: &[Vec<usize>]) -> Result<()> {
        ensure!(parts.len() < self.nodes, "more parts than bridges");
        for node in 0..self.nodes {
            match parts.iter().position(|part| part.contains(&node)) {
                Some(bridge) => ip(&format!("link set v{node} master b{bridge}"))?,
                None => ip(&format!("link set v{node} nomaster"))?,
            }
        }
        Ok(())
    }

    /// Puts all on one bridge.
    pub(crate) fn mend(&self) -> Result<()> {
        (0..self.nodes).try_for_each(|node| ip(&format!("link set v{node} master b0")))
    }
}

fn lay_one(node: usize) -> Result<()> {
    let (space, host) = (name(node), host(node));
    ip(&format!("netns add {space}"))?;
    ip(&format!("-n {space} link set lo up"))?;
    ip(&format!("link add v{node} type veth peer name eth0 netns {space}"))?;
    ip(&format!("link add m{node} type veth peer name mg netns {space}"))?;
    for wire in ["v", "m"] {
        ip(&format!("link set {wire}{node} up"))?;
    }
    for wire in ["eth0", "mg"] {
        ip(&format!("-n {space} link set {wire} up"))?;
    }
    ip(&format!("-n {space} addr add {host}/24 dev eth0"))?;
    ip(&format!("-n {space} route add 10.77.255.1/32 dev mg src {host}"))?;
    ip(&format!("route add {host}/32 dev m{node} src 10.77.255.1"))
}

fn ip(words: &str) -> Result<()> {
    run("ip", &words.split(' ').collect::<Vec<_>>())
}

fn run(program: &str, words: &[&str]) -> Result<()> {
    let output = Command::new(program).args(words).stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("`{program}` is needed for partitions"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{program} {}: {}", words.join(" "), said.trim());
    }
    Ok(())
}

const INSIDE: &str = "GMCA_CHAOS_INSIDE";
