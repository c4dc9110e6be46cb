// SPDX-License-Identifier: Apache-2.0
//! Packages on this peer: installed, listed, given back.

use super::source;
use crate::endorse::Endorser;
use crate::lifecycle::{Definition, NAMESPACE};
use crate::system::Refusal;
use ::package::Package;
use ledger::state::Snapshot;
use proto::Bytes;
use proto::lifecycle::query_installed_chaincodes_result::{
    Chaincode, InstalledChaincode, References,
};
use proto::lifecycle::{
    InstallChaincodeResult, QueryInstalledChaincodeResult, QueryInstalledChaincodesResult,
    query_installed_chaincode_result,
};
use std::collections::BTreeMap;

/// Chaincodes that use a package, by channel.
type Uses = BTreeMap<String, References>;

pub(super) fn install(
    endorser: &Endorser,
    bytes: &Bytes,
) -> Result<InstallChaincodeResult, Refusal> {
    let package = Package::read(bytes, endorser.providers).map_err(|error| {
        Refusal::new(format!("could not parse as a chaincode install package: {error}"))
    })?;
    let id = package.id();
    if endorser.packages.list().iter().any(|installed| installed.id == id) {
        return Err(Refusal::new(format!(
            "chaincode already successfully installed (package ID '{id}')"
        )));
    }
    endorser.packages.install(&package, bytes).map_err(Refusal::new)?;
    Ok(InstallChaincodeResult { package_id: id.to_owned(), label: package.label().to_owned() })
}

pub(super) fn installed(endorser: &Endorser) -> Result<QueryInstalledChaincodesResult, Refusal> {
    let mut uses = uses(endorser)?;
    let installed = endorser.packages.list().into_iter().map(|package| InstalledChaincode {
        references: uses.remove(&package.id).unwrap_or_default(),
        package_id: package.id,
        label: package.label,
    });
    Ok(QueryInstalledChaincodesResult { installed_chaincodes: installed.collect() })
}

pub(super) fn one_installed(
    endorser: &Endorser,
    id: &str,
) -> Result<QueryInstalledChaincodeResult, Refusal> {
    let found = endorser.packages.list().into_iter().find(|package| package.id == id);
    let package = found.ok_or_else(|| not_installed(id))?;
    let uses = uses(endorser)?.remove(id).unwrap_or_default();
    let references = uses.into_iter().map(|(channel, uses)| {
        let chaincodes = uses.chaincodes.into_iter();
        let chaincodes = chaincodes.map(|chaincode| query_installed_chaincode_result::Chaincode {
            name: chaincode.name,
            version: chaincode.version,
        });
        let chaincodes = chaincodes.collect();
        (channel, query_installed_chaincode_result::References { chaincodes })
    });
    Ok(QueryInstalledChaincodeResult {
        package_id: package.id,
        label: package.label,
        references: references.collect(),
    })
}

pub(super) fn file(endorser: &Endorser, id: &str) -> Result<Bytes, Refusal> {
    endorser.packages.file(id).map_err(Refusal::new)?.ok_or_else(|| not_installed(id))
}

fn not_installed(id: &str) -> Refusal {
    let id: String = id.chars().take(200).collect();
    Refusal::new(format!("chaincode install package '{id}' not found"))
}

/// Who uses which package, over all channels.
fn uses(endorser: &Endorser) -> Result<BTreeMap<String, Uses>, Refusal> {
    let mut uses: BTreeMap<String, Uses> = BTreeMap::new();
    for channel in endorser.channels.names() {
        let Some(view) = endorser.channels.view(&channel) else { continue };
        let (state, hash) = (view.ledger().snapshot()?, view.config().hash()?);
        for name in defined(&state)? {
            let Some(definition) = Definition::read(&state, &name)? else { continue };
            let private = super::record::private_name(&name, definition.sequence);
            let mine = endorser.identity.msp_id();
            let Some(package) = source(&state, hash, mine, &private, endorser)? else { continue };
            let chaincode = Chaincode { name, version: definition.version };
            let of_channel = uses.entry(package).or_default().entry(channel.clone()).or_default();
            of_channel.chaincodes.push(chaincode);
        }
    }
    Ok(uses)
}

fn defined(state: &Snapshot) -> Result<Vec<String>, Refusal> {
    let start = super::record::metadata_key(super::record::NAMESPACES, "");
    let rows = state.range(NAMESPACE, &start, &format!("{start}\u{10ffff}"))?;
    let mut names = Vec::new();
    for row in rows {
        let key = String::from_utf8_lossy(&row?.key).into_owned();
        names.extend(key.strip_prefix(&start).map(ToOwned::to_owned));
    }
    Ok(names)
}
