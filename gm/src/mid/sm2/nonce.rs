// SPDX-License-Identifier: Apache-2.0
//! Nonces: SM3 over the private key d, 32 fresh random bytes, the digest e and a counter, twice, for 512 bits
//! that are reduced modulo n.
//!
//! One repeats only if key, digest *and* randomness do, so a generator that repeats gives no key away; and
//! as long as the generator works, a fault in a second run meets another nonce.

use super::hash;
use super::scalar::Scalar;
use crate::mid::sm3_many::{Job, digest_many};
use crate::plant::{self, Plant};
use alloc::vec;
use alloc::vec::Vec;
use zeroize::{Zeroize, Zeroizing};

const LABEL: &[u8] = b"SM2 nonce";

/// What makes the halves differ.
fn halves() -> [[u8; 1]; 2] {
    if plant::is(Plant::NonceHalves) { [[0], [0]] } else { [[0], [1]] }
}

/// Nonce number `counter` for a digest. `None` if it is 0.
pub(crate) fn nonce(d: &Scalar, random: &[u8; 32], e: &[u8; 32], counter: u32) -> Option<Scalar> {
    let mut key = d.to_bytes();
    let mut wide = [0; 64];
    // Key and randomness fill the first block, which is compressed once for both halves.
    let first = hash::start(&[&key, random]);
    for (half, out) in halves().iter().zip(wide.as_chunks_mut::<32>().0) {
        *out = first.finish(&[e, &counter.to_be_bytes(), half, LABEL]);
    }
    key.zeroize();
    let k = Scalar::reduce_wide(&wide);
    wide.zeroize();
    (!k.is_zero()).then_some(k)
}

/// What a nonce is made of: d, random bytes and e.
pub(crate) type Ingredients<'a> = (&'a Scalar, &'a [u8; 32], &'a [u8; 32]);

/// Nonce number 0 for each, in the lanes of SM3. One may be 0.
pub(crate) fn nonces(of: &[Ingredients<'_>]) -> Zeroizing<Vec<Scalar>> {
    let keys: Zeroizing<Vec<[u8; 32]>> =
        Zeroizing::new(of.iter().map(|(d, ..)| d.to_bytes()).collect());
    let halves = halves();
    let parts: Vec<[&[u8]; 6]> = of
        .iter()
        .zip(keys.iter())
        .flat_map(|((_, random, e), key)| {
            halves.each_ref().map(|half| [&key[..], &random[..], &e[..], &[0; 4], half, LABEL])
        })
        .collect();
    let mut wide = Zeroizing::new(vec![[0; 64]; of.len()]);
    let places = wide.as_flattened_mut().as_chunks_mut::<32>().0;
    digest_many(parts.iter().map(|parts| Job::new(parts)), |number, mut digest| {
        places[number] = digest;
        digest.zeroize();
    });
    Zeroizing::new(wide.iter().map(Scalar::reduce_wide).collect())
}
