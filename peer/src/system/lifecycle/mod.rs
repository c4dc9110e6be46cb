// SPDX-License-Identifier: Apache-2.0
//! `_lifecycle`: which chaincodes there are, agreed upon by the organisations of a channel.
//!
//! State and messages are Fabric's to the byte: endorsers of both makes may have to agree. What an
//! organisation approved is in its implicit collection, of which everybody has the hashes; the values
//! stay on the peer that approved ([`Values`](crate::system::Values)).
//!
//! Not here: how a definition is used (`endorse`, `validate`).

mod agree;
mod install;
mod query;
mod record;
mod store;

use super::{Refusal, allow, function, message, respond};
use crate::endorse::check::Checked;
use crate::endorse::{Endorser, digest};
use crate::lifecycle::{Definition, NAMESPACE, keys};
use crate::stream::{Open, Transaction};
use crate::view::View;
use bccsp::Hash;
use ledger::state::Snapshot;
use proto::Bytes;
use proto::lifecycle::{
    ApproveChaincodeDefinitionForMyOrgArgs, ApproveChaincodeDefinitionForMyOrgResult,
    CheckCommitReadinessArgs, CommitChaincodeDefinitionArgs, CommitChaincodeDefinitionResult,
    GetInstalledChaincodePackageArgs, GetInstalledChaincodePackageResult, InstallChaincodeArgs,
    QueryApprovedChaincodeDefinitionArgs, QueryChaincodeDefinitionArgs,
    QueryInstalledChaincodeArgs, chaincode_source, state_data,
};
use proto::prost::Message;
use proto::protos::{ApplicationPolicy, Response, application_policy};
use store::Private;

/// A call on a channel.
pub(super) struct Work<'a> {
    endorser: &'a Endorser,
    view: &'a View,
    hash: &'static dyn Hash,
}

/// Answers a call.
pub(crate) fn run(
    endorser: &Endorser,
    checked: &Checked,
    transaction: Option<&Transaction>,
    args: &[Bytes],
) -> Response {
    let answer = function(args).and_then(|name| {
        allow(endorser, checked, &format!("{NAMESPACE}/{name}"))?;
        let answer = match (checked.view.as_ref(), transaction) {
            (Some(view), Some(transaction)) => on_channel(endorser, view, transaction, name, args),
            _ => on_peer(endorser, name, args),
        };
        answer.map_err(|refusal| match refusal.status {
            500 => {
                let why = refusal.message;
                Refusal::new(format!("failed to invoke backing implementation of '{name}': {why}"))
            }
            _ => refusal,
        })
    });
    respond(answer)
}

fn on_peer(endorser: &Endorser, function: &str, args: &[Bytes]) -> Result<Bytes, Refusal> {
    match function {
        "InstallChaincode" => {
            let args: InstallChaincodeArgs = message(args, 1)?;
            Ok(encoded(&install::install(endorser, &args.chaincode_install_package)?))
        }
        "QueryInstalledChaincodes" => Ok(encoded(&install::installed(endorser)?)),
        "QueryInstalledChaincode" => {
            let args: QueryInstalledChaincodeArgs = message(args, 1)?;
            Ok(encoded(&install::one_installed(endorser, &args.package_id)?))
        }
        "GetInstalledChaincodePackage" => {
            let args: GetInstalledChaincodePackageArgs = message(args, 1)?;
            let chaincode_install_package = install::file(endorser, &args.package_id)?;
            Ok(encoded(&GetInstalledChaincodePackageResult { chaincode_install_package }))
        }
        _ => Err(Refusal::new(format!("{function} is asked on a channel; name one"))),
    }
}

fn on_channel(
    endorser: &Endorser,
    view: &View,
    transaction: &Transaction,
    function: &str,
    args: &[Bytes],
) -> Result<Bytes, Refusal> {
    let hash = endorser.providers.hash(view.config().hash_algorithm())?;
    let work = Work { endorser, view, hash };
    let answer = transaction.with(view.id(), |open| Ok(work.answer(open, function, args)));
    match answer? {
        Ok(Some(answer)) => Ok(answer),
        Ok(None) => on_peer(endorser, function, args),
        Err(refusal) => Err(refusal),
    }
}

