// SPDX-License-Identifier: Apache-2.0
//! The GM pair: the key that the CA makes reaches its owner, is kept sealed, and is opened by two
//! administrators and nobody else; every step is in the audit log.

mod common;

use bccsp::encoding::key_envelope;
use bccsp::{DecryptionKey, SigningKey, Suite};
use common::{NOW, host, key, name, root};
use gmca_ca::escrow::{Approval, Pair, RecoveryRequest};
use gmca_ca::{Authority, Error, Host, Order, Profile, Refusal, Shape};
use pki::{Certificate, CertificateBuilder, RequestBuilder, Time};
use redb::{Database, ReadableTable, TableDefinition};
use std::path::Path;
use std::sync::Arc;

struct Admin {
    key: Arc<dyn SigningKey>,
    certificate: Certificate,
}

fn admin(host: &Host, suite: Suite, cn: &str) -> Admin {
    let key = host.providers.get(suite).unwrap().generate_signing_key().unwrap();
    let (from, until) = (Time::new(NOW), Time::new(NOW.plus(1_000)));
    let public = key.verifying_key().public_key();
    let builder = CertificateBuilder::new(&name(cn), public, &[1], from, until);
    Admin { certificate: builder.sign_self(key.as_ref()).unwrap(), key }
}

fn decrypts(host: &Host, key: &dyn SigningKey) -> Arc<dyn DecryptionKey> {
    host.providers.decryption_key(&key.export().unwrap()).unwrap()
}

fn approve(host: &Host, authority: &Authority, request: &RecoveryRequest, by: &Admin) -> Approval {
    let decrypts = decrypts(host, by.key.as_ref());
    let ca = authority.certificate();
    let made = Approval::make(&host.providers, request, ca, by.key.as_ref(), decrypts.as_ref());
    Approval::from_json(&made.unwrap().to_json().unwrap()).unwrap()
}

fn pair(authority: &Authority, key: &dyn SigningKey) -> Result<Pair, Error> {
    let request = RequestBuilder::new(&name("/O=Org1/CN=gateway")).sign(key).unwrap();
    let profile = |name: &str| Shape::from(Profile::named(name).unwrap());
    authority.issue_pair(&Order::new(request, profile("sign")), &profile("encrypt"))
}

/// A CA with administrators of both families.
fn with_administrators(host: &Host, home: &Path) -> (Authority, [Admin; 3]) {
    let authority = root(host, home);
    let all = [
        admin(host, Suite::Gm, "/CN=Alice"),
        admin(host, Suite::Nist, "/CN=Bob"),
        admin(host, Suite::Gm, "/CN=Carol"),
    ];
    for one in &all {
        authority.add_administrator(&one.certificate).unwrap();
    }
    (authority, all)
}

#[test]
fn the_owner_gets_the_key_and_the_ca_has_it_only_sealed() {
    let (dir, (host, _)) = (tempfile::tempdir().unwrap(), host(Suite::Gm));
    let home = dir.path().join("ca");
    let (authority, _) = with_administrators(&host, &home);
    let owner = key(&host);
    let pair = pair(&authority, owner.as_ref()).unwrap();
    let envelope = pair.response.envelope.clone().unwrap();
    let provider = host.providers.get(Suite::Gm).unwrap();
    let opened =
        key_envelope::open(provider.as_ref(), decrypts(&host, owner.as_ref()).as_ref(), &envelope);
    let opened = opened.unwrap();
    let handle = host.providers.decryption_key(&opened).unwrap();
    let public = pair.encrypt.public_key(&host.providers).unwrap();
    assert_eq!(handle.encryption_key().public_key(), &public);
    assert_eq!(pair.sign.public_key(&host.providers).unwrap(), *owner.verifying_key().public_key());
    assert_eq!(pair.sign.subject(), pair.encrypt.subject());

    let again = pki::CsrResponse::from_der(&pair.response.to_der()).unwrap();
    assert_eq!(again, pair.response);

    // Nowhere on the disk is the private value, as bytes or as hex.
    drop(authority);
    let secret = opened.scalar().expose().to_vec();
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let disk: &dyn sys::Disk = &sys::SystemDisk;
    let stored = disk.read(&home.join("ca.redb")).unwrap();
    let there = |needle: &[u8]| stored.windows(needle.len()).any(|part| part == needle);
    assert!(!there(&secret) && !there(hex.as_bytes()));
    assert!(there(pair.encrypt.serial()), "the file is the one that holds the record");
}

