// SPDX-License-Identifier: Apache-2.0
//! What is in a file: PEM, DER or text of a known kind, or bytes that have to be tried.

use crate::coding;
use crate::key::{self, AskPassword, KeyFile};
use crate::point::{self, Point};
use crate::rules::{self, Rule};
use crate::{Input, Role};
use bccsp::encoding::{key_envelope, pem};
use bccsp::{Providers, SecretBytes, Suite};
use pki::asn1::{Reader, tag};
use pki::{Certificate, Crl, CsrResponse, Request};

/// One object in a file.
#[derive(Debug)]
pub(crate) enum Object {
    Private(KeyFile),
    Public(PublicFile),
    Certificate(Certificate),
    Request(Request),
    Crl,
    /// A message, and whether it came as BER.
    Message(Box<cms::Content>, bool),
    /// A PKCS#12 bag, as it was.
    Bag(Vec<u8>),
    /// An escrowed key, as it was.
    Escrowed(Vec<u8>),
    /// Bytes that are a signature, a ciphertext or a message.
    Bytes(Vec<u8>),
    /// Something that claims to be an object and breaks a rule, in words.
    Broken(String, &'static Rule),
}

/// A public key: every point it may be, or why it is none.
#[derive(Debug)]
pub(crate) struct PublicFile {
    pub(crate) points: Vec<Point>,
    pub(crate) wrong: Option<&'static Rule>,
    pub(crate) beware: Vec<&'static Rule>,
}

/// The objects of a file, most often one.
pub(crate) fn read(
    providers: &Providers,
    input: &Input<'_>,
    password: AskPassword<'_>,
) -> Vec<Object> {
    let bytes = input.bytes;
    match input.role {
        Some(Role::Message | Role::Signature | Role::Ciphertext) => {
            return vec![Object::Bytes(bytes.to_vec())];
        }
        Some(Role::Key) => return vec![any_key(providers, input, password)],
        None => {}
    }
    if pem::is_pem(bytes) {
        return from_pem(providers, input, password);
    }
    if is_envelope(bytes) {
        return vec![Object::Escrowed(bytes.to_vec())];
    }
    let decoded = coding::decode_text(bytes).map(SecretBytes::new);
    for der in [Some(bytes), decoded.as_ref().map(SecretBytes::expose)].into_iter().flatten() {
        let objects = from_der(providers, input.name, der, password);
        if !objects.is_empty() {
            return objects;
        }
    }
    if is_point(providers, bytes) {
        return vec![Object::Public(public_point(providers, Suite::Gm, bytes))];
    }
    let small = input.name.to_ascii_lowercase();
    let key_like = ["key", "priv", "_sk", "secret"].iter().any(|word| small.contains(word));
    if key_like && let Some(file) = key::bare(providers, Suite::Gm, bytes) {
        return vec![Object::Private(file)];
    }
    vec![Object::Bytes(bytes.to_vec())]
}

/// A file of which somebody said that it is a key.
fn any_key(providers: &Providers, input: &Input<'_>, password: AskPassword<'_>) -> Object {
    let bytes = input.bytes;
    if pem::is_pem(bytes) {
        let first = from_pem(providers, input, password).into_iter().next();
        return first.unwrap_or(unreadable());
    }
    let first = |der: &[u8]| from_der(providers, input.name, der, password).into_iter().next();
    if let Some(object) = first(bytes) {
        return object;
    }
    if let Some(file) = key::bare(providers, Suite::Gm, bytes) {
        return Object::Private(file);
    }
    if let Some(decoded) = coding::decode_text(bytes).map(SecretBytes::new)
        && let Some(object) = first(decoded.expose())
    {
        return object;
    }
    Object::Public(public_point(providers, Suite::Gm, bytes))
}

/// Text of CFCA with its header. Without one, it looks like any other base64.
fn is_envelope(bytes: &[u8]) -> bool {
    let header = bytes.get(..80).unwrap_or_default();
    !header.is_empty() && header.iter().all(u8::is_ascii_digit) && key_envelope::is_text(bytes)
}

fn unreadable() -> Object {
    Object::Broken("a PEM file without an object".to_owned(), &rules::UNREADABLE)
}

fn from_pem(providers: &Providers, input: &Input<'_>, password: AskPassword<'_>) -> Vec<Object> {
    let blocks = match pem::decode_all(input.bytes) {
        Ok(blocks) => blocks,
        Err(bccsp::Error::Unsupported(_)) => {
            let what = "private key under a password, old PEM encryption".to_owned();
            let rules = vec![&rules::KEY_LEGACY];
            return vec![Object::Private(KeyFile { what, rules, ..KeyFile::default() })];
        }
        Err(error) => return vec![Object::Broken(error.to_string(), &rules::UNREADABLE)],
    };
    let mut all = Vec::new();
    for block in blocks.iter().filter(|block| !block.label().ends_with("PARAMETERS")) {
        let objects = from_der(providers, input.name, block.der(), password);
        if objects.is_empty() {
            all.push(broken(block.label(), block.der()));
        }
        all.extend(objects);
    }
    all
}

/// A PEM object that is not what its label says.
fn broken(label: &str, der: &[u8]) -> Object {
    let why = match label {
        "CERTIFICATE" => Certificate::from_der(der).err().map(|error| error.to_string()),
        "CERTIFICATE REQUEST" => Request::from_der(der).err().map(|error| error.to_string()),
        "X509 CRL" => Crl::from_der(der).err().map(|error| error.to_string()),
        _ => None,
    };
    let what = why.unwrap_or_else(|| format!("`{label}` that is not known here"));
    Object::Broken(what, &rules::UNREADABLE)
}

/// What some DER is; what a CA sent is several things, and what is not known is none.
fn from_der(
    providers: &Providers,
    name: &str,
    der: &[u8],
    password: AskPassword<'_>,
) -> Vec<Object> {
    if let Ok(CsrResponse { sign, envelope, encrypt }) = CsrResponse::from_der(der) {
        let certificates = sign.into_iter().chain(encrypt).map(Object::Certificate);
        return certificates.chain(envelope.map(Object::Escrowed)).collect();
    }
    one_from_der(providers, name, der, password).into_iter().collect()
}

fn one_from_der(
    providers: &Providers,
    name: &str,
    der: &[u8],
    password: AskPassword<'_>,
) -> Option<Object> {
    if let Ok(certificate) = Certificate::from_der(der) {
        return Some(Object::Certificate(certificate));
    }
    if let Ok(request) = Request::from_der(der) {
        return Some(Object::Request(request));
    }
    if Crl::from_der(der).is_ok() {
        return Some(Object::Crl);
    }
    if let Some(public) = subject_public_key(providers, der) {
        return Some(Object::Public(public));
    }
    if let Some(file) = key::from_der(providers, name, der, password) {
        return Some(Object::Private(file));
    }
    crate::message::from_der(der)
}

/// SubjectPublicKeyInfo whose point may be anything.
fn subject_public_key(providers: &Providers, der: &[u8]) -> Option<PublicFile> {
    let mut outer = Reader::whole(der, tag::SEQUENCE, "public key", "encoding").ok()?;
    let mut algorithm = outer.enter(tag::SEQUENCE, "algorithm").ok()?;
    let id = algorithm.oid("algorithm").ok()?.to_string();
    let curve = algorithm.oid("parameters").ok().map(|curve| curve.to_string());
    let bits = outer.bit_string("subjectPublicKey").ok()?;
    outer.finish("encoding").ok()?;
    let suite = key::suite_of(&id).or(curve.as_deref().and_then(key::suite_of))?;
    let mut file = public_point(providers, suite, bits.bytes);
    if key::suite_of(&id).is_some() {
        file.beware.push(&rules::KEY_ALGORITHM);
    }
    Some(file)
}

/// A public key that is a bare point, or should be one.
pub(crate) fn public_point(providers: &Providers, suite: Suite, bytes: &[u8]) -> PublicFile {
    let points = point::read(providers, suite, bytes);
    let wrong = points.is_empty().then(|| point::why_not(suite, bytes));
    PublicFile { points, wrong, beware: Vec::new() }
}

/// Whether bytes without a label are a public key: a point of either curve, in bytes or text, whole
/// or with zeros lost. The chance that something else is a point is one half by the curve alone, so
/// a compressed one must be text or have a role.
fn is_point(providers: &Providers, bytes: &[u8]) -> bool {
    let decoded = coding::decode_text(bytes);
    let point = decoded.as_deref().unwrap_or(bytes);
    if (122..=130).contains(&bytes.len()) && bytes.starts_with(b"04") {
        return !point::read(providers, Suite::Gm, bytes).is_empty();
    }
    match point {
        [4, ..] if (62..=65).contains(&point.len()) => {
            !point::read(providers, Suite::Gm, point).is_empty()
        }
        [6 | 7, ..] if point.len() == 65 => !point::read(providers, Suite::Gm, point).is_empty(),
        [2 | 3, ..] if point.len() == 33 && decoded.is_some() => true,
        // x ‖ y is on the curve by accident with a chance of 2⁻²⁵⁶.
        _ if point.len() == 64 => !point::read(providers, Suite::Gm, point).is_empty(),
        _ => false,
    }
}
