// SPDX-License-Identifier: Apache-2.0
//! Paths of other programs' making, with their verdicts: `x509_chains.json`.

mod common;

use bccsp::Providers;
use gmca_pki::path::{self, CrlCheck, Host, Options, Purpose};
use gmca_pki::{Certificate, Crl, Error, Time};
use serde_json::Value;

#[test]
fn every_chain_has_its_verdict() {
    let Some(cases) = common::cases("x509_chains.json") else {
        return;
    };
    assert!(cases.len() >= 41, "the file has shrunk to {} cases", cases.len());
    let providers = common::providers();
    let mut wrong = Vec::new();
    for case in &cases {
        let verdict = judge(&providers, case);
        let expected = case["result"] == "valid";
        let (id, comment) = (case["id"].as_str().unwrap(), case["comment"].as_str().unwrap());
        eprintln!(
            "{id} ({comment}): {}",
            verdict.as_ref().err().map_or("ok".into(), |e| e.to_string())
        );
        if verdict.is_ok() != expected {
            wrong.push(format!("{id} ({comment}): {verdict:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn judge(providers: &Providers, case: &Value) -> Result<(), Error> {
    let bytes = |value: &Value| hex::decode(value.as_str().unwrap()).unwrap();
    let certificates = |field: &str| -> Result<Vec<Certificate>, Error> {
        case[field]
            .as_array()
            .unwrap()
            .iter()
            .map(|der| Certificate::from_der(&bytes(der)))
            .collect()
    };
    let leaf = Certificate::from_der(&bytes(&case["leaf"]))?;
    let crls: Result<Vec<Crl>, Error> =
        case["crls"].as_array().unwrap().iter().map(|der| Crl::from_der(&bytes(der))).collect();
    let mut options = Options::at(Time::parse(case["time"].as_str().unwrap()).unwrap().timestamp());
    options.crls = match case["check_crl"].as_str().unwrap() {
        "none" => CrlCheck::None,
        "leaf" => CrlCheck::Leaf,
        "all" => CrlCheck::All,
        other => panic!("check_crl {other}"),
    };
    if let Some(purpose) = case["purpose"].as_str() {
        options.purpose = Purpose::named(purpose).unwrap();
    }
    if let Some(host) = case["hostname"].as_str() {
        options.host = Some(Host::parse(host).unwrap());
    }
    let (intermediates, roots) = (certificates("intermediates")?, certificates("roots")?);
    path::verify(providers, &leaf, &intermediates, &roots, &crls?, &options)?;
    Ok(())
}

/// The reasons are right, too, and not only the verdicts.
#[test]
fn failures_name_the_rule() {
    let Some(cases) = common::cases("x509_chains.json") else {
        return;
    };
    let providers = common::providers();
    for (id, index, words) in [
        ("expired-0", 0, "expired"),
        ("future-0", 0, "not valid before"),
        ("inter-expired-0", 1, "expired"),
        ("root-expired-0", 2, "expired"),
        ("revoked-0", 0, "revoked on"),
        ("inter-revoked-0", 1, "revoked on"),
        ("crl-expired-0", 0, "out of date"),
        ("crl-forged-0", 0, "not by the issuer's key"),
        ("crl-missing-0", 0, "no CRL"),
        ("inter-keyusage-0", 1, "keyCertSign"),
        ("inter-notca-0", 1, "without being a CA"),
        ("pathlen-0", 2, "pathLenConstraint"),
        ("nc-outside-0", 0, "not permitted"),
        ("nc-excluded-0", 0, "excluded"),
        ("crit-0", 0, "critical extension"),
        ("no-inter-0", 0, "no certificate of its issuer"),
        ("other-root-0", 1, "signature is not by the key"),
        ("wrong-id-0", 0, "signature is not by the key"),
        ("alg-mismatch-0", 0, "inside and outside"),
        ("bad-host-0", 0, "is not for www.other.test"),
        ("purpose-0", 0, "not meant for TLS Web Client"),
    ] {
        let case = cases.iter().find(|case| case["id"] == id).unwrap();
        let text = judge(&providers, case).unwrap_err().to_string();
        assert!(text.starts_with(&format!("certificate {index} ")), "{id}: {text}");
        assert!(text.contains(words), "{id}: {text}");
    }
}
