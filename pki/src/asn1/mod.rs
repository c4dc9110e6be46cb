// SPDX-License-Identifier: Apache-2.0
//! DER (X.690) as far as certificates and messages need it: a reader that never panics, and a
//! writer.
//!
//! Objects keep the bytes they were read from, so nothing here ever re-encodes what was signed.
//! Not here: BER, which is read in `cms`.

mod read;
pub mod write;

pub use read::{BitString, Reader, Tlv};

/// Identifier octets (X.690 section 8.1.2).
pub mod tag {
    /// BOOLEAN.
    pub const BOOLEAN: u8 = 0x01;
    /// INTEGER.
    pub const INTEGER: u8 = 0x02;
    /// BIT STRING.
    pub const BIT_STRING: u8 = 0x03;
    /// OCTET STRING.
    pub const OCTET_STRING: u8 = 0x04;
    /// OID.
    pub const OID: u8 = 0x06;
    /// ENUMERATED.
    pub const ENUMERATED: u8 = 0x0a;
    /// UTF8 STRING.
    pub const UTF8_STRING: u8 = 0x0c;
    /// PRINTABLE STRING.
    pub const PRINTABLE_STRING: u8 = 0x13;
    /// TELETEX STRING.
    pub const TELETEX_STRING: u8 = 0x14;
    /// IA5 STRING.
    pub const IA5_STRING: u8 = 0x16;
    /// UTC TIME.
    pub const UTC_TIME: u8 = 0x17;
    /// GENERALIZED TIME.
    pub const GENERALIZED_TIME: u8 = 0x18;
    /// VISIBLE STRING.
    pub const VISIBLE_STRING: u8 = 0x1a;
    /// UNIVERSAL STRING.
    pub const UNIVERSAL_STRING: u8 = 0x1c;
    /// BMP STRING.
    pub const BMP_STRING: u8 = 0x1e;
    /// SEQUENCE.
    pub const SEQUENCE: u8 = 0x30;
    /// SET.
    pub const SET: u8 = 0x31;

    /// `[n]` in primitive form.
    #[must_use]
    pub const fn context(n: u8) -> u8 {
        0x80 | n
    }

    /// `[n]` in constructed form.
    #[must_use]
    pub const fn constructed(n: u8) -> u8 {
        0xa0 | n
    }
}
