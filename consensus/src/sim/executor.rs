// SPDX-License-Identifier: Apache-2.0
//! Tasks, timers and the choice of what happens next.

use super::{NodeId, OUTSIDE};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::time::Duration;
use sys::sim::Dice;

type TaskId = u64;
type TimerId = u64;
pub(super) type Body = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A task of this node went on.
    Ran(NodeId),
    /// Nothing was ready, and time went on to the next timer.
    Waited,
    /// Nothing is ready, and nothing will ever be.
    Idle,
}

struct Task {
    node: NodeId,
    /// Absent while it runs.
    body: Option<Body>,
    waker: Waker,
    /// Whether it stands in `ready` or `parked`.
    queued: bool,
}

struct Timer {
    at: u64,
    node: NodeId,
    waker: Waker,
}

struct Executor {
    dice: Dice,
    /// Nanoseconds since the beginning.
    now: u64,
    current: NodeId,
    next: u64,
    polls: u64,
    tasks: BTreeMap<TaskId, Task>,
    ready: Vec<TaskId>,
    /// Ready, but their node is paused.
    parked: Vec<TaskId>,
    paused: BTreeSet<NodeId>,
    timers: BTreeMap<TimerId, Timer>,
    queue: BTreeSet<(u64, TimerId)>,
    /// How far the clock of a node is ahead.
    offsets: BTreeMap<NodeId, u64>,
}

impl Executor {
    fn new(seed: u64) -> Self {
        Self {
            dice: Dice::new(seed),
            now: 0,
            current: OUTSIDE,
            next: 0,
            polls: 0,
            tasks: BTreeMap::new(),
            ready: Vec::new(),
            parked: Vec::new(),
            paused: BTreeSet::new(),
            timers: BTreeMap::new(),
            queue: BTreeSet::new(),
            offsets: BTreeMap::new(),
        }
    }

    fn id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn offset(&self, node: NodeId) -> u64 {
        self.offsets.get(&node).copied().unwrap_or(0)
    }

    fn enqueue(&mut self, id: TaskId) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        if std::mem::replace(&mut task.queued, true) {
            return;
        }
        let node = task.node;
        if self.paused.contains(&node) { self.parked.push(id) } else { self.ready.push(id) }
    }

    /// Takes one of the tasks that are ready, whichever the seed says.
    fn pick(&mut self) -> Option<(TaskId, NodeId, Body, Waker)> {
        while !self.ready.is_empty() {
            let place = self.dice.below(self.ready.len() as u64);
            let id = self.ready.swap_remove(usize::try_from(place).unwrap_or(0));
            let Some(task) = self.tasks.get_mut(&id) else { continue };
            task.queued = false;
            if let Some(body) = task.body.take() {
                self.polls += 1;
                return Some((id, task.node, body, task.waker.clone()));
            }
        }
        None
    }

    /// Goes forward to the next timer.
    fn advance(&mut self) -> Option<Waker> {
        let (at, id) = self.queue.pop_first()?;
        self.now = self.now.max(at);
        self.timers.remove(&id).map(|timer| timer.waker)
    }
}

std::thread_local! {
    static EXECUTOR: RefCell<Executor> = RefCell::new(Executor::new(0));
}

fn with<T>(f: impl FnOnce(&mut Executor) -> T) -> T {
    EXECUTOR.with(|executor| f(&mut executor.borrow_mut()))
}

struct Wakes(TaskId);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        // A thread that ends has nothing left to wake.
        let _ = EXECUTOR.try_with(|executor| executor.borrow_mut().enqueue(self.0));
    }
}

/// Begins a new world in this thread: no task, time 0, choices from that seed.
pub fn reset(seed: u64) {
    let nodes: BTreeSet<NodeId> = with(|e| e.tasks.values().map(|task| task.node).collect());
    nodes.into_iter().for_each(crash);
    let old = with(|e| std::mem::replace(e, Executor::new(seed)));
    drop(old);
}

/// Nanoseconds since the beginning, by no node's clock.
#[must_use]
pub fn now() -> u64 {
    with(|e| e.now)
}

/// Any number, from the seed.
#[must_use]
pub fn roll() -> u64 {
    with(|e| e.dice.roll())
}

/// How often a task was asked to go on.
#[must_use]
pub fn polls() -> u64 {
    with(|e| e.polls)
}

/// The node whose task runs.
#[must_use]
pub fn current() -> NodeId {
    with(|e| e.current)
}

/// How many tasks a node has.
#[must_use]
pub fn tasks_of(node: NodeId) -> usize {
    with(|e| e.tasks.values().filter(|task| task.node == node).count())
}

