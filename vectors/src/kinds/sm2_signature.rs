// SPDX-License-Identifier: Apache-2.0
//! SM2 signatures, with the nonce given where an engine allows it.

use super::sm2_hostile::{verify, verify_digest};
use crate::case::{Case, Outcome, must, same};
use crate::engines::Engines;
use bccsp::encoding::signature::RawSignature;
use bccsp::{Context, KeyAlgorithm, KeyMaterial, Provider, SecretBytes, Suite};

type Answer = Result<Outcome, String>;

pub(crate) fn check(case: &Case<'_>, engines: &Engines) -> Answer {
    if let Some(skip) = out_of_profile(case)? {
        return Ok(skip);
    }
    let check = match case.kind() {
        "sign_fixed_k" => sign,
        "verify" => verify,
        "verify_digest" => verify_digest,
        "za" => za,
        other => return Err(format!("no checks for type `{other}`")),
    };
    engines.each(Suite::Gm, |provider| check(case, provider))
}

/// Cases on the example curves of the standard's other parts, or with another hash.
pub(super) fn out_of_profile(case: &Case<'_>) -> Result<Option<Outcome>, String> {
    let curve = case.opt_text("curve")?.unwrap_or("sm2p256v1");
    let hash = case.opt_text("hash")?.unwrap_or("sm3");
    Ok(match (curve, hash) {
        ("sm2p256v1", "sm3") => None,
        ("sm2p256v1", _) => Some(Outcome::Skip("SM2 with another hash")),
        _ => Some(Outcome::Skip("another curve")),
    })
}

fn sign(case: &Case<'_>, provider: &dyn Provider) -> Answer {
    let (id, message) = (case.bytes("signer_id")?, case.bytes("msg")?);
    let expected = case.bytes("sig_der")?;
    let public = must("public key", provider.public_key(&case.bytes("pub")?))?;
    let key = KeyMaterial::new(KeyAlgorithm::Sm2, case.bytes("priv")?.into(), Some(public));
    let key = must("private key", key)?;
    let raw = must("DER form", RawSignature::from_der(&expected))?;
    same("r and s", raw.as_bytes(), &[case.bytes("r")?, case.bytes("s")?].concat())?;
    same("DER form", &raw.to_der(), &expected)?;
    case.implied(&["x1"]);
    let own = must("private key", provider.signing_key(&key))?;
    let again = must("sign", own.sign(Context::SignerId(&id), &[&message]))?;
    let verifying = own.verifying_key();
    must("verify own", verifying.verify(Context::SignerId(&id), &[&message], again.as_ref()))?;
    if let Some(hazmat) = provider.hazmat() {
        let za = must("Z_A", hazmat.signer_hash(&public, &id))?;
        same("Z_A", &za, &case.bytes("za")?)?;
        let digest = hazmat.message_digest(&public, Context::SignerId(&id), &[&message]);
        let digest = must("digest", digest)?;
        same("digest", &digest, &case.bytes("e")?)?;
        let k = SecretBytes::new(case.bytes("k")?);
        let made = must("sign", hazmat.sign_digest(&key, &digest, &k))?;
        same("signature", made.as_ref(), &expected)?;
    }
    case.implied(&["za", "e", "k"]);
    verify(case, provider)
}

fn za(case: &Case<'_>, provider: &dyn Provider) -> Answer {
    let public = must("public key", provider.public_key(&case.bytes("pub")?))?;
    let hazmat = provider.hazmat().ok_or("no hazardous operations")?;
    let za = hazmat.signer_hash(&public, &case.bytes("signer_id")?);
    case.judge(za, |za| same("Z_A", &za, &case.bytes("za")?))
}
