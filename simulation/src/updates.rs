// SPDX-License-Identifier: Apache-2.0
//! Configuration updates that somebody sends until they are in force.

use crate::clients::Post;
use crate::faults::FaultKind;
use crate::machine::Told;
use crate::runtime::{NodeId, SimRuntime};
use crate::world::World;
use channel::Channel;
use openraft_rt::AsyncRuntime;
use orderer::testing::{Client, Kit};
use proto::Bytes;
use std::sync::{Arc, Mutex, PoisonError};

/// A change of a channel's configuration.
#[derive(Clone, Debug)]
pub enum Change {
    /// So many envelopes in a batch.
    Batch(u32),
    /// The other hash function.
    SwitchHash,
    /// A consenter more.
    Add(NodeId),
    /// A consenter less.
    Remove(NodeId),
    /// Another certificate with the same key.
    Renew(NodeId),
    /// A client may no longer write.
    Revoke(u32, Box<Client>),
}

impl Change {
    /// What it counts as.
    #[must_use]
    pub const fn kind(&self) -> FaultKind {
        match self {
            Self::Batch(_) => FaultKind::Config,
            Self::SwitchHash => FaultKind::HashSwitch,
            Self::Add(_) => FaultKind::Added,
            Self::Remove(_) => FaultKind::Removed,
            Self::Renew(_) => FaultKind::Renewal,
            Self::Revoke(..) => FaultKind::Revocation,
        }
    }

    /// The envelope that asks for it; `None` when it is so already.
    fn envelope(&self, kit: &Kit, channel: &Channel) -> Option<Bytes> {
        let lists = |node: &NodeId| {
            let host = kit.member(seat(*node)).host;
            channel.orderer().consenters().iter().any(|listed| listed.host == host)
        };
        match self {
            Self::Batch(size) if channel.orderer().batch().max_messages == *size => None,
            Self::Batch(size) => {
                Some(kit.change_batch(channel, |batch| batch.max_messages = *size))
            }
            Self::SwitchHash => Some(kit.switch_hash(channel)),
            Self::Add(node) if lists(node) => None,
            Self::Add(node) => Some(kit.add_consenter(channel, seat(*node))),
            Self::Remove(node) if !lists(node) => None,
            Self::Remove(node) => Some(kit.remove_consenter(channel, seat(*node))),
            Self::Renew(node) if !lists(node) => None,
            Self::Renew(node) => Some(kit.renew_consenter(channel, seat(*node))),
            Self::Revoke(_, client) => Some(kit.revoke(channel, client)),
        }
    }
}

fn seat(node: NodeId) -> usize {
    (node as usize).saturating_sub(1)
}

/// How an update is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It is on its way.
    Sent,
    /// It is in force since that block.
    InForce(u64),
    /// It was refused.
    Refused(String),
}

/// An update that was sent.
#[derive(Clone, Debug)]
pub struct Sent(Arc<Mutex<Progress>>);

impl Sent {
    /// How it is doing.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.progress() != Progress::Sent
    }
}

impl World {
    /// Sends a change of a channel's configuration, until somebody says what became of it. `None`
    /// when nothing is to be changed.
    pub fn change(&mut self, channel: usize, change: &Change) -> Option<Sent> {
        let configuration = self.configuration(channel)?;
        let envelope = change.envelope(&self.site.kit, &configuration)?;
        self.trace.note(format_args!("ch{channel} update {}", change.kind().text()));
        self.coverage.count(change.kind());
        if let Change::Revoke(client, _) = change {
            self.known[channel].history().suspect(*client);
        }
        let sent = Sent(Arc::new(Mutex::new(Progress::Sent)));
        let (post, shared, change) = (self.post(channel), Arc::clone(&sent.0), change.clone());
        drop(SimRuntime::spawn(async move {
            let told = post.send_until_told(envelope).await;
            let progress = told_of(&post, &change, told);
            *shared.lock().unwrap_or_else(PoisonError::into_inner) = progress;
        }));
        Some(sent)
    }
}

fn told_of(post: &Post, change: &Change, told: Told) -> Progress {
    let (channel, kind) = (post.channel, change.kind().text());
    post.trace.note(format_args!("ch{channel} update {kind}: {told:?}"));
    match told {
        Told::Ordered(block) => {
            let mut history = post.known.history();
            history.acknowledge_config(block);
            if let Change::Revoke(client, _) = change {
                history.revoke(*client, block);
            }
            Progress::InForce(block)
        }
        Told::Refused(why) | Told::Again(why) => Progress::Refused(why),
    }
}
