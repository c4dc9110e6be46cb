// SPDX-License-Identifier: Apache-2.0
//! A node of a group: its start, its life, its end.

use super::founding::{self, Identity};
use super::held::{Held, Kept};
use super::inner::{Engine, Inner, Role, State, lock};
use super::machine::Machine;
use super::network::Links;
use super::options::{BadOptions, RaftOptions};
use super::ports::{BlockSource, Notes, Transport, Worker};
use super::propose::Proposer;
use super::queue::Submission;
use super::record::Record;
use super::told::Told;
use super::types::Types;
use super::{members, roles, serve, snapshot};
use crate::{Answer, Chain, Consenter, Member, NotReady, Waiting};
use openraft::AsyncRuntime;
use openraft::async_runtime::WatchReceiver as _;
use openraft::storage::RaftLogStorage;
use openraft::type_config::TypeConfigExt as _;
use openraft::type_config::alias::{MpscReceiverOf, OneshotReceiverOf, WatchReceiverOf};
use openraft_rt::{Select2, Select4};
use proto::Bytes;
use std::io;
use std::sync::{Arc, Mutex};
use sys::Entropy;

/// What a node is made of.
pub struct Parts<S> {
    /// The channel.
    pub chain: Arc<dyn Chain>,
    /// The log of the channel's group, and the notes beside it: who loses one has lost both.
    pub store: S,
    /// The way to other nodes.
    pub transport: Arc<dyn Transport>,
    /// Blocks of other nodes.
    pub source: Arc<dyn BlockSource>,
    /// Who seals blocks.
    pub worker: Arc<dyn Worker>,
    /// Tells a founder from one that comes again.
    pub entropy: Arc<dyn Entropy>,
    /// The key that other nodes know this one by: [`Member::key`].
    pub key: Bytes,
}

/// Why a node does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Options that do not go together.
    #[error(transparent)]
    Options(#[from] BadOptions),
    /// The log's notes or the last block cannot be read.
    #[error("channel {channel} cannot be started: {error}")]
    Disk {
        /// The channel.
        channel: String,
        /// What went wrong.
        error: io::Error,
    },
}

/// A node of a channel's group.
pub struct Raft<Rt: AsyncRuntime> {
    inner: Mutex<Option<Arc<Inner<Rt>>>>,
    stop: Told<Rt, bool>,
    state: Told<Rt, State>,
    free: Mutex<Option<OneshotReceiverOf<Types<Rt>, ()>>>,
}

/// What a node says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Where it is in its life.
    pub state: State,
    /// Its id in the group, if it has one.
    pub id: Option<u64>,
    /// Its term.
    pub term: u64,
    /// The leader's id, if it knows one.
    pub leader: Option<u64>,
    /// Whether it leads and takes envelopes.
    pub leads: bool,
    /// Index of the last entry in its log.
    pub last: Option<u64>,
    /// Index of the last entry that it knows to be agreed on.
    pub committed: Option<u64>,
    /// Index of the last entry that it applied.
    pub applied: Option<u64>,
    /// Index of the last entry that a snapshot stands for.
    pub snapshot: Option<u64>,
    /// Index of the last entry that is no longer in the log.
    pub purged: Option<u64>,
    /// Who votes, by id.
    pub voters: Vec<(u64, Member)>,
    /// Who only listens, by id.
    pub learners: Vec<(u64, Member)>,
}

impl<Rt: AsyncRuntime> Raft<Rt> {
    /// Starts a node. It is there at once, and takes part when it can: see [`State`].
    ///
    /// # Errors
    /// [`StartError`].
    pub fn start<S>(parts: Parts<S>, options: RaftOptions) -> Result<Self, StartError>
    where
        S: RaftLogStorage<Types<Rt>> + Notes + Clone,
    {
        options.engine(parts.chain.channel())?;
        let channel = parts.chain.channel().to_owned();
        let notes: Arc<dyn Notes> = Arc::new(parts.store.clone());
        let record = Record::load(parts.chain, parts.worker, notes.clone());
        let record = record.map_err(|error| StartError::Disk { channel, error })?;
        let (held, free) = Held::new();
        let stop = Told::new(false);
        let (queue, queued) = Types::<Rt>::mpsc(options.queue.max(1));
        let state = Told::new(State::Founding);
        let inner = Arc::new(Inner {
            key: parts.key,
            options,
            record: Arc::new(record),
            notes,
            transport: parts.transport,
            source: parts.source,
            entropy: parts.entropy,
            engine: Mutex::default(),
            state: state.clone(),
            role: Told::new(Role::Nobody),
            removed: Told::new(0),
            stop: stop.clone(),
            joins: Mutex::default(),
            named: Mutex::default(),
            heard: Mutex::default(),
            pulling: false.into(),
            queue,
            held,
        });
        let life = live(inner.clone(), parts.store, queued);
        drop(Types::<Rt>::spawn(life));
        let (inner, free) = (Mutex::new(Some(inner)), Mutex::new(Some(free)));
        Ok(Self { inner, stop, state, free })
    }

