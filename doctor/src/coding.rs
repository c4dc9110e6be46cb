// SPDX-License-Identifier: Apache-2.0
//! Bytes that travel as text: hex and base64, as programs print them.

use base64ct::{Base64, Base64Unpadded, Base64Url, Base64UrlUnpadded, Encoding};

/// What the text stands for, if the bytes are hex or base64 text.
pub(crate) fn decode_text(bytes: &[u8]) -> Option<Vec<u8>> {
    let text: String = core::str::from_utf8(bytes).ok()?.split_whitespace().collect();
    let text = text.strip_prefix("0x").unwrap_or(&text).replace(':', "");
    if text.len() < 2 {
        return None;
    }
    if let Ok(bytes) = hex::decode(&text) {
        return Some(bytes);
    }
    base64(&text)
}

/// Hex text of an odd number of digits: the zero in front is lost.
pub(crate) fn decode_odd_hex(bytes: &[u8]) -> Option<Vec<u8>> {
    let text: String = core::str::from_utf8(bytes).ok()?.split_whitespace().collect();
    if text.len().is_multiple_of(2) {
        return None;
    }
    hex::decode(format!("0{text}")).ok()
}

fn base64(text: &str) -> Option<Vec<u8>> {
    // Short words of a message are base64 by accident.
    if text.len() < 16 {
        return None;
    }
    let all = [
        Base64::decode_vec(text),
        Base64Unpadded::decode_vec(text),
        Base64Url::decode_vec(text),
        Base64UrlUnpadded::decode_vec(text),
    ];
    all.into_iter().find_map(Result::ok)
}
