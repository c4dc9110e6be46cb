// SPDX-License-Identifier: Apache-2.0
//! The AEAD, signature and agreement cases of RFC 8998. Key schedules are not checked here: they
//! belong to TLS, which this project does not have yet.

use super::cipher::{Texts, aead};
use crate::case::{Case, Outcome, must, same};
use crate::engines::Engines;
use bccsp::{AeadMode, Context, KeyAlgorithm, KeyMaterial, Provider, SecretBytes, Suite};
use bccsp::{PublicKey, TLS13_SIGNER_ID};

type Answer = Result<Outcome, String>;

pub(crate) fn check(case: &Case<'_>, engines: &Engines) -> Answer {
    let check = match case.kind() {
        "aead" => sealed,
        "tls13_record" => record,
        "tls13_certificate_verify" => certificate_verify,
        "ecdhe" => ecdhe,
        "tls13_key_schedule" => return Ok(Outcome::Skip("TLS 1.3 key schedule")),
        other => return Err(format!("no checks for type `{other}`")),
    };
    engines.each(Suite::Gm, |provider| check(case, provider))
}

pub(crate) fn tlcp(case: &Case<'_>, _: &Engines) -> Answer {
    match case.kind() {
        "tlcp_key_schedule" | "prf" => Ok(Outcome::Skip("TLCP key schedule")),
        other => Err(format!("no checks for type `{other}`")),
    }
}

fn mode(case: &Case<'_>) -> Result<AeadMode, String> {
    match case.text("mode")? {
        "gcm" => Ok(AeadMode::Gcm),
        "ccm" => Ok(AeadMode::Ccm),
        other => Err(format!("no mode `{other}`")),
    }
}

fn sealed(case: &Case<'_>, provider: &dyn Provider) -> Answer {
    let texts = Texts::of(case, "pt", "ct")?;
    aead(case, provider, mode(case)?, &texts, &case.bytes("aad")?, &case.bytes("tag")?)
}

/// A record (RFC 8446 section 5.2): the header is authenticated, the nonce is the IV with the
/// sequence number added into its last 8 bytes.
fn record(case: &Case<'_>, provider: &dyn Provider) -> Answer {
    case.implied(&["suite"]);
    let (key, iv, record) = (case.bytes("key")?, case.bytes("iv")?, case.bytes("record")?);
    let nonce = case.bytes("nonce")?;
    let sequence = case.number("seq")?.to_be_bytes();
    let mut expected = iv;
    expected.iter_mut().rev().zip(sequence.iter().rev()).for_each(|(a, b)| *a ^= b);
    same("nonce", &nonce, &expected)?;
    let (header, sealed) = record.split_at_checked(5).ok_or("a record without header")?;
    let hazmat = provider.hazmat().ok_or("no hazardous operations")?;
    let aead = must("aead", hazmat.nonce_aead(mode(case)?, &key, nonce.len(), 16))?;
    let plain = case.bytes("inner_plaintext")?;
    if case.valid()? {
        same("record", &must("seal", aead.seal(&nonce, header, &plain))?, sealed)?;
    }
    case.judge(aead.open(&nonce, header, sealed), |opened| same("plaintext", &opened, &plain))
}

/// CertificateVerify (RFC 8446 section 4.4.3; RFC 8998 section 3.2.1 for the signer ID).
fn certificate_verify(case: &Case<'_>, provider: &dyn Provider) -> Answer {
    let (content, der, id) =
        (case.bytes("content")?, case.bytes("sig_der")?, case.bytes("signer_id")?);
    let side = case.text("side")?;
    let label = format!("TLS 1.3, {side} CertificateVerify");
    let transcript = case.bytes("transcript_hash")?;
    let built = [&[b' '; 64], label.as_bytes(), &[0], &transcript].concat();
    same("content", &content, &built)?;
    let public = must("public key", provider.public_key(&case.bytes("pub")?))?;
    let key = must("public key", provider.verifying_key(&public))?;
    if id == TLS13_SIGNER_ID && case.valid()? {
        fixed_nonce(case, provider, &public, &content)?;
        must("TLS context", key.verify(Context::Tls13, &[&content], &der))?;
    }
    case.implied(&["priv", "k"]);
    // The verdict is the one of TLS, whatever ID the signature was made under.
    let verdict = key.verify(Context::Tls13, &[&content], &der);
    case.judge(verdict, |()| Ok(()))
}

fn fixed_nonce(
    case: &Case<'_>,
    provider: &dyn Provider,
    public: &PublicKey,
    content: &[u8],
) -> Result<(), String> {
    let Some(hazmat) = provider.hazmat() else { return Ok(()) };
    let key = KeyMaterial::new(KeyAlgorithm::Sm2, case.bytes("priv")?.into(), Some(*public));
    let digest = must("digest", hazmat.message_digest(public, Context::Tls13, &[content]))?;
    let k = SecretBytes::new(case.bytes("k")?);
    let made = must("sign", hazmat.sign_digest(&must("private key", key)?, &digest, &k))?;
    same("signature", made.as_ref(), &case.bytes("sig_der")?)
}

fn ecdhe(case: &Case<'_>, provider: &dyn Provider) -> Answer {
    let shared = case.bytes("shared")?;
    let (a, b) = (case.bytes("pub_a")?, case.bytes("pub_b")?);
    for (private, own, peer) in [("priv_a", &a, &b), ("priv_b", &b, &a)] {
        let public = must("public key", provider.public_key(own))?;
        let key = KeyMaterial::new(KeyAlgorithm::Sm2, case.bytes(private)?.into(), Some(public));
        let key = must("private key", key.and_then(|key| provider.decryption_key(&key)))?;
        let peer = must("public key", provider.public_key(peer))?;
        same("shared secret", must("agree", key.agree(&peer))?.expose(), &shared)?;
    }
    case.valid().map(|_| Outcome::Pass)
}
