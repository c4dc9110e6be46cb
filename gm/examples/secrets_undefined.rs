// SPDX-License-Identifier: Apache-2.0
//! Everything that has to do with a secret, with the secret marked as memory that was never written, for
//! valgrind's memcheck, which complains about each branch and each address made of it:
//! `cargo run -p xtask -- gm-constant-time`, or by hand
//!
//! ```text
//! cargo build --release -p gmca-gm --example secrets_undefined --features valgrind
//! valgrind --error-exitcode=9 target/release/examples/secrets_undefined
//! valgrind --error-exitcode=9 target/release/examples/secrets_undefined branch   # must end with 9, as with `table`
//! ```
//!
//! Not here: time, which `constant_time` measures.
#![allow(clippy::expect_used)] // it stops where something is not as it should be

use gmca_gm::harness::LEVELS;
use gmca_gm::sm2::{self, EphemeralKey, SigningKey, VerifyingKey};
use gmca_gm::sm4::{Block, Doubling, Error, Sm4, Sm4Ccm, Sm4Gcm, Sm4Xts};
use gmca_gm::valgrind::{errors, public, running, secret};
use gmca_gm::{harness, sm3};
use std::convert::Infallible;
use std::hint::black_box;
use std::process::ExitCode;
use subtle::ConstantTimeEq;

/// Levels that valgrind shows a program: it hides ADX, GFNI and AVX-512.
const SEEN: [&str; 2] = ["portable", "aes"];

/// Lengths around each edge of a block, a pass and a stride.
const LENGTHS: [usize; 12] = [0, 1, 15, 16, 17, 63, 64, 112, 128, 129, 256, 600];

type Operation = (&'static str, fn());

const OPERATIONS: &[Operation] = &[
    ("SM2 private key from bytes", private_key),
    ("SM2 key generation", generate),
    ("SM2 sign", sign),
    ("SM2 sign, nonce given", sign_with_nonce),
    ("SM2 sign, key generation, ECDH, many", many),
    ("SM2 ECDH", agree),
    ("SM2 encrypt and decrypt", decrypt),
    ("SM2 key exchange", exchange),
    ("SM3 and its KDF", hash),
    ("SM4 key schedule and block", block),
    ("SM4 CBC", cbc),
    ("SM4 CTR, XTS", stream),
    ("SM4-GCM seal and open", gcm),
    ("SM4-CCM seal and open", ccm),
];

fn main() -> ExitCode {
    if !running() {
        eprintln!(
            "secrets_undefined: not under valgrind, so nothing would be seen: run `cargo run -p xtask -- gm-constant-time`"
        );
        return ExitCode::from(2);
    }
    match std::env::args().nth(1).as_deref() {
        Some("branch") => branch(),
        Some("table") => table(),
        _ => return every_level(),
    }
    ExitCode::SUCCESS
}

/// Runs everything at each level that valgrind shows.
fn every_level() -> ExitCode {
    let mut found = 0;
    for level in LEVELS.iter().filter(|level| SEEN.contains(&level.name())) {
        assert!(level.is_here(), "valgrind does not show what {} needs", level.name());
        found += level.run(|| all(level.name()));
    }
    // What valgrind shows is no level of its own: AVX2 and BMI2 without ADX.
    println!("as valgrind shows it: {:?}", harness::chosen());
    found += all("as shown");
    if found == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs everything and gives the number of complaints.
fn all(level: &str) -> u64 {
    let before = errors();
    for (name, run) in OPERATIONS {
        let before = errors();
        run();
        println!("{level:9} {name:37} {} complaints", errors() - before);
    }
    errors() - before
}

/// What must be found: a comparison that stops early.
fn branch() {
    let (key, guess) = (some_secret::<32>(1), black_box([1; 32]));
    for (a, b) in key.iter().zip(&guess) {
        if a != b {
            black_box(());
            return;
        }
    }
}

/// What must be found: a table read at a secret index.
fn table() {
    let key = some_secret::<32>(1);
    let table: [u8; 256] = std::array::from_fn(|i| i as u8 ^ 0x5a);
    black_box(black_box(&table)[usize::from(key[0])]);
}

/// Bytes that are the same in every run, marked as secret.
fn some_secret<const N: usize>(seed: u8) -> [u8; N] {
    let mut bytes = std::array::from_fn(|i| (i as u8).wrapping_mul(29).wrapping_add(seed));
    secret(&mut bytes);
    bytes
}

fn some_secrets(len: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..len).map(|i| i as u8 ^ 0x33).collect();
    secret(&mut bytes);
    bytes
}

/// Not `vec![secret; n]`, which looks whether the secret is 0.
fn some_blocks(count: usize) -> Vec<Block> {
    std::iter::repeat_with(|| some_secret(37)).take(count).collect()
}

/// A source of secret numbers.
fn entropy(bytes: &mut [u8]) -> Result<(), Infallible> {
    bytes.iter_mut().zip(0_u8..).for_each(|(byte, i)| *byte = i.wrapping_mul(101) ^ 0x6b);
    secret(bytes);
    Ok(())
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&some_secret(seed)).expect("a private key")
}

