// SPDX-License-Identifier: Apache-2.0
//! The lines, with what `gm` does in each.

use super::{Goal, theirs};
use bccsp::{Context, EngineChoice, Job, Provider, Suite};
use gm::sm2::{self, Claim, EphemeralKey, SigningKey, VerifyingKey};
use gm::sm3;
use gm::sm4::{Sm4, Sm4Gcm};
use gmca_benches::turns::Work;
use std::convert::Infallible;
use std::hint::black_box;
use std::sync::Arc;
use sys::{Entropy as _, SystemEntropy};

/// Signatures together.
const BATCH: usize = 64;
const DIGEST: [u8; 32] = [0x5a; 32];
const KIB_16: usize = 16 << 10;

pub(crate) fn goals() -> Vec<Goal> {
    let mut goals = signatures();
    goals.extend(agreements());
    goals.extend(hashes());
    goals.extend(ciphers());
    goals
}

fn goal(what: &'static str, ours: Work<'static>, against: Against, ratio: (f64, f64)) -> Goal {
    let Against { peer, theirs } = against;
    Goal { what, ours, count: 1, peer, theirs, their_count: 1, ratio: Some(ratio) }
}

struct Against {
    peer: &'static str,
    theirs: Work<'static>,
}

fn p256(peer: &'static str, theirs: Work<'static>) -> Against {
    Against { peer, theirs }
}

fn of_crate(peer: &'static str, op: &str, size: usize) -> Against {
    Against { peer, theirs: theirs::of_crate(op, size) }
}

/// From the system, as the products have it.
fn random(bytes: &mut [u8]) -> Result<(), Infallible> {
    SystemEntropy.fill(bytes).expect("the system has random bytes");
    Ok(())
}

fn key() -> SigningKey {
    let Ok(key) = SigningKey::generate(random);
    key
}

fn keep<T>(value: T) {
    drop(black_box(value));
}

fn signatures() -> Vec<Goal> {
    let signer = key();
    let public = *signer.verifying_key();
    let (encoded, prepared) = (public.to_bytes(), public.prepare());
    let Ok(signature) = signer.sign_digest(&DIGEST, random);
    let keys: Vec<SigningKey> = (0..BATCH).map(|_| key()).collect();
    let signed: Vec<([u8; 65], [u8; 64])> = keys
        .iter()
        .map(|key| {
            let Ok(signature) = key.sign_digest(&DIGEST, random);
            (key.verifying_key().to_bytes(), signature)
        })
        .collect();
    let cold = move || {
        let key = VerifyingKey::from_bytes(&encoded).expect("a point");
        assert!(key.verify_digest(&DIGEST, &signature));
    };
    let batch = move || verify_batch(&signed);
    let many = move || {
        let jobs: Vec<_> = keys.iter().map(|key| (key, &DIGEST)).collect();
        keep(sm2::sign_many(&jobs, random));
    };
    let verify = || p256("P-256 verify", theirs::verify());
    let sign = || p256("P-256 sign", theirs::sign());
    vec![
        goal(
            "SM2 sign, one",
            Box::new(move || keep(signer.sign_digest(&DIGEST, random))),
            sign(),
            (1.6, 2.7),
        ),
        goal("SM2 verify, one, cold key", Box::new(cold), verify(), (1.1, 1.5)),
        goal(
            "SM2 verify, prepared key",
            Box::new(move || assert!(prepared.verify_digest(&DIGEST, &signature))),
            verify(),
            (4.0, 9.0),
        ),
        Goal {
            count: BATCH,
            ..goal("SM2 verify, batch of 64, cold keys", Box::new(batch), verify(), (4.0, 5.0))
        },
        Goal { count: BATCH, ..goal("SM2 sign, batch of 64", Box::new(many), sign(), (6.0, 9.0)) },
        Goal {
            count: BATCH,
            ratio: None,
            ..goal("P-256 verify, batch of 64, our lanes", nist_batch(), verify(), (0.0, 0.0))
        },
    ]
}

/// Keys are read each time.
fn verify_batch(signed: &[([u8; 65], [u8; 64])]) {
    let keys: Vec<VerifyingKey> =
        signed.iter().map(|(key, _)| VerifyingKey::from_bytes(key).expect("a point")).collect();
    let claims: Vec<Claim<'_>> = keys
        .iter()
        .zip(signed)
        .map(|(key, (_, signature))| Claim { key, digest: &DIGEST, signature })
        .collect();
    assert!(sm2::verify_many(&claims).iter().all(|verdict| *verdict));
}

