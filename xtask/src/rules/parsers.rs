// SPDX-License-Identifier: Apache-2.0
//! Parsers of foreign bytes never panic: they deny the lints under which they could.

use crate::Finding;
use crate::source::mask;
use crate::tree::Tree;

/// Files whose modules, and all modules below them, parse foreign bytes.
pub const PARSERS: &[&str] = &[
    "bccsp/src/config.rs",
    "bccsp/src/encoding/mod.rs",
    "block/src/lib.rs",
    "ca/src/escrow/approval.rs",
    "ca/src/openssl_conf/mod.rs",
    "ca/src/profile/mod.rs",
    "chaincode/src/lib.rs",
    "channel/src/lib.rs",
    "cms/src/lib.rs",
    "consensus/src/batch.rs",
    "consensus/src/raft/elements.rs",
    "consensus/src/raft/encoding.rs",
    "consensus/src/raft/fields.rs",
    "consensus/src/raft/messages.rs",
    "consensus/src/wal/mod.rs",
    "doctor/src/lib.rs",
    "ledger/src/lib.rs",
    "msp/src/lib.rs",
    "node/src/intake/mod.rs",
    "orderer/src/lib.rs",
    "package/src/lib.rs",
    "peer/src/lib.rs",
    "pki/src/lib.rs",
    "proto/src/json/mod.rs",
];

/// What they deny. `#![cfg_attr(not(test), deny(…))]` is as good.
pub const LINTS: &[&str] = &[
    "clippy::unwrap_used",
    "clippy::indexing_slicing",
    "clippy::panic",
    "clippy::arithmetic_side_effects",
];

/// Finds parsers that are gone or do not deny a lint.
#[must_use]
pub fn check(tree: &Tree, parsers: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for path in parsers {
        let Some(text) = tree.get(path) else {
            findings.push(Finding::new(path, 0, "is listed in parsers.rs and not here"));
            continue;
        };
        let denied = denied(text);
        let missing = LINTS.iter().filter(|lint| !denied.iter().any(|d| d == *lint));
        findings.extend(missing.map(|lint| {
            Finding::new(path, 0, format!("parses foreign bytes and does not deny `{lint}`"))
        }));
    }
    findings
}

/// The lints that inner attributes of a file deny or forbid.
fn denied(text: &str) -> Vec<String> {
    let code: String = mask(text).split_whitespace().collect();
    let mut lints = Vec::new();
    for word in ["deny(", "forbid("] {
        for attribute in code.split("#![").skip(1) {
            let attribute = attribute.split(']').next().unwrap_or_default();
            let is_test_only = attribute.starts_with("cfg_attr(test");
            let listed = attribute.split_once(word).filter(|_| !is_test_only);
            let listed = listed.and_then(|(_, rest)| rest.split(')').next()).unwrap_or_default();
            lints.extend(listed.split(',').map(str::to_owned));
        }
    }
    lints
}
