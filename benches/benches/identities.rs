// SPDX-License-Identifier: Apache-2.0
//! Identities judged cold and remembered, and policies evaluated with and without the signatures,
//! in both families and with every engine.

#![allow(missing_docs)]

use bccsp::{Context, EngineChoice, Providers, SigningKey, Suite};
use criterion::{Criterion, criterion_group, criterion_main};
use msp::{Definition, Manager, MetaPolicy, PolicyTree, SerializedIdentity, SignaturePolicy};
use pki::extension::{BasicConstraints, KeyUsage, TypedExtension};
use pki::{Certificate, CertificateBuilder, Name, Time};
use proto::msp::{FabricMspConfig, FabricNodeOUs, FabricOuIdentifier, MspConfig};
use proto::prost::Message;
use proto::{Bytes, SignedData};
use std::hint::black_box;
use std::sync::Arc;

/// Organisations of one family, each with a root and a peer whose signature is at hand.
struct Channel {
    providers: Providers,
    definitions: Vec<Definition>,
    signatures: Vec<SignedData>,
}

impl Channel {
    fn new(providers: &Providers, organisations: usize) -> Self {
        let mut channel =
            Self { providers: providers.clone(), definitions: vec![], signatures: vec![] };
        for number in 0..organisations {
            let id = format!("Org{number}");
            let (root, peer, key) = members(providers, &id);
            channel.definitions.push(definition(providers, &id, &root));
            let identity = SerializedIdentity::new(id, &peer).encode();
            let message = Bytes::from(vec![7; 1000]);
            let signature = key.sign(Context::Fabric, &[&message]).unwrap();
            let signature = Bytes::from(signature.into_vec());
            channel.signatures.push(SignedData { identity, message: vec![message], signature });
        }
        channel
    }

    fn manager(&self) -> Manager {
        Manager::new(&self.providers, self.definitions.clone()).unwrap()
    }
}

fn members(providers: &Providers, id: &str) -> (Certificate, Certificate, Arc<dyn SigningKey>) {
    let key = || providers.default_provider().generate_signing_key().unwrap();
    let (root_key, key) = (key(), key());
    let (from, until) = (Time::parse("2026-01-01").unwrap(), Time::parse("2036-01-01").unwrap());
    let name = |text: &str| Name::parse(text).unwrap();
    let issuer = name(&format!("/C=CN/O={id}/CN=ca.{id}"));
    let public = root_key.verifying_key().public_key();
    let root = CertificateBuilder::new(&issuer, public, &[1], from, until)
        .extension(BasicConstraints { ca: true, path_len: None }.extension(true))
        .extension(KeyUsage::KEY_CERT_SIGN.extension(true))
        .subject_key_id(providers)
        .unwrap()
        .sign_self(root_key.as_ref())
        .unwrap();
    let subject = name(&format!("/C=CN/O={id}/OU=peer/CN=peer0.{id}"));
    let public = key.verifying_key().public_key();
    let peer = CertificateBuilder::new(&subject, public, &[2], from, until)
        .extension(KeyUsage::DIGITAL_SIGNATURE.extension(true))
        .authority_key_id(providers, &root)
        .unwrap()
        .sign(&issuer, root_key.as_ref())
        .unwrap();
    (root, peer, key)
}

fn definition(providers: &Providers, id: &str, root: &Certificate) -> Definition {
    let pem = Bytes::from(root.to_pem());
    let unit = |name: &str| {
        let organizational_unit_identifier = name.to_owned();
        Some(FabricOuIdentifier { certificate: pem.clone(), organizational_unit_identifier })
    };
    let message = FabricMspConfig {
        name: id.to_owned(),
        root_certs: vec![pem.clone()],
        fabric_node_ous: Some(FabricNodeOUs {
            enable: true,
            client_ou_identifier: unit("client"),
            peer_ou_identifier: unit("peer"),
            admin_ou_identifier: unit("admin"),
            orderer_ou_identifier: unit("orderer"),
        }),
        ..FabricMspConfig::default()
    };
    let outer = MspConfig { r#type: 0, config: message.encode_to_vec().into() };
    Definition::from_message(&outer, providers).unwrap()
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

fn identity(c: &mut Criterion) {
    let mut group = c.benchmark_group("judge an identity");
    for (name, providers) in sets() {
        let channel = Channel::new(&providers, 1);
        let serialized = &channel.signatures[0].identity;
        let cold = channel.manager().with_capacity(0);
        assert!(cold.identity(serialized).unwrap().verdict().is_yes());
        group.bench_function(format!("cold/{name}"), |b| {
            b.iter(|| cold.identity(black_box(serialized)).unwrap());
        });
        let warm = channel.manager();
        group.bench_function(format!("remembered/{name}"), |b| {
            b.iter(|| warm.identity(black_box(serialized)).unwrap());
        });
    }
}

fn policies(c: &mut Criterion) {
    let mut group = c.benchmark_group("evaluate a policy");
    for (name, providers) in sets() {
        let channel = Channel::new(&providers, 5);
        let manager = channel.manager();
        let three = &channel.signatures[..3];
        let and = SignaturePolicy::parse("AND('Org0.peer', 'Org1.peer', 'Org2.peer')").unwrap();
        let signers = manager.verify(three);
        assert!(and.evaluate(&signers).is_satisfied());
        group.bench_function(format!("AND of 3, signatures verified before/{name}"), |b| {
            b.iter(|| and.evaluate(black_box(&signers)).is_satisfied());
        });
        group.bench_function(format!("AND of 3, with the signatures/{name}"), |b| {
            b.iter(|| and.evaluate(&manager.verify(black_box(three))).is_satisfied());
        });
        let tree = majority(5);
        let signers = manager.verify(three);
        assert!(tree.evaluate("Endorsement", &signers).is_satisfied());
        group.bench_function(format!("MAJORITY of 5, signatures verified before/{name}"), |b| {
            b.iter(|| tree.evaluate("Endorsement", black_box(&signers)).is_satisfied());
        });
        group.bench_function(format!("MAJORITY of 5, with the signatures/{name}"), |b| {
            let verify = || manager.verify(black_box(three));
            b.iter(|| tree.evaluate("Endorsement", &verify()).is_satisfied());
        });
    }
}

fn majority(organisations: usize) -> PolicyTree {
    let meta = MetaPolicy::parse("MAJORITY Endorsement").unwrap();
    let mut tree = PolicyTree::new("Application").with_policy("Endorsement", meta);
    for number in 0..organisations {
        let peer = SignaturePolicy::parse(&format!("OR('Org{number}.peer')")).unwrap();
        let group = PolicyTree::new(format!("Org{number}")).with_policy("Endorsement", peer);
        tree = tree.with_group(group);
    }
    tree
}

criterion_group!(benches, identity, policies);
criterion_main!(benches);
