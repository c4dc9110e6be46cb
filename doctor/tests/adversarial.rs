// SPDX-License-Identifier: Apache-2.0
//! Every hostile case of `sm2_adversarial.json`: what is said of it is what is wrong with it.
#![allow(clippy::disallowed_methods)] // tests touch the real disk

mod common;

use common::{broken, input, providers};
use gmca_doctor::{Diagnosis, Input, Options, Role, Verdict, examine};
use serde_json::Value;
use std::path::Path;

/// A case by the front of its name, and the rule that must be named; "" is a clean bill. The longest
/// front that fits counts.
const EXPECTED: &[(&str, &str)] = &[
    ("sig-valid", ""),
    ("sig-msg-empty-valid", ""),
    ("sig-r-", "signature-range"),
    ("sig-s-", "signature-range"),
    ("sig-both-0", "signature-range"),
    ("sig-t-0", "signature-t"),
    ("sig-swap", "signature-swapped"),
    ("sig-r-1", "signature-wrong"),
    ("sig-s-1", "signature-wrong"),
    ("sig-s-n-1", "signature-wrong"),
    ("sig-r-n-1", "signature-wrong"),
    ("sig-neg-", "signature-mirror"),
    ("sig-der-", "signature-type"),
    ("sig-der-seq-len-", "signature-ber"),
    ("sig-der-int-len-", "signature-ber"),
    ("sig-der-indefinite", "signature-ber"),
    ("sig-der-r-leading-zero", "signature-ber"),
    ("sig-der-s-leading-zero", "signature-ber"),
    ("sig-der-r-two-zeros", "signature-ber"),
    ("sig-der-neg-", "signature-negative"),
    ("sig-der-trailing", "signature-trailing"),
    ("sig-der-trunc-", "signature-cut"),
    ("sig-der-empty", "signature-cut"),
    ("sig-der-one-int", "signature-cut"),
    ("sig-der-zero-len-", "signature-cut"),
    ("sig-der-raw64", "signature-raw"),
    ("sig-der-raw64-rev", "signature-reversed"),
    ("sig-der-seq-too-long", "signature-cut"),
    ("sig-der-seq-too-short", "signature-trailing"),
    ("sig-der-int-too-long", "signature-type"),
    ("sig-der-len-", "signature-cut"),
    ("sig-der-only-tag", "signature-cut"),
    ("sig-id-", "id-other"),
    ("sig-za-entl-bytes", "z-entl-bytes"),
    ("sig-za-no-entl", "z-no-entl"),
    ("sig-za-none", "z-missing"),
    ("sig-za-le", "z-entl-order"),
    ("sig-za-other-key", "signature-wrong"),
    ("sig-za-p256", "z-other-curve"),
    ("sig-za-empty-curve", "z-no-curve"),
    ("sig-za-double-hash", "hashed-twice"),
    ("sig-hash-sha256", "hash-other"),
    ("sig-ecdsa", "ecdsa-on-sm2"),
    ("sig-msg-", "signature-wrong"),
    ("sig-key-other", "signature-wrong"),
    ("sig-key-neg", "key-mirror"),
    ("pub-compressed", ""),
    ("pub-compressed-wrong-parity", "key-mirror"),
    ("pub-compressed-no-root", "point-off-curve"),
    ("pub-compressed-x-ge-p", "point-range"),
    ("pub-hybrid", "point-hybrid"),
    ("pub-hybrid-wrong-parity", "point-parity"),
    ("pub-off-curve", "point-off-curve"),
    ("pub-infinity", "point-infinity"),
    ("pub-empty", "point-infinity"),
    ("pub-zero-zero", "point-off-curve"),
    ("pub-y-zero", "point-off-curve"),
    ("pub-all-ff", "point-range"),
    ("pub-x-ge-p", "point-range"),
    ("pub-bad-prefix-", "point-length"),
    ("pub-short", "point-length"),
    ("pub-long", "point-length"),
    ("pub-no-prefix", "point-prefix"),
    ("pub-small-x-valid-point", "signature-wrong"),
    ("pub-p256-point", "curve-other"),
    ("edge-", "digest-given"),
    ("edge-infinity", "signature-wrong"),
    ("edge-t-0-forgery", "signature-t"),
    ("edge-r-0-forgery", "signature-range"),
    ("edge-s-0-forgery", "signature-range"),
    ("ct-valid", ""),
    ("ct-small-x", ""),
    ("ct-wrong-order-132", "cipher-c1c2c3"),
    ("ct-wrong-order-123", "cipher-c1c3c2"),
    ("ct-der-swapped", "cipher-swapped"),
    ("ct-c1-", "cipher-point"),
    ("ct-c1-neg", "cipher-mirror"),
    ("ct-c1-x-ge-p", "cipher-range"),
    ("ct-c1-neg-int", "cipher-range"),
    ("ct-invalid-curve-order2", "cipher-point"),
    ("ct-c3-", "cipher-check"),
    ("ct-c3-31", "cipher-check-length"),
    ("ct-c3-33", "cipher-check-length"),
    ("ct-c3-empty", "cipher-check-length"),
    ("ct-c2-", "cipher-check"),
    ("ct-c2-empty-badc3", "cipher-empty"),
    ("ct-empty-msg", "cipher-empty"),
    ("ct-raw-", "cipher-cut"),
    ("ct-raw-no-prefix", "cipher-prefix"),
    ("ct-raw-compressed", "cipher-compressed"),
    ("ct-raw-hybrid", "cipher-compressed"),
    ("ct-raw-prefix-05", "cipher-type"),
    ("ct-der-trailing", "cipher-trailing"),
    ("ct-der-seq-81", "cipher-ber"),
    ("ct-der-indef", "cipher-ber"),
    ("ct-der-int-lead0", "cipher-ber"),
    ("ct-der-oct-81", "cipher-ber"),
    ("ct-der-constructed-c2", "cipher-ber"),
    ("ct-der-no-c2", "cipher-type"),
    ("ct-der-set", "cipher-type"),
    ("ct-der-bitstr-c3", "cipher-type"),
    ("ct-der-trunc", "cipher-cut"),
    ("ct-der-empty", "cipher-cut"),
    ("ct-kdf-zero", "cipher-zero-stream"),
];

