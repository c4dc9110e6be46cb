// SPDX-License-Identifier: Apache-2.0
//! SM2 ciphertexts as bytes: the ASN.1 `SM2Cipher`, and the raw orders C1C3C2 and C1C2C3.

use super::signature::right_align;
use crate::{Error, PublicKey};
use alloc::vec::Vec;
use der::asn1::{OctetStringRef, UintRef};
use der::{Decode, Encode, Sequence};

const WHAT: &str = "SM2 ciphertext";
const HASH_LEN: usize = 32;

/// The three parts of an SM2 ciphertext: the point C1, the check value C3 and the data C2.
///
/// Whether C1 is on the curve is for the key to judge; here its coordinates only have to fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sm2Ciphertext {
    c1: [u8; PublicKey::LEN],
    c3: [u8; HASH_LEN],
    c2: Vec<u8>,
}

impl Sm2Ciphertext {
    /// The most bytes of data that one ciphertext holds: SM2 is for short messages, and DER must
    /// be able to say how long it is.
    pub const MAX_DATA_LEN: usize = 256 << 20;

    /// Puts together C1 (04 ‖ x ‖ y, 65 bytes), C3 (32 bytes) and C2.
    ///
    /// # Errors
    /// [`Error::Malformed`] for a C1 or C3 of another length or form, and for a C2 of more than
    /// [`MAX_DATA_LEN`](Self::MAX_DATA_LEN) bytes.
    pub fn new(c1: &[u8], c3: &[u8], c2: Vec<u8>) -> Result<Self, Error> {
        let c1 = <[u8; PublicKey::LEN]>::try_from(c1)
            .ok()
            .filter(|c1| c1[0] == 4)
            .ok_or(malformed("C1 is not an uncompressed point"))?;
        let c3 = c3.try_into().map_err(|_| malformed("C3 is not 32 bytes"))?;
        if c2.len() > Self::MAX_DATA_LEN {
            return Err(malformed("C2 is longer than 256 MiB"));
        }
        Ok(Self { c1, c3, c2 })
    }

    /// Reads `SEQUENCE { x INTEGER, y INTEGER, hash OCTET STRING, ciphertext OCTET STRING }`
    /// (GB/T 35276-2017 clause 7.2) in DER: minimal lengths and integers, nothing behind.
    ///
    /// # Errors
    /// [`Error::Malformed`] for anything else, negative numbers or ones over 32 bytes, and a
    /// hash that is not 32 bytes.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let cipher = Sm2Cipher::from_der(der).map_err(|_| malformed("not a DER SM2Cipher"))?;
        Self::from_structure(&cipher)
    }

    pub(super) fn from_structure(cipher: &Sm2Cipher<'_>) -> Result<Self, Error> {
        let mut c1 = [0; PublicKey::LEN];
        c1[0] = 4;
        let (head, y) = c1.split_at_mut(33);
        let x = head.get_mut(1..).unwrap_or_default();
        right_align(cipher.x.as_bytes(), x).ok_or(malformed("x is longer than 32 bytes"))?;
        right_align(cipher.y.as_bytes(), y).ok_or(malformed("y is longer than 32 bytes"))?;
        Self::new(&c1, cipher.hash.as_bytes(), cipher.ciphertext.as_bytes().to_vec())
    }

    /// Writes the ASN.1 form.
    ///
    /// # Panics
    /// Never: [`new`](Self::new) lets in no more data than DER takes.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        self.with_structure(|cipher| cipher.to_der().expect("a short message fits DER"))
    }

    pub(super) fn with_structure<T>(&self, write: impl FnOnce(&Sm2Cipher<'_>) -> T) -> T {
        let [_, coordinates @ ..] = &self.c1;
        let (x, y) = coordinates.split_at(32);
        let number = |bytes| UintRef::new(bytes).expect("32 bytes fit");
        let octets = |bytes| OctetStringRef::new(bytes).expect("a short message fits DER");
        let (x, y) = (number(x), number(y));
        write(&Sm2Cipher { x, y, hash: octets(&self.c3), ciphertext: octets(&self.c2) })
    }

    /// Reads C1 ‖ C3 ‖ C2, the order of GB/T 32918.4-2016. C1 begins with 04.
    ///
    /// # Errors
    /// [`Error::Malformed`] for fewer than 97 bytes or another first byte.
    pub fn from_c1c3c2(bytes: &[u8]) -> Result<Self, Error> {
        let (c1, rest) = bytes.split_at_checked(PublicKey::LEN).ok_or(TOO_SHORT)?;
        let (c3, c2) = rest.split_at_checked(HASH_LEN).ok_or(TOO_SHORT)?;
        Self::new(c1, c3, c2.to_vec())
    }

    /// Writes C1 ‖ C3 ‖ C2.
    #[must_use]
    pub fn to_c1c3c2(&self) -> Vec<u8> {
        [&self.c1[..], &self.c3, &self.c2].concat()
    }

    /// Reads C1 ‖ C2 ‖ C3, the order of the drafts before 2012 and of old programs. C1 begins
    /// with 04.
    ///
    /// # Errors
    /// [`Error::Malformed`] for fewer than 97 bytes or another first byte.
    pub fn from_c1c2c3(bytes: &[u8]) -> Result<Self, Error> {
        let (c1, rest) = bytes.split_at_checked(PublicKey::LEN).ok_or(TOO_SHORT)?;
        let data_len = rest.len().checked_sub(HASH_LEN).ok_or(TOO_SHORT)?;
        let (c2, c3) = rest.split_at_checked(data_len).ok_or(TOO_SHORT)?;
        Self::new(c1, c3, c2.to_vec())
    }

    /// Writes C1 ‖ C2 ‖ C3.
    #[must_use]
    pub fn to_c1c2c3(&self) -> Vec<u8> {
        [&self.c1[..], &self.c2, &self.c3].concat()
    }

    /// The point, 04 ‖ x ‖ y.
    #[must_use]
    pub const fn c1(&self) -> &[u8; PublicKey::LEN] {
        &self.c1
    }

    /// The encrypted data, as long as the plaintext.
    #[must_use]
    pub fn c2(&self) -> &[u8] {
        &self.c2
    }

    /// The check value.
    #[must_use]
    pub const fn c3(&self) -> &[u8; HASH_LEN] {
        &self.c3
    }
}