fn nist_batch() -> Work<'static> {
    let provider = provider(Suite::Nist);
    let keys: Vec<_> =
        (0..BATCH).map(|_| provider.generate_signing_key().expect("a key")).collect();
    let message: &'static [&'static [u8]] = &[&DIGEST];
    let signatures: Vec<_> =
        keys.iter().map(|key| key.sign(Context::X509, message).expect("signs")).collect();
    Box::new(move || {
        let mut jobs: Vec<Job<'_>> = Vec::with_capacity(BATCH);
        for (key, signature) in keys.iter().zip(&signatures) {
            let (key, signature) = (key.verifying_key().as_ref(), signature.as_ref());
            jobs.push(Job { key, ctx: Context::X509, message, signature });
        }
        assert!(provider.verify_many(&jobs).iter().all(Result::is_ok));
    })
}

fn provider(suite: Suite) -> Arc<dyn Provider> {
    bccsp::provider_of(suite, EngineChoice::Auto, Arc::new(SystemEntropy)).expect("an engine")
}

fn agreements() -> Vec<Goal> {
    let (own, other) = (key(), key());
    let encoded = other.verifying_key().to_bytes();
    let ecdh = move || {
        let peer = VerifyingKey::from_bytes(&encoded).expect("a point");
        keep(own.diffie_hellman(&peer));
    };
    let holder = provider(Suite::Gm).generate_decryption_key().expect("a key");
    let sealed = holder.encryption_key().encrypt(&[7; 32]).expect("encrypts");
    let decrypt = move || keep(holder.decrypt(&sealed).expect("decrypts"));
    let (own, peer) = (key(), *other.verifying_key());
    let Ok(theirs) = EphemeralKey::generate(random);
    let point = *theirs.point();
    let exchange = move || {
        let Ok(ephemeral) = EphemeralKey::generate(random);
        let point = VerifyingKey::from_bytes(&point).expect("a point");
        keep(ephemeral.exchange(&own).finish(&peer, &point));
    };
    let agree = || p256("P-256 ECDH", theirs::agree());
    vec![
        goal("SM2 plain ECDH", Box::new(ecdh), agree(), (1.0, 1.3)),
        goal("SM2 decrypt 32 bytes", Box::new(decrypt), agree(), (1.0, 1.3)),
        Goal {
            ratio: None,
            ..goal(
                "SM2 key exchange, one side (GB/T 32918.3)",
                Box::new(exchange),
                agree(),
                (0.0, 0.0),
            )
        },
    ]
}

fn hashes() -> Vec<Goal> {
    let one = vec![0x5a_u8; KIB_16];
    let sixteen = |size: usize| -> Work<'static> {
        let message = vec![0x5a_u8; size];
        Box::new(move || keep(sm3::digest_many(&[&message[..]; 16])))
    };
    let many = |what, size, ratio| Goal {
        count: 16,
        ..goal(what, sixteen(size), of_crate("`sm3`", "hash", size), ratio)
    };
    vec![
        goal(
            "SM3, one stream, 16 KiB",
            Box::new(move || keep(sm3::digest(&[&one]))),
            of_crate("`sm3`", "hash", KIB_16),
            (1.0, 1.1),
        ),
        many("SM3, 16 messages of 1 KiB", 1024, (7.0, 9.0)),
        many("SM3, 16 messages of 16 KiB", KIB_16, (8.0, 9.0)),
    ]
}

fn ciphers() -> Vec<Goal> {
    let bulk = |what, op: &str, mut run: Box<dyn FnMut(&Sm4, &mut [u8])>, ratio| {
        let (cipher, mut data) = (Sm4::new(&[7; 16]), vec![0x5a_u8; KIB_16]);
        let work = move || run(&cipher, &mut data);
        goal(what, Box::new(work), of_crate("`sm4`", op, KIB_16), ratio)
    };
    let gcm = |what, size: usize, ratio| {
        let (cipher, mut data) = (Sm4Gcm::new(&[7; 16]), vec![0x5a_u8; size]);
        let work = move || keep(cipher.seal(&[3; 12], b"", &mut data));
        goal(what, Box::new(work), of_crate("`aes-gcm` over `sm4`", "GCM seal", size), ratio)
    };
    vec![
        bulk("SM4-CTR, 16 KiB", "CTR", Box::new(|key, data| key.ctr(&[1; 16], data)), (38.0, 45.0)),
        bulk(
            "SM4-ECB, 16 KiB",
            "ECB encrypt",
            Box::new(|key, data| key.ecb_encrypt(data.as_chunks_mut().0)),
            (38.0, 45.0),
        ),
        bulk(
            "SM4-CBC decrypt, 16 KiB",
            "CBC decrypt",
            Box::new(|key, data| key.cbc_decrypt(&mut [1; 16], data.as_chunks_mut().0)),
            (38.0, 45.0),
        ),
        bulk(
            "SM4-CBC encrypt, 16 KiB",
            "CBC encrypt",
            Box::new(|key, data| key.cbc_encrypt(&mut [1; 16], data.as_chunks_mut().0)),
            (1.8, 2.1),
        ),
        gcm("SM4-GCM, 16 KiB", KIB_16, (28.0, 38.0)),
        gcm("SM4-GCM, 64 bytes", 64, (4.0, 6.0)),
    ]
}