/// Does something as that node: tasks that it begins are the node's.
pub fn on_node<T>(node: NodeId, f: impl FnOnce() -> T) -> T {
    let before = with(|e| std::mem::replace(&mut e.current, node));
    let value = f();
    with(|e| e.current = before);
    value
}

/// Drops every task of a node, in the order in which they began. What it has on disk is not touched.
pub fn crash(node: NodeId) {
    loop {
        // One that is dropped may begin another.
        let dead: Vec<Task> = with(|e| {
            e.paused.remove(&node);
            let ids = e.tasks.iter().filter(|(_, task)| task.node == node).map(|(id, _)| *id);
            let ids: Vec<TaskId> = ids.collect();
            ids.iter().filter_map(|id| e.tasks.remove(id)).collect()
        });
        if dead.is_empty() {
            return;
        }
        on_node(node, || drop(dead));
    }
}

/// Stops a node without its noticing, as a virtual machine is stopped.
pub fn pause(node: NodeId) {
    with(|e| {
        e.paused.insert(node);
        let (theirs, others) = std::mem::take(&mut e.ready)
            .into_iter()
            .partition(|id| e.tasks.get(id).is_some_and(|task| task.node == node));
        e.ready = others;
        e.parked.extend::<Vec<TaskId>>(theirs);
    });
}

/// Lets it go on.
pub fn resume(node: NodeId) {
    with(|e| {
        e.paused.remove(&node);
        let (theirs, others) = std::mem::take(&mut e.parked)
            .into_iter()
            .partition(|id| e.tasks.get(id).is_some_and(|task| task.node == node));
        e.parked = others;
        e.ready.extend::<Vec<TaskId>>(theirs);
    });
}

/// Sets a node's clock forward: its timers fire earlier by as much.
pub fn jump(node: NodeId, by: Duration) {
    let by = nanoseconds(by);
    with(|e| {
        *e.offsets.entry(node).or_insert(0) += by;
        let theirs = e.timers.iter_mut().filter(|(_, timer)| timer.node == node);
        for (id, timer) in theirs {
            e.queue.remove(&(timer.at, *id));
            timer.at = timer.at.saturating_sub(by);
            e.queue.insert((timer.at, *id));
        }
    });
}

/// Lets one ready task go on; when there is none, time goes on.
pub fn step() -> Step {
    if let Some((id, node, mut body, waker)) = with(Executor::pick) {
        let poll = || body.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
        let over = on_node(node, poll);
        let left = with(|e| put_back(e, id, body, over));
        // Dropping it may wake others.
        on_node(node, || drop(left));
        return Step::Ran(node);
    }
    match with(Executor::advance) {
        None => Step::Idle,
        Some(waker) => {
            waker.wake();
            Step::Waited
        }
    }
}

/// What is to be dropped of a task that ran, if anything.
fn put_back(e: &mut Executor, id: TaskId, body: Body, over: bool) -> Option<(Body, Option<Task>)> {
    if over {
        return Some((body, e.tasks.remove(&id)));
    }
    match e.tasks.get_mut(&id) {
        Some(task) => {
            task.body = Some(body);
            None
        }
        // It crashed its own node.
        None => Some((body, None)),
    }
}

pub(super) fn spawn(body: Body) {
    with(|e| {
        let id = e.id();
        let waker = Waker::from(Arc::new(Wakes(id)));
        let task = Task { node: e.current, body: Some(body), waker, queued: false };
        e.tasks.insert(id, task);
        e.enqueue(id);
    });
}

/// Nanoseconds by the clock of the node whose task runs.
pub(super) fn now_here() -> u64 {
    with(|e| e.now + e.offset(e.current))
}

/// Wakes at that time by the clock of the node whose task runs. Gives the timer's number.
pub(super) fn set_timer(at: u64, old: Option<TimerId>, waker: &Waker) -> TimerId {
    with(|e| {
        if let Some(id) = old
            && let Some(timer) = e.timers.get_mut(&id)
        {
            timer.waker.clone_from(waker);
            return id;
        }
        let (id, node) = (e.id(), e.current);
        let at = at.saturating_sub(e.offset(node));
        e.timers.insert(id, Timer { at, node, waker: waker.clone() });
        e.queue.insert((at, id));
        id
    })
}

pub(super) fn drop_timer(id: TimerId) {
    let gone = EXECUTOR.try_with(|executor| {
        let mut e = executor.borrow_mut();
        let timer = e.timers.remove(&id)?;
        e.queue.remove(&(timer.at, id));
        Some(timer)
    });
    // The waker is dropped when nothing is borrowed.
    drop(gone);
}

pub(super) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX / 4)
}
