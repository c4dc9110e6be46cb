// SPDX-License-Identifier: Apache-2.0
//! Configuration of the border.
#![no_main]

use bccsp::config::Config;
use gmca_fuzz::variable;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    if let Err(error) = Config::parse(text, "x.yaml", &variable) {
        assert!(!error.to_string().contains(char::is_control), "{error:?}");
    }
});
