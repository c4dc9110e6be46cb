// SPDX-License-Identifier: Apache-2.0
//! Signing and verifying.

use super::{LENGTHS, bytes, misuse, refused};
use crate::encoding::signature::RawSignature;
use crate::{Context, Error, Job, Provider, SigningKey, Suite, VerifyingKey};
use alloc::vec::Vec;

const CONTEXTS: [Context<'static>; 5] = [
    Context::X509,
    Context::Fabric,
    Context::Tls13,
    Context::SignerId(b"alice@example.org"),
    Context::SignerId(b""),
];

pub(super) fn check(provider: &dyn Provider) {
    let key = provider.generate_signing_key().expect("a signing key is made");
    let other = provider.generate_signing_key().expect("a signing key is made");
    let (public, foreign) = (&**key.verifying_key(), &**other.verifying_key());
    assert_ne!(public.public_key(), foreign.public_key(), "each key is a new one");
    assert_eq!(public.public_key().algorithm(), provider.suite().key_algorithm());
    assert_eq!(public.signature_algorithm(), provider.suite().signature_algorithm());
    for len in LENGTHS {
        check_message(&*key, foreign, &bytes(len));
    }
    check_contexts(provider.suite(), &*key);
    check_signer_ids(&*key);
    check_form(provider.suite(), &*key);
    check_many(provider, &*key, foreign);
    check_digests(provider, &*key);
}

fn check_message(key: &dyn SigningKey, foreign: &dyn VerifyingKey, message: &[u8]) {
    let public = key.verifying_key();
    let ctx = Context::X509;
    let signature = key.sign(ctx, &[message]).expect("sign");
    assert_eq!(signature.algorithm(), public.signature_algorithm(), "a signature says its kind");
    assert!((8..=72).contains(&signature.as_ref().len()), "8 to 72 bytes of DER");
    let (head, tail) = message.split_at(message.len() / 2);
    public.verify(ctx, &[head, b"", tail], signature.as_ref()).expect("parts are joined");
    let mut stream = public.verifier(ctx).expect("verifier");
    message.chunks(7).for_each(|chunk| stream.update(chunk));
    stream.finish(signature.as_ref()).expect("a verdict over a stream equals one shot");
    let mut stream = key.signer(ctx).expect("signer");
    message.chunks(7).for_each(|chunk| stream.update(chunk));
    let streamed = stream.finish().expect("sign a stream");
    public.verify(ctx, &[message], streamed.as_ref()).expect("a signed stream is a message");

    refused(public.verify(ctx, &[message, b"x"], signature.as_ref()), "another message");
    refused(foreign.verify(ctx, &[message], signature.as_ref()), "another key");
    let mut stream = public.verifier(ctx).expect("verifier");
    stream.update(b"x");
    stream.update(message);
    refused(stream.finish(signature.as_ref()), "another stream");
}

fn check_contexts(suite: Suite, key: &dyn SigningKey) {
    for signed in CONTEXTS {
        let signature = key.sign(signed, &[b"message"]).expect("sign");
        for judged in CONTEXTS {
            let verdict = key.verifying_key().verify(judged, &[b"message"], signature.as_ref());
            let same = suite == Suite::Nist || signed.signer_id() == judged.signer_id();
            assert_eq!(verdict.is_ok(), same, "signed for {signed:?}, judged for {judged:?}");
        }
    }
}

fn check_signer_ids(key: &dyn SigningKey) {
    let id = bytes(8192);
    let longest = Context::SignerId(&id[..8191]);
    let signature = key.sign(longest, &[b"x"]).expect("an ID of 8191 bytes is allowed");
    key.verifying_key().verify(longest, &[b"x"], signature.as_ref()).expect("8191 bytes");
    let too_long = Context::SignerId(&id);
    misuse(key.sign(too_long, &[b"x"]), "an ID of 8192 bytes");
    misuse(key.signer(too_long).map(drop), "an ID of 8192 bytes");
    misuse(key.verifying_key().verifier(too_long).map(drop), "an ID of 8192 bytes");
    let verdict = key.verifying_key().verify(too_long, &[b"x"], signature.as_ref());
    assert!(verdict.is_err(), "an ID of 8192 bytes");
}

