// SPDX-License-Identifier: Apache-2.0
//! Certificates, requests and CRLs from the field, held against the facts in `x509/manifest.json`.
#![allow(clippy::disallowed_methods, reason = "tests read vectors from the real disk")]

mod common;

use bccsp::Providers;
use gmca_pki::extension::{
    AuthorityKeyId, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectKeyId,
};
use gmca_pki::{AlgorithmId, Attribute, Certificate, Crl, Name, PublicKeyInfo, Request, text};
use serde_json::Value;
use std::collections::HashMap;

#[test]
fn every_certificate_is_read_with_its_facts() {
    let Some(cases) = common::cases("x509/manifest.json") else {
        return;
    };
    let mut seen = 0;
    for case in of_kind(&cases, "certificate") {
        let certificate = Certificate::from_pem_or_der(&read(case)).unwrap();
        check_certificate(case, &certificate);
        assert!(text::certificate(&certificate).starts_with("Certificate:\n    Data:\n"));
        seen += 1;
    }
    assert!(seen >= 85, "{seen} certificates");
}

#[test]
fn every_signature_verifies_under_its_parents_only() {
    let Some(cases) = common::cases("x509/manifest.json") else {
        return;
    };
    let providers = common::providers();
    let certificates: HashMap<&str, Certificate> = of_kind(&cases, "certificate")
        .map(|case| (file(case), Certificate::from_pem_or_der(&read(case)).unwrap()))
        .collect();
    let mut verified = 0;
    for case in of_kind(&cases, "certificate") {
        let child = &certificates[file(case)];
        let parents = names_of(&case["verifies_against"]);
        let parents: Vec<&str> = parents.iter().map(String::as_str).collect();
        for (parent, certificate) in &certificates {
            let Ok(key) = certificate.public_key(&providers) else {
                continue;
            };
            // Only parents that could be meant; others are covered by the different keys.
            if certificate.subject() != child.issuer() && !parents.contains(parent) {
                continue;
            }
            let verdict = child.verify_signature(&providers, &key);
            assert_eq!(verdict.is_ok(), parents.contains(parent), "{} by {parent}", file(case));
            verified += usize::from(verdict.is_ok());
        }
    }
    assert!(verified >= 50, "{verified} signatures verified");
    for case in of_kind(&cases, "crl") {
        check_crl(case, &certificates, &providers);
    }
}

#[test]
fn every_request_is_read_with_its_facts() {
    let Some(cases) = common::cases("x509/manifest.json") else {
        return;
    };
    let providers = common::providers();
    let mut seen = 0;
    for case in of_kind(&cases, "csr") {
        let request = Request::from_pem_or_der(&read(case)).unwrap();
        let expected = name(&case["subject"]);
        // The manifest has this name in the order in which it is encoded.
        let in_order = file(case) == "gmsm-cfca-csr.csr.pem";
        let expected = if in_order { backwards(&expected) } else { expected };
        assert_eq!(*request.subject(), expected, "{}", file(case));
        check_key(&case["public_key"], request.public_key_info());
        assert!(text::request(&request).starts_with("Certificate Request:\n"));
        let signer_is_default =
            case["signer_id"].as_str().is_none_or(|id| id == "31323334353637383132333435363738");
        let accepted = case["self_signature"]["emmansun/gmsm @d20572244f3d"] == "accept";
        let verdict = request.verify(&providers);
        assert_eq!(verdict.is_ok(), accepted && signer_is_default, "{}: {verdict:?}", file(case));
        seen += 1;
    }
    assert!(seen >= 9, "{seen} requests");
}

/// The tool of CFCA writes its password without a SET around it.
#[test]
fn bare_attribute_values_are_read() {
    let Some(path) = common::vectors("x509/gmsm-cfca-csr.csr.pem") else {
        return;
    };
    let request = Request::from_pem_or_der(&std::fs::read(path).unwrap()).unwrap();
    let password = &request.attributes()[0];
    assert_eq!(password.id.to_string(), "1.2.840.113549.1.9.7");
    assert_eq!(password.text().as_deref(), Some("111111"));
}

fn check_certificate(case: &Value, certificate: &Certificate) {
    let file = file(case);
    let serial = text_of(&case["serial"]).trim_start_matches('0');
    assert_eq!(certificate.serial_hex().trim_start_matches('0'), serial, "{file}");
    assert_eq!(*certificate.subject(), name(&case["subject"]), "{file}");
    assert_eq!(*certificate.issuer(), name(&case["issuer"]), "{file}");
    assert_eq!(certificate.not_before().to_string(), case["not_before"], "{file}");
    assert_eq!(certificate.not_after().to_string(), case["not_after"], "{file}");
    assert_eq!(u64::from(certificate.version()), case["version"], "{file}");
    let outer = certificate.signature_algorithm();
    assert_eq!(outer.id().to_string(), case["signature_algorithm"], "{file}");
    assert_eq!(parameters(outer), case["signature_parameters"], "{file}");
    let inner = certificate.inner_signature_algorithm();
    assert_eq!(parameters(inner), case["tbs_signature_parameters"], "{file}");
    check_key(&case["public_key"], certificate.public_key_info());
    let digest = common::providers()
        .get(bccsp::Suite::Nist)
        .unwrap()
        .hash()
        .unwrap()
        .digest(&[certificate.tbs()]);
    assert_eq!(hex::encode(digest.as_ref()), case["tbs_sha256"], "{file}");
    check_extensions(case, certificate, file);
}

