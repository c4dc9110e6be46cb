// SPDX-License-Identifier: Apache-2.0
//! How a node without a log comes to one.
//!
//! A new channel is founded by all whom its genesis block lists, each of them there once. A founder
//! draws a number, notes it, and tells it to the others, who note it too; only when all have, it
//! votes. So whoever founds the channel again with another number, because its disk is gone, is
//! told by anybody that it has been there before: it may have voted, and forgotten it.
//!
//! Such a node, and one that is new, asks to be taken in. The leader gives it an id that nobody had
//! and adds it as a learner; an id that its key had before is taken out first.

use super::fields::Writer;
use super::inner::{Inner, Role, State, lock};
use super::messages::{Reply, Request};
use super::ports::Notes;
use super::record::{VERSION, read};
use super::types::{Membership, Types};
use crate::Member;
use crate::plant::{self, Plant};
use futures_util::future::join_all;
use openraft::AsyncRuntime;
use openraft::async_runtime::WatchReceiver as _;
use openraft::type_config::TypeConfigExt as _;
use proto::Bytes;
use std::collections::BTreeSet;
use std::io;

const IDENTITY: &str = "identity";

/// Who a node is in its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    /// It founds the channel, and waits for the others.
    Founding { token: u64 },
    /// It would like to have that id, 0 when it does not know which is free.
    Joining { id: u64, evicted: bool },
    /// It has that id. The number is what it founded the channel with, or 0.
    Member { id: u64, token: u64 },
}

impl Identity {
    fn fields(from: &mut super::fields::Reader) -> Result<Self, super::fields::Malformed> {
        Ok(match from.byte()? {
            1 => Self::Founding { token: from.number()? },
            2 => Self::Joining { id: from.number()?, evicted: from.flag()? },
            3 => Self::Member { id: from.number()?, token: from.number()? },
            _ => return Err(super::fields::Malformed::Wrong("it is of a kind that is not known")),
        })
    }

    fn encode(self) -> Bytes {
        let mut out = Writer::default();
        out.byte(VERSION);
        match self {
            Self::Founding { token } => out.byte(1).number(token),
            Self::Joining { id, evicted } => out.byte(2).number(id).flag(evicted),
            Self::Member { id, token } => out.byte(3).number(id).number(token),
        };
        out.finish()
    }

    /// The number that it founds or founded the channel with, or 0.
    const fn token(self) -> u64 {
        match self {
            Self::Founding { token } | Self::Member { token, .. } => token,
            Self::Joining { .. } => 0,
        }
    }
}

/// Who the node with these notes is.
pub(crate) fn identity_of(notes: &dyn Notes) -> io::Result<Option<Identity>> {
    read(notes, IDENTITY, Identity::fields)
}

pub(crate) async fn note_identity(notes: &dyn Notes, identity: Identity) -> io::Result<()> {
    notes.set_note(IDENTITY, identity.encode()).await
}

impl<Rt: AsyncRuntime> Inner<Rt> {
    pub(crate) fn identity(&self) -> io::Result<Option<Identity>> {
        identity_of(&*self.notes)
    }

    pub(crate) async fn set_identity(&self, identity: Identity) -> io::Result<()> {
        note_identity(&*self.notes, identity).await
    }

    /// The place of a key among the members that the configuration lists, counted from 1.
    fn place(&self, key: &Bytes) -> Option<u64> {
        let place = self.chain().members().iter().position(|member| member.key == *key)?;
        u64::try_from(place).ok()?.checked_add(1)
    }

    /// The members of a new channel: ids in the order of its configuration.
    pub(crate) fn founders(&self) -> Vec<(u64, Member)> {
        (1..).zip(self.chain().members()).collect()
    }
}

/// Sees to it that the node has an id, however long that takes.
pub(crate) async fn become_member<Rt: AsyncRuntime>(inner: &Inner<Rt>) -> io::Result<u64> {
    let mut identity = match inner.identity()? {
        Some(identity) => identity,
        None => first(inner).await?,
    };
    loop {
        identity = match identity {
            Identity::Member { id, .. } => return Ok(id),
            Identity::Founding { token } => found(inner, token).await?,
            Identity::Joining { id, evicted } => join(inner, id, evicted).await?,
        };
        inner.set_identity(identity).await?;
    }
}

/// Who it is when it starts for the first time, or as if for the first time.
async fn first<Rt: AsyncRuntime>(inner: &Inner<Rt>) -> io::Result<Identity> {
    let is_new = inner.chain().height() == 1 && inner.chain().metadata().is_empty();
    let place = inner.place(&inner.key);
    let identity = if let (Some(id), true) = (place, plant::is(Plant::EmptyLogVotes)) {
        Identity::Member { id, token: 1 }
    } else if is_new && place.is_some() {
        let mut token = [0; 8];
        inner.entropy.fill(&mut token).map_err(io::Error::other)?;
        Identity::Founding { token: u64::from_be_bytes(token).max(1) }
    } else {
        Identity::Joining { id: 0, evicted: false }
    };
    inner.set_identity(identity).await?;
    Ok(identity)
}

