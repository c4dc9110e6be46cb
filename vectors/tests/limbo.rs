// SPDX-License-Identifier: Apache-2.0
//! The reader of x509-limbo's schema and the reissuer, on cases of our own making.

use bccsp::{EngineChoice, KeyAlgorithm, Providers, SigningKey, Suite};
use gmca_vectors::limbo::{Case, Families, Kind, Question, Reissuer, Verdict, question, read};
use pki::extension::{BasicConstraints, TypedExtension};
use pki::path::{self, Policy};
use pki::{Certificate, CertificateBuilder, Name, Time};
use std::sync::Arc;
use sys::Timestamp;

fn providers() -> Providers {
    Providers::new(Suite::Nist, EngineChoice::Auto).unwrap()
}

/// A certificate for a key, by another key.
fn issue(subject: &str, issuer: &str, key: &dyn SigningKey, signer: &dyn SigningKey) -> String {
    let (from, until) = (Time::parse("2020-01-01").unwrap(), Time::parse("2040-01-01").unwrap());
    let (subject, issuer) = (Name::parse(subject).unwrap(), Name::parse(issuer).unwrap());
    let public = key.verifying_key().public_key();
    let ca = BasicConstraints { ca: true, path_len: None }.extension(true);
    let builder = CertificateBuilder::new(&subject, public, &[7], from, until).extension(ca);
    builder.sign(&issuer, signer).unwrap().to_pem()
}

/// A root, a CA and a leaf; the leaf is signed by the CA or by somebody else.
fn case(forged: bool) -> Case {
    let providers = providers();
    let key =
        || -> Arc<dyn SigningKey> { providers.default_provider().generate_signing_key().unwrap() };
    let (root, ca, leaf, other) = (key(), key(), key(), key());
    let signer = if forged { &other } else { &ca };
    Case {
        id: "own::case".into(),
        conflicts_with: Vec::new(),
        features: Vec::new(),
        importance: "undetermined".into(),
        description: String::new(),
        validation_kind: Kind::Server,
        trusted_certs: vec![issue("CN=root", "CN=root", &*root, &*root)],
        untrusted_intermediates: vec![issue("CN=ca", "CN=root", &*ca, &*root)],
        peer_certificate: issue("CN=leaf", "CN=ca", &*leaf, &**signer),
        peer_certificate_key: None,
        validation_time: Some("2026-01-01T00:00:00+00:00".into()),
        signature_algorithms: Vec::new(),
        key_usage: Vec::new(),
        extended_key_usage: Vec::new(),
        expected_result: if forged { Verdict::Failure } else { Verdict::Success },
        expected_peer_name: None,
        expected_peer_names: Vec::new(),
        max_chain_depth: None,
        crls: Vec::new(),
    }
}

fn holds(case: &Case) -> bool {
    let mut question = question(case, Timestamp(0)).unwrap().unwrap();
    question.options.policy = Policy::GmField;
    let Question { anchors, intermediates, leaf, crls, options } = &question;
    path::verify(&providers(), leaf, intermediates, anchors, crls, options).is_ok()
}

#[test]
fn reissued_cases_keep_their_verdicts() {
    let (gm, nist) = (Suite::Gm, Suite::Nist);
    for (anchors, others) in [(gm, gm), (gm, nist), (nist, gm)] {
        let providers = providers();
        let mut reissuer = Reissuer::new(&providers, Families { anchors, others });
        for forged in [false, true] {
            let original = case(forged);
            assert_eq!(holds(&original), !forged);
            let again = reissuer.case(&original).unwrap().unwrap();
            assert_eq!(holds(&again), !forged, "{anchors} {others}");
            let (old, new) = (parts(&original), parts(&again));
            for (old, new) in old.iter().zip(&new) {
                assert_eq!(old.subject(), new.subject());
                assert_eq!(old.extensions(), new.extensions());
                assert_eq!(old.serial(), new.serial());
                assert_eq!(old.not_after(), new.not_after());
            }
            let algorithm = |c: &Certificate| c.public_key(&providers).unwrap().algorithm();
            let expected = [anchors, others, others].map(Suite::key_algorithm);
            let found: Vec<KeyAlgorithm> = new.iter().map(algorithm).collect();
            assert_eq!(found, expected);
        }
    }
}

fn parts(case: &Case) -> Vec<Certificate> {
    let all = case.trusted_certs.iter().chain(&case.untrusted_intermediates);
    let all = all.chain([&case.peer_certificate]);
    all.map(|pem| Certificate::from_pem_or_der(pem.as_bytes()).unwrap()).collect()
}

/// What a file with this text gives: how many cases, or the error.
fn count(text: &str) -> Result<usize, String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("own-limbo.json");
    std::fs::write(&path, text).unwrap();
    let mut count = 0;
    read(&path, |_| {
        count += 1;
        Ok(())
    })
    .map_err(|error| format!("{error:#}"))?;
    Ok(count)
}

#[test]
fn what_is_not_known_is_refused() {
    let one = serde_json::to_value(case(false)).unwrap();
    let file = |case: &serde_json::Value, version: u32| {
        serde_json::json!({"version": version, "testcases": [case, case]}).to_string()
    };
    assert_eq!(count(&file(&one, 1)), Ok(2));
    assert!(count(&file(&one, 2)).unwrap_err().contains("version 2"));
    let mut odd = one.clone();
    odd["typo"] = 1.into();
    assert!(count(&file(&odd, 1)).unwrap_err().contains("typo"));
    odd = one;
    odd["expected_result"] = "MAYBE".into();
    assert!(count(&file(&odd, 1)).unwrap_err().contains("MAYBE"));
}

/// A listed exception that is not met fails, so that the list cannot rot.
#[test]
fn exceptions_must_be_met() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("own-limbo.json");
    std::fs::write(&path, "{\"version\":1,\"testcases\":[]}").unwrap();
    let report = gmca_vectors::check(&[path]).unwrap();
    assert_eq!((report.passed, report.failed.len()), (0, 8), "{report}");
}
