// SPDX-License-Identifier: Apache-2.0
//! Known answers, each tried before the first use of its algorithm, and the error state in which
//! a provider serves nothing any more. The answers themselves stand beside the engines.

use crate::Error;
use alloc::vec::Vec;
use core::fmt::{self, Debug};
use core::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

/// What must be tried together before one accessor of a provider may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    Hash,
    Mac,
    Kdf,
    Signature,
    Encryption,
    Agreement,
    Exchange,
    Gcm,
    Ccm,
    Ecb,
    Cbc,
    Cfb,
    Ofb,
    Ctr,
    Xts,
}

/// One computation whose result is known.
pub(crate) struct KnownAnswer {
    pub(crate) name: &'static str,
    pub(crate) slot: Slot,
    pub(crate) compute: fn() -> Result<Vec<u8>, Error>,
    pub(crate) expected: &'static [u8],
}

/// The name under which a failed pair-wise check of a new key is reported.
pub(crate) const PAIRWISE: &str = "pair-wise check of a new key";

const UNTESTED: u8 = 0;
const PASSED: u8 = 1;
const FAILED: u8 = 2;

/// What one provider knows about itself. Every key it hands out holds on to it.
pub(crate) struct Health {
    answers: &'static [KnownAnswer],
    states: Vec<AtomicU8>,
    /// One more than the index of the test that failed first; 0 while none has.
    first_failure: AtomicUsize,
    #[cfg(feature = "test-hooks")]
    broken: Option<&'static str>,
}

impl Health {
    pub(crate) fn new(answers: &'static [KnownAnswer]) -> Self {
        Self {
            answers,
            states: answers.iter().map(|_| AtomicU8::new(UNTESTED)).collect(),
            first_failure: AtomicUsize::new(0),
            #[cfg(feature = "test-hooks")]
            broken: None,
        }
    }

    /// The same, but the answer of that name comes out wrong.
    #[cfg(feature = "test-hooks")]
    pub(crate) fn with_broken(answers: &'static [KnownAnswer], name: &'static str) -> Self {
        Self { broken: Some(name), ..Self::new(answers) }
    }

    /// Nothing has failed so far.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.first_failure.load(Ordering::Acquire) {
            0 => Ok(()),
            failed => Err(Error::SelfTestFailed(self.name(failed - 1))),
        }
    }

    /// Nothing has failed so far, and the answers of `slot` have been tried by now.
    pub(crate) fn require(&self, slot: Slot) -> Result<(), Error> {
        self.check()?;
        for (index, answer) in self.answers.iter().enumerate() {
            if answer.slot == slot && self.state(index) != PASSED {
                self.run(index, answer)?;
            }
        }
        Ok(())
    }

    /// Tries every answer now, also those that were tried before.
    pub(crate) fn run_all(&self) -> Result<Vec<&'static str>, Error> {
        self.check()?;
        for (index, answer) in self.answers.iter().enumerate() {
            self.run(index, answer)?;
        }
        Ok(self.answers.iter().map(|answer| answer.name).collect())
    }

    /// Takes in the outcome of trying a new key on itself.
    pub(crate) fn pairwise(&self, consistent: bool) -> Result<(), Error> {
        if consistent && !self.is_broken(PAIRWISE) { Ok(()) } else { self.fail(self.answers.len()) }
    }

    fn run(&self, index: usize, answer: &KnownAnswer) -> Result<(), Error> {
        let right = (answer.compute)().is_ok_and(|got| got == answer.expected);
        if !right || self.is_broken(answer.name) {
            return self.fail(index);
        }
        if let Some(state) = self.states.get(index) {
            state.store(PASSED, Ordering::Release);
        }
        Ok(())
    }

    fn fail(&self, index: usize) -> Result<(), Error> {
        if let Some(state) = self.states.get(index) {
            state.store(FAILED, Ordering::Release);
        }
        // The first failure stays the one that is reported.
        let _ =
            self.first_failure.compare_exchange(0, index + 1, Ordering::AcqRel, Ordering::Acquire);
        self.check()
    }

    fn state(&self, index: usize) -> u8 {
        self.states.get(index).map_or(FAILED, |state| state.load(Ordering::Acquire))
    }

    fn name(&self, index: usize) -> &'static str {
        self.answers.get(index).map_or(PAIRWISE, |answer| answer.name)
    }

    #[cfg(feature = "test-hooks")]
    fn is_broken(&self, name: &str) -> bool {
        self.broken == Some(name)
    }

    #[cfg(not(feature = "test-hooks"))]
    #[allow(clippy::unused_self)]
    fn is_broken(&self, _: &str) -> bool {
        false
    }
}

impl Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Health({})", if self.check().is_ok() { "serving" } else { "failed" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    const RIGHT: KnownAnswer =
        KnownAnswer { name: "right", slot: Slot::Hash, compute: || Ok(vec![1]), expected: &[1] };
    const WRONG: KnownAnswer =
        KnownAnswer { name: "wrong", slot: Slot::Mac, compute: || Ok(vec![1]), expected: &[2] };

    #[test]
    fn a_slot_is_tried_when_it_is_needed_and_one_failure_ends_all_service() {
        let health = Health::new(&[RIGHT, WRONG]);
        assert_eq!(health.state(0), UNTESTED);
        health.require(Slot::Hash).unwrap();
        assert_eq!(health.state(0), PASSED);
        assert!(matches!(health.require(Slot::Mac), Err(Error::SelfTestFailed("wrong"))));
        assert!(matches!(health.require(Slot::Hash), Err(Error::SelfTestFailed("wrong"))));
        assert!(matches!(health.run_all(), Err(Error::SelfTestFailed("wrong"))));
    }

    #[test]
    fn an_inconsistent_pair_ends_all_service() {
        let health = Health::new(&[RIGHT]);
        health.pairwise(true).unwrap();
        assert!(matches!(health.pairwise(false), Err(Error::SelfTestFailed(PAIRWISE))));
        assert!(health.require(Slot::Hash).is_err());
    }
}
