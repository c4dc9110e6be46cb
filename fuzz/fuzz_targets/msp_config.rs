// SPDX-License-Identifier: Apache-2.0
//! Definitions of MSPs in a channel's configuration, and every certificate in one judged by it.
#![no_main]

use gmca_fuzz::providers;
use libfuzzer_sys::fuzz_target;
use msp::{Definition, Manager, SerializedIdentity};
use std::time::Duration;
use sys::Timestamp;

fuzz_target!(|bytes: &[u8]| {
    let definition = match Definition::from_proto(bytes, providers()) {
        Ok(definition) => definition,
        Err(error) => {
            // Foreign text must not make lines of its own.
            assert!(!error.to_string().contains(char::is_control), "{error:?}");
            return;
        }
    };
    let again = Definition::from_proto(&definition.to_proto(), providers()).expect("it was read");
    assert_eq!(again, definition);
    let (now, ever) = (Timestamp(1_780_000_000), Duration::from_secs(u64::MAX));
    let all = definition.ending(now, ever).expect("it was read");
    let id = definition.id().to_owned();
    let manager = Manager::new(providers(), [definition]).expect("it was read");
    for one in all {
        let serialized = SerializedIdentity::new(id.as_str(), &one.certificate).encode();
        if let Ok(identity) = manager.identity(&serialized) {
            assert_eq!(identity.verdict().is_yes(), !identity.certifiers().is_empty());
        }
    }
});
