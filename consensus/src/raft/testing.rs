// SPDX-License-Identifier: Apache-2.0
//! What fuzz targets and tests see of the bytes between consenters.

use super::messages::{Message, Reply};
use proto::Bytes;

/// Reads a request of another consenter and writes it again: what can be read has one form only.
///
/// # Errors
/// Why it is none, in words.
pub fn request(bytes: &Bytes) -> Result<Bytes, String> {
    let message = Message::decode(bytes).map_err(|error| error.to_string())?;
    Ok(message.encode())
}

/// The same with an answer of another consenter.
///
/// # Errors
/// Why it is none, in words.
pub fn reply(bytes: &Bytes) -> Result<Bytes, String> {
    let reply = Reply::decode(bytes).map_err(|error| error.to_string())?;
    Ok(reply.encode())
}
