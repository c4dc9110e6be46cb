// SPDX-License-Identifier: Apache-2.0
//! Requests of other programs' making, with their verdicts: `csr.json`; and what CFCA's tools write.

#![allow(clippy::disallowed_methods, reason = "tests read vectors from the real disk")]

mod common;

use bccsp::{Context, Suite};
use gmca_pki::asn1::write::{bit_string, constructed, sequence, tlv};
use gmca_pki::{Name, PublicKeyInfo, Request};

#[test]
fn every_request_has_its_verdict() {
    let Some(cases) = common::cases("csr.json") else {
        return;
    };
    assert!(cases.len() >= 12, "the file has shrunk to {} cases", cases.len());
    let providers = common::providers();
    for case in &cases {
        let id = case["id"].as_str().unwrap();
        let der = hex::decode(case["der"].as_str().unwrap()).unwrap();
        let request = Request::from_der(&der).unwrap();
        let from_pem = Request::from_pem_or_der(case["pem"].as_str().unwrap().as_bytes()).unwrap();
        assert_eq!(request, from_pem, "{id}");
        assert_eq!(*request.subject(), Name::parse(case["subject"].as_str().unwrap()).unwrap());
        let verdict = request.verify(&providers);
        assert_eq!(verdict.is_ok(), case["result"] == "valid", "{id}: {verdict:?}");
    }
}

/// A bare string where a SET belongs, and a second public key in the layout of a device.
fn like_cfca(temporary: &[u8]) -> Vec<u8> {
    let providers = common::providers();
    let key = providers.get(Suite::Gm).unwrap().generate_signing_key().unwrap();
    let info = PublicKeyInfo::of(key.verifying_key().public_key());
    let (challenge, second) = (
        b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x07",
        b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x3f",
    );
    let inner = sequence(&[&[2, 1, 1], &tlv(4, temporary)]);
    let attributes = constructed(
        0xa0,
        &[&sequence(&[challenge, &tlv(0x13, b"111111")]), &sequence(&[second, &tlv(4, &inner)])],
    );
    let name = Name::parse("/C=CN/CN=x").unwrap();
    let tbs = sequence(&[&[2, 1, 0], name.as_der(), info.as_der(), &attributes]);
    let signature = key.sign(Context::X509, &[&tbs]).unwrap();
    let algorithm = b"\x30\x0c\x06\x08\x2a\x81\x1c\xcf\x55\x01\x83\x75\x05\x00";
    sequence(&[&tbs, algorithm, &bit_string(signature.as_ref())])
}

#[test]
fn what_cfca_writes_is_read() {
    let providers = common::providers();
    let key = providers.get(Suite::Gm).unwrap().generate_signing_key().unwrap();
    let point = *key.verifying_key().public_key().point();
    let (x, y) = point[1..].split_at(32);
    let layout = [&[0, 0xb4, 0, 0, 0, 1, 0, 0], x, &[0; 32], y, &[0; 32]].concat();
    let request = Request::from_der(&like_cfca(&layout)).unwrap();
    request.verify(&providers).unwrap();
    assert_eq!(request.challenge_password().as_deref(), Some("111111"));
    assert!(!request.attributes()[0].is_set);
    let second = request.temporary_key(&providers).unwrap().unwrap();
    assert_eq!(*second.point(), point);

    for wrong in [&layout[..135], &[&layout[..], &[0]].concat(), &[]] {
        let request = Request::from_der(&like_cfca(wrong)).unwrap();
        assert!(request.temporary_key(&providers).is_err());
    }
    let mut off = layout.clone();
    off[8] ^= 1;
    assert!(Request::from_der(&like_cfca(&off)).unwrap().temporary_key(&providers).is_err());
}

/// The published requests themselves, where they are.
#[test]
fn the_requests_of_cfca_have_their_second_key() {
    let providers = common::providers();
    for file in ["x509/gmsm-cfca-csr.csr.pem", "x509/gmsm-cfca-csr-2.csr.pem"] {
        let Some(path) = common::vectors(file) else { return };
        let request = Request::from_pem_or_der(&std::fs::read(path).unwrap()).unwrap();
        assert!(request.temporary_key(&providers).unwrap().is_some(), "{file}");
    }
}
