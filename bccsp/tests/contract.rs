// SPDX-License-Identifier: Apache-2.0
//! Every provider and engine keeps the contract, and every broken known answer is noticed.

mod common;

use common::engines;
use gmca_bccsp::testing::check_provider;
use gmca_bccsp::testing::hooks::{PAIRWISE, provider_with_broken_answer};
use gmca_bccsp::{
    AeadMode, CipherMode, Context, EngineChoice, Error, Provider, Providers, Suite, provider_of,
};
use std::sync::Arc;
use sys::sim::NoEntropy;

#[test]
fn every_engine_keeps_the_contract() {
    for provider in engines() {
        println!("{provider:?}");
        check_provider(&*provider);
    }
}

#[test]
fn every_broken_answer_is_noticed_and_ends_all_service() {
    for sound in engines() {
        for name in sound.self_test().unwrap() {
            let provider = broken(&*sound, name);
            failed(provider.self_test(), name);
            check_out_of_service(&*provider, name);
        }
    }
}

#[test]
fn every_broken_answer_is_noticed_at_first_use_without_asking() {
    for sound in engines() {
        for name in sound.self_test().unwrap() {
            let provider = broken(&*sound, name);
            use_everything(&*provider);
            check_out_of_service(&*provider, name);
        }
    }
}

#[test]
fn an_inconsistent_pair_ends_all_service() {
    for sound in engines() {
        let provider = broken(&*sound, PAIRWISE);
        provider.self_test().unwrap();
        failed(provider.generate_signing_key(), PAIRWISE);
        check_out_of_service(&*provider, PAIRWISE);
        let provider = broken(&*sound, PAIRWISE);
        failed(provider.generate_decryption_key(), PAIRWISE);
        check_out_of_service(&*provider, PAIRWISE);
    }
}

#[test]
fn handles_stop_when_their_provider_fails() {
    for sound in engines() {
        let provider = broken(&*sound, PAIRWISE);
        let material = sound.generate_signing_key().unwrap().export().unwrap();
        let key = provider.signing_key(&material).unwrap();
        let decrypter = provider.decryption_key(&material).unwrap();
        let encrypted = decrypter.encryption_key().encrypt(b"x").unwrap();
        let signature = key.sign(Context::X509, &[b"x"]).unwrap();
        let aead = provider.aead(AeadMode::Gcm, &vec![1; provider.key_lengths()[0]]).unwrap();
        let sealed = aead.seal(b"", b"x").unwrap();
        let cipher = provider.cipher(CipherMode::Ctr, &[1; 16]).unwrap();
        let signer = key.signer(Context::X509).unwrap();
        let verifier = key.verifying_key().verifier(Context::X509).unwrap();

        failed(provider.generate_signing_key(), PAIRWISE);

        failed(key.sign(Context::X509, &[b"x"]), PAIRWISE);
        failed(key.signer(Context::X509).map(drop), PAIRWISE);
        failed(key.export(), PAIRWISE);
        let public = key.verifying_key();
        failed(public.verify(Context::X509, &[b"x"], signature.as_ref()), PAIRWISE);
        failed(public.verifier(Context::X509).map(drop), PAIRWISE);
        failed(signer.finish(), PAIRWISE);
        failed(verifier.finish(signature.as_ref()), PAIRWISE);
        failed(decrypter.decrypt(&encrypted), PAIRWISE);
        failed(decrypter.agree(public.public_key()), PAIRWISE);
        failed(decrypter.encryption_key().encrypt(b"x"), PAIRWISE);
        failed(aead.seal(b"", b"x"), PAIRWISE);
        failed(aead.open(b"", &sealed), PAIRWISE);
        failed(cipher.encrypt(&[0; 16], b"x"), PAIRWISE);
        failed(cipher.decrypt(&[0; 16], b"x"), PAIRWISE);
    }
}

