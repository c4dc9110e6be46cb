// SPDX-License-Identifier: Apache-2.0
//! The engine's way to other nodes: its requests as our messages.

use super::messages::{Ballot, Message, Reach, Reply, Request, Snapshot};
use super::options::RaftOptions;
use super::ports::Transport;
use super::told::Told;
use super::types::{Peer, Types, Vote};
use crate::Member;
use crate::plant::{self, Plant};
use futures_util::future::FutureExt as _;
use openraft::errors::{
    NetworkError, RPCError, ReplicationClosed, StreamingError, Timeout, Unreachable,
};
use openraft::network::RPCOption;
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, SnapshotResponse, TransferLeaderRequest,
    TransferLeaderResponse, VoteRequest, VoteResponse,
};
use openraft::type_config::TypeConfigExt as _;
use openraft::type_config::alias::SnapshotOf;
use openraft::{AsyncRuntime, OptionalSend, RPCTypes, RaftNetworkFactory, RaftNetworkV2};
use std::sync::Arc;
use std::time::Duration;

type Failed<Rt> = RPCError<Types<Rt>>;

/// Makes links for the engine.
pub(crate) struct Links<Rt: AsyncRuntime> {
    pub(crate) id: u64,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) options: RaftOptions,
    /// Hears when another says that this node's id is no longer in the membership.
    pub(crate) removed: Told<Rt, u64>,
}

/// The way to one node.
pub(crate) struct Link<Rt: AsyncRuntime> {
    id: u64,
    to: u64,
    member: Member,
    transport: Arc<dyn Transport>,
    options: RaftOptions,
    removed: Told<Rt, u64>,
}

impl<Rt: AsyncRuntime> RaftNetworkFactory<Types<Rt>> for Links<Rt> {
    type Network = Link<Rt>;

    async fn new_client(&mut self, to: u64, node: &Peer) -> Link<Rt> {
        Link {
            id: self.id,
            to,
            member: node.member.clone(),
            transport: self.transport.clone(),
            options: self.options,
            removed: self.removed.clone(),
        }
    }
}

impl<Rt: AsyncRuntime> Link<Rt> {
    async fn ask(&self, request: Request, wait: Duration) -> Result<Reply, Failed<Rt>> {
        let message = Message { from: self.id, to: self.to, request };
        let action = kind(&message.request);
        let call = self.transport.call(&self.member, message.encode());
        let reply = match Types::<Rt>::timeout(wait, call).await {
            Ok(reply) => reply.map_err(|error| unreachable(&error.to_string()))?,
            Err(_) => {
                let (id, target) = (self.id, self.to);
                return Err(Timeout { action, id, target, timeout: wait }.into());
            }
        };
        match Reply::decode(&reply) {
            Ok(Reply::Refused(why)) => Err(unreachable(&why)),
            Ok(Reply::Removed) => {
                self.removed.set(self.id);
                Err(unreachable("this node is no longer in the membership"))
            }
            Ok(reply) => Ok(reply),
            Err(why) => Err(unreachable(&format!("its answer: {why}"))),
        }
    }

    async fn ask_vote(
        &self,
        request: fn(Ballot) -> Request,
        rpc: VoteRequest<Types<Rt>>,
    ) -> Result<VoteResponse<Types<Rt>>, Failed<Rt>> {
        let VoteRequest { vote, last_log_id: last, leadership_transfer: transfer } = rpc;
        let ballot = Ballot { vote, last, transfer };
        match self.ask(request(ballot), self.options.election).await? {
            Reply::Voted { vote, granted, last } => Ok(VoteResponse::new(vote, last, granted)),
            _ => Err(strange()),
        }
    }
}

impl<Rt: AsyncRuntime> RaftNetworkV2<Types<Rt>> for Link<Rt> {
    type SnapshotData = Reach;