/// Strict DER, ranges, and the rule on s.
fn check_form(suite: Suite, key: &dyn SigningKey) {
    let public = key.verifying_key();
    let verify = |ctx, der: &[u8]| public.verify(ctx, &[b"message"], der);
    let signature = key.sign(Context::Fabric, &[b"message"]).expect("sign");
    let der = signature.as_ref();
    for place in 0..der.len() {
        let mut changed = der.to_vec();
        changed[place] ^= 1;
        refused(verify(Context::X509, &changed), "a changed byte");
        refused(verify(Context::X509, &der[..place]), "a signature cut off");
    }
    refused(verify(Context::X509, &[der, &[0]].concat()), "a byte behind");
    let raw = RawSignature::from_der(der).expect("strict DER").to_raw();
    let with =
        |r: &[u8], s: &[u8]| RawSignature::from_raw(&[r, s].concat()).expect("64 bytes").to_der();
    let order = order(suite);
    for (r, s, what) in [
        (&[0; 32], &raw[32..], "r = 0"),
        (&order, &raw[32..], "r = n"),
        (&[0xff; 32], &raw[32..], "r over n"),
    ] {
        refused(verify(Context::X509, &with(r, s)), what);
    }
    for (s, what) in [([0; 32], "s = 0"), (order, "s = n"), ([0xff; 32], "s over n")] {
        refused(verify(Context::X509, &with(&raw[..32], &s)), what);
    }
    let mirrored = with(&raw[..32], &subtract(&order, &raw[32..]));
    refused(verify(Context::Fabric, &mirrored), "n − s in the Fabric context");
    if suite == Suite::Nist {
        verify(Context::X509, &mirrored).expect("high-S is accepted outside Fabric");
        let mut stream = public.verifier(Context::Fabric).expect("verifier");
        stream.update(b"message");
        refused(stream.finish(&mirrored), "high-S over a stream in the Fabric context");
        for _ in 0..8 {
            let made = key.sign(Context::X509, &[b"message"]).expect("sign");
            verify(Context::Fabric, made.as_ref()).expect("signatures are made low-S");
        }
    } else {
        refused(verify(Context::X509, &mirrored), "n − s");
    }
}

fn check_many(provider: &dyn Provider, key: &dyn SigningKey, foreign: &dyn VerifyingKey) {
    let public = &**key.verifying_key();
    let good = key.sign(Context::Fabric, &[b"message"]).expect("sign");
    let message: &[&[u8]] = &[b"mess", b"age"];
    let job = |key, message, signature| Job { key, ctx: Context::Fabric, message, signature };
    let jobs = [
        job(public, message, good.as_ref()),
        job(public, &[b"other"], good.as_ref()),
        job(public, message, good.as_ref()),
        job(foreign, message, good.as_ref()),
        job(public, message, b""),
        job(public, message, good.as_ref()),
    ];
    let verdicts: Vec<bool> = provider.verify_many(&jobs).iter().map(Result::is_ok).collect();
    assert_eq!(verdicts, [true, false, true, false, false, true], "verify_many in order");
    let singles: Vec<bool> = jobs.iter().map(|job| job.verify().is_ok()).collect();
    assert_eq!(verdicts, singles, "verify_many equals the single verdicts");
    assert!(provider.verify_many(&[]).is_empty(), "verify_many of nothing is nothing");
}

/// The hazardous forms agree with the safe ones, where there are any.
fn check_digests(provider: &dyn Provider, key: &dyn SigningKey) {
    let Some(hazmat) = provider.hazmat() else { return };
    let public = key.verifying_key().public_key();
    let digest = match hazmat.message_digest(public, Context::Tls13, &[b"mess", b"age"]) {
        Ok(digest) => digest,
        Err(Error::Unsupported(_)) => return,
        Err(error) => panic!("message_digest: {error}"),
    };
    let signature = key.sign(Context::Tls13, &[b"message"]).expect("sign");
    match hazmat.verify_digest(public, &digest, signature.as_ref()) {
        Ok(()) | Err(Error::Unsupported(_)) => {}
        Err(error) => panic!("verify_digest of the message's digest: {error}"),
    }
}

/// The order n of the family's curve.
pub(super) fn order(suite: Suite) -> [u8; 32] {
    use hex_literal::hex;
    match suite {
        Suite::Nist => hex!("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
        Suite::Gm => hex!("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123"),
    }
}

/// a − b for big-endian numbers with a ≥ b.
pub(super) fn subtract(a: &[u8; 32], b: &[u8]) -> [u8; 32] {
    let mut out = *a;
    let mut borrow = false;
    for (to, from) in out.iter_mut().zip(b).rev() {
        let (step, first) = to.overflowing_sub(*from);
        let (result, second) = step.overflowing_sub(u8::from(borrow));
        (*to, borrow) = (result, first || second);
    }
    out
}
