// SPDX-License-Identifier: Apache-2.0
//! Certification requests: read, shown, read again, and their proof of possession judged.
#![no_main]

use gmca_fuzz::providers;
use libfuzzer_sys::fuzz_target;
use pki::{Request, summary, text};

fuzz_target!(|bytes: &[u8]| {
    let Ok(request) = Request::from_pem_or_der(bytes) else { return };
    let again = Request::from_pem_or_der(request.to_pem().as_bytes());
    assert_eq!(again.as_ref().ok(), Some(&request));
    assert!(!text::request(&request).is_empty());
    let _ = summary::RequestSummary::from(&request);
    let _ = request.verify(providers());
    let _ = (request.challenge_password(), request.temporary_key(providers()));
});
