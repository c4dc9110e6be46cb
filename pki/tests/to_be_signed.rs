// SPDX-License-Identifier: Apache-2.0
//! Certificates that are settled before they are signed, and the second reader that looks at them.

use bccsp::{EngineChoice, Providers, SigningKey, Suite};
use gmca_pki::{Certificate, CertificateBuilder, Error, Name, Time, ToBeSigned};
use std::sync::Arc;

fn setting(suite: Suite) -> (Providers, Arc<dyn SigningKey>, CertificateBuilder) {
    let providers = Providers::new(suite, EngineChoice::Portable).unwrap();
    let key = providers.default_provider().generate_signing_key().unwrap();
    // Long enough for lengths of two bytes.
    let name = Name::parse(&format!("/C=CN/O=Org1/OU={}/CN=x", "u".repeat(60))).unwrap();
    let (from, until) = (Time::parse("2026-01-01").unwrap(), Time::parse("2060-01-01").unwrap());
    let public = *key.verifying_key().public_key();
    let builder = CertificateBuilder::new(&name, &public, &[0x41; 16], from, until)
        .subject_key_id(&providers)
        .unwrap();
    (providers, key, builder)
}

#[test]
fn what_was_settled_is_signed_and_put_together_again() {
    for suite in Suite::ALL {
        let (providers, key, builder) = setting(suite);
        let issuer = Name::parse("/CN=Root").unwrap();
        let tbs = builder.prepare(&issuer, key.as_ref()).unwrap();
        let certificate = tbs.sign(key.as_ref()).unwrap();
        assert_eq!(certificate.tbs(), tbs.as_der());
        let again = ToBeSigned::from_der(tbs.as_der()).unwrap();
        assert_eq!(again.assemble(certificate.signature()).unwrap(), certificate);
        certificate.verify_signature(&providers, key.verifying_key().public_key()).unwrap();
    }
}

#[test]
fn a_key_of_another_algorithm_does_not_sign_it() {
    let (_, _, builder) = setting(Suite::Gm);
    let (_, own, _) = setting(Suite::Gm);
    let (_, other, _) = setting(Suite::Nist);
    let tbs = builder.prepare(&Name::parse("/CN=Root").unwrap(), own.as_ref()).unwrap();
    assert!(matches!(tbs.sign(other.as_ref()), Err(Error::Build { .. })));
}

#[test]
fn damaged_signed_parts_are_refused() {
    let (_, key, builder) = setting(Suite::Nist);
    let tbs = builder.prepare(&Name::parse("/CN=Root").unwrap(), key.as_ref()).unwrap();
    let der = tbs.as_der();
    for end in 0..der.len() {
        assert!(ToBeSigned::from_der(&der[..end]).is_err(), "cut at {end}");
    }
    assert!(ToBeSigned::from_der(&[der, &[0]].concat()).is_err());
}

/// Our reader takes serial numbers of any length, as the field has them; the other does not.
#[test]
fn what_the_second_reader_does_not_see_the_same_way_does_not_leave() {
    const LONG: usize = 30;
    let (_, key, builder) = setting(Suite::Nist);
    let tbs = builder.prepare(&Name::parse("/CN=Root").unwrap(), key.as_ref()).unwrap();
    let der = tbs.as_der();
    // 30 82 LL LL, [0] { INTEGER 2 }, INTEGER of 16 bytes
    assert_eq!((der[..2].to_vec(), der[9..11].to_vec()), (vec![0x30, 0x82], vec![2, 16]));
    let rest = &der[11 + 16..];
    let length = u16::try_from(5 + 2 + LONG + rest.len()).unwrap().to_be_bytes();
    let long = [&[0x30, 0x82], &length[..], &der[4..9], &[2, 30], &[0x41; LONG], rest].concat();
    let tbs = ToBeSigned::from_der(&long).unwrap();
    match tbs.sign(key.as_ref()) {
        Err(Error::Build { why, .. }) => assert!(why.contains("second reader"), "{why}"),
        result => panic!("{result:?}"),
    }
    // It is the second reader that refuses: ours reads such certificates.
    let signature = key.sign(bccsp::Context::X509, &[&long]).unwrap();
    let bits = [&[0][..], signature.as_ref()].concat();
    let algorithm: [u8; 12] = [0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
    let bits = [&[3, u8::try_from(bits.len()).unwrap()][..], &bits].concat();
    let inside = [&long[..], &algorithm, &bits].concat();
    let length = u16::try_from(inside.len()).unwrap().to_be_bytes();
    let whole = [&[0x30, 0x82], &length[..], &inside].concat();
    assert_eq!(Certificate::from_der(&whole).unwrap().serial().len(), LONG);
}
