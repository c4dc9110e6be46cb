// SPDX-License-Identifier: Apache-2.0
//! Who may ask a peer for what: resources and the policies that guard them.

use crate::view::View;
use msp::{Decision, Identity, Manager, MspRole, Principal, Signers};
use std::sync::Arc;

/// What guards a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// A policy of the channel, unless the channel names another one.
    Policy(&'static str),
    /// Administrators of the peer's own organisation.
    Admins,
    /// Members of the peer's own organisation.
    Members,
}

const READERS: &str = "/Channel/Application/Readers";
const WRITERS: &str = "/Channel/Application/Writers";

/// What guards a resource when the channel says nothing; `None` for one that there is not.
pub(crate) fn guard(resource: &str) -> Option<Guard> {
    Some(match resource {
        "_lifecycle/InstallChaincode"
        | "_lifecycle/QueryInstalledChaincode"
        | "_lifecycle/QueryInstalledChaincodes"
        | "_lifecycle/GetInstalledChaincodePackage"
        | "_lifecycle/ApproveChaincodeDefinitionForMyOrg"
        | "_lifecycle/QueryApprovedChaincodeDefinition"
        | "_lifecycle/QueryApprovedChaincodeDefinitions"
        | "cscc/JoinChain"
        | "cscc/JoinChainBySnapshot"
        | "cscc/JoinBySnapshotStatus" => Guard::Admins,
        "cscc/GetChannels" => Guard::Members,
        "_lifecycle/CommitChaincodeDefinition"
        | "_lifecycle/CheckCommitReadiness"
        | "_lifecycle/QueryChaincodeDefinition"
        | "_lifecycle/QueryChaincodeDefinitions"
        | PROPOSE
        | CHAINCODE_TO_CHAINCODE => Guard::Policy(WRITERS),
        "qscc/GetChainInfo"
        | "qscc/GetBlockByNumber"
        | "qscc/GetBlockByHash"
        | "qscc/GetTransactionByID"
        | "qscc/GetBlockByTxID"
        | "qscc/ExplainTransaction"
        | "cscc/GetConfigBlock"
        | "cscc/GetChannelConfig"
        | EVENT_BLOCK
        | EVENT_FILTERED_BLOCK
        | COMMIT_STATUS
        | CHAINCODE_EVENTS => Guard::Policy(READERS),
        _ => return None,
    })
}

/// Whether an identity may use a resource of a channel. What is guarded by the peer's own
/// organisation is not asked here.
pub(crate) fn check_channel(
    resource: &str,
    view: &View,
    who: &Arc<Identity>,
) -> Result<(), String> {
    let path = match (view.config().application().acl(resource), guard(resource)) {
        (Some(path), _) | (None, Some(Guard::Policy(path))) => path,
        (None, _) => return Err(format!("nothing guards {resource}")),
    };
    let signers = Signers::of([Arc::clone(who)]);
    match view.config().policies().evaluate(path, &signers) {
        Decision::Satisfied => Ok(()),
        Decision::Unsatisfied(why) => Err(format!(
            "failed evaluating policy on signed data during check policy [{path}]: {why}"
        )),
    }
}

/// Whether somebody, as serialized, belongs to the peer's own organisation.
pub(crate) fn check_local(
    guard: Guard,
    local: &Manager,
    msp_id: &str,
    who: &proto::Bytes,
) -> Result<(), String> {
    let role = if guard == Guard::Admins { MspRole::Admin } else { MspRole::Member };
    let identity = local.identity_of(who).map_err(|refused| refused.to_string())?;
    let principal = Principal::role(msp_id, role);
    identity.satisfies(&principal).map_err(|why| format!("not {principal}: {why}"))
}

pub(crate) const PROPOSE: &str = "peer/Propose";
pub(crate) const CHAINCODE_TO_CHAINCODE: &str = "peer/ChaincodeToChaincode";
pub(crate) const EVENT_BLOCK: &str = "event/Block";
pub(crate) const EVENT_FILTERED_BLOCK: &str = "event/FilteredBlock";
pub(crate) const COMMIT_STATUS: &str = "gateway/CommitStatus";
pub(crate) const CHAINCODE_EVENTS: &str = "gateway/ChaincodeEvents";