#[test]
fn two_administrators_recover_a_key_for_another_key() {
    let (dir, (host, _)) = (tempfile::tempdir().unwrap(), host(Suite::Gm));
    let (authority, [alice, bob, carol]) = with_administrators(&host, &dir.path().join("ca"));
    let pair = pair(&authority, key(&host).as_ref()).unwrap();
    for (one, other) in [(&alice, &bob), (&carol, &alice), (&bob, &carol)] {
        let to = key(&host);
        let public = to.verifying_key().public_key();
        let request = authority.ask_recovery(pair.encrypt.serial(), public, "token lost").unwrap();
        let request = RecoveryRequest::from_json(request.to_json()).unwrap();
        assert!(request.describe().contains("token lost"));
        let approvals = [one, other].map(|admin| approve(&host, &authority, &request, admin));
        let recovered = authority.recover(&request, &approvals).unwrap();
        assert_eq!(recovered.certificate, pair.encrypt);
        let provider = host.providers.get(Suite::Gm).unwrap();
        let owner = decrypts(&host, to.as_ref());
        let key = key_envelope::open(provider.as_ref(), owner.as_ref(), &recovered.envelope);
        let handle = host.providers.decryption_key(&key.unwrap()).unwrap();
        let public = pair.encrypt.public_key(&host.providers).unwrap();
        assert_eq!(handle.encryption_key().public_key(), &public);
        let again = authority.recover(&request, &approvals).unwrap_err();
        assert!(again.to_string().contains("was given out"), "{again}");
    }
    let rows = authority.audit().unwrap();
    let count = |action: &str| rows.iter().filter(|row| row.action == action).count();
    assert_eq!(count("admin-add"), 3);
    assert_eq!(count("escrow"), 1);
    assert_eq!(count("recovery-asked"), 3);
    assert_eq!(count("recovery"), 3);
    assert_eq!(count("recovery-refused"), 3);
    let row = rows.iter().find(|row| row.action == "recovery").unwrap();
    assert!(row.detail.ends_with("by administrators 1 and 2"), "{}", row.detail);
}

#[test]
fn one_administrator_alone_opens_nothing() {
    let (dir, (host, _)) = (tempfile::tempdir().unwrap(), host(Suite::Gm));
    let (authority, [alice, bob, carol]) = with_administrators(&host, &dir.path().join("ca"));
    let pair = pair(&authority, key(&host).as_ref()).unwrap();
    let to = key(&host);
    let public = to.verifying_key().public_key();
    let ask = || authority.ask_recovery(pair.encrypt.serial(), public, "why").unwrap();
    let (request, other) = (ask(), ask());
    let by = |admin: &Admin, request| approve(&host, &authority, request, admin);
    let check = |approvals: &[Approval], why: &str| {
        let error = authority.recover(&request, approvals).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
    };
    check(&[], "two different administrators");
    check(&[by(&alice, &request)], "two different administrators");
    check(&[by(&alice, &request), by(&alice, &request)], "two different administrators");
    check(&[by(&alice, &request), by(&bob, &other)], "of another request");
    let mut json = by(&bob, &request).to_json().unwrap();
    let at = json.windows(10).position(|part| part == b"\"shares\":[").unwrap() + 18;
    json[at] = if json[at] == b'0' { b'1' } else { b'0' };
    let forged = Approval::from_json(&json).unwrap();
    check(&[by(&alice, &request), forged], "not signed by its administrator");
    authority.remove_administrator(3).unwrap();
    check(&[by(&alice, &request), by(&carol, &request)], "by nobody who may approve");
    let stranger = admin(&host, Suite::Gm, "/CN=Mallory");
    let decrypts = decrypts(&host, stranger.key.as_ref());
    let ca = authority.certificate();
    let made =
        Approval::make(&host.providers, &request, ca, stranger.key.as_ref(), decrypts.as_ref());
    assert!(made.unwrap_err().to_string().contains("not sealed for you"));
    let mut changed = request.to_json().to_vec();
    let at = changed.windows(5).position(|part| part == b"\"why\"").unwrap() + 1;
    changed[at] = b'W';
    let changed = RecoveryRequest::from_json(&changed).unwrap();
    let error = authority.recover(&changed, &[]).unwrap_err();
    assert!(error.to_string().contains("was changed"), "{error}");
    let refused = authority.audit().unwrap();
    assert_eq!(refused.iter().filter(|row| row.action == "recovery-refused").count(), 7);
    authority.recover(&request, &[by(&alice, &request), by(&bob, &request)]).unwrap();
}

