// SPDX-License-Identifier: Apache-2.0
//! Signatures and agreement by `sm2` and `p256`.

use super::{Peer, peer};
use crate::Suite;
use alloc::vec;
use alloc::vec::Vec;
use core::hint::black_box;
use sm2::dsa::signature::{Signer as _, Verifier as _};

/// The private keys of all rows: any numbers in range.
const KEY: [u8; 32] = [0x11; 32];
const OTHER: [u8; 32] = [0x22; 32];
const ID: &str = "1234567812345678";

pub(super) fn add(size: usize, peers: &mut Vec<Peer>) {
    // Keys of numbers in range are always made; without them there are no rows.
    peers.extend(of_sm2(size).into_iter().flatten());
    peers.extend(of_p256(size).into_iter().flatten());
}

fn of_sm2(size: usize) -> Option<[Peer; 4]> {
    use sm2::dsa::{Signature, SigningKey, VerifyingKey};
    let message = vec![0x5a_u8; size];
    let signer = SigningKey::from_slice(ID, &KEY).ok()?;
    let verifier = signer.verifying_key().clone();
    let point = verifier.to_sec1_bytes();
    let signature: Signature = signer.try_sign(&message).ok()?;
    let own = sm2::SecretKey::from_slice(&KEY).ok()?.to_nonzero_scalar();
    let other = sm2::SecretKey::from_slice(&OTHER).ok()?.public_key();
    let (to_sign, to_verify, cold) = (message.clone(), message.clone(), message);
    Some([
        peer("sm2", Suite::Gm, "sign", size, move || {
            let signature: Result<Signature, _> = signer.try_sign(&to_sign);
            black_box(signature).is_ok()
        }),
        peer("sm2", Suite::Gm, "verify", size, move || {
            verifier.verify(&to_verify, &signature).is_ok()
        }),
        peer("sm2", Suite::Gm, "verify, new key", size, move || {
            VerifyingKey::from_sec1_bytes(ID, &point)
                .is_ok_and(|key| key.verify(&cold, &signature).is_ok())
        }),
        peer("sm2", Suite::Gm, "agree", 32, move || {
            let shared = (sm2::ProjectivePoint::from(*other.as_affine()) * *own).to_affine();
            black_box(shared) != sm2::AffinePoint::IDENTITY
        }),
    ])
}

fn of_p256(size: usize) -> Option<[Peer; 4]> {
    use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
    let message = vec![0x5a_u8; size];
    let signer = SigningKey::from_slice(&KEY).ok()?;
    let verifier = *signer.verifying_key();
    let point = verifier.to_sec1_point(false);
    let signature: Signature = signer.try_sign(&message).ok()?;
    let own = p256::SecretKey::from_slice(&KEY).ok()?.to_nonzero_scalar();
    let other = p256::SecretKey::from_slice(&OTHER).ok()?.public_key();
    let (to_sign, to_verify, cold) = (message.clone(), message.clone(), message);
    Some([
        peer("p256", Suite::Nist, "sign", size, move || {
            let signature: Result<Signature, _> = signer.try_sign(&to_sign);
            black_box(signature).is_ok()
        }),
        peer("p256", Suite::Nist, "verify", size, move || {
            verifier.verify(&to_verify, &signature).is_ok()
        }),
        peer("p256", Suite::Nist, "verify, new key", size, move || {
            VerifyingKey::from_sec1_bytes(point.as_bytes())
                .is_ok_and(|key| key.verify(&cold, &signature).is_ok())
        }),
        peer("p256", Suite::Nist, "agree", 32, move || {
            let shared = (p256::ProjectivePoint::from(*other.as_affine()) * *own).to_affine();
            black_box(shared) != p256::AffinePoint::IDENTITY
        }),
    ])
}
