// SPDX-License-Identifier: Apache-2.0
//! SM3 by the crate `gm` against other implementations, at every level of this processor: the bytes choose
//! a check of `gm/examples/differential/` and its case.
#![no_main]

#[path = "../../gm/examples/differential/checks/mod.rs"]
mod checks;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let mine = || checks::ALL.iter().filter(|check| check.name.starts_with("sm3-"));
    if let Some(check) = mine().nth(usize::from(*first) % mine().count()) {
        checks::run(check, 0, 0, rest);
    }
});
