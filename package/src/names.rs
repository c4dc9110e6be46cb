// SPDX-License-Identifier: Apache-2.0
//! How labels, chaincodes and versions may be called.

/// Whether a package may have this label: `^[[:alnum:]][[:alnum:]_.+-]*$`.
#[must_use]
pub fn is_label(label: &str) -> bool {
    label.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric) && is_version(label)
}

/// Whether a chaincode may have this version: `^[A-Za-z0-9_.+-]+$`.
#[must_use]
pub fn is_version(version: &str) -> bool {
    let is_letter = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'.' | b'+' | b'-');
    !version.is_empty() && version.bytes().all(is_letter)
}

/// Whether a chaincode may have this name: `^[a-zA-Z0-9]+([-_][a-zA-Z0-9]+)*$`.
#[must_use]
pub fn is_name(name: &str) -> bool {
    name.split(['-', '_'])
        .all(|part| !part.is_empty() && part.bytes().all(|c| c.is_ascii_alphanumeric()))
}
