// SPDX-License-Identifier: Apache-2.0
//! System chaincodes: what a peer answers itself, in the form of a chaincode.
//!
//! Not here: the definitions that they agree upon, as validation reads them (`lifecycle`).

pub(crate) mod cscc;
pub(crate) mod lifecycle;
mod packages;
pub(crate) mod qscc;
mod values;

pub use packages::{Installed, MemoryPackages, PackageFolder, Packages};
pub use values::{MemoryValues, ValueFolder, Values};

use crate::endorse::check::Checked;
use crate::endorse::{Endorser, acl};
use crate::lifecycle::NAMESPACE;
use crate::stream::Transaction;
use proto::Bytes;
use proto::prost::Message;
use proto::protos::Response;

/// Queries of the ledger.
pub(crate) const QSCC: &str = "qscc";
/// Configuration and channels.
pub(crate) const CSCC: &str = "cscc";
/// The version that all of them have.
pub(crate) const VERSION: &str = "syscc";

/// Whether a peer answers this chaincode itself.
#[must_use]
pub fn is_system(chaincode: &str) -> bool {
    matches!(chaincode, QSCC | CSCC | NAMESPACE)
}

/// Whether no chaincode of a user may have this name.
#[must_use]
pub(crate) fn is_reserved(chaincode: &str) -> bool {
    is_system(chaincode) || matches!(chaincode, "lscc" | "escc" | "vscc")
}

/// A no of a system chaincode.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: i32,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { status: 500, message: message.into() }
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self { status: 404, message: message.into() }
    }
}

impl<E: std::error::Error> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::new(error.to_string())
    }
}

/// Runs one, on a channel's state when there is a transaction.
pub(crate) fn run(
    endorser: &Endorser,
    checked: &Checked,
    transaction: Option<&Transaction>,
) -> Response {
    let args = &checked.input.args[..];
    match checked.chaincode.as_str() {
        QSCC => qscc::run(endorser, checked.view.as_ref(), &checked.creator, args),
        CSCC => cscc::run(endorser, checked, args),
        _ => lifecycle::run(endorser, checked, transaction, args),
    }
}

pub(crate) fn respond(result: Result<Bytes, Refusal>) -> Response {
    match result {
        Ok(payload) => Response { status: 200, message: String::new(), payload },
        Err(Refusal { status, message }) => Response { status, message, payload: Bytes::new() },
    }
}

/// Whether the creator may use a resource.
pub(crate) fn allow(endorser: &Endorser, checked: &Checked, resource: &str) -> Result<(), Refusal> {
    let channel = checked.view.as_ref().map_or("", |view| view.id());
    let denied =
        |why: String| Refusal::new(format!("access denied for [{resource}][{channel}]: {why}"));
    let named =
        checked.view.as_ref().filter(|view| view.config().application().acl(resource).is_some());
    match (acl::guard(resource), named.or(checked.view.as_ref())) {
        (Some(guard @ (acl::Guard::Admins | acl::Guard::Members)), _) if named.is_none() => {
            let who = checked.proposal.headers().creator();
            acl::check_local(guard, &endorser.local, endorser.identity.msp_id(), who)
                .map_err(denied)
        }
        (Some(_), Some(view)) => {
            acl::check_channel(resource, view, &checked.creator).map_err(denied)
        }
        (Some(_), None) => Err(denied("name a channel".to_owned())),
        (None, _) => Err(Refusal::new(format!("there is no {resource}"))),
    }
}

/// An argument as a message.
pub(crate) fn message<M: Message + Default>(args: &[Bytes], at: usize) -> Result<M, Refusal> {
    let bytes = args.get(at).ok_or_else(|| Refusal::new(format!("argument {at} is missing")))?;
    M::decode(bytes.clone())
        .map_err(|error| Refusal::new(format!("failed to decode input arg to function: {error}")))
}

/// An argument as text.
pub(crate) fn text(args: &[Bytes], at: usize) -> Result<&str, Refusal> {
    let bytes = args.get(at).ok_or_else(|| Refusal::new(format!("argument {at} is missing")))?;
    std::str::from_utf8(bytes).map_err(|_| Refusal::new(format!("argument {at} is not UTF-8")))
}

/// The name of the function.
pub(crate) fn function(args: &[Bytes]) -> Result<&str, Refusal> {
    text(args, 0)
}
