// SPDX-License-Identifier: Apache-2.0
//! Random bytes for keys, nonces and serial numbers.

use core::fmt::{self, Debug};

/// The source of randomness gave no bytes. Nothing may be generated without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntropyFailure;

impl fmt::Display for EntropyFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the system's random number generator gave no bytes")
    }
}

impl core::error::Error for EntropyFailure {}

/// A cryptographically secure source of random bytes.
pub trait Entropy: Debug + Send + Sync {
    /// Fills the whole of `out`, or fails and promises nothing about its content.
    fn fill(&self, out: &mut [u8]) -> Result<(), EntropyFailure>;
}

/// The operating system's generator (`getrandom(2)` and its like).
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, out: &mut [u8]) -> Result<(), EntropyFailure> {
        getrandom::fill(out).map_err(|_| EntropyFailure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What has no state cannot be copied by a fork, or with a virtual machine: both ask the system anew.
    #[test]
    fn there_is_no_state_that_a_fork_could_copy() {
        assert_eq!(size_of::<SystemEntropy>(), 0);
        let mut drawn = [[0; 32]; 2];
        drawn.iter_mut().for_each(|out| SystemEntropy.fill(out).unwrap());
        assert_ne!(drawn[0], drawn[1]);
    }
}
