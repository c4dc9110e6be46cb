// SPDX-License-Identifier: Apache-2.0
//! From envelopes to proposals. All that a node is asked to order goes through one queue: while it
//! leads it admits, cuts and proposes; while it follows it forwards; else it waits, and after a
//! while says that it cannot.
//!
//! Batches are proposed one behind the other without waiting, save around a configuration: it is
//! alone in flight. What was admitted under an older configuration is judged again before it is
//! proposed.

use super::forward;
use super::inner::{Engine, Inner, Role};
use super::queue::{Submission, next, unavailable};
use super::types::{Outcome, Types};
use crate::plant::{self, Plant};
use crate::{Admitted, Answer, Batch, BatchKind, Cutter, Kind};
use openraft::AsyncRuntime;
use openraft::async_runtime::{MpscReceiver as _, WatchReceiver as _};
use openraft::errors::ClientWriteError;
use openraft::impls::OneshotResponder;
use openraft::raft::ClientWriteResult;
use openraft::type_config::TypeConfigExt as _;
use openraft::type_config::alias::{InstantOf, MpscReceiverOf, OneshotReceiverOf, WatchReceiverOf};
use openraft_rt::{Select2, Select3, Select4};
use std::collections::VecDeque;
use std::sync::Arc;

/// How often an envelope is proposed, at most.
const ATTEMPTS: u32 = 20;
/// Envelopes that are taken in at one go, at most, before others get a turn.
const GULP: usize = 64;

/// Envelopes that will be one batch, or were.
struct Group<Rt: AsyncRuntime> {
    kind: BatchKind,
    members: Vec<(Submission<Rt>, Admitted)>,
}

/// A batch that was proposed.
struct Flying<Rt: AsyncRuntime> {
    group: Group<Rt>,
    result: OneshotReceiverOf<Types<Rt>, ClientWriteResult<Types<Rt>>>,
}

/// Takes from the queue, and sees to it that each gets its answer.
pub(crate) struct Proposer<'a, Rt: AsyncRuntime> {
    pub(super) inner: &'a Arc<Inner<Rt>>,
    pub(super) engine: Engine<Rt>,
    pub(super) queue: &'a mut MpscReceiverOf<Types<Rt>, Submission<Rt>>,
    pub(super) role: WatchReceiverOf<Types<Rt>, Role>,
    /// Taken from the queue, and not judged or to be judged again.
    pub(super) backlog: VecDeque<Submission<Rt>>,
    cutter: Cutter,
    /// What is in the cutter.
    pending: Vec<(Submission<Rt>, Admitted)>,
    cut_at: InstantOf<Types<Rt>>,
    /// Cut, not proposed.
    ready: VecDeque<Group<Rt>>,
    flying: VecDeque<Flying<Rt>>,
    /// Proposed and not appended, while others are in flight.
    returned: Vec<Group<Rt>>,
    /// Nothing is proposed before that: the engine has just refused.
    hold: InstantOf<Types<Rt>>,
}

impl<'a, Rt: AsyncRuntime> Proposer<'a, Rt> {
    pub(crate) fn new(
        inner: &'a Arc<Inner<Rt>>,
        engine: Engine<Rt>,
        queue: &'a mut MpscReceiverOf<Types<Rt>, Submission<Rt>>,
    ) -> Self {
        Self {
            inner,
            engine,
            queue,
            role: inner.role.subscribe(),
            backlog: VecDeque::new(),
            cutter: Cutter::new(inner.chain().limits()),
            pending: Vec::new(),
            cut_at: Types::<Rt>::now(),
            ready: VecDeque::new(),
            flying: VecDeque::new(),
            returned: Vec::new(),
            hold: Types::<Rt>::now(),
        }
    }

    /// Goes on until it is dropped, or nobody can submit any more.
    pub(crate) async fn run(mut self) {
        loop {
            self.give_up_old();
            let role = self.role.borrow_and_update().clone();
            let goes_on = match role {
                Role::Leading { term } => self.lead(term).await,
                // What is in flight was proposed when it led. It is settled first.
                _ if !self.flying.is_empty() => self.settle().await,
                Role::Following { id, leader, .. } => {
                    self.recall(false);
                    forward::forward(&mut self, id, &leader).await
                }
                Role::Nobody => {
                    self.recall(false);
                    self.wait().await
                }
            };
            if !goes_on {
                return;
            }
        }
    }

