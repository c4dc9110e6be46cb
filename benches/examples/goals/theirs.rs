// SPDX-License-Identifier: Apache-2.0
//! What is held against: P-256 of aws-lc-rs, and the crates of RustCrypto.

use aws_lc_rs::agreement::{self, ECDH_P256};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair,
    UnparsedPublicKey,
};
use bccsp::Suite;
use bccsp::peers::peers;
use gmca_benches::turns::Work;
use std::hint::black_box;

/// The size of a digest: SHA-256 of it is one block, which is all that hashing adds.
const MESSAGE: [u8; 32] = [0x5a; 32];

pub(crate) fn sign() -> Work<'static> {
    let (random, key) = key();
    Box::new(move || {
        black_box(key.sign(&random, &MESSAGE).expect("signs"));
    })
}

/// The key is parsed every time.
pub(crate) fn verify() -> Work<'static> {
    let (random, key) = key();
    let signature = key.sign(&random, &MESSAGE).expect("signs");
    Box::new(move || {
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key.public_key().as_ref());
        public.verify(&MESSAGE, signature.as_ref()).expect("verifies");
    })
}

/// The other's key is parsed every time.
pub(crate) fn agree() -> Work<'static> {
    let make = || agreement::PrivateKey::generate(&ECDH_P256).expect("a key");
    let (own, other) = (make(), make().compute_public_key().expect("a point"));
    Box::new(move || {
        let other = agreement::UnparsedPublicKey::new(&ECDH_P256, other.as_ref());
        let keep = |secret: &[u8]| {
            black_box(secret[0]);
            Ok(())
        };
        agreement::agree(&own, other, (), keep).expect("agrees");
    })
}

/// An operation of one of the crates of gm's family.
pub(crate) fn of_crate(op: &str, size: usize) -> Work<'static> {
    let all = peers(MESSAGE.len(), &[size]);
    let of = |peer: &bccsp::peers::Peer| peer.suite == Suite::Gm && peer.op == op;
    let mut peer = all.into_iter().find(of).expect("the crate does it");
    Box::new(move || assert!((peer.work)(), "{}", peer.op))
}

fn key() -> (SystemRandom, EcdsaKeyPair) {
    let (random, algorithm) = (SystemRandom::new(), &ECDSA_P256_SHA256_ASN1_SIGNING);
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("a key");
    let key = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref()).expect("a key");
    (random, key)
}
