// SPDX-License-Identifier: Apache-2.0
//! Objects as text for people, laid out as `openssl x509 -text` and its sisters do.
//!
//! Names are in UTF-8, and extensions that are not known are shown in hex. For machines there is
//! [`summary`](crate::summary).

mod extension;
mod hex;

pub use extension::extension_lines;
pub(crate) use extension::{general_name, ip_address};

use crate::certificate::negate;
use crate::extension::{Extensions, GeneralName};
use crate::{AlgorithmId, Certificate, Crl, PublicKeyInfo, Request, oid};
use hex::{colons, push_hex};

/// A name as OpenSSL shows alternative names: `DNS:a.b`, `IP Address:10.0.0.1`.
#[must_use]
pub fn name(name: &GeneralName) -> String {
    general_name(name)
}

/// As `openssl x509 -text -noout`.
#[must_use]
pub fn certificate(certificate: &Certificate) -> String {
    let mut out = Page::default();
    out.line(0, "Certificate:");
    out.line(4, "Data:");
    let version = certificate.version();
    out.line(8, &format!("Version: {version} (0x{:x})", version.saturating_sub(1)));
    out.serial(certificate.serial());
    let inner = certificate.inner_signature_algorithm().name();
    out.line(8, &format!("Signature Algorithm: {inner}"));
    out.line(8, &format!("Issuer: {}", certificate.issuer().oneline()));
    out.line(8, "Validity");
    out.line(12, &format!("Not Before: {}", certificate.not_before().openssl()));
    out.line(12, &format!("Not After : {}", certificate.not_after().openssl()));
    out.line(8, &format!("Subject: {}", certificate.subject().oneline()));
    out.public_key(certificate.public_key_info());
    if !certificate.extensions().is_empty() {
        out.line(8, "X509v3 extensions:");
        out.extensions(12, certificate.extensions());
    }
    out.signature(certificate.signature_algorithm(), certificate.signature());
    out.0
}

/// As `openssl req -text -noout`.
#[must_use]
pub fn request(request: &Request) -> String {
    let mut out = Page::default();
    out.line(0, "Certificate Request:");
    out.line(4, "Data:");
    let version = request.version();
    out.line(8, &format!("Version: {version} (0x{:x})", version.saturating_sub(1)));
    out.line(8, &format!("Subject: {}", request.subject().oneline()));
    out.public_key(request.public_key_info());
    out.line(8, "Attributes:");
    if request.attributes().is_empty() {
        out.line(12, "(none)");
    }
    for attribute in request.attributes() {
        if matches!(attribute.id, oid::EXTENSION_REQUEST | oid::MS_EXTENSION_REQUEST) {
            out.line(12, "Requested Extensions:");
            out.extensions(16, request.extensions());
            continue;
        }
        let value = attribute.text().unwrap_or_else(|| colons(&attribute.values.concat()));
        out.line(12, &format!("{:<25}:{}", oid::title(attribute.id), visible(&value)));
    }
    out.signature(request.signature_algorithm(), request.signature());
    out.0
}

/// As `openssl crl -text -noout`.
#[must_use]
pub fn crl(crl: &Crl) -> String {
    let mut out = Page::default();
    out.line(0, "Certificate Revocation List (CRL):");
    let version = crl.version();
    out.line(8, &format!("Version {version} (0x{:x})", version.saturating_sub(1)));
    let inner = crl.inner_signature_algorithm().name();
    out.line(8, &format!("Signature Algorithm: {inner}"));
    out.line(8, &format!("Issuer: {}", crl.issuer().oneline()));
    out.line(8, &format!("Last Update: {}", crl.this_update().openssl()));
    let next = crl.next_update().map_or_else(|| "NONE".to_owned(), crate::Time::openssl);
    out.line(8, &format!("Next Update: {next}"));
    if !crl.extensions().is_empty() {
        out.line(8, "CRL extensions:");
        out.extensions(12, crl.extensions());
    }
    out.revoked(crl);
    out.signature(crl.signature_algorithm(), crl.signature());
    out.0
}

