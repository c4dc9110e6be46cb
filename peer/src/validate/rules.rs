// SPDX-License-Identifier: Apache-2.0
//! Which policy guards a namespace and each of its collections: from the definition in the state, or by
//! rule.

use super::Unjudged;
use crate::Verdict;
use crate::lifecycle::{Definition, NAMESPACE, keys};
use crate::verdict::Unmet;
use channel::Channel;
use ledger::state::Snapshot;
use msp::{Decision, MspRole, Principal, SignaturePolicy, Signers};
use proto::Bytes;
use proto::common::SignaturePolicyEnvelope;
use proto::prost::Message;
use proto::protos::collection_config::Payload;
use proto::protos::{
    ApplicationPolicy, StaticCollectionConfig, TxValidationCode as Code, application_policy::Type,
};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What guards `_lifecycle`.
const LIFECYCLE_ENDORSEMENT: &str = "/Channel/Application/LifecycleEndorsement";

/// Whose endorsements something needs.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Rule {
    /// Those that satisfy this policy.
    Signatures(SignaturePolicy),
    /// Those that satisfy the policy at this path of the configuration.
    Reference(String),
    /// Nobody's are enough, and why.
    Unreadable(String),
}

impl Rule {
    /// Reads a serialized `ApplicationPolicy`.
    pub(super) fn read(bytes: &Bytes) -> Self {
        match ApplicationPolicy::decode(bytes.clone()) {
            Ok(policy) => Self::of(&policy),
            Err(error) => Self::Unreadable(format!("the policy cannot be read: {error}")),
        }
    }

    fn of(policy: &ApplicationPolicy) -> Self {
        match &policy.r#type {
            Some(Type::SignaturePolicy(envelope)) => Self::of_signatures(envelope),
            Some(Type::ChannelConfigPolicyReference(path)) => Self::Reference(path.clone()),
            None => Self::Unreadable("the policy says nothing".to_owned()),
        }
    }

    pub(super) fn of_signatures(envelope: &SignaturePolicyEnvelope) -> Self {
        match SignaturePolicy::from_proto(envelope) {
            Ok(policy) => Self::Signatures(policy),
            Err(error) => Self::Unreadable(error.to_string()),
        }
    }

    /// Whether these endorsers are enough.
    ///
    /// # Errors
    /// What is missing.
    pub(super) fn check(&self, channel: &Channel, endorsers: &Signers) -> Result<(), Unmet> {
        let decision = match self {
            Self::Signatures(policy) => policy.evaluate(endorsers),
            Self::Reference(path) => channel.policies().evaluate(path, endorsers),
            Self::Unreadable(why) => return Err(why.clone().into()),
        };
        let Decision::Unsatisfied(shortfall) = decision else { return Ok(()) };
        let policy = match self {
            Self::Signatures(policy) => policy.to_string(),
            Self::Reference(path) | Self::Unreadable(path) => path.clone(),
        };
        Err(Unmet::policy(policy, &shortfall))
    }
}

/// What guards one namespace.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Guards {
    pub(super) chaincode: Rule,
    /// Of the collections in the definition: `None` for one that has no policy of its own.
    collections: BTreeMap<String, Option<Rule>>,
}

impl Guards {
    /// What guards a collection; `None` when what guards the chaincode does.
    ///
    /// # Errors
    /// When there is no such collection.
    pub(super) fn collection(&self, name: &str, channel: &Channel) -> Result<Option<Rule>, Unmet> {
        if let Some(msp_id) = keys::implicit_msp(name) {
            return Ok(implicit(msp_id, channel).map(Some)?);
        }
        let none = || format!("there is no collection `{}`", name.escape_debug()).into();
        self.collections.get(name).cloned().ok_or_else(none)
    }

