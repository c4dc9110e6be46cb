// SPDX-License-Identifier: Apache-2.0
//! A network as its user describes it: a YAML file, read whole or refused in one line.

use super::plan::{Further, HOST, Terms};
use anyhow::{Context as _, Result, bail, ensure};
use bccsp::Suite;
use channel::check_id;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// What is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Described {
    /// The family of identities and blocks.
    pub(crate) suite: Suite,
    /// Where processes listen and are reached.
    pub(crate) host: String,
    /// Their ports are counted from here; free ones are drawn when there is none.
    pub(crate) first_port: Option<u16>,
    /// The first channel, of all members.
    pub(crate) channel: String,
    /// Further ones.
    pub(crate) further: Vec<Further>,
    /// The name of the organisation that orders, and how many nodes it has.
    pub(crate) orderers: (String, usize),
    /// The names of the others, and how many peers each has.
    pub(crate) members: Vec<(String, usize)>,
    /// How blocks are cut, and leaders missed.
    pub(crate) terms: Terms,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default = "gm")]
    suite: String,
    #[serde(default = "loopback")]
    host: String,
    first_port: Option<u16>,
    #[serde(default)]
    channels: Vec<Channel>,
    #[serde(default)]
    orderers: Orderers,
    members: Vec<Member>,
    #[serde(default)]
    ordering: Terms,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Channel {
    name: String,
    members: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Orderers {
    organization: String,
    nodes: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Member {
    name: String,
    #[serde(default = "one")]
    peers: usize,
}

impl Default for Orderers {
    fn default() -> Self {
        Self { organization: "Orderer".to_owned(), nodes: 3 }
    }
}

fn gm() -> String {
    "gm".to_owned()
}

fn loopback() -> String {
    HOST.to_owned()
}

fn one() -> usize {
    1
}

/// Its copy in the folder of a network that was made from it.
pub(crate) const KEPT: &str = "topology.yaml";

/// Reads what a file says.
///
/// # Errors
/// In one line: what in it cannot be.
pub(crate) fn parse(bytes: &[u8]) -> Result<Described> {
    ensure!(bytes.len() <= MAX_LEN, "the file is longer than {MAX_LEN} bytes");
    let text = std::str::from_utf8(bytes).context("it is not text in UTF-8")?;
    let file: File = serde_saphyr::from_str(text).map_err(|error| {
        let line = error.location().map_or(1, |location| location.line());
        let said = error.without_snippet().to_string();
        // It may quote the file, whose control characters are not for terminals.
        let said = said.lines().next().unwrap_or("not YAML").replace(char::is_control, " ");
        anyhow::anyhow!("line {line}: {said}")
    })?;
    file.checked()
}

impl File {
    fn checked(self) -> Result<Described> {
        let suite = crate::args::suite(&self.suite).map_err(anyhow::Error::msg);
        let suite = suite.context("suite")?;
        check_host(&self.host)?;
        self.check_members()?;
        self.check_ports()?;
        self.check_terms()?;
        let (channel, further) = self.channels()?;
        let members = self.members.into_iter().map(|member| (member.name, member.peers));
        Ok(Described {
            suite,
            host: self.host,
            first_port: self.first_port,
            channel,
            further,
            orderers: (self.orderers.organization, self.orderers.nodes),
            members: members.collect(),
            terms: self.ordering,
        })
    }

    fn check_members(&self) -> Result<()> {
        ensure!((1..=9).contains(&self.orderers.nodes), "orderers: nodes: 1 to 9 are possible");
        ensure!((1..=9).contains(&self.members.len()), "members: 1 to 9 are possible");
        let mut seen = BTreeSet::from(["chaincode".to_owned()]);
        let names = self.members.iter().map(|member| &member.name);
        for name in std::iter::once(&self.orderers.organization).chain(names) {
            let shown = name.escape_debug();
            let mut letters = name.bytes();
            let is_name = name.len() <= 32
                && letters.next().is_some_and(|first| first.is_ascii_alphabetic())
                && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == b'-');
            ensure!(is_name, "organisation '{shown}': a letter, then letters, digits and '-'");
            ensure!(seen.insert(name.to_lowercase()), "organisation '{shown}': the name is taken");
        }
        for Member { name, peers } in &self.members {
            ensure!((1..=9).contains(peers), "members: {name}: peers: 1 to 9 are possible");
        }
        Ok(())
    }

    fn check_ports(&self) -> Result<()> {
        let Some(first) = self.first_port else { return Ok(()) };
        let peers: usize = self.members.iter().map(|member| member.peers).sum();
        let needed = peers.saturating_add(self.orderers.nodes).saturating_mul(3);
        let left = usize::from(u16::MAX - first).saturating_add(1);
        ensure!(first >= 1024, "first_port: {first}: ports from 1024 on are possible");
        ensure!(left >= needed, "first_port: {first}: {needed} ports are needed from there on");
        Ok(())
    }

    fn check_terms(&self) -> Result<()> {
        let Terms { batch_timeout, tick, .. } = &self.ordering;
        for (name, time) in [("batch_timeout", batch_timeout), ("tick", tick)] {
            let Some(time) = time else { continue };
            let number = time.strip_suffix("ms").or_else(|| time.strip_suffix('s'));
            let number = number.and_then(|number| number.parse::<u32>().ok());
            let shown = time.escape_debug();
            ensure!(number.is_some_and(|n| n > 0), "ordering: {name}: '{shown}': 2s, or 100ms");
        }
        let terms = &self.ordering;
        for (name, number, most) in [
            ("max_messages", terms.max_messages, 100_000),
            ("max_bytes", terms.max_bytes, 99 << 20),
            ("preferred_bytes", terms.preferred_bytes, 99 << 20),
            ("election_ticks", terms.election_ticks, 1000),
            ("heartbeat_ticks", terms.heartbeat_ticks, 1000),
        ] {
            let fits = number.is_none_or(|number| (1..=most).contains(&number));
            ensure!(fits, "ordering: {name}: 1 to {most} are possible");
        }
        let [heartbeat, election] =
            [terms.heartbeat_ticks.unwrap_or(1), terms.election_ticks.unwrap_or(10)];
        ensure!(heartbeat < election, "ordering: election_ticks: more than heartbeat_ticks");
        Ok(())
    }

    /// The first, and the others.
    fn channels(&self) -> Result<(String, Vec<Further>)> {
        let mut channels = self.channels.iter();
        let Some(first) = channels.next() else { return Ok(("ch1".to_owned(), Vec::new())) };
        ensure!(self.channels.len() <= 20, "channels: 1 to 20 are possible");
        let all: Vec<String> = self.members.iter().map(|member| member.name.clone()).collect();
        let mut seen = BTreeSet::new();
        for Channel { name, members } in &self.channels {
            check_id(name).context("channels")?;
            ensure!(seen.insert(name), "channels: {name}: the name is taken");
            let mut own = BTreeSet::new();
            for member in members.iter().flatten() {
                let shown = member.escape_debug();
                ensure!(all.contains(member), "channels: {name}: no organisation '{shown}'");
                ensure!(own.insert(member), "channels: {name}: '{shown}' is named twice");
            }
            ensure!(
                members.as_ref().is_none_or(|members| !members.is_empty()),
                "channels: {name}: members: nobody"
            );
        }
        if first.members.as_ref().is_some_and(|members| members.len() < all.len()) {
            bail!("channels: {}: the first channel is of all members", first.name);
        }
        let further = channels.map(|channel| Further {
            name: channel.name.clone(),
            members: channel.members.clone().unwrap_or_else(|| all.clone()),
        });
        Ok((first.name.clone(), further.collect()))
    }
}

/// Where others can reach a process: names and IPv4.
fn check_host(host: &str) -> Result<()> {
    let shown = host.escape_debug();
    let is_good = match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => !address.is_unspecified() && !address.is_broadcast(),
        Ok(IpAddr::V6(_)) => false,
        Err(_) => {
            let is_letter = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'-');
            let starts = host.bytes().next().is_some_and(|c| c.is_ascii_alphabetic());
            starts && host.len() <= 253 && host.bytes().all(is_letter)
        }
    };
    ensure!(is_good, "host: '{shown}': an IPv4 address that others reach, or a name");
    Ok(())
}