/// Control characters of foreign text never reach a terminal.
pub(crate) fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '.' } else { c }).collect()
}

/// Text in the making.
#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, indent: usize, text: &str) {
        self.0.extend(std::iter::repeat_n(' ', indent));
        self.0.push_str(text);
        self.0.push('\n');
    }

    /// Small numbers in decimal and hex, long ones as bytes.
    fn serial(&mut self, serial: &[u8]) {
        let negative = serial.first().is_some_and(|byte| *byte >= 0x80);
        let digits = if negative { negate(serial) } else { serial.to_vec() };
        let start = digits.iter().position(|byte| *byte != 0).unwrap_or(digits.len());
        let digits = digits.get(start..).unwrap_or_default();
        let small = digits.iter().fold(0u64, |sum, byte| (sum << 8) | u64::from(*byte));
        if digits.len() > 8 || small > i64::MAX.unsigned_abs() {
            self.line(8, "Serial Number:");
            let sign = if negative { " (Negative)" } else { "" };
            self.line(12, &format!("{sign}{}", colons(digits).to_lowercase()));
            return;
        }
        let sign = if negative { "-" } else { "" };
        self.line(8, &format!("Serial Number: {sign}{small} ({sign}0x{small:x})"));
    }

    fn public_key(&mut self, info: &PublicKeyInfo) {
        self.line(8, "Subject Public Key Info:");
        let known = info.key_algorithm();
        let id = info.algorithm().id();
        let curve = info.algorithm().named_curve();
        let algorithm = match oid::known_curve(id) {
            // A curve in the place of the algorithm has no better name than the curve's.
            Some((name, _)) => name.to_owned(),
            None => oid::algorithm_name(&id),
        };
        self.line(12, &format!("Public Key Algorithm: {algorithm}"));
        match known {
            Some(_) => self.line(16, "Public-Key: (256 bit)"),
            None => self.line(16, "Public-Key:"),
        }
        self.line(16, "pub:");
        push_hex(&mut self.0, 20, 15, info.key_bytes());
        let Some(named) = curve.or(known.map(|_| id)) else {
            return;
        };
        let text = named.to_string();
        let (name, nist) = oid::known_curve(named).unwrap_or((&text, None));
        self.line(16, &format!("ASN1 OID: {name}"));
        if let Some(nist) = nist {
            self.line(16, &format!("NIST CURVE: {nist}"));
        }
    }

    fn extensions(&mut self, indent: usize, extensions: &Extensions) {
        for extension in extensions {
            let critical = if extension.critical { "critical" } else { "" };
            self.line(indent, &format!("{}: {critical}", oid::title(extension.id)));
            for line in extension_lines(extension) {
                self.line(indent.saturating_add(4), &line);
            }
        }
    }

    fn revoked(&mut self, crl: &Crl) {
        if crl.entries().is_empty() {
            self.line(0, "No Revoked Certificates.");
            return;
        }
        self.line(0, "Revoked Certificates:");
        for entry in crl.entries() {
            let serial = entry.serial_hex().to_uppercase();
            let pad = if serial.len().is_multiple_of(2) { "" } else { "0" };
            self.line(4, &format!("Serial Number: {pad}{serial}"));
            self.line(8, &format!("Revocation Date: {}", entry.date().openssl()));
            if !entry.extensions().is_empty() {
                self.line(8, "CRL entry extensions:");
                self.extensions(12, entry.extensions());
            }
        }
    }

    fn signature(&mut self, algorithm: &AlgorithmId, signature: &[u8]) {
        self.line(4, &format!("Signature Algorithm: {}", algorithm.name()));
        self.line(4, "Signature Value:");
        push_hex(&mut self.0, 8, 18, signature);
    }
}
