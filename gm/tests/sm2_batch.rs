// SPDX-License-Identifier: Apache-2.0
//! Many signatures at once: each verdict is that of the signature alone, wherever it stands.

use gmca_gm::harness::at_every_level;
use gmca_gm::sm2::{Claim, SigningKey, VerifyingKey, diffie_hellman_many, generate_many};
use gmca_gm::sm2::{sign_many, verify_many};

/// A source that is seeded, for keys and nonces of tests.
struct Source(u64);

impl Source {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), std::convert::Infallible> {
        for byte in bytes {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            *byte = (self.0 >> 56) as u8;
        }
        Ok(())
    }
}

fn keys(count: usize, seed: u64) -> Vec<SigningKey> {
    let mut source = Source(seed);
    let Ok(keys) = generate_many(count, |bytes| source.fill(bytes));
    keys
}

fn digests(count: usize) -> Vec<[u8; 32]> {
    (0..count).map(|i| std::array::from_fn(|j| (i * 37 + j * 11) as u8)).collect()
}

fn signed(keys: &[SigningKey], digests: &[[u8; 32]]) -> Vec<[u8; 64]> {
    let jobs: Vec<_> = keys.iter().zip(digests).collect();
    let mut source = Source(99);
    let Ok(signatures) = sign_many(&jobs, |bytes| source.fill(bytes));
    signatures
}

#[test]
fn keys_and_signatures_of_a_batch_are_as_those_made_alone() {
    at_every_level(|| {
        for count in [0, 1, 2, 3, 7, 8, 9, 16, 65, 130] {
            let keys = keys(count, 5);
            let digests = digests(count);
            let signatures = signed(&keys, &digests);
            assert_eq!(signatures.len(), count);
            for ((key, digest), signature) in keys.iter().zip(&digests).zip(&signatures) {
                let alone = SigningKey::from_bytes(&key.to_bytes()).unwrap();
                assert_eq!(alone.verifying_key(), key.verifying_key());
                assert!(alone.verifying_key().verify_digest(digest, signature));
            }
        }
    });
}

#[test]
fn every_place_can_be_the_wrong_one() {
    at_every_level(|| {
        let keys = keys(70, 6);
        let digests = digests(70);
        let signatures = signed(&keys, &digests);
        for wrong in 0..70 {
            let mut spoiled = signatures.clone();
            spoiled[wrong][(wrong * 7) % 64] ^= 1 << (wrong % 8);
            let claims = claims(&keys, &digests, &spoiled);
            let verdicts = verify_many(&claims);
            for (place, verdict) in verdicts.into_iter().enumerate() {
                assert_eq!(verdict, place != wrong, "place {place} where {wrong} is wrong");
            }
        }
    });
}

fn claims<'a>(
    keys: &'a [SigningKey],
    digests: &'a [[u8; 32]],
    signatures: &'a [[u8; 64]],
) -> Vec<Claim<'a>> {
    let each = keys.iter().zip(digests).zip(signatures);
    each.map(|((key, digest), signature)| Claim { key: key.verifying_key(), digest, signature })
        .collect()
}

/// Any number of wrong ones among good ones, of every kind, with keys that come twice.
#[test]
fn each_verdict_is_that_of_the_signature_alone() {
    at_every_level(|| {
        let keys = keys(9, 7);
        let digests = digests(40);
        let pairs: Vec<(&SigningKey, &[u8; 32])> =
            digests.iter().enumerate().map(|(i, digest)| (&keys[i % 9], digest)).collect();
        let mut source = Source(3);
        let Ok(good) = sign_many(&pairs, |bytes| source.fill(bytes));
        let order: [u8; 32] =
            hex_literal::hex!("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123");
        for pattern in 0..64u64 {
            let mut signatures = good.clone();
            for (i, signature) in signatures.iter_mut().enumerate() {
                match (pattern.wrapping_mul(0x9e37_79b9) >> (i % 29)) % 9 {
                    0 => signature[..32].fill(0),
                    1 => signature[32..].fill(0),
                    2 => signature[..32].copy_from_slice(&order),
                    3 => signature[32..].fill(0xff),
                    4 => signature.rotate_left(32),
                    5 => signature[i] ^= 0x40,
                    _ => {}
                }
            }
            let claims: Vec<Claim<'_>> = pairs
                .iter()
                .zip(&signatures)
                .map(|((key, digest), signature)| Claim {
                    key: key.verifying_key(),
                    digest,
                    signature,
                })
                .collect();
            let alone: Vec<bool> =
                claims.iter().map(|c| c.key.verify_digest(c.digest, c.signature)).collect();
            assert_eq!(verify_many(&claims), alone, "pattern {pattern}");
            assert!(alone.contains(&true) || alone.iter().all(|holds| !holds));
        }
    });
}

/// The key G with s = t adds a point to itself, which the formulas of the lanes do not: r + s = s,
/// so r would be 0; with the key -G the sum is infinity. Those near them are what a batch meets.
#[test]
fn a_signature_of_a_key_near_the_base_point_is_verified() {
    at_every_level(|| {
        let mut one = [0; 32];
        for d in 1..=12 {
            one[31] = d;
            let key = SigningKey::from_bytes(&one).unwrap();
            let digests = digests(8);
            let keys: Vec<SigningKey> =
                (0..8).map(|_| SigningKey::from_bytes(&one).unwrap()).collect();
            let signatures = signed(&keys, &digests);
            let verdicts = verify_many(&claims(&keys, &digests, &signatures));
            assert_eq!(verdicts, [true; 8], "key {}", key.to_bytes()[31]);
        }
    });
}

#[test]
fn secrets_of_a_batch_are_those_made_alone() {
    at_every_level(|| {
        let (ours, theirs) = (keys(20, 8), keys(20, 9));
        let jobs: Vec<(&SigningKey, &VerifyingKey)> =
            ours.iter().zip(theirs.iter().map(SigningKey::verifying_key)).collect();
        let secrets = diffie_hellman_many(&jobs);
        for ((one, other), secret) in ours.iter().zip(&theirs).zip(secrets) {
            let alone = other.diffie_hellman(one.verifying_key());
            assert_eq!((secret.x(), secret.y()), (alone.x(), alone.y()));
        }
    });
}

#[test]
fn a_source_that_fails_gives_no_signature() {
    at_every_level(|| {
        let keys = keys(4, 1);
        let digests = digests(4);
        let jobs: Vec<_> = keys.iter().zip(&digests).collect();
        assert_eq!(sign_many(&jobs, |_| Err("no randomness")), Err("no randomness"));
        assert!(generate_many(4, |_| Err("no randomness")).is_err());
    });
}