    fn of(definition: &Definition) -> Self {
        let rule = Rule::read(&definition.validation_parameter);
        let of = |collection: &StaticCollectionConfig| {
            collection.endorsement_policy.as_ref().map(Rule::of)
        };
        let configs = definition.collections.config.iter();
        let collections = configs.filter_map(|config| {
            let Payload::StaticCollectionConfig(one) = config.payload.as_ref()?;
            Some((one.name.clone(), of(one)))
        });
        Self { chaincode: rule, collections: collections.collect() }
    }
}

/// The endorsement policy of the organisation; any member of one that has none.
fn implicit(msp_id: &str, channel: &Channel) -> Result<Rule, String> {
    let organizations = channel.application().organizations();
    let found = organizations.iter().find(|(_, organization)| organization.msp_id() == msp_id);
    let Some((name, _)) = found else {
        return Err(format!("the channel has no organisation `{}`", msp_id.escape_debug()));
    };
    let path = format!("/Channel/Application/{name}/Endorsement");
    if channel.policies().resolve(&path).is_some() {
        return Ok(Rule::Reference(path));
    }
    let member = SignaturePolicy::SignedBy(Principal::role(msp_id, MspRole::Member));
    Ok(Rule::Signatures(member))
}

/// Most organisations, by a member each, where the channel says nothing else.
fn lifecycle(channel: &Channel) -> Guards {
    let collections = BTreeMap::new();
    if channel.policies().resolve(LIFECYCLE_ENDORSEMENT).is_some() {
        let chaincode = Rule::Reference(LIFECYCLE_ENDORSEMENT.to_owned());
        return Guards { chaincode, collections };
    }
    let organizations = channel.application().organizations().values();
    let member = |id: &str| SignaturePolicy::SignedBy(Principal::role(id, MspRole::Member));
    let members: Vec<_> = organizations.map(|one| member(one.msp_id())).collect();
    let most = u32::try_from(members.len() >> 1).unwrap_or(u32::MAX).saturating_add(1);
    let chaincode = Rule::Signatures(SignaturePolicy::OutOf(most, members));
    Guards { chaincode, collections }
}

/// What guards the namespaces that were met: as it stands in the state, so it is forgotten when
/// definitions change.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    known: HashMap<String, Arc<Guards>>,
}

impl Rules {
    /// Definitions may be others from now on.
    pub(crate) fn forget(&mut self) {
        self.known.clear();
    }

    /// What guards a namespace.
    ///
    /// # Errors
    /// When nothing is known: the state cannot be read, or somebody else's code would have to judge.
    pub(super) fn of(
        &mut self,
        namespace: &str,
        state: &Snapshot,
        channel: &Channel,
    ) -> Result<Result<Arc<Guards>, Verdict>, Unjudged> {
        if namespace == NAMESPACE {
            return Ok(Ok(Arc::new(lifecycle(channel))));
        }
        if let Some(known) = self.known.get(namespace) {
            return Ok(Ok(Arc::clone(known)));
        }
        let definition = match check(namespace, Definition::read(state, namespace)?)? {
            Ok(definition) => definition,
            Err(verdict) => return Ok(Err(verdict)),
        };
        let guards = Arc::new(Guards::of(&definition));
        self.known.insert(namespace.to_owned(), Arc::clone(&guards));
        Ok(Ok(guards))
    }
}

fn check(
    namespace: &str,
    definition: Option<Definition>,
) -> Result<Result<Definition, Verdict>, Unjudged> {
    let name = namespace.escape_debug();
    let invalid = |why: String| Ok(Err(Verdict::new(Code::InvalidChaincode, why)));
    let Some(definition) = definition else {
        return invalid(format!("the channel has no definition of chaincode `{name}`"));
    };
    if definition.validation_plugin.is_empty() || definition.validation_parameter.is_empty() {
        return invalid(format!("the definition of chaincode `{name}` names no policy"));
    }
    if definition.validation_plugin != VSCC {
        let plugin = definition.validation_plugin.escape_debug().to_string();
        return Err(Unjudged::Plugin { chaincode: name.to_string(), plugin });
    }
    Ok(Ok(definition))
}

/// The one that is here.
const VSCC: &str = "vscc";
