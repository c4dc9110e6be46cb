// SPDX-License-Identifier: Apache-2.0
//! Has `gmnode` make a network, and its first block again with other numbers: Fabric's would make an
//! election of a few seconds, and blocks of 500 transactions.

use super::addresses;
use super::programs::Programs;
use super::topology::Topology;
use anyhow::{Context as _, Result, ensure};
use std::fs;
use std::path::Path;

/// What kind of network.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// `nist` or `gm`.
    pub(crate) suite: String,
    /// Transactions in a block, at most.
    pub(crate) messages: u32,
    /// An address for each node, where they are not all on the loopback.
    pub(crate) hosts: Option<fn(usize) -> String>,
}

/// Three that order, three organisations of one peer each. The folder must not be there.
pub(crate) fn create(programs: &Programs, dir: &Path, settings: &Settings) -> Result<Topology> {
    let shown = dir.display().to_string();
    programs.must(&[
        "network",
        "create",
        "--dir",
        &shown,
        "--suite",
        &settings.suite,
        "--orderers",
        "3",
        "--organizations",
        "3",
    ])?;
    let mut topology = Topology::read(dir)?;
    let path = dir.join("configtx.yaml");
    let mut text = with_numbers(&fs::read_to_string(&path)?, settings.messages)?;
    if let Some(host) = settings.hosts {
        for (number, node) in topology.nodes.iter_mut().enumerate() {
            node.host = host(number);
        }
        text = addresses::give(&topology, text)?;
    }
    fs::write(&path, text)?;
    let (config, block) = (path.display().to_string(), topology.genesis().display().to_string());
    let channel = topology.channel.clone();
    let words =
        ["genesis", "--config", &config, "--profile", "Network", "--channel", &channel, "--force"];
    programs.must(&[&words[..], &["--out", &block]].concat())?;
    Ok(topology)
}

/// The profile with a tick of 100 ms, ten of which make an election, and small blocks.
fn with_numbers(text: &str, messages: u32) -> Result<String> {
    let kind = "      OrdererType: etcdraft\n";
    ensure!(text.contains(kind), "configtx.yaml has another form: it says nothing of etcdraft");
    ensure!(!text.contains("BatchSize"), "configtx.yaml has another form: it has a BatchSize");
    let batch = format!(
        "{kind}      BatchTimeout: 200ms\n      BatchSize: {{MaxMessageCount: {messages}}}\n"
    );
    let (before, after) = text.split_once("      EtcdRaft:\n").context("no EtcdRaft")?;
    // Another election timeout than Fabric's may be written there already.
    let kept: String = after.split_inclusive('\n').filter(|line| !is_option(line)).collect();
    let raft = "      EtcdRaft:\n        \
                Options: {TickInterval: 100ms, ElectionTick: 10, HeartbeatTick: 1}\n";
    Ok(format!("{}{raft}{kept}", before.replace(kind, &batch)))
}

fn is_option(line: &str) -> bool {
    let names = ["Options:", "TickInterval:", "ElectionTick:", "HeartbeatTick:"];
    names.iter().any(|name| line.trim_start().starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::with_numbers;

    const TEXT: &str = "Profiles:\n  Network:\n    Orderer:\n      OrdererType: etcdraft\n      \
                        EtcdRaft:\n        Consenters:\n          - {Host: 127.0.0.1, Port: 1}\n";

    #[test]
    fn numbers_stand_where_fabric_has_them() {
        let text = with_numbers(TEXT, 7).unwrap();
        let expected = "      OrdererType: etcdraft\n      BatchTimeout: 200ms\n      \
                        BatchSize: {MaxMessageCount: 7}\n      EtcdRaft:\n        Options: \
                        {TickInterval: 100ms, ElectionTick: 10, HeartbeatTick: 1}\n        \
                        Consenters:\n";
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn options_that_are_there_are_replaced() {
        let there = "      EtcdRaft:\n        Options:\n          TickInterval: 250ms\n";
        let text = with_numbers(&TEXT.replace("      EtcdRaft:\n", there), 7).unwrap();
        assert!(!text.contains("250ms"), "{text}");
        assert_eq!(text.matches("Options:").count(), 1, "{text}");
    }

    #[test]
    fn another_form_is_refused() {
        assert!(with_numbers("Profiles: {}\n", 7).is_err());
    }
}