#[test]
fn pairs_are_refused_where_they_cannot_be_kept() {
    let (dir, (host, _)) = (tempfile::tempdir().unwrap(), host(Suite::Gm));
    let authority = root(&host, &dir.path().join("ca"));
    let owner = key(&host);
    let none = pair(&authority, owner.as_ref()).unwrap_err();
    assert!(matches!(none, Error::FewAdministrators { found: 0, .. }), "{none}");
    let alice = admin(&host, Suite::Gm, "/CN=Alice");
    drop(authority);
    let locked = Authority::open(&host, &dir.path().join("ca")).unwrap();
    let refused = locked.add_administrator(&alice.certificate).unwrap_err();
    assert!(matches!(refused, Error::Unusable { .. }), "{refused}");
    drop(locked);
    let authority = Authority::open_unlocked(&host, &dir.path().join("ca"), None).unwrap();
    authority.add_administrator(&alice.certificate).unwrap();
    let twice = authority.add_administrator(&alice.certificate).unwrap_err();
    assert!(twice.to_string().contains("already"), "{twice}");
    let own = authority.add_administrator(authority.certificate()).unwrap_err();
    assert!(own.to_string().contains("no administrator"), "{own}");
    let one = pair(&authority, owner.as_ref()).unwrap_err();
    assert!(matches!(one, Error::FewAdministrators { found: 1, .. }), "{one}");
    authority.add_administrator(&admin(&host, Suite::Gm, "/CN=Bob").certificate).unwrap();
    pair(&authority, owner.as_ref()).unwrap();
    let other = host.providers.get(Suite::Nist).unwrap().generate_signing_key().unwrap();
    let family = pair(&authority, other.as_ref()).unwrap_err();
    assert!(matches!(family, Error::Refused(Refusal::OtherFamily { .. })), "{family}");
    let sign = authority.records().unwrap()[0].serial.clone();
    let to = *owner.verifying_key().public_key();
    let missing = authority.ask_recovery(&sign, &to, "why").unwrap_err();
    assert!(missing.to_string().contains("not kept here"), "{missing}");
}

/// An element; its contents are shorter than 64 KiB.
fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = contents.len();
    let head = match length {
        0..128 => vec![tag, length as u8],
        128..256 => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    [head, contents.to_vec()].concat()
}

/// A request as CFCA's tools make it, with a second key.
fn with_second_key(signs: &dyn SigningKey, second: &dyn SigningKey) -> pki::Request {
    let point = second.verifying_key().public_key().point();
    let blob = [&[0, 0xb4, 0, 0, 0, 1, 0, 0][..], &point[1..33], &[0; 32], &point[33..], &[0; 32]]
        .concat();
    let value = tlv(4, &tlv(0x30, &[vec![2, 1, 1], tlv(4, &blob)].concat()));
    let id = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 63];
    let attributes = tlv(0xa0, &tlv(0x30, &[&id[..], &value].concat()));
    let spki = bccsp::encoding::spki::encode(signs.verifying_key().public_key());
    let subject = name("/CN=cfca");
    let parts = [&[2, 1, 0][..], subject.as_der(), &spki, &attributes];
    let info = tlv(0x30, &parts.concat());
    let signature = signs.sign(bccsp::Context::X509, &[&info]).unwrap();
    let algorithm = [0x30, 10, 6, 8, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x83, 0x75];
    let bits = tlv(3, &[&[0], signature.as_ref()].concat());
    pki::Request::from_der(&tlv(0x30, &[&info[..], &algorithm, &bits].concat())).unwrap()
}