/// The public key, as it comes to somebody else.
fn public_of(key: &SigningKey) -> VerifyingKey {
    let bytes = key.verifying_key().to_bytes();
    public(&bytes);
    VerifyingKey::from_bytes(&bytes).expect("a public key")
}

fn private_key() {
    let key = key(3);
    public_of(&key);
    black_box(key.to_bytes());
}

fn generate() {
    let Ok(key) = SigningKey::generate(entropy);
    public_of(&key);
}

fn sign() {
    let key = key(5);
    let Ok(signature) = key.sign_digest(&[0x5a; 32], entropy);
    public(&signature);
    assert!(public_of(&key).verify_digest(&[0x5a; 32], &signature));
}

fn sign_with_nonce() {
    let key = key(7);
    let signature = key.sign_digest_with(&[0xa5; 32], &some_secret(9)).expect("a signature");
    public(&signature);
    assert!(public_of(&key).verify_digest(&[0xa5; 32], &signature));
}

fn many() {
    let Ok(keys) = sm2::generate_many(9, entropy);
    let jobs: Vec<_> = keys.iter().map(|key| (key, &[0x77; 32])).collect();
    let Ok(signatures) = sm2::sign_many(&jobs, entropy);
    public(signatures.as_flattened());
    for (key, signature) in keys.iter().zip(&signatures) {
        assert!(public_of(key).verify_digest(&[0x77; 32], signature));
    }
    let peer = public_of(&key(11));
    let jobs: Vec<_> = keys.iter().map(|key| (key, &peer)).collect();
    black_box(sm2::diffie_hellman_many(&jobs));
}

fn agree() {
    let (a, b) = (key(13), key(17));
    let (one, other) = (a.diffie_hellman(&public_of(&b)), b.diffie_hellman(&public_of(&a)));
    public(one.x());
    public(other.x());
    assert_eq!(one.x(), other.x());
}

/// GB/T 32918.4 clauses 6.1 and 7.1 of the pieces that this crate has.
fn decrypt() {
    let key = key(19);
    let Ok(ephemeral) = EphemeralKey::generate(entropy);
    let c1 = *ephemeral.point();
    public(&c1);
    let message = some_secrets(100);
    let sent = {
        let point = ephemeral.shared(&public_of(&key));
        let c2 = masked(point.x(), point.y(), &message);
        let c3 = sm3::digest(&[point.x(), &message, point.y()]);
        public(&c2);
        public(&c3);
        (c2, c3)
    };
    let point = key.diffie_hellman(&VerifyingKey::from_bytes(&c1).expect("a point"));
    let plain = masked(point.x(), point.y(), &sent.0);
    let check = sm3::digest(&[point.x(), &plain, point.y()]);
    let right = [check.ct_eq(&sent.1).unwrap_u8()];
    public(&right);
    assert_eq!(black_box(right), [1]);
}