    /// Takes the next that comes, with nothing to do but wait.
    pub(super) async fn wait(&mut self) -> bool {
        let pause = self.inner.options.pause();
        let takes = self.backlog.len() < GULP;
        let next = next::<Rt>(self.queue, takes);
        let changed = Box::pin(self.role.changed());
        match Rt::select3(Box::pin(next), changed, Types::<Rt>::sleep(pause)).await {
            Select3::First(next) => self.keep(next),
            _ => true,
        }
    }

    /// Keeps what came from the queue; `false` when nothing will come any more.
    pub(super) fn keep(&mut self, next: Option<Submission<Rt>>) -> bool {
        let Some(next) = next else { return false };
        if next.forwarded && !matches!(*self.role.borrow_watched(), Role::Leading { .. }) {
            next.not_leader();
        } else {
            self.backlog.push_back(next);
        }
        true
    }

    /// Tells those who waited too long without being proposed.
    fn give_up_old(&mut self) {
        let now = Types::<Rt>::now();
        while self.backlog.front().is_some_and(|first| first.deadline <= now) {
            if let Some(first) = self.backlog.pop_front() {
                first.answer(unavailable(&self.inner.why_not()));
            }
        }
    }

    /// One thing that a leader does.
    async fn lead(&mut self, term: u64) -> bool {
        self.take_in();
        self.propose(term).await;
        let room = self.ready.len() < 2 && self.backlog.is_empty();
        let timer = self.timer();
        let (queue, flying, role) = (&mut *self.queue, &mut self.flying, &mut self.role);
        let event = Rt::select4(
            Box::pin(first_result::<Rt>(flying)),
            Box::pin(role.changed()),
            Box::pin(next::<Rt>(queue, room)),
            Types::<Rt>::sleep_until(timer),
        );
        match event.await {
            Select4::First(result) => self.landed(result),
            Select4::Second(changed) => return changed.is_ok(),
            Select4::Third(next) => return self.keep(next),
            Select4::Fourth(()) => self.cut(),
        }
        true
    }

    /// When it is to wake by itself.
    fn timer(&self) -> InstantOf<Types<Rt>> {
        let now = Types::<Rt>::now();
        if now < self.hold {
            return self.hold;
        }
        if self.pending.is_empty() {
            return now + self.inner.options.election;
        }
        self.cut_at
    }

    /// Admits what waits, as far as there is room, and cuts early while nothing is in flight.
    fn take_in(&mut self) {
        let held = Types::<Rt>::now() < self.hold || !self.returned.is_empty();
        for _ in 0..GULP {
            if held || self.ready.len() >= 2 {
                break;
            }
            let next = self.backlog.pop_front().or_else(|| self.queue.try_recv().ok());
            let Some(next) = next else { break };
            self.admit(next);
        }
        if self.flying.is_empty() && self.ready.is_empty() {
            self.cut();
        }
    }

    fn admit(&mut self, submission: Submission<Rt>) {
        match self.inner.chain().admit(&submission.envelope) {
            Err(refusal) => submission.answer(Answer::Refused(refusal)),
            Ok(admitted) if admitted.kind == Kind::Normal => self.gather(submission, admitted),
            Ok(admitted) => {
                self.cut();
                let members = vec![(submission, admitted)];
                self.ready.push_back(Group { kind: BatchKind::Config, members });
            }
        }
    }

    fn gather(&mut self, submission: Submission<Rt>, admitted: Admitted) {
        self.cutter.set_limits(self.inner.chain().limits());
        if self.pending.is_empty() {
            self.cut_at = Types::<Rt>::now() + self.cutter.limits().timeout;
        }
        let cut = self.cutter.add(admitted.envelope.clone());
        self.pending.push((submission, admitted));
        for batch in cut {
            self.group(batch.len());
        }
    }

    fn cut(&mut self) {
        if let Some(batch) = self.cutter.cut() {
            self.group(batch.len());
        }
    }

    fn group(&mut self, number: usize) {
        let members = self.pending.drain(..number.min(self.pending.len())).collect();
        self.ready.push_back(Group { kind: BatchKind::Normal, members });
    }

    /// Proposes what is ready, as far as that is allowed.
    async fn propose(&mut self, term: u64) {
        while let Some(group) = self.ready.front() {
            let is_config = group.kind == BatchKind::Config;
            if !self.may_propose(is_config) {
                return;
            }
            let sequence = self.inner.chain().sequence();
            let checks = !plant::is(Plant::StaleNotReadmitted);
            if checks && group.members.iter().any(|(_, admitted)| admitted.sequence != sequence) {
                self.recall(true);
                self.take_in();
                continue;
            }
            if let Some(group) = self.ready.pop_front() {
                self.fly(group, sequence, term).await;
            }
        }
    }

