// SPDX-License-Identifier: Apache-2.0
//! What the parts of a node share.

use super::held::Held;
use super::machine::Machine;
use super::messages::{Message, Reply, Request};
use super::options::RaftOptions;
use super::ports::{BlockSource, Notes, Transport};
use super::queue::Submission;
use super::record::Record;
use super::roles;
use super::told::Told;
use super::types::{Membership, Types};
use crate::{Chain, Member};
use openraft::async_runtime::WatchReceiver as _;
use openraft::type_config::TypeConfigExt as _;
use openraft::type_config::alias::{InstantOf, MpscSenderOf};
use openraft::{AsyncRuntime, Instant as _};
use proto::Bytes;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use sys::Entropy;

/// The engine, running.
pub(crate) type Engine<Rt> = openraft::Raft<Types<Rt>, Machine<Rt>>;
/// What the engine says of itself.
pub(crate) type Metrics<Rt> = openraft::RaftMetrics<Types<Rt>>;

/// Where a node is in its life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// The channel is new, and it waits until all that found it are there.
    Founding,
    /// It has no log, and asks to be taken in as a learner, or waits to be listed.
    Joining,
    /// It was taken out of the membership. It keeps its blocks and comes back when it is listed
    /// again.
    Evicted,
    /// It takes part.
    Running,
    /// It was stopped.
    Stopped,
    /// It cannot go on, and why. Somebody must look at it.
    Failed(String),
}

/// Who leads, as this node sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Nobody that it knows of; or it does, and has not yet applied what came before.
    Nobody,
    /// It leads, and has applied all entries of earlier terms.
    Leading { term: u64 },
    /// Another leads.
    Following { term: u64, id: u64, leader: Member },
}

/// What the parts of a node share.
pub(crate) struct Inner<Rt: AsyncRuntime> {
    pub(crate) key: Bytes,
    pub(crate) options: RaftOptions,
    pub(crate) record: Arc<Record<Rt>>,
    pub(crate) notes: Arc<dyn Notes>,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) source: Arc<dyn BlockSource>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) engine: Mutex<Option<Engine<Rt>>>,
    pub(crate) state: Told<Rt, State>,
    pub(crate) role: Told<Rt, Role>,
    pub(crate) removed: Told<Rt, u64>,
    pub(crate) stop: Told<Rt, bool>,
    /// Who asked to be taken in, by key, under which id.
    pub(crate) joins: Mutex<BTreeMap<Bytes, u64>>,
    /// The leader, as another node named it: it may have come after all that this node knows.
    pub(crate) named: Mutex<Option<Member>>,
    /// When a leader of the last term was heard.
    pub(crate) heard: Mutex<Option<InstantOf<Types<Rt>>>>,
    pub(crate) pulling: AtomicBool,
    pub(crate) queue: MpscSenderOf<Types<Rt>, Submission<Rt>>,
    pub(crate) held: Held<Rt>,
}

/// A lock that nobody can have poisoned halfway: what it guards is replaced whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<Rt: AsyncRuntime> Inner<Rt> {
    pub(crate) fn chain(&self) -> &dyn Chain {
        &*self.record.chain
    }

    pub(crate) fn engine(&self) -> Option<Engine<Rt>> {
        lock(&self.engine).clone()
    }

    pub(crate) fn metrics(&self) -> Option<Metrics<Rt>> {
        let engine = self.engine()?;
        let metrics = engine.metrics();
        let metrics = metrics.borrow_watched();
        Some(metrics.clone())
    }

    /// Whether this node, if it leads, could order something: see [`roles::hears_quorum`].
    pub(crate) fn hears_quorum(&self) -> bool {
        let metrics = self.metrics();
        metrics.is_some_and(|metrics| roles::hears_quorum(&metrics, self.options.election * 2))
    }

    /// A leader that is one was heard just now.
    pub(crate) fn hear(&self) {
        *lock(&self.heard) = Some(Types::<Rt>::now());
    }

    /// Whether a leader was heard lately. The engine names the last one for as long as it knows of no
    /// other.
    pub(crate) fn hears_leader(&self) -> bool {
        let within = self.options.election * 2;
        lock(&self.heard).as_ref().is_some_and(|heard| heard.elapsed() <= within)
    }

    pub(crate) fn state(&self) -> State {
        self.state.get()
    }

    pub(crate) fn set_state(&self, state: State) {
        self.state.set(state);
    }

    pub(crate) fn role(&self) -> Role {
        self.role.get()
    }

    /// Sends a message of a node that has no id yet, or whose id does not matter.
    pub(crate) async fn call(&self, to: &Member, from: u64, request: Request) -> Option<Reply> {
        let message = Message { from, to: 0, request };
        let call = self.transport.call(to, message.encode());
        let reply = Types::<Rt>::timeout(self.options.election, call).await.ok()?.ok()?;
        Reply::decode(&reply).ok()
    }

    /// The other nodes that it knows of: those that the configuration lists, those of the last
    /// membership, and the leader that one of them named.
    pub(crate) fn others(&self, membership: &Membership) -> Vec<Member> {
        let mut others = self.chain().members();
        for (_, peer) in membership.nodes() {
            if !others.iter().any(|other| other.key == peer.member.key) {
                others.push(peer.member.clone());
            }
        }
        if let Some(leader) = &*lock(&self.named)
            && !others.iter().any(|other| other.key == leader.key)
        {
            others.push(leader.clone());
        }
        others.retain(|other| other.key != self.key);
        others
    }
}
