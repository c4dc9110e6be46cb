// SPDX-License-Identifier: Apache-2.0
//! Signatures as bytes: strict DER, raw r ‖ s, and r ‖ s ‖ public key.

use crate::{Error, KeyAlgorithm, PublicKey};
use alloc::vec::Vec;
use der::asn1::UintRef;
use der::{Decode, Encode, Sequence};

const WHAT: &str = "signature";

/// The two numbers of an ECDSA or SM2 signature, 32 bytes each, big-endian.
///
/// Whether they are in range is for the key to judge; here they only have to fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawSignature([u8; 64]);

impl RawSignature {
    /// Length of r ‖ s in bytes.
    pub const LEN: usize = 64;
    /// Length of r ‖ s ‖ x ‖ y in bytes.
    pub const WITH_PUBLIC_KEY_LEN: usize = 128;

    /// Wraps r ‖ s.
    #[must_use]
    pub const fn new(raw: [u8; Self::LEN]) -> Self {
        Self(raw)
    }

    /// Reads `SEQUENCE { r INTEGER, s INTEGER }` in DER (RFC 3279 section 2.2.3; GB/T 35276-2017
    /// clause 7.3): minimal lengths and integers, not negative, nothing behind.
    ///
    /// # Errors
    /// [`Error::Malformed`] for anything else, and for a number longer than 32 bytes.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let malformed = |why| Error::Malformed { what: WHAT, why };
        let pair = Pair::from_der(der)
            .map_err(|_| malformed("not a DER SEQUENCE of two INTEGERs that are not negative"))?;
        let mut raw = [0; Self::LEN];
        let (r, s) = raw.split_at_mut(32);
        right_align(pair.r.as_bytes(), r).ok_or(malformed("r is longer than 32 bytes"))?;
        right_align(pair.s.as_bytes(), s).ok_or(malformed("s is longer than 32 bytes"))?;
        Ok(Self(raw))
    }

    /// Writes DER, 8 to 72 bytes.
    ///
    /// # Panics
    /// Never: two numbers of 32 bytes fit DER.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let (r, s) = self.0.split_at(32);
        let number = |bytes| UintRef::new(bytes).expect("32 bytes fit");
        Pair { r: number(r), s: number(s) }.to_der().expect("two numbers of 32 bytes fit")
    }

    /// Reads r ‖ s (64 bytes), the form of GM/T 0018 devices, JOSE and FISCO's ECDSA.
    ///
    /// # Errors
    /// [`Error::Malformed`] for another length.
    pub fn from_raw(raw: &[u8]) -> Result<Self, Error> {
        raw.try_into()
            .map(Self)
            .map_err(|_| Error::Malformed { what: WHAT, why: "r ‖ s is not 64 bytes" })
    }

    /// Writes r ‖ s.
    #[must_use]
    pub const fn to_raw(&self) -> [u8; Self::LEN] {
        self.0
    }

    /// The bytes r ‖ s.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// Reads r ‖ s ‖ x ‖ y (128 bytes), as FISCO BCOS sends SM2 signatures. Whether the point is
    /// on the curve is known once a provider has made a key of it, and whether it is the expected
    /// signer's is for the caller to check.
    ///
    /// # Errors
    /// [`Error::Malformed`] for another length.
    pub fn from_raw_with_public_key(
        algorithm: KeyAlgorithm,
        bytes: &[u8],
    ) -> Result<(Self, PublicKey), Error> {
        let malformed =
            Error::Malformed { what: WHAT, why: "r ‖ s ‖ x ‖ y is not 128 bytes" };
        match bytes.split_at_checked(Self::LEN) {
            Some((raw, point)) if point.len() == 64 => {
                let point = [&[4], point].concat();
                Ok((Self::from_raw(raw)?, PublicKey::from_uncompressed(algorithm, &point)?))
            }
            _ => Err(malformed),
        }
    }

    /// Writes r ‖ s ‖ x ‖ y.
    #[must_use]
    pub fn to_raw_with_public_key(&self, key: &PublicKey) -> [u8; Self::WITH_PUBLIC_KEY_LEN] {
        let mut out = [0; Self::WITH_PUBLIC_KEY_LEN];
        let point = key.point().iter().skip(1);
        out.iter_mut().zip(self.0.iter().chain(point)).for_each(|(to, from)| *to = *from);
        out
    }
}

#[derive(Sequence)]
struct Pair<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// Copies a number without leading zeros to the end of `out`, whose front stays zero.
pub(super) fn right_align(number: &[u8], out: &mut [u8]) -> Option<()> {
    let start = out.len().checked_sub(number.len())?;
    out.get_mut(start..)?.copy_from_slice(number);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    const DER: &[u8] = &hex!("3008 0202 00ff 0202 0100");

    #[test]
    fn forms_convert_into_each_other() {
        let signature = RawSignature::from_der(DER).unwrap();
        assert_eq!(signature.to_raw()[30..34], hex!("00ff 0000"));
        assert_eq!(signature.to_raw()[62..], hex!("0100"));
        assert_eq!(signature.to_der(), DER);
        let mut point = [7; 65];
        point[0] = 4;
        let key = PublicKey::from_uncompressed(KeyAlgorithm::Sm2, &point).unwrap();
        let long = signature.to_raw_with_public_key(&key);
        let read = RawSignature::from_raw_with_public_key(KeyAlgorithm::Sm2, &long).unwrap();
        assert_eq!(read, (signature, key));
        assert_eq!(RawSignature::from_raw(&long[..64]).unwrap(), signature);
        assert!(RawSignature::from_raw(&long[..63]).is_err());
        assert!(RawSignature::from_raw_with_public_key(KeyAlgorithm::Sm2, &long[1..]).is_err());
    }

    #[test]
    fn only_der_is_read() {
        for (wrong, why) in [
            (&hex!("3008 0202 00ff 0202 0100 00")[..], "a byte behind"),
            (&hex!("3081 08 0202 00ff 0202 0100"), "a long length"),
            (&hex!("3009 0203 0000ff 0202 0100"), "a zero in front"),
            (&hex!("3007 0201 ff 0202 0100"), "a negative number"),
            (&hex!("3080 0202 00ff 0202 0100 0000"), "an indefinite length"),
            (&hex!("3006 0200 0202 0100"), "an empty number"),
            (&hex!("3004 0202 00ff"), "one number"),
            (&hex!("300b 0202 00ff 0202 0100 0201 01"), "three numbers"),
            (&hex!(""), "nothing"),
        ] {
            assert!(RawSignature::from_der(wrong).is_err(), "{why} was read");
        }
        let long = [&hex!("3026 0221 01")[..], &[0; 32], &hex!("0201 01")].concat();
        assert!(RawSignature::from_der(&long).is_err(), "33 bytes were read");
    }
}