const MAX_LEN: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_has_a_default() {
        let described = parse(b"members: [{name: Org1}]").unwrap();
        assert_eq!(described.orderers, ("Orderer".to_owned(), 3));
        assert_eq!(described.members, [("Org1".to_owned(), 1)]);
        assert_eq!((described.suite, described.channel.as_str()), (Suite::Gm, "ch1"));
        assert_eq!((described.host.as_str(), described.first_port), (HOST, None));
    }

    #[test]
    fn a_refusal_is_one_line_and_names_the_key() {
        for (text, words) in [
            ("members: [{name: Org1}]\nordrers: {nodes: 3}", "ordrers"),
            ("members: [{name: Org1, peer: 2}]", "peer"),
            ("members: [{name: Org1}]\nordering: {batch_timout: 2s}", "batch_timout"),
            ("suite: rsa\nmembers: [{name: Org1}]", "suite"),
            ("host: 0.0.0.0\nmembers: [{name: Org1}]", "host: '0.0.0.0'"),
            ("host: \"::1\"\nmembers: [{name: Org1}]", "host: '::1'"),
            ("host: \"a b\"\nmembers: [{name: Org1}]", "host: 'a b'"),
            ("members: []", "members: 1 to 9"),
            ("members: [{name: Org1, peers: 0}]", "members: Org1: peers"),
            ("members: [{name: ../x}]", "organisation '../x'"),
            ("members: [{name: \"a\\nb\"}]", "organisation 'a\\nb'"),
            ("members: [{name: Org1}, {name: org1}]", "organisation 'org1': the name is taken"),
            ("members: [{name: Chaincode}]", "organisation 'Chaincode': the name is taken"),
            ("orderers: {nodes: 0}\nmembers: [{name: Org1}]", "orderers: nodes"),
            ("first_port: 80\nmembers: [{name: Org1}]", "first_port: 80"),
            ("first_port: 65530\nmembers: [{name: Org1}]", "12 ports are needed"),
            ("first_port: 70000\nmembers: [{name: Org1}]", "line 1"),
            ("channels: [{name: CH}]\nmembers: [{name: Org1}]", "channels"),
            ("channels: [{name: a}, {name: a}]\nmembers: [{name: Org1}]", "a: the name is taken"),
            (
                "channels: [{name: a, members: [Org2]}]\nmembers: [{name: Org1}]",
                "no organisation 'Org2'",
            ),
            ("channels: [{name: a, members: []}]\nmembers: [{name: Org1}]", "members: nobody"),
            ("channels: [{name: a, members: [X]}]\nmembers: [{name: X}, {name: Y}]", "all members"),
            ("members: [{name: Org1}]\nordering: {batch_timeout: soon}", "batch_timeout: 'soon'"),
            ("members: [{name: Org1}]\nordering: {max_messages: 0}", "max_messages"),
            ("members: [{name: Org1}]\nordering: {election_ticks: 1}", "election_ticks"),
            ("members: {", "line"),
        ] {
            let refused = format!("{:#}", parse(text.as_bytes()).expect_err(text));
            assert!(refused.contains(words) && !refused.contains('\n'), "{text}: {refused}");
        }
        assert!(parse(&vec![b' '; MAX_LEN + 1]).is_err());
    }
}
