// SPDX-License-Identifier: Apache-2.0
//! Private keys under the password `password`; inputs that ask for many rounds are passed over.
#![no_main]

use bccsp::SecretBytes;
use bccsp::encoding::private_key;
use gmca_fuzz::providers;
use libfuzzer_sys::fuzz_target;

/// id-PBKDF2 (RFC 8018 appendix C) with tag and length.
const PBKDF2: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c";

fuzz_target!(|bytes: &[u8]| {
    if rounds(bytes).is_some_and(|rounds| rounds > 100) {
        return;
    }
    let password = || Ok(SecretBytes::copy_from(b"password"));
    if let Ok(key) = private_key::decode(providers(), bytes, &password) {
        let _ = providers().signing_key(&key);
    }
});

/// The number of rounds in DER: it stands behind the salt, both in short form.
fn rounds(der: &[u8]) -> Option<u64> {
    let at = der.windows(PBKDF2.len()).position(|window| window == PBKDF2)?;
    let rest = der.get(at + PBKDF2.len()..)?;
    let [0x30, _, 0x04, salt, rest @ ..] = rest else { return None };
    let [0x02, length, rest @ ..] = rest.get(usize::from(*salt)..)? else { return None };
    let digits = rest.get(..usize::from(*length))?;
    Some(
        digits
            .iter()
            .fold(0_u64, |n, digit| n.saturating_mul(256).saturating_add(u64::from(*digit))),
    )
}
