// SPDX-License-Identifier: Apache-2.0
//! Cycles of SM2 operations beside the `sm2` crate and, on x86-64 and AArch64, graviola's P-256:
//! `cargo run --release -p gmca-gm --example cycles_sm2`.
//!
//! Many short batches, ours and the peers' in turn, so that a busy machine disturbs all alike; the
//! tenth percentile counts. Cycles are those of the core: a chain of dependent multiplications of
//! three cycles each runs around every batch.
#![allow(clippy::disallowed_methods, clippy::expect_used)] // a measurement: it looks at the clock

use gmca_gm::sm2::{EphemeralKey, SigningKey, VerifyingKey};
use std::convert::Infallible;
use std::hint::black_box;
use std::time::Instant;

/// Rounds of all rows. The first argument says another number.
const ROUNDS: usize = 150;

type Row<'a> = (&'static str, Box<dyn FnMut() + 'a>);

fn main() {
    let rounds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(ROUNDS);
    let mut seed = 1_u64;
    let mut entropy = move |bytes: &mut [u8]| {
        for byte in bytes {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
            *byte = (seed >> 56) as u8;
        }
        Ok::<(), Infallible>(())
    };
    let Ok(key) = SigningKey::generate(&mut entropy);
    let Ok(other) = SigningKey::generate(&mut entropy);
    let public = *key.verifying_key();
    let prepared = public.prepare();
    let e = [0x5a; 32];
    let Ok(signature) = key.sign_digest(&e, &mut entropy);
    let peer = *other.verifying_key();
    let encoded = public.to_bytes();
    let secret = *key.to_bytes();
    let mut random = entropy;
    let mut rows: Vec<Row<'_>> = vec![
        ("SM2 sign", Box::new(|| keep(key.sign_digest(&e, entropy)))),
        ("SM2 verify", Box::new(|| assert!(public.verify_digest(&e, &signature)))),
        ("SM2 verify, prepared", Box::new(|| assert!(prepared.verify_digest(&e, &signature)))),
        ("SM2 ECDH", Box::new(|| keep(key.diffie_hellman(&peer)))),
        ("SM2 C1 = [k]G", Box::new(|| keep(EphemeralKey::generate(&mut random)))),
        ("SM2 private key from bytes", Box::new(|| keep(SigningKey::from_bytes(&secret)))),
        ("SM2 public key from bytes", Box::new(|| keep(VerifyingKey::from_bytes(&encoded)))),
        ("SM2 prepare", Box::new(|| keep(public.prepare()))),
    ];
    rows.extend(crate_rows(&secret, &encoded, &e, &signature));
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    rows.extend(graviola_rows());
    let mut samples = vec![Vec::new(); rows.len()];
    for _ in 0..rounds {
        for ((_, run), samples) in rows.iter_mut().zip(&mut samples) {
            samples.push(batch(run));
        }
    }
    for ((name, _), samples) in rows.iter().zip(&mut samples) {
        samples.sort_by(f64::total_cmp);
        println!("{name:30} {:9.0} cycles", samples[samples.len() / 10]);
    }
}

/// Takes a result, so that the compiler cannot leave the work out.
fn keep<T>(value: T) {
    drop(black_box(value));
}

/// Core cycles of one run, over a batch of about half a millisecond. The clock is read twice for all
/// of them: reading it may cost as much as a microsecond.
fn batch(run: &mut dyn FnMut()) -> f64 {
    let start = Instant::now();
    run();
    let count = (400_000 / start.elapsed().as_nanos().max(1)).clamp(1, 1000) as u32;
    let clock = cycle_length();
    let start = Instant::now();
    for _ in 0..count {
        run();
    }
    start.elapsed().as_secs_f64() / f64::from(count) / clock.min(cycle_length())
}

/// Seconds of one cycle: a multiplication takes three.
fn cycle_length() -> f64 {
    const STEPS: u32 = 4000;
    let start = Instant::now();
    let mut x = black_box(3_u64);
    for _ in 0..STEPS {
        x = x.wrapping_mul(x);
    }
    black_box(x);
    start.elapsed().as_secs_f64() / f64::from(3 * STEPS)
}

fn crate_rows(d: &[u8; 32], public: &[u8; 65], e: &[u8; 32], raw: &[u8; 64]) -> Vec<Row<'static>> {
    use signature::hazmat::{PrehashSigner, PrehashVerifier};
    use sm2::dsa::{Signature, SigningKey, VerifyingKey};
    let secret = sm2::SecretKey::from_slice(d).expect("a key");
    let key = SigningKey::new("1234567812345678", &secret).expect("a key");
    let public = VerifyingKey::from_sec1_bytes("1234567812345678", public).expect("a point");
    let signature = Signature::from_slice(raw).expect("a signature");
    let e = *e;
    vec![
        (
            "`sm2` crate, sign",
            Box::new(move || {
                let signature: Signature = key.sign_prehash(&e).expect("signs");
                black_box(signature);
            }),
        ),
        (
            "`sm2` crate, verify",
            Box::new(move || {
                public.verify_prehash(&e, &signature).expect("verifies");
            }),
        ),
    ]
}

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn graviola_rows() -> Vec<Row<'static>> {
    use graviola::hashing::Sha256;
    use graviola::key_agreement::p256::StaticPrivateKey;
    use graviola::signing::ecdsa::{P256, SigningKey, VerifyingKey};
    let key = SigningKey::<P256>::generate().expect("a key");
    let mut raw = [0; 64];
    let message = [0x5a; 32];
    let mut public = [0; 256];
    let public = key.to_spki_der(&mut public).expect("a key");
    let public = &public[public.len() - 65..];
    let verifier = VerifyingKey::<P256>::from_x962_uncompressed(public).expect("a key");
    key.sign::<Sha256>(&[&message], &mut raw).expect("signs");
    let ours = StaticPrivateKey::new_random().expect("a key");
    let peer = StaticPrivateKey::new_random().expect("a key").public_key_uncompressed();
    let peer = graviola::key_agreement::p256::PublicKey::from_x962_uncompressed(&peer);
    let peer = peer.expect("a point");
    vec![
        (
            "graviola P-256 sign",
            Box::new(move || {
                black_box(key.sign::<Sha256>(&[&message], &mut [0; 64]).is_ok());
            }),
        ),
        (
            "graviola P-256 verify",
            Box::new(move || {
                verifier.verify::<Sha256>(&[&message], &raw).expect("verifies");
            }),
        ),
        (
            "graviola P-256 ECDH",
            Box::new(move || {
                keep(ours.diffie_hellman(&peer));
            }),
        ),
    ]
}
