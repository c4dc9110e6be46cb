// SPDX-License-Identifier: Apache-2.0
//! What happens in the world of a seed: round by round something goes wrong, is mended, and the
//! service must have gone on; in the end all must agree.

use crate::faults::FaultKind;
use crate::inject::Mend;
use crate::invariants::Violation;
use crate::runtime::{self, NodeId};
use crate::updates::{Change, Sent};
use crate::world::{Setup, World};
use bccsp::Suite;
use orderer::testing::Client;
use std::time::Duration;
use sys::sim::Dice;

/// Shorter seeds prove little.
pub const SECONDS: u64 = 60;
/// Seeds with less to do prove little.
pub const ENVELOPES: u64 = 300;
/// Seeds in which one leads for ever prove little.
pub const LEADER_CHANGES: u64 = 2;

/// After a fault was mended, envelopes are ordered again within that time.
const SOON: Duration = Duration::from_secs(60);

/// What a seed begins with.
#[must_use]
pub fn setup(seed: u64, keep: usize) -> Setup {
    let mut dice = Dice::new(seed);
    let nodes = if dice.once_in(2) { 5 } else { 3 };
    let channels = if nodes == 5 { 1 } else { 1 + usize::try_from(dice.below(3)).unwrap_or(0) };
    let suite = if dice.once_in(8) { Suite::Gm } else { Suite::Nist };
    Setup { seed, nodes, spare: 1, channels, suite, keep }
}

/// What may go wrong. Kinds that stand here twice happen more often.
const DECK: &[FaultKind] = &[
    FaultKind::Partition,
    FaultKind::Partition32,
    FaultKind::OneWay,
    FaultKind::Lost,
    FaultKind::Kill,
    FaultKind::PowerFailure,
    FaultKind::PowerFailure,
    FaultKind::Blackout,
    FaultKind::TornOperation,
    FaultKind::TornOperation,
    FaultKind::Pause,
    FaultKind::ClockJump,
    FaultKind::SlowDisk,
    FaultKind::FullDisk,
    FaultKind::FailedSync,
    FaultKind::WipedDisk,
    FaultKind::Transfer,
    FaultKind::Added,
    FaultKind::Removed,
    FaultKind::Config,
    FaultKind::Config,
    FaultKind::HashSwitch,
    FaultKind::Renewal,
    FaultKind::Revocation,
];

/// Somebody who will be revoked.
struct Suspect {
    channel: usize,
    number: u32,
    client: Client,
}

struct Plan<'w> {
    world: &'w mut World,
    suspects: Vec<Suspect>,
    mends: Vec<Mend>,
    sent: Vec<(usize, Sent)>,
}

/// Lets everything happen. The world is healed and its clients are done when this is over.
///
/// # Errors
/// The first [`Violation`].
pub fn play(world: &mut World) -> Result<(), Violation> {
    let mut plan = Plan { world, suspects: Vec::new(), mends: Vec::new(), sent: Vec::new() };
    plan.begin()?;
    let mut deck = Vec::new();
    while plan.is_short() {
        plan.round(&mut deck)?;
    }
    plan.heal()?;
    plan.world.tally.finish();
    crate::ending::check(plan.world)
}

