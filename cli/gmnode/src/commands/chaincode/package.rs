// SPDX-License-Identifier: Apache-2.0
//! Packages made, installed and listed.

use super::answered;
use crate::args_chaincode::{Install, List, Package};
use crate::objects;
use anyhow::{Context as _, Result};
use node::client::{Call, Caller, ClientError, EndorserClient};
use package::ServiceAddress;
use proto::lifecycle::{
    InstallChaincodeArgs, InstallChaincodeResult, QueryChaincodeDefinitionsArgs,
    QueryChaincodeDefinitionsResult, QueryInstalledChaincodesArgs, QueryInstalledChaincodesResult,
};
use proto::prost::Message as _;
use sys::Access;
use terminal::{Outcome, files, output};

pub(super) const LIFECYCLE: &str = "_lifecycle";

pub(super) fn package(args: &Package) -> Result<Outcome> {
    files::check_free(&args.out.out, args.out.force)?;
    let root = args.tls_ca.as_deref().map(files::read).transpose()?;
    let place = ServiceAddress {
        address: args.address.clone(),
        dial_timeout: "10s".to_owned(),
        tls_required: root.is_some(),
        root_cert: root.map(String::from_utf8).transpose()?.unwrap_or_default(),
    };
    let bytes = package::service(&args.label, &place)?;
    let id = package::Package::read(&bytes, &objects::providers()?)?.id().to_owned();
    files::write(&args.out, &bytes, Access::Public)?;
    match args.out.out.as_os_str() == "-" {
        true => output::remark(id),
        false => output::line(id)?,
    }
    Ok(Outcome::Yes)
}

pub(super) async fn install(args: &Install) -> Result<Outcome> {
    let bytes = files::read(&args.package)?;
    let name = || args.package.display().to_string();
    let package = package::Package::read(&bytes, &objects::providers()?).with_context(name)?;
    let caller = args.at.member.caller()?;
    for peer in args.at.endorsers()? {
        let message = InstallChaincodeArgs { chaincode_install_package: bytes.clone().into() };
        let call = Call::with_message("", LIFECYCLE, "InstallChaincode", &message);
        let answer = peer.query(&caller, &call).await?;
        let id = InstallChaincodeResult::decode(answer)?.package_id;
        output::remark(format_args!("{}: installed {id}", peer.name()));
    }
    output::line(package.id())?;
    Ok(Outcome::Yes)
}

pub(super) async fn list(args: &List) -> Result<Outcome> {
    let (caller, peer) = args.at.both()?;
    let lines = match &args.channel {
        None => installed(&caller, &peer).await,
        Some(channel) => defined(&caller, &peer, channel).await,
    };
    answered(lines, |lines| {
        lines.iter().try_for_each(output::line)?;
        Ok(Outcome::Yes)
    })
}

async fn installed(caller: &Caller, peer: &EndorserClient) -> Result<Vec<String>, ClientError> {
    let args = QueryInstalledChaincodesArgs {};
    let call = Call::with_message("", LIFECYCLE, "QueryInstalledChaincodes", &args);
    let answer = QueryInstalledChaincodesResult::decode(peer.query(caller, &call).await?)?;
    Ok(answer.installed_chaincodes.into_iter().map(|one| one.package_id).collect())
}

async fn defined(
    caller: &Caller,
    peer: &EndorserClient,
    channel: &str,
) -> Result<Vec<String>, ClientError> {
    let args = QueryChaincodeDefinitionsArgs {};
    let call = Call::with_message(channel, LIFECYCLE, "QueryChaincodeDefinitions", &args);
    let answer = QueryChaincodeDefinitionsResult::decode(peer.query(caller, &call).await?)?;
    let line = |one: proto::lifecycle::query_chaincode_definitions_result::ChaincodeDefinition| {
        format!("{}: version {}, sequence {}", one.name, one.version, one.sequence)
    };
    Ok(answer.chaincode_definitions.into_iter().map(line).collect())
}
