// SPDX-License-Identifier: Apache-2.0
//! What goes wrong, and when: a function of the seed alone. Whom "the leader" means is seen when the
//! time has come.

use std::fmt;
use std::time::Duration;
use sys::sim::Dice;

/// Whom something happens to. Numbers are from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Victim {
    Leader,
    /// One of those that do not lead.
    Follower(usize),
    Peer(usize),
    Chaincode(usize),
}

/// What happens to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// `SIGKILL`, and a new start after that time.
    Kill { down: Duration },
    /// `SIGSTOP`, and `SIGCONT` after that time.
    Pause { still: Duration },
}

/// Something that happens to one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// Since the plan began.
    pub(crate) at: Duration,
    pub(crate) victim: Victim,
    pub(crate) deed: Deed,
}

/// Parts that hear nothing of each other, for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) kind: CutKind,
    /// Which node, of those that the kind leaves open.
    pub(crate) pick: usize,
    pub(crate) lasts: Duration,
    /// Before the next.
    pub(crate) whole: Duration,
}

/// How the nodes are parted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CutKind {
    /// The leader is alone.
    LeaderAlone,
    /// The leader and one peer are without the others.
    LeaderWithPeer,
    /// One that does not lead is alone.
    FollowerAlone,
    /// One peer is alone.
    PeerAlone,
    /// Those that order are on one side, the peers on the other.
    Apart,
    /// Everybody is alone.
    Shattered,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let victim = match self.victim {
            Victim::Leader => "the leader".to_owned(),
            Victim::Follower(number) => format!("follower {}", number + 1),
            Victim::Peer(number) => format!("peer {}", number + 1),
            Victim::Chaincode(number) => format!("chaincode {}", number + 1),
        };
        let at = self.at.as_secs_f64();
        match self.deed {
            Deed::Kill { down } => write!(f, "{at:6.1} s: kill {victim}, down {down:.1?}"),
            Deed::Pause { still } => write!(f, "{at:6.1} s: stop {victim}, still {still:.1?}"),
        }
    }
}

impl fmt::Display for Victim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Leader => "leader",
            Self::Follower(_) => "follower",
            Self::Peer(_) => "peer",
            Self::Chaincode(_) => "chaincode",
        })
    }
}

/// Kills and stops for so long. All kinds of victims come up before one comes up again.
pub(crate) fn steps(seed: u64, length: Duration) -> Vec<Step> {
    let mut dice = Dice::new(seed);
    let (mut steps, mut at, mut deck) = (Vec::new(), Duration::from_secs(1), Vec::new());
    while at < length {
        let kind = draw(&mut dice, &mut deck, &[0, 0, 1, 2, 2, 3]);
        let victim = match kind {
            0 => Victim::Leader,
            1 => Victim::Follower(index(&mut dice, 2)),
            2 => Victim::Peer(index(&mut dice, 3)),
            _ => Victim::Chaincode(index(&mut dice, 3)),
        };
        let long = between(&mut dice, 200, 6000);
        let deed = match dice.once_in(3) {
            true => Deed::Pause { still: long },
            false => Deed::Kill { down: long },
        };
        steps.push(Step { at, victim, deed });
        // Some come while another has not been mended.
        at += between(&mut dice, 800, 4500);
    }
    steps
}

/// Partitions, none longer than `longest`. All kinds come up before one comes up again.
pub(crate) fn cuts(seed: u64, length: Duration, longest: Duration) -> Vec<Cut> {
    let mut dice = Dice::new(seed);
    let (mut cuts, mut at, mut deck) = (Vec::new(), Duration::ZERO, Vec::new());
    while at < length {
        let kind = draw(&mut dice, &mut deck, CUTS);
        let longest = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX).max(2);
        let (lasts, whole) =
            (between(&mut dice, longest / 4, longest), between(&mut dice, 1500, 6000));
        cuts.push(Cut { kind, pick: index(&mut dice, 6), lasts, whole });
        at += lasts + whole;
    }
    cuts
}

/// For each power cut, how long everything runs before it and how long it is dark.
pub(crate) fn power(seed: u64, cuts: usize) -> Vec<(Duration, Duration)> {
    let mut dice = Dice::new(seed);
    (0..cuts).map(|_| (between(&mut dice, 1000, 8000), between(&mut dice, 0, 1500))).collect()
}

fn draw<T: Copy>(dice: &mut Dice, deck: &mut Vec<T>, all: &[T]) -> T {
    if deck.is_empty() {
        deck.extend_from_slice(all);
    }
    deck.swap_remove(index(dice, deck.len()))
}

fn index(dice: &mut Dice, end: usize) -> usize {
    usize::try_from(dice.below(end as u64)).unwrap_or(0)
}

fn between(dice: &mut Dice, from: u64, to: u64) -> Duration {
    Duration::from_millis(from + dice.below(to - from))
}

const CUTS: &[CutKind] = &[
    CutKind::LeaderAlone,
    CutKind::LeaderWithPeer,
    CutKind::FollowerAlone,
    CutKind::PeerAlone,
    CutKind::Apart,
    CutKind::Shattered,
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const MINUTE: Duration = Duration::from_secs(60);
    const SHORT: Duration = Duration::from_secs(12);

    #[test]
    fn a_seed_says_it_all() {
        assert_eq!(steps(7, MINUTE), steps(7, MINUTE));
        assert_ne!(steps(7, MINUTE), steps(8, MINUTE));
        assert_eq!(cuts(7, MINUTE, SHORT), cuts(7, MINUTE, SHORT));
        assert_ne!(power(7, 10), power(8, 10));
    }

    #[test]
    fn everybody_is_met_within_a_minute() {
        for seed in 0..100 {
            let met: BTreeSet<String> =
                steps(seed, MINUTE).iter().map(|step| step.victim.to_string()).collect();
            assert_eq!(met.len(), 4, "seed {seed}: {met:?}");
            assert!(steps(seed, MINUTE).iter().all(|step| step.at < MINUTE));
        }
    }

    #[test]
    fn every_kind_of_cut_comes_within_two_minutes() {
        for seed in 0..100 {
            let met: BTreeSet<CutKind> =
                cuts(seed, 2 * MINUTE, SHORT).iter().map(|cut| cut.kind).collect();
            assert_eq!(met.len(), CUTS.len(), "seed {seed}: {met:?}");
        }
    }
}