impl Work<'_> {
    /// `None` for a function that asks for no channel.
    fn answer(
        &self,
        open: &mut Open,
        function: &str,
        args: &[Bytes],
    ) -> Result<Option<Bytes>, Refusal> {
        Ok(Some(match function {
            "ApproveChaincodeDefinitionForMyOrg" => self.approve(open, message(args, 1)?)?,
            "CommitChaincodeDefinition" => self.commit(open, message(args, 1)?)?,
            "CheckCommitReadiness" => self.readiness(open, message(args, 1)?)?,
            "QueryChaincodeDefinition" => {
                let args: QueryChaincodeDefinitionArgs = message(args, 1)?;
                encoded(&query::defined(self, open, &args.name)?)
            }
            "QueryChaincodeDefinitions" => encoded(&query::all_defined(open)?),
            "QueryApprovedChaincodeDefinition" => {
                let args: QueryApprovedChaincodeDefinitionArgs = message(args, 1)?;
                encoded(&query::approved(self, open, &args.name, args.sequence)?)
            }
            "QueryApprovedChaincodeDefinitions" => encoded(&query::all_approved(self, open)?),
            _ => return Ok(None),
        }))
    }

    fn approve(
        &self,
        open: &mut Open,
        args: ApproveChaincodeDefinitionForMyOrgArgs,
    ) -> Result<Bytes, Refusal> {
        let package_id = match args.source.and_then(|source| source.r#type) {
            Some(chaincode_source::Type::LocalPackage(local)) => local.package_id,
            _ => String::new(),
        };
        let definition = self.complete(Definition {
            sequence: args.sequence,
            version: args.version,
            init_required: args.init_required,
            endorsement_plugin: args.endorsement_plugin,
            validation_plugin: args.validation_plugin,
            validation_parameter: args.validation_parameter,
            collections: args.collections.unwrap_or_default(),
        })?;
        agree::approve(self, open, &args.name, &definition, &package_id)?;
        Ok(encoded(&ApproveChaincodeDefinitionForMyOrgResult {}))
    }

    fn commit(
        &self,
        open: &mut Open,
        args: CommitChaincodeDefinitionArgs,
    ) -> Result<Bytes, Refusal> {
        let definition = self.complete(Definition {
            sequence: args.sequence,
            version: args.version,
            init_required: args.init_required,
            endorsement_plugin: args.endorsement_plugin,
            validation_plugin: args.validation_plugin,
            validation_parameter: args.validation_parameter,
            collections: args.collections.unwrap_or_default(),
        })?;
        agree::commit(self, open, &args.name, &definition)?;
        Ok(encoded(&CommitChaincodeDefinitionResult {}))
    }

    fn readiness(&self, open: &mut Open, args: CheckCommitReadinessArgs) -> Result<Bytes, Refusal> {
        let definition = self.complete(Definition {
            sequence: args.sequence,
            version: args.version,
            init_required: args.init_required,
            endorsement_plugin: args.endorsement_plugin,
            validation_plugin: args.validation_plugin,
            validation_parameter: args.validation_parameter,
            collections: args.collections.unwrap_or_default(),
        })?;
        Ok(encoded(&agree::readiness(self, open, &args.name, &definition)?))
    }

    /// Fills in what was left to the channel.
    fn complete(&self, mut definition: Definition) -> Result<Definition, Refusal> {
        let default = |field: &mut String, name: &str| {
            if field.is_empty() {
                name.clone_into(field);
            }
        };
        default(&mut definition.endorsement_plugin, "escc");
        default(&mut definition.validation_plugin, "vscc");
        if !definition.validation_parameter.is_empty() {
            return Ok(definition);
        }
        if self.view.config().policies().resolve(ENDORSEMENT).is_none() {
            let why =
                format!("the channel has no policy {ENDORSEMENT}: give the definition a policy");
            return Err(Refusal::new(why));
        }
        let reference =
            application_policy::Type::ChannelConfigPolicyReference(ENDORSEMENT.to_owned());
        definition.validation_parameter = encoded(&ApplicationPolicy { r#type: Some(reference) });
        Ok(definition)
    }

    /// The peer's own organisation.
    fn msp_id(&self) -> &str {
        self.endorser.identity.msp_id()
    }

    /// The MSPs of all organisations that use the channel.
    fn organizations(&self) -> Vec<String> {
        let organizations = self.view.config().application().organizations().values();
        organizations.map(|organization| organization.msp_id().to_owned()).collect()
    }

    fn check_member(&self) -> Result<(), Refusal> {
        if self.organizations().iter().any(|id| id == self.msp_id()) {
            return Ok(());
        }
        Err(Refusal::new(format!("organisation {} is not in this channel", self.msp_id())))
    }

    fn private<'b>(&'b self, open: &'b mut Open, msp_id: &str) -> Result<Private<'b>, Refusal> {
        Ok(Private::of(open, msp_id, &*self.endorser.values, self.hash))
    }
}

/// The package that an organisation approved under a name such as `basic#1`: from what this peer keeps,
/// or one of those that are installed, by its hash.
pub(crate) fn source(
    state: &Snapshot,
    hash: &dyn Hash,
    msp_id: &str,
    private_name: &str,
    endorser: &Endorser,
) -> Result<Option<String>, ledger::Error> {
    let key = record::field_key(record::SOURCES, private_name, record::PACKAGE_ID);
    let key = digest(hash, key.as_bytes());
    let collection = keys::implicit_collection(msp_id);
    let Some(entry) = state.hashed(NAMESPACE, &collection, key.as_ref())? else { return Ok(None) };
    let wanted = entry.value;
    let is_it = |id: &str| digest(hash, &record::package(id)).as_ref() == wanted;
    let kept = endorser.values.find(&wanted).and_then(agree::read_data);
    if let Some(state_data::Type::String(id)) = kept {
        return Ok(Some(id).filter(|id| !id.is_empty()));
    }
    let installed = endorser.packages.list().into_iter().map(|package| package.id);
    Ok(installed.into_iter().find(|id| is_it(id)))
}

fn encoded(message: &impl Message) -> Bytes {
    message.encode_to_vec().into()
}

/// The policy of a chaincode whose definition names none.
const ENDORSEMENT: &str = "/Channel/Application/Endorsement";
