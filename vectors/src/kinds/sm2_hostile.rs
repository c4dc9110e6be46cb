// SPDX-License-Identifier: Apache-2.0
//! Hostile SM2 signatures, public keys and ciphertexts.

use super::sm2_cipher;
use crate::case::{Case, Outcome, same};
use crate::engines::Engines;
use bccsp::encoding::signature::RawSignature;
use bccsp::{Context, DEFAULT_SIGNER_ID, Error, Provider, Suite};

type Answer = Result<Outcome, String>;

pub(crate) fn check(case: &Case<'_>, engines: &Engines) -> Answer {
    let check = match case.kind() {
        "verify" | "public_key" => verify,
        "verify_digest" => verify_digest,
        "decrypt" => sm2_cipher::decrypt,
        other => return Err(format!("no checks for type `{other}`")),
    };
    engines.each(Suite::Gm, |provider| check(case, provider))
}

/// Judges the case's signature over its message under its signer ID, in every way there is.
pub(super) fn verify(case: &Case<'_>, provider: &dyn Provider) -> Answer {
    case.implied(&["r", "s"]);
    let id = case.opt_bytes("signer_id")?.unwrap_or_else(|| DEFAULT_SIGNER_ID.to_vec());
    let (message, der) = (case.bytes("msg")?, case.bytes("sig_der")?);
    let point = case.bytes("pub")?;
    let judged = |ctx: Context<'_>| -> Result<(), Error> {
        let key = provider.verifying_key(&provider.public_key(&point)?)?;
        let verdict = key.verify(ctx, &[&message], &der);
        let (front, back) = message.split_at(message.len() / 2);
        let mut stream = key.verifier(ctx)?;
        stream.update(front);
        stream.update(back);
        // Both must say the same: one that accepts alone is as wrong as both.
        match (verdict, stream.finish(&der)) {
            (Ok(()), Ok(())) => Ok(()),
            (Err(error), Err(_)) => Err(error),
            _ => Err(Error::SelfTestFailed("the stream judged otherwise")),
        }
    };
    let outcome = case.judge(judged(Context::SignerId(&id)), |()| Ok(()))?;
    if id == DEFAULT_SIGNER_ID {
        case.judge(judged(Context::X509), |()| Ok(()))?;
        case.judge(judged(Context::Fabric), |()| Ok(()))?;
    }
    Ok(outcome)
}

/// Judges the case's signature over a digest that was crafted.
pub(super) fn verify_digest(case: &Case<'_>, provider: &dyn Provider) -> Answer {
    let hazmat = provider.hazmat().ok_or("no hazardous operations")?;
    let der = case.bytes("sig_der")?;
    if let Ok(raw) = RawSignature::from_der(&der) {
        same("r and s", raw.as_bytes(), &[case.bytes("r")?, case.bytes("s")?].concat())?;
    }
    case.implied(&["r", "s"]);
    let digest = case.array32("e")?;
    let point = case.bytes("pub")?;
    let verdict =
        provider.public_key(&point).and_then(|key| hazmat.verify_digest(&key, &digest, &der));
    case.judge(verdict, |()| Ok(()))
}
