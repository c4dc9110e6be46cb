// SPDX-License-Identifier: Apache-2.0
//! Builders: put certificates, requests and CRLs together and sign them.
//!
//! They write what they are told, so that other programs' results can be reproduced; what a
//! certificate should hold is the business of the `ca` crate. Only what cannot be written, or what
//! every reader would refuse, is an error here.

mod certificate;
mod crl;
mod request;
mod second_reader;
mod to_be_signed;

pub use certificate::CertificateBuilder;
pub use crl::{CrlBuilder, RevokedEntry};
pub use request::RequestBuilder;
pub use to_be_signed::ToBeSigned;

use crate::Error;
use crate::asn1::{tag, write};
use crate::extension::Extension;

/// A serial number as RFC 5280 section 4.1.2.2 wants it: positive, at most 20 octets.
fn serial_to_der(serial: &[u8], object: &'static str) -> Result<Vec<u8>, Error> {
    let start = serial.iter().position(|byte| *byte != 0);
    let digits = start.and_then(|start| serial.get(start..)).unwrap_or_default();
    let sign = usize::from(digits.first().is_some_and(|byte| *byte >= 0x80));
    if digits.is_empty() {
        return Err(Error::Build { object, why: "the serial number is zero" });
    }
    if digits.len().saturating_add(sign) > 20 {
        return Err(Error::Build { object, why: "the serial number is longer than 20 octets" });
    }
    Ok(write::unsigned(tag::INTEGER, digits))
}

/// No extension may occur twice (RFC 5280 section 4.2).
fn check_unique(extensions: &[Extension], object: &'static str) -> Result<(), Error> {
    let mut ids: Vec<_> = extensions.iter().map(|extension| extension.id).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() == extensions.len() {
        return Ok(());
    }
    Err(Error::Build { object, why: "an extension occurs twice" })
}