impl Plan<'_> {
    fn begin(&mut self) -> Result<(), Violation> {
        self.world.calm();
        self.world.start_all()?;
        self.progress(&vec![0; self.world.setup.channels])?;
        for channel in 0..self.world.setup.channels {
            let pause = Duration::from_millis(250 * self.world.setup.channels as u64);
            self.world.add_client(channel, pause, false);
            self.world.add_client(channel, pause, true);
            let (number, client) = self.world.add_client(channel, pause, false);
            self.suspects.push(Suspect { channel, number, client });
        }
        Ok(())
    }

    /// Whether it has not gone on long enough.
    fn is_short(&self) -> bool {
        let seconds = runtime::now() / 1_000_000_000;
        let done = self.world.tally.numbers().acknowledged;
        // What cannot be reached in ten minutes is told as vacuous.
        seconds < SECONDS || (done < ENVELOPES && seconds < 10 * SECONDS)
    }

    /// Something goes wrong, or two things at once, and is mended.
    fn round(&mut self, deck: &mut Vec<FaultKind>) -> Result<(), Violation> {
        for _ in 0..=self.world.dice.below(2) {
            let kind = self.draw(deck);
            self.begin_fault(kind)?;
            let pause = Duration::from_millis(self.world.dice.below(400));
            self.world.run_for(pause)?;
        }
        let pause = Duration::from_millis(300 + self.world.dice.below(3500));
        self.world.run_for(pause)?;
        self.mend()?;
        let marks: Vec<u64> = (0..self.world.setup.channels).map(|ch| self.mark(ch)).collect();
        self.progress(&marks)?;
        self.updates_over()
    }

    fn draw(&mut self, deck: &mut Vec<FaultKind>) -> FaultKind {
        if deck.is_empty() {
            deck.extend_from_slice(DECK);
        }
        let at = self.world.dice.below(deck.len() as u64);
        deck.swap_remove(usize::try_from(at).unwrap_or(0))
    }

    fn begin_fault(&mut self, kind: FaultKind) -> Result<(), Violation> {
        match kind {
            FaultKind::WipedDisk => return self.wipe(),
            FaultKind::Added
            | FaultKind::Removed
            | FaultKind::Config
            | FaultKind::HashSwitch
            | FaultKind::Renewal
            | FaultKind::Revocation => self.update(kind),
            _ => self.mends.extend(self.world.inject(kind)),
        }
        Ok(())
    }

    fn mend(&mut self) -> Result<(), Violation> {
        for mend in std::mem::take(&mut self.mends) {
            self.world.mend(mend)?;
        }
        Ok(())
    }

    /// How far a channel is.
    fn mark(&self, channel: usize) -> u64 {
        let history = self.world.known[channel].history();
        history.chain().last_key_value().map_or(0, |(number, _)| *number)
    }

    /// Every channel has a block behind its mark, soon.
    fn progress(&mut self, marks: &[u64]) -> Result<(), Violation> {
        let is_further = |world: &World| {
            marks.iter().enumerate().all(|(channel, mark)| {
                let history = world.known[channel].history();
                // Before the first client sends, an entry without envelopes is enough.
                let began = *mark == 0 && history.committed() > 0;
                began || history.chain().last_key_value().is_some_and(|(last, _)| last > mark)
            })
        };
        if self.world.run_until(SOON, is_further)? {
            return Ok(());
        }
        let what = "all is mended, and nothing was ordered for a minute".to_owned();
        Err(Violation { invariant: "progress", what })
    }

    /// Updates that were sent are decided, soon.
    fn updates_over(&mut self) -> Result<(), Violation> {
        let sent = std::mem::take(&mut self.sent);
        let over = |_: &World| sent.iter().all(|(_, sent)| sent.is_over());
        if self.world.run_until(SOON, over)? {
            return Ok(());
        }
        let what = "all is mended, and an update was not answered for a minute".to_owned();
        Err(Violation { invariant: "progress", what })
    }

    fn update(&mut self, kind: FaultKind) {
        let channel = self.world.dice.below(self.world.setup.channels as u64);
        let channel = usize::try_from(channel).unwrap_or(0);
        let Some(change) = self.change_of(kind, channel) else { return };
        let sent = self.world.change(channel, &change);
        self.sent.extend(sent.map(|sent| (channel, sent)));
    }

    fn change_of(&mut self, kind: FaultKind, channel: usize) -> Option<Change> {
        let listed = self.world.listed(channel);
        let is_listed = |node: &NodeId| listed.contains(node);
        let any = |dice: &mut Dice| (!listed.is_empty()).then(|| *dice.pick(&listed));
        Some(match kind {
            FaultKind::Added => {
                let nodes = self.world.nodes();
                Change::Add(nodes.into_iter().find(|node| !is_listed(node))?)
            }
            FaultKind::Removed if listed.len() > self.world.setup.nodes => {
                Change::Remove(any(&mut self.world.dice)?)
            }
            FaultKind::Config => {
                Change::Batch(1 + u32::try_from(self.world.dice.below(20)).unwrap_or(0))
            }
            FaultKind::HashSwitch => Change::SwitchHash,
            FaultKind::Renewal => Change::Renew(any(&mut self.world.dice)?),
            FaultKind::Revocation => {
                let at = self.suspects.iter().position(|suspect| suspect.channel == channel)?;
                let suspect = self.suspects.swap_remove(at);
                Change::Revoke(suspect.number, Box::new(suspect.client))
            }
            _ => return None,
        })
    }

    /// A machine loses its disk, when all others are whole: what a majority has is what counts.
    fn wipe(&mut self) -> Result<(), Violation> {
        self.mend()?;
        if !self.all_whole()? {
            return Ok(());
        }
        let listed = self.world.listed(0);
        let node = *self.world.dice.pick(&listed);
        self.world.coverage.count(FaultKind::WipedDisk);
        self.world.wipe(node);
        let pause = Duration::from_millis(self.world.dice.below(1000));
        self.world.run_for(pause)?;
        self.world.start(node)?;
        if self.all_whole()? {
            return Ok(());
        }
        let what = format!("node {node} lost its disk, and does not vote again after a minute");
        Err(Violation { invariant: "comes-back", what })
    }

    /// Waits until every listed machine votes and is as far as the others.
    fn all_whole(&mut self) -> Result<bool, Violation> {
        self.world.run_until(SOON, crate::ending::is_whole)
    }

    fn heal(&mut self) -> Result<(), Violation> {
        self.mend()?;
        let world = &mut *self.world;
        world.site.network.heal();
        world.site.network.set_weather(crate::network::Weather::FAIR);
        for node in world.nodes() {
            world.resume(node);
            world.machines[&node].speed.set_right();
            world.machines[&node].clock.set_right();
        }
        world.start_all()
    }
}
