// SPDX-License-Identifier: Apache-2.0
//! The places of a port, one for each connection. When all are taken, whoever holds most of them gives
//! one up for somebody who holds fewer, and whoever has been silent for long for anybody.
//!
//! ```text
//! a newcomer     the longest silent of the address that has most is closed, if
//!                that address has two more than the newcomer's, or it was silent for long;
//!                else the newcomer is closed
//! ```

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// All of them. Clones are the same.
#[derive(Clone, Debug)]
pub(super) struct Places(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    most: usize,
    idle: Duration,
    start: Instant,
    guests: Mutex<Guests>,
}

#[derive(Debug, Default)]
struct Guests {
    next: u64,
    all: BTreeMap<u64, Guest>,
}

#[derive(Debug)]
struct Guest {
    address: IpAddr,
    heard: Arc<AtomicU64>,
    /// When it is dropped, the connection ends.
    _stay: oneshot::Sender<()>,
}

/// A place that is held. It is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    id: u64,
    /// Milliseconds from the start of the server to the last sign of life.
    heard: Arc<AtomicU64>,
}

impl Places {
    /// So many. A connection that was silent for so long gives way to anybody.
    pub(super) fn new(most: usize, idle: Duration) -> Self {
        let guests = Mutex::default();
        Self(Arc::new(Inner { most, idle, start: Instant::now(), guests }))
    }

    /// A place for a connection from there, and what ends when it must be given up; `None` when there
    /// is none for it.
    pub(super) fn enter(&self, from: IpAddr) -> Option<(Place, oneshot::Receiver<()>)> {
        let address = group(from);
        let now = self.now();
        let mut guests = self.lock();
        if guests.all.len() >= self.0.most {
            let leaves = guests.leaves(address, now, millis(self.0.idle))?;
            guests.all.remove(&leaves);
        }
        let (stay, ended) = oneshot::channel();
        let heard = Arc::new(AtomicU64::new(now));
        let id = guests.next;
        guests.next = id.wrapping_add(1);
        guests.all.insert(id, Guest { address, heard: Arc::clone(&heard), _stay: stay });
        Some((Place { places: self.clone(), id, heard }, ended))
    }

    fn now(&self) -> u64 {
        millis(self.0.start.elapsed())
    }

    fn lock(&self) -> MutexGuard<'_, Guests> {
        self.0.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guests {
    /// Who gives its place to a newcomer from there now; `idle` is how long one must have been silent
    /// to give it to anybody.
    fn leaves(&self, newcomer: IpAddr, now: u64, idle: u64) -> Option<u64> {
        let mut held: BTreeMap<IpAddr, usize> = BTreeMap::new();
        for guest in self.all.values() {
            let count = held.entry(guest.address).or_default();
            *count = count.saturating_add(1);
        }
        let (crowd, count) = held.iter().max_by_key(|(_, count)| **count)?;
        let own = held.get(&newcomer).copied().unwrap_or(0);
        let heard = |guest: &Guest| guest.heard.load(Ordering::Relaxed);
        let of_crowd = self.all.iter().filter(|(_, guest)| guest.address == *crowd);
        let (id, silent) = of_crowd.min_by_key(|(_, guest)| heard(guest))?;
        let is_fair = *count > own.saturating_add(1);
        let is_idle = now.saturating_sub(heard(silent)) >= idle;
        (is_fair || is_idle).then_some(*id)
    }
}

impl Place {
    /// Something came or went.
    pub(super) fn is_alive(&self) {
        self.heard.store(self.places.now(), Ordering::Relaxed);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.lock().all.remove(&self.id);
    }
}

/// Who is one: of IPv6, all that a subscriber is given at least (64 bits).
fn group(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        address @ IpAddr::V4(_) => address,
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