    async fn append_entries(
        &mut self,
        rpc: AppendEntriesRequest<Types<Rt>>,
        option: RPCOption,
    ) -> Result<AppendEntriesResponse<Types<Rt>>, Failed<Rt>> {
        let AppendEntriesRequest { vote, prev_log_id, entries, leader_commit } = rpc;
        // Entries may be large, and an answer comes after a sync.
        let wait = if entries.is_empty() { option.hard_ttl() } else { self.options.election };
        let (previous, commit) = (prev_log_id, leader_commit);
        let reply = self.ask(Request::Append { vote, previous, commit, entries }, wait).await;
        if reply.is_err() && plant::is(Plant::CommitWithoutQuorum) {
            return Ok(AppendEntriesResponse::Success);
        }
        match reply? {
            Reply::Appended => Ok(AppendEntriesResponse::Success),
            Reply::AppendedTo(last) => Ok(AppendEntriesResponse::PartialSuccess(last)),
            // The engine takes this for a conflict at the entry before, and there is one.
            Reply::Conflict if previous.is_some() => Ok(AppendEntriesResponse::Conflict),
            Reply::HigherVote(vote) => Ok(AppendEntriesResponse::HigherVote(vote)),
            _ => Err(strange()),
        }
    }

    async fn vote(
        &mut self,
        rpc: VoteRequest<Types<Rt>>,
        _: RPCOption,
    ) -> Result<VoteResponse<Types<Rt>>, Failed<Rt>> {
        self.ask_vote(Request::Vote, rpc).await
    }

    /// Without this the engine would take silence for consent.
    async fn pre_vote(
        &mut self,
        rpc: VoteRequest<Types<Rt>>,
        _: RPCOption,
    ) -> Result<VoteResponse<Types<Rt>>, Failed<Rt>> {
        self.ask_vote(Request::PreVote, rpc).await
    }

    async fn full_snapshot(
        &mut self,
        vote: Vote,
        snapshot: SnapshotOf<Types<Rt>, Reach>,
        cancel: impl Future<Output = ReplicationClosed> + OptionalSend + 'static,
        option: RPCOption,
    ) -> Result<SnapshotResponse<Types<Rt>>, StreamingError<Types<Rt>>> {
        let (meta, reach) = (snapshot.meta, snapshot.snapshot);
        let (last, membership) = (meta.last_log_id, meta.last_membership);
        let snapshot = Snapshot { last, membership, reach };
        let wait = option.hard_ttl();
        let ask = self.ask(Request::Snapshot { vote, snapshot }, wait).boxed();
        let reply = match Types::<Rt>::select2(ask, cancel.boxed()).await {
            openraft_rt::Select2::First(reply) => reply.map_err(StreamingError::from)?,
            openraft_rt::Select2::Second(closed) => return Err(closed.into()),
        };
        let (id, target) = (self.id, self.to);
        match reply {
            Reply::Installed { vote } => Ok(SnapshotResponse::new(vote)),
            // Asked again at once, which the other side slows down.
            Reply::Pulling => {
                let action = RPCTypes::InstallSnapshot;
                Err(Timeout { action, id, target, timeout: wait }.into())
            }
            _ => Err(strange::<Rt>().into()),
        }
    }

    async fn transfer_leader(
        &mut self,
        rpc: TransferLeaderRequest<Types<Rt>>,
        _: RPCOption,
    ) -> Result<TransferLeaderResponse<Types<Rt>>, Failed<Rt>> {
        let (vote, to) = (*rpc.from_leader(), *rpc.to_node_id());
        let last = rpc.last_log_id().copied();
        match self.ask(Request::Transfer { vote, to, last }, self.options.election).await? {
            Reply::Transferring => Ok(Ok(())),
            Reply::NotTransferring => {
                let why = "it does not take over: its vote or its log is another";
                Err(NetworkError::from_string(why).into())
            }
            _ => Err(strange()),
        }
    }
}

const fn kind(request: &Request) -> RPCTypes {
    match request {
        Request::Vote(_) | Request::PreVote(_) => RPCTypes::Vote,
        Request::Snapshot { .. } => RPCTypes::InstallSnapshot,
        Request::Transfer { .. } => RPCTypes::TransferLeader,
        _ => RPCTypes::AppendEntries,
    }
}

fn unreachable<Rt: AsyncRuntime>(why: &str) -> Failed<Rt> {
    Unreachable::from_string(why).into()
}

fn strange<Rt: AsyncRuntime>() -> Failed<Rt> {
    unreachable("it answered something else than it was asked")
}
