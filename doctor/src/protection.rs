// SPDX-License-Identifier: Apache-2.0
//! Private keys under a password: what protects them, and who opens that.

use crate::rules::{self, Rule};
use pki::Error;
use pki::asn1::{Reader, tag};

/// What protects a key, as far as the file says.
#[derive(Debug, Default)]
pub(crate) struct Protection {
    /// In words.
    pub(crate) what: String,
    /// Rules that it breaks.
    pub(crate) rules: Vec<&'static Rule>,
    /// What some programs do not take.
    pub(crate) beware: Vec<&'static Rule>,
}

/// Reads the front of an EncryptedPrivateKeyInfo (RFC 5958 section 3); `None` when it is none.
pub(crate) fn read(der: &[u8]) -> Option<Protection> {
    let mut outer = Reader::whole(der, tag::SEQUENCE, OBJECT, "encoding").ok()?;
    let mut algorithm = outer.enter(tag::SEQUENCE, "encryptionAlgorithm").ok()?;
    outer.take(tag::OCTET_STRING, "encryptedData").ok()?;
    outer.finish("encoding").ok()?;
    let id = algorithm.oid("encryptionAlgorithm").ok()?.to_string();
    if id != PBES2 {
        let what = format!("password protection {}", named(&id));
        let rules = vec![&rules::PROTECTION_SCHEME];
        return Some(Protection { what, rules, ..Protection::default() });
    }
    // What the parameters of PBES2 break is a finding about the key, not a reason to stay silent.
    Some(parameters(&mut algorithm).unwrap_or_else(|_| Protection {
        what: "PBES2 with parameters that cannot be read".to_owned(),
        rules: vec![&rules::KEY_MALFORMED],
        ..Protection::default()
    }))
}

const OBJECT: &str = "encrypted private key";

fn parameters(algorithm: &mut Reader<'_>) -> Result<Protection, Error> {
    let mut both = algorithm.enter(tag::SEQUENCE, "parameters")?;
    let mut kdf = both.enter(tag::SEQUENCE, "keyDerivationFunc")?;
    let mut cipher = both.enter(tag::SEQUENCE, "encryptionScheme")?;
    let kdf_id = kdf.oid("keyDerivationFunc")?.to_string();
    let cipher_id = cipher.oid("encryptionScheme")?.to_string();
    let mut out = Protection::default();
    if kdf_id != PBKDF2 || !CIPHERS.contains(&cipher_id.as_str()) {
        out.rules.push(&rules::PROTECTION_SCHEME);
        out.what = format!("PBES2: {}, {}", named(&kdf_id), named(&cipher_id));
        return Ok(out);
    }
    let mut values = kdf.enter(tag::SEQUENCE, "parameters")?;
    values.any("salt")?;
    let rounds = values.number("iterationCount")?;
    values.optional(tag::INTEGER, "keyLength")?;
    let (prf, null) = prf(&mut values)?;
    out.what =
        format!("PBES2: PBKDF2 with {}, {rounds} rounds, {}", named(&prf), named(&cipher_id));
    let gm = [HMAC, HMAC_OLD].contains(&prf.as_str());
    if prf == HMAC_OLD {
        out.rules.push(&rules::PROTECTION_PRF);
    }
    if gm && null {
        out.rules.push(&rules::PROTECTION_PRF_NULL);
    }
    if rounds > bccsp::encoding::pbes2::MAX_ITERATIONS || rounds == 0 || (gm && rounds < 10_000) {
        out.rules.push(&rules::PROTECTION_ROUNDS);
    }
    let for_gmssl = gm && cipher_id == GM_CBC;
    out.beware.push(if for_gmssl { &rules::PROTECTION_GM } else { &rules::PROTECTION_NOT_GM });
    if cipher_id == GM_CBC {
        out.beware.push(&rules::PROTECTION_CIPHER);
    }
    Ok(out)
}

/// The function under PBKDF2, and whether it has NULL parameters.
fn prf(values: &mut Reader<'_>) -> Result<(String, bool), Error> {
    // RFC 8018 appendix A.2: hmacWithSHA1 is the default.
    let Some(tlv) = values.optional(tag::SEQUENCE, "prf")? else {
        return Ok((HMAC_DEFAULT.to_owned(), false));
    };
    let mut inside = values.inside(tlv);
    Ok((inside.oid("prf")?.to_string(), !inside.is_empty()))
}

/// The name people know an identifier by.
pub(crate) fn named(id: &str) -> String {
    let known = NAMES.iter().find(|(known, _)| *known == id);
    known.map_or_else(|| id.to_owned(), |(id, name)| format!("{name} ({id})"))
}

const PBES2: &str = "1.2.840.113549.1.5.13";
const PBKDF2: &str = "1.2.840.113549.1.5.12";
const GM_CBC: &str = "1.2.156.10197.1.104.2";
const HMAC: &str = "1.2.156.10197.1.401.2";
const HMAC_OLD: &str = "1.2.156.10197.1.401.3.1";
const HMAC_DEFAULT: &str = "1.2.840.113549.2.7";
const CIPHERS: &[&str] = &[GM_CBC, "2.16.840.1.101.3.4.1.2", "2.16.840.1.101.3.4.1.42"];
const NAMES: &[(&str, &str)] = &[
    (GM_CBC, "SM4-CBC"),
    ("1.2.156.10197.1.104", "SM4 without a mode"),
    (HMAC, "HMAC-SM3"),
    (HMAC_OLD, "HMAC-SM3"),
    (HMAC_DEFAULT, "HMAC-SHA1"),
    ("1.2.840.113549.2.9", "HMAC-SHA256"),
    ("1.2.840.113549.2.10", "HMAC-SHA384"),
    ("1.2.840.113549.2.11", "HMAC-SHA512"),
    ("2.16.840.1.101.3.4.1.2", "AES-128-CBC"),
    ("2.16.840.1.101.3.4.1.22", "AES-192-CBC"),
    ("2.16.840.1.101.3.4.1.42", "AES-256-CBC"),
    ("1.2.840.113549.3.7", "3DES-CBC"),
    (PBKDF2, "PBKDF2"),
    ("1.2.156.10197.6.1.4.1.5.2", "PBES of GM/T 0091"),
    ("1.2.156.10197.6.4.1.5.2", "PBES of GM/T 0091"),
    ("1.3.6.1.4.1.11591.4.11", "scrypt"),
    ("1.2.840.113549.1.5.3", "PBES1 with MD5 and DES"),
    ("1.2.840.113549.1.12.1.3", "PKCS#12 with SHA-1 and 3DES"),
    ("1.2.840.113549.1.12.1.6", "PKCS#12 with SHA-1 and RC2"),
];
