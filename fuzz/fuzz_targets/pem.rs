// SPDX-License-Identifier: Apache-2.0
//! PEM: every object that is read is written and read again.
#![no_main]

use bccsp::encoding::pem;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(blocks) = pem::decode_all(bytes) else { return };
    assert!(pem::is_pem(bytes));
    for block in blocks {
        let text = pem::encode(block.label(), block.der());
        let again = pem::decode_first(text.as_bytes(), block.label()).expect("our own PEM");
        assert_eq!(again.der(), block.der());
    }
});
