// SPDX-License-Identifier: Apache-2.0
//! What organisations agree upon: approved, checked, committed.

use super::package::LIFECYCLE;
use super::{answered, verdict};
use crate::args_chaincode::{Approve, Check, Commit, Definition};
use anyhow::{Context as _, Result};
use msp::SignaturePolicy;
use node::client::Call;
use proto::Bytes;
use proto::lifecycle::chaincode_source::{Local, Type, Unavailable};
use proto::lifecycle::{
    ApproveChaincodeDefinitionForMyOrgArgs, ChaincodeSource, CheckCommitReadinessArgs,
    CheckCommitReadinessResult, CommitChaincodeDefinitionArgs,
};
use proto::prost::Message as _;
use proto::protos::{ApplicationPolicy, application_policy};
use std::time::Duration;
use terminal::{Outcome, output};

impl Definition {
    /// Who must endorse, as the definition has it; empty for what the channel says.
    fn parameter(&self) -> Result<Bytes> {
        use application_policy::Type;
        let policy = match (&self.policy, &self.policy_path) {
            (Some(rule), _) => {
                let policy = SignaturePolicy::parse(rule);
                let policy = policy.with_context(|| format!("--policy {rule}"))?;
                Type::SignaturePolicy(policy.to_proto())
            }
            (None, Some(path)) => Type::ChannelConfigPolicyReference(path.clone()),
            (None, None) => return Ok(Bytes::new()),
        };
        Ok(ApplicationPolicy { r#type: Some(policy) }.encode_to_vec().into())
    }
}

pub(super) async fn approve(args: &Approve) -> Result<Outcome> {
    let Approve { definition, package_id, at, orderers } = args;
    let source = match package_id {
        Some(id) => Type::LocalPackage(Local { package_id: id.clone() }),
        None => Type::Unavailable(Unavailable {}),
    };
    let message = ApproveChaincodeDefinitionForMyOrgArgs {
        sequence: definition.sequence,
        name: definition.name.clone(),
        version: definition.version.clone(),
        validation_parameter: definition.parameter()?,
        init_required: definition.init_required,
        source: Some(ChaincodeSource { r#type: Some(source) }),
        ..Default::default()
    };
    let channel = &definition.channel;
    let function = "ApproveChaincodeDefinitionForMyOrg";
    let call = Call::with_message(channel, LIFECYCLE, function, &message);
    let caller = at.member.caller()?;
    let network = at.network(&caller, channel, orderers).await?;
    answered(network.submit(&caller, &call, PATIENCE).await, |done| verdict(&done))
}

pub(super) async fn check(args: &Check) -> Result<Outcome> {
    let Check { definition, at } = args;
    let message = CheckCommitReadinessArgs {
        sequence: definition.sequence,
        name: definition.name.clone(),
        version: definition.version.clone(),
        validation_parameter: definition.parameter()?,
        init_required: definition.init_required,
        ..Default::default()
    };
    let channel = &definition.channel;
    let call = Call::with_message(channel, LIFECYCLE, "CheckCommitReadiness", &message);
    let (caller, peer) = at.both()?;
    answered(peer.query(&caller, &call).await, |answer| {
        let answer = CheckCommitReadinessResult::decode(answer)?;
        for (organization, approved) in &answer.approvals {
            let differs = answer.mismatches.get(organization).map(|items| items.items.join(", "));
            let said = match (approved, differs) {
                (true, _) => "approved".to_owned(),
                (false, Some(items)) if !items.is_empty() => format!("not approved: {items}"),
                (false, _) => "not approved".to_owned(),
            };
            output::line(format_args!("{organization}: {said}"))?;
        }
        let all = answer.approvals.values().all(|approved| *approved);
        Ok(if all { Outcome::Yes } else { Outcome::No })
    })
}

pub(super) async fn commit(args: &Commit) -> Result<Outcome> {
    let Commit { definition, at, orderers } = args;
    let message = CommitChaincodeDefinitionArgs {
        sequence: definition.sequence,
        name: definition.name.clone(),
        version: definition.version.clone(),
        validation_parameter: definition.parameter()?,
        init_required: definition.init_required,
        ..Default::default()
    };
    let channel = &definition.channel;
    let call = Call::with_message(channel, LIFECYCLE, "CommitChaincodeDefinition", &message);
    let caller = at.member.caller()?;
    let network = at.network(&caller, channel, orderers).await?;
    answered(network.submit(&caller, &call, PATIENCE).await, |done| verdict(&done))
}

const PATIENCE: Duration = Duration::from_secs(60);