    /// A configuration is alone in flight, and there are not too many.
    fn may_propose(&self, is_config: bool) -> bool {
        let barrier = self.flying.iter().any(|flying| flying.group.kind == BatchKind::Config);
        let barrier = barrier && !plant::is(Plant::ConfigPipelined);
        let full = self.flying.len() >= self.inner.options.inflight.max(1);
        let must_wait = is_config && !self.flying.is_empty();
        self.returned.is_empty() && !barrier && !full && !must_wait
    }

    async fn fly(&mut self, group: Group<Rt>, sequence: u64, term: u64) {
        let envelopes = group.members.iter().map(|(_, admitted)| admitted.envelope.clone());
        let batch = match group.kind {
            BatchKind::Normal => Batch::normal(sequence, envelopes.collect()),
            BatchKind::Config => Batch::config(sequence, envelopes.last().unwrap_or_default()),
        };
        let (responder, result) = OneshotResponder::new_pair();
        let write = self.engine.write(batch.into()).with_leader(term).responder(responder);
        // If the engine is gone, so is the responder, and the result says so.
        let _ = write.await;
        if plant::is(Plant::AcknowledgedBeforeCommit) {
            let ahead = u64::try_from(self.flying.len()).unwrap_or(0);
            group.answer(&Answer::Ordered { block: self.inner.chain().height() + ahead });
            return;
        }
        self.flying.push_back(Flying { group, result });
    }

    /// Waits for the first that is in flight, or a change of who leads.
    async fn settle(&mut self) -> bool {
        let (flying, role) = (&mut self.flying, &mut self.role);
        let result = Box::pin(first_result::<Rt>(flying));
        match Rt::select2(result, Box::pin(role.changed())).await {
            Select2::First(result) => self.landed(result),
            Select2::Second(changed) => return changed.is_ok(),
        }
        true
    }

    /// The first that was in flight is decided.
    fn landed(&mut self, result: Landed<Rt>) {
        let Some(Flying { group, .. }) = self.flying.pop_front() else { return };
        match result {
            Some(Ok(response)) => match response.data {
                Outcome::Sealed { block } => {
                    // What was returned would come behind this one, which was sent later.
                    for late in self.returned.drain(..) {
                        late.answer(&unavailable("it lost its place"));
                    }
                    group.answer(&Answer::Ordered { block });
                }
                Outcome::Stale => self.returned.push(group),
                Outcome::Nothing => group.answer(&unknown()),
            },
            Some(Err(ClientWriteError::ForwardToLeader(_))) => {
                self.hold = Types::<Rt>::now() + self.inner.options.pause();
                self.returned.push(group);
            }
            Some(Err(_)) | None => group.answer(&unknown()),
        }
        if self.flying.is_empty() && !self.returned.is_empty() {
            self.recall(true);
        }
    }

    /// Takes back all that is not in the log, in its order, to be judged again; whether that counts
    /// as an attempt.
    fn recall(&mut self, counts: bool) {
        let _ = self.cutter.cut();
        let returned = std::mem::take(&mut self.returned);
        let ready = std::mem::take(&mut self.ready);
        let groups = returned.into_iter().chain(ready).flat_map(|group| group.members);
        let members: Vec<_> = groups.chain(std::mem::take(&mut self.pending)).collect();
        for (mut submission, admitted) in members.into_iter().rev() {
            submission.envelope = match admitted.kind {
                Kind::Normal => admitted.envelope,
                Kind::Config { update } => update,
            };
            submission.attempts += u32::from(counts);
            if submission.attempts > ATTEMPTS {
                submission.answer(unavailable("the configuration or the leader keeps changing"));
            } else {
                self.backlog.push_front(submission);
            }
        }
    }
}

type Landed<Rt> = Option<ClientWriteResult<Types<Rt>>>;

/// The result of the first that is in flight; never, when nothing is.
async fn first_result<Rt: AsyncRuntime>(flying: &mut VecDeque<Flying<Rt>>) -> Landed<Rt> {
    match flying.front_mut() {
        Some(first) => (&mut first.result).await.ok(),
        None => std::future::pending().await,
    }
}

fn unknown() -> Answer {
    Answer::Unknown("the leader changed while it was being ordered".to_owned())
}

impl<Rt: AsyncRuntime> Group<Rt> {
    fn answer(self, answer: &Answer) {
        for (submission, _) in self.members {
            submission.answer(answer.clone());
        }
    }
}
