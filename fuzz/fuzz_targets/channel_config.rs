// SPDX-License-Identifier: Apache-2.0
//! Configurations of channels: read whole, written so that they read the same, and compared with
//! Fabric's own.
#![no_main]

use channel::{Channel, Error, update, wire};
use gmca_fuzz::{check_line, fabric_config, providers};
use libfuzzer_sys::fuzz_target;
use proto::common::Config;
use proto::prost::Message;

fuzz_target!(|bytes: &[u8]| {
    let Ok(config) = Config::decode(bytes) else { return };
    let written = wire::config(config.clone());
    assert_eq!(Config::decode(written).as_ref(), Ok(&config));
    let itself = update::compute(&config, &config, "ch");
    assert!(matches!(itself, Err(Error::NoChange | Error::Malformed { .. })));
    if let Err(error) = update::compute(fabric_config(), &config, "ch") {
        check_line(&error);
    }
    match Channel::new(providers(), "ch", config) {
        Ok(channel) => {
            let _ = channel.orderer_endpoints();
            channel.hash().expect("both are compiled in");
            let again = Channel::new(providers(), "ch", channel.config().clone());
            assert_eq!(again.expect("it was read").config(), channel.config());
        }
        Err(error) => check_line(&error),
    }
});
