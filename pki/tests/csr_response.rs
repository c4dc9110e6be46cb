// SPDX-License-Identifier: Apache-2.0
//! What a CA answers to a request for a pair: written in one form, read in those that are met.

mod common;

use gmca_pki::{Certificate, CertificateBuilder, CsrResponse, Name, Time};

fn certificate(number: u8) -> Certificate {
    let key = common::providers().default_provider().generate_signing_key().unwrap();
    let name = Name::parse("/CN=x").unwrap();
    let (from, until) = (Time::parse("2026-01-01").unwrap(), Time::parse("2027-01-01").unwrap());
    let public = key.verifying_key().public_key();
    CertificateBuilder::new(&name, public, &[number], from, until).sign_self(&*key).unwrap()
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

/// What stands in for an envelope: a SEQUENCE with a SEQUENCE and something else in it.
const ENVELOPE: [u8; 7] = [0x30, 5, 0x30, 0, 3, 1, 0];

#[test]
fn one_form_is_written_and_read_again() {
    let response = CsrResponse {
        sign: vec![certificate(1)],
        envelope: Some(ENVELOPE.to_vec()),
        encrypt: vec![certificate(2)],
    };
    let der = response.to_der();
    let sign = tlv(0x31, response.sign[0].as_der());
    let (key, encrypt) = (tlv(0xa0, &ENVELOPE), tlv(0xa1, response.encrypt[0].as_der()));
    assert_eq!(der, tlv(0x30, &[sign, key, encrypt].concat()));
    assert_eq!(CsrResponse::from_der(&der).unwrap(), response);
    let pem = bccsp::encoding::pem::encode("CSR RESPONSE", &der);
    assert_eq!(CsrResponse::from_pem_or_der(pem.as_bytes()).unwrap(), response);
    let alone = CsrResponse { envelope: None, encrypt: Vec::new(), ..response };
    assert_eq!(CsrResponse::from_der(&alone.to_der()).unwrap(), alone);
}

#[test]
fn tags_of_the_other_way_are_read() {
    let (one, two) = (certificate(1), certificate(2));
    let sign = tlv(0x31, one.as_der());
    let implicit_key = tlv(0xa0, &ENVELOPE[2..]);
    let explicit_set = tlv(0xa1, &tlv(0x31, two.as_der()));
    let der = tlv(0x30, &[sign, implicit_key, explicit_set].concat());
    let read = CsrResponse::from_der(&der).unwrap();
    assert_eq!(read.envelope.as_deref(), Some(&ENVELOPE[..]));
    assert_eq!(read.encrypt, [two]);
}

#[test]
fn what_is_no_response_is_refused() {
    let one = certificate(1);
    let sign = tlv(0x31, one.as_der());
    let good = tlv(0x30, &sign);
    CsrResponse::from_der(&good).unwrap();
    for bad in [
        tlv(0x30, &tlv(0x31, &[])),
        tlv(0x30, &[]),
        tlv(0x30, &[sign.clone(), tlv(0xa0, &[5, 0])].concat()),
        tlv(0x30, &[sign.clone(), tlv(0xa1, &[0x30, 0])].concat()),
        tlv(0x30, &[sign.clone(), tlv(0xa2, &[])].concat()),
        tlv(0x30, &[sign, tlv(0xa1, &[tlv(0x31, one.as_der()), vec![5, 0]].concat())].concat()),
        [good.clone(), vec![0]].concat(),
        one.as_der().to_vec(),
    ] {
        assert!(CsrResponse::from_der(&bad).is_err(), "{bad:02x?}");
    }
    for cut in 0..good.len() {
        assert!(CsrResponse::from_der(&good[..cut]).is_err(), "cut to {cut}");
    }
}
