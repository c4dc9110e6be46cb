// SPDX-License-Identifier: Apache-2.0
//! Every finding is provoked once, in a folder that had none.
#![allow(clippy::disallowed_methods)] // tests touch the real disk

mod support;

use bccsp::Suite;
use bccsp::encoding::private_key;
use gmca_msp::{Contents, Finding, Kind, MspFolder, Severity};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use support::{OnDisk, Org, Plan, ca_plan, crl, kinds, make, now, plan, root, time};
use sys::{Disk, SystemDisk};

const CA: &str = "cacerts/ca.org1-cert.pem";
const ICA: &str = "intermediatecerts/ica.org1-cert.pem";
const SIGNER: &str = "signcerts/peer0.org1-cert.pem";
const ADMIN: &str = "admincerts/Admin@org1-cert.pem";
const CRL: &str = "crls/ca.org1-crl.pem";

fn org() -> Org {
    Org::new(Suite::Gm, Suite::Gm)
}

/// The one finding there must be: its kind, severity, file, and a word of its text.
#[track_caller]
fn one(findings: &[Finding], kind: Kind, severity: Severity, file: &str, word: &str) {
    let [finding] = findings else { panic!("not one finding: {findings:#?}") };
    like(finding, kind, severity, file, word);
}

/// A finding among others.
#[track_caller]
fn among(findings: &[Finding], kind: Kind, severity: Severity, file: &str, word: &str) {
    let finding = findings.iter().find(|finding| finding.kind == kind);
    let finding = finding.unwrap_or_else(|| panic!("no {kind:?} in {findings:#?}"));
    like(finding, kind, severity, file, word);
}

#[track_caller]
fn like(finding: &Finding, kind: Kind, severity: Severity, file: &str, word: &str) {
    assert_eq!((finding.kind, finding.severity), (kind, severity), "{finding}");
    assert_eq!(finding.path, support::path(file), "{finding}");
    assert!(finding.to_string().contains(word), "{finding}");
    assert!(!finding.hint.is_empty());
}

#[test]
fn good_folders_have_no_findings() {
    for (cas, members) in
        [(Suite::Gm, Suite::Gm), (Suite::Nist, Suite::Nist), (Suite::Nist, Suite::Gm)]
    {
        assert_eq!(Org::new(cas, members).folder().check(), []);
    }
}

#[test]
fn odd_forms_are_read() {
    let disk = org().folder();
    let text = disk.text(CA).replace('\n', "\r\n");
    disk.remove(CA).put("cacerts/any name", format!("subject: x\r\n\r\n{text}\r\nbehind"));
    disk.put("cacerts/.gitkeep", "").put("admincerts/..data", "x");
    assert_eq!(disk.check(), []);
}

#[test]
fn no_ca_certificate() {
    let disk = org().folder();
    disk.remove(CA);
    among(&disk.check(), Kind::NoCaCerts, Severity::Error, "cacerts", "root CA");
}

