// SPDX-License-Identifier: Apache-2.0
//! Where SM2 takes SM3 from: the one place.

use crate::sm3::Sm3;
use digest::{FixedOutput, Update};

/// SM3 over what has been given so far. It wipes itself.
#[derive(Clone)]
pub(crate) struct Started(Sm3);

impl Started {
    /// The digest of everything given before and of these parts.
    pub(crate) fn finish(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut hash = self.0.clone();
        parts.iter().for_each(|part| hash.update(part));
        hash.finalize_fixed().into()
    }
}

/// Begins a digest with these parts.
pub(crate) fn start(parts: &[&[u8]]) -> Started {
    let mut hash = Sm3::default();
    parts.iter().for_each(|part| hash.update(part));
    Started(hash)
}
