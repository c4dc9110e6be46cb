// SPDX-License-Identifier: Apache-2.0
//! Files of profiles; every profile that is taken is written down and taken again.
#![no_main]

use ca::Profiles;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    match Profiles::parse(text, "x.yaml") {
        Ok(profiles) => profiles.iter().for_each(|profile| drop(profile.to_yaml())),
        Err(error) => assert!(!error.to_string().contains(char::is_control), "{error:?}"),
    }
});
