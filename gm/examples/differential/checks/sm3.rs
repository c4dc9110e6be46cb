// SPDX-License-Identifier: Apache-2.0
//! SM3 against the `sm3` crate: one stream, many messages, HMAC, the KDF.

use super::{Dice, Of, at_levels};
use digest::{Digest, KeyInit, Mac};
use gmca_gm::sm3::{self, Sm3};

/// The message cut into pieces, some of them empty.
fn cut<'a>(dice: &mut Dice<'_>, message: &'a [u8]) -> Vec<&'a [u8]> {
    let (mut pieces, mut rest) = (Vec::new(), message);
    for _ in 0..dice.below(5) {
        let edge = [0, 1, 55, 56, 63, 64, 65, 128][dice.below(8)];
        let at = if dice.once_in(2) { edge } else { dice.below(rest.len() + 1) };
        let (piece, more) = rest.split_at(at.min(rest.len()));
        pieces.push(piece);
        rest = more;
    }
    pieces.push(rest);
    pieces
}

pub(crate) fn stream(dice: &mut Dice<'_>) {
    let len = dice.length();
    let message = dice.bytes(len);
    let pieces = cut(dice, &message);
    let expected: [u8; 32] = ::sm3::Sm3::digest(&message).into();
    at_levels(Of::Sm3, |level| {
        assert_eq!(sm3::digest(&pieces), expected, "at {level}: {len} bytes");
        let mut one = Sm3::new();
        pieces.iter().for_each(|piece| Digest::update(&mut one, piece));
        let copy = one.clone();
        // A hasher that was used is as good as new.
        assert_eq!(one.finalize_reset(), expected, "at {level}: {len} bytes in pieces");
        Digest::update(&mut one, &message);
        assert_eq!(one.finalize(), expected, "at {level}: {len} bytes again");
        assert_eq!(copy.finalize(), expected, "at {level}: {len} bytes of a copy");
    });
}

pub(crate) fn many(dice: &mut Dice<'_>) {
    let count = if dice.once_in(2) { dice.below(10) } else { dice.below(36) };
    // In half of the cases all have one length, so that all lanes end at once.
    let same = dice.once_in(2).then(|| dice.length());
    let messages: Vec<Vec<u8>> = (0..count)
        .map(|_| {
            let len = same.unwrap_or_else(|| dice.length());
            dice.bytes(len)
        })
        .collect();
    let whole: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    let pieces: Vec<Vec<&[u8]>> = messages.iter().map(|message| cut(dice, message)).collect();
    let pieces: Vec<&[&[u8]]> = pieces.iter().map(Vec::as_slice).collect();
    let expected: Vec<[u8; 32]> =
        messages.iter().map(|message| ::sm3::Sm3::digest(message).into()).collect();
    at_levels(Of::Sm3, |level| {
        assert_eq!(sm3::digest_many(&whole), expected, "at {level}: {count} messages");
        assert_eq!(sm3::digest_many_parts(&pieces), expected, "at {level}: {count} in pieces");
    });
}

pub(crate) fn hmac(dice: &mut Dice<'_>) {
    let (key_len, len) = ([0, 1, 16, 32, 63, 64, 65, 128, 200][dice.below(9)], dice.length());
    let (key, message) = (dice.bytes(key_len), dice.bytes(len));
    let theirs = ::hmac::Hmac::<::sm3::Sm3>::new_from_slice(&key).unwrap();
    let expected = theirs.chain_update(&message).finalize().into_bytes();
    at_levels(Of::Sm3, |level| {
        let ours = ::hmac::Hmac::<Sm3>::new_from_slice(&key).unwrap();
        let found = ours.chain_update(&message).finalize().into_bytes();
        assert_eq!(found, expected, "at {level}: a key of {key_len} bytes, {len} bytes");
    });
}

pub(crate) fn kdf(dice: &mut Dice<'_>) {
    let (shared_len, len) = (dice.below(200), dice.length());
    let shared = dice.bytes(shared_len);
    let mut expected = Vec::with_capacity(len + 32);
    for counter in (1_u32..).take(len.div_ceil(32)) {
        let one = ::sm3::Sm3::new().chain_update(&shared).chain_update(counter.to_be_bytes());
        expected.extend(one.finalize());
    }
    expected.truncate(len);
    at_levels(Of::Sm3, |level| {
        let mut out = vec![0; len];
        sm3::kdf(&shared, &mut out);
        assert!(out == expected, "at {level}: {len} bytes of {shared_len}");
    });
}
