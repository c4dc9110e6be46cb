// SPDX-License-Identifier: Apache-2.0
//! Private key files: every protection opens again, hostile ones are refused fast, and damage of
//! any kind is an error and never a panic.

use gmca_bccsp::encoding::pbes2::{self, MAX_ITERATIONS, Protection};
use gmca_bccsp::encoding::{pem, pkcs8, private_key};
use gmca_bccsp::{EngineChoice, Error, KeyMaterial, Providers, SecretBytes, Suite};
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
