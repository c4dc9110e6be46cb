// SPDX-License-Identifier: Apache-2.0
//! Distinguished names: as text in both forms and as DER; what is printed is read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pki::Name;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(name) = Name::from_der(bytes) {
        let _ = (name.to_string(), name.oneline(), name.common_name().map(str::len));
        assert!(name.is_within(&name) && name.is_within(&Name::empty()));
    }
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    let Ok(name) = Name::parse(text) else { return };
    assert_eq!(Name::from_der(name.as_der()).ok().as_ref(), Some(&name));
    // A value given as DER may be one that is not taken as text, such as a country of one letter.
    let printed = name.to_string();
    if let Ok(again) = Name::parse(&printed) {
        assert_eq!(again, name, "{printed:?}");
    }
});
