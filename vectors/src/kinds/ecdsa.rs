// SPDX-License-Identifier: Apache-2.0
//! ECDSA P-256: answers are compared up to s ↦ n − s, because ours are always low-S.

use crate::case::{Case, Outcome, must, same};
use crate::engines::Engines;
use bccsp::encoding::signature::RawSignature;
use bccsp::{Context, KeyAlgorithm, KeyMaterial, Provider, SecretBytes, Suite};

type Answer = Result<Outcome, String>;

pub(crate) fn check(case: &Case<'_>, engines: &Engines) -> Answer {
    if case.opt_text("hash")?.unwrap_or("sha256") != "sha256" {
        return Ok(Outcome::Skip("ECDSA with another hash"));
    }
    let check = match case.kind() {
        "sign_deterministic" | "sign_fixed_k" => sign,
        "verify" => verify,
        "public_key_validation" => public_key,
        "keypair" => key_pair,
        other => return Err(format!("no checks for type `{other}`")),
    };
    engines.each(Suite::Nist, |provider| check(case, provider))
}

fn sign(case: &Case<'_>, provider: &dyn Provider) -> Answer {
    let message = case.bytes("msg")?;
    let public = must("public key", provider.public_key(&case.bytes("pub")?))?;
    let key = KeyMaterial::new(KeyAlgorithm::EcP256, case.bytes("priv")?.into(), Some(public));
    let key = must("private key", key)?;
    let own = must("private key", provider.signing_key(&key))?;
    let made = must("sign", own.sign(Context::Fabric, &[&message]))?;
    must("verify own", own.verifying_key().verify(Context::Fabric, &[&message], made.as_ref()))?;
    if let Some(hazmat) = provider.hazmat() {
        let digest = hazmat.message_digest(&public, Context::X509, &[&message]);
        let k = SecretBytes::new(case.bytes("k")?);
        match hazmat.sign_digest(&key, &must("digest", digest)?, &k) {
            Err(bccsp::Error::Unsupported(_)) => {}
            made => {
                let made = RawSignature::from_der(must("sign", made)?.as_ref());
                let raw = must("DER form", made)?.to_raw();
                same("r", &raw[..32], &case.bytes("r")?)?;
                same("s", &raw[32..], &low_s(case.array32("s")?))?;
            }
        }
    }
    case.implied(&["k"]);
    verify(case, provider)
}

fn verify(case: &Case<'_>, provider: &dyn Provider) -> Answer {
    let der = case.bytes("sig_der")?;
    let raw = [case.bytes("r")?, case.bytes("s")?].concat();
    if let Ok(parsed) = RawSignature::from_der(&der) {
        same("r and s", parsed.as_bytes(), &raw)?;
    }
    let (point, message) = (case.bytes("pub")?, case.bytes("msg")?);
    let verdict = provider
        .public_key(&point)
        .and_then(|key| provider.verifying_key(&key))
        .and_then(|key| key.verify(Context::X509, &[&message], &der));
    case.judge(verdict, |()| Ok(()))
}

fn public_key(case: &Case<'_>, provider: &dyn Provider) -> Answer {
    let point = case.bytes("pub")?;
    let answer = provider.public_key(&point).and_then(|key| provider.verifying_key(&key));
    case.judge(answer, |key| same("point", key.public_key().point(), &point))
}

fn key_pair(case: &Case<'_>, provider: &dyn Provider) -> Answer {
    let key = KeyMaterial::new(KeyAlgorithm::EcP256, case.bytes("priv")?.into(), None);
    let answer = key.and_then(|key| provider.signing_key(&key));
    case.judge(answer, |key| {
        same("public key", key.verifying_key().public_key().point(), &case.bytes("pub")?)
    })
}

/// The order of P-256 (FIPS 186-5, SP 800-186 section 3.2.1.3), big-endian.
const N: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The smaller of s and n − s.
fn low_s(s: [u8; 32]) -> [u8; 32] {
    let mut other = [0; 32];
    let mut borrow = 0;
    for i in (0..32).rev() {
        let difference = i16::from(N[i]) - i16::from(s[i]) - borrow;
        borrow = i16::from(difference < 0);
        other[i] = difference.rem_euclid(256) as u8;
    }
    s.min(other)
}
