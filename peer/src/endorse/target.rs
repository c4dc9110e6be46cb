// SPDX-License-Identifier: Apache-2.0
//! Which chaincode a call is for: its definition, its package, whether it must be initialised first.

use super::Endorser;
use crate::lifecycle::{Definition, NAMESPACE, keys};
use crate::stream::{Call, CallId, Transaction, Trouble};
use crate::system::lifecycle::source;
use crate::view::View;
use proto::Bytes;
use proto::protos::{ChaincodeInput, SignedProposal};
use std::sync::Arc;

/// A chaincode that is to run, and who runs it.
#[derive(Clone, Debug)]
pub struct Target {
    /// What it is called with, for [`Stream::run`](crate::stream::Stream::run).
    pub call: Call,
    /// The id of the package that this organisation approved for it: the name under which the
    /// chaincode registers.
    pub package_id: String,
    /// The version that the channel agreed upon.
    pub version: String,
}

/// Why there is nothing to run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoTarget {
    #[error(
        "make sure the chaincode {chaincode} has been successfully defined on channel {channel} and try again: chaincode {chaincode} not found"
    )]
    NotDefined { chaincode: String, channel: String },
    #[error(
        "error in simulation: chaincode '{0}' does not require initialization but called as init"
    )]
    NoInit(String),
    #[error("error in simulation: chaincode '{0}' is already initialized but called as init")]
    Initialized(String),
    #[error(
        "error in simulation: chaincode '{0}' has not been initialized for this version, must call as init first"
    )]
    NotInitialized(String),
    #[error(
        "error in simulation: chaincode definition for '{0}' exists, but chaincode is not installed: this organisation approved no package of it that this peer knows"
    )]
    NotInstalled(String),
    #[error("error in simulation: {0}")]
    Trouble(#[from] Trouble),
}

impl Endorser {
    /// The chaincode of that name on a channel of a transaction.
    pub(super) fn target(
        &self,
        transaction: &Transaction,
        view: &View,
        chaincode: &str,
        input: ChaincodeInput,
        proposal: SignedProposal,
    ) -> Result<Target, NoTarget> {
        let found = self.definition(transaction, view.id(), chaincode)?;
        let Found { definition, package } = found.ok_or_else(|| NoTarget::NotDefined {
            chaincode: chaincode.to_owned(),
            channel: view.id().to_owned(),
        })?;
        check_init(transaction, view.id(), chaincode, &definition, &input)?;
        let package_id = package.ok_or_else(|| NoTarget::NotInstalled(chaincode.to_owned()))?;
        let id = CallId { channel: view.id().to_owned(), tx_id: transaction.id() };
        let call = Call {
            id,
            chaincode: chaincode.to_owned(),
            is_init: input.is_init,
            input,
            proposal,
            transaction: transaction.clone(),
        };
        Ok(Target { call, package_id, version: definition.version.clone() })
    }

    /// The definition, and the package that this organisation approved for it. That the sequence was
    /// read is part of the transaction's read set: the definition may change before it is ordered.
    fn definition(
        &self,
        transaction: &Transaction,
        channel: &str,
        chaincode: &str,
    ) -> Result<Option<Found>, Trouble> {
        transaction.with(channel, |open| {
            let sequence = keys::field(chaincode, keys::SEQUENCE);
            let Some(entry) = open.simulator.get(NAMESPACE, &sequence)? else { return Ok(None) };
            // There is one definition of each sequence: it may be of a later state than the snapshot.
            let sequence = Definition::sequence_in(entry.value);
            let known = open.view.definition(chaincode).ok().flatten();
            let known = known.filter(|known| Some(known.sequence) == sequence);
            let read = || Definition::read(&open.snapshot, chaincode);
            let definition = match known {
                Some(known) => Some(known),
                None => read()?.map(Arc::new),
            };
            let Some(definition) = definition else { return Ok(None) };
            let hash = open.view.config().hash()?;
            let name = format!("{chaincode}#{}", definition.sequence);
            let package = source(&open.snapshot, hash, self.identity.msp_id(), &name, self)?;
            Ok(Some(Found { definition, package }))
        })
    }
}

/// A chaincode as the channel has it.
struct Found {
    definition: Arc<Definition>,
    /// What this organisation approved to run it with.
    package: Option<String>,
}

/// A chaincode that asks for it is initialised once for each version, by a call that says so.
fn check_init(
    transaction: &Transaction,
    channel: &str,
    chaincode: &str,
    definition: &Definition,
    input: &ChaincodeInput,
) -> Result<(), NoTarget> {
    let version = Bytes::copy_from_slice(definition.version.as_bytes());
    let is_open = if definition.init_required {
        let value = transaction
            .with(channel, |open| Ok(open.simulator.get(chaincode, INITIALIZED)?))?
            .map(|entry| entry.value);
        value.unwrap_or_default() != version
    } else {
        false
    };
    let name = || chaincode.to_owned();
    match (input.is_init, definition.init_required, is_open) {
        (false, _, false) => Ok(()),
        (false, _, true) => Err(NoTarget::NotInitialized(name())),
        (true, false, _) => Err(NoTarget::NoInit(name())),
        (true, true, false) => Err(NoTarget::Initialized(name())),
        (true, true, true) => {
            let put = |open: &mut crate::stream::Open| {
                Ok(open.simulator.put(chaincode, INITIALIZED, version)?)
            };
            Ok(transaction.with(channel, put)?)
        }
    }
}

/// Where the version stands for which a chaincode was initialised, in its own state.
const INITIALIZED: &str = "\u{0}\u{10ffff}initialized";
