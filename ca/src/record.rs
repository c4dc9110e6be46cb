// SPDX-License-Identifier: Apache-2.0
//! What a CA remembers of each decision.

use sys::Timestamp;

/// A serial number: 16 bytes, of which 126 bits are random. Positive and never short, so that it
/// always encodes to the same length (RFC 5280 section 4.1.2.2 allows 20 bytes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serial([u8; Self::LEN]);

impl Serial {
    /// Length in bytes.
    pub const LEN: usize = 16;

    /// Shapes 16 random bytes into a serial number.
    #[must_use]
    pub fn from_random(mut bytes: [u8; Self::LEN]) -> Self {
        // Top bit 0: positive. Next bit 1: the first byte is never zero.
        bytes[0] = (bytes[0] & 0x3f) | 0x40;
        Self(bytes)
    }

    /// The bytes, big-endian.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The state of a certificate that this CA decided to issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Decided, but the process ended before the signature was on record. It was never handed out.
    Abandoned,
    /// Handed out.
    Issued,
    /// Handed out and taken back.
    Revoked(Revocation),
}

/// The reason code of a certificate on hold (RFC 5280 section 5.3.1).
pub(crate) const ON_HOLD: u8 = 6;

/// When and why a certificate was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// When the CA recorded it.
    pub at: Timestamp,
    /// The reason code (RFC 5280 section 5.3.1), 0 to 10 without 7.
    pub reason: u8,
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its place in the order of decisions, from 1.
    pub number: u64,
    /// The number of the decision whose certificate it renews or replaces.
    pub follows: Option<u64>,
    /// The serial number, big-endian.
    pub serial: Vec<u8>,
    /// The subject, as RFC 4514 writes it.
    pub subject: String,
    /// The profile it was issued under.
    pub profile: String,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// The end of its validity.
    pub not_after: Timestamp,
    /// Whether it was handed out, and taken back.
    pub state: State,
    /// The certificate, DER; empty for one that was never signed.
    pub certificate: Vec<u8>,
}

impl Record {
    /// The serial number in hex.
    #[must_use]
    pub fn serial_hex(&self) -> String {
        hex::encode(&self.serial)
    }

    /// Whether it was taken back until somebody releases it.
    #[must_use]
    pub fn is_on_hold(&self) -> bool {
        matches!(self.state, State::Revoked(Revocation { reason: ON_HOLD, .. }))
    }

    /// The state in a word: `issued`, `revoked`, `expired` or `abandoned`.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> &'static str {
        match self.state {
            State::Abandoned => "abandoned",
            State::Revoked(_) => "revoked",
            State::Issued if now > self.not_after => "expired",
            State::Issued => "issued",
        }
    }
}
