// SPDX-License-Identifier: Apache-2.0
//! Keys, signatures and ciphertexts as bytes: what key stores and files hold.
//!
//! One form of each is written; every form met in the field is read. Certificates and requests
//! are in the `pki` crate.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

pub mod algorithm;
#[cfg(feature = "gm")]
pub mod cfca;
pub mod key_envelope;
pub mod message;
pub mod oid;
pub mod pbes2;
pub mod pem;
#[cfg(feature = "std")]
pub mod pkcs12_mac;
pub mod pkcs8;
#[cfg(feature = "std")]
pub mod private_key;
pub mod sec1;
pub mod signature;
#[cfg(feature = "gm")]
pub mod sm2_ciphertext;
#[cfg(feature = "gm")]
pub mod sm2_enveloped_key;
pub mod spki;
