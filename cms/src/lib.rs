// SPDX-License-Identifier: Apache-2.0
//! Messages: CMS (RFC 5652) and PKCS#7, under the identifiers of the RFCs and under those of
//! GM/T 0010 (GB/T 35275): signed, enveloped, and both at once, read and written.
//!
//! ```
//! use bccsp::{EngineChoice, Providers, Suite};
//! use gmca_cms::{Content, Dialect, SignOptions, Signer, sign};
//! use pki::{CertificateBuilder, Name, Time};
//!
//! let providers = Providers::new(Suite::Gm, EngineChoice::Auto)?; // or Suite::Nist
//! let key = providers.default_provider().generate_signing_key()?;
//! let (from, until) = (Time::parse("2026-01-01").unwrap(), Time::parse("2036-01-01").unwrap());
//! let name = Name::parse("/CN=Alice")?;
//! let certificate =
//!     CertificateBuilder::new(&name, key.verifying_key().public_key(), &[1], from, until)
//!         .sign_self(&*key)?;
//! let signer = Signer { key: &*key, certificate: &certificate };
//! let der = sign(&providers, &[signer], b"hello", &SignOptions::of(Dialect::Gm))?;
//! let Content::Signed(message) = gmca_cms::read(&der)? else { panic!("it is signed") };
//! let signers = message.verify(&providers, None, &[])?;
//! assert_eq!((message.content(), signers.len()), (Some(&b"hello"[..]), 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Whoever verifies learns which certificates signed; whether these may be trusted is for
//! [`pki::path`]. Not here: S/MIME, compression, authenticated data, time stamps.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

mod ber;
mod content;
mod enveloped;
mod error;
pub mod pkcs12;
mod recipient;
mod signed;
mod signer;

pub use ber::to_der;
pub use content::{Content, Dialect, read, to_pem};
pub use enveloped::{Enveloped, encrypt, sign_and_encrypt};
pub use error::Error;
pub use signed::{SignOptions, Signed, sign};
pub use signer::{Claim, Signer, Verified};
