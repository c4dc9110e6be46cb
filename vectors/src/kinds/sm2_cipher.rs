// SPDX-License-Identifier: Apache-2.0
//! SM2 encryption in its three forms.

use super::sm2_signature::out_of_profile;
use crate::case::{Case, Outcome, must, same};
use crate::engines::Engines;
use bccsp::encoding::sm2_ciphertext::Sm2Ciphertext;
use bccsp::{Error, KeyAlgorithm, KeyMaterial, Provider, SecretBytes, Suite};

type Answer = Result<Outcome, String>;

pub(crate) fn check(case: &Case<'_>, engines: &Engines) -> Answer {
    if let Some(skip) = out_of_profile(case)? {
        return Ok(skip);
    }
    match case.kind() {
        "encrypt_fixed_k" => engines.each(Suite::Gm, |provider| encrypt(case, provider)),
        "decrypt" => engines.each(Suite::Gm, |provider| decrypt(case, provider)),
        other => Err(format!("no checks for type `{other}`")),
    }
}

fn encrypt(case: &Case<'_>, provider: &dyn Provider) -> Answer {
    let der = case.bytes("ct_der")?;
    let parsed = must("DER form", Sm2Ciphertext::from_der(&der))?;
    same("C1C3C2", &parsed.to_c1c3c2(), &case.bytes("ct_c1c3c2")?)?;
    same("C1C2C3", &parsed.to_c1c2c3(), &case.bytes("ct_c1c2c3")?)?;
    same("DER again", &parsed.to_der(), &der)?;
    let parts = [case.bytes("c1")?, case.bytes("c3")?, case.bytes("c2")?].concat();
    same("the parts", &parsed.to_c1c3c2(), &parts)?;
    let public = must("public key", provider.public_key(&case.bytes("pub")?))?;
    let message = case.bytes("msg")?;
    if let Some(hazmat) = provider.hazmat() {
        let k = SecretBytes::new(case.bytes("k")?);
        let made = must("encrypt", hazmat.encrypt(&public, &message, &k))?;
        same("ciphertext", &made, &der)?;
    }
    case.implied(&["k"]);
    decrypt(case, provider)
}

/// Decrypts every form that the case gives. Each must give the message, or be refused.
pub(super) fn decrypt(case: &Case<'_>, provider: &dyn Provider) -> Answer {
    let private = KeyMaterial::new(KeyAlgorithm::Sm2, case.bytes("priv")?.into(), None);
    let key = must("private key", provider.decryption_key(&must("private key", private)?))?;
    let message = case.opt_bytes("msg")?;
    let mut outcome = None;
    type Read = fn(&[u8]) -> Result<Sm2Ciphertext, Error>;
    let forms: [(&str, Read); 3] = [
        ("ct_der", Sm2Ciphertext::from_der),
        ("ct_c1c3c2", Sm2Ciphertext::from_c1c3c2),
        ("ct_c1c2c3", Sm2Ciphertext::from_c1c2c3),
    ];
    for (name, read) in forms {
        let Some(bytes) = case.opt_bytes(name)? else { continue };
        let answer = match name {
            "ct_der" => key.decrypt(&bytes),
            _ => read(&bytes).and_then(|parsed| key.decrypt(&parsed.to_der())),
        };
        let judged = case.judge(answer, |plain| match &message {
            Some(message) => same("message", plain.expose(), message),
            None => Err("decrypted, though nothing was encrypted".to_owned()),
        });
        outcome = Some(judged.map_err(|why| format!("{name}: {why}"))?);
    }
    outcome.ok_or_else(|| "no ciphertext in any form".to_owned())
}
