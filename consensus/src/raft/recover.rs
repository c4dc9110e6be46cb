// SPDX-License-Identifier: Apache-2.0
//! A way out when more than half of a channel's nodes are gone for good: one of them is made the
//! only voter, by hand, and takes others in again as it would take in new ones.
//!
//! This is no part of Raft, and can lose what was acknowledged: entries that only the lost nodes
//! had are gone, and entries that this node had and were never agreed on are agreed on now. Use the
//! node whose chain is longest, and see to it that none of the others runs; what they have of the
//! channel is to be taken from them before they are started again.

use super::elements::log_id;
use super::founding::{Identity, identity_of, note_identity};
use super::ports::Notes;
use super::record::{note_snapshot, snapshot_of};
use super::types::{Entry, Membership, Peer, Types, Vote};
use crate::{Chain, Member};
use openraft::storage::{RaftLogStorage, RaftLogStorageExt as _};
use openraft::{AsyncRuntime, EntryPayload, RaftLogReader as _};
use proto::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// What whoever calls [`force_single`] must know of the channel, so that it is not done to another
/// one, or with another chain, by mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// The channel's name.
    pub channel: String,
    /// The number of its next block on this node.
    pub height: u64,
}

/// How a channel stands on a node that is stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The channel's name.
    pub channel: String,
    /// The number of its next block.
    pub height: u64,
    /// [`Chain::tip`].
    pub tip: Bytes,
    /// [`Chain::metadata`].
    pub metadata: Bytes,
    /// The nodes that agree, as the configuration in force lists them.
    pub members: Vec<Member>,
}

impl Standing {
    /// That of a chain that is open.
    #[must_use]
    pub fn of(chain: &dyn Chain) -> Self {
        Self {
            channel: chain.channel().to_owned(),
            height: chain.height(),
            tip: chain.tip(),
            metadata: chain.metadata(),
            members: chain.members(),
        }
    }
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forced {
    /// The node's id, now the only one that votes.
    pub id: u64,
    /// The term of the entry that says so.
    pub term: u64,
    /// Its index.
    pub index: u64,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum ForceError {
    /// Channel or height are not what was confirmed.
    #[error("channel {channel} has {height} blocks here: confirm exactly that, and try again")]
    NotConfirmed {
        /// The channel.
        channel: String,
        /// The number of its next block.
        height: u64,
    },
    /// The node has no log.
    #[error("this node has no log of channel {0}: use one that has")]
    NoLog(String),
    /// The configuration does not list the node.
    #[error("this node is not a consenter of channel {0}: use one that is")]
    NotListed(String),
    /// The log.
    #[error("the log cannot be changed: {0}")]
    Disk(#[from] io::Error),
}

/// Makes this node, which is stopped, the only voter of its group, for good.
///
/// # Errors
/// [`ForceError`]; nothing was changed then, unless it is [`ForceError::Disk`].
pub async fn force_single<S, Rt>(
    mut store: S,
    standing: &Standing,
    key: &Bytes,
    confirmed: &Confirmation,
) -> Result<Forced, ForceError>
where
    S: RaftLogStorage<Types<Rt>> + Notes,
    Rt: AsyncRuntime,
{
    let Standing { channel, height, members, .. } = standing.clone();
    if confirmed.channel != channel || confirmed.height != height {
        return Err(ForceError::NotConfirmed { channel, height });
    }
    let own = members.iter().position(|member| member.key == *key);
    let Some(place) = own else { return Err(ForceError::NotListed(channel)) };
    let (id, token) = match identity_of(&store)? {
        Some(Identity::Member { id, token }) => (id, token),
        Some(Identity::Founding { token }) => (u64::try_from(place).unwrap_or(0) + 1, token),
        Some(Identity::Joining { .. }) | None => return Err(ForceError::NoLog(channel)),
    };
    let member = members.get(place).cloned().ok_or(ForceError::NotListed(channel))?;
    catch_up::<S, Rt>(&mut store, standing).await?;
    let forced = append::<S, Rt>(&mut store, id, member).await?;
    note_identity(&store, Identity::Member { id, token }).await?;
    Ok(forced)
}

/// The chain may be ahead of the log. The log goes on behind it then: a block is made of an entry
/// once, and so nothing would become of entries that the chain is past.
async fn catch_up<S, Rt>(store: &mut S, standing: &Standing) -> io::Result<()>
where
    S: RaftLogStorage<Types<Rt>> + Notes,
    Rt: AsyncRuntime,
{
    let snapshot = snapshot_of(standing, store)?;
    let state = store.get_log_state().await?;
    let Some(last) = snapshot.last.filter(|last| Some(*last) > state.last_log_id) else {
        return Ok(());
    };
    note_snapshot(store, &snapshot).await?;
    store.truncate_after(None).await?;
    store.purge(last).await
}

/// Writes the membership as an entry of a term that nobody has had.
async fn append<S, Rt>(store: &mut S, id: u64, member: Member) -> io::Result<Forced>
where
    S: RaftLogStorage<Types<Rt>>,
    Rt: AsyncRuntime,
{
    let state = store.get_log_state().await?;
    let last = state.last_log_id.max(state.last_purged_log_id);
    let vote = store.get_log_reader().await.read_vote().await?;
    let known = vote.map_or(0, |vote| vote.leader_id.term);
    let term = known.max(last.map_or(0, |last| last.leader_id.term)).saturating_add(1);
    let index = last.map_or(0, |last| last.index.saturating_add(1));
    let (voters, nodes) = (vec![BTreeSet::from([id])], BTreeMap::from([(id, Peer::from(member))]));
    let membership = Membership::new(voters, nodes).map_err(io::Error::other)?;
    store.save_vote(&Vote::new(term, id)).await?;
    let payload = EntryPayload::Membership(membership);
    let entry = Entry { log_id: log_id(term, index), payload };
    store.blocking_append([entry]).await.map_err(io::Error::other)?;
    Ok(Forced { id, term, index })
}
