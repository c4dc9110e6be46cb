// SPDX-License-Identifier: Apache-2.0
//! Decides what gets certified, and remembers it.
//!
//! ```no_run
//! use bccsp::{EngineChoice, Providers, Suite};
//! use gmca_ca::{Authority, Host, NewCa, Order, Profile};
//! use std::path::Path;
//!
//! let host = Host::new(Providers::new(Suite::Gm, EngineChoice::Auto)?);
//! let subject = pki::Name::parse("/C=CN/O=Org1/CN=Org1 CA")?;
//! let (authority, _) = Authority::init(&host, Path::new("ca"), &NewCa::root(subject))?;
//! let request = pki::Request::from_pem_or_der(b"-----BEGIN CERTIFICATE REQUEST-----...")?;
//! let profile = Profile::named("user").ok_or("no such profile")?;
//! let issued = authority.issue(&Order::new(request, profile))?;
//! println!("{}", issued.certificate.to_pem());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Not here: who may ask (that is for whoever calls), the encoding of certificates (`pki`), and
//! any network.
#![forbid(unsafe_code)]

mod audit;
mod authority;
mod error;
pub mod escrow;
mod holder;
mod home;
mod host;
mod issue;
mod lists;
pub mod openssl_conf;
#[doc(hidden)]
pub mod plant;
pub mod profile;
mod record;
mod renew;
mod rollover;
mod shape;
mod store;
#[cfg(feature = "testing")]
#[doc(hidden)]
pub mod testing;

pub use audit::AuditRow;
pub use authority::Authority;
pub use error::{Error, Refusal};
pub use home::NewCa;
pub use host::Host;
pub use issue::{Issued, Order};
pub use lists::ListOrder;
pub use profile::{Profile, Profiles, Wishes};
pub use record::{Record, Revocation, Serial, State};
pub use renew::Renewal;
pub use rollover::{Rolled, Rollover};
pub use shape::Shape;
