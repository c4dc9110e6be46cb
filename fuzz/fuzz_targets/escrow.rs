// SPDX-License-Identifier: Apache-2.0
//! What travels with escrowed keys: requests and approvals of a recovery, answers to requests for
//! a pair, and CFCA's text.
#![no_main]

use bccsp::encoding::{cfca, key_envelope};
use bccsp::{DecryptionKey, Suite};
use ca::escrow::{Approval, RecoveryRequest};
use gmca_fuzz::providers;
use libfuzzer_sys::fuzz_target;
use pki::CsrResponse;
use std::sync::{Arc, LazyLock};

static OWNER: LazyLock<Arc<dyn DecryptionKey>> =
    LazyLock::new(|| providers().get(Suite::Gm).unwrap().generate_decryption_key().unwrap());

fuzz_target!(|bytes: &[u8]| {
    if let Ok(request) = RecoveryRequest::from_json(bytes) {
        assert!(!request.describe().contains(char::is_control));
        let _ = request.recipient(providers());
    }
    if let Ok(approval) = Approval::from_json(bytes) {
        let again = approval.to_json().unwrap();
        assert!(Approval::from_json(&again).is_ok());
    }
    if let Ok(response) = CsrResponse::from_der(bytes) {
        assert_eq!(
            CsrResponse::from_der(&response.to_der()).ok().map(|r| r.sign.len()),
            Some(response.sign.len())
        );
    }
    let gm = providers().get(Suite::Gm).unwrap();
    let _ = cfca::is_text(bytes);
    let _ = key_envelope::open(&**gm, &**OWNER, bytes);
});
