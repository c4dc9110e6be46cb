// SPDX-License-Identifier: Apache-2.0
//! How many endorsements of which organisations a result needs, by the definitions in the state.
//!
//! Not here: the choice itself (`peer`).

use super::failure::Failure;
use super::request::Asked;
use peer::View;
use peer::assemble::{CannotMeet, Chooser};
use peer::lifecycle::NAMESPACE;
use peer::system::is_system;
use proto::Bytes;
use proto::prost::Message;
use proto::protos::application_policy::Type;
use proto::protos::{ApplicationPolicy, ChaincodeCall, ChaincodeInterest};
use std::collections::BTreeMap;
use tokio::task::spawn_blocking;
use tonic::Code;

/// Endorsements by the MSP of their organisation.
pub(super) type Needs = BTreeMap<String, usize>;

/// Whose endorsements are needed?
pub(super) struct Question {
    pub(super) view: View,
    pub(super) interest: ChaincodeInterest,
    /// How many can be had.
    pub(super) available: Needs,
    /// The organisation that is preferred.
    pub(super) prefer: String,
}

/// Answers it.
pub(super) async fn choose(question: Question) -> Result<Needs, CannotMeet> {
    let mut chaincodes = question.interest.chaincodes.iter();
    if chaincodes.all(|call| is_known(&question.view, &call.name)) {
        return question.answer();
    }
    // It reads the state.
    let chosen = spawn_blocking(move || question.answer());
    chosen.await.unwrap_or_else(|error| Err(CannotMeet::Unreadable(error.to_string())))
}

impl Question {
    fn answer(self) -> Result<Needs, CannotMeet> {
        let Self { view, interest, available, prefer } = self;
        let chooser = Chooser { config: view.config(), available: &available, prefer: &prefer };
        chooser.choose(&interest, &mut |chaincode| parameter(&view, chaincode))
    }
}

/// Whether no disk is needed for its policy.
fn is_known(view: &View, chaincode: &str) -> bool {
    chaincode == NAMESPACE || view.known_definition(chaincode).is_some()
}

/// What a result touched, and the chaincode that was called, whose policy counts even if it wrote
/// nothing.
pub(super) fn complete(interest: &ChaincodeInterest, asked: &Asked) -> ChaincodeInterest {
    let mut interest = interest.clone();
    let is_named = interest.chaincodes.iter().any(|call| call.name == asked.chaincode);
    let is_call = !is_system(&asked.chaincode);
    if !is_named && (is_call || commits_definition(asked)) {
        let name = asked.chaincode.clone();
        interest.chaincodes.push(ChaincodeCall { name, ..ChaincodeCall::default() });
    }
    interest
}

/// Its public writes are the one thing of a system chaincode that others must endorse.
fn commits_definition(asked: &Asked) -> bool {
    asked.chaincode == NAMESPACE && asked.function == COMMIT
}

/// The serialized policy of a chaincode.
fn parameter(view: &View, chaincode: &str) -> Option<Bytes> {
    if chaincode == NAMESPACE {
        let path = Type::ChannelConfigPolicyReference(LIFECYCLE.to_owned());
        return Some(ApplicationPolicy { r#type: Some(path) }.encode_to_vec().into());
    }
    Some(view.definition(chaincode).ok()??.validation_parameter.clone())
}

/// Whether there is such a chaincode at all.
pub(super) async fn check_defined(view: &View, chaincode: &str) -> Result<(), Failure> {
    if is_system(chaincode) || is_known(view, chaincode) {
        return Ok(());
    }
    let (state, name) = (view.clone(), chaincode.to_owned());
    let found = spawn_blocking(move || parameter(&state, &name)).await;
    match found {
        Ok(Some(_)) => Ok(()),
        _ => {
            let why = CannotMeet::NotDefined(chaincode.to_owned());
            Err(Failure::new(Code::FailedPrecondition, why.to_string()))
        }
    }
}

const COMMIT: &str = "CommitChaincodeDefinition";
const LIFECYCLE: &str = "/Channel/Application/LifecycleEndorsement";
