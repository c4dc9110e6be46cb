// SPDX-License-Identifier: Apache-2.0
//! The three fields that a block's hash and its signatures cover, and their bytes.
//!
//! Not here: the block around them, and which hash function its chain uses.

use bccsp::{Digest, Hash};
use proto::{Bytes, common};

/// The header of a block. Its bytes are made from the fields, they do not travel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Height: 0 is the genesis block.
    pub number: u64,
    /// Hash of the header before; empty in the genesis block.
    pub previous_hash: Bytes,
    /// Hash of all transactions of the block.
    pub data_hash: Bytes,
}

impl Header {
    /// DER `SEQUENCE { INTEGER number, OCTET STRING previous_hash, OCTET STRING data_hash }`:
    /// what is hashed, and what orderers sign.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let mut fields = Vec::with_capacity(96);
        // X.690 clause 8.3: as few bytes as can be, the first of which would be the sign.
        let number = self.number.to_be_bytes();
        let mut digits: Vec<u8> = number.into_iter().skip_while(|byte| *byte == 0).collect();
        if digits.first().is_none_or(|first| *first > 0x7f) {
            digits.insert(0, 0);
        }
        element(&mut fields, INTEGER, &digits);
        element(&mut fields, OCTET_STRING, &self.previous_hash);
        element(&mut fields, OCTET_STRING, &self.data_hash);
        let mut der = Vec::with_capacity(fields.len().saturating_add(10));
        element(&mut der, SEQUENCE, &fields);
        der
    }

    /// The hash of the block, which the next one states as `previous_hash`.
    #[must_use]
    pub fn hash(&self, hash: &dyn Hash) -> Digest {
        hash.digest(&[&self.to_der()])
    }
}

impl From<common::BlockHeader> for Header {
    fn from(header: common::BlockHeader) -> Self {
        let common::BlockHeader { number, previous_hash, data_hash } = header;
        Self { number, previous_hash, data_hash }
    }
}

impl From<Header> for common::BlockHeader {
    fn from(header: Header) -> Self {
        let Header { number, previous_hash, data_hash } = header;
        Self { number, previous_hash, data_hash }
    }
}

/// Appends tag, length (X.690 clause 10.1: in as few bytes as can be) and contents.
fn element(out: &mut Vec<u8>, tag: u8, contents: &[u8]) {
    out.push(tag);
    match u8::try_from(contents.len()) {
        Ok(length @ 0..=0x7f) => out.push(length),
        _ => {
            let length = contents.len().to_be_bytes();
            let digits: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
            // At most eight digits, so the sum is a byte.
            out.push(0x80 | u8::try_from(digits.len()).unwrap_or_default());
            out.extend(digits);
        }
    }
    out.extend_from_slice(contents);
}

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x30;
