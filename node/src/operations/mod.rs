// SPDX-License-Identifier: Apache-2.0
//! The operations service, as Fabric's: health, metrics, version, log level; and what is behind it.
//!
//! Not here: the socket ([`crate::http`]); who measures what (the services).

mod health;
pub mod logging;
pub mod metrics;
mod service;
#[cfg(test)]
mod tests;

use serde::Serialize;

pub use health::{Check, Health};
pub use service::{Options, Service, Version};

/// JSON as Go's encoder writes it: what HTML could take for a tag is escaped, and a line ends it.
pub(crate) fn json_line<T: Serialize>(content: &T) -> String {
    // Only maps with keys that are no strings, or a disk, fail: there are none here.
    let text = serde_json::to_string(content).unwrap_or_default();
    let mut line = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        match c {
            '<' => line.push_str("\\u003c"),
            '>' => line.push_str("\\u003e"),
            '&' => line.push_str("\\u0026"),
            '\u{2028}' => line.push_str("\\u2028"),
            '\u{2029}' => line.push_str("\\u2029"),
            c => line.push(c),
        }
    }
    line.push('\n');
    line
}