#[test]
fn the_copies_kept_here() {
    let cases = cases("../vectors/data/sm2_adversarial.json").unwrap();
    assert!(cases.len() >= 10);
    check(&cases);
}

/// Cases of public repositories are not kept here; they are looked at where they are.
#[test]
fn the_rest_of_the_collection_where_it_is() {
    let Some(mut whole) = cases("../../shared/vectors/sm2_adversarial.json") else { return };
    assert!(whole.len() >= 170);
    let kept = cases("../vectors/data/sm2_adversarial.json").unwrap();
    whole.retain(|case| !kept.iter().any(|other| other["id"] == case["id"]));
    check(&whole);
}

fn cases(file: &str) -> Option<Vec<Value>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let root: Value = serde_json::from_str(&std::fs::read_to_string(path).ok()?).unwrap();
    Some(root["cases"].as_array().unwrap().clone())
}

/// Checks every case.
fn check(cases: &[Value]) {
    let mut wrong = Vec::new();
    for case in cases {
        let id = case["id"].as_str().unwrap();
        let expected = EXPECTED.iter().filter(|(front, _)| id.starts_with(front));
        let (_, code) = expected.max_by_key(|(front, _)| front.len()).expect(id);
        match case["type"].as_str().unwrap() {
            "decrypt" => {
                for form in ["ct_der", "ct_c1c3c2", "ct_c1c2c3"] {
                    if !case[form].is_null() {
                        wrong.extend(decrypt(case, form, code));
                    }
                }
            }
            _ => wrong.extend(verify(case, code)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn bytes(case: &Value, field: &str) -> Vec<u8> {
    hex::decode(case[field].as_str().unwrap_or_default()).unwrap()
}

fn verify(case: &Value, code: &str) -> Option<String> {
    let (public, signature) = (bytes(case, "pub"), bytes(case, "sig_der"));
    let digest = case["type"] == "verify_digest";
    let message = bytes(case, if digest { "e" } else { "msg" });
    let ids = match case["signer_id"].as_str() {
        Some(id) => vec![hex::decode(id).unwrap()],
        None => Vec::new(),
    };
    let inputs = [
        input("key", &public, Some(Role::Key)),
        input("signature", &signature, Some(Role::Signature)),
        input("message", &message, Some(Role::Message)),
    ];
    judge(case, &inputs, ids, code)
}

fn decrypt(case: &Value, form: &str, code: &str) -> Option<String> {
    let (private, ciphertext) = (case["priv"].as_str().unwrap(), bytes(case, form));
    let inputs = [
        input("key", private.as_bytes(), Some(Role::Key)),
        input("ciphertext", &ciphertext, Some(Role::Ciphertext)),
    ];
    // A valid one in a raw form is one in another form than the standard's.
    let code = match (code, form) {
        ("", "ct_c1c3c2") => "cipher-c1c3c2",
        ("", "ct_c1c2c3") => "cipher-c1c2c3",
        (code, _) => code,
    };
    judge(case, &inputs, Vec::new(), code)
}

fn judge(case: &Value, inputs: &[Input<'_>], ids: Vec<Vec<u8>>, code: &str) -> Option<String> {
    let id = case["id"].as_str().unwrap();
    let diagnosis = examine(&providers(), inputs, &Options { ids, ..Options::default() });
    let said = format!("{diagnosis:?}");
    for secret in ["priv", "msg"] {
        let value = case[secret].as_str().unwrap_or_default();
        let shown = value.len() > 8 && said.contains(value);
        assert!(!shown, "{id}: {secret} is in what is said");
    }
    // Of the key of a decryption it is always said that it is a bare number.
    let codes: Vec<&str> =
        broken(&diagnosis).into_iter().filter(|code| *code != "key-text").collect();
    let clean = codes.is_empty() && works(&diagnosis);
    let right = if code.is_empty() { clean } else { codes.contains(&code) };
    (!right).then(|| format!("{id}: expected `{code}`, found {codes:?}"))
}

fn works(diagnosis: &Diagnosis) -> bool {
    diagnosis.findings.iter().all(|finding| finding.verdict != Verdict::Fails)
}
