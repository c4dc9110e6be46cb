// SPDX-License-Identifier: Apache-2.0
//! Who an identity is and what it may do: membership folders in Fabric's layout written, read,
//! checked; the MSPs of a channel, identities judged by them, and policies over their signatures, in
//! either family and across.
//!
//! ```
//! use bccsp::{EngineChoice, Providers, Suite};
//! use gmca_msp::{Contents, Manager, MspFolder, SignaturePolicy};
//! use pki::extension::{BasicConstraints, TypedExtension};
//! use pki::{CertificateBuilder, Name, Time};
//! use proto::SignedData;
//! use std::path::Path;
//! use std::sync::Arc;
//! use sys::Disk;
//!
//! let providers = Arc::new(Providers::new(Suite::Gm, EngineChoice::Auto)?); // or Suite::Nist
//! let provider = providers.default_provider();
//! let (from, until) = (Time::parse("2026-01-01").unwrap(), Time::parse("2036-01-01").unwrap());
//! let ca_key = provider.generate_signing_key()?;
//! let ca_name = Name::parse("/O=Org1/CN=ca.org1")?;
//! let ca_public = ca_key.verifying_key().public_key();
//! let ca = CertificateBuilder::new(&ca_name, ca_public, &[1], from, until)
//!     .extension(BasicConstraints { ca: true, path_len: None }.extension(true))
//!     .subject_key_id(&providers)?
//!     .sign_self(&*ca_key)?;
//! let key = provider.generate_signing_key()?;
//! let name = Name::parse("/O=Org1/OU=admin/CN=Admin@org1")?;
//! let admin = CertificateBuilder::new(&name, key.verifying_key().public_key(), &[2], from, until)
//!     .sign(&ca_name, &*ca_key)?;
//!
//! let disk: Arc<dyn Disk> = Arc::new(sys::sim::MemoryDisk::new(1 << 20)); // or SystemDisk
//! let contents = Contents {
//!     signer: Some(admin.clone()),
//!     key: Some(key.export()?),
//!     ..Contents::new(vec![ca])
//! };
//! contents.with_node_ous().write(&disk, &providers, Path::new("msp"))?;
//!
//! let folder = MspFolder::read(&*disk, &providers, Path::new("msp"))?;
//! assert_eq!(folder.check(&providers, from.timestamp())?, []);
//! let verdict = folder.msp(&providers)?.is_admin(&admin)?;
//! assert!(verdict.is_yes(), "{verdict}");
//!
//! let manager = Manager::new(&providers, [folder.definition(&providers, "Org1MSP")?])?;
//! let signer = folder.signing_identity(&*disk, &providers, "Org1MSP")?;
//! let signed = SignedData {
//!     identity: signer.serialized().clone(),
//!     message: vec!["what was agreed".into()],
//!     signature: signer.sign(&[b"what was agreed"])?.into_vec().into(),
//! };
//! let policy = SignaturePolicy::parse("OR('Org1MSP.admin', 'Org2MSP.admin')")?;
//! let decision = policy.evaluate(&manager.verify(&[signed]));
//! assert!(decision.is_satisfied(), "{decision}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Not here: where the definitions and policies of a channel come from (`channel`).
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

mod check;
mod config;
mod definition;
mod error;
mod expiry;
mod finding;
mod folder;
mod layout;
mod manager;
mod policy;
mod principal;
mod provider;
mod read;
mod serialized;
mod signing;
mod verdict;
mod write;
mod yaml;

pub use config::{Config, NodeOus, OuIdentifier};
pub use definition::Definition;
pub use error::Error;
pub use expiry::Ending;
pub use finding::{Finding, Kind, Severity};
pub use folder::{Found, KeyFile, MspFolder};
pub use layout::{CONFIG_FILE, Place, certificate_file, crl_file};
pub use manager::{Dropped, Identity, IdentityId, Manager, Refused, Signers, WhyDropped, WhyNot};
pub use policy::{
    Decision, MetaPolicy, MetaRule, Policy, PolicyError, PolicyTree, Resolved, Shortfall,
    SignaturePolicy,
};
pub use principal::{MspRole, Principal};
pub use provider::{Msp, Parts, Roles, Unit};
pub use serialized::SerializedIdentity;
pub use signing::SigningIdentity;
pub use verdict::{Member, Role, Verdict, Why};
pub use write::Contents;
