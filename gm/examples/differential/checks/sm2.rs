// SPDX-License-Identifier: Apache-2.0
//! Keys, points, identities, signatures, agreement and exchange against the `sm2` crate: its points and
//! numbers, with the standard's steps written out.

use super::theirs::{self, ORDER};
use super::{Dice, Of, at_levels};
use digest::Digest;
use gmca_gm::sm2::{EphemeralKey, Error, SigningKey, VerifyingKey, message_digest, signer_hash};
use sm2::{ProjectivePoint, Scalar};
use std::convert::Infallible;

/// A private key: 1 to n − 2.
pub(crate) fn private(dice: &mut Dice<'_>) -> Scalar {
    let d = dice.scalar();
    if d == -Scalar::ONE { Scalar::ONE } else { d }
}

/// A source that gives these bytes over and over.
pub(crate) fn source(bytes: &[u8]) -> impl FnMut(&mut [u8]) -> Result<(), Infallible> {
    let mut all = bytes.iter().copied().cycle();
    move |out| {
        out.iter_mut().for_each(|byte| *byte = all.next().unwrap_or(0));
        Ok(())
    }
}

pub(crate) fn key(dice: &mut Dice<'_>) {
    if dice.once_in(16) {
        return refused_key(dice);
    }
    let d = private(dice);
    let public = theirs::encoded(&theirs::base(&d)).unwrap();
    let mut compressed = [2 | public[64] & 1; 33];
    compressed[1..].copy_from_slice(&public[1..33]);
    // Random bytes that come to d: d + m·n for a small m, in 64 bytes.
    let random = [[0; 32], theirs::bytes(&d)].concat();
    at_levels(Of::Sm2, |level| {
        let key = SigningKey::from_bytes(&theirs::bytes(&d)).unwrap();
        assert_eq!(key.verifying_key().to_bytes(), public, "at {level}: {d:?}");
        let read = VerifyingKey::from_sec1(&compressed).unwrap();
        assert_eq!(read.to_bytes(), public, "at {level}: {compressed:02x?}");
        let Ok(made) = SigningKey::generate(source(&random));
        assert_eq!((*made.to_bytes(), made.verifying_key()), (theirs::bytes(&d), &read), "{level}");
        let ephemeral = EphemeralKey::from_bytes(&theirs::bytes(&d)).unwrap();
        assert_eq!(ephemeral.point(), &public, "at {level}");
    });
}

/// 0, n − 1, and what is above.
fn refused_key(dice: &mut Dice<'_>) {
    let minus_one = theirs::bytes(&-Scalar::ONE);
    let above = theirs::plus(&ORDER, dice.next() % 1000);
    let bytes = [[0; 32], minus_one, ORDER, above, [255; 32]][dice.below(5)];
    at_levels(Of::Sm2, |level| {
        let refused = SigningKey::from_bytes(&bytes).err();
        assert_eq!(refused, Some(Error::PrivateKey), "at {level}: {bytes:02x?}");
        // n − 1 is an ephemeral key.
        let expected = (bytes != minus_one).then_some(Error::Nonce);
        assert_eq!(EphemeralKey::from_bytes(&bytes).err(), expected, "at {level}: {bytes:02x?}");
    });
}

