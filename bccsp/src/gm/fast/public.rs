// SPDX-License-Identifier: Apache-2.0
//! Public keys that get a table of their multiples when they are used often: who verifies for a
//! channel sees the same few keys all day.
//!
//! Not here: the tables, which are of the crate `gm`.

use crate::DEFAULT_SIGNER_ID;
use ::gm::sm2::{self, PreparedKey, VerifyingKey};
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::OnceLock;

/// A point, with Z_A of the default signer ID, which verification needs every time.
pub(crate) struct Public {
    key: VerifyingKey,
    default_hash: [u8; 32],
    uses: AtomicU32,
    table: OnceLock<Table>,
    budget: &'static Budget,
}

impl Public {
    pub(super) fn new(key: VerifyingKey) -> Option<Self> {
        Self::within(key, &BUDGET)
    }

    fn within(key: VerifyingKey, budget: &'static Budget) -> Option<Self> {
        let default_hash = sm2::signer_hash(&key, DEFAULT_SIGNER_ID).ok()?;
        Some(Self { key, default_hash, uses: AtomicU32::new(0), table: OnceLock::new(), budget })
    }

    pub(super) fn key(&self) -> &VerifyingKey {
        &self.key
    }

    pub(super) fn default_hash(&self) -> &[u8; 32] {
        &self.default_hash
    }

    pub(super) fn verify_digest(&self, digest: &[u8; 32], raw: &[u8; 64]) -> bool {
        match self.used() {
            Some(prepared) => prepared.verify_digest(digest, raw),
            None => self.key.verify_digest(digest, raw),
        }
    }

    /// The key is about to verify once more: with this, if it has done so often enough.
    pub(super) fn used(&self) -> Option<&PreparedKey> {
        // One thread counts up to the number and makes the table; others go on without.
        if self.table.get().is_none() && self.uses.fetch_add(1, Ordering::Relaxed) == OFTEN {
            match self.budget.take() {
                Some(place) => {
                    let made = Table { prepared: self.key.prepare(), _place: place };
                    self.table.get_or_init(|| made);
                }
                None => self.uses.store(0, Ordering::Relaxed),
            }
        }
        self.table.get().map(|table| &table.prepared)
    }
}

/// Uses before a table is made; to make one costs as much as 16 to 26 verifications without.
const OFTEN: u32 = 32;

/// 148 KiB each: 9.3 MiB in a process.
static BUDGET: Budget = Budget { left: AtomicUsize::new(64) };

struct Table {
    prepared: PreparedKey,
    _place: Place,
}

/// How many more tables there may be.
struct Budget {
    left: AtomicUsize,
}

impl Budget {
    fn take(&'static self) -> Option<Place> {
        let less = |left: usize| left.checked_sub(1);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).ok()?;
        Some(Place(self))
    }
}

/// The right to one table, given back when it goes.
struct Place(&'static Budget);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.left.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Fast, FastSm3Family};
    use super::*;
    use crate::engine::{Backend as _, Claim, hash_parts};
    use ::gm::sm2::SigningKey;

    fn signed(number: u8) -> (VerifyingKey, [u8; 32], [u8; 64]) {
        let (key, digest) = (SigningKey::from_bytes(&[number; 32]).unwrap(), [number; 32]);
        let raw = key.sign_digest_with(&digest, &[7; 32]).unwrap();
        (*key.verifying_key(), digest, raw)
    }

    fn use_often(public: &Public, digest: &[u8; 32], raw: &[u8; 64]) {
        for _ in 0..=OFTEN {
            assert!(public.verify_digest(digest, raw));
        }
    }

    #[test]
    fn verdicts_are_the_same_with_a_table() {
        static ONE: Budget = Budget { left: AtomicUsize::new(1) };
        let (key, digest, raw) = signed(3);
        let public = Public::within(key, &ONE).unwrap();
        let mut wrong = raw;
        wrong[40] ^= 1;
        for round in 0..2 * OFTEN {
            assert!(public.verify_digest(&digest, &raw), "{round}");
            assert!(!public.verify_digest(&digest, &wrong), "{round}");
            assert!(!public.verify_digest(&[9; 32], &raw), "{round}");
        }
        assert!(public.table.get().is_some());
    }

    #[test]
    fn there_are_no_more_tables_than_allowed() {
        static ONE: Budget = Budget { left: AtomicUsize::new(1) };
        let (key, digest, raw) = signed(5);
        let first = Public::within(key, &ONE).unwrap();
        let second = Public::within(key, &ONE).unwrap();
        use_often(&first, &digest, &raw);
        use_often(&second, &digest, &raw);
        assert!(first.table.get().is_some() && second.table.get().is_none());
        drop(first);
        use_often(&second, &digest, &raw);
        assert!(second.table.get().is_some(), "the place of the first is free again");
    }

    #[test]
    fn a_key_used_seldom_has_none() {
        static ONE: Budget = Budget { left: AtomicUsize::new(1) };
        let (key, digest, raw) = signed(6);
        let public = Public::within(key, &ONE).unwrap();
        assert!(public.verify_digest(&digest, &raw));
        assert!(public.table.get().is_none());
    }

    /// Keys with a table, without, and some that get theirs amid the batch.
    #[test]
    fn in_a_batch_verdicts_are_those_of_single_ones() {
        let keys: Vec<_> =
            [11, 12, 13].map(|number| SigningKey::from_bytes(&[number; 32]).unwrap()).into();
        let publics: Vec<_> =
            keys.iter().map(|key| Public::new(*key.verifying_key()).unwrap()).collect();
        let (_, digest, raw) = signed(11);
        use_often(&publics[0], &digest, &raw);
        let messages: Vec<[u8; 4]> = (0..96_u32).map(u32::to_be_bytes).collect();
        let messages: Vec<[&[u8]; 1]> = messages.iter().map(|message| [&message[..]]).collect();
        // The third key comes twice only.
        let of = |place: usize| if place % 48 == 5 { 2 } else { place % 2 };
        let claim = |(place, message)| {
            let (key, public): (&SigningKey, &Public) = (&keys[of(place)], &publics[of(place)]);
            let prefix = *public.default_hash();
            let digest = hash_parts::<FastSm3Family>(&prefix, message);
            let mut raw = key.sign_digest_with(&digest, &[9; 32]).unwrap();
            raw[place % 64] ^= u8::from(place % 5 == 0);
            Claim { key: public, prefix, message, raw }
        };
        let batch: Vec<Claim<'_, Fast>> = messages
            .iter()
            .enumerate()
            .map(|(place, message)| claim((place, &message[..])))
            .collect();
        let verdicts = Fast::verify_many(&batch);
        assert!(publics[0].table.get().is_some() && publics[1].table.get().is_some());
        assert!(publics[2].table.get().is_none());
        let right: Vec<bool> = (0..96).map(|place| place % 5 != 0).collect();
        assert_eq!(verdicts, right);
    }
}
