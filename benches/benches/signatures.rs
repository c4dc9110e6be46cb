// SPDX-License-Identifier: Apache-2.0
//! Signing, verifying, agreeing and key generation of every engine, beside aws-lc-rs.

#![allow(missing_docs)]

use bccsp::{Context, Job};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gmca_benches::engines;

/// The size of a Fabric proposal response, more or less.
const MESSAGE: [u8; 1024] = [0x5a; 1024];
const BATCH: usize = 64;

fn sign(c: &mut Criterion) {
    let mut group = c.benchmark_group("sign");
    for (name, provider) in engines() {
        let key = provider.generate_signing_key().unwrap();
        group.bench_function(name, |b| b.iter(|| key.sign(Context::Fabric, &[&MESSAGE]).unwrap()));
    }
    #[cfg(feature = "peers")]
    peer::sign(&mut group);
}

fn verify(c: &mut Criterion) {
    let mut group = c.benchmark_group("verify");
    for (name, provider) in engines() {
        let key = provider.generate_signing_key().unwrap();
        let signature = key.sign(Context::Fabric, &[&MESSAGE]).unwrap();
        let key = key.verifying_key();
        group.bench_function(name, |b| {
            b.iter(|| key.verify(Context::Fabric, &[&MESSAGE], signature.as_ref()).unwrap());
        });
    }
    #[cfg(feature = "peers")]
    peer::verify(&mut group);
}

/// The key is parsed for every signature, as when each signer is met once.
fn verify_cold(c: &mut Criterion) {
    let mut group = c.benchmark_group("verify, key parsed each time");
    for (name, provider) in engines() {
        let key = provider.generate_signing_key().unwrap();
        let signature = key.sign(Context::Fabric, &[&MESSAGE]).unwrap();
        let public = *key.verifying_key().public_key();
        group.bench_function(name, |b| {
            b.iter(|| {
                let key = provider.verifying_key(&public).unwrap();
                key.verify(Context::Fabric, &[&MESSAGE], signature.as_ref()).unwrap();
            });
        });
    }
}

fn verify_many(c: &mut Criterion) {
    let mut group = c.benchmark_group(format!("verify {BATCH} at once"));
    group.throughput(Throughput::Elements(BATCH as u64));
    for (name, provider) in engines() {
        let keys: Vec<_> = (0..BATCH).map(|_| provider.generate_signing_key().unwrap()).collect();
        let message: &[&[u8]] = &[&MESSAGE];
        let signatures: Vec<_> =
            keys.iter().map(|key| key.sign(Context::Fabric, message).unwrap()).collect();
        let jobs: Vec<_> = keys
            .iter()
            .zip(&signatures)
            .map(|(key, signature)| Job {
                key: key.verifying_key().as_ref(),
                ctx: Context::Fabric,
                message,
                signature: signature.as_ref(),
            })
            .collect();
        group.bench_function(name, |b| b.iter(|| provider.verify_many(&jobs)));
    }
}

fn agree(c: &mut Criterion) {
    let mut group = c.benchmark_group("agree");
    for (name, provider) in engines() {
        let own = provider.generate_decryption_key().unwrap();
        let peer = provider.generate_decryption_key().unwrap();
        let peer = *peer.encryption_key().public_key();
        group.bench_function(name, |b| b.iter(|| own.agree(&peer).unwrap()));
    }
}

fn encrypt(c: &mut Criterion) {
    let mut group = c.benchmark_group("public-key encryption of 32 bytes");
    for (name, provider) in engines() {
        let key = provider.generate_decryption_key().unwrap();
        let sealed = key.encryption_key().encrypt(&[7; 32]).unwrap();
        group.bench_function(format!("{name} encrypt"), |b| {
            b.iter(|| key.encryption_key().encrypt(&[7; 32]).unwrap());
        });
        group.bench_function(format!("{name} decrypt"), |b| {
            b.iter(|| key.decrypt(&sealed).unwrap());
        });
    }
}

fn generate(c: &mut Criterion) {
    let mut group = c.benchmark_group("key generation, with its trial");
    for (name, provider) in engines() {
        group.bench_function(name, |b| b.iter(|| provider.generate_signing_key().unwrap()));
    }
}

/// The same work by aws-lc-rs.
#[cfg(feature = "peers")]
mod peer {
    use super::MESSAGE;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair,
        UnparsedPublicKey,
    };
    use criterion::BenchmarkGroup;
    use criterion::measurement::WallTime;

    const NAME: &str = "peer/aws-lc-rs P-256";

    pub(super) fn sign(group: &mut BenchmarkGroup<'_, WallTime>) {
        let (rng, key) = key();
        group.bench_function(NAME, |b| b.iter(|| key.sign(&rng, &MESSAGE).unwrap()));
    }

    pub(super) fn verify(group: &mut BenchmarkGroup<'_, WallTime>) {
        let (rng, key) = key();
        let signature = key.sign(&rng, &MESSAGE).unwrap();
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key.public_key().as_ref());
        group.bench_function(NAME, |b| {
            b.iter(|| public.verify(&MESSAGE, signature.as_ref()).unwrap());
        });
    }

    fn key() -> (SystemRandom, EcdsaKeyPair) {
        let (rng, algorithm) = (SystemRandom::new(), &ECDSA_P256_SHA256_ASN1_SIGNING);
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &rng).unwrap();
        (rng, EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref()).unwrap())
    }
}

criterion_group!(benches, sign, verify, verify_cold, verify_many, agree, encrypt, generate);
criterion_main!(benches);
