// SPDX-License-Identifier: Apache-2.0
//! HTTP/2 by hand: frames as RFC 9113 has them, and headers as RFC 7541 writes them without its tables.

pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RESET: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
pub const WINDOW: u8 = 8;
pub const CONTINUATION: u8 = 9;

pub const ACK: u8 = 1;
pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;

/// A frame (RFC 9113 clause 4.1).
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// What every client begins with, its windows as wide as they can be.
pub fn hello() -> Vec<u8> {
    let settings = frame(SETTINGS, 0, 0, &[0, 4, 0x7f, 0xff, 0xff, 0xff]);
    [PREFACE, &settings, &frame(WINDOW, 0, 0, &0x7fff_0000_u32.to_be_bytes())].concat()
}

/// A header that no table knows (RFC 7541 clause 6.2.2).
pub fn header(name: &str, value: &str) -> Vec<u8> {
    [&[0], &text(name)[..], &text(value)].concat()
}

/// A string of at most 16,000 letters (clause 5.2).
fn text(text: &str) -> Vec<u8> {
    let length = text.len();
    let mut bytes = match length {
        0..127 => vec![u8::try_from(length).unwrap()],
        _ => {
            let rest = length - 127;
            vec![127, u8::try_from(rest & 127 | 128).unwrap(), u8::try_from(rest >> 7).unwrap()]
        }
    };
    bytes.extend(text.as_bytes());
    bytes
}

/// The headers of a gRPC call.
pub fn call(path: &str) -> Vec<u8> {
    [
        header(":method", "POST"),
        header(":scheme", "https"),
        header(":path", path),
        header(":authority", "localhost"),
        header("te", "trailers"),
        header("content-type", "application/grpc"),
    ]
    .concat()
}
