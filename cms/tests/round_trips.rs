// SPDX-License-Identifier: Apache-2.0
//! Messages and bags of our own in every dialect and family: read back, changed, and refused.

use bccsp::encoding::pbes2::Protection;
use bccsp::{DecryptionKey, EngineChoice, Providers, SecretBytes, SigningKey, Suite};
use gmca_cms::pkcs12;
use gmca_cms::{
    Content, Dialect, Enveloped, Error, SignOptions, Signed, Signer, encrypt, read, sign,
    sign_and_encrypt, to_pem,
};
use pki::{Certificate, CertificateBuilder, Name, Time};
use std::sync::Arc;

struct Party {
    key: Arc<dyn SigningKey>,
    open: Arc<dyn DecryptionKey>,
    certificate: Certificate,
}

fn providers() -> Providers {
    Providers::new(Suite::Gm, EngineChoice::Auto).unwrap()
}

fn party(providers: &Providers, suite: Suite, serial: u8) -> Party {
    let key = providers.get(suite).unwrap().generate_signing_key().unwrap();
    let open = providers.decryption_key(&key.export().unwrap()).unwrap();
    let (from, until) = (Time::parse("2026-01-01").unwrap(), Time::parse("2036-01-01").unwrap());
    let name = Name::parse(&format!("/CN=party {serial}")).unwrap();
    let public = *key.verifying_key().public_key();
    let builder = CertificateBuilder::new(&name, &public, &[serial], from, until);
    let certificate = builder.sign_self(&*key).unwrap();
    Party { key, open, certificate }
}

fn signer(party: &Party) -> Signer<'_> {
    Signer { key: &*party.key, certificate: &party.certificate }
}

fn signed(der: &[u8]) -> Signed {
    match read(der).unwrap() {
        Content::Signed(message) => message,
        other => panic!("{other:?}"),
    }
}

fn enveloped(der: &[u8]) -> Enveloped {
    match read(der).unwrap() {
        Content::Enveloped(message) => message,
        other => panic!("{other:?}"),
    }
}

const DIALECTS: [(Suite, Dialect); 3] =
    [(Suite::Gm, Dialect::Gm), (Suite::Gm, Dialect::Rfc), (Suite::Nist, Dialect::Rfc)];

#[test]
fn signed_messages_are_read_and_changes_are_seen() {
    let providers = providers();
    for (suite, dialect) in DIALECTS {
        let party = party(&providers, suite, 1);
        for attributes in [false, true] {
            let options = SignOptions { attributes, ..SignOptions::of(dialect) };
            let der = sign(&providers, &[signer(&party)], b"content", &options).unwrap();
            assert_eq!(signed(to_pem(dialect, &der).as_bytes()).content(), Some(&b"content"[..]));
            let message = signed(&der);
            assert_eq!((message.dialect(), message.signers()), (dialect, 1));
            let found = message.verify(&providers, None, &[]).unwrap();
            assert_eq!(found[0].certificate, party.certificate);
            let at = der.windows(7).position(|window| window == b"content").unwrap();
            let mut changed = der.clone();
            changed[at] ^= 1;
            let verdict = signed(&changed).verify(&providers, None, &[]);
            assert!(matches!(verdict, Err(Error::BadSignature(_))), "{dialect:?} {attributes}");
        }
    }
}

#[test]
fn content_may_travel_apart() {
    let providers = providers();
    let party = party(&providers, Suite::Gm, 1);
    let options = SignOptions { detached: true, ..SignOptions::of(Dialect::Gm) };
    let der = sign(&providers, &[signer(&party)], b"content", &options).unwrap();
    let message = signed(&der);
    assert!(message.content().is_none());
    assert!(matches!(message.verify(&providers, None, &[]), Err(Error::Detached)));
    assert!(message.verify(&providers, Some(b"content"), &[]).is_ok());
    assert!(message.verify(&providers, Some(b"another"), &[]).is_err());
}

#[test]
fn gmssl_signs_otherwise_and_only_its_judge_takes_that() {
    let providers = providers();
    let party = party(&providers, Suite::Gm, 1);
    let options = SignOptions::of(Dialect::GmSsl);
    let der = sign(&providers, &[signer(&party)], b"content", &options).unwrap();
    assert!(signed(&der).verify_gmssl(&providers, &[]).is_ok());
    assert!(matches!(signed(&der).verify(&providers, None, &[]), Err(Error::BadSignature(_))));
    let der =
        sign(&providers, &[signer(&party)], b"content", &SignOptions::of(Dialect::Gm)).unwrap();
    assert!(signed(&der).verify_gmssl(&providers, &[]).is_err());
}

