// SPDX-License-Identifier: Apache-2.0
//! Block modes and authenticated encryption.

use crate::case::{Case, Outcome, must, same};
use crate::engines::Engines;
use bccsp::{AeadMode, CipherMode, Error, Provider, Suite};

type Answer = Result<Outcome, String>;

pub(crate) fn check(case: &Case<'_>, engines: &Engines) -> Answer {
    let mode = match case.kind() {
        "ecb" => CipherMode::Ecb,
        "ecb_iterated" => return engines.each(Suite::Gm, |provider| ecb_iterated(case, provider)),
        "cbc" => CipherMode::Cbc,
        "cbc_pkcs7" => CipherMode::CbcPkcs7,
        "cfb" => CipherMode::Cfb,
        "ofb" => CipherMode::Ofb,
        "ctr" => CipherMode::Ctr,
        "xts_gb" => CipherMode::XtsGb,
        "xts_ieee" => CipherMode::XtsIeee,
        "gcm" => return engines.each(Suite::Gm, |provider| sealed(case, provider, AeadMode::Gcm)),
        "ccm" => return engines.each(Suite::Gm, |provider| sealed(case, provider, AeadMode::Ccm)),
        other => return Err(format!("no checks for mode `{other}`")),
    };
    engines.each(Suite::Gm, |provider| {
        let texts = Texts::of(case, "pt", "ct")?;
        block_mode(case, provider, mode, &texts)
    })
}

/// Key, IV, plaintext and ciphertext of a case.
pub(super) struct Texts {
    key: Vec<u8>,
    iv: Vec<u8>,
    plain: Vec<u8>,
    cipher: Vec<u8>,
}

impl Texts {
    pub(super) fn of(case: &Case<'_>, plain: &str, cipher: &str) -> Result<Self, String> {
        let (key, iv) = (case.bytes("key")?, case.bytes("iv")?);
        Ok(Self { key, iv, plain: case.bytes(plain)?, cipher: case.bytes(cipher)? })
    }
}

/// Encrypts to the ciphertext and decrypts to the plaintext, or refuses to decrypt.
pub(super) fn block_mode(
    case: &Case<'_>,
    provider: &dyn Provider,
    mode: CipherMode,
    texts: &Texts,
) -> Answer {
    let cipher = match provider.cipher(mode, &texts.key) {
        Err(Error::Unsupported(what)) => return Ok(Outcome::Skip(what)),
        other => must("cipher", other)?,
    };
    if case.valid()? {
        let encrypted = must("encrypt", cipher.encrypt(&texts.iv, &texts.plain))?;
        same("ciphertext", &encrypted, &texts.cipher)?;
    }
    let decrypted = cipher.decrypt(&texts.iv, &texts.cipher);
    case.judge(decrypted, |plain| same("plaintext", &plain, &texts.plain))
}

fn ecb_iterated(case: &Case<'_>, provider: &dyn Provider) -> Answer {
    let texts = Texts::of(case, "pt", "ct")?;
    let cipher = must("cipher", provider.cipher(CipherMode::Ecb, &texts.key))?;
    let mut block = texts.plain;
    for _ in 0..case.number("iterations")? {
        block = must("encrypt", cipher.encrypt(&texts.iv, &block))?;
    }
    same("ciphertext", &block, &texts.cipher)?;
    case.valid().map(|_| Outcome::Pass)
}

fn sealed(case: &Case<'_>, provider: &dyn Provider, mode: AeadMode) -> Answer {
    let texts = Texts::of(case, "pt", "ct")?;
    aead(case, provider, mode, &texts, &case.bytes("aad")?, &case.bytes("tag")?)
}

/// Seals to ciphertext and tag and opens them, or refuses to open; with the caller's nonce, and
/// through the ordinary interface where the lengths are its.
pub(super) fn aead(
    case: &Case<'_>,
    provider: &dyn Provider,
    mode: AeadMode,
    texts: &Texts,
    aad: &[u8],
    tag: &[u8],
) -> Answer {
    let hazmat = provider.hazmat().ok_or("no hazardous operations")?;
    let sealed = [texts.cipher.as_slice(), tag].concat();
    let aead = match hazmat.nonce_aead(mode, &texts.key, texts.iv.len(), tag.len()) {
        Err(Error::Unsupported(what)) if case.valid()? => return Ok(Outcome::Skip(what)),
        Err(error) if case.valid()? => return Err(error.to_string()),
        // A length that nobody offers cannot be accepted either.
        Err(_) => return Ok(Outcome::Pass),
        Ok(aead) => aead,
    };
    if case.valid()? {
        let made = must("seal", aead.seal(&texts.iv, aad, &texts.plain))?;
        same("ciphertext and tag", &made, &sealed)?;
    }
    if texts.iv.len() == 12 && tag.len() == 16 {
        let ordinary = must("aead", provider.aead(mode, &texts.key))?;
        let opened = ordinary.open(aad, &[texts.iv.as_slice(), &sealed].concat());
        case.judge(opened, |plain| same("plaintext", &plain, &texts.plain))?;
    }
    case.judge(aead.open(&texts.iv, aad, &sealed), |plain| same("plaintext", &plain, &texts.plain))
}
