// SPDX-License-Identifier: Apache-2.0
//! What is measured: for each operation, a secret that stays or is drawn anew, and what is done with it.

use crate::statistics::Times;
use gmca_gm::sm2::{
    EphemeralKey, SigningKey, VerifyingKey, diffie_hellman_many, generate_many, sign_many,
};
use gmca_gm::sm3;
use gmca_gm::sm4::{Sm4, Sm4Gcm};
use std::convert::Infallible;
use std::hint::black_box;
use std::time::Instant;
use subtle::ConstantTimeEq;

/// A line of the table.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// Made to be caught.
    pub(crate) leaky: bool,
    pub(crate) measure: fn(usize, &mut Random) -> Times,
}

const fn row(name: &'static str, measure: fn(usize, &mut Random) -> Times) -> Row {
    Row { name, leaky: false, measure }
}

pub(crate) const ALL: &[Row] = &[
    Row { name: "control: early exit", leaky: true, measure: early_exit },
    Row { name: "control: table in memory", leaky: true, measure: table },
    row("SM2 private key from bytes", private_key),
    row("SM2 sign, by key", sign_by_key),
    row("SM2 sign, by nonce", sign_by_nonce),
    row("SM2 ECDH, by key", agree),
    row("SM2 decrypt 64 bytes, by key", decrypt),
    row("SM2 key exchange, by both keys", exchange),
    row("SM2 keys, 8 at once", keys_at_once),
    row("SM2 sign, 8 at once, by keys", sign_at_once),
    row("SM2 ECDH, 8 at once, by keys", agree_at_once),
    row("SM4 key schedule", schedule),
    row("SM4 block, by key", block_by_key),
    row("SM4 block, by data", block_by_data),
    row("SM4-GCM seal 256, by key, data", seal),
    row("SM4-GCM open 256, by key, data", open),
    row("SM4-GCM refuse 64, by place", refuse),
];

/// Inputs are made for so many measurements, and then these run one after the other.
const AT_ONCE: usize = 200;

/// Measures `work` on inputs that `make` makes of 64 bytes, the same ones or random ones. For an operation
/// of less than a microsecond, one measurement is `TIMES` runs.
fn measure<const TIMES: usize, I, R>(
    count: usize,
    random: &mut Random,
    mut make: impl FnMut(&[u8; 64]) -> I,
    mut work: impl FnMut(&mut I) -> R,
) -> Times {
    let fixed = random.bytes();
    let mut times = Times { classes: [Vec::new(), Vec::new()] };
    for round in 0..=count.div_ceil(AT_ONCE) {
        let classes: [usize; AT_ONCE] = std::array::from_fn(|_| random.next() as usize & 1);
        // Both classes draw, so that nothing but the bytes differs.
        let inputs = classes.map(|class| {
            let drawn = random.bytes();
            make(black_box(&[fixed, drawn])[class..].first().expect("two"))
        });
        for (mut input, class) in inputs.into_iter().zip(classes) {
            let start = Instant::now();
            for _ in 0..TIMES {
                black_box(work(black_box(&mut input)));
            }
            let time = start.elapsed().as_nanos().min(u128::from(u32::MAX));
            // The first round warms up.
            if round > 0 {
                times.classes[class].push(time as u32);
            }
        }
    }
    times
}

fn early_exit(count: usize, random: &mut Random) -> Times {
    // What stays will be drawn next: it is what all are compared with.
    let guess: [u8; 64] = Random::new(random.0).bytes();
    let make = |secret: &[u8; 64]| *secret;
    measure::<1, _, _>(count, random, make, |secret| {
        secret.iter().zip(&guess).position(|(a, b)| black_box(a) != b)
    })
}

fn table(count: usize, random: &mut Random) -> Times {
    let table: Vec<u8> = (0..256 * 4096).map(|i| i as u8).collect();
    measure::<1, _, _>(
        count,
        random,
        |secret| *secret,
        |secret| secret.iter().map(|i| u32::from(table[usize::from(*i) * 4096])).sum::<u32>(),
    )
}

fn private_key(count: usize, random: &mut Random) -> Times {
    measure::<1, _, _>(count, random, private_bytes, |bytes| SigningKey::from_bytes(bytes))
}

fn sign_by_key(count: usize, random: &mut Random) -> Times {
    let mut noise = Random::new(random.next());
    let mut entropy = move |bytes: &mut [u8]| {
        noise.fill(bytes);
        Ok::<(), Infallible>(())
    };
    measure::<1, _, _>(count, random, key, move |key| key.sign_digest(&[0x5a; 32], &mut entropy))
}

fn sign_by_nonce(count: usize, random: &mut Random) -> Times {
    let key = key(&random.bytes());
    measure::<1, _, _>(count, random, private_bytes, |k| key.sign_digest_with(&[0x5a; 32], k))
}

fn agree(count: usize, random: &mut Random) -> Times {
    let peer = *key(&random.bytes()).verifying_key();
    measure::<1, _, _>(count, random, key, |key| key.diffie_hellman(&peer))
}

/// GB/T 32918.4 clause 7.1 from B3 on. For all keys but one the check value is wrong, which must not show
/// either.
fn decrypt(count: usize, random: &mut Random) -> Times {
    let c1 = *key(&random.bytes()).verifying_key();
    let (c2, c3): ([u8; 64], [u8; 64]) = (random.bytes(), random.bytes());
    measure::<1, _, _>(count, random, key, |key| {
        let shared = key.diffie_hellman(&c1);
        let mut plain = [0; 64];
        sm3::kdf(&[*shared.x(), *shared.y()].concat(), &mut plain);
        plain.iter_mut().zip(&c2).for_each(|(a, b)| *a ^= b);
        let check = sm3::digest(&[shared.x(), &plain, shared.y()]);
        (plain, check.ct_eq(&c3[..32]))
    })
}