    pub(super) fn inner(&self) -> Option<Arc<Inner<Rt>>> {
        lock(&self.inner).clone()
    }

    /// Answers a message that [`Transport::call`] of another node brought. `from` is the key that
    /// the other node has shown to be its own.
    pub fn serve(&self, from: Bytes, message: Bytes) -> Waiting<Bytes> {
        let inner = self.inner();
        Box::pin(async move {
            let reply = match inner {
                Some(inner) => serve::serve(inner, from, message).await,
                None => super::messages::Reply::Refused("the node is stopped".to_owned()),
            };
            reply.encode()
        })
    }

    /// What it says of itself.
    pub fn status(&self) -> Status {
        let state = self.state.get();
        let inner = self.inner();
        let metrics = inner.as_ref().and_then(|inner| inner.metrics());
        let leads = inner.is_some_and(|inner| {
            matches!(inner.role(), Role::Leading { .. }) && inner.hears_quorum()
        });
        roles::status(state, leads, metrics.as_ref())
    }

    /// The leader, if it knows one.
    pub fn leader(&self) -> Option<Member> {
        let status = self.status();
        let voters = status.voters.into_iter();
        voters.chain(status.learners).find(|(id, _)| Some(*id) == status.leader).map(|of| of.1)
    }

    /// Hands leadership to the follower that is furthest, if this node leads; over when another
    /// leads, or it did not work in the time of an election.
    pub fn transfer_leader(&self) -> Waiting<()> {
        let inner = self.inner();
        Box::pin(async move {
            if let Some(inner) = inner {
                hand_over(&inner).await;
            }
        })
    }
}

impl<Rt: AsyncRuntime> Consenter for Raft<Rt> {
    fn ready(&self) -> Result<(), NotReady> {
        let Some(inner) = self.inner() else {
            return Err(NotReady("the channel is stopped here".to_owned()));
        };
        match inner.role() {
            Role::Leading { .. } if !inner.hears_quorum() => {
                let channel = inner.chain().channel();
                Err(NotReady(format!("too few nodes of channel {channel} can be reached")))
            }
            Role::Following { .. } if !inner.hears_leader() => {
                let channel = inner.chain().channel();
                Err(NotReady(format!(
                    "channel {channel} has lost its leader, as this node sees it"
                )))
            }
            Role::Leading { .. } | Role::Following { .. } if inner.state() == State::Running => {
                Ok(())
            }
            _ => Err(NotReady(inner.why_not())),
        }
    }

    #[allow(clippy::async_yields_async)] // The outer wait is for a place, the inner for the answer.
    fn submit(&self, envelope: Bytes) -> Waiting<Waiting<Answer>> {
        let inner = self.inner();
        Box::pin(async move {
            let verdict = match inner {
                Some(inner) => Some(inner.enqueue(envelope, false).await),
                None => None,
            };
            let answer: Waiting<Answer> = Box::pin(async move {
                match verdict {
                    Some(verdict) => verdict.await.answer(),
                    None => super::queue::unavailable("the channel is stopped here"),
                }
            });
            answer
        })
    }

    /// Hands leadership over first.
    fn stop(&self) -> Waiting<()> {
        let inner = lock(&self.inner).take();
        let free = lock(&self.free).take();
        let (stop, state) = (self.stop.clone(), self.state.clone());
        Box::pin(async move {
            if let Some(inner) = inner {
                hand_over(&inner).await;
                drop(inner);
            }
            stop.set(true);
            if let Some(free) = free {
                let _ = free.await;
            }
            state.set(State::Stopped);
        })
    }
}

impl<Rt: AsyncRuntime> Drop for Raft<Rt> {
    fn drop(&mut self) {
        self.stop.set(true);
    }
}

async fn hand_over<Rt: AsyncRuntime>(inner: &Inner<Rt>) {
    let (Some(engine), Role::Leading { .. }) = (inner.engine(), inner.role()) else { return };
    let metrics = engine.metrics().borrow_watched().clone();
    let Some(to) = roles::furthest(&metrics) else { return };
    if engine.trigger().transfer_leader(to).await.is_err() {
        return;
    }
    let own = *engine.node_id();
    let patience = Some(inner.options.election);
    let moved = |metrics: &super::inner::Metrics<Rt>| {
        metrics.current_leader.is_some_and(|leader| leader != own)
    };
    let _ = engine.wait(patience).metrics(moved, "another leads").await;
}

