// SPDX-License-Identifier: Apache-2.0
//! Private keys in whatever container: taken in if it can be done, with the rules that are broken.

use crate::coding;
use crate::curve::Curve;
use crate::number::Number;
use crate::point;
use crate::protection;
use crate::rules::{self, Rule};
use bccsp::encoding::{pbes2, private_key};
use bccsp::{Error, KeyMaterial, Providers, SecretBytes, Suite};
use pki::asn1::{Reader, tag};

/// A private key file.
#[derive(Debug, Default)]
pub(crate) struct KeyFile {
    /// What it is, in words.
    pub(crate) what: String,
    /// The key, if it could be taken in.
    pub(crate) material: Option<KeyMaterial>,
    /// Rules that it breaks.
    pub(crate) rules: Vec<&'static Rule>,
    /// What some programs do not take.
    pub(crate) beware: Vec<&'static Rule>,
}

/// Where the password of a file comes from, by the file's name; `None` when there is none.
pub type AskPassword<'a> = &'a dyn Fn(&str) -> Option<SecretBytes>;

/// Reads one object of a PEM file, or the DER of one. `None` when it is no private key.
pub(crate) fn from_der(
    providers: &Providers,
    name: &str,
    der: &[u8],
    password: AskPassword<'_>,
) -> Option<KeyFile> {
    if let Some(protection) = protection::read(der) {
        return Some(protected(providers, name, der, protection, password));
    }
    let (container, parts) = parts(der)?;
    let mut file = KeyFile { what: container.to_owned(), ..KeyFile::default() };
    if container == SEC1 {
        file.beware.push(&rules::KEY_ENVELOPE);
    }
    if container == PKCS8 && !(parts.inner_curve && parts.public.is_some()) {
        file.beware.push(&rules::KEY_INNER);
    }
    if parts.named_by_curve {
        file.beware.push(&rules::KEY_ALGORITHM);
    }
    let read = private_key::decode(providers, der, &private_key::no_password);
    match read {
        Ok(material) => take_in(providers, &mut file, material),
        Err(_) => repair(providers, &mut file, &parts),
    }
    Some(file)
}

fn protected(
    providers: &Providers,
    name: &str,
    der: &[u8],
    protection: protection::Protection,
    password: AskPassword<'_>,
) -> KeyFile {
    let protection::Protection { what, rules, beware } = protection;
    let mut file = KeyFile {
        what: format!("private key under a password, {what}"),
        material: None,
        rules,
        beware,
    };
    let Some(secret) = password(name) else { return file };
    // The number of rounds is bounded by the reader.
    let plain = match pbes2::decrypt(providers, der, secret.expose()) {
        Ok(plain) => plain,
        Err(Error::Refused) => {
            file.rules.push(&rules::PASSWORD);
            return file;
        }
        Err(_) => return file,
    };
    let Some(inside) = from_der(providers, name, plain.expose(), &|_| None) else {
        crate::verify::merge(&mut file.rules, &[&rules::PASSWORD]);
        return file;
    };
    file.what = format!("{}; inside, {}", file.what, inside.what);
    file.material = inside.material;
    crate::verify::merge(&mut file.rules, &inside.rules);
    crate::verify::merge(&mut file.beware, &inside.beware);
    file
}

/// Gives the key to its provider, which checks its range and its public key.
fn take_in(providers: &Providers, file: &mut KeyFile, material: KeyMaterial) {
    if providers.signing_key(&material).is_ok() {
        file.what = format!("{}, {}", file.what, material.algorithm());
        file.material = Some(material);
        return;
    }
    let alone = alone(&material);
    match alone {
        Some(alone) if providers.signing_key(&alone).is_ok() => {
            file.rules.push(&rules::KEY_PUBLIC);
            file.material = Some(alone);
        }
        _ => file.rules.push(&rules::KEY_RANGE),
    }
}

fn alone(material: &KeyMaterial) -> Option<KeyMaterial> {
    let scalar = SecretBytes::copy_from(material.scalar().expose());
    KeyMaterial::new(material.algorithm(), scalar, None).ok()
}

/// A key whose container is wrong: its private value may still be found in it.
fn repair(providers: &Providers, file: &mut KeyFile, parts: &Parts<'_>) {
    let value = parts.value;
    let start = value.iter().position(|byte| *byte != 0).unwrap_or(value.len());
    let digits = value.get(start..).unwrap_or_default();
    if digits.len() > 32 || digits.is_empty() {
        file.rules.push(&rules::KEY_RANGE);
        return;
    }
    let short: &'static Rule = &rules::KEY_SHORT;
    let rule = if value.len() == 32 { &rules::KEY_MALFORMED } else { short };
    file.rules.push(rule);
    let padded =
        SecretBytes::new([&vec![0; 32_usize.saturating_sub(digits.len())], digits].concat());
    for suite in [parts.suite, Some(Suite::Gm), Some(Suite::Nist)].into_iter().flatten() {
        let scalar = SecretBytes::copy_from(padded.expose());
        let Ok(material) = KeyMaterial::new(suite.key_algorithm(), scalar, None) else { continue };
        let Ok(key) = providers.signing_key(&material) else { continue };
        let own = key.verifying_key().public_key();
        let fits = parts.public.is_none_or(|public| public == own.point());
        if fits {
            if parts.suite.is_some_and(|named| named != suite) {
                file.rules.push(&rules::CURVE_OTHER);
            }
            file.material = Some(material);
            return;
        }
    }
    let elsewhere = parts
        .public
        .zip(parts.suite)
        .is_some_and(|(public, suite)| point::read(providers, suite, public).is_empty());
    file.rules.push(if elsewhere { &rules::POINT_OFF } else { &rules::KEY_PUBLIC });
}

