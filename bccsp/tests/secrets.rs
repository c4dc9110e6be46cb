// SPDX-License-Identifier: Apache-2.0
//! What holds a secret says nothing when it is printed.

mod common;

use common::engines;
use gmca_bccsp::{AeadMode, CipherMode, ExchangeParams, KeyMaterial, Role, SecretBytes};
use std::fmt::Debug;

const SECRET: [u8; 32] = [
    0x39, 0x45, 0x20, 0x8f, 0x7b, 0x21, 0x44, 0xb1, 0x3f, 0x36, 0xe3, 0x8a, 0xc6, 0xd3, 0x9f, 0x95,
    0x88, 0x93, 0x93, 0x69, 0x28, 0x60, 0xb5, 0x1a, 0x42, 0xfb, 0x81, 0xef, 0x4d, 0xf7, 0xc5, 0xb8,
];

#[test]
fn secrets_print_nothing() {
    silent(&SecretBytes::copy_from(&SECRET));
    for provider in engines() {
        let algorithm = provider.suite().key_algorithm();
        let material = KeyMaterial::new(algorithm, SecretBytes::copy_from(&SECRET), None).unwrap();
        silent(&material);
        silent(&provider);
        let signing = provider.signing_key(&material).unwrap();
        silent(&signing);
        silent(&signing.export().unwrap());
        let decryption = provider.decryption_key(&material).unwrap();
        silent(&decryption);
        silent(&decryption.export().unwrap());
        silent(&decryption.encryption_key());
        for mode in [AeadMode::Gcm, AeadMode::Ccm] {
            silent(&provider.aead(mode, &SECRET[..16]).unwrap());
            let hazmat = provider.hazmat().unwrap();
            silent(&hazmat.nonce_aead(mode, &SECRET[..16], 12, 16).unwrap());
        }
        for mode in [CipherMode::Ecb, CipherMode::CbcPkcs7, CipherMode::Ctr] {
            silent(&provider.cipher(mode, &SECRET[..16]).unwrap());
        }
        silent(&provider.cipher(CipherMode::XtsIeee, &SECRET).unwrap());
        let mac = provider.mac().unwrap();
        silent(&mac.tag(b"key", &[b"message"]));
        silent(&mac);
        silent(&provider.kdf().unwrap().hkdf(b"", &SECRET, b"", 32).unwrap());
        let peer = *decryption.encryption_key().public_key();
        let params = ExchangeParams {
            role: Role::Initiator,
            own_id: b"a",
            peer: &peer,
            peer_id: b"b",
            key_len: 32,
        };
        if let Ok(exchange) = provider.hazmat().unwrap().exchange(
            &material,
            &params,
            &SecretBytes::copy_from(&SECRET),
        ) {
            silent(&exchange);
            silent(&exchange.finish(peer.point()).unwrap());
        }
    }
}

#[test]
fn this_test_can_fail() {
    assert!(leak(&format!("{:?}", &SECRET[..])).is_some());
    assert!(leak(&format!("{:#?}", &SECRET[..])).is_some());
    assert!(leak(&format!("{:x?}", &SECRET[..])).is_some());
    assert!(leak(&format!("{:#04x?}", &SECRET[..])).is_some());
    assert!(leak(&format!("{:02x?}", &SECRET[..])).is_some());
    assert!(leak(&hex::encode(SECRET)).is_some());
    assert!(leak(&hex::encode_upper(&SECRET[8..16])).is_some());
}

#[track_caller]
fn silent(value: &dyn Debug) {
    for text in [format!("{value:?}"), format!("{value:#?}")] {
        assert_eq!(leak(&text), None, "{text}");
    }
}

/// Four bytes of the secret in a row, as hex or as a list of numbers.
fn leak(text: &str) -> Option<String> {
    let plain: String = text.to_lowercase().split_whitespace().collect();
    let joined = |format: fn(&u8) -> String, between: &'static str| {
        SECRET.windows(4).map(move |w| w.iter().map(format).collect::<Vec<_>>().join(between))
    };
    let decimal = joined(u8::to_string, ",");
    let lists =
        decimal.chain(joined(|b| format!("{b:x}"), ",")).chain(joined(|b| format!("0x{b:x}"), ","));
    let padded = joined(|b| format!("{b:02x}"), ",").chain(joined(|b| format!("0x{b:02x}"), ","));
    joined(|b| format!("{b:02x}"), "").chain(lists).chain(padded).find(|n| plain.contains(n))
}
