// SPDX-License-Identifier: Apache-2.0
//! What organisations agree upon: approved, checked, committed.

use super::{answered, verdict};
use crate::args_chaincode::{Approve, Check, Commit, Definition};
use crate::lifecycle::{self, Terms};
use anyhow::{Context as _, Result};
use msp::SignaturePolicy;
use proto::Bytes;
use proto::prost::Message as _;
use proto::protos::{ApplicationPolicy, application_policy};
use std::time::Duration;
use terminal::{Outcome, output};

impl Definition {
    fn terms(&self) -> Result<Terms> {
        Ok(Terms {
            name: self.name.clone(),
            version: self.version.clone(),
            sequence: self.sequence,
            parameter: self.parameter()?,
            init_required: self.init_required,
        })
    }

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
    let channel = &definition.channel;
    let call = lifecycle::approval(channel, &definition.terms()?, package_id.as_deref());
    let caller = at.member.caller()?;
    let network = at.network(&caller, channel, orderers).await?;
    answered(network.submit(&caller, &call, PATIENCE).await, |done| verdict(&done))
}

pub(super) async fn check(args: &Check) -> Result<Outcome> {
    let Check { definition, at } = args;
    let terms = definition.terms()?;
    let (caller, peer) = at.both()?;
    let answer = lifecycle::readiness(&caller, &peer, &definition.channel, &terms).await;
    answered(answer, |answer| {
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
    let channel = &definition.channel;
    let call = lifecycle::commit(channel, &definition.terms()?);
    let caller = at.member.caller()?;
    let network = at.network(&caller, channel, orderers).await?;
    answered(network.submit(&caller, &call, PATIENCE).await, |done| verdict(&done))
}

const PATIENCE: Duration = Duration::from_secs(60);