/// Waits until all other founders remember this one.
async fn found<Rt: AsyncRuntime>(inner: &Inner<Rt>, token: u64) -> io::Result<Identity> {
    inner.set_state(State::Founding);
    let others = inner.others(&Membership::default());
    let mut recorded = BTreeSet::new();
    while recorded.len() < others.len() {
        let missing = others.iter().filter(|other| !recorded.contains(&other.key));
        let asked = missing.map(|other| async move {
            (other, inner.call(other, 0, Request::Found { token }).await)
        });
        for (other, reply) in join_all(asked).await {
            match reply {
                Some(Reply::Recorded { token: theirs }) => {
                    if theirs != 0 {
                        remember(inner, &other.key, theirs).await?;
                    }
                    recorded.insert(other.key.clone());
                }
                Some(Reply::Lost) => return Ok(Identity::Joining { id: 0, evicted: false }),
                _ => {}
            }
        }
        if recorded.len() < others.len() {
            Types::<Rt>::sleep(inner.options.pause()).await;
        }
    }
    let id = inner.place(&inner.key).ok_or_else(|| io::Error::other("it is no longer listed"))?;
    Ok(Identity::Member { id, token })
}

fn founder_note(key: &Bytes) -> String {
    format!("founder/{}", hex::encode(key))
}

/// Notes a founder's number, the first that it came with; whether it is this one.
async fn remember<Rt: AsyncRuntime>(
    inner: &Inner<Rt>,
    key: &Bytes,
    token: u64,
) -> io::Result<bool> {
    let note = founder_note(key);
    if let Some(known) = read(&*inner.notes, &note, super::fields::Reader::number)? {
        return Ok(known == token);
    }
    let mut out = Writer::default();
    inner.notes.set_note(&note, out.byte(VERSION).number(token).finish()).await?;
    Ok(true)
}

/// Another node founds the channel, or believes that it does.
pub(crate) async fn found_by<Rt: AsyncRuntime>(
    inner: &Inner<Rt>,
    from: &Bytes,
    token: u64,
) -> Reply {
    let own = match inner.identity() {
        Ok(Some(identity)) => identity.token(),
        Ok(None) => 0,
        Err(error) => return Reply::Refused(error.to_string()),
    };
    let is_new = inner.chain().height() <= 1;
    let known = read(&*inner.notes, &founder_note(from), super::fields::Reader::number);
    match known {
        Ok(Some(known)) if known != token => Reply::Lost,
        Ok(Some(_)) => Reply::Recorded { token: own },
        Ok(None) if !is_new => Reply::Lost,
        Ok(None) if own == 0 => Reply::Refused("the node does not found the channel".to_owned()),
        Ok(None) if inner.place(from).is_none() => {
            Reply::Refused("the sender is not a consenter of the channel".to_owned())
        }
        Ok(None) => match remember(inner, from, token).await {
            Ok(_) => Reply::Recorded { token: own },
            Err(error) => Reply::Refused(error.to_string()),
        },
        Err(error) => Reply::Refused(error.to_string()),
    }
}

/// Asks to be taken in until a leader has.
async fn join<Rt: AsyncRuntime>(
    inner: &Inner<Rt>,
    mut id: u64,
    evicted: bool,
) -> io::Result<Identity> {
    inner.set_state(if evicted { State::Evicted } else { State::Joining });
    loop {
        let membership = inner.record.membership();
        let others = inner.others(membership.membership());
        let request = Request::Join { height: inner.chain().height() };
        let asked = others.iter().map(|other| inner.call(other, id, request.clone()));
        for reply in join_all(asked).await.into_iter().flatten() {
            match reply {
                Reply::Joined if id != 0 => return Ok(Identity::Member { id, token: 0 }),
                Reply::NextId(next) if next > id => {
                    id = next;
                    inner.set_identity(Identity::Joining { id, evicted }).await?;
                }
                Reply::LeaderIs(leader) => *lock(&inner.named) = Some(leader),
                _ => {}
            }
        }
        Types::<Rt>::sleep(inner.options.pause()).await;
    }
}

/// Whether the leader says that an id was taken out of the membership. One who has not yet heard of
/// the id does not know of a higher one.
pub(crate) async fn was_taken_out<Rt: AsyncRuntime>(inner: &Inner<Rt>, id: u64) -> bool {
    let membership = inner.record.membership();
    let others = inner.others(membership.membership());
    let request = Request::Join { height: inner.chain().height() };
    let asked = others.iter().map(|other| inner.call(other, id, request.clone()));
    let mut is_out = false;
    for reply in join_all(asked).await.into_iter().flatten() {
        match reply {
            Reply::NextId(next) => is_out |= next > id,
            // It may be one whose messages this node would refuse, for it does not know it yet.
            Reply::LeaderIs(leader) => *lock(&inner.named) = Some(leader),
            _ => {}
        }
    }
    is_out
}

/// Another node asks to be taken in under an id.
pub(crate) fn join_by<Rt: AsyncRuntime>(
    inner: &Inner<Rt>,
    from: &Bytes,
    id: u64,
    height: u64,
) -> Reply {
    let (Role::Leading { .. }, Some(engine)) = (inner.role(), inner.engine()) else {
        return match inner.role() {
            Role::Following { leader, .. } => Reply::LeaderIs(leader),
            _ => Reply::NotLeader,
        };
    };
    if inner.place(from).is_none() {
        return Reply::Refused("the configuration does not list the sender".to_owned());
    }
    let own = inner.chain().height();
    if height > own {
        return Reply::Refused(format!("the sender has {height} blocks, the channel has {own}"));
    }
    let applied = inner.record.membership();
    let effective = engine.metrics().borrow_watched().membership_config.clone();
    let has = |membership: &Membership| {
        membership.get_node(&id).is_some_and(|peer| peer.member.key == *from)
    };
    if has(applied.membership()) {
        return Reply::Joined;
    }
    let next = inner.record.next_id();
    if id == next || has(effective.membership()) {
        lock(&inner.joins).insert(from.clone(), id);
        return Reply::Pending;
    }
    Reply::NextId(next)
}
