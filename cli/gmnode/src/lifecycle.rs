// SPDX-License-Identifier: Apache-2.0
//! `_lifecycle` of a running peer: packages installed, definitions approved, checked and committed.
//!
//! Not here: in which order, and on which peers (`network::deploy`, `gmnode chaincode`).

use anyhow::{Context as _, Result};
use node::client::{Call, Caller, ClientError, EndorserClient};
use package::{ClientPair, ServiceAddress};
use proto::Bytes;
use proto::lifecycle::chaincode_source::{Local, Type, Unavailable};
use proto::lifecycle::{
    ApproveChaincodeDefinitionForMyOrgArgs, ChaincodeSource, CheckCommitReadinessArgs,
    CheckCommitReadinessResult, CommitChaincodeDefinitionArgs, InstallChaincodeArgs,
    InstallChaincodeResult, QueryApprovedChaincodeDefinitionArgs,
    QueryApprovedChaincodeDefinitionResult, QueryChaincodeDefinitionArgs,
    QueryChaincodeDefinitionResult, QueryInstalledChaincodesArgs, QueryInstalledChaincodesResult,
};
use proto::prost::Message;

/// The chaincode that keeps the others.
pub(crate) const NAMESPACE: &str = "_lifecycle";

/// What organisations agree upon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    /// The chaincode.
    pub(crate) name: String,
    /// Any text.
    pub(crate) version: String,
    /// 1, then one more each time.
    pub(crate) sequence: i64,
    /// Who must endorse: a `protos.ApplicationPolicy`, or nothing for what the channel says.
    pub(crate) parameter: Bytes,
    /// Whether it must be initialised before it is called.
    pub(crate) init_required: bool,
}

/// The package of a chaincode that runs as a service, and its id. Equal arguments give equal bytes.
/// With a `client` it holds a private key.
pub(crate) fn package(
    label: &str,
    place: &ServiceAddress,
    client: Option<&ClientPair>,
) -> Result<(Vec<u8>, String)> {
    let bytes = package::service(label, place, client)?;
    let package = package::Package::read(&bytes, &crate::objects::providers()?)?;
    Ok((bytes, package.id().to_owned()))
}

/// Installs a package on a peer; its id.
pub(crate) async fn install(
    caller: &Caller,
    peer: &EndorserClient,
    bytes: &[u8],
) -> Result<String, ClientError> {
    let message = InstallChaincodeArgs { chaincode_install_package: bytes.to_vec().into() };
    let call = Call::with_message("", NAMESPACE, "InstallChaincode", &message);
    let answer = peer.query(caller, &call).await?;
    Ok(InstallChaincodeResult::decode(answer)?.package_id)
}

/// The ids of the packages on a peer.
pub(crate) async fn installed(
    caller: &Caller,
    peer: &EndorserClient,
) -> Result<Vec<String>, ClientError> {
    let args = QueryInstalledChaincodesArgs {};
    let call = Call::with_message("", NAMESPACE, "QueryInstalledChaincodes", &args);
    let answer = QueryInstalledChaincodesResult::decode(peer.query(caller, &call).await?)?;
    Ok(answer.installed_chaincodes.into_iter().map(|one| one.package_id).collect())
}

/// The definition that is in force.
pub(crate) async fn committed(
    caller: &Caller,
    peer: &EndorserClient,
    channel: &str,
    name: &str,
) -> Result<Option<Terms>, ClientError> {
    let args = QueryChaincodeDefinitionArgs { name: name.to_owned() };
    let call = Call::with_message(channel, NAMESPACE, "QueryChaincodeDefinition", &args);
    let Some(answer) = found(peer.query(caller, &call).await)? else { return Ok(None) };
    let answer = QueryChaincodeDefinitionResult::decode(answer)?;
    Ok(Some(Terms {
        name: name.to_owned(),
        version: answer.version,
        sequence: answer.sequence,
        parameter: answer.validation_parameter,
        init_required: answer.init_required,
    }))
}

/// What the peer's organisation approved under a sequence, and the package that it runs.
pub(crate) async fn approved(
    caller: &Caller,
    peer: &EndorserClient,
    channel: &str,
    (name, sequence): (&str, i64),
) -> Result<Option<(Terms, Option<String>)>, ClientError> {
    let args = QueryApprovedChaincodeDefinitionArgs { name: name.to_owned(), sequence };
    let call = Call::with_message(channel, NAMESPACE, "QueryApprovedChaincodeDefinition", &args);
    let Some(answer) = found(peer.query(caller, &call).await)? else { return Ok(None) };
    let answer = QueryApprovedChaincodeDefinitionResult::decode(answer)?;
    let package = match answer.source.and_then(|source| source.r#type) {
        Some(Type::LocalPackage(local)) => Some(local.package_id),
        _ => None,
    };
    let terms = Terms {
        name: name.to_owned(),
        version: answer.version,
        sequence: answer.sequence,
        parameter: answer.validation_parameter,
        init_required: answer.init_required,
    };
    Ok(Some((terms, package)))
}

/// That there is none is an answer.
fn found(answer: Result<Bytes, ClientError>) -> Result<Option<Bytes>, ClientError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(ClientError::Refused { status: 404, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Who has approved a definition, as a peer knows.
pub(crate) async fn readiness(
    caller: &Caller,
    peer: &EndorserClient,
    channel: &str,
    terms: &Terms,
) -> Result<CheckCommitReadinessResult, ClientError> {
    let message = CheckCommitReadinessArgs {
        sequence: terms.sequence,
        name: terms.name.clone(),
        version: terms.version.clone(),
        validation_parameter: terms.parameter.clone(),
        init_required: terms.init_required,
        ..Default::default()
    };
    let call = Call::with_message(channel, NAMESPACE, "CheckCommitReadiness", &message);
    Ok(CheckCommitReadinessResult::decode(peer.query(caller, &call).await?)?)
}

/// The call by which an organisation approves; without a package it runs none.
pub(crate) fn approval(channel: &str, terms: &Terms, package_id: Option<&str>) -> Call {
    let source = match package_id {
        Some(id) => Type::LocalPackage(Local { package_id: id.to_owned() }),
        None => Type::Unavailable(Unavailable {}),
    };
    let message = ApproveChaincodeDefinitionForMyOrgArgs {
        sequence: terms.sequence,
        name: terms.name.clone(),
        version: terms.version.clone(),
        validation_parameter: terms.parameter.clone(),
        init_required: terms.init_required,
        source: Some(ChaincodeSource { r#type: Some(source) }),
        ..Default::default()
    };
    Call::with_message(channel, NAMESPACE, "ApproveChaincodeDefinitionForMyOrg", &message)
}

/// The call that puts a definition in force.
pub(crate) fn commit(channel: &str, terms: &Terms) -> Call {
    let message = CommitChaincodeDefinitionArgs {
        sequence: terms.sequence,
        name: terms.name.clone(),
        version: terms.version.clone(),
        validation_parameter: terms.parameter.clone(),
        init_required: terms.init_required,
        ..Default::default()
    };
    Call::with_message(channel, NAMESPACE, "CommitChaincodeDefinition", &message)
}

/// A name that peers take, said in words if it is none.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let why = "letters, digits, _ and - are wanted, behind a letter or digit";
    package::is_name(name).then_some(()).with_context(|| format!("{name:?}: {why}"))
}