#[test]
fn unreadable_files() {
    let disk = org().folder();
    disk.put("cacerts/x.pem", "-----BEGIN CERTIFICATE-----\nAAA");
    one(&disk.check(), Kind::Unreadable, Severity::Error, "cacerts/x.pem", "cut short");
    disk.put("cacerts/x.pem", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----");
    one(&disk.check(), Kind::Unreadable, Severity::Error, "cacerts/x.pem", "certificate");
    disk.remove("cacerts/x.pem").put("crls/x.pem", disk.text(CA));
    one(&disk.check(), Kind::Unreadable, Severity::Error, "crls/x.pem", "CRL");
}

#[test]
fn too_large_and_too_many() {
    let disk = org().folder();
    disk.put("cacerts/x.pem", vec![b'x'; (1 << 20) + 1]);
    one(&disk.check(), Kind::TooMuch, Severity::Error, "cacerts/x.pem", "1048577 bytes");
    disk.remove("cacerts/x.pem");
    for n in 0..1100 {
        disk.put(&format!("admincerts/.{n}"), "");
    }
    one(&disk.check(), Kind::TooMuch, Severity::Error, "admincerts", "at most 1024");
}

#[test]
fn a_private_key_among_certificates() {
    let org = org();
    let disk = org.folder();
    let key = private_key::encode(&org.peer.key.export().unwrap()).unwrap();
    disk.put(SIGNER, [disk.text(SIGNER).as_bytes(), key.expose()].concat());
    one(&disk.check(), Kind::KeyAmongCertificates, Severity::Error, SIGNER, "private key");
}

#[test]
fn forms_that_fabric_does_not_read() {
    let org = org();
    let disk = org.folder();
    disk.put(ADMIN, org.admin.certificate.as_der());
    one(&disk.check(), Kind::NotReadByFabric, Severity::Warning, ADMIN, "PEM");
    let second = org.member("/OU=client/CN=x", 9).certificate;
    disk.put(ADMIN, org.admin.certificate.to_pem() + &second.to_pem());
    one(&disk.check(), Kind::NotReadByFabric, Severity::Warning, ADMIN, "2 certificates");
}

#[test]
fn a_name_that_does_not_belong_there() {
    let disk = org().folder();
    disk.put("confg.yaml", "").put("IssuerPublicKey", "x");
    one(&disk.check(), Kind::UnknownEntry, Severity::Warning, "confg.yaml", "rename");
}

#[test]
fn a_ca_that_is_none() {
    let org = org();
    let disk = org.folder();
    let certificate = make(&org.providers, Suite::Gm, plan("/CN=x", 7), None).certificate;
    disk.put("tlscacerts/x.pem", certificate.to_pem());
    one(&disk.check(), Kind::NotACa, Severity::Error, "tlscacerts/x.pem", "basicConstraints");
    let mut plan = ca_plan("/CN=x", 7);
    plan.extensions[1] = pki::extension::TypedExtension::extension(
        &pki::extension::KeyUsage::DIGITAL_SIGNATURE,
        true,
    );
    let certificate = make(&org.providers, Suite::Gm, plan, None).certificate;
    disk.put("tlscacerts/x.pem", certificate.to_pem());
    one(&disk.check(), Kind::NotACa, Severity::Error, "tlscacerts/x.pem", "keyCertSign");
}

#[test]
fn a_ca_without_key_identifier() {
    let org = org();
    let disk = org.folder();
    let plan = Plan { key_id: false, ..ca_plan("/CN=x", 7) };
    let certificate = make(&org.providers, Suite::Gm, plan, None).certificate;
    disk.put("cacerts/x.pem", certificate.to_pem());
    one(&disk.check(), Kind::NoKeyId, Severity::Warning, "cacerts/x.pem", "Fabric refuses");
}

#[test]
fn roots_that_others_signed() {
    let org = org();
    let disk = org.folder();
    let other = make(&org.providers, Suite::Gm, ca_plan("/CN=x", 7), Some(&org.root)).certificate;
    disk.put("cacerts/x.pem", other.to_pem());
    let hint = "intermediatecerts";
    one(&disk.check(), Kind::NotSelfSigned, Severity::Warning, "cacerts/x.pem", hint);
    // The same name as issuer, and the signature of another key.
    let impostor = root(&org.providers, Suite::Gm, "/O=Org1/CN=ca.org1");
    let forged = ca_plan("/O=Org1/CN=ca.org1", 8);
    let forged = make(&org.providers, Suite::Gm, forged, Some(&impostor)).certificate;
    disk.put("cacerts/x.pem", forged.to_pem());
    one(&disk.check(), Kind::NotSelfSigned, Severity::Error, "cacerts/x.pem", "did not sign");
}

#[test]
fn dates() {
    let org = org();
    let disk = org.folder();
    let until = |until| {
        let plan = Plan { until: time(until), ..plan("/OU=peer/CN=x", 9) };
        make(&org.providers, Suite::Gm, plan, Some(&org.intermediate)).certificate.to_pem()
    };
    disk.put(ADMIN, until("2026-05-31"));
    one(&disk.check(), Kind::Expired, Severity::Error, ADMIN, "2026-05-31");
    disk.put(ADMIN, until("2026-08-30"));
    one(&disk.check(), Kind::ExpiresSoon, Severity::Warning, ADMIN, "2026-08-30");
    disk.put(ADMIN, until("2026-08-31"));
    assert_eq!(disk.check(), []);
    let before = disk.check_at(time("2025-12-31").timestamp());
    assert!(kinds(&before).contains(&Kind::NotYetValid), "{before:?}");
}

#[test]
fn an_intermediate_that_does_not_chain() {
    let org = org();
    let disk = org.folder();
    let other = root(&org.providers, Suite::Gm, "/CN=other");
    let lost = make(&org.providers, Suite::Gm, ca_plan("/CN=lost", 7), Some(&other)).certificate;
    let file = "intermediatecerts/x.pem";
    disk.put(file, lost.to_pem());
    let kind = Kind::IntermediateDoesNotChain;
    one(&disk.check(), kind, Severity::Error, file, "CN=other");
    disk.remove(file).put("tlsintermediatecerts/x.pem", lost.to_pem());
    one(&disk.check(), kind, Severity::Error, "tlsintermediatecerts/x.pem", "no root");
}

#[test]
fn a_signer_that_is_no_member() {
    let org = org();
    let disk = org.folder();
    let stranger = Org::new(Suite::Nist, Suite::Nist);
    disk.put(SIGNER, stranger.peer.certificate.to_pem());
    among(&disk.check(), Kind::SignerNotMember, Severity::Error, SIGNER, "does not chain");
    among(&disk.check(), Kind::NoKey, Severity::Error, "keystore", "none of the keys");
}

#[test]
fn two_signers() {
    let org = org();
    let disk = org.folder();
    disk.put("signcerts/x.pem", org.member("/OU=peer/CN=x", 9).certificate.to_pem());
    let kind = Kind::SeveralSigners;
    one(&disk.check(), kind, Severity::Warning, "signcerts/x.pem", "the first is used");
}

#[test]
fn no_key() {
    let org = org();
    let disk = OnDisk::write(&org.providers, &Contents { key: None, ..org.contents() });
    one(&disk.check(), Kind::NoKey, Severity::Warning, "keystore", "device");
}

#[test]
fn keys_that_cannot_be_read() {
    let org = org();
    let disk = OnDisk::write(&org.providers, &Contents { key: None, ..org.contents() });
    let protection = bccsp::encoding::pbes2::Protection::of(Suite::Gm);
    let key = org.peer.key.export().unwrap();
    let key = private_key::encode_protected(&org.providers, &key, b"x", protection, 1000).unwrap();
    disk.put("keystore/x", key.expose());
    let found = disk.check();
    among(&found, Kind::KeyProtected, Severity::Warning, "keystore/x", "password");
    disk.put("keystore/x", "no key");
    among(&disk.check(), Kind::KeyUnreadable, Severity::Error, "keystore/x", "no private key");
}

#[test]
fn a_key_that_others_may_read() {
    let org = org();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("msp");
    let disk: Arc<dyn Disk> = Arc::new(SystemDisk);
    org.contents().write(&disk, &org.providers, &path).unwrap();
    let key = MspFolder::read(&SystemDisk, &org.providers, &path).unwrap().keys()[0].path.clone();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
    let folder = MspFolder::read(&SystemDisk, &org.providers, &path).unwrap();
    let found = folder.check(&org.providers, now()).unwrap();
    assert_eq!(kinds(&found), [Kind::KeyOpenToOthers]);
    assert!(found[0].to_string().contains("640"), "{}", found[0]);
}

#[test]
fn admins() {
    let org = org();
    let disk = org.folder();
    disk.put(ADMIN, Org::new(Suite::Gm, Suite::Gm).admin.certificate.to_pem());
    one(&disk.check(), Kind::AdminNotMember, Severity::Error, ADMIN, "must be a member");
    disk.remove(ADMIN);
    assert_eq!(disk.check(), []);
    disk.remove("config.yaml");
    one(&disk.check(), Kind::NoAdmin, Severity::Warning, "admincerts", "NodeOUs");
}

#[test]
fn crls() {
    let org = org();
    let disk = org.folder();
    let other = root(&org.providers, Suite::Gm, "/O=Org1/CN=ca.org1");
    disk.put(CRL, crl(&org.providers, &other, &[], "2036-01-01").to_pem());
    one(&disk.check(), Kind::CrlOfUnknownCa, Severity::Error, CRL, "ca.org1");
    disk.put(CRL, crl(&org.providers, &org.root, &[], "2026-05-31").to_pem());
    one(&disk.check(), Kind::CrlOutOfDate, Severity::Warning, CRL, "2026-05-31");
    let revoked = [&org.peer.certificate];
    disk.put(CRL, crl(&org.providers, &org.intermediate, &revoked, "2036-01-01").to_pem());
    one(&disk.check(), Kind::SignerNotMember, Severity::Error, SIGNER, "revoked");
}

#[test]
fn configuration() {
    let disk = org().folder();
    let good = disk.text("config.yaml");
    disk.put("config.yaml", good.clone() + "NodeOUS:\n  Enable: true\n");
    let findings = disk.check();
    one(&findings, Kind::ConfigUnknownKey, Severity::Warning, "config.yaml", "config.yaml:15: ");
    disk.put("config.yaml", good.replace("Enable: true", "Enable: 7"));
    one(&disk.check(), Kind::ConfigInvalid, Severity::Error, "config.yaml", "config.yaml:2: ");
    assert!(disk.read().msp(&disk.providers).is_err());
    disk.put("config.yaml", good.replace("ica.org1", "gone"));
    one(&disk.check(), Kind::OuCertificateMissing, Severity::Error, "config.yaml", "gone-cert");
    disk.put("config.yaml", good.replace(ICA, ADMIN));
    one(&disk.check(), Kind::OuCertificateNotACa, Severity::Error, "config.yaml", ADMIN);
    assert!(disk.read().msp(&disk.providers).is_err());
}

/// On a real disk, where such a path leads somewhere.
#[test]
fn configuration_does_not_lead_out_of_the_folder() {
    let org = org();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("msp");
    let disk: Arc<dyn Disk> = Arc::new(SystemDisk);
    org.contents().write(&disk, &org.providers, &path).unwrap();
    let config = path.join("config.yaml");
    let text = std::fs::read_to_string(&config).unwrap();
    let out = text.replace("intermediatecerts/", "../msp/intermediatecerts/");
    std::fs::write(&config, out).unwrap();
    let folder = MspFolder::read(&SystemDisk, &org.providers, &path).unwrap();
    let findings = folder.check(&org.providers, now()).unwrap();
    assert_eq!(kinds(&findings), [Kind::OuCertificateMissing]);
    assert!(folder.msp(&org.providers).is_err());
}

#[test]
fn the_same_certificate_twice() {
    let org = org();
    let disk = org.folder();
    disk.put("tlscacerts/x.pem", disk.text(CA));
    one(&disk.check(), Kind::Twice, Severity::Warning, "tlscacerts/x.pem", CA);
    // An admin's own folder, as in the tutorial, is as it should be.
    disk.remove("tlscacerts/x.pem").put("admincerts/x.pem", disk.text(SIGNER));
    assert_eq!(disk.check(), []);
}

#[test]
fn a_folder_that_is_not_there() {
    let providers = support::providers();
    let dir = tempfile::tempdir().unwrap();
    let error = MspFolder::read(&SystemDisk, &providers, &dir.path().join("no")).unwrap_err();
    assert!(error.to_string().contains("/no: "), "{error}");
    let empty = MspFolder::read(&SystemDisk, &providers, Path::new(dir.path())).unwrap();
    let findings = empty.check(&providers, now()).unwrap();
    assert_eq!(kinds(&findings), [Kind::NoCaCerts]);
}

#[test]
fn findings_are_printed_on_one_line() {
    let disk = org().folder();
    disk.put("config.yaml", "Foo: 1\n");
    let finding = disk.check().remove(0).to_string();
    assert_eq!(
        finding,
        "warning: msp/config.yaml:1: unknown key `Foo`; known here: NodeOUs, \
         OrganizationalUnitIdentifiers; it is skipped: correct or remove it"
    );
}