fn masked(x: &[u8; 32], y: &[u8; 32], data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0; data.len()];
    sm3::kdf(&[*x, *y].concat(), &mut stream);
    stream.iter().zip(data).map(|(a, b)| a ^ b).collect()
}

fn exchange() {
    let (a, b) = (key(23), key(29));
    let (Ok(ra), Ok(rb)) = (EphemeralKey::generate(entropy), EphemeralKey::generate(entropy));
    public(ra.point());
    public(rb.point());
    let point = |bytes| VerifyingKey::from_bytes(bytes).expect("a point");
    let one = ra.exchange(&a).finish(&public_of(&b), &point(rb.point())).expect("a point");
    let other = rb.exchange(&b).finish(&public_of(&a), &point(ra.point())).expect("a point");
    public(one.y());
    public(other.y());
    assert_eq!(one.y(), other.y());
}

fn hash() {
    for len in LENGTHS {
        let message = some_secrets(len);
        black_box(sm3::digest(&[&message]));
        black_box(sm3::digest_many(&vec![&message[..]; 19]));
        let mut out = vec![0; len];
        sm3::kdf(&message, &mut out);
        black_box(out);
    }
}

fn block() {
    let cipher = Sm4::new(&some_secret(31));
    for blocks in [1, 2, 4, 7, 8, 16, 33] {
        let mut data = some_blocks(blocks);
        cipher.ecb_encrypt(&mut data);
        cipher.ecb_decrypt(&mut data);
        let expected = some_blocks(blocks);
        public(data.as_flattened());
        public(expected.as_flattened());
        assert_eq!(data, expected);
    }
}

fn cbc() {
    let cipher = Sm4::new(&some_secret(41));
    for blocks in [1, 3, 8, 16, 17, 40] {
        let mut data = some_blocks(blocks);
        cipher.cbc_encrypt(&mut [9; 16], &mut data);
        public(data.as_flattened());
        cipher.cbc_decrypt(&mut [9; 16], &mut data);
        black_box(data);
    }
}

fn stream() {
    let cipher = Sm4::new(&some_secret(47));
    for doubling in [Doubling::Gb, Doubling::Ieee] {
        let xts = Sm4Xts::new(&some_secret(53), doubling);
        for len in LENGTHS {
            let mut data = some_secrets(len);
            cipher.ctr(&[0xff; 16], &mut data);
            if xts.encrypt(&[1; 16], &mut data).is_ok() {
                xts.decrypt(&[1; 16], &mut data).expect("as long as before");
            }
            black_box(data);
        }
    }
}

fn gcm() {
    let cipher = Sm4Gcm::new(&some_secret(59));
    for len in LENGTHS {
        for nonce in [&[5; 12][..], &[6; 20]] {
            let mut data = some_secrets(len);
            let tag = cipher.seal(nonce, &[8; 21], &mut data).expect("a tag");
            public(&data);
            public(&tag);
            let mut forged = data.clone();
            let refused = cipher.open(nonce, &[9; 21], &mut forged, &tag);
            assert_eq!(refused, Err(Error::Refused));
            assert_eq!(cipher.open(nonce, &[8; 21], &mut data, &tag), Ok(()));
        }
    }
}

fn ccm() {
    let cipher = Sm4Ccm::new(&some_secret(61));
    for len in LENGTHS {
        let mut data = some_secrets(len);
        let tag = cipher.seal(&[5; 12], &[8; 21], &mut data, 16).expect("a tag");
        public(&data);
        public(&tag);
        let mut forged = data.clone();
        assert_eq!(cipher.open(&[5; 12], &[9; 21], &mut forged, &tag), Err(Error::Refused));
        assert_eq!(cipher.open(&[5; 12], &[8; 21], &mut data, &tag), Ok(()));
    }
}
