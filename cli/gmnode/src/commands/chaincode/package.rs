// SPDX-License-Identifier: Apache-2.0
//! Packages made, installed and listed.

use super::answered;
use crate::args_chaincode::{Install, List, Package};
use crate::lifecycle::{self, NAMESPACE};
use crate::objects;
use anyhow::{Context as _, Result};
use bccsp::SecretBytes;
use node::client::{Call, Caller, ClientError, EndorserClient};
use package::{ClientPair, ServiceAddress};
use proto::lifecycle::{QueryChaincodeDefinitionsArgs, QueryChaincodeDefinitionsResult};
use proto::prost::Message as _;
use sys::Access;
use terminal::{Outcome, files, output};

pub(super) fn package(args: &Package) -> Result<Outcome> {
    files::check_free(&args.out.out, args.out.force)?;
    let root = args.tls_ca.as_deref().map(files::read).transpose()?;
    let place = ServiceAddress {
        address: args.address.clone(),
        dial_timeout: "10s".to_owned(),
        tls_required: root.is_some(),
        root_cert: root.map(String::from_utf8).transpose()?.unwrap_or_default(),
    };
    let client = client(args)?;
    let (bytes, id) = lifecycle::package(&args.label, &place, client.as_ref())?;
    let access = if client.is_some() { Access::Private } else { Access::Public };
    files::write(&args.out, &bytes, access)?;
    match args.out.out.as_os_str() == "-" {
        true => output::remark(id),
        false => output::line(id)?,
    }
    Ok(Outcome::Yes)
}

/// What peers show to the service.
fn client(args: &Package) -> Result<Option<ClientPair>> {
    let (Some(certificate), Some(key)) = (&args.tls_client_cert, &args.tls_client_key) else {
        return Ok(None);
    };
    let certificate = String::from_utf8(files::read(certificate)?)?;
    Ok(Some(ClientPair { certificate, key: SecretBytes::new(files::read(key)?) }))
}

pub(super) async fn install(args: &Install) -> Result<Outcome> {
    let bytes = files::read(&args.package)?;
    let name = || args.package.display().to_string();
    let package = package::Package::read(&bytes, &objects::providers()?).with_context(name)?;
    let caller = args.at.member.caller()?;
    for peer in args.at.endorsers()? {
        let id = lifecycle::install(&caller, &peer, &bytes).await?;
        output::remark(format_args!("{}: installed {id}", peer.name()));
    }
    output::line(package.id())?;
    Ok(Outcome::Yes)
}

pub(super) async fn list(args: &List) -> Result<Outcome> {
    let (caller, peer) = args.at.both()?;
    let lines = match &args.channel {
        None => lifecycle::installed(&caller, &peer).await,
        Some(channel) => defined(&caller, &peer, channel).await,
    };
    answered(lines, |lines| {
        lines.iter().try_for_each(output::line)?;
        Ok(Outcome::Yes)
    })
}

async fn defined(
    caller: &Caller,
    peer: &EndorserClient,
    channel: &str,
) -> Result<Vec<String>, ClientError> {
    let args = QueryChaincodeDefinitionsArgs {};
    let call = Call::with_message(channel, NAMESPACE, "QueryChaincodeDefinitions", &args);
    let answer = QueryChaincodeDefinitionsResult::decode(peer.query(caller, &call).await?)?;
    let line = |one: proto::lifecycle::query_chaincode_definitions_result::ChaincodeDefinition| {
        format!("{}: version {}, sequence {}", one.name, one.version, one.sequence)
    };
    Ok(answer.chaincode_definitions.into_iter().map(line).collect())
}
