// SPDX-License-Identifier: Apache-2.0
//! Certificates: read, shown, read again, and judged as their own root.
#![no_main]

use gmca_fuzz::providers;
use libfuzzer_sys::fuzz_target;
use pki::path::{self, CrlCheck, Policy};
use pki::{Certificate, summary, text};

fuzz_target!(|bytes: &[u8]| {
    let _ = Certificate::all_from_pem(bytes);
    let Ok(certificate) = Certificate::from_pem_or_der(bytes) else { return };
    let again = Certificate::from_pem_or_der(certificate.to_pem().as_bytes());
    assert_eq!(again.as_ref().ok(), Some(&certificate));
    assert!(!text::certificate(&certificate).is_empty());
    let _ = summary::CertificateSummary::from(&certificate);
    let _ = (certificate.serial_hex(), certificate.key_id(providers()));
    let verifier =
        path::Verifier::new(providers(), [certificate.clone()], [certificate.clone()], []);
    for policy in Policy::ALL {
        let mut options = path::Options::at(certificate.not_before().timestamp());
        options.policy = policy;
        options.crls = CrlCheck::All;
        let _ = verifier.verify(&certificate, &options);
    }
});
