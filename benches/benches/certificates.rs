// SPDX-License-Identifier: Apache-2.0
//! Parsing a certificate, checking a chain of three, and paths per second, in both families and
//! with every engine.

#![allow(missing_docs)]

use bccsp::{EngineChoice, Providers, SigningKey, Suite};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pki::extension::{BasicConstraints, KeyUsage, TypedExtension};
use pki::{Certificate, CertificateBuilder, Name, Time, path};
use std::sync::Arc;

/// A root, a CA below it and a leaf.
struct Chain {
    root: Certificate,
    middle: Certificate,
    leaf: Certificate,
    at: Time,
}

impl Chain {
    fn new(providers: &Providers) -> Self {
        let key = || providers.default_provider().generate_signing_key().unwrap();
        let (root_key, middle_key, leaf_key) = (key(), key(), key());
        let names = ["Root", "Middle", "Leaf"]
            .map(|name| Name::parse(&format!("/C=CN/O=Org1/CN={name}")).unwrap());
        let ca = |path_len| BasicConstraints { ca: true, path_len }.extension(true);
        let issue = |n: usize, subject: &Arc<dyn SigningKey>, issuer: &Arc<dyn SigningKey>| {
            let (from, until) =
                (Time::parse("2026-01-01").unwrap(), Time::parse("2036-01-01").unwrap());
            let public = subject.verifying_key().public_key();
            let builder = CertificateBuilder::new(&names[n], public, &[n as u8 + 1], from, until);
            let builder = match n {
                0 => builder.extension(ca(None)).extension(KeyUsage::KEY_CERT_SIGN.extension(true)),
                1 => builder
                    .extension(ca(Some(0)))
                    .extension(KeyUsage::KEY_CERT_SIGN.extension(true)),
                _ => builder.extension(KeyUsage::DIGITAL_SIGNATURE.extension(true)),
            };
            let builder = builder.subject_key_id(providers).unwrap();
            builder.sign(&names[n.saturating_sub(1)], issuer.as_ref()).unwrap()
        };
        Self {
            root: issue(0, &root_key, &root_key),
            middle: issue(1, &middle_key, &root_key),
            leaf: issue(2, &leaf_key, &middle_key),
            at: Time::parse("2026-06-01").unwrap(),
        }
    }
}

/// Both families, each with every engine that this machine has.
fn sets() -> Vec<(String, Providers)> {
    let mut sets = Vec::new();
    for suite in Suite::ALL {
        for choice in [EngineChoice::Portable, EngineChoice::Fast] {
            if let Ok(providers) = Providers::new(suite, choice) {
                let engine = providers.default_provider().engine();
                sets.push((format!("{suite}/{engine}"), providers));
            }
        }
    }
    sets
}

fn parse(c: &mut Criterion) {
    let mut group = c.benchmark_group("parse a certificate");
    for (name, providers) in sets() {
        let der = Chain::new(&providers).leaf.as_der().to_vec();
        group.bench_function(name, |b| b.iter(|| Certificate::from_der(&der).unwrap()));
    }
}

fn chain(c: &mut Criterion) {
    let mut group = c.benchmark_group("check a chain of three");
    for (name, providers) in sets() {
        let chain = Chain::new(&providers);
        let options = path::Options::at(chain.at.timestamp());
        group.bench_function(name, |b| {
            b.iter(|| {
                let (root, middle) = ([chain.root.clone()], [chain.middle.clone()]);
                let verifier = path::Verifier::new(&providers, root, middle, []);
                verifier.verify(&chain.leaf, &options).unwrap()
            });
        });
    }
}

/// Paths per second: of certificates that nobody has seen before, each parsed and every signature
/// verified; and by a verifier that remembers those of the CAs, which leaves the leaf's.
fn paths(c: &mut Criterion) {
    let mut group = c.benchmark_group("check a path");
    group.throughput(Throughput::Elements(1));
    for (name, providers) in sets() {
        let chain = Chain::new(&providers);
        let options = path::Options::at(chain.at.timestamp());
        let [root, middle, leaf] =
            [&chain.root, &chain.middle, &chain.leaf].map(|c| c.as_der().to_vec());
        let read = |der: &[u8]| Certificate::from_der(der).unwrap();
        group.bench_function(format!("{name}/cold"), |b| {
            b.iter(|| {
                let verifier = path::Verifier::new(&providers, [read(&root)], [read(&middle)], []);
                verifier.verify(&read(&leaf), &options).unwrap()
            });
        });
        let verifier = path::Verifier::new(&providers, [read(&root)], [read(&middle)], []);
        group.bench_function(format!("{name}/remembered"), |b| {
            b.iter(|| verifier.verify(&read(&leaf), &options).unwrap());
        });
    }
}

criterion_group!(benches, parse, chain, paths);
criterion_main!(benches);
