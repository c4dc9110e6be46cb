// SPDX-License-Identifier: Apache-2.0
//! Hashing, sealing and opening of every engine at several sizes, beside aws-lc-rs.

#![allow(missing_docs)]

use bccsp::AeadMode;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gmca_benches::engines;

const SIZES: [usize; 4] = [64, 1024, 16 << 10, 1 << 20];
const KEY: [u8; 16] = [7; 16];

fn hash(c: &mut Criterion) {
    let mut group = c.benchmark_group("hash");
    for size in SIZES {
        let message = vec![0x5a; size];
        group.throughput(Throughput::Bytes(size as u64));
        for (name, provider) in engines() {
            let hash = provider.hash().unwrap();
            group.bench_with_input(BenchmarkId::new(name, size), &message, |b, message| {
                b.iter(|| hash.digest(&[message]));
            });
        }
        #[cfg(feature = "peers")]
        peer::hash(&mut group, &message);
    }
}

fn hash_many(c: &mut Criterion) {
    let mut group = c.benchmark_group("hash 16 of 1 KiB at once");
    let message = [0x5a; 1024];
    let messages = [&message[..]; 16];
    group.throughput(Throughput::Bytes(16 << 10));
    for (name, provider) in engines() {
        let hash = provider.hash().unwrap();
        group.bench_function(name, |b| b.iter(|| hash.digest_many(&messages)));
    }
}

fn seal(c: &mut Criterion) {
    for (mode, label) in [(AeadMode::Gcm, "GCM"), (AeadMode::Ccm, "CCM")] {
        let mut group = c.benchmark_group(format!("{label} seal"));
        for size in SIZES {
            let message = vec![0x5a; size];
            group.throughput(Throughput::Bytes(size as u64));
            for (name, provider) in engines() {
                let aead = provider.aead(mode, &KEY).unwrap();
                group.bench_with_input(BenchmarkId::new(name, size), &message, |b, message| {
                    b.iter(|| aead.seal(b"", message).unwrap());
                });
            }
            #[cfg(feature = "peers")]
            if mode == AeadMode::Gcm {
                peer::seal(&mut group, &message);
            }
        }
    }
}

fn open(c: &mut Criterion) {
    let mut group = c.benchmark_group("GCM open");
    for size in SIZES {
        group.throughput(Throughput::Bytes(size as u64));
        for (name, provider) in engines() {
            let aead = provider.aead(AeadMode::Gcm, &KEY).unwrap();
            let sealed = aead.seal(b"", &vec![0x5a; size]).unwrap();
            group.bench_with_input(BenchmarkId::new(name, size), &sealed, |b, sealed| {
                b.iter(|| aead.open(b"", sealed).unwrap());
            });
        }
    }
}

/// The same work by aws-lc-rs.
#[cfg(feature = "peers")]
mod peer {
    use super::KEY;
    use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
    use aws_lc_rs::digest::{SHA256, digest};
    use criterion::measurement::WallTime;
    use criterion::{BenchmarkGroup, BenchmarkId};

    pub(super) fn hash(group: &mut BenchmarkGroup<'_, WallTime>, message: &[u8]) {
        let id = BenchmarkId::new("peer/aws-lc-rs SHA-256", message.len());
        group.bench_with_input(id, message, |b, message| b.iter(|| digest(&SHA256, message)));
    }

    pub(super) fn seal(group: &mut BenchmarkGroup<'_, WallTime>, message: &[u8]) {
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &KEY).unwrap());
        let id = BenchmarkId::new("peer/aws-lc-rs AES-128-GCM", message.len());
        group.bench_with_input(id, message, |b, message| {
            b.iter(|| {
                let mut buffer = message.to_vec();
                let nonce = Nonce::assume_unique_for_key([1; 12]);
                key.seal_in_place_append_tag(nonce, Aad::empty(), &mut buffer).unwrap();
                buffer
            });
        });
    }
}

criterion_group!(benches, hash, hash_many, seal, open);
criterion_main!(benches);
