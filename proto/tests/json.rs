// SPDX-License-Identifier: Apache-2.0
//! JSON held against what Fabric's `configtxlator` printed for the same bytes, both ways.
#![cfg(feature = "json")]
#![allow(clippy::disallowed_methods)] // tests touch the real disk

use gmca_proto::common;
use gmca_proto::json::{self, Layers, Value};
use gmca_proto::prost::Message;
use serde_json::json;
use std::path::PathBuf;

fn file(path: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../vectors/data/fabric").join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn reference(path: &str) -> Value {
    serde_json::from_slice(&file(path)).unwrap()
}

/// Bytes, their message, what Fabric printed.
fn references() -> Vec<(String, &'static str, String)> {
    let mut all = vec![
        ("config/before.config".into(), "common.Config", "config/before.json".into()),
        ("config/after.config".into(), "common.Config", "config/after.json".into()),
        ("config/update.config_update".into(), "common.ConfigUpdate", "config/update.json".into()),
        (
            "config/config-update-block.block".into(),
            "common.Block",
            "config/config-update-block.json".into(),
        ),
    ];
    for from in ["orderer", "peer"] {
        for number in 0..=5 {
            let name = format!("blocks/{from}/{number}");
            all.push((format!("{name}.block"), "common.Block", format!("{name}.json")));
        }
    }
    all
}

#[test]
fn the_same_as_configtxlator() {
    for (bytes, message, printed) in references() {
        let value = json::decode(message, &file(&bytes)).unwrap();
        let reference = reference(&printed);
        assert!(value == reference, "{bytes}: {}", difference(&value, &reference));
        // In the same order, too: Fabric sorts names.
        assert_eq!(value.to_string(), reference.to_string(), "{bytes}");
        assert_eq!(json::unreadable(&value), [], "{bytes}");
    }
}

#[test]
fn back_to_the_same_bytes() {
    for (bytes, message, printed) in references() {
        let (bytes, name) = (file(&bytes), bytes);
        let from_reference = json::encode(message, &reference(&printed)).unwrap();
        assert_eq!(json::decode(message, &from_reference).unwrap(), reference(&printed), "{name}");
        assert_eq!(from_reference.len(), bytes.len(), "{name}");
        // Go writes maps in an order of the moment; ours are sorted. So these have the same
        // entries, in another order, and everything else is equal byte for byte.
        let mixed = ["config/before", "config/after", "config/config-update-block"];
        let mixed = mixed.iter().any(|start| name.starts_with(start)) || name.ends_with("/0.block");
        assert_eq!(from_reference != bytes, mixed, "{name}");
        for layers in [Layers::Fabric, Layers::All] {
            let printed = json::decode_layers(message, &bytes, layers).unwrap();
            assert!(
                json::encode(message, &printed).unwrap() == from_reference,
                "{name} {layers:?}"
            );
        }
    }
}

#[test]
fn what_is_missing_is_not_set() {
    let short = reference("config/update-envelope.json");
    assert_eq!(json::encode("common.Envelope", &short).unwrap(), file("config/update.envelope"));
}

#[test]
fn a_layer_that_cannot_be_opened_stays_as_bytes() {
    let bytes =
        common::Envelope { payload: "\u{1}x".into(), signature: "s".into() }.encode_to_vec();
    let value = json::decode("common.Envelope", &bytes).unwrap();
    assert_eq!(value["payload"]["@bytes"], "AXg=");
    assert_eq!(value["signature"], "cw==");
    let unreadable = json::unreadable(&value);
    assert_eq!(unreadable.len(), 1);
    assert_eq!(unreadable[0].0, "payload");
    assert!(unreadable[0].1.starts_with("not a common.Payload: "), "{unreadable:?}");
    assert_eq!(json::encode("common.Envelope", &value).unwrap(), bytes);
}

