// SPDX-License-Identifier: Apache-2.0
//! `orderer.yaml` and `core.yaml`: a text before both, alone and under the environment.
#![no_main]

use gmca_fuzz::check_line;
use libfuzzer_sys::fuzz_target;
use node::config::{OrdererConfig, PeerConfig};
use std::path::Path;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let name = Path::new("/x/node.yaml");
    // The first line may be a variable: its name, and what it is set to.
    let first = text.lines().next().unwrap_or_default().trim_start_matches(['#', ' ']);
    let variable = first.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    for environment in [&[][..], variable.as_slice()] {
        match OrdererConfig::parse(text, name, environment) {
            Ok(config) => assert!(!config.msp_id.is_empty(), "{config:?}"),
            Err(error) => check_line(&error),
        }
        match PeerConfig::parse(text, name, environment) {
            Ok(config) => {
                assert!(!config.msp_id.is_empty(), "{config:?}");
                assert!(config.tls.is_some() || !config.listen.starts_with("0.0.0.0"));
            }
            Err(error) => check_line(&error),
        }
    }
});
