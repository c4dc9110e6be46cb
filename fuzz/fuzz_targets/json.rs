// SPDX-License-Identifier: Apache-2.0
//! Messages as JSON: what is printed can be read again and goes back; foreign JSON is encoded or
//! refused.
#![no_main]

use gmca_fuzz::check_line;
use libfuzzer_sys::fuzz_target;
use proto::json::{self, Layers, Value};

/// The first byte chooses.
const MESSAGES: [&str; 8] = [
    "common.Block",
    "common.Envelope",
    "common.Config",
    "common.ConfigUpdateEnvelope",
    "common.SignaturePolicyEnvelope",
    "protos.SignedProposal",
    "protos.ProposalResponse",
    "rwset.TxReadWriteSet",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((first, bytes)) = bytes.split_first() else { return };
    let message = MESSAGES[usize::from(*first) % MESSAGES.len()];
    for layers in [Layers::Fabric, Layers::All] {
        match json::decode_layers(message, bytes, layers) {
            Ok(value) => goes_back(message, &value, layers),
            Err(error) => check_line(&error),
        }
    }
    let Some(value) = std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok()) else {
        return;
    };
    match json::encode(message, &value) {
        Ok(bytes) => {
            let value = json::decode_layers(message, &bytes, Layers::All);
            goes_back(message, &value.expect("written here"), Layers::All);
        }
        Err(error) => check_line(&error),
    }
});

fn goes_back(message: &str, value: &Value, layers: Layers) {
    for (at, why) in json::unreadable(value) {
        assert!(
            !at.contains(char::is_control) && !why.contains(char::is_control),
            "{at:?} {why:?}"
        );
    }
    let value: Value = value.to_string().parse().expect("no deeper than readers go");
    let bytes = json::encode(message, &value).expect("what was printed");
    let again = json::decode_layers(message, &bytes, layers).expect("written here");
    assert!(again == value, "{again} is not {value}");
    assert_eq!(json::encode(message, &again).as_deref(), Ok(&bytes[..]));
}
