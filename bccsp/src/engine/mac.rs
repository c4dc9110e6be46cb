// SPDX-License-Identifier: Apache-2.0
//! The MAC trait over the HMAC of any hash family.

use super::HashFamily;
use crate::{HashAlgorithm, Mac, MacStream, Tag};
use alloc::boxed::Box;
use core::fmt::{self, Debug};
use core::marker::PhantomData;
use digest::{KeyInit, Mac as _};

pub(crate) struct MacOf<F>(PhantomData<F>);

impl<F> MacOf<F> {
    pub(crate) const NEW: Self = Self(PhantomData);
}

impl<F: HashFamily> Mac for MacOf<F> {
    fn algorithm(&self) -> HashAlgorithm {
        F::ALGORITHM
    }

    fn tag(&self, key: &[u8], parts: &[&[u8]]) -> Tag {
        let mut mac = keyed::<F>(key);
        parts.iter().for_each(|part| mac.update(part));
        Tag::new(mac.finalize().into_bytes().into())
    }

    fn start(&self, key: &[u8]) -> Box<dyn MacStream> {
        Box::new(Stream::<F>(keyed::<F>(key)))
    }
}

impl<F: HashFamily> Debug for MacOf<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HMAC-{}", F::ALGORITHM)
    }
}

/// HMAC takes keys of any length (RFC 2104 section 2), so this cannot fail.
pub(super) fn keyed<F: HashFamily>(key: &[u8]) -> F::Mac {
    <F::Mac as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length")
}

struct Stream<F: HashFamily>(F::Mac);

impl<F: HashFamily> MacStream for Stream<F> {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn finish(self: Box<Self>) -> Tag {
        Tag::new(self.0.finalize().into_bytes().into())
    }
}