#[test]
fn nothing_is_made_without_randomness() {
    for suite in Suite::ALL {
        let provider = provider_of(suite, EngineChoice::Portable, Arc::new(NoEntropy)).unwrap();
        let unavailable =
            |error| assert!(matches!(error, Some(Error::Unavailable(_))), "{error:?}");
        unavailable(provider.generate_signing_key().err());
        unavailable(provider.generate_decryption_key().err());
        unavailable(provider.random(&mut [0; 1]).err());
        let aead = provider.aead(AeadMode::Gcm, &[1; 16]).unwrap();
        unavailable(aead.seal(b"", b"x").err());
        let other = provider_of(suite, EngineChoice::Portable, Arc::new(sys::SystemEntropy));
        let material = other.unwrap().generate_signing_key().unwrap().export().unwrap();
        let key = provider.signing_key(&material).unwrap();
        unavailable(key.sign(Context::X509, &[b"x"]).err());
        let decrypter = provider.decryption_key(&material).unwrap();
        unavailable(decrypter.encryption_key().encrypt(b"x").err());
    }
}

#[test]
fn both_families_have_a_fast_engine() {
    for suite in Suite::ALL {
        let providers = Providers::new(suite, EngineChoice::Fast).unwrap();
        assert_eq!(providers.get(suite).unwrap().engine(), gmca_bccsp::Engine::Fast);
    }
}

fn broken(sound: &dyn Provider, name: &'static str) -> Arc<dyn Provider> {
    let choice = match sound.engine() {
        gmca_bccsp::Engine::Fast => EngineChoice::Fast,
        gmca_bccsp::Engine::Portable => EngineChoice::Portable,
    };
    let provider = provider_with_broken_answer(sound.suite(), choice, name).unwrap();
    assert_eq!(provider.engine(), sound.engine());
    provider
}

/// Touches every algorithm once, whatever it answers.
fn use_everything(provider: &dyn Provider) {
    let _ = provider.hash();
    let _ = provider.mac();
    let _ = provider.kdf();
    let key = vec![1; provider.key_lengths()[0]];
    for mode in [AeadMode::Gcm, AeadMode::Ccm] {
        let _ = provider.aead(mode, &key);
    }
    for mode in [
        CipherMode::Ecb,
        CipherMode::Cbc,
        CipherMode::Cfb,
        CipherMode::Ofb,
        CipherMode::Ctr,
        CipherMode::XtsIeee,
    ] {
        let _ = provider.cipher(mode, &key);
    }
    let _ = provider.generate_signing_key();
    if let Ok(key) = provider.generate_decryption_key() {
        let public = *key.encryption_key().public_key();
        let _ = key.agree(&public);
        let _ = key.exchange(&gmca_bccsp::ExchangeParams {
            role: gmca_bccsp::Role::Initiator,
            own_id: b"a",
            peer: &public,
            peer_id: b"b",
            key_len: 16,
        });
    }
}

// It ends the result, so it takes it.
#[allow(clippy::needless_pass_by_value)]
#[track_caller]
fn failed<T: std::fmt::Debug>(result: Result<T, Error>, name: &str) {
    let fits = matches!(&result, Err(Error::SelfTestFailed(found)) if *found == name);
    assert!(fits, "expected the failed self-test `{name}`, got {result:?}");
}

fn check_out_of_service(provider: &dyn Provider, name: &str) {
    let key = vec![1; provider.key_lengths()[0]];
    failed(provider.hash(), name);
    failed(provider.mac(), name);
    failed(provider.kdf(), name);
    failed(provider.aead(AeadMode::Gcm, &key), name);
    failed(provider.aead(AeadMode::Ccm, &key), name);
    failed(provider.cipher(CipherMode::CbcPkcs7, &key), name);
    failed(provider.generate_signing_key(), name);
    failed(provider.generate_decryption_key(), name);
    failed(provider.public_key(&[4; 65]), name);
    failed(provider.random(&mut [0; 8]), name);
    failed(provider.self_test(), name);
    let hazmat = provider.hazmat().unwrap();
    failed(hazmat.nonce_aead(AeadMode::Gcm, &key, 12, 16), name);
}
