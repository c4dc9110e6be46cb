// SPDX-License-Identifier: Apache-2.0
//! SM2 through its public interface: the vectors of this repository, the `sm2` crate, sources of
//! randomness that repeat or fail, and the traits of the `signature` crate.
#![allow(clippy::disallowed_methods)] // reads the vectors from the source tree

use gmca_gm::harness::at_every_level;
use gmca_gm::sm2::{
    DEFAULT_ID, EphemeralKey, Error, MAX_ID_LEN, Signature, SigningKey, VerifyingKey,
    message_digest, signer_hash,
};
use serde_json::Value;
use signature::hazmat::{PrehashSigner, PrehashVerifier, RandomizedPrehashSigner};
use signature::rand_core::{TryCryptoRng, TryRng};
use signature::{RandomizedSigner, Verifier};
use sm2::elliptic_curve::PrimeField;
use std::convert::Infallible;

/// The cases of a file of vectors.
fn cases(file: &str) -> Vec<Value> {
    let path = format!("{}/../vectors/data/{file}", env!("CARGO_MANIFEST_DIR"));
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    file["cases"].as_array().unwrap().clone()
}

fn bytes(case: &Value, field: &str) -> Vec<u8> {
    let text = case[field].as_str().unwrap_or_else(|| panic!("{field} in {case}"));
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

fn array<const N: usize>(case: &Value, field: &str) -> [u8; N] {
    bytes(case, field).try_into().unwrap()
}

/// r ‖ s of a strict DER sequence of two positive integers of at most 32 bytes.
fn raw_of(der: &[u8]) -> Option<[u8; 64]> {
    let [0x30, length, rest @ ..] = der else { return None };
    if usize::from(*length) != rest.len() {
        return None;
    }
    let mut raw = [0; 64];
    let (r, rest) = integer(rest)?;
    let (s, rest) = integer(rest)?;
    if !rest.is_empty() {
        return None;
    }
    raw[32 - r.len()..32].copy_from_slice(r);
    raw[64 - s.len()..].copy_from_slice(s);
    Some(raw)
}

fn integer(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let [0x02, length, rest @ ..] = der else { return None };
    let (value, rest) = rest.split_at_checked(usize::from(*length))?;
    let value = match value {
        [0, next, ..] if *next >= 0x80 => &value[1..],
        [0] => &value[1..],
        [first, ..] if (1..0x80).contains(first) => value,
        _ => return None,
    };
    (value.len() <= 32).then_some((value, rest))
}

/// A source that gives the same bytes every time.
fn constant(byte: u8) -> impl FnMut(&mut [u8]) -> Result<(), Infallible> {
    move |bytes| {
        bytes.fill(byte);
        Ok(())
    }
}

#[test]
fn signatures_with_known_nonces() {
    at_every_level(|| {
        let cases = cases("sm2_sign.json");
        assert!(cases.len() >= 50);
        for case in cases {
            let key = SigningKey::from_bytes(&array(&case, "priv")).unwrap();
            let public = key.verifying_key();
            assert_eq!(public.to_bytes().as_slice(), bytes(&case, "pub"), "{case}");
            let z = signer_hash(public, &bytes(&case, "signer_id")).unwrap();
            let e = message_digest(&z, &[&bytes(&case, "msg")]);
            if !case["za"].is_null() {
                assert_eq!(z.as_slice(), bytes(&case, "za"), "{case}");
            }
            let raw = key.sign_digest_with(&e, &array(&case, "k")).unwrap();
            let expected = [bytes(&case, "r"), bytes(&case, "s")].concat();
            assert_eq!(raw.as_slice(), expected, "{case}");
            assert!(public.verify_digest(&e, &raw), "{case}");
            assert!(public.prepare().verify_digest(&e, &raw), "{case}");
        }
    });
}

#[test]
fn signatures_of_adversaries() {
    at_every_level(|| {
        let mut count = 0;
        for case in cases("sm2_adversarial.json") {
            let digest = match case["type"].as_str().unwrap() {
                "verify" | "public_key" => false,
                "verify_digest" => true,
                _ => continue,
            };
            count += 1;
            let verdict = || {
                let key = VerifyingKey::from_sec1(&bytes(&case, "pub")).ok()?;
                let e = if digest {
                    array(&case, "e")
                } else {
                    let z = signer_hash(&key, &bytes(&case, "signer_id")).ok()?;
                    message_digest(&z, &[&bytes(&case, "msg")])
                };
                let raw = raw_of(&bytes(&case, "sig_der"))?;
                let verdict = key.verify_digest(&e, &raw);
                assert_eq!(key.prepare().verify_digest(&e, &raw), verdict, "{case}");
                Some(verdict)
            };
            let expected = case["result"].as_str().unwrap() == "valid";
            let got = verdict().unwrap_or(false);
            // Where the policy allows either answer (hybrid points), this library refuses.
            assert!(got == expected || (!got && !case["policy"].is_null()), "{case}");
        }
        assert!(count >= 120);
    });
}

/// Both points of the other side, if they are points.
fn other_side(case: &Value, key: &str, ephemeral: &str) -> Option<[VerifyingKey; 2]> {
    let read = |field: &str| VerifyingKey::from_sec1(&bytes(case, field)).ok();
    Some([read(key)?, read(ephemeral)?])
}

/// What one side makes of the exchange: x ‖ y of the shared point.
fn exchanged(case: &Value, [key, r, own]: [&str; 3], other: [&str; 2]) -> Option<Vec<u8>> {
    let key = SigningKey::from_bytes(&array(case, key)).unwrap();
    let r = EphemeralKey::from_bytes(&array(case, r)).unwrap();
    assert_eq!(r.point().as_slice(), bytes(case, own), "{case}");
    let [peer, ephemeral] = other_side(case, other[0], other[1])?;
    let shared = r.exchange(&key).finish(&peer, &ephemeral).ok()?;
    Some([shared.x().as_slice(), shared.y()].concat())
}

#[test]
fn key_exchanges() {
    at_every_level(|| {
        for case in cases("sm2_kex.json") {
            let at_a = exchanged(&case, ["priv_a", "r_a", "R_a"], ["pub_b", "R_b"]);
            if case["result"] != "valid" {
                assert_eq!(at_a, None, "{case}");
                continue;
            }
            let expected = bytes(&case, "shared_point")[1..].to_vec();
            assert_eq!(at_a.as_ref(), Some(&expected), "{case}");
            let at_b = exchanged(&case, ["priv_b", "r_b", "R_b"], ["pub_a", "R_a"]);
            assert_eq!(at_b, Some(expected), "{case}");
        }
    });
}

#[test]
fn points_of_encryption() {
    at_every_level(|| {
        for case in cases("sm2_encrypt.json") {
            let key = SigningKey::from_bytes(&array(&case, "priv")).unwrap();
            let k = EphemeralKey::from_bytes(&array(&case, "k")).unwrap();
            assert_eq!(k.point().as_slice(), bytes(&case, "c1"), "{case}");
            let sent = k.shared(key.verifying_key());
            let got = key.diffie_hellman(&VerifyingKey::from_bytes(k.point()).unwrap());
            assert_eq!((sent.x(), sent.y()), (got.x(), got.y()), "{case}");
            // C3 = SM3(x2 ‖ M ‖ y2).
            let c3 = message_digest(sent.x(), &[&bytes(&case, "msg"), sent.y()]);
            assert_eq!(c3.as_slice(), bytes(&case, "c3"), "{case}");
        }
    });
}

#[test]
fn the_other_implementation_agrees() {
    at_every_level(|| {
        let mut state = 7_u64;
        let mut random = |bytes: &mut [u8]| {
            for byte in bytes {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
                *byte = (state >> 56) as u8;
            }
            Ok::<(), Infallible>(())
        };
        for _ in 0..300 {
            let Ok(key) = SigningKey::generate(&mut random);
            let public = *key.verifying_key();
            let secret = sm2::SecretKey::from_slice(&*key.to_bytes()).unwrap();
            let theirs = sm2::dsa::SigningKey::new("1234567812345678", &secret).unwrap();
            let verifier =
                sm2::dsa::VerifyingKey::from_sec1_bytes("1234567812345678", &public.to_bytes());
            let mut e = [0; 32];
            let Ok(()) = random(&mut e);
            let Ok(raw) = key.sign_digest(&e, &mut random);
            let signature = sm2::dsa::Signature::from_slice(&raw).unwrap();
            verifier.unwrap().verify_prehash(&e, &signature).unwrap();
            let signature: sm2::dsa::Signature = theirs.sign_prehash(&e).unwrap();
            assert!(public.verify_digest(&e, &signature.to_bytes().into()));
        }
    });
}

/// The nonce of a signature: k = s·(1 + d) + r·d.
fn nonce_of(key: &SigningKey, raw: &[u8; 64]) -> sm2::Scalar {
    let read = |bytes: &[u8]| {
        let bytes = <[u8; 32]>::try_from(bytes).unwrap();
        sm2::Scalar::from_repr(bytes.into()).unwrap()
    };
    let (r, s, d) = (read(&raw[..32]), read(&raw[32..]), read(&*key.to_bytes()));
    s * (d + sm2::Scalar::ONE) + r * d
}

#[test]
fn a_source_that_repeats_gives_no_key_away() {
    at_every_level(|| {
        let key = SigningKey::from_bytes(&[3; 32]).unwrap();
        let sign = |e: u8, random: u8| {
            let Ok(raw) = key.sign_digest(&[e; 32], constant(random));
            assert!(key.verifying_key().verify_digest(&[e; 32], &raw));
            nonce_of(&key, &raw)
        };
        assert_eq!(sign(1, 1), sign(1, 1), "the same in everything");
        assert_ne!(sign(1, 1), sign(2, 1), "another digest, the same randomness");
        // A fault in a second run meets another nonce.
        assert_ne!(sign(1, 1), sign(1, 2), "the same digest, other randomness");
    });
}

#[test]
fn a_source_that_fails_is_an_error() {
    at_every_level(|| {
        let key = SigningKey::from_bytes(&[3; 32]).unwrap();
        assert_eq!(key.sign_digest(&[1; 32], |_: &mut [u8]| Err("empty")), Err("empty"));
        assert_eq!(SigningKey::generate(|_: &mut [u8]| Err("empty")).err(), Some("empty"));
        assert_eq!(EphemeralKey::generate(|_: &mut [u8]| Err("empty")).err(), Some("empty"));
    });
}

#[test]
fn numbers_out_of_range_are_refused() {
    at_every_level(|| {
        let n = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123";
        let mut n: [u8; 32] =
            std::array::from_fn(|i| u8::from_str_radix(&n[2 * i..2 * i + 2], 16).unwrap());
        let key = SigningKey::from_bytes(&[3; 32]).unwrap();
        for bad in [[0; 32], n, [255; 32]] {
            assert_eq!(SigningKey::from_bytes(&bad).err(), Some(Error::PrivateKey));
            assert_eq!(EphemeralKey::from_bytes(&bad).err(), Some(Error::Nonce));
            assert_eq!(key.sign_digest_with(&[1; 32], &bad), Err(Error::Nonce));
        }
        // n − 1 is a nonce, but no private key; n − 2 is both.
        n[31] -= 1;
        assert!(SigningKey::from_bytes(&n).is_err() && EphemeralKey::from_bytes(&n).is_ok());
        n[31] -= 1;
        assert!(SigningKey::from_bytes(&n).is_ok());
        let z = signer_hash(key.verifying_key(), &[7; MAX_ID_LEN]);
        assert!(z.is_ok());
        let z = signer_hash(key.verifying_key(), &[7; MAX_ID_LEN + 1]);
        assert_eq!(z, Err(Error::IdTooLong));
    });
}

#[test]
fn a_nonce_that_gives_no_signature_is_refused() {
    at_every_level(|| {
        // r = 0 for e = n − x1; r + k = n for e = n − k − x1.
        let key = SigningKey::from_bytes(&[3; 32]).unwrap();
        let one = EphemeralKey::from_bytes(&{
            let mut one = [0; 32];
            one[31] = 1;
            one
        });
        let x1 = <[u8; 32]>::try_from(&one.unwrap().point()[1..33]).unwrap();
        let x1 = sm2::Scalar::from_repr(x1.into()).unwrap();
        let mut k = [0; 32];
        k[31] = 1;
        for e in [-x1, -x1 - sm2::Scalar::ONE] {
            assert_eq!(key.sign_digest_with(&e.to_repr().into(), &k), Err(Error::Nonce));
        }
        assert!(key.sign_digest_with(&x1.to_repr().into(), &k).is_ok());
    });
}

/// Counts up, or fails.
struct Rng(Option<u8>);

impl TryRng for Rng {
    type Error = std::fmt::Error;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        self.0.map(u32::from).ok_or(std::fmt::Error)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        self.0.map(u64::from).ok_or(std::fmt::Error)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        let byte = self.0.as_mut().ok_or(std::fmt::Error)?;
        *byte += 1;
        bytes.fill(*byte);
        Ok(())
    }
}

