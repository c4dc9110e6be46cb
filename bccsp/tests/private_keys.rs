// SPDX-License-Identifier: Apache-2.0
//! Private key files: every protection opens again, hostile ones are refused fast, and damage of
//! any kind is an error and never a panic.

use gmca_bccsp::encoding::pbes2::{self, MAX_ITERATIONS, Protection};
use gmca_bccsp::encoding::{pem, pkcs8, private_key};
use gmca_bccsp::{CipherMode, EngineChoice, Error, KeyMaterial, Providers, SecretBytes, Suite};
use hex_literal::hex;
use proptest::prelude::*;

fn providers() -> Providers {
    Providers::new(Suite::Gm, EngineChoice::Portable).unwrap()
}

fn key(providers: &Providers, suite: Suite) -> KeyMaterial {
    providers.get(suite).unwrap().generate_signing_key().unwrap().export().unwrap()
}

fn open(providers: &Providers, bytes: &[u8], password: &[u8]) -> Result<KeyMaterial, Error> {
    private_key::decode(providers, bytes, &|| Ok(SecretBytes::copy_from(password)))
}

#[test]
fn every_protection_opens_again() {
    let providers = providers();
    for suite in Suite::ALL {
        let key = key(&providers, suite);
        for protection in [Protection::Gm, Protection::Nist, Protection::Compat] {
            let password = "口令".as_bytes();
            let pem =
                private_key::encode_protected(&providers, &key, password, protection, 100).unwrap();
            assert!(private_key::is_protected(pem.expose()));
            let read = open(&providers, pem.expose(), password).unwrap();
            assert_eq!(read.scalar().expose(), key.scalar().expose());
            assert_eq!(read.public(), key.public());
            assert!(matches!(open(&providers, pem.expose(), b"x"), Err(Error::Refused)));
            let none = private_key::decode(&providers, pem.expose(), &private_key::no_password);
            assert!(matches!(none, Err(Error::Misuse(_))));
        }
    }
}

/// DER with a long or short length.
fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let length = u8::try_from(value.len()).unwrap();
    let front: &[u8] = if length < 0x80 { &[tag, length] } else { &[tag, 0x81, length] };
    [front, &value].concat()
}

#[test]
fn identifiers_of_gmt_0091_are_read() {
    let providers = providers();
    let gm = providers.get(Suite::Gm).unwrap();
    let key = key(&providers, Suite::Gm);
    let (salt, iv) = ([1; 8], [2; 16]);
    let derived = gm.kdf().unwrap().pbkdf2(b"p", &salt, 100, 16).unwrap();
    let cipher = gm.cipher(CipherMode::CbcPkcs7, derived.expose()).unwrap();
    let data = cipher.encrypt(&iv, pkcs8::encode(&key).unwrap().expose()).unwrap();
    let hmac = tlv(0x30, &[&hex!("0609 2a811ccf5501831102")]);
    for arc in [&hex!("2a811ccf55 0601 0401 05")[..], &hex!("2a811ccf55 0604 0105")] {
        for prf in [&hmac[..], &[]] {
            let numbers = tlv(0x30, &[&tlv(4, &[&salt]), &[2, 1, 100], prf]);
            let kdf = tlv(0x30, &[&tlv(6, &[arc, &[1]]), &numbers]);
            let sm4 = tlv(0x30, &[&hex!("0608 2a811ccf55016802"), &tlv(4, &[&iv])]);
            let scheme = tlv(0x30, &[&tlv(6, &[arc, &[2]]), &tlv(0x30, &[&kdf, &sm4])]);
            let der = tlv(0x30, &[&scheme, &tlv(4, &[&data])]);
            let read = open(&providers, &der, b"p").unwrap();
            assert_eq!(read.scalar().expose(), key.scalar().expose());
        }
    }
}

#[test]
fn two_protections_of_one_key_differ() {
    let providers = providers();
    let key = key(&providers, Suite::Gm);
    let protect =
        || private_key::encode_protected(&providers, &key, b"p", Protection::Gm, 1).unwrap();
    assert_ne!(protect().expose(), protect().expose());
}

#[test]
fn rounds_and_passwords_out_of_range_are_refused() {
    let providers = providers();
    let der = pkcs8::encode(&key(&providers, Suite::Gm)).unwrap();
    for (password, rounds) in [(&b""[..], 1), (b"p", 0), (b"p", MAX_ITERATIONS + 1)] {
        let result = pbes2::encrypt(&providers, &der, password, Protection::Gm, rounds);
        assert!(matches!(result, Err(Error::Misuse(_))));
    }
}

#[test]
fn the_written_form_is_the_documented_one() {
    let providers = providers();
    for suite in Suite::ALL {
        let key = key(&providers, suite);
        assert_eq!(pkcs8::encode(&key).unwrap().len(), 138);
        let pem = private_key::encode(&key).unwrap();
        assert!(pem.expose().starts_with(b"-----BEGIN PRIVATE KEY-----\n"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn damage_is_an_error(at in 0usize..2000, value: u8, sec1: bool) {
        let providers = providers();
        let key = key(&providers, Suite::Nist);
        let text = if sec1 { private_key::encode_sec1(&key) } else { private_key::encode(&key) };
        let mut der = pem::decode_all(text.unwrap().expose()).unwrap()[0].der().to_vec();
        let at = at % der.len();
        let before = der[at];
        der[at] = value;
        let read = open(&providers, &der, b"p").and_then(|key| providers.signing_key(&key));
        // A changed byte is seen, whatever it is: lengths, identifiers, both halves of the key.
        prop_assert_eq!(read.is_ok(), value == before, "at {} {:02x}", at, value);
    }

    #[test]
    fn anything_may_be_read(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = open(&providers(), &bytes, b"p");
    }
}