fn exchange(count: usize, random: &mut Random) -> Times {
    let (peer, point): (VerifyingKey, VerifyingKey) = {
        let of = |bytes| *key(bytes).verifying_key();
        (of(&random.bytes()), of(&random.bytes()))
    };
    let both = |bytes: &[u8; 64]| {
        let mut turned = *bytes;
        turned.reverse();
        let ephemeral = EphemeralKey::from_bytes(&private_bytes(&turned)).expect("a nonce");
        (key(bytes), ephemeral)
    };
    measure::<1, _, _>(count, random, both, |(key, ephemeral)| {
        ephemeral.exchange(key).finish(&peer, &point).is_ok()
    })
}

fn keys_at_once(count: usize, random: &mut Random) -> Times {
    let many = |secret: &mut [u8; 64]| {
        let mut at = 0;
        generate_many(8, |bytes: &mut [u8]| {
            bytes.chunks_mut(64).for_each(|one| {
                one.copy_from_slice(&turned(secret, at));
                at += 1;
            });
            Ok::<(), Infallible>(())
        })
    };
    measure::<1, _, _>(count, random, |bytes| *bytes, many)
}

fn sign_at_once(count: usize, random: &mut Random) -> Times {
    let mut noise = Random::new(random.next());
    let mut entropy = move |bytes: &mut [u8]| {
        noise.fill(bytes);
        Ok::<(), Infallible>(())
    };
    measure::<1, _, _>(count, random, eight_keys, move |keys| {
        sign_many(&keys.each_ref().map(|key| (key, &[0x5a; 32])), &mut entropy)
    })
}

fn agree_at_once(count: usize, random: &mut Random) -> Times {
    let peer = *key(&random.bytes()).verifying_key();
    measure::<1, _, _>(count, random, eight_keys, |keys| {
        diffie_hellman_many(&keys.each_ref().map(|key| (key, &peer)))
    })
}

fn schedule(count: usize, random: &mut Random) -> Times {
    measure::<4, _, _>(count, random, first::<16>, |key| Sm4::new(key))
}

fn block_by_key(count: usize, random: &mut Random) -> Times {
    let cipher = |bytes: &[u8; 64]| Sm4::new(&first(bytes));
    measure::<8, _, _>(count, random, cipher, |cipher| {
        let mut block = [[0x33; 16]];
        cipher.ecb_encrypt(&mut block);
        block
    })
}

fn block_by_data(count: usize, random: &mut Random) -> Times {
    let cipher = Sm4::new(&first(&random.bytes()));
    measure::<8, _, _>(count, random, first::<16>, |block| {
        let mut block = [*block];
        cipher.ecb_encrypt(&mut block);
        block
    })
}

fn seal(count: usize, random: &mut Random) -> Times {
    measure::<1, _, _>(count, random, message, |(key, data)| key.seal(&[7; 12], &[9; 20], data))
}

fn open(count: usize, random: &mut Random) -> Times {
    let sealed = |bytes: &[u8; 64]| {
        let (key, mut data) = message(bytes);
        let tag = key.seal(&[7; 12], &[9; 20], &mut data).expect("a tag");
        (key, data, tag)
    };
    measure::<1, _, _>(count, random, sealed, |(key, data, tag)| {
        key.open(&[7; 12], &[9; 20], data, tag).expect("the right tag");
    })
}

/// Forged tags: which byte is wrong must not show.
fn refuse(count: usize, random: &mut Random) -> Times {
    let key = Sm4Gcm::new(&first(&random.bytes()));
    let right = key.seal(&[7; 12], &[], &mut [1; 64]).expect("a tag");
    let sealed = {
        let mut data = [1; 64];
        key.seal(&[7; 12], &[], &mut data).expect("a tag");
        data
    };
    let forged = |bytes: &[u8; 64]| {
        let mut tag = right;
        tag[usize::from(bytes[0] % 16)] ^= 1;
        (sealed, tag)
    };
    measure::<1, _, _>(count, random, forged, |(data, tag)| key.open(&[7; 12], &[], data, tag))
}

fn message(bytes: &[u8; 64]) -> (Sm4Gcm, [u8; 256]) {
    let mut data = [0; 256];
    data.as_chunks_mut::<64>().0.fill(*bytes);
    (Sm4Gcm::new(&first(bytes)), data)
}

/// Below n, which is a little less than 2²⁵⁶: the upper bit is cleared.
fn private_bytes(bytes: &[u8; 64]) -> [u8; 32] {
    let mut private: [u8; 32] = first(bytes);
    private[0] &= 0x7f;
    private
}

fn key(bytes: &[u8; 64]) -> SigningKey {
    SigningKey::from_bytes(&private_bytes(bytes)).expect("a private key")
}

fn eight_keys(bytes: &[u8; 64]) -> [SigningKey; 8] {
    core::array::from_fn(|i| key(&turned(bytes, i)))
}

fn turned(bytes: &[u8; 64], by: usize) -> [u8; 64] {
    let mut turned = *bytes;
    turned.rotate_left(8 * by);
    turned
}

fn first<const N: usize>(bytes: &[u8; 64]) -> [u8; N] {
    *bytes.first_chunk().expect("at most 64")
}

/// Numbers that look random enough for inputs.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    fn fill(&mut self, bytes: &mut [u8]) {
        for eight in bytes.chunks_mut(8) {
            let word = self.next().to_le_bytes();
            eight.copy_from_slice(&word[..eight.len()]);
        }
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
}
