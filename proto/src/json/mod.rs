// SPDX-License-Identifier: Apache-2.0
//! Messages as JSON in the form of Fabric's `configtxlator`, and back.
//!
//! Names are those of the `.proto` files, sorted; 64-bit integers are strings, `bytes` are base64,
//! enums are names, times are RFC 3339. Fields that are not set are printed with their defaults
//! (a message: `null`). `bytes` that hold another message are opened, by type, by the fields beside
//! them or by their place in the configuration tree; an empty one is `null`.
//!
//! ```
//! use gmca_proto::{common, json, prost::Message};
//!
//! let header = common::LastConfig { index: 7 }.encode_to_vec();
//! let value = json::decode("common.LastConfig", &header)?;
//! assert_eq!(value.to_string(), r#"{"index":"7"}"#);
//! assert_eq!(json::encode("common.LastConfig", &value)?, header);
//! # Ok::<(), json::Error>(())
//! ```
//!
//! `configtxlator` stops at a layer that it cannot open. Here the rest stays visible: bytes of a
//! kind nobody knows are base64, and bytes that are not the message they should be are
//! `{"@bytes": base64, "@error": why}`. Fields that a message is not defined to have, which
//! `configtxlator` hides, are `"@unknown": base64`. [`encode`] takes all of these, and base64 in
//! the place of any layer, so whatever [`decode`] printed goes back.
//!
//! What goes back is a fresh encoding: fields in the order of their numbers, maps in the order of
//! their keys. Bytes that were written otherwise (Fabric's maps have no order) come back as an equal
//! message, and no longer as the bytes somebody signed.
//!
//! Not here: whether anything in it is true (`gmnode inspect`).
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

mod error;
mod layers;
mod read;
mod scalar;
mod time;
mod write;

pub use error::Error;
pub use serde_json::Value;

use error::At;
use prost_reflect::{DescriptorPool, MessageDescriptor};
use std::sync::LazyLock;

/// Which `bytes` fields are opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layers {
    /// Those that `configtxlator` opens.
    Fabric,
    /// Also those that it leaves closed: proposals and responses, endorsers, hashed read/write
    /// sets, the metadata of blocks.
    All,
}

/// Prints a message, `common.Block` for example, as `configtxlator proto_decode` does.
///
/// # Errors
/// [`Error::UnknownMessage`]; [`Error::Bytes`] when the outermost layer cannot be read;
/// [`Error::TooLarge`].
pub fn decode(message: &str, bytes: &[u8]) -> Result<Value, Error> {
    decode_layers(message, bytes, Layers::Fabric)
}

/// The same with a choice of what is opened.
///
/// # Errors
/// As [`decode`].
pub fn decode_layers(message: &str, bytes: &[u8], layers: Layers) -> Result<Value, Error> {
    read::decode(&descriptor(message)?, bytes, layers)
}

/// The bytes of a message from its JSON. Fields that are missing or `null` are not set.
///
/// # Errors
/// [`Error::UnknownMessage`]; [`Error::Json`] with the place that does not fit.
pub fn encode(message: &str, value: &Value) -> Result<Vec<u8>, Error> {
    write::encode(&descriptor(message)?, value)
}

/// The layers that could not be opened in what [`decode`] printed: where, and why.
#[must_use]
pub fn unreadable(value: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(value, &At::ROOT, &mut found);
    found
}

fn collect(value: &Value, at: &At<'_>, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            if let Some(why) = fields.get(ERROR_MARK).and_then(Value::as_str) {
                found.push((at.to_string(), why.to_owned()));
            }
            for (name, value) in fields {
                collect(value, &at.field(name), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                collect(value, &at.index(index), found);
            }
        }
        _ => {}
    }
}

fn descriptor(message: &str) -> Result<MessageDescriptor, Error> {
    let name = message.strip_prefix('.').unwrap_or(message);
    let found = POOL.as_ref().and_then(|pool| pool.get_message_by_name(name));
    found.ok_or_else(|| Error::UnknownMessage(name.to_owned()))
}

/// `None` only if the build wrote no descriptors.
static POOL: LazyLock<Option<DescriptorPool>> =
    LazyLock::new(|| DescriptorPool::decode(crate::DESCRIPTORS).ok());

/// In the place of a layer that cannot be opened: its bytes, base64.
const BYTES_MARK: &str = "@bytes";
/// Beside it: why.
const ERROR_MARK: &str = "@error";

/// In a message: its fields that nobody knows, base64.
const UNKNOWN_MARK: &str = "@unknown";

/// How deep objects and lists may nest, printed and read. Readers of JSON stop at 128.
const MAX_DEPTH: usize = 120;
/// How many values are printed: a hundred for each of 40,000 transactions. It bounds what a small
/// file of empty messages can grow into.
const MAX_VALUES: usize = 4_000_000;
