// SPDX-License-Identifier: Apache-2.0
//! Scenarios in a small language, a line for each step, to be read without being run.
//!
//! Not here: what the steps do (`play`).

use crate::runtime::NodeId;
use std::time::Duration;

/// A group of nodes, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// One machine.
    Node(NodeId),
    /// Whoever leads.
    Leader,
    /// One who does not lead, the first of them.
    Follower,
    /// Every machine.
    All,
    /// The larger side of the last partition.
    Majority,
    /// The smaller side of it.
    Minority,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// That many machines that agree, and that many more that may come.
    Nodes(usize, usize),
    /// Lets time pass.
    Run(Duration),
    /// That many envelopes are sent to somebody, and acknowledged.
    Write(u64, Who),
    /// An envelope is sent, and not acknowledged.
    Refuse(Who),
    /// The links between a group and the others are cut; the leader is on the smaller side.
    Partition(usize, usize),
    /// All links are whole.
    Heal,
    /// Power fails.
    Crash(Who),
    /// Machines that stand still start.
    Start(Who),
    /// The disk is empty, and the machine starts.
    Wipe(Who),
    /// A process stands still.
    Pause(Who),
    /// It goes on.
    Resume(Who),
    /// The leader gives its place away.
    Transfer,
    /// A consenter is added by a configuration update.
    Add(NodeId),
    /// A consenter is removed.
    Remove(Who),
    /// A consenter's certificate is renewed with the same key.
    Renew(NodeId),
    /// The size of batches changes.
    Batch(u32),
    /// The hash function changes.
    SwitchHash,
    /// All but this one are lost for ever: it goes on alone.
    Recover(NodeId),
    /// Somebody leads.
    ExpectLeader,
    /// Another leads than when this was last asked.
    ExpectAnotherLeader,
    /// Nobody among them leads whom a quorum follows.
    ExpectNoLeader(Who),
    /// All machines that run have the same chain.
    ExpectSame,
    /// So many vote.
    ExpectVoters(usize),
    /// The chain has at least so many blocks.
    ExpectHeight(u64),
    /// All listed machines vote and are level, and any one of them can be done without.
    ExpectWhole,
}

/// A line that is no step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: `{text}` is no step")]
pub struct NotAStep {
    /// Its number, from 1.
    pub line: usize,
    /// What it says.
    pub text: String,
}

/// Reads a scenario: a step a line; `#` begins a comment.
///
/// # Errors
/// [`NotAStep`] for the first line that is none.
pub fn parse(text: &str) -> Result<Vec<(usize, Step)>, NotAStep> {
    let mut steps = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let content = text.split('#').next().unwrap_or_default().trim();
        if content.is_empty() {
            continue;
        }
        let words: Vec<&str> = content.split_whitespace().collect();
        let unknown = || NotAStep { line, text: content.to_owned() };
        steps.push((line, step(&words).ok_or_else(unknown)?));
    }
    Ok(steps)
}

fn step(words: &[&str]) -> Option<Step> {
    Some(match words {
        ["nodes", count] => Step::Nodes(number(count)?, 0),
        ["nodes", count, "spare", spare] => Step::Nodes(number(count)?, number(spare)?),
        ["run", time] => Step::Run(time_of(time)?),
        ["write", count] => Step::Write(number(count)?, Who::All),
        ["write", count, "to", whom] => Step::Write(number(count)?, who(whom)?),
        ["refuse", whom] => Step::Refuse(who(whom)?),
        ["partition", sides] => {
            let (large, small) = sides.split_once('/')?;
            Step::Partition(number(large)?, number(small)?)
        }
        ["heal"] => Step::Heal,
        ["crash", whom] => Step::Crash(who(whom)?),
        ["start", whom] => Step::Start(who(whom)?),
        ["wipe", whom] => Step::Wipe(who(whom)?),
        ["pause", whom] => Step::Pause(who(whom)?),
        ["resume", whom] => Step::Resume(who(whom)?),
        ["transfer"] => Step::Transfer,
        ["add", node] => Step::Add(number(node)?),
        ["remove", whom] => Step::Remove(who(whom)?),
        ["renew", node] => Step::Renew(number(node)?),
        ["batch", size] => Step::Batch(number(size)?),
        ["switch", "hash"] => Step::SwitchHash,
        ["recover", node] => Step::Recover(number(node)?),
        ["expect", expected @ ..] => return expectation(expected),
        _ => return None,
    })
}

fn expectation(words: &[&str]) -> Option<Step> {
    Some(match words {
        ["leader"] => Step::ExpectLeader,
        ["another", "leader"] => Step::ExpectAnotherLeader,
        ["no", "leader", "among", whom] => Step::ExpectNoLeader(who(whom)?),
        ["same", "chain"] => Step::ExpectSame,
        ["voters", count] => Step::ExpectVoters(number(count)?),
        ["whole"] => Step::ExpectWhole,
        ["height", least] => Step::ExpectHeight(number(least)?),
        _ => return None,
    })
}

fn who(word: &str) -> Option<Who> {
    Some(match word {
        "leader" => Who::Leader,
        "follower" => Who::Follower,
        "all" => Who::All,
        "majority" => Who::Majority,
        "minority" => Who::Minority,
        node => Who::Node(number(node)?),
    })
}

fn number<T: std::str::FromStr>(word: &str) -> Option<T> {
    word.parse().ok()
}

fn time_of(word: &str) -> Option<Duration> {
    if let Some(millis) = word.strip_suffix("ms") {
        return Some(Duration::from_millis(number(millis)?));
    }
    Some(Duration::from_secs(number(word.strip_suffix('s')?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_read_and_others_refused() {
        let text =
            "nodes 5 # as in the tutorial\n\npartition 3/2\nwrite 3 to majority\nrun 250ms\n";
        let steps: Vec<Step> = parse(text).unwrap().into_iter().map(|(_, step)| step).collect();
        let run = Step::Run(Duration::from_millis(250));
        let write = Step::Write(3, Who::Majority);
        assert_eq!(steps, [Step::Nodes(5, 0), Step::Partition(3, 2), write, run]);
        for bad in ["nodes", "write x", "expect", "run 5", "partition 3", "crash everybody"] {
            let refused = parse(&format!("heal\n{bad}")).unwrap_err();
            assert_eq!(refused, NotAStep { line: 2, text: bad.to_owned() });
        }
    }
}
