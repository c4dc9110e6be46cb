// SPDX-License-Identifier: Apache-2.0
//! One file of checks for each kind of vector file.

mod agreement;
mod cipher;
mod digest;
mod ecdsa;
mod key_files;
pub(crate) mod ledger;
mod sm2_cipher;
mod sm2_hostile;
mod sm2_signature;
mod tls13;
pub(crate) mod wycheproof;
mod x509;

use crate::case::{Case, Outcome};
use crate::engines::Engines;

/// Checks one case on every engine.
pub(crate) type Check = fn(&Case<'_>, &Engines) -> Result<Outcome, String>;

/// The checks for a file, by what it says its `algorithm` is.
pub(crate) fn of(algorithm: &str) -> Option<Check> {
    // The text in front of the first bracket or comma is what the files are known by.
    let table: [(&str, Check); 15] = [
        ("PKCS#10", x509::request),
        ("ECDSA P-256 with SHA-256", ecdsa::check),
        ("PKCS#8 private keys", key_files::pkcs8),
        ("TLS 1.3 with SM4-GCM/CCM", tls13::check),
        ("SHA-256", digest::sha256),
        ("SM2 signature verification, public key decoding, decryption", sm2_hostile::check),
        ("SM2 public key encryption", sm2_cipher::check),
        ("SM2EnvelopedKey", key_files::enveloped),
        ("SM2 key exchange (GB/T 32918.3)", agreement::check),
        ("SM2 digital signature", sm2_signature::check),
        ("SM3, HMAC-SM3", digest::sm3),
        ("SM4 block cipher and modes", cipher::check),
        ("TLCP PRF", tls13::tlcp),
        ("X.509 path validation", x509::chain),
        ("X.509 / PKCS#10 / CRL / private keys", x509::object),
    ];
    table.into_iter().find(|(prefix, _)| algorithm.starts_with(prefix)).map(|(_, check)| check)
}