fn check_extensions(case: &Value, certificate: &Certificate, file: &str) {
    let extensions = certificate.extensions();
    let basic: BasicConstraints = extensions.get().unwrap().unwrap_or_default();
    assert_eq!(basic.ca, case["ca"].as_bool().unwrap_or_default(), "{file}");
    assert_eq!(basic.path_len.map(u64::from), case["path_len"].as_u64(), "{file}");
    let usage: Option<KeyUsage> = extensions.get().unwrap();
    let mut names: Vec<String> = usage.unwrap_or_default().names().map(snake).collect();
    names.sort();
    assert_eq!(names, names_of(&case["key_usage"]), "{file}");
    let purposes: Option<ExtendedKeyUsage> = extensions.get().unwrap();
    let expected = case["extended_key_usage"].as_array().map(Vec::len);
    assert_eq!(purposes.map(|purposes| purposes.0.len()), expected, "{file}");
    let ski: Option<SubjectKeyId> = extensions.get().unwrap();
    assert_eq!(ski.map(|ski| hex::encode(ski.0)).as_deref(), case["ski"].as_str(), "{file}");
    let aki: Option<AuthorityKeyId> = extensions.get().unwrap();
    let key_id = aki.and_then(|aki| aki.key_id).map(hex::encode);
    assert_eq!(key_id.as_deref(), case["aki"].as_str(), "{file}");
    let mut critical: Vec<String> =
        extensions.iter().filter(|e| e.critical).map(|e| e.id.to_string()).collect();
    critical.sort();
    assert_eq!(critical, names_of(&case["critical_extensions"]), "{file}");
}

fn check_crl(case: &Value, certificates: &HashMap<&str, Certificate>, providers: &Providers) {
    let crl = Crl::from_pem_or_der(&read(case)).unwrap();
    let file = file(case);
    assert_eq!(*crl.issuer(), name(&case["issuer"]), "{file}");
    assert_eq!(crl.this_update().to_string(), case["this_update"], "{file}");
    let next = crl.next_update().map(|time| time.to_string());
    assert_eq!(next.as_deref(), case["next_update"].as_str(), "{file}");
    let revoked = case["revoked"].as_array().unwrap();
    assert_eq!(crl.entries().len(), revoked.len(), "{file}");
    for serial in revoked.iter().filter_map(|entry| entry.as_str().or(entry["serial"].as_str())) {
        let found = crl.entries().iter().any(|e| e.serial_hex() == serial.trim_start_matches('0'));
        assert!(found, "{file}: {serial}");
    }
    assert!(text::crl(&crl).starts_with("Certificate Revocation List (CRL):\n"));
    for parent in names_of(&case["verifies_against"]) {
        let key = certificates[parent.as_str()].public_key(providers).unwrap();
        crl.verify_signature(providers, &key).unwrap();
    }
}

fn check_key(facts: &Value, info: &PublicKeyInfo) {
    assert_eq!(info.algorithm().id().to_string(), facts["algorithm"]);
    assert_eq!(hex::encode(info.key_bytes()), facts["point"]);
}

fn of_kind<'a>(cases: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    cases.iter().filter(move |case| case["kind"] == kind)
}

fn file(case: &Value) -> &str {
    case["file"].as_str().unwrap()
}

fn read(case: &Value) -> Vec<u8> {
    std::fs::read(common::vectors(&format!("x509/{}", file(case))).unwrap()).unwrap()
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn parameters(algorithm: &AlgorithmId) -> &'static str {
    match algorithm.parameters() {
        None => "absent",
        Some([5, 0]) => "NULL",
        Some(_) => "other",
    }
}

fn names_of(value: &Value) -> Vec<String> {
    let list = value.as_array().cloned().unwrap_or_default();
    let text = |entry: &Value| entry.as_str().or(entry["parent"].as_str()).unwrap().to_owned();
    list.iter().map(text).collect()
}

fn snake(name: &'static str) -> String {
    match name {
        "cRLSign" => "crl_sign".to_owned(),
        other => other
            .chars()
            .flat_map(
                |c| if c.is_uppercase() { vec!['_', c.to_ascii_lowercase()] } else { vec![c] },
            )
            .collect(),
    }
}

fn backwards(name: &Name) -> Name {
    Name::new(name.rdns().iter().rev().cloned().collect()).unwrap()
}

/// `Common Name: x, Country: CN`: the last part first, as the manifest writes it.
fn name(value: &Value) -> Name {
    let kinds = [
        ("Common Name", "CN"),
        ("Country", "C"),
        ("Organization", "O"),
        ("Organizational Unit", "OU"),
        ("State/Province", "ST"),
        ("Locality", "L"),
        ("Email Address", "emailAddress"),
        ("Domain Component", "DC"),
        ("Serial Number", "serialNumber"),
    ];
    let mut rdns: Vec<Vec<Attribute>> = Vec::new();
    for part in text_of(value).split(", ") {
        let (kind, text) = part.split_once(": ").unwrap_or_else(|| panic!("{part}"));
        let keyword =
            kinds.iter().find(|(title, _)| *title == kind).unwrap_or_else(|| panic!("{kind}"));
        rdns.push(vec![Attribute::named(keyword.1, text).unwrap()]);
    }
    rdns.reverse();
    Name::new(rdns).unwrap()
}
