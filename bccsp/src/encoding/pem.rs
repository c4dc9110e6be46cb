// SPDX-License-Identifier: Apache-2.0
//! PEM (RFC 7468): read as it is met in the field, written as the RFC asks.
//!
//! Read are CRLF and LF, any line length, white space around lines, text around and between the
//! objects, several objects in a file.

use crate::{Error, SecretBytes};
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

/// One object of a PEM file.
#[derive(Debug)]
pub struct Block {
    label: String,
    preamble: String,
    der: SecretBytes,
}

impl Block {
    /// What stands after `BEGIN`, such as `CERTIFICATE`.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The text between the object before (or the start of the file) and this one.
    #[must_use]
    pub fn preamble(&self) -> &str {
        &self.preamble
    }

    /// The decoded bytes.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        self.der.expose()
    }
}

const WHAT: &str = "PEM text";
const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// Whether the bytes look like PEM and not like DER: somewhere a line begins an object.
#[must_use]
pub fn is_pem(bytes: &[u8]) -> bool {
    bytes.windows(BEGIN.len()).any(|window| window == BEGIN.as_bytes())
}

/// Reads every object of a PEM file, in order. The preamble of bytes that are not UTF-8 is lost.
///
/// # Errors
/// [`Error::Malformed`] when there is no object, one does not end, or its base64 is broken;
/// [`Error::Unsupported`] for the old OpenSSL encryption with headers inside the object.
pub fn decode_all(bytes: &[u8]) -> Result<Vec<Block>, Error> {
    let mut reader = Reader::default();
    for line in bytes.split(|byte| *byte == b'\n') {
        // Foreign text around the objects may be in any encoding; inside them it is ASCII.
        reader.line(core::str::from_utf8(line).unwrap_or_default().trim())?;
    }
    reader.finish()
}

/// Reads the first object of a PEM file that has the label.
///
/// # Errors
/// As [`decode_all`]; [`Error::Malformed`] when no object has that label.
pub fn decode_first(bytes: &[u8], label: &str) -> Result<Block, Error> {
    decode_all(bytes)?
        .into_iter()
        .find(|block| block.label == label)
        .ok_or(malformed("no object of the expected kind in it"))
}

/// Writes one object: LF, lines of 64 characters.
#[must_use]
pub fn encode(label: &str, der: &[u8]) -> String {
    let base64 = Zeroizing::new(Base64::encode_string(der));
    // Reserved up front, so that growing leaves no copy of a secret behind.
    let lines = base64.len().div_ceil(64);
    let room = [base64.len(), lines, label.len(), label.len(), 40];
    let mut out = String::with_capacity(room.into_iter().fold(0, usize::saturating_add));
    for part in [BEGIN, label, DASHES, "\n"] {
        out.push_str(part);
    }
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, next) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = next;
    }
    for part in [END, label, DASHES, "\n"] {
        out.push_str(part);
    }
    out
}

/// What has been read so far.
#[derive(Default)]
struct Reader {
    done: Vec<Block>,
    preamble: String,
    open: Option<Open>,
}

/// An object whose end has not come yet.
struct Open {
    label: String,
    base64: Zeroizing<String>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), Error> {
        let Some(open) = &mut self.open else {
            self.outside(line);
            return Ok(());
        };
        if let Some(rest) = line.strip_prefix(END) {
            if rest.strip_suffix(DASHES) != Some(open.label.as_str()) {
                return Err(malformed("an object ends under another name than it began"));
            }
            return self.close();
        }
        if line.starts_with(BEGIN) {
            return Err(malformed("an object begins before the one before it has ended"));
        }
        if line.contains(':') {
            return Err(Error::Unsupported(
                "PEM with headers inside (the old OpenSSL encryption); \
                 convert it with `openssl pkcs8 -topk8`",
            ));
        }
        open.base64.extend(line.chars().filter(|c| !c.is_whitespace()));
        Ok(())
    }

    fn outside(&mut self, line: &str) {
        match line.strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(DASHES)) {
            Some(label) => {
                let base64 = Zeroizing::new(String::with_capacity(4096));
                self.open = Some(Open { label: label.to_owned(), base64 });
            }
            None => {
                self.preamble.push_str(line);
                self.preamble.push('\n');
            }
        }
    }

    fn close(&mut self) -> Result<(), Error> {
        if let Some(Open { label, base64 }) = self.open.take() {
            let der = Base64::decode_vec(&base64).map_err(|_| malformed("its base64 is broken"))?;
            let preamble = core::mem::take(&mut self.preamble);
            self.done.push(Block { label, preamble, der: SecretBytes::new(der) });
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<Block>, Error> {
        if self.open.is_some() {
            return Err(malformed("the last object does not end (the file is cut short)"));
        }
        if self.done.is_empty() {
            return Err(malformed("no object in it"));
        }
        Ok(self.done)
    }
}

const fn malformed(why: &'static str) -> Error {
    Error::Malformed { what: WHAT, why }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for len in [0, 1, 2, 3, 47, 48, 49, 96, 1000] {
            let der: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
            let text = encode("X", &der);
            assert!(text.lines().all(|line| line.len() <= 64));
            assert_eq!(decode_all(text.as_bytes()).unwrap()[0].der(), der);
        }
    }

    #[test]
    fn field_forms_are_read() {
        let text = "Bag Attributes\r\n  friendlyName: x\r\n-----BEGIN A-----\r\n AAEC \r\nAwQ=\r\n\
                    -----END A-----\r\ntext: between\r\n-----BEGIN B-----\r\nBQ==\r\n-----END B-----";
        let blocks = decode_all(text.as_bytes()).unwrap();
        assert_eq!((blocks[0].label(), blocks[0].der()), ("A", &[0u8, 1, 2, 3, 4][..]));
        assert_eq!((blocks[1].label(), blocks[1].der()), ("B", &[5u8][..]));
        assert_eq!(blocks[1].preamble(), "text: between\n");
        assert_eq!(decode_first(text.as_bytes(), "B").unwrap().der(), [5]);
    }

    #[test]
    fn broken_forms_are_refused() {
        for text in [
            "",
            "no object",
            "-----BEGIN A-----\nAAEC",
            "-----BEGIN A-----\nAAEC\n-----END B-----",
            "-----BEGIN A-----\nAA!C\n-----END A-----",
            "-----BEGIN A-----\n-----BEGIN A-----\nAAEC\n-----END A-----",
            "-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n\nAAEC\n-----END A-----",
        ] {
            assert!(decode_all(text.as_bytes()).is_err(), "{text:?}");
        }
    }
}
