// SPDX-License-Identifier: Apache-2.0
//! A block of 500 endorser transactions, one creator's and one endorser's signature each: read,
//! hashed, opened, and its signatures judged one by one and many at once.

#![allow(missing_docs)]

use bccsp::{Context, EngineChoice, Hash, Job, Providers, Suite, VerifyingKey};
use block::{Block, Envelope, Proposal, Request, sign_payload};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use proto::kvrwset::{KvRead, KvWrite, KvrwSet, Version};
use proto::msp::SerializedIdentity;
use proto::prost::Message;
use proto::protos::{ChaincodeAction, Response};
use proto::rwset::{NsReadWriteSet, TxReadWriteSet};
use proto::{Bytes, SignedData};
use std::hint::black_box;
use std::sync::Arc;

const TRANSACTIONS: usize = 500;

/// A block as bytes, and the two keys that sign in it.
struct Sample {
    bytes: Bytes,
    client: Arc<dyn VerifyingKey>,
    peer: Arc<dyn VerifyingKey>,
    providers: Providers,
}

impl Sample {
    fn new(suite: Suite, choice: EngineChoice) -> Option<Self> {
        let providers = Providers::new(suite, choice).ok()?;
        let provider = providers.default_provider();
        let (client, peer) =
            (provider.generate_signing_key().unwrap(), provider.generate_signing_key().unwrap());
        let hash = provider.hash().unwrap();
        let entries = (0..TRANSACTIONS).map(|place| {
            let request = Request {
                channel: "ch1",
                chaincode: "basic",
                args: vec!["put".into(), format!("key{place}").into(), vec![7; 64].into()],
                creator: identity("client"),
                nonce: format!("{place:024}").into(),
                ..Request::default()
            };
            let proposal = Proposal::new(request, &providers).unwrap();
            let result = result(place);
            let response = proposal.endorse(&result, hash, &identity("peer"), &*peer).unwrap();
            let payload = proposal.assemble(&[response]).unwrap();
            sign_payload(payload, &*client).unwrap().encode_to_vec().into()
        });
        let block = Block::new(7, vec![0; 32], entries.collect(), hash);
        let (client, peer) = (client.verifying_key().clone(), peer.verifying_key().clone());
        Some(Self { bytes: block.encode(), client, peer, providers })
    }

    fn hash(&self) -> &dyn Hash {
        self.providers.default_provider().hash().unwrap()
    }

    /// Creators' and endorsers' signatures in turn.
    fn signatures(&self) -> Vec<SignedData> {
        let mut all = Vec::with_capacity(2 * TRANSACTIONS);
        for envelope in open(&self.bytes) {
            all.push(envelope.signed_data());
            all.extend(envelope.transaction().unwrap().action().unwrap().endorsements());
        }
        all
    }

    fn key(&self, place: usize) -> &dyn VerifyingKey {
        if place.is_multiple_of(2) { &*self.client } else { &*self.peer }
    }
}

/// As long as a serialized identity with a certificate is.
fn identity(name: &str) -> Bytes {
    let id_bytes = vec![b'x'; 800].into();
    SerializedIdentity { mspid: format!("{name}MSP"), id_bytes }.encode_to_vec().into()
}

fn result(place: usize) -> ChaincodeAction {
    let version = Some(Version { block_num: 3, tx_num: 0 });
    let read = KvRead { key: format!("key{place}"), version };
    let write = KvWrite { key: format!("key{place}"), value: vec![7; 64].into(), is_delete: false };
    let set = KvrwSet { reads: vec![read], writes: vec![write], ..KvrwSet::default() };
    let namespace = NsReadWriteSet {
        namespace: "basic".to_owned(),
        rwset: set.encode_to_vec().into(),
        ..NsReadWriteSet::default()
    };
    let set = TxReadWriteSet { ns_rwset: vec![namespace], ..TxReadWriteSet::default() };
    ChaincodeAction {
        results: set.encode_to_vec().into(),
        response: Some(Response { status: 200, ..Response::default() }),
        ..ChaincodeAction::default()
    }
}

fn open(bytes: &Bytes) -> Vec<Envelope> {
    let block = Block::decode(bytes.clone()).unwrap();
    block.entries().iter().map(|entry| Envelope::open(entry.clone()).unwrap()).collect()
}

/// Both families, each with every engine that this machine has.
fn samples() -> Vec<(String, Sample)> {
    let mut samples = Vec::new();
    for suite in Suite::ALL {
        for choice in [EngineChoice::Portable, EngineChoice::Fast] {
            if let Some(sample) = Sample::new(suite, choice) {
                let engine = sample.providers.default_provider().engine();
                samples.push((format!("{suite}/{engine}"), sample));
            }
        }
    }
    samples
}

fn read(c: &mut Criterion) {
    let (_, sample) = samples().remove(0);
    let mut group = c.benchmark_group("read a block of 500 transactions");
    group.throughput(Throughput::Bytes(sample.bytes.len() as u64));
    group.bench_function("decode", |b| {
        b.iter(|| Block::decode(sample.bytes.clone()).unwrap());
    });
    let block = Block::decode(sample.bytes.clone()).unwrap();
    group.bench_function("canonical form", |b| b.iter(|| block.check_canonical().unwrap()));
    group.bench_function("open all layers", |b| {
        b.iter(|| {
            for envelope in open(&sample.bytes) {
                black_box(envelope.transaction().unwrap().action().unwrap().rwset().unwrap());
            }
        });
    });
}

fn hashes(c: &mut Criterion) {
    let mut group = c.benchmark_group("hashes of a block of 500 transactions");
    for (name, sample) in samples() {
        let block = Block::decode(sample.bytes.clone()).unwrap();
        group.throughput(Throughput::Bytes(sample.bytes.len() as u64));
        group.bench_function(format!("{name}/data and header"), |b| {
            b.iter(|| {
                block.check(sample.hash()).unwrap();
                block.hash(sample.hash())
            });
        });
        let envelopes: Vec<_> = (open(&sample.bytes).into_iter())
            .map(|envelope| (envelope.transaction().unwrap(), envelope))
            .collect();
        group.bench_function(format!("{name}/ids and proposals"), |b| {
            b.iter(|| {
                for (transaction, envelope) in &envelopes {
                    let headers = envelope.headers();
                    headers.check_transaction_id(&sample.providers).unwrap();
                    let action = transaction.action().unwrap();
                    action.check_proposal_hash(headers, sample.hash()).unwrap();
                }
            });
        });
    }
}

fn signatures(c: &mut Criterion) {
    let mut group = c.benchmark_group("1000 signatures of a block");
    group.sample_size(10);
    for (name, sample) in samples() {
        let signed = sample.signatures();
        let parts: Vec<Vec<&[u8]>> =
            signed.iter().map(|one| one.message.iter().map(|part| &part[..]).collect()).collect();
        let jobs: Vec<Job<'_>> = (signed.iter().zip(&parts).enumerate())
            .map(|(place, (one, message))| Job {
                key: sample.key(place),
                ctx: Context::Fabric,
                message,
                signature: &one.signature,
            })
            .collect();
        group.throughput(Throughput::Elements(jobs.len() as u64));
        group.bench_function(format!("{name}/one by one"), |b| {
            b.iter(|| jobs.iter().for_each(|job| job.verify().unwrap()));
        });
        group.bench_function(format!("{name}/batch"), |b| {
            b.iter(|| assert!(sample.providers.verify_many(&jobs).iter().all(Result::is_ok)));
        });
    }
}

criterion_group!(benches, read, hashes, signatures);
criterion_main!(benches);
