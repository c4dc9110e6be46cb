// SPDX-License-Identifier: Apache-2.0
//! Z_A: who signs, hashed in front of what is signed (GB/T 32918.2 clause 5.5).

use crate::{Error, PublicKey};
use digest::Digest as _;
use hex_literal::hex;
use sm3::Sm3;

/// a ‖ b ‖ x_G ‖ y_G of GB/T 32918.5 clause 2.
const CURVE: [u8; 128] = hex!(
    "fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc"
    "28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93"
    "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7"
    "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0"
);

/// Z_A = SM3(ENTL ‖ ID ‖ a ‖ b ‖ x_G ‖ y_G ‖ x_A ‖ y_A), where ENTL is the ID's length in bits.
pub(super) fn signer_hash(point: &[u8; PublicKey::LEN], id: &[u8]) -> Result<[u8; 32], Error> {
    const TOO_LONG: Error = Error::Misuse("a signer ID has at most 8191 bytes");
    let bits = id.len().checked_mul(8).ok_or(TOO_LONG)?;
    let entl = u16::try_from(bits).map_err(|_| TOO_LONG)?;
    let [_, coordinates @ ..] = point;
    let mut digest = Sm3::new();
    digest.update(entl.to_be_bytes());
    digest.update(id);
    digest.update(CURVE);
    digest.update(coordinates);
    Ok(digest.finalize().into())
}
