// SPDX-License-Identifier: Apache-2.0
//! Revocation lists: read, shown, read again, and every entry found.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pki::{Crl, summary, text};

fuzz_target!(|bytes: &[u8]| {
    let _ = Crl::all_from_pem(bytes);
    let Ok(crl) = Crl::from_pem_or_der(bytes) else { return };
    let again = Crl::from_pem_or_der(crl.to_pem().as_bytes());
    assert_eq!(again.as_ref().ok(), Some(&crl));
    assert!(!text::crl(&crl).is_empty());
    let _ = summary::CrlSummary::from(&crl);
    for entry in crl.entries() {
        assert!(crl.find(entry.serial()).is_some());
        let _ = (entry.reason(), entry.serial_hex());
    }
});