/// Encodings of points, most of them wrong in one way.
pub(crate) fn parse(dice: &mut Dice<'_>) {
    let mut bytes = theirs::encoded(&dice.point().point).unwrap().to_vec();
    let (from, bit) = (1 + 32 * dice.below(2), 1_u8 << dice.below(8));
    match dice.below(8) {
        0 => bytes[1 + dice.below(64)] ^= bit,
        1 => bytes[0] = dice.next() as u8,
        2 => bytes[from..from + 32].copy_from_slice(&dice.limbs()),
        // x or y from p on: that of a point, where it leaves room, plus p.
        3 => {
            bytes[from..from + 32].copy_from_slice(&theirs::plus(&theirs::PRIME, dice.next() % 99));
        }
        4 => bytes.truncate(dice.below(66)),
        5 | 6 => {
            bytes.truncate(33);
            bytes[0] = 2 + dice.below(2) as u8;
            if dice.once_in(2) {
                bytes[1..].copy_from_slice(&dice.limbs());
            }
        }
        _ => {}
    }
    // The other implementation reads some that are refused here.
    let form = matches!((bytes.first(), bytes.len()), (Some(4), 65) | (Some(2 | 3), 33));
    let expected = theirs::point(&bytes).filter(|_| form);
    let expected = expected.map(|point| theirs::encoded(&point).unwrap());
    at_levels(Of::Sm2, |level| {
        let found = VerifyingKey::from_sec1(&bytes).ok().map(|key| key.to_bytes());
        assert_eq!(found, expected, "at {level}: {bytes:02x?}");
    });
}

pub(crate) fn identity(dice: &mut Dice<'_>) {
    let public = theirs::encoded(&dice.point().point).unwrap();
    let id_len = match dice.below(4) {
        0 => [0, 16, 31, 32, 4095, 4096, 8190, 8191, 8192, 8193, 65536][dice.below(11)],
        _ => dice.length(),
    };
    let (id, message) = (dice.bytes(id_len), {
        let len = dice.length();
        dice.bytes(len)
    });
    let entl = u16::try_from(8 * id_len).ok();
    let expected = entl.map(|entl| {
        // a, b and G (GB/T 32918.5 clause 2).
        let curve = [theirs::A, theirs::B].concat();
        let base = theirs::encoded(&ProjectivePoint::GENERATOR).unwrap();
        let parts = [&entl.to_be_bytes()[..], &id, &curve, &base[1..], &public[1..]];
        let z: [u8; 32] = ::sm3::Sm3::digest(parts.concat()).into();
        let e: [u8; 32] =
            ::sm3::Sm3::new().chain_update(z).chain_update(&message).finalize().into();
        (z, e)
    });
    let (front, back) = message.split_at(dice.below(message.len() + 1));
    at_levels(Of::Sm3, |level| {
        let key = VerifyingKey::from_bytes(&public).unwrap();
        let found = signer_hash(&key, &id).ok().map(|z| (z, message_digest(&z, &[front, back])));
        assert_eq!(found, expected, "at {level}: an ID of {id_len} bytes");
    });
}

/// GB/T 32918.2 clause 6.1, A4 to A6; `None` where the standard draws another k.
fn signed(d: &Scalar, e: &[u8; 32], k: &Scalar) -> Option<[u8; 64]> {
    let x1 = theirs::x(&theirs::encoded(&theirs::base(k))?);
    let r = theirs::reduced(e) + x1;
    if r.is_zero().into() || (r + k).is_zero().into() {
        return None;
    }
    let s = Option::<Scalar>::from((*d + Scalar::ONE).invert())? * (*k - r * d);
    if s.is_zero().into() {
        return None;
    }
    Some(joined(&r, &s))
}

pub(crate) fn joined(r: &Scalar, s: &Scalar) -> [u8; 64] {
    let mut raw = [0; 64];
    raw[..32].copy_from_slice(&theirs::bytes(r));
    raw[32..].copy_from_slice(&theirs::bytes(s));
    raw
}

