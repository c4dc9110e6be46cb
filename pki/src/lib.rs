// SPDX-License-Identifier: Apache-2.0
//! Certificates, requests and revocation lists of both families: read as the field writes them,
//! written in one form, and paths of them verified.
//!
//! Nothing here names an algorithm: keys and signatures come from `bccsp`. Objects keep the bytes
//! that travelled, and what was signed is never re-encoded.
//!
//! ```
//! use gmca_pki::extension::{BasicConstraints, KeyUsage, TypedExtension};
//! use gmca_pki::{CertificateBuilder, Name, Time, path};
//! use bccsp::{EngineChoice, Providers, Suite};
//!
//! let providers = Providers::new(Suite::Gm, EngineChoice::Auto)?; // or Suite::Nist
//! let key = providers.default_provider().generate_signing_key()?;
//! let name = Name::parse("/C=CN/ST=北京/CN=Root")?;
//! let (from, until) = (Time::parse("2026-01-01").unwrap(), Time::parse("2036-01-01").unwrap());
//! let root = CertificateBuilder::new(&name, key.verifying_key().public_key(), &[1], from, until)
//!     .extension(BasicConstraints { ca: true, path_len: Some(1) }.extension(true))
//!     .extension((KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN).extension(true))
//!     .subject_key_id(&providers)?
//!     .sign_self(&*key)?;
//!
//! let verifier = path::Verifier::new(&providers, [root.clone()], [], []);
//! let path = verifier.verify(&root, &path::Options::at(from.timestamp()))?;
//! assert_eq!(path.leaf(), &root);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Not here: who gets a certificate (`ca`), what an identity may do (`msp`), asking an OCSP responder, CMS, PKCS#12.
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

mod algorithm;
pub mod asn1;
mod build;
mod certificate;
mod crl;
mod csr_response;
mod error;
pub mod extension;
mod name;
mod ocsp;
pub mod oid;
pub mod path;
mod pem;
mod request;
mod signed;
pub mod summary;
pub mod text;
mod time;

pub use algorithm::{AlgorithmId, PublicKeyInfo};
pub use build::{CertificateBuilder, CrlBuilder, RequestBuilder, RevokedEntry, ToBeSigned};
pub use certificate::Certificate;
pub use crl::{Crl, Revoked};
pub use csr_response::CsrResponse;
pub use error::Error;
pub use name::{Attribute, Name};
pub use ocsp::{CertStatus, OcspResponse, Responder, Status};
pub use request::{Request, RequestAttribute};
pub use time::Time;
