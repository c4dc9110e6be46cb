// SPDX-License-Identifier: Apache-2.0
//! What a CA sends back with a key that it made: whole responses, and CFCA's text.

mod common;

use base64ct::{Base64, Encoding};
use bccsp::encoding::sm2_ciphertext::Sm2Ciphertext;
use bccsp::encoding::{key_envelope, pkcs8};
use bccsp::{SigningKey, Suite};
use common::{broken, look, providers};
use gmca_doctor::Verdict;
use hex_literal::hex;
use pki::{Certificate, CertificateBuilder, CsrResponse, Name, Time};
use std::sync::Arc;

fn party(name: &str) -> (Arc<dyn SigningKey>, Certificate) {
    let key = providers().get(Suite::Gm).unwrap().generate_signing_key().unwrap();
    let (from, until) = (Time::parse("2026-01-01").unwrap(), Time::parse("2036-01-01").unwrap());
    let name = Name::parse(name).unwrap();
    let public = *key.verifying_key().public_key();
    let certificate =
        CertificateBuilder::new(&name, &public, &[9], from, until).sign_self(&*key).unwrap();
    (key, certificate)
}

fn pem_less(key: &dyn SigningKey) -> Vec<u8> {
    pkcs8::encode(&key.export().unwrap()).unwrap().expose().to_vec()
}

/// 04 ‖ x ‖ y ‖ d without the 04, encrypted to the owner, as CFCA's tools send it.
fn text(owner: &dyn SigningKey, made: &dyn SigningKey) -> String {
    let providers = providers();
    let owner = providers.encryption_key(owner.verifying_key().public_key()).unwrap();
    let public = *made.verifying_key().public_key();
    let secret = made.export().unwrap();
    let plain = [&public.point()[1..], secret.scalar().expose()].concat();
    let sealed = Sm2Ciphertext::from_der(&owner.encrypt(&plain).unwrap()).unwrap().to_c1c3c2();
    let text = Base64::encode_string(&[&hex!("3081c60201010481c0"), &sealed[1..]].concat());
    let version = "0000000000000001000000000000000100000000000000000000000000000000";
    format!("{version}{:016}{text}", text.len())
}

#[test]
fn a_response_opens_for_who_asked() {
    let ((owner, sign), (made, encrypt), (other, _)) =
        (party("/CN=sign"), party("/CN=encrypt"), party("/CN=other"));
    let providers = providers();
    let to = providers.encryption_key(owner.verifying_key().public_key()).unwrap();
    let provider = providers.get(Suite::Gm).unwrap();
    let envelope = key_envelope::make(&**provider, &*to, &made.export().unwrap()).unwrap();
    let response =
        CsrResponse { sign: vec![sign], envelope: Some(envelope), encrypt: vec![encrypt] };
    let der = response.to_der();
    let said = look(&[("response", &der), ("k.key", &pem_less(&*owner))]);
    let of_key = said.findings.iter().find(|one| one.what.starts_with("escrowed")).unwrap();
    assert_eq!(of_key.what, "escrowed key of the certificate of CN=encrypt, that k.key opens");
    assert_eq!(of_key.verdict, Verdict::Conforms);
    let said = look(&[("response", &der), ("k.key", &pem_less(&*other))]);
    assert!(broken(&said).contains(&"enveloped-key"), "{said:?}");
}

#[test]
fn the_text_of_a_ca_is_known_and_named() {
    let ((owner, _), (made, encrypt)) = (party("/CN=sign"), party("/CN=encrypt"));
    let text = text(&*owner, &*made);
    let files = [
        ("sent", text.as_bytes()),
        ("k.key", &pem_less(&*owner)),
        ("encrypt.crt", encrypt.as_der()),
    ];
    let said = look(&files);
    let of_key = said.findings.iter().find(|one| one.what.starts_with("escrowed")).unwrap();
    assert_eq!(of_key.what, "escrowed key of the certificate of CN=encrypt, that k.key opens");
    assert_eq!(of_key.rules.iter().map(|rule| rule.code).collect::<Vec<_>>(), ["envelope-text"]);
    let secret = hex::encode(made.export().unwrap().scalar().expose());
    assert!(!format!("{said:?}").contains(&secret));
}
