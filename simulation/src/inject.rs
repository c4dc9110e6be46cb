// SPDX-License-Identifier: Apache-2.0
//! Makes something go wrong, and mends it.

use crate::disk;
use crate::faults::FaultKind;
use crate::invariants::Violation;
use crate::network::Weather;
use crate::runtime::{self, NodeId, SimRuntime};
use crate::world::World;
use openraft_rt::AsyncRuntime as _;
use std::time::Duration;
use sys::sim::Loss;

/// What is to be done when a fault is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mend {
    /// Nothing.
    Nothing,
    /// The links are whole again.
    Links,
    /// The weather is as it was.
    Calm,
    /// The machine starts.
    Start(NodeId),
    /// All machines start.
    StartAll,
    /// The power fails, whatever the machine does, and it starts on a disk that works.
    Restart(NodeId, Loss),
    /// The process goes on.
    Resume(NodeId),
    /// The disk is as fast as it was.
    Speed(NodeId),
}

impl World {
    /// One machine: the leader of some channel every other time.
    pub fn pick(&mut self) -> NodeId {
        let channel = usize::try_from(self.dice.below(self.setup.channels as u64)).unwrap_or(0);
        let leader = self.leader(channel);
        let nodes = self.nodes();
        let any = *self.dice.pick(&nodes);
        if self.dice.once_in(2) { leader.unwrap_or(any) } else { any }
    }

    /// What a power failure loses this time.
    pub fn loss(&mut self) -> Loss {
        *self.dice.pick(&[Loss::Everything, Loss::Writes, Loss::Names, Loss::Sectors])
    }

    /// Lets a fault of that kind begin. Says how it ends; `None` when it cannot be now.
    pub fn inject(&mut self, kind: FaultKind) -> Option<Mend> {
        let node = self.pick();
        let mend = match kind {
            FaultKind::Partition => self.part(),
            FaultKind::Partition32 => self.part_32()?,
            FaultKind::OneWay => self.cut_one_way(node),
            FaultKind::Lost | FaultKind::Delayed | FaultKind::Reordered | FaultKind::Repeated => {
                self.storm();
                // What the links do is counted by themselves.
                self.trace.note(format_args!("storm"));
                return Some(Mend::Calm);
            }
            FaultKind::Kill | FaultKind::PowerFailure => self.stop(node, kind)?,
            FaultKind::Blackout => self.blackout(),
            FaultKind::Pause => self.pause(node)?,
            FaultKind::ClockJump => self.jump(node),
            FaultKind::Transfer => self.transfer()?,
            FaultKind::TornOperation
            | FaultKind::SlowDisk
            | FaultKind::FullDisk
            | FaultKind::FailedSync => self.spoil(node, kind)?,
            _ => return None,
        };
        self.trace.note(format_args!("fault: {}, {mend:?}", kind.text()));
        self.coverage.count(kind);
        Some(mend)
    }

    /// Ends a fault.
    ///
    /// # Errors
    /// `starts-again`.
    pub fn mend(&mut self, mend: Mend) -> Result<(), Violation> {
        match mend {
            Mend::Nothing => {}
            Mend::Links => self.site.network.heal(),
            Mend::Calm => self.calm(),
            Mend::Start(node) => self.start(node)?,
            Mend::StartAll => self.start_all()?,
            Mend::Restart(node, loss) => {
                self.crash(node, loss);
                self.start(node)?;
            }
            Mend::Resume(node) => self.resume(node),
            Mend::Speed(node) => self.machines[&node].speed.set_right(),
        }
        Ok(())
    }

    /// Starts whatever stands still.
    ///
    /// # Errors
    /// `starts-again`.
    pub fn start_all(&mut self) -> Result<(), Violation> {
        self.nodes().into_iter().try_for_each(|node| self.start(node))
    }

    /// The weather of every day: nothing is ever quite right.
    pub fn calm(&mut self) {
        let dice = &mut self.dice;
        let (lost, late, repeated) = (dice.below(5), dice.below(10), dice.below(10));
        self.site.network.set_weather(Weather { lost, late, repeated, ..Weather::FAIR });
    }