#[test]
fn the_second_key_of_a_cfca_request_opens_the_envelope() {
    let (dir, (host, _)) = (tempfile::tempdir().unwrap(), host(Suite::Gm));
    let (authority, _) = with_administrators(&host, &dir.path().join("ca"));
    let (signs, second) = (key(&host), key(&host));
    let request = with_second_key(signs.as_ref(), second.as_ref());
    let profile = |name: &str| Shape::from(Profile::named(name).unwrap());
    let order = Order::new(request, profile("sign"));
    let pair = authority.issue_pair(&order, &profile("encrypt")).unwrap();
    let envelope = pair.response.envelope.unwrap();
    let provider = host.providers.get(Suite::Gm).unwrap();
    let open = |key: &Arc<dyn SigningKey>| {
        let owner = decrypts(&host, key.as_ref());
        key_envelope::open(provider.as_ref(), owner.as_ref(), &envelope)
    };
    assert!(open(&signs).is_err());
    let opened = open(&second).unwrap();
    let handle = host.providers.decryption_key(&opened).unwrap();
    let public = pair.encrypt.public_key(&host.providers).unwrap();
    assert_eq!(handle.encryption_key().public_key(), &public);
}

#[test]
fn a_renewed_encryption_certificate_is_recovered_and_never_rekeyed() {
    let (dir, (host, _)) = (tempfile::tempdir().unwrap(), host(Suite::Gm));
    let (authority, [alice, bob, _]) = with_administrators(&host, &dir.path().join("ca"));
    let owner = key(&host);
    let pair = pair(&authority, owner.as_ref()).unwrap();
    let renewal = gmca_ca::Renewal::default();
    let request = RequestBuilder::new(pair.encrypt.subject()).sign(key(&host).as_ref()).unwrap();
    let rekeyed = authority.rekey(pair.encrypt.serial(), &request, &renewal).unwrap_err();
    assert!(rekeyed.to_string().contains("issue another pair"), "{rekeyed}");
    let renewed = authority.renew(pair.encrypt.serial(), &renewal).unwrap().certificate;
    assert_eq!(renewed.public_key_info(), pair.encrypt.public_key_info());
    let to = *owner.verifying_key().public_key();
    let request = authority.ask_recovery(renewed.serial(), &to, "renewed").unwrap();
    let approvals = [&alice, &bob].map(|admin| approve(&host, &authority, &request, admin));
    authority.recover(&request, &approvals).unwrap();
}

const ADMINISTRATORS: TableDefinition<'_, u64, (&[u8], bool, &[u8])> =
    TableDefinition::new("escrow administrators");

#[test]
fn writing_on_the_disk_makes_nobody_an_administrator() {
    let (dir, (host, _)) = (tempfile::tempdir().unwrap(), host(Suite::Gm));
    let home = dir.path().join("ca");
    let (mut authority, _) = with_administrators(&host, &home);
    // Signed by the key of before, which counts.
    authority.roll_over(&gmca_ca::Rollover::default(), None).unwrap();
    assert_eq!(authority.administrators().unwrap().len(), 3);
    drop(authority);
    let mallory = admin(&host, Suite::Gm, "/CN=Mallory");
    let db = Database::create(home.join("ca.redb")).unwrap();
    let write = db.begin_write().unwrap();
    {
        let mut table = write.open_table(ADMINISTRATORS).unwrap();
        let signature = table.get(1).unwrap().unwrap().value().2.to_vec();
        let row = (mallory.certificate.as_der(), true, signature.as_slice());
        table.insert(1, row).unwrap();
    }
    write.commit().unwrap();
    drop(db);
    let authority = Authority::open_unlocked(&host, &home, None).unwrap();
    let refused = pair(&authority, key(&host).as_ref()).unwrap_err();
    assert!(refused.to_string().contains("administrator 1 is not signed"), "{refused}");
    assert!(authority.records().unwrap().iter().all(|record| record.profile != "encrypt"));
}
