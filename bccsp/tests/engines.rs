// SPDX-License-Identifier: Apache-2.0
//! The engines of one family against each other: what one makes, the other takes.
//!
//! A family with one engine is held against itself, so that its second one is tested from the
//! day it comes.

mod common;

use common::engines;
use gmca_bccsp::{AeadMode, CipherMode, Context, Provider, Suite};
use proptest::prelude::*;
use std::sync::Arc;

/// Every pair of engines of one family, in both orders.
fn pairs() -> Vec<(Arc<dyn Provider>, Arc<dyn Provider>)> {
    let all = engines();
    let with = |a: &Arc<dyn Provider>| {
        let a = Arc::clone(a);
        let others: Vec<_> = all.iter().filter(|b| b.suite() == a.suite()).cloned().collect();
        others.into_iter().map(move |b| (Arc::clone(&a), b)).collect::<Vec<_>>()
    };
    all.iter().flat_map(with).collect()
}

fn message() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..600)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    #[test]
    fn digests_tags_and_derived_keys_are_equal(key in message(), data in message(), cut in 0usize..600) {
        for (a, b) in pairs() {
            let (head, tail) = data.split_at(cut.min(data.len()));
            prop_assert_eq!(a.hash()?.digest(&[&data]), b.hash()?.digest(&[head, tail]));
            let tag = *b.mac()?.tag(&key, &[head, tail]).as_bytes();
            prop_assert_eq!(*a.mac()?.tag(&key, &[&data]).as_bytes(), tag);
            let derive = |provider: &dyn Provider| -> Result<_, gmca_bccsp::Error> {
                let kdf = provider.kdf()?;
                let hkdf = kdf.hkdf(&key, &data, head, 77)?.expose().to_vec();
                let pbkdf2 = kdf.pbkdf2(&key, &data, 3, 45)?.expose().to_vec();
                Ok((hkdf, pbkdf2, kdf.x963(&[head, tail], 70)?.expose().to_vec()))
            };
            prop_assert_eq!(derive(&*a)?, derive(&*b)?);
        }
    }

    #[test]
    fn one_opens_what_the_other_seals(key in any::<[u8; 32]>(), aad in message(), data in message()) {
        for (a, b) in pairs() {
            for len in a.key_lengths() {
                for mode in [AeadMode::Gcm, AeadMode::Ccm] {
                    let sealed = a.aead(mode, &key[..*len])?.seal(&aad, &data)?;
                    prop_assert_eq!(&b.aead(mode, &key[..*len])?.open(&aad, &sealed)?, &data);
                }
                for mode in [CipherMode::CbcPkcs7, CipherMode::Cfb, CipherMode::Ofb, CipherMode::Ctr] {
                    let encrypted = a.cipher(mode, &key[..*len])?.encrypt(&key[..16], &data)?;
                    prop_assert_eq!(&b.cipher(mode, &key[..*len])?.decrypt(&key[..16], &encrypted)?, &data);
                }
            }
        }
    }

    #[test]
    fn one_verifies_what_the_other_signs(data in message(), cut in 0usize..600) {
        for (a, b) in pairs() {
            let key = a.generate_signing_key()?;
            let public = b.verifying_key(key.verifying_key().public_key())?;
            let (head, tail) = data.split_at(cut.min(data.len()));
            let signature = key.sign(Context::Fabric, &[head, tail])?;
            public.verify(Context::Fabric, &[&data], signature.as_ref())?;
            let mut stream = key.signer(Context::Tls13)?;
            stream.update(&data);
            public.verify(Context::Tls13, &[&data], stream.finish()?.as_ref())?;
            let mut stream = public.verifier(Context::Fabric)?;
            stream.update(&data);
            stream.finish(signature.as_ref())?;
            let other = [&data[..], b"x"].concat();
            prop_assert!(public.verify(Context::Fabric, &[&other], signature.as_ref()).is_err());
        }
    }

    #[test]
    fn keys_encrypt_and_agree_across(data in proptest::collection::vec(any::<u8>(), 1..300)) {
        for (a, b) in pairs() {
            let key = a.generate_decryption_key()?;
            let moved = b.decryption_key(&key.export()?)?;
            let point = *key.encryption_key().public_key();
            prop_assert_eq!(&point, moved.encryption_key().public_key());
            let encrypted = b.encryption_key(&point)?.encrypt(&data)?;
            let opened = key.decrypt(&encrypted)?;
            prop_assert_eq!(opened.expose(), &data);
            let peer = b.generate_decryption_key()?;
            let secret = key.agree(peer.encryption_key().public_key())?;
            let same = peer.agree(&point)?;
            prop_assert_eq!(secret.expose(), same.expose());
        }
    }

    #[test]
    fn foreign_bytes_never_panic(bytes in message()) {
        for provider in engines() {
            let _ = provider.public_key(&bytes);
            let key = provider.generate_decryption_key()?;
            prop_assert!(key.decrypt(&bytes).is_err());
            let signer = provider.generate_signing_key()?;
            prop_assert!(signer.verifying_key().verify(Context::X509, &[b"x"], &bytes).is_err());
            let aead = provider.aead(AeadMode::Gcm, &[1; 16])?;
            prop_assert!(aead.open(b"", &bytes).is_err());
            let _ = provider.cipher(CipherMode::CbcPkcs7, &[1; 16])?.decrypt(&[0; 16], &bytes);
        }
    }
}

#[test]
fn equal_messages_get_different_signatures() {
    for provider in engines() {
        let key = provider.generate_signing_key().unwrap();
        let sign = || key.sign(Context::X509, &[b"x"]).unwrap();
        assert_ne!(sign(), sign(), "{provider:?}");
    }
}

#[test]
fn portable_engines_repeat_themselves_from_a_seed() {
    use gmca_bccsp::{EngineChoice, provider_of};
    for suite in Suite::ALL {
        let run = || {
            let entropy = Arc::new(sys::sim::SeededEntropy::new(7));
            let provider = provider_of(suite, EngineChoice::Portable, entropy).unwrap();
            let key = provider.generate_signing_key().unwrap();
            key.sign(Context::X509, &[b"x"]).unwrap()
        };
        assert_eq!(run(), run());
    }
}
