// SPDX-License-Identifier: Apache-2.0
//! Other implementations of what the providers compute, to be measured beside them: the bare crates
//! of RustCrypto, called as their users call them (feature `peers`).
//!
//! Not here: anything a product computes with; peers in C, which `benches` and `openssl speed` bring.

mod signatures;
mod symmetric;

use crate::Suite;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// One operation of a peer.
pub struct Peer {
    /// The crate, with its version: `"sm2 0.14.0"`.
    pub name: String,
    /// The family whose operation it is.
    pub suite: Suite,
    /// What it does, in the words of `gmca speed`.
    pub op: &'static str,
    /// The bytes of its message.
    pub size: usize,
    /// Does it once; false if it failed.
    pub work: Box<dyn FnMut() -> bool>,
}

impl core::fmt::Debug for Peer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Peer({} {} {})", self.name, self.op, self.size)
    }
}

/// Everything that the peers do: signatures over messages of `message` bytes, the rest at each of
/// `sizes` bytes, which must be multiples of 16.
#[must_use]
pub fn peers(message: usize, sizes: &[usize]) -> Vec<Peer> {
    let mut peers = Vec::new();
    signatures::add(message, &mut peers);
    for size in sizes {
        symmetric::add(*size, &mut peers);
    }
    peers
}

/// The versions that this workspace is built with; a test holds them to `Cargo.lock`.
pub const VERSIONS: &[(&str, &str)] = &[
    ("aes", "0.9.4"),
    ("aes-gcm", "0.11.1"),
    ("cbc", "0.2.1"),
    ("ccm", "0.6.1"),
    ("ctr", "0.10.1"),
    ("p256", "0.14.0"),
    ("sha2", "0.11.1"),
    ("sm2", "0.14.0"),
    ("sm3", "0.5.0"),
    ("sm4", "0.6.0"),
];

fn peer(
    crate_name: &str,
    suite: Suite,
    op: &'static str,
    size: usize,
    work: impl FnMut() -> bool + 'static,
) -> Peer {
    let version = VERSIONS.iter().find(|(name, _)| *name == crate_name);
    let version = version.map_or("", |(_, version)| version);
    Peer { name: alloc::format!("{crate_name} {version}"), suite, op, size, work: Box::new(work) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_peer_does_what_it_is_there_for() {
        let mut all = peers(100, &[64, 1024]);
        assert!(all.len() > 30, "{}", all.len());
        for peer in &mut all {
            assert!((peer.work)() && (peer.work)(), "{peer:?}");
            assert!(!peer.name.ends_with(' '), "{peer:?} has no version");
        }
    }

    #[test]
    fn versions_are_those_that_are_built() {
        let lock = include_str!("../../../Cargo.lock");
        for (name, version) in VERSIONS {
            let entry = alloc::format!("name = \"{name}\"\nversion = \"{version}\"\n");
            assert!(lock.contains(&entry), "{name} is not {version}: see Cargo.lock");
        }
    }
}
