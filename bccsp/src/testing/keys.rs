// SPDX-License-Identifier: Apache-2.0
//! Encryption, agreement, and private keys on their way in and out.

use super::signatures::{order, subtract};
use super::{LENGTHS, bytes, malformed, misuse, other_algorithm, refused, unsupported};
use crate::{
    Agreed, Context, DecryptionKey, Error, ExchangeParams, KeyMaterial, Provider, Role,
    SecretBytes, Suite,
};

pub(super) fn check_encryption(provider: &dyn Provider) {
    let key = provider.generate_decryption_key().expect("a decryption key is made");
    let other = provider.generate_decryption_key().expect("a decryption key is made");
    let public = key.encryption_key();
    misuse(public.encrypt(&[]), "an empty message");
    for len in LENGTHS.into_iter().filter(|len| *len > 0) {
        let message = bytes(len);
        let encrypted = public.encrypt(&message).expect("encrypt");
        assert_eq!(key.decrypt(&encrypted).expect("decrypt").expose(), message, "at {len}");
        assert_ne!(public.encrypt(&message).expect("encrypt"), encrypted, "each time anew");
        refused(other.decrypt(&encrypted), "another key");
    }
    let encrypted = public.encrypt(b"message").expect("encrypt");
    for place in 0..encrypted.len() {
        let mut changed = encrypted.clone();
        changed[place] ^= 1;
        refused(key.decrypt(&changed), "a changed byte");
        refused(key.decrypt(&encrypted[..place]), "a ciphertext cut off");
    }
    refused(key.decrypt(&[&encrypted[..], &[0]].concat()), "a byte behind");
    let imported = provider.encryption_key(public.public_key()).expect("its public key");
    let encrypted = imported.encrypt(b"message").expect("encrypt");
    assert_eq!(key.decrypt(&encrypted).expect("decrypt").expose(), b"message");
}

pub(super) fn check_agreement(provider: &dyn Provider) {
    let one = provider.generate_decryption_key().expect("a decryption key is made");
    let two = provider.generate_decryption_key().expect("a decryption key is made");
    let secret = one.agree(two.encryption_key().public_key()).expect("agree");
    assert_eq!(secret.len(), 32, "an x coordinate is 32 bytes");
    let same = two.agree(one.encryption_key().public_key()).expect("agree");
    assert_eq!(secret.expose(), same.expose(), "both sides agree");
    let own = one.agree(one.encryption_key().public_key()).expect("agree");
    assert_ne!(secret.expose(), own.expose(), "with another, another secret");
    match provider.suite() {
        Suite::Gm => check_exchange(&*one, &*two),
        Suite::Nist => {
            let params = params(Role::Initiator, &*two, b"a", b"b");
            unsupported(one.exchange(&params), "a key exchange of P-256");
        }
    }
}

fn params<'a>(
    role: Role,
    peer: &'a dyn DecryptionKey,
    own_id: &'a [u8],
    peer_id: &'a [u8],
) -> ExchangeParams<'a> {
    let peer = peer.encryption_key().public_key();
    ExchangeParams { role, own_id, peer, peer_id, key_len: 48 }
}

fn check_exchange(one: &dyn DecryptionKey, two: &dyn DecryptionKey) {
    let (a, b) = exchanged(one, two, b"alice");
    assert_ne!(a.confirmation(), b.confirmation(), "each side has a confirmation of its own");
    let (of_a, of_b) = (*a.confirmation(), *b.confirmation());
    let key = a.confirm(&of_b).expect("the responder's confirmation is right");
    let same = b.confirm(&of_a).expect("the initiator's confirmation is right");
    assert_eq!(key.expose(), same.expose(), "both sides agree");
    assert_eq!(key.len(), 48, "on as many bytes as asked");
    let (a, b) = exchanged(one, two, b"mallory");
    let of_b = *b.confirmation();
    assert_ne!(b.without_confirmation().expose(), key.expose(), "another ID, another key");
    refused(a.confirm(&of_b), "the confirmation of one who expects another ID");

    let start = || one.exchange(&params(Role::Initiator, two, b"alice", b"bob"));
    let running = start().expect("exchange");
    let mut off_curve = *running.ephemeral();
    off_curve[64] ^= 1;
    refused(running.finish(&off_curve), "an ephemeral point off the curve");
    refused(start().expect("exchange").finish(&[0]), "an ephemeral point at infinity");
    let long_id = bytes(8192);
    misuse(one.exchange(&params(Role::Initiator, two, &long_id, b"bob")), "an ID of 8192 bytes");
}

