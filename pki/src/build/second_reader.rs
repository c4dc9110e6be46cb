// SPDX-License-Identifier: Apache-2.0
//! Another reader of certificates, `x509-cert`, held against ours on everything we make.
//!
//! A certificate that two readers understand differently is how names and rights get smuggled
//! past a check. Whatever a builder makes must read the same in both, byte for byte.

use crate::{Certificate, Error};
use der::{Decode, Encode};

/// Compares what both readers see.
///
/// # Errors
/// [`Error::Build`] when the other one refuses it, or sees another field anywhere.
pub(super) fn check(certificate: &Certificate) -> Result<(), Error> {
    let differs = |why| Error::Build { object: "certificate", why };
    let refused = |_| differs("a second reader (x509-cert) refuses it");
    let other = x509_cert::Certificate::from_der(certificate.as_der()).map_err(refused)?;
    let tbs = other.tbs_certificate();
    let bytes = |encoded: der::Result<Vec<u8>>| encoded.map_err(refused);
    let same = bytes(tbs.to_der())? == certificate.tbs()
        && bytes(tbs.subject().to_der())? == certificate.subject().as_der()
        && bytes(tbs.issuer().to_der())? == certificate.issuer().as_der()
        && bytes(tbs.subject_public_key_info().to_der())? == certificate.public_key_info().as_der()
        && tbs.serial_number().as_bytes() == certificate.serial()
        && other.signature().as_bytes() == Some(certificate.signature())
        && same_extensions(tbs.extensions(), certificate);
    if same { Ok(()) } else { Err(differs("a second reader (x509-cert) reads it otherwise")) }
}

fn same_extensions(other: Option<&x509_cert::ext::Extensions>, own: &Certificate) -> bool {
    let other = other.map(Vec::as_slice).unwrap_or_default();
    other.len() == own.extensions().len()
        && other.iter().zip(own.extensions()).all(|(a, b)| {
            a.extn_id == b.id && a.critical == b.critical && a.extn_value.as_bytes() == b.value
        })
}