pub(crate) fn sign(dice: &mut Dice<'_>) {
    let (d, k) = (private(dice), dice.scalar());
    let x1 = || theirs::x(&theirs::encoded(&theirs::base(&k)).unwrap());
    let e = match dice.below(8) {
        0 => dice.limbs(),
        // r = 0, r + k = n, s = 0, and an r that is chosen.
        1 => theirs::bytes(&-x1()),
        2 => theirs::bytes(&(-x1() - k)),
        3 => theirs::bytes(&(k * d.invert().unwrap() - x1())),
        4 => theirs::bytes(&(dice.scalar() - x1())),
        _ => dice.array(),
    };
    let expected = signed(&d, &e, &k).ok_or(Error::Nonce);
    let random: [u8; 32] = dice.array();
    // The nonce: SM3, twice, over key, randomness, digest, counter and half.
    let half = |half: u8| {
        let sm3 = ::sm3::Sm3::new_with_prefix(theirs::bytes(&d)).chain_update(random);
        let end = [&[0; 4][..], &[half], b"SM2 nonce"].concat();
        theirs::reduced(&sm3.chain_update(e).chain_update(end).finalize().into())
    };
    let two = Scalar::from(2_u64).pow_vartime(&sm2::U256::from(256_u64));
    let usual = signed(&d, &e, &(half(0) * two + half(1))).unwrap();
    at_levels(Of::Sm2, |level| {
        let key = SigningKey::from_bytes(&theirs::bytes(&d)).unwrap();
        let found = key.sign_digest_with(&e, &theirs::bytes(&k));
        assert_eq!(found, expected, "at {level}: d = {d:?}, k = {k:?}, e = {e:02x?}");
        let Ok(found) = key.sign_digest(&e, source(&random));
        assert_eq!(found, usual, "at {level}: d = {d:?}, e = {e:02x?}");
    });
}

pub(crate) fn ecdh(dice: &mut Dice<'_>) {
    let (d, peer) = (private(dice), dice.point().point);
    let expected = theirs::encoded(&(peer * d)).unwrap();
    let public = theirs::encoded(&peer).unwrap();
    at_levels(Of::Sm2, |level| {
        let key = SigningKey::from_bytes(&theirs::bytes(&d)).unwrap();
        let ephemeral = EphemeralKey::from_bytes(&theirs::bytes(&d)).unwrap();
        let peer = VerifyingKey::from_bytes(&public).unwrap();
        for shared in [key.diffie_hellman(&peer), ephemeral.shared(&peer)] {
            let found = [&[4], shared.x().as_slice(), shared.y()].concat();
            assert_eq!(found, expected, "at {level}: d = {d:?}, P = {public:02x?}");
        }
    });
}

/// x̄ = 2¹²⁷ + (x mod 2¹²⁷) of 04 ‖ x ‖ y (GB/T 32918.3 clause 6.1).
fn truncated(point: &[u8; 65]) -> Scalar {
    let mut low = [0; 32];
    low[16..].copy_from_slice(&point[17..33]);
    low[16] |= 0x80;
    theirs::reduced(&low)
}

pub(crate) fn exchange(dice: &mut Dice<'_>) {
    let (mut d, r) = (private(dice), dice.scalar());
    let (peer, theirs_r) = (dice.point(), dice.point());
    let own = theirs::encoded(&theirs::base(&r)).unwrap();
    if dice.once_in(16) {
        // t = d + x̄·r = 0.
        let special = -(truncated(&own) * r);
        d = if special == -Scalar::ONE { d } else { special };
    }
    let encoded = theirs::encoded(&theirs_r.point).unwrap();
    let x_bar = truncated(&encoded);
    let mut peer = peer.point;
    if dice.once_in(16) {
        // P + x̄·R is infinity.
        peer = -(theirs_r.point * x_bar);
    }
    let t = d + truncated(&own) * r;
    let expected = theirs::encoded(&((peer + theirs_r.point * x_bar) * t));
    let public = theirs::encoded(&peer).unwrap();
    at_levels(Of::Sm2, |level| {
        let key = SigningKey::from_bytes(&theirs::bytes(&d)).unwrap();
        let secret = EphemeralKey::from_bytes(&theirs::bytes(&r)).unwrap().exchange(&key);
        let [peer, other] =
            [&public, &encoded].map(|point| VerifyingKey::from_bytes(point).unwrap());
        let found = secret.finish(&peer, &other).ok();
        let found = found.map(|shared| [&[4], shared.x().as_slice(), shared.y()].concat());
        assert_eq!(found, expected.map(|point| point.to_vec()), "at {level}: d = {d:?}, r = {r:?}");
    });
}