/// Both sides' results, when the initiator calls itself `id` and the responder expects `alice`.
fn exchanged(one: &dyn DecryptionKey, two: &dyn DecryptionKey, id: &[u8]) -> (Agreed, Agreed) {
    let a = one.exchange(&params(Role::Initiator, two, id, b"bob")).expect("exchange");
    let b = two.exchange(&params(Role::Responder, one, b"bob", b"alice")).expect("exchange");
    let (of_a, of_b) = (*a.ephemeral(), *b.ephemeral());
    (a.finish(&of_b).expect("finish"), b.finish(&of_a).expect("finish"))
}

pub(super) fn check_import(provider: &dyn Provider) {
    let key = provider.generate_signing_key().expect("a signing key is made");
    let exported = match key.export() {
        Ok(exported) => exported,
        Err(Error::Unsupported(_)) => return,
        Err(error) => panic!("export: {error}"),
    };
    let public = *key.verifying_key().public_key();
    assert_eq!(exported.algorithm(), provider.suite().key_algorithm());
    assert_eq!(exported.public(), Some(&public), "an exported key brings its public key");
    let imported = provider.signing_key(&exported).expect("an exported key is taken in");
    assert_eq!(*imported.verifying_key().public_key(), public, "and is the same key");
    let signature = imported.sign(Context::X509, &[b"x"]).expect("sign");
    key.verifying_key().verify(Context::X509, &[b"x"], signature.as_ref()).expect("same key");
    let decrypter = provider.decryption_key(&exported).expect("an exported key is taken in");
    assert_eq!(*decrypter.encryption_key().public_key(), public, "and is the same key");
    assert_eq!(decrypter.export().expect("export").scalar().expose(), exported.scalar().expose());

    let other = provider.generate_signing_key().expect("a signing key is made");
    let copy = SecretBytes::copy_from(exported.scalar().expose());
    let wrong = Some(*other.verifying_key().public_key());
    let mixed = KeyMaterial::new(exported.algorithm(), copy, wrong).expect("fits");
    malformed(provider.signing_key(&mixed), "a public key of another");
    malformed(provider.decryption_key(&mixed), "a public key of another");
    let copy = SecretBytes::copy_from(exported.scalar().expose());
    let foreign = KeyMaterial::new(other_algorithm(provider), copy, None).expect("fits");
    misuse(provider.signing_key(&foreign), "a key of the other family");
    misuse(provider.decryption_key(&foreign), "a key of the other family");
    check_range(provider);
}

fn check_range(provider: &dyn Provider) {
    let take = |scalar: &[u8; 32]| {
        let scalar = SecretBytes::copy_from(scalar);
        let algorithm = provider.suite().key_algorithm();
        let key = KeyMaterial::new(algorithm, scalar, None).expect("32 bytes");
        let signing = provider.signing_key(&key);
        let decryption = provider.decryption_key(&key);
        assert_eq!(signing.is_ok(), decryption.is_ok(), "one range for both uses");
        signing
    };
    let small = |value: u8| {
        let mut scalar = [0; 32];
        scalar[31] = value;
        scalar
    };
    let order = order(provider.suite());
    let below = |value| subtract(&order, &small(value));
    take(&small(1)).expect("1 is in range");
    take(&below(2)).expect("n − 2 is in range");
    match provider.suite() {
        Suite::Nist => drop(take(&below(1)).expect("n − 1 is in range")),
        Suite::Gm => malformed(take(&below(1)), "n − 1"),
    }
    malformed(take(&small(0)), "0");
    malformed(take(&order), "n");
    malformed(take(&[0xff; 32]), "over n");
}

#[cfg(feature = "std")]
pub(super) fn check_sealing(provider: &dyn Provider) {
    use crate::seal;
    let key = provider.generate_decryption_key().expect("a decryption key is made");
    let message = bytes(70_000);
    let mut sealed = std::vec::Vec::new();
    match seal::encrypt(provider, &**key.encryption_key(), &mut &message[..], &mut sealed) {
        Ok(()) => {}
        Err(Error::Unsupported(_)) => return,
        Err(error) => panic!("seal: {error}"),
    }
    assert_eq!(seal::suite_of(&sealed), Some(provider.suite()), "a sealed file says its family");
    let mut opened = std::vec::Vec::new();
    seal::decrypt(provider, &*key, &mut &sealed[..], &mut opened).expect("open");
    assert_eq!(opened, message, "a sealed file opens");
    let other = provider.generate_decryption_key().expect("a decryption key is made");
    let mut nothing = std::vec::Vec::new();
    let foreign = seal::decrypt(provider, &*other, &mut &sealed[..], &mut nothing);
    refused(foreign, "a sealed file for another");
    assert!(nothing.is_empty(), "nothing leaves before its tag is checked");
}
