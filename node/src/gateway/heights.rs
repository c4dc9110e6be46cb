// SPDX-License-Identifier: Apache-2.0
//! How far other peers are, as far as is known: those that are furthest are asked first. Nobody waits
//! for it; while there is work it is asked for now and then, behind it.

use super::peers::{Connections, Peer};
use crate::client::{Caller, EndorserClient};
use futures_util::future::join_all;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// What is known, by channel.
pub(super) struct Heights {
    /// This peer, where it asks others.
    caller: Caller,
    known: Mutex<BTreeMap<String, Known>>,
}

struct Known {
    /// When it is to be asked for again.
    next: Instant,
    /// By address. Those that gave no answer are not in it.
    heights: BTreeMap<String, u64>,
}

/// A peer, and the roots (DER) of its TLS certificate.
pub(super) type Reached = (Peer, Vec<Vec<u8>>);

impl Heights {
    pub(super) fn new(caller: Caller) -> Self {
        Self { caller, known: Mutex::default() }
    }

    /// Puts those first that are furthest. Of those that are equally far this peer is the first; where
    /// nothing is known of any, they stay as they are.
    pub(super) fn rank(&self, channel: &str, here: (&Peer, u64), peers: &mut [Peer]) {
        let known = self.lock();
        let heights = known.get(channel).map(|known| &known.heights);
        let far = |peer: &Peer| match *peer == *here.0 {
            true => here.1,
            false => heights.and_then(|all| all.get(&peer.address)).copied().unwrap_or(0),
        };
        peers.sort_by_key(|peer| (Reverse(far(peer)), *peer != *here.0));
    }

    /// Has these asked how far they are, unless that was done just now.
    pub(super) fn look(
        self: &Arc<Self>,
        channel: &str,
        connections: &Arc<Connections>,
        others: impl FnOnce() -> Vec<Reached>,
    ) {
        if !self.is_due(channel) {
            return;
        }
        let (this, connections) = (Arc::clone(self), Arc::clone(connections));
        let (channel, others) = (channel.to_owned(), others());
        drop(tokio::spawn(async move {
            let asked = others.iter().map(async |(peer, roots)| {
                let answer = timeout(ANSWER, this.ask(&channel, &connections, peer, roots)).await;
                Some((peer.address.clone(), answer.ok()??))
            });
            let heights = join_all(asked).await.into_iter().flatten().collect();
            let next = later(INTERVAL);
            this.lock().insert(channel.clone(), Known { next, heights });
        }));
    }

    /// Whether it is time, for one who asks then.
    fn is_due(&self, channel: &str) -> bool {
        let mut known = self.lock();
        let empty = || Known { next: Instant::now(), heights: BTreeMap::new() };
        let known = known.entry(channel.to_owned()).or_insert_with(empty);
        let is_due = known.next <= Instant::now();
        if is_due {
            // Nobody else asks before these have answered, or have not.
            known.next = later(ANSWER + INTERVAL);
        }
        is_due
    }

    async fn ask(
        &self,
        channel: &str,
        connections: &Connections,
        peer: &Peer,
        roots: &[Vec<u8>],
    ) -> Option<u64> {
        let connection = connections.get(&peer.address, roots).await.ok()?;
        let peer = EndorserClient::new(&peer.address, connection);
        peer.chain_info(&self.caller, channel).await.ok().map(|info| info.height)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn later(than: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(than).unwrap_or(now)
}

/// For one answer; a peer that takes longer is not preferred.
const ANSWER: Duration = Duration::from_secs(3);
const INTERVAL: Duration = Duration::from_secs(2);
