// SPDX-License-Identifier: Apache-2.0
//! The hash trait over any digest of 32 bytes.

use crate::{Digest, Hash, HashAlgorithm, HashStream};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt::{self, Debug};
use core::marker::PhantomData;
use digest::block_api::BlockSizeUser;
use digest::consts::U32;
use digest::{Digest as _, KeyInit, Mac as MacTrait};

/// A hash function and its HMAC, as one engine computes them.
pub(crate) trait HashFamily: Send + Sync + 'static {
    const ALGORITHM: HashAlgorithm;
    type Digest: digest::Digest<OutputSize = U32> + BlockSizeUser + Clone + Send;
    type Mac: MacTrait<OutputSize = U32> + digest::FixedOutput + KeyInit + Clone + Send;

    /// The digests of many messages that are in parts.
    fn digest_many(messages: &[&[&[u8]]]) -> Vec<[u8; 32]>
    where
        Self: Sized,
    {
        messages.iter().map(|parts| hash_parts::<Self>(&[], parts)).collect()
    }
}

/// The digest of a prefix and the parts of a message.
pub(crate) fn hash_parts<F: HashFamily>(prefix: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut digest = F::Digest::new();
    digest.update(prefix);
    parts.iter().for_each(|part| digest.update(part));
    digest.finalize().into()
}

pub(crate) struct HashOf<F>(PhantomData<F>);

impl<F> HashOf<F> {
    pub(crate) const NEW: Self = Self(PhantomData);
}

impl<F: HashFamily> Hash for HashOf<F> {
    fn algorithm(&self) -> HashAlgorithm {
        F::ALGORITHM
    }

    fn digest(&self, parts: &[&[u8]]) -> Digest {
        Digest::new(hash_parts::<F>(&[], parts))
    }

    fn digest_many(&self, messages: &[&[u8]]) -> Vec<Digest> {
        let parts: Vec<[&[u8]; 1]> = messages.iter().map(|message| [*message]).collect();
        let parts: Vec<&[&[u8]]> = parts.iter().map(|parts| parts.as_slice()).collect();
        F::digest_many(&parts).into_iter().map(Digest::new).collect()
    }

    fn start(&self) -> Box<dyn HashStream> {
        Box::new(Stream::<F>(F::Digest::new()))
    }
}

impl<F: HashFamily> Debug for HashOf<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(F::ALGORITHM.name())
    }
}

struct Stream<F: HashFamily>(F::Digest);

impl<F: HashFamily> HashStream for Stream<F> {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn finish(self: Box<Self>) -> Digest {
        Digest::new(self.0.finalize().into())
    }
}