impl TryCryptoRng for Rng {}

#[test]
fn the_traits_of_the_signature_crate() {
    at_every_level(|| {
        let key = SigningKey::from_bytes(&[3; 32]).unwrap();
        let public = key.verifying_key();
        let signature: Signature = key.try_sign_with_rng(&mut Rng(Some(0)), b"message").unwrap();
        public.verify(b"message", &signature).unwrap();
        public.prepare().verify(b"message", &signature).unwrap();
        assert!(public.verify(b"another", &signature).is_err());
        let e = message_digest(&signer_hash(public, DEFAULT_ID).unwrap(), &[b"mess", b"age"]);
        public.verify_prehash(&e, &signature).unwrap();
        assert!(public.verify_prehash(&e[..31], &signature).is_err());
        let signature: Signature = key.sign_prehash_with_rng(&mut Rng(Some(1)), &e).unwrap();
        public.verify(b"message", &signature).unwrap();
        let failed: Result<Signature, _> = key.sign_prehash_with_rng(&mut Rng(None), &e);
        assert!(failed.is_err());
        let bytes: [u8; 64] = signature.into();
        assert_eq!(Signature::try_from(bytes.as_slice()).unwrap(), signature);
        assert!(Signature::try_from(&bytes[..63]).is_err());
    });
}

#[test]
fn secrets_are_silent() {
    let key = SigningKey::from_bytes(&[3; 32]).unwrap();
    let ephemeral = EphemeralKey::from_bytes(&[4; 32]).unwrap();
    let shared = ephemeral.shared(key.verifying_key());
    let secret = ephemeral.exchange(&key);
    let all = format!("{key:?} {ephemeral:?} {shared:?} {secret:?}");
    assert_eq!(all, "SigningKey EphemeralKey SharedPoint ExchangeSecret");
}
