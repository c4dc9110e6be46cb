// SPDX-License-Identifier: Apache-2.0
//! Chaincode in Rust: a trait, and a `main` that serves Hyperledger Fabric's chaincode stream.
//!
//! Implement [`Chaincode`] or fill a [`Router`], and hand it to [`main`]. The same program is a service
//! that peers dial, or dials a peer in development mode, as its environment says ([`Options::read`]).
//!
//! ```
//! use gmca_chaincode::{Chaincode, Error, Response, Stub};
//!
//! struct Greetings;
//!
//! impl Chaincode for Greetings {
//!     async fn invoke(&self, stub: &Stub) -> Result<Response, Error> {
//!         let (function, args) = stub.function_and_parameters()?;
//!         match (function, args[..].as_ref()) {
//!             ("put", [name, text]) => {
//!                 stub.put_state(name, text.to_string()).await?;
//!                 Ok(Response::success(""))
//!             }
//!             ("get", [name]) => {
//!                 let text = stub.get_state(name).await?;
//!                 Ok(Response::success(text.ok_or_else(|| Error::refused("no such name"))?))
//!             }
//!             _ => Ok(Response::error("call put NAME TEXT or get NAME")),
//!         }
//!     }
//! }
//!
//! // fn main() -> std::process::ExitCode { gmca_chaincode::main(Greetings) }
//! ```
//!
//! Feature `testing` has a peer in memory. Not here: the side of the peer (`peer`, `node`).
#![forbid(unsafe_code)]
#![deny(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

pub mod asset;
mod chaincode;
mod der;
mod error;
mod identity;
mod proposal;
mod router;
mod serve;
mod stream;
mod stub;
#[cfg(feature = "testing")]
pub mod testing;

pub use bytes::Bytes;
pub use chaincode::{Chaincode, Response};
pub use error::Error;
pub use identity::ClientIdentity;
pub use proto;
pub use router::{Args, Outcome, Router};
pub use serve::{Mode, Options, ServeError, Server, TlsFiles, main, serve};
pub use stub::{
    Collection, KeyModification, Kv, Page, Record, Results, Role, StateEndorsement, Stub,
    composite_key, split_composite_key,
};

/// The services of the chaincode stream.
#[allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::restriction
)]
mod services {
    include!(concat!(env!("OUT_DIR"), "/protos.rs"));
}
