// SPDX-License-Identifier: Apache-2.0
//! Public keys as points: forms, and what is not on the curve.

use super::{bytes, misuse, other_algorithm, refused};
use crate::{Provider, PublicKey};

pub(super) fn check(provider: &dyn Provider) {
    for _ in 0..4 {
        let key = provider.generate_signing_key().expect("a signing key is made");
        check_forms(provider, key.verifying_key().public_key());
    }
}

fn check_forms(provider: &dyn Provider, key: &PublicKey) {
    let point = *key.point();
    assert_eq!(provider.public_key(&point).expect("uncompressed"), *key);
    let parity = 2 + (point[64] & 1);
    let compressed = [&[parity], &point[1..33]].concat();
    assert_eq!(provider.public_key(&compressed).expect("compressed"), *key);
    let other = [&[parity ^ 1], &point[1..33]].concat();
    assert_ne!(provider.public_key(&other).expect("the mirrored point"), *key);

    refused(provider.public_key(&[]), "no bytes");
    refused(provider.public_key(&[0]), "infinity");
    refused(provider.public_key(&point[..64]), "64 bytes");
    refused(provider.public_key(&point[1..]), "no first byte");
    refused(provider.public_key(&[&point[..], &[0]].concat()), "66 bytes");
    refused(provider.public_key(&compressed[..32]), "32 bytes");
    for first in [0, 2, 3, 5, 6, 7, 0xff] {
        let mut hybrid = point;
        hybrid[0] = first;
        refused(provider.public_key(&hybrid), "another first byte");
    }
    for first in [0, 1, 4, 5, 6] {
        let mut wrong = compressed.clone();
        wrong[0] = first;
        refused(provider.public_key(&wrong), "another first byte");
    }
    check_off_curve(provider, &point);
    check_family(provider, &point);
}

fn check_off_curve(provider: &dyn Provider, point: &[u8; PublicKey::LEN]) {
    let algorithm = provider.suite().key_algorithm();
    let mut changed = *point;
    changed[64] ^= 1;
    let mut over = *point;
    over[1..33].fill(0xff);
    let mut zero = bytes(65);
    zero.fill(0);
    zero[0] = 4;
    for (wrong, what) in [(&changed[..], "off the curve"), (&over, "x over p"), (&zero, "(0, 0)")] {
        refused(provider.public_key(wrong), what);
        let key = PublicKey::from_uncompressed(algorithm, wrong).expect("65 bytes");
        refused(provider.verifying_key(&key), what);
        refused(provider.encryption_key(&key), what);
        let own = provider.generate_decryption_key().expect("a decryption key is made");
        refused(own.agree(&key), what);
    }
}

fn check_family(provider: &dyn Provider, point: &[u8; PublicKey::LEN]) {
    let key = PublicKey::from_uncompressed(other_algorithm(provider), point).expect("65 bytes");
    misuse(provider.verifying_key(&key), "a key of the other family");
    misuse(provider.encryption_key(&key), "a key of the other family");
    let own = provider.generate_decryption_key().expect("a decryption key is made");
    misuse(own.agree(&key), "a key of the other family");
}