/// A node's life, until it is stopped or fails.
async fn live<S, Rt>(
    inner: Arc<Inner<Rt>>,
    store: S,
    mut queue: MpscReceiverOf<Types<Rt>, Submission<Rt>>,
) where
    S: RaftLogStorage<Types<Rt>> + Clone,
    Rt: AsyncRuntime,
{
    let mut stop = inner.stop.subscribe();
    let end = {
        let stopped = Box::pin(until_stop::<Rt>(&mut stop));
        let life = Box::pin(take_part(&inner, store, &mut queue));
        Rt::select2(stopped, life).await
    };
    shut_down(&inner).await;
    drop(queue);
    if let Select2::Second(Err(error)) = end {
        inner.set_state(State::Failed(error.to_string()));
        // It keeps its hands on log and chain until it is stopped, as one that runs does.
        until_stop::<Rt>(&mut stop).await;
    }
}

async fn until_stop<Rt: AsyncRuntime>(stop: &mut WatchReceiverOf<Types<Rt>, bool>) {
    while !*stop.borrow_and_update() {
        if stop.changed().await.is_err() {
            return;
        }
    }
}

async fn shut_down<Rt: AsyncRuntime>(inner: &Inner<Rt>) {
    let engine = lock(&inner.engine).take();
    if let Some(engine) = engine {
        let _ = engine.shutdown().await;
    }
    inner.role.set(Role::Nobody);
}

/// Takes part, and starts again when it was taken out.
async fn take_part<S, Rt>(
    inner: &Arc<Inner<Rt>>,
    store: S,
    queue: &mut MpscReceiverOf<Types<Rt>, Submission<Rt>>,
) -> io::Result<std::convert::Infallible>
where
    S: RaftLogStorage<Types<Rt>> + Clone,
    Rt: AsyncRuntime,
{
    loop {
        let id = founding::become_member(inner).await?;
        complete(inner).await?;
        let engine = start_engine(inner, id, store.clone()).await?;
        *lock(&inner.engine) = Some(engine.clone());
        inner.set_state(State::Running);
        run(inner, &engine, queue).await?;
        // It was taken out.
        inner.set_identity(Identity::Joining { id: 0, evicted: true }).await?;
        inner.set_state(State::Evicted);
        shut_down(inner).await;
    }
}

/// Pulls what is missing of the chain when the log no longer has it.
async fn complete<Rt: AsyncRuntime>(inner: &Inner<Rt>) -> io::Result<()> {
    let Some(noted) = inner.record.noted_snapshot()? else { return Ok(()) };
    while inner.chain().height() < noted.reach.height {
        if snapshot::pull(inner, None, &noted).await.is_err() {
            Types::<Rt>::sleep(inner.options.election).await;
        }
    }
    inner.record.check(&noted.reach)
}

async fn start_engine<S, Rt>(inner: &Inner<Rt>, id: u64, store: S) -> io::Result<Engine<Rt>>
where
    S: RaftLogStorage<Types<Rt>>,
    Rt: AsyncRuntime,
{
    let config = inner.options.engine(inner.chain().channel()).map_err(io::Error::other)?;
    let (record, held) = (inner.record.clone(), inner.held.clone());
    let machine = Machine::new(record.clone(), held.clone())?;
    let store = Kept { store, record, held };
    let transport = inner.transport.clone();
    let links = Links { id, transport, options: inner.options, removed: inner.removed.clone() };
    let engine = Engine::<Rt>::new(id, config, links, store, machine).await;
    let engine = engine.map_err(|error| io::Error::other(error.to_string()))?;
    let is_founder = matches!(inner.identity()?, Some(Identity::Member { token: 1.., .. }));
    let is_new = !engine.is_initialized().await.map_err(io::Error::other)?;
    if is_founder && is_new {
        let founders = inner.founders().into_iter().map(|(id, member)| (id, member.into()));
        let founders: std::collections::BTreeMap<_, super::types::Peer> = founders.collect();
        // Another founder may have been faster, and its log is here already: as good.
        let _ = engine.initialize(founders).await;
    }
    Ok(engine)
}

/// Runs until the node was taken out (`Ok`) or fails.
async fn run<Rt: AsyncRuntime>(
    inner: &Arc<Inner<Rt>>,
    engine: &Engine<Rt>,
    queue: &mut MpscReceiverOf<Types<Rt>, Submission<Rt>>,
) -> io::Result<()> {
    let proposer = Proposer::new(inner, engine.clone(), queue);
    let over = Rt::select4(
        Box::pin(roles::watch(inner, engine)),
        Box::pin(roles::until_removed(inner, engine)),
        Box::pin(proposer.run()),
        Box::pin(members::keep(inner, engine)),
    );
    match over.await {
        Select4::First(result) => result,
        Select4::Second(()) => Ok(()),
        Select4::Third(()) | Select4::Fourth(()) => Err(io::Error::other("nobody is left to ask")),
    }
}
