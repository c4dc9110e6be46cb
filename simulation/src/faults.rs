// SPDX-License-Identifier: Apache-2.0
//! What can go wrong, and how often it did: the dimensions that a run covers.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)*) => {
        /// A kind of fault, or of change while the faults go on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum FaultKind {
            $($(#[$doc])* $name,)*
        }

        impl FaultKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// In a few words.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

kinds! {
    /// The nodes part into two groups.
    Partition => "partition",
    /// Three nodes on one side and two on the other, the leader with the two.
    Partition32 => "partition 3/2",
    /// One node hears, and is not heard, or the other way round.
    OneWay => "link cut one way",
    /// A message was lost.
    Lost => "message lost",
    /// A message took long.
    Delayed => "message delayed",
    /// A message overtook an earlier one.
    Reordered => "message reordered",
    /// A request arrived twice.
    Repeated => "message repeated",
    /// A process was killed; its machine went on.
    Kill => "process killed",
    /// A machine stopped, and what was not synced was lost in whole or in part.
    PowerFailure => "power failure",
    /// All machines stopped at once.
    Blackout => "power failure of all nodes",
    /// A node stopped in the middle of what it did on its disk.
    TornOperation => "power failure amid a disk operation",
    /// A process stood still for a while.
    Pause => "process paused",
    /// A node's clocks went forward.
    ClockJump => "clock jumped",
    /// Syncs took long.
    SlowDisk => "slow disk",
    /// A disk was full.
    FullDisk => "full disk",
    /// A sync failed.
    FailedSync => "failed sync",
    /// A node lost its disk and came back.
    WipedDisk => "wiped disk",
    /// A leader gave its place away.
    Transfer => "leader transferred",
    /// A consenter was added.
    Added => "consenter added",
    /// A consenter was removed.
    Removed => "consenter removed",
    /// The configuration changed otherwise.
    Config => "configuration updated",
    /// The hash function of the channel changed.
    HashSwitch => "hash function switched",
    /// A consenter's certificate was renewed with the same key.
    Renewal => "certificate renewed",
    /// A client lost its right to write.
    Revocation => "writer revoked",
}

/// How often each kind happened. Clones count together.
#[derive(Clone, Default)]
pub struct Coverage(Arc<Mutex<Counts>>);

/// A number for each kind, in the order of [`FaultKind::ALL`].
pub type Counts = std::collections::BTreeMap<FaultKind, u64>;

impl Coverage {
    /// It happened once more.
    pub fn count(&self, kind: FaultKind) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(kind).or_insert(0) += 1;
    }

    /// What was counted so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.counts()).finish()
    }
}

/// A table of how often each kind happened, also of those that did not.
#[must_use]
pub fn table(counts: &Counts) -> String {
    let mut text = String::new();
    for kind in FaultKind::ALL {
        text += &format!("{:40}{:>12}\n", kind.text(), counts.get(kind).copied().unwrap_or(0));
    }
    text
}