#[test]
fn a_layer_of_an_unknown_kind_is_base64() {
    let header = |kind| {
        let channel =
            common::ChannelHeader { r#type: kind, extension: "e".into(), ..Default::default() };
        let header =
            common::Header { channel_header: channel.encode_to_vec().into(), ..Default::default() };
        common::Payload { header: Some(header), data: "d".into() }.encode_to_vec()
    };
    for kind in [6, 77, -1] {
        let value = json::decode("common.Payload", &header(kind)).unwrap();
        assert_eq!(value["data"], "ZA==", "{kind}");
        assert_eq!(value["header"]["channel_header"]["extension"], "ZQ==", "{kind}");
        assert_eq!(json::encode("common.Payload", &value).unwrap(), header(kind), "{kind}");
    }
    // A value outside the tree, and one that nobody knows.
    let value = common::ConfigValue { value: "v".into(), ..Default::default() };
    assert_eq!(
        json::decode("common.ConfigValue", &value.encode_to_vec()).unwrap()["value"],
        "dg=="
    );
    let group =
        common::ConfigGroup { values: [("New".to_owned(), value)].into(), ..Default::default() };
    let config = common::Config { channel_group: Some(group), sequence: 1 }.encode_to_vec();
    let printed = json::decode("common.Config", &config).unwrap();
    assert_eq!(printed["channel_group"]["values"]["New"]["value"], "dg==");
    assert_eq!(json::encode("common.Config", &printed).unwrap(), config);
}

#[test]
fn all_layers_are_more_than_fabric_opens() {
    let block =
        json::decode_layers("common.Block", &file("blocks/peer/1.block"), Layers::All).unwrap();
    let slots = &block["metadata"]["metadata"];
    assert_eq!(slots[0]["value"]["last_config"]["index"], "0");
    assert_eq!(slots[0]["signatures"][0]["signature_header"]["creator"]["mspid"], "OrdMSP");
    assert_eq!(slots[1], Value::Null);
    assert_eq!(slots[2], "AA==");
    let action = &block["data"]["data"][0]["payload"]["data"]["actions"][0]["payload"]["action"];
    assert_eq!(action["endorsements"][0]["endorser"]["mspid"], "Org1MSP");
    let sets = &action["proposal_response_payload"]["extension"]["results"]["ns_rwset"];
    let hashed = &sets[0]["collection_hashed_rwset"][0]["hashed_rwset"];
    assert!(!hashed["hashed_writes"].as_array().unwrap().is_empty(), "{hashed}");
    assert_eq!(json::unreadable(&block), []);
}

#[test]
fn unknown_fields_are_shown_and_come_back() {
    let bytes = [&common::LastConfig { index: 7 }.encode_to_vec()[..], b"\x9a\x06\x01x"].concat();
    let value = json::decode("common.LastConfig", &bytes).unwrap();
    assert_eq!(value, json!({ "@unknown": "mgYBeA==", "index": "7" }));
    assert_eq!(json::encode("common.LastConfig", &value).unwrap(), bytes);
}

#[test]
fn times() {
    let header = |time| json!({ "timestamp": time });
    for (time, seconds, nanos) in [
        ("1970-01-01T00:00:00Z", 0, 0),
        ("2026-11-22T12:05:34.456Z", 1_795_349_134, 456_000_000),
        ("2026-11-22T12:05:34.000456Z", 1_795_349_134, 456_000),
        ("2026-11-22T12:05:34.000000456Z", 1_795_349_134, 456),
        ("0001-01-01T00:00:00Z", -62_135_596_800, 0),
        ("9999-12-31T23:59:59.999999999Z", 253_402_300_799, 999_999_999),
        ("1969-12-31T23:59:59.500Z", -1, 500_000_000),
    ] {
        let bytes = json::encode("common.ChannelHeader", &header(json!(time))).unwrap();
        let read = common::ChannelHeader::decode(&bytes[..]).unwrap().timestamp.unwrap();
        assert_eq!((read.seconds, read.nanos), (seconds, nanos), "{time}");
        assert_eq!(json::decode("common.ChannelHeader", &bytes).unwrap()["timestamp"], time);
    }
    // Those without a text are printed in parts and come back.
    for (seconds, nanos) in
        [(i64::MAX, 0), (i64::MIN, -5), (253_402_300_800, 0), (0, 1_000_000_000)]
    {
        let parts = json!({ "nanos": nanos, "seconds": seconds.to_string() });
        let bytes = json::encode("common.ChannelHeader", &header(parts.clone())).unwrap();
        assert_eq!(json::decode("common.ChannelHeader", &bytes).unwrap()["timestamp"], parts);
    }
    for wrong in [
        json!("yesterday"),
        json!(7),
        json!("2026-11-22"),
        json!("2026-13-22T12:05:34Z"),
        json!([]),
    ] {
        let error = json::encode("common.ChannelHeader", &header(wrong.clone())).unwrap_err();
        assert!(error.to_string().starts_with("timestamp: a time is wanted"), "{wrong}: {error}");
    }
}

#[test]
fn numbers_and_names() {
    let bytes = json::encode("common.BlockHeader", &json!({ "number": u64::MAX })).unwrap();
    let text = json!({ "number": u64::MAX.to_string() });
    assert_eq!(json::encode("common.BlockHeader", &text).unwrap(), bytes);
    assert_eq!(json::decode("common.BlockHeader", &bytes).unwrap()["number"], text["number"]);
    // Negative, unknown and zero enums; packed numbers; a zero inside a choice.
    for (message, value) in [
        ("protos.FilteredTransaction", json!({ "type": 99, "tx_validation_code": "BAD_RWSET" })),
        ("protos.Response", json!({ "status": -1 })),
        ("etcdraft.BlockMetadata", json!({ "consenter_ids": ["1", "300", "0"] })),
        ("common.SignaturePolicy", json!({ "signed_by": 0 })),
        ("lifecycle.StateData", json!({ "Int64": "-9" })),
        ("protos.BlockAndPrivateData", json!({ "private_data_map": { "2": null, "10": {} } })),
    ] {
        if message == "protos.BlockAndPrivateData" {
            let error = json::encode(message, &value).unwrap_err().to_string();
            assert_eq!(error, "private_data_map.2: a rwset.TxPvtReadWriteSet is wanted");
            continue;
        }
        let printed = json::decode(message, &json::encode(message, &value).unwrap()).unwrap();
        for (name, value) in value.as_object().unwrap() {
            assert_eq!(&printed[name], value, "{message}");
        }
    }
}

#[test]
fn what_does_not_fit_is_named() {
    for (message, value, words) in [
        ("common.Nothing", json!({}), "no message is called \"common.Nothing\""),
        ("common.Block", json!([]), "the message: a common.Block is wanted"),
        ("common.Block", json!({ "haeder": {} }), "the message: a common.Block has no \"haeder\""),
        (
            "common.Block",
            json!({ "header": { "number": "-1" } }),
            "header.number: a number is wanted",
        ),
        (
            "common.Block",
            json!({ "header": { "data_hash": "?" } }),
            "header.data_hash: bytes in base64",
        ),
        ("common.Block", json!({ "data": { "data": {} } }), "data.data: a list is wanted"),
        (
            "common.Block",
            json!({ "data": { "data": [null, { "payload": { "data": { "config": 1 } } }] } }),
            "data.data[1].payload.data: bytes in base64 are wanted: no message is known here",
        ),
        (
            "common.Block",
            json!({ "data": { "data": [{ "payload": { "header": { "channel_header": { "type": "x" } } } }] } }),
            "data.data[0].payload.header.channel_header.type: a number is wanted",
        ),
        (
            "common.SignaturePolicy",
            json!({ "signed_by": 0, "n_out_of": {} }),
            "only one of \"Type\"",
        ),
        ("common.MSPRole", json!({ "role": "KING" }), "role: \"KING\" is no MSPRoleType"),
        ("common.Envelope", json!({ "payload": { "@bytes": "", "data": "" } }), "payload: beside"),
    ] {
        let error = json::encode(message, &value).unwrap_err().to_string();
        assert!(error.contains(words), "{error} does not say {words}");
    }
    let error = json::decode("common.Block", b"\xff").unwrap_err().to_string();
    assert!(error.starts_with("not a common.Block: "), "{error}");
}

/// Each envelope holds the next: the type says so.
fn nested(levels: usize) -> Vec<u8> {
    let channel = common::ChannelHeader { r#type: 4, ..Default::default() }.encode_to_vec();
    let header = common::Header { channel_header: channel.into(), ..Default::default() };
    (0..levels).fold(Vec::new(), |inner, _| {
        let payload = common::Payload { header: Some(header.clone()), data: inner.into() };
        common::Envelope { payload: payload.encode_to_vec().into(), ..Default::default() }
            .encode_to_vec()
    })
}

#[test]
fn depth_is_bounded() {
    for levels in [10, 50, 70, 3000] {
        let bytes = nested(levels);
        let value = json::decode("common.Envelope", &bytes).unwrap();
        assert_eq!(json::unreadable(&value).len(), usize::from(levels > 60), "{levels}");
        // A reader of JSON can read it, and it comes back.
        let value: Value = serde_json::from_str(&value.to_string()).unwrap();
        assert_eq!(json::encode("common.Envelope", &value).unwrap(), bytes, "{levels}");
    }
    let deep = (0..5000).fold(json!({ "signed_by": 1 }), |inner, _| {
        let mut gate = serde_json::Map::new();
        gate.insert("rules".to_owned(), Value::Array(vec![inner]));
        Value::Object([("n_out_of".to_owned(), Value::Object(gate))].into_iter().collect())
    });
    let error = json::encode("common.SignaturePolicy", &deep).unwrap_err().to_string();
    assert!(error.ends_with("nested too deep"), "{error}");
    std::mem::forget(deep); // dropping it would recurse
}

#[test]
fn a_small_file_does_not_grow_without_bounds() {
    let signatures = [0x12, 0].repeat(2_000_000);
    assert_eq!(
        json::decode("common.ConfigUpdateEnvelope", &signatures),
        Err(json::Error::TooLarge)
    );
}

#[test]
fn changed_bytes_are_printed_or_refused_and_come_back() {
    let mut random = 88_172_645_463_325_252_u64;
    let mut next = move |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % below as u64).unwrap()
    };
    for (path, message) in [
        ("blocks/peer/2.block", "common.Block"),
        ("config/config-update-block.block", "common.Block"),
        ("config/after.config", "common.Config"),
    ] {
        let original = file(path);
        for _ in 0..200 {
            let mut bytes = original.clone();
            for _ in 0..=next(3) {
                let at = next(bytes.len());
                bytes[at] ^= 1 << next(8);
            }
            if next(4) == 0 {
                bytes.truncate(next(bytes.len()));
            }
            for layers in [Layers::Fabric, Layers::All] {
                let Ok(value) = json::decode_layers(message, &bytes, layers) else { continue };
                let back = json::encode(message, &value).unwrap();
                let again = json::decode_layers(message, &back, layers).unwrap();
                assert!(again == value, "{path}: {}", difference(&again, &value));
            }
        }
    }
}

/// Where two values differ first.
fn difference(a: &Value, b: &Value) -> String {
    match (a, b) {
        (Value::Object(left), Value::Object(right)) => {
            for (name, value) in left {
                match right.get(name) {
                    Some(other) if other == value => {}
                    Some(other) => return format!("{name}.{}", difference(value, other)),
                    None => return format!("{name} is too much"),
                }
            }
            let missing = right.keys().find(|name| !left.contains_key(*name));
            format!("{missing:?} is missing")
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            let index = (0..left.len()).find(|&i| left[i] != right[i]).unwrap();
            format!("[{index}].{}", difference(&left[index], &right[index]))
        }
        _ => format!(" {a} is not {b}"),
    }
}
