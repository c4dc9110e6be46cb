// SPDX-License-Identifier: Apache-2.0
//! Questions to `_lifecycle`: what is defined, and what this organisation approved.

use super::Work;
use super::agree::{approvals, read_data, sequence};
use super::record::{NAMESPACES, PACKAGE_ID, SOURCES, field_key, metadata_key, private_name};
use super::store::{Private, Public, Store};
use crate::lifecycle::{Definition, NAMESPACE, keys};
use crate::stream::Open;
use crate::system::Refusal;
use proto::lifecycle::chaincode_source::{Local, Type, Unavailable};
use proto::lifecycle::query_approved_chaincode_definitions_result::ApprovedChaincodeDefinition;
use proto::lifecycle::query_chaincode_definitions_result::ChaincodeDefinition;
use proto::lifecycle::{
    ChaincodeSource, QueryApprovedChaincodeDefinitionResult,
    QueryApprovedChaincodeDefinitionsResult, QueryChaincodeDefinitionResult,
    QueryChaincodeDefinitionsResult, state_data,
};
use proto::prost::Message;

/// The definition of a chaincode that is in force, with who has approved it.
pub(super) fn defined(
    work: &Work<'_>,
    open: &mut Open,
    name: &str,
) -> Result<QueryChaincodeDefinitionResult, Refusal> {
    let mut store = Public(open);
    let found = Definition::read_with(name, &mut |key| store.get(key))?;
    let shown: String = name.chars().take(100).collect();
    let found =
        found.ok_or_else(|| Refusal::not_found(format!("namespace {shown} is not defined")))?;
    let approvals = approvals(work, open, name, &found)?;
    Ok(QueryChaincodeDefinitionResult {
        sequence: found.sequence,
        version: found.version,
        endorsement_plugin: found.endorsement_plugin,
        validation_plugin: found.validation_plugin,
        validation_parameter: found.validation_parameter,
        collections: Some(found.collections),
        init_required: found.init_required,
        approvals,
    })
}

/// All definitions that are in force, by name.
pub(super) fn all_defined(open: &mut Open) -> Result<QueryChaincodeDefinitionsResult, Refusal> {
    let mut chaincode_definitions = Vec::new();
    for name in names(open)? {
        let mut store = Public(open);
        let found = Definition::read_with(&name, &mut |key| store.get(key))?;
        chaincode_definitions.extend(found.map(|found| ChaincodeDefinition {
            name,
            sequence: found.sequence,
            version: found.version,
            endorsement_plugin: found.endorsement_plugin,
            validation_plugin: found.validation_plugin,
            validation_parameter: found.validation_parameter,
            collections: Some(found.collections),
            init_required: found.init_required,
        }));
    }
    Ok(QueryChaincodeDefinitionsResult { chaincode_definitions })
}

/// The names of all chaincodes that are defined.
pub(super) fn names(open: &mut Open) -> Result<Vec<String>, Refusal> {
    let start = metadata_key(NAMESPACES, "");
    let end = format!("{start}\u{10ffff}");
    let query = open.simulator.range(NAMESPACE, &start, &end)?;
    let mut names = Vec::new();
    while let Some(row) = open.simulator.advance(query)? {
        let key = String::from_utf8_lossy(&row.key).into_owned();
        names.extend(key.strip_prefix(&start).map(ToOwned::to_owned));
    }
    Ok(names)
}

/// What this organisation approved under a sequence; 0 asks for the newest.
pub(super) fn approved(
    work: &Work<'_>,
    open: &mut Open,
    name: &str,
    wanted: i64,
) -> Result<QueryApprovedChaincodeDefinitionResult, Refusal> {
    let sequences = if wanted == 0 {
        let current = sequence(open, name)?;
        vec![current.saturating_add(1), current]
    } else {
        vec![wanted]
    };
    for sequence in sequences {
        if let Some((found, source)) = one_approved(work, open, name, sequence)? {
            return Ok(QueryApprovedChaincodeDefinitionResult {
                sequence,
                version: found.version,
                endorsement_plugin: found.endorsement_plugin,
                validation_plugin: found.validation_plugin,
                validation_parameter: found.validation_parameter,
                collections: Some(found.collections),
                init_required: found.init_required,
                source: Some(source),
            });
        }
    }
    let (shown, channel): (String, _) = (name.chars().take(100).collect(), work.view.id());
    Err(Refusal::not_found(format!(
        "could not fetch approved chaincode definition (name: '{shown}', sequence: '{wanted}') on channel '{channel}'"
    )))
}

/// What this organisation approved for chaincodes that are defined, and for their next sequence.
pub(super) fn all_approved(
    work: &Work<'_>,
    open: &mut Open,
) -> Result<QueryApprovedChaincodeDefinitionsResult, Refusal> {
    let mut all = Vec::new();
    for name in names(open)? {
        let current = sequence(open, &name)?;
        for sequence in [current, current.saturating_add(1)] {
            let found = one_approved(work, open, &name, sequence)?;
            all.extend(found.map(|(found, source)| ApprovedChaincodeDefinition {
                name: name.clone(),
                sequence,
                version: found.version,
                endorsement_plugin: found.endorsement_plugin,
                validation_plugin: found.validation_plugin,
                validation_parameter: found.validation_parameter,
                collections: Some(found.collections),
                init_required: found.init_required,
                source: Some(source),
            }));
        }
    }
    Ok(QueryApprovedChaincodeDefinitionsResult { approved_chaincode_definitions: all })
}

/// `None` when nothing was approved, or its values are not on this peer.
fn one_approved(
    work: &Work<'_>,
    open: &mut Open,
    name: &str,
    sequence: i64,
) -> Result<Option<(Definition, ChaincodeSource)>, Refusal> {
    let private = private_name(name, sequence);
    let mut store = work.private(open, work.msp_id())?;
    if store.get(&metadata_key(NAMESPACES, &private))?.is_none() {
        return Ok(None);
    }
    let endorsement = field(&mut store, &private, keys::ENDORSEMENT_INFO)?;
    let validation = field(&mut store, &private, keys::VALIDATION_INFO)?;
    let collections = field(&mut store, &private, keys::COLLECTIONS)?;
    let (Some(endorsement), Some(validation), Some(collections)) =
        (endorsement, validation, collections)
    else {
        return Ok(None);
    };
    let endorsement = proto::lifecycle::ChaincodeEndorsementInfo::decode(endorsement)?;
    let validation = proto::lifecycle::ChaincodeValidationInfo::decode(validation)?;
    let definition = Definition {
        sequence,
        version: endorsement.version,
        init_required: endorsement.init_required,
        endorsement_plugin: endorsement.endorsement_plugin,
        validation_plugin: validation.validation_plugin,
        validation_parameter: validation.validation_parameter,
        collections: proto::protos::CollectionConfigPackage::decode(collections)?,
    };
    let key = field_key(SOURCES, &private, PACKAGE_ID);
    let source = store.get(&key)?.and_then(read_data);
    let source = match source {
        Some(state_data::Type::String(package_id)) if !package_id.is_empty() => {
            Type::LocalPackage(Local { package_id })
        }
        _ => Type::Unavailable(Unavailable {}),
    };
    Ok(Some((definition, ChaincodeSource { r#type: Some(source) })))
}

fn field(
    store: &mut Private<'_>,
    private: &str,
    field: &str,
) -> Result<Option<proto::Bytes>, Refusal> {
    let value = store.get(&field_key(NAMESPACES, private, field))?;
    Ok(match value.and_then(read_data) {
        Some(state_data::Type::Bytes(bytes)) => Some(bytes),
        _ => None,
    })
}
