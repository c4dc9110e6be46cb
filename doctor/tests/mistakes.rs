// SPDX-License-Identifier: Apache-2.0
//! Mistakes made with our own code, where the other programs of `interop/topics/doctor.sh` are not: each
//! cause is named, and no secret is in what is said.

mod common;

use bccsp::encoding::pbes2::Protection;
use bccsp::encoding::signature::RawSignature;
use bccsp::encoding::sm2_ciphertext::Sm2Ciphertext;
use bccsp::encoding::{private_key, spki};
use bccsp::{Context, KeyMaterial, SecretBytes, SigningKey, Suite};
use common::{beware, broken, input, look, providers};
use gmca_doctor::{Options, RULES, Role, Verdict, examine};
use pki::{CertificateBuilder, Name, Time};
use std::sync::Arc;

const MESSAGE: &[u8] = b"a message";

fn key() -> Arc<dyn SigningKey> {
    providers().get(Suite::Gm).unwrap().generate_signing_key().unwrap()
}

fn public(key: &dyn SigningKey) -> Vec<u8> {
    spki::encode(key.verifying_key().public_key())
}

#[test]
fn codes_are_told_apart_and_rules_are_whole() {
    for (at, rule) in RULES.iter().enumerate() {
        assert!(RULES[at + 1..].iter().all(|other| other.code != rule.code), "{}", rule.code);
        assert!(
            !rule.broken.is_empty()
                && rule.fixes.iter().all(|(a, b)| !a.is_empty() && !b.is_empty())
        );
    }
}

#[test]
fn a_right_signature_is_clean() {
    let key = key();
    let signature = key.sign(Context::X509, &[MESSAGE]).unwrap();
    let said = look(&[("s", signature.as_ref()), ("m", MESSAGE), ("k.pub", &public(&*key))]);
    assert!(said.is_clean(), "{said:?}");
}

#[test]
fn ids_encodings_and_digests() {
    let key = key();
    let sign = |ctx, message: &[u8]| key.sign(ctx, &[message]).unwrap().into_vec();
    let digest =
        *providers().hash(Suite::Gm.hash_algorithm()).unwrap().digest(&[MESSAGE]).as_bytes();
    let right = sign(Context::X509, MESSAGE);
    let raw = RawSignature::from_der(&right).unwrap().to_raw();
    let cases: [(&str, Vec<u8>); 8] = [
        ("id-empty", sign(Context::SignerId(b""), MESSAGE)),
        ("id-other", sign(Context::SignerId(b"ALICE123@YAHOO.COM"), MESSAGE)),
        ("id-tls13", sign(Context::Tls13, MESSAGE)),
        ("signature-raw", raw.to_vec()),
        ("signature-text", hex::encode(&right).into_bytes()),
        ("prehashed", sign(Context::X509, &digest)),
        ("prehashed-text", sign(Context::X509, hex::encode(digest).as_bytes())),
        ("message-newline", sign(Context::X509, b"a message\n")),
    ];
    for (code, signature) in cases {
        let said = look(&[("k.pub", &public(&*key)), ("s", &signature), ("m", MESSAGE)]);
        assert!(broken(&said).contains(&code), "{code}: {said:?}");
        assert!(said.findings.iter().all(|finding| finding.verdict != Verdict::Fails));
    }
}

#[test]
fn orders_prefixes_and_lost_zeros() {
    let providers = providers();
    let (gm, key) = (providers.get(Suite::Gm).unwrap(), key());
    let open = gm.encryption_key(key.verifying_key().public_key()).unwrap();
    let private = private_key::encode(&key.export().unwrap()).unwrap();
    let check = |code: &str, bytes: &[u8]| {
        let inputs =
            [input("k", private.expose(), None), input("c", bytes, Some(Role::Ciphertext))];
        let said = examine(&providers, &inputs, &Options::default());
        assert!(broken(&said).contains(&code), "{code}: {said:?}");
        assert!(!format!("{said:?}").contains("the plaintext"));
    };
    loop {
        let sealed = Sm2Ciphertext::from_der(&open.encrypt(b"the plaintext").unwrap()).unwrap();
        let (new, old) = (sealed.to_c1c3c2(), sealed.to_c1c2c3());
        check("cipher-c1c3c2", &new);
        check("cipher-c1c2c3", &old);
        check("cipher-prefix", &new[1..]);
        check("cipher-text", hex::encode(&old).as_bytes());
        if new[1] == 0 {
            check("cipher-zeros", &[&new[..1], &new[2..]].concat());
            return;
        }
        // One in 256 has a zero in front.
        if new[33] == 0 {
            check("cipher-zeros", &[&new[..33], &new[34..]].concat());
            return;
        }
    }
}

#[test]
fn containers_and_who_opens_them() {
    let (providers, key) = (providers(), key().export().unwrap());
    let protect = |protection| {
        private_key::encode_protected(&providers, &key, b"pw", protection, 10_000).unwrap()
    };
    let said = |bytes: &[u8], password: &str| {
        let ask = |_: &str| Some(SecretBytes::copy_from(password.as_bytes()));
        let options = Options { password: Some(&ask), ..Options::default() };
        examine(&providers, &[input("k", bytes, None)], &options)
    };
    assert!(beware(&said(protect(Protection::Gm).expose(), "pw")).contains(&"protection-gm"));
    for other in [Protection::Nist, Protection::Compat] {
        let diagnosis = said(protect(other).expose(), "pw");
        assert!(diagnosis.is_clean() && beware(&diagnosis).contains(&"protection-not-gm"));
    }
    assert!(broken(&said(protect(Protection::Gm).expose(), "x")).contains(&"password"));
    let sec1 = private_key::encode_sec1(&key).unwrap();
    assert!(beware(&look(&[("k", sec1.expose())])).contains(&"key-container"));
    let other = self::key();
    let pair = look(&[("k", sec1.expose()), ("p", &public(&*other))]);
    assert!(broken(&pair).contains(&"key-pair"));
}

/// The private value of a key file is in nothing that is said, whatever is wrong with the file.
#[test]
fn no_secret_is_said() {
    let key = key().export().unwrap();
    let scalar = hex::encode(key.scalar().expose());
    let wrong = KeyMaterial::new(
        key.algorithm(),
        SecretBytes::copy_from(key.scalar().expose()),
        Some(*self::key().verifying_key().public_key()),
    );
    let wrong = private_key::encode(&wrong.unwrap()).unwrap();
    for bytes in [wrong.expose(), scalar.as_bytes()] {
        let said = look(&[("my.key", bytes)]);
        assert!(!said.is_clean());
        assert!(!format!("{said:?}").to_lowercase().contains(&scalar), "it says the private value");
    }
}

#[test]
fn certificates_name_the_id_they_were_made_under() {
    let key = key();
    let (from, until) = (Time::parse("2026-01-01").unwrap(), Time::parse("2036-01-01").unwrap());
    let name = Name::parse("/CN=x").unwrap();
    let public = key.verifying_key().public_key();
    let right = CertificateBuilder::new(&name, public, &[1], from, until).sign_self(&*key).unwrap();
    assert!(look(&[("c", right.as_der())]).is_clean());
    let signature = key.sign(Context::SignerId(b""), &[right.tbs()]).unwrap();
    let wrong = pki::asn1::write::sequence(&[
        right.tbs(),
        right.signature_algorithm().as_der(),
        &pki::asn1::write::bit_string(signature.as_ref()),
    ]);
    assert!(broken(&look(&[("c", &wrong)])).contains(&"id-empty"));
}
