// SPDX-License-Identifier: Apache-2.0
//! All processes of a network, and how they stand.

use super::process::{Member, Role};
use super::programs::Programs;
use super::topology::{LOOPBACK, Node, Topology};
use super::{deploy, namespaces};
use crate::clients::Looks;
use anyhow::{Context as _, Result, bail};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// A network that runs.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) programs: Programs,
    pub(crate) topology: Topology,
    pub(crate) members: Vec<Member>,
    looks: Looks,
}

impl Cluster {
    /// Starts everything, joins the channel, and has the chaincode agreed upon.
    pub(crate) async fn start(programs: &Programs, topology: Topology) -> Result<Self> {
        let mut numbers = [0, 0];
        let members = topology.nodes.iter().enumerate().map(|(index, node)| {
            let number = &mut numbers[usize::from(node.orders)];
            *number += 1;
            Member::node(programs, node, *number - 1, namespace(node, index))
        });
        let members = members.collect();
        let looks = Looks::new(&topology)?;
        let mut cluster = Self { programs: programs.clone(), topology, members, looks };
        cluster.start_all()?;
        cluster.join().await?;
        let ids = deploy::deploy(programs, &cluster.topology)?;
        cluster.add_chaincodes(&ids);
        cluster.start_all()?;
        Ok(cluster)
    }

    fn add_chaincodes(&mut self, ids: &[String]) {
        let indexed = self.topology.nodes.iter().enumerate().filter(|(_, node)| !node.orders);
        for (number, ((index, node), id)) in indexed.zip(ids).enumerate() {
            let how = (id.as_str(), namespace(node, index));
            self.members.push(Member::chaincode(&self.programs, node, number, how));
        }
    }

    /// Starts those that are down, and lets those go on that are paused.
    pub(crate) fn start_all(&mut self) -> Result<()> {
        self.members.iter_mut().try_for_each(|member| {
            member.start()?;
            member.resume()
        })
    }

    /// Kills all of them, as near to one moment as a machine allows.
    pub(crate) fn kill_all(&mut self) -> Result<()> {
        self.members.iter_mut().try_for_each(Member::kill)?;
        self.members.iter_mut().try_for_each(Member::bury)
    }

    /// An error when one ended though nobody ended it.
    pub(crate) fn check(&mut self) -> Result<()> {
        self.members.iter_mut().try_for_each(Member::check)
    }

    pub(crate) fn find(&self, role: Role, number: usize) -> Option<usize> {
        self.members.iter().position(|member| member.role == role && member.number == number)
    }

    /// The number of the orderer that says it leads.
    pub(crate) async fn leader(&self) -> Option<usize> {
        self.looks.leader().await
    }

    /// How many blocks a peer has.
    pub(crate) async fn peer_height(&self, number: usize) -> Result<u64> {
        self.looks.peer_height(number).await
    }

    /// Waits until all have the same blocks: how long that took.
    pub(crate) async fn settle(&self, patience: Duration) -> Result<Duration> {
        let begun = Instant::now();
        let mut seen = self.looks.heights().await;
        while begun.elapsed() < patience {
            sleep(Duration::from_millis(300)).await;
            let now = self.looks.heights().await;
            let first = now.first().and_then(|height| height.as_ref().ok());
            let are_equal = first.is_some() && now.iter().all(|h| h.as_ref().ok() == first);
            let stand_still = seen.first().and_then(|height| height.as_ref().ok()) == first;
            if are_equal && stand_still {
                return Ok(begun.elapsed());
            }
            seen = now;
        }
        let shown = self.topology.nodes.iter().zip(&seen).map(|(node, height)| match height {
            Ok(height) => format!("{} {height}", node.title()),
            Err(error) => format!("{} ({error:#})", node.title()),
        });
        let shown: Vec<String> = shown.collect();
        bail!("after {} s they have: {}", patience.as_secs(), shown.join(", "))
    }

    /// Joins the channel on all.
    async fn join(&self) -> Result<()> {
        if self.topology.nodes.iter().all(|node| node.host == LOOPBACK) {
            // They run, and are left alone.
            let dir = self.topology.dir.display().to_string();
            self.programs.must(&["network", "up", "--dir", &dir])?;
            return Ok(());
        }
        for node in &self.topology.nodes {
            self.join_one(node).await.with_context(|| node.title())?;
        }
        let begun = Instant::now();
        while self.leader().await.is_none() {
            if begun.elapsed() > PATIENCE {
                bail!("the orderers elect no leader");
            }
            sleep(Duration::from_millis(200)).await;
        }
        Ok(())
    }

    /// `network up` knows only nodes on the loopback.
    async fn join_one(&self, node: &Node) -> Result<()> {
        let (block, admin) = (self.topology.genesis(), node.user("admin").join("tls"));
        let (block, tls) =
            (block.display().to_string(), |file: &str| admin.join(file).display().to_string());
        let words = match node.orders {
            false => deploy::at(node, &["channel", "join", &block], &[]),
            true => {
                let (address, root) = (node.admin_address(), node.tls_root().display().to_string());
                let (certificate, key) = (tls("client.crt"), tls("client.key"));
                let words = ["osn", "join", &block, "--orderer", &address, "--ca-file", &root];
                let shown = ["--client-cert", &certificate, "--client-key", &key];
                [&words[..], &shown].concat().into_iter().map(str::to_owned).collect()
            }
        };
        let begun = Instant::now();
        loop {
            let said = self.programs.gmnode(&words)?;
            if said.code == Some(0) {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                bail!("{}", said.complaint);
            }
            sleep(Duration::from_millis(200)).await;
        }
    }

    /// Has all stop and wait until everything is on disk; each must end with 0.
    pub(crate) fn down(&mut self) -> Result<()> {
        for chaincode in self.members.iter_mut().filter(|one| one.role == Role::Chaincode) {
            // It keeps nothing.
            chaincode.kill()?;
            chaincode.bury()?;
        }
        let dir = self.topology.dir.display().to_string();
        self.programs.must(&["network", "down", "--dir", &dir])?;
        self.members.iter_mut().try_for_each(Member::ended)
    }
}

/// The namespace of a node that has an address of its own.
fn namespace(node: &Node, index: usize) -> Option<String> {
    (node.host != LOOPBACK).then(|| namespaces::name(index))
}

const PATIENCE: Duration = Duration::from_secs(60);