/// The ASN.1 structure, also met inside SM2EnvelopedKey.
#[derive(Clone, Sequence)]
pub(super) struct Sm2Cipher<'a> {
    x: UintRef<'a>,
    y: UintRef<'a>,
    hash: &'a OctetStringRef,
    ciphertext: &'a OctetStringRef,
}

const TOO_SHORT: Error = malformed("shorter than C1 and C3 together");

const fn malformed(why: &'static str) -> Error {
    Error::Malformed { what: WHAT, why }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use hex_literal::hex;

    fn parts() -> Sm2Ciphertext {
        // A coordinate with the high bit set, and one with a zero in front.
        let mut c1 = [0x80; PublicKey::LEN];
        (c1[0], c1[33]) = (4, 0);
        Sm2Ciphertext::new(&c1, &[7; HASH_LEN], vec![9; 5]).unwrap()
    }

    #[test]
    fn forms_convert_into_each_other() {
        let ciphertext = parts();
        for bytes in [ciphertext.to_c1c3c2(), ciphertext.to_c1c2c3()] {
            assert_eq!(bytes.len(), 65 + 32 + 5);
        }
        assert_eq!(Sm2Ciphertext::from_der(&ciphertext.to_der()).unwrap(), ciphertext);
        assert_eq!(Sm2Ciphertext::from_c1c3c2(&ciphertext.to_c1c3c2()).unwrap(), ciphertext);
        assert_eq!(Sm2Ciphertext::from_c1c2c3(&ciphertext.to_c1c2c3()).unwrap(), ciphertext);
        assert_ne!(Sm2Ciphertext::from_c1c2c3(&ciphertext.to_c1c3c2()).unwrap(), ciphertext);
    }

    #[test]
    fn raw_forms_begin_with_04_and_hold_c1_and_c3() {
        let mut raw = parts().to_c1c3c2();
        assert!(Sm2Ciphertext::from_c1c3c2(&raw[..96]).is_err());
        assert!(Sm2Ciphertext::from_c1c2c3(&raw[..96]).is_err());
        assert!(Sm2Ciphertext::from_c1c3c2(&raw[1..]).is_err());
        raw[0] = 6;
        assert!(Sm2Ciphertext::from_c1c3c2(&raw).is_err());
        assert!(Sm2Ciphertext::from_c1c2c3(&raw).is_err());
    }

    #[test]
    fn more_data_than_der_takes_is_refused() {
        let c1 = *parts().c1();
        let too_long = vec![0; Sm2Ciphertext::MAX_DATA_LEN + 1];
        assert!(Sm2Ciphertext::new(&c1, &[7; HASH_LEN], too_long).is_err());
    }

    #[test]
    fn only_der_is_read() {
        let good = parts().to_der();
        let trailing = [&good[..], &[0]].concat();
        assert!(Sm2Ciphertext::from_der(&trailing).is_err(), "a byte behind");
        for cut in 0..good.len() {
            assert!(Sm2Ciphertext::from_der(&good[..cut]).is_err(), "cut to {cut}");
        }
        let negative = hex!("300a 0201ff 020101 0400 0400");
        assert!(Sm2Ciphertext::from_der(&negative).is_err(), "a negative coordinate");
        let short_hash = hex!("300b 020101 020101 040101 0400");
        assert!(Sm2Ciphertext::from_der(&short_hash).is_err(), "a hash of one byte");
    }
}