#[test]
fn encrypted_messages_open_for_their_recipients_alone() {
    let providers = providers();
    for (suite, dialect) in DIALECTS.into_iter().chain([(Suite::Gm, Dialect::GmSsl)]) {
        let (to, other) = (party(&providers, suite, 1), party(&providers, suite, 2));
        let der = encrypt(&providers, &[&to.certificate], b"secret", dialect).unwrap();
        let message = enveloped(&der);
        assert_eq!((message.recipients(), message.is_signed()), (1, false));
        let plain = message.decrypt(&providers, &*to.open, Some(&to.certificate)).unwrap();
        assert_eq!(plain.expose(), b"secret");
        assert!(message.decrypt(&providers, &*to.open, None).is_ok());
        assert!(message.decrypt(&providers, &*other.open, None).is_err(), "{dialect:?}");
        let named = message.decrypt(&providers, &*to.open, Some(&other.certificate));
        assert!(matches!(named, Err(Error::NotForUs)));
    }
}

#[test]
fn one_message_for_both_families() {
    let providers = providers();
    let (gm, nist) = (party(&providers, Suite::Gm, 1), party(&providers, Suite::Nist, 2));
    let to = [&gm.certificate, &nist.certificate];
    let message = enveloped(&encrypt(&providers, &to, b"secret", Dialect::Rfc).unwrap());
    for one in [&gm, &nist] {
        let plain = message.decrypt(&providers, &*one.open, None).unwrap();
        assert_eq!(plain.expose(), b"secret");
    }
    assert!(encrypt(&providers, &to, b"secret", Dialect::Gm).is_err());
}

#[test]
fn signed_and_enveloped() {
    let providers = providers();
    for (suite, dialect) in DIALECTS.into_iter().chain([(Suite::Gm, Dialect::GmSsl)]) {
        let (from, to) = (party(&providers, suite, 1), party(&providers, suite, 2));
        let options = SignOptions::of(dialect);
        let to_whom = [&to.certificate];
        let der =
            sign_and_encrypt(&providers, &[signer(&from)], &to_whom, b"secret", &options).unwrap();
        let message = enveloped(&der);
        assert!(message.is_signed());
        let plain = message.decrypt(&providers, &*to.open, None).unwrap();
        let judge = |content: &SecretBytes| match dialect {
            Dialect::GmSsl => message.verify_gmssl(&providers, content, &[]),
            _ => message.verify(&providers, content, &[]),
        };
        assert_eq!(judge(&plain).unwrap()[0].certificate, from.certificate);
        assert!(judge(&SecretBytes::copy_from(b"another")).is_err());
    }
}

#[test]
fn cut_messages_are_refused() {
    let providers = providers();
    let party = party(&providers, Suite::Gm, 1);
    let der =
        sign(&providers, &[signer(&party)], b"content", &SignOptions::of(Dialect::Gm)).unwrap();
    for cut in 0..der.len() {
        assert!(read(&der[..cut]).is_err(), "cut to {cut}");
    }
    assert!(read(&[&der[..], &[0]].concat()).is_err());
}

#[test]
fn bags_come_back_under_their_password() {
    let providers = providers();
    for suite in Suite::ALL {
        let party = party(&providers, suite, 1);
        let material = party.key.export().unwrap();
        for protection in [Protection::Gm, Protection::Nist, Protection::Compat] {
            let name = Some("名字".to_owned());
            let options = pkcs12::Options { name: name.clone(), protection, iterations: 10 };
            let password = SecretBytes::copy_from("пароль".as_bytes());
            let certificates = [party.certificate.clone()];
            let der =
                pkcs12::write(&providers, &material, &certificates, &password, &options).unwrap();
            assert!(pkcs12::is_bag(&der));
            let bag = pkcs12::read(&providers, &der, &password).unwrap();
            assert_eq!(bag.keys[0].value.scalar().expose(), material.scalar().expose());
            assert_eq!(bag.certificate_of(&bag.keys[0]), Some(&party.certificate));
            assert_eq!((bag.keys[0].name.clone(), bag.certificates.len()), (name, 1));
            let wrong = SecretBytes::copy_from(b"other");
            let refused = pkcs12::read(&providers, &der, &wrong);
            assert!(matches!(refused, Err(Error::BadPassword)), "{refused:?}");
            // The name of the key stands in the clear: the check value alone sees that it is another.
            let mut changed = der.clone();
            let name = changed.windows(4).rposition(|window| window == [0x54, 0x0d, 0x5b, 0x57]);
            changed[name.unwrap()] ^= 1;
            let refused = pkcs12::read(&providers, &changed, &password);
            assert!(matches!(refused, Err(Error::BadPassword)), "{refused:?}");
        }
    }
}

#[test]
fn a_bag_is_of_a_key_and_its_own_certificate() {
    let providers = providers();
    let (one, other) = (party(&providers, Suite::Gm, 1), party(&providers, Suite::Gm, 2));
    let options = pkcs12::Options { name: None, protection: Protection::Gm, iterations: 1 };
    let password = SecretBytes::copy_from(b"pw");
    let key = one.key.export().unwrap();
    let certificates = [other.certificate.clone()];
    assert!(pkcs12::write(&providers, &key, &certificates, &password, &options).is_err());
    assert!(pkcs12::write(&providers, &key, &[], &password, &options).is_err());
}
