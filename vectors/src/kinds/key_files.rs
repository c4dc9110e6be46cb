// SPDX-License-Identifier: Apache-2.0
//! Private keys in their containers: PKCS#8, password-protected PKCS#8, SM2EnvelopedKey.

use crate::case::{Case, Outcome, must, same};
use crate::engines::Engines;
use bccsp::encoding::{private_key, sm2_enveloped_key};
use bccsp::{Error, KeyAlgorithm, KeyMaterial, Providers, SecretBytes, Suite};

type Answer = Result<Outcome, String>;

pub(crate) fn pkcs8(case: &Case<'_>, engines: &Engines) -> Answer {
    case.implied(&["prf", "cipher", "iterations", "priv", "pub"]);
    let (der, pem) = (case.bytes("der")?, case.opt_text("pem")?);
    let password = case.opt_bytes("password")?;
    let algorithm = match case.text("curve")? {
        "sm2p256v1" => KeyAlgorithm::Sm2,
        "P-256" => KeyAlgorithm::EcP256,
        _ => return Ok(Outcome::Skip("another curve")),
    };
    engines.each_set(|providers| {
        let read = |bytes: &[u8]| open(providers, bytes, password.as_deref());
        let outcome = case.judge(read(&der), |key| check_key(case, providers, &key, algorithm))?;
        if let Some(pem) = pem {
            let key = read(pem.as_bytes());
            case.judge(key, |key| check_key(case, providers, &key, algorithm))
                .map_err(|why| format!("PEM: {why}"))?;
        }
        Ok(outcome)
    })
}

/// Reads a key and lets a provider take it in, which is where ranges are checked.
pub(super) fn open(
    providers: &Providers,
    bytes: &[u8],
    password: Option<&[u8]>,
) -> Result<KeyMaterial, Error> {
    let key = private_key::decode(providers, bytes, &|| match password {
        Some(password) => Ok(SecretBytes::copy_from(password)),
        None => private_key::no_password(),
    })?;
    providers.signing_key(&key)?.export()
}

fn check_key(
    case: &Case<'_>,
    providers: &Providers,
    key: &KeyMaterial,
    algorithm: KeyAlgorithm,
) -> Result<(), String> {
    if key.algorithm() != algorithm {
        return Err(format!("read as a key of {}", key.algorithm()));
    }
    same("private value", key.scalar().expose(), &case.bytes("priv")?)?;
    let public = key.public().ok_or("exported without public key")?;
    same("public key", public.point(), &case.bytes("pub")?)?;
    // What is written is read again, plain and in the older form.
    let written = must("write", private_key::encode(key))?;
    let again = must("read again", open(providers, written.expose(), None))?;
    same("private value, read again", again.scalar().expose(), key.scalar().expose())?;
    let written = must("write SEC 1", private_key::encode_sec1(key))?;
    let again = must("read SEC 1 again", open(providers, written.expose(), None))?;
    same("private value, read from SEC 1", again.scalar().expose(), key.scalar().expose())
}

pub(crate) fn enveloped(case: &Case<'_>, engines: &Engines) -> Answer {
    engines.each(Suite::Gm, |provider| {
        let recipient = case.bytes("recipient_priv")?;
        let public = must("public key", provider.public_key(&case.bytes("recipient_pub")?))?;
        let key = KeyMaterial::new(KeyAlgorithm::Sm2, recipient.into(), Some(public));
        let key = must("recipient", key.and_then(|key| provider.decryption_key(&key)))?;
        let answer = sm2_enveloped_key::open(provider, key.as_ref(), &case.bytes("enveloped")?);
        case.implied(&["priv", "pub"]);
        case.judge(answer, |key| {
            same("private value", key.scalar().expose(), &case.bytes("priv")?)?;
            let public = key.public().ok_or("opened without public key")?;
            same("public key", public.point(), &case.bytes("pub")?)
        })
    })
}
