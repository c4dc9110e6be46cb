// SPDX-License-Identifier: Apache-2.0
//! OCSP answers: read, and relied on by a path check that has one, whatever they say.
#![no_main]

use bccsp::{EngineChoice, Providers, Suite};
use libfuzzer_sys::fuzz_target;
use pki::path::{CrlCheck, Options, Verifier};
use pki::{Certificate, OcspResponse};
use std::sync::LazyLock;

static PROVIDERS: LazyLock<Providers> =
    LazyLock::new(|| Providers::new(Suite::Gm, EngineChoice::Auto).expect("both families"));

fuzz_target!(|bytes: &[u8]| {
    let Ok(answer) = OcspResponse::from_der(bytes) else { return };
    for one in answer.statuses() {
        let _ = (one.serial_hex(), one.status(), one.next_update());
    }
    let sent: Vec<Certificate> = answer.certificates().to_vec();
    let Some(leaf) = sent.first() else { return };
    let verifier =
        Verifier::new(&PROVIDERS, sent.clone(), sent.clone(), []).with_ocsp([answer.clone()]);
    let mut options = Options::at(answer.produced_at().timestamp());
    options.crls = CrlCheck::All;
    let _ = verifier.verify(leaf, &options);
});