    fn storm(&mut self) {
        let dice = &mut self.dice;
        let (lost, late, repeated) = (dice.below(250), dice.below(250), dice.below(400));
        let slowest = Duration::from_millis(3 + dice.below(40));
        self.site.network.set_weather(Weather { slowest, lost, late, repeated, ..Weather::FAIR });
    }

    fn part(&mut self) -> Mend {
        let mut nodes = self.nodes();
        let size = 1 + self.dice.below(nodes.len() as u64 - 1);
        let mut side = Vec::new();
        for _ in 0..size {
            let at = usize::try_from(self.dice.below(nodes.len() as u64)).unwrap_or(0);
            side.push(nodes.swap_remove(at));
        }
        self.trace.note(format_args!("parted: {side:?} and {nodes:?}"));
        self.site.network.part(&side, &nodes);
        Mend::Links
    }

    /// The leader and one other on one side, three on the other.
    fn part_32(&mut self) -> Option<Mend> {
        let leader = self.leader(0)?;
        let others: Vec<NodeId> = self.listed(0).into_iter().filter(|of| *of != leader).collect();
        let (one, three) = others.split_first().filter(|(_, three)| three.len() == 3)?;
        self.site.network.part(&[leader, *one], three);
        Some(Mend::Links)
    }

    fn cut_one_way(&mut self, node: NodeId) -> Mend {
        let hears = self.dice.once_in(2);
        for other in self.nodes().into_iter().filter(|other| *other != node) {
            let (from, to) = if hears { (node, other) } else { (other, node) };
            self.site.network.cut(from, to);
        }
        Mend::Links
    }

    fn stop(&mut self, node: NodeId, kind: FaultKind) -> Option<Mend> {
        if !self.runs(node) {
            return None;
        }
        let loss = if kind == FaultKind::Kill { Loss::Nothing } else { self.loss() };
        self.crash(node, loss);
        Some(Mend::Start(node))
    }

    fn blackout(&mut self) -> Mend {
        let loss = self.loss();
        for node in self.nodes() {
            self.crash(node, loss);
        }
        Mend::StartAll
    }

    fn pause(&mut self, node: NodeId) -> Option<Mend> {
        if !self.runs(node) {
            return None;
        }
        runtime::pause(node);
        Some(Mend::Resume(node))
    }

    fn jump(&mut self, node: NodeId) -> Mend {
        let seconds = i64::try_from(self.dice.below(7200)).unwrap_or(0) - 3600;
        self.machines[&node].clock.jump(seconds);
        // A clock that only ever goes forward jumps, too: after a suspend.
        runtime::jump(node, Duration::from_millis(self.dice.below(3000)));
        Mend::Nothing
    }

    /// The leader of some channel gives its place away.
    fn transfer(&mut self) -> Option<Mend> {
        let channel = usize::try_from(self.dice.below(self.setup.channels as u64)).unwrap_or(0);
        self.transfer_of(channel).then_some(Mend::Nothing)
    }

    /// The leader of a channel gives its place away. Says whether there is one.
    pub fn transfer_of(&mut self, channel: usize) -> bool {
        let Some(leader) = self.leader(channel) else { return false };
        let Some(part) = self.machines[&leader].part(channel) else { return false };
        let transfer = part.engine.transfer_leader();
        runtime::on_node(leader, || drop(SimRuntime::spawn(transfer)));
        true
    }

    fn spoil(&mut self, node: NodeId, kind: FaultKind) -> Option<Mend> {
        if !self.runs(node) {
            return None;
        }
        let (amount, loss) = (self.dice.below(40), self.loss());
        let machine = &self.machines[&node];
        match kind {
            FaultKind::SlowDisk => {
                machine.speed.set(20_000 + amount * 5000);
                return Some(Mend::Speed(node));
            }
            FaultKind::FullDisk => {
                disk::fill(&machine.disk, usize::try_from(amount * 100).unwrap_or(0));
                return Some(Mend::Restart(node, Loss::Nothing));
            }
            FaultKind::FailedSync => machine.disk.fail_sync_after(amount / 4),
            _ => machine.disk.halt_after(amount),
        }
        Some(Mend::Restart(node, loss))
    }
}