const SEC1: &str = "private key, EC PRIVATE KEY (RFC 5915)";
const PKCS8: &str = "private key, PKCS#8";

/// What can be found in a private key, however wrong it is.
#[derive(Default)]
struct Parts<'a> {
    value: &'a [u8],
    public: Option<&'a [u8]>,
    suite: Option<Suite>,
    /// The algorithm is the curve itself.
    named_by_curve: bool,
    /// The curve is named inside, too.
    inner_curve: bool,
}

fn parts(der: &[u8]) -> Option<(&'static str, Parts<'_>)> {
    let mut outer = Reader::new(der, "private key").enter(tag::SEQUENCE, "encoding").ok()?;
    outer.integer("version").ok()?;
    let mut parts = Parts::default();
    match outer.peek()? {
        tag::OCTET_STRING => {
            ec_key(outer, &mut parts);
            Some((SEC1, parts))
        }
        tag::SEQUENCE => {
            let mut algorithm = outer.enter(tag::SEQUENCE, "algorithm").ok()?;
            let id = algorithm.oid("algorithm").ok()?.to_string();
            let curve = algorithm.oid("parameters").ok().map(|curve| curve.to_string());
            parts.named_by_curve = suite_of(&id).is_some();
            parts.suite = suite_of(&id).or(curve.as_deref().and_then(suite_of));
            let inner = outer.take(tag::OCTET_STRING, "privateKey").ok()?.value;
            let mut inner =
                Reader::new(inner, "private key").enter(tag::SEQUENCE, "privateKey").ok()?;
            inner.integer("version").ok()?;
            ec_key(inner, &mut parts);
            Some((PKCS8, parts))
        }
        _ => None,
    }
}

/// `ECPrivateKey` behind its version.
fn ec_key<'a>(mut reader: Reader<'a>, parts: &mut Parts<'a>) {
    if let Ok(value) = reader.take(tag::OCTET_STRING, "privateKey") {
        parts.value = value.value;
    }
    if let Ok(Some(tlv)) = reader.optional(tag::constructed(0), "parameters")
        && let Ok(curve) = reader.inside(tlv).oid("parameters")
    {
        parts.suite = parts.suite.or(suite_of(&curve.to_string()));
        parts.inner_curve = true;
    }
    if let Ok(Some(tlv)) = reader.optional(tag::constructed(1), "publicKey")
        && let Ok(bits) = reader.inside(tlv).bit_string("publicKey")
    {
        parts.public = Some(bits.bytes);
    }
}

/// The family of a curve.
pub(crate) fn suite_of(curve: &str) -> Option<Suite> {
    match curve {
        "1.2.156.10197.1.301" => Some(Suite::Gm),
        "1.2.840.10045.3.1.7" => Some(Suite::Nist),
        _ => None,
    }
}

/// A private key as a bare number: hex text of 62 to 64 digits, as scripts pass it about.
pub(crate) fn bare(providers: &Providers, suite: Suite, bytes: &[u8]) -> Option<KeyFile> {
    let text = core::str::from_utf8(bytes).ok()?.trim();
    if !(61..=66).contains(&text.len()) || !text.chars().all(|c| c.is_ascii_hexdigit()) {
        return None;
    }
    let digits = coding::decode_text(bytes).or(coding::decode_odd_hex(bytes))?;
    let digits = SecretBytes::new(digits);
    let digits = digits.expose();
    let start = digits.iter().position(|byte| *byte != 0)?;
    let number = digits.get(start..).filter(|number| number.len() <= 32)?;
    let mut rules = vec![&rules::KEY_TEXT];
    if digits.len() != 32 {
        rules.push(&rules::KEY_SHORT);
    }
    if !Number::from_be(number).below(Curve::of(suite).order().0) {
        return None;
    }
    let padded = [&vec![0; 32_usize.saturating_sub(number.len())], number].concat();
    let material = KeyMaterial::new(suite.key_algorithm(), SecretBytes::new(padded), None).ok()?;
    providers.signing_key(&material).ok()?;
    let what = "private key, a bare number".to_owned();
    Some(KeyFile { what, material: Some(material), rules, beware: Vec::new() })
}
