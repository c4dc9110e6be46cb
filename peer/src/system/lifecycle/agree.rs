// SPDX-License-Identifier: Apache-2.0
//! How organisations agree on a chaincode: each approves, and then the definition is committed.

use super::Work;
use super::record::{
    NAMESPACES, PACKAGE_ID, Record, SOURCES, field_key, metadata_key, package, private_name,
};
use super::store::{Private, Public, Store, differences, serialize};
use crate::lifecycle::{Definition, keys};
use crate::stream::Open;
use crate::system::{Refusal, is_reserved};
use proto::Bytes;
use proto::lifecycle::check_commit_readiness_result::Mismatches;
use proto::lifecycle::{CheckCommitReadinessResult, StateData, state_data};
use proto::prost::Message;
use std::collections::BTreeMap;

/// Approves a definition for the peer's own organisation, which will run that package for it.
pub(super) fn approve(
    work: &Work<'_>,
    open: &mut Open,
    name: &str,
    definition: &Definition,
    package_id: &str,
) -> Result<(), Refusal> {
    check_names(name, definition)?;
    work.check_member()?;
    let committed = committed(open, name)?;
    let current = sequence(open, name)?;
    let wanted = definition.sequence;
    check_sequence(wanted, current)?;
    if wanted == current {
        check_same(name, committed.as_ref(), definition)?;
    }
    let (parameters, source) = (Record::parameters(definition), Record::local_package(package_id));
    let private = private_name(name, wanted);
    let mut store = work.private(open, work.msp_id())?;
    if is_approved(&mut store, &parameters, &private, package_id)? {
        // In Fabric's words: scripts that deploy look for them.
        return Err(Refusal::new(if wanted == current {
            format!(
                "attempted to redefine the current committed sequence ({wanted}) for namespace {name}"
            )
        } else {
            format!(
                "attempted to redefine uncommitted sequence ({wanted}) for namespace {name} with unchanged content"
            )
        }));
    }
    serialize(&parameters, NAMESPACES, &private, &mut store)?;
    serialize(&source, SOURCES, &private, &mut store)
}

/// An organisation that comes later, or with another package, approves what is in force and nothing else.
fn check_same(
    name: &str,
    committed: Option<&Definition>,
    wanted: &Definition,
) -> Result<(), Refusal> {
    let sequence = wanted.sequence;
    let Some(committed) = committed else {
        let why = format!("missing metadata for currently committed sequence number ({sequence})");
        return Err(Refusal::new(why));
    };
    let Some(difference) = committed.difference(wanted) else { return Ok(()) };
    Err(Refusal::new(format!(
        "attempted to redefine the current committed sequence ({sequence}) for namespace {name} with different parameters: {difference}"
    )))
}

/// Whether that was approved already, word for word.
fn is_approved(
    store: &mut Private<'_>,
    parameters: &Record,
    private: &str,
    package_id: &str,
) -> Result<bool, Refusal> {
    if store.get(&metadata_key(NAMESPACES, private))?.is_none() {
        return Ok(false);
    }
    let mut same = true;
    for (field, value) in parameters.fields() {
        same &= store.get(&field_key(NAMESPACES, private, field))?.as_ref() == Some(value);
    }
    if !same || store.get(&metadata_key(SOURCES, private))?.is_none() {
        return Ok(false);
    }
    let found = store.get(&field_key(SOURCES, private, PACKAGE_ID))?;
    Ok(found == Some(package(package_id)))
}

/// Commits a definition that this organisation, at least, has approved.
pub(super) fn commit(
    work: &Work<'_>,
    open: &mut Open,
    name: &str,
    definition: &Definition,
) -> Result<(), Refusal> {
    check_names(name, definition)?;
    work.check_member()?;
    committed(open, name)?;
    check_next(open, name, definition.sequence)?;
    let approvals = approvals(work, open, name, definition)?;
    let mine = work.msp_id();
    if approvals.get(mine) != Some(&true) {
        let why = format!("chaincode definition not agreed to by this org ({mine})");
        return Err(Refusal::new(why));
    }
    serialize(&Record::definition(definition), NAMESPACES, name, &mut Public(open))
}

/// Who has approved what is to be committed, and where the others differ.
pub(super) fn readiness(
    work: &Work<'_>,
    open: &mut Open,
    name: &str,
    definition: &Definition,
) -> Result<CheckCommitReadinessResult, Refusal> {
    check_names(name, definition)?;
    check_next(open, name, definition.sequence)?;
    let (record, private) =
        (Record::parameters(definition), private_name(name, definition.sequence));
    let (mut approvals, mut mismatches) = (BTreeMap::new(), BTreeMap::new());
    for msp_id in work.organizations() {
        let mut store = work.private(open, &msp_id)?;
        let found = differences(&record, NAMESPACES, &private, &mut store, false)?;
        approvals.insert(msp_id.clone(), found.is_empty());
        if !found.is_empty() {
            let items = found.into_iter().map(|field| hint(field).to_owned()).collect();
            mismatches.insert(msp_id, Mismatches { items });
        }
    }
    Ok(CheckCommitReadinessResult { approvals, mismatches })
}

/// Which organisations have approved that definition.
pub(super) fn approvals(
    work: &Work<'_>,
    open: &mut Open,
    name: &str,
    definition: &Definition,
) -> Result<BTreeMap<String, bool>, Refusal> {
    let (record, private) =
        (Record::parameters(definition), private_name(name, definition.sequence));
    let mut approvals = BTreeMap::new();
    for msp_id in work.organizations() {
        let mut store = work.private(open, &msp_id)?;
        let found = differences(&record, NAMESPACES, &private, &mut store, true)?;
        approvals.insert(msp_id, found.is_empty());
    }
    Ok(approvals)
}

/// The sequence that is in force; 0 when there is none.
pub(super) fn sequence(open: &mut Open, name: &str) -> Result<i64, Refusal> {
    let Some(bytes) = Public(open).get(&keys::field(name, keys::SEQUENCE))? else { return Ok(0) };
    match StateData::decode(bytes)?.r#type {
        Some(state_data::Type::Int64(sequence)) => Ok(sequence),
        _ => Err(Refusal::new(format!("the sequence of chaincode {name} is no number"))),
    }
}

/// The definition that is in force. Where there is none, Fabric asks the lifecycle of before, and what
/// it read is part of the read set.
fn committed(open: &mut Open, name: &str) -> Result<Option<Definition>, Refusal> {
    let mut store = Public(open);
    let found = Definition::read_with(name, &mut |key| store.get(key))?;
    if found.is_none() {
        open.simulator.get("lscc", name)?;
    }
    Ok(found)
}

fn check_sequence(wanted: i64, current: i64) -> Result<(), Refusal> {
    let next = current.saturating_add(1);
    let why = if wanted < 1 {
        "requested sequence is 0, but first definable sequence number is 1".to_owned()
    } else if wanted < current {
        format!("currently defined sequence {current} is larger than requested sequence {wanted}")
    } else if wanted > next {
        format!(
            "requested sequence {wanted} is larger than the next available sequence number {next}"
        )
    } else {
        return Ok(());
    };
    Err(Refusal::new(why))
}

fn check_next(open: &mut Open, name: &str, wanted: i64) -> Result<(), Refusal> {
    let next = sequence(open, name)?.saturating_add(1);
    if wanted == next {
        return Ok(());
    }
    let why = format!("requested sequence is {wanted}, but new definition must be sequence {next}");
    Err(Refusal::new(why))
}

fn check_names(name: &str, definition: &Definition) -> Result<(), Refusal> {
    let (shown, version) = (name.escape_debug(), definition.version.escape_debug());
    let why = if !::package::is_name(name) {
        format!(
            "invalid chaincode name '{shown}'. Names can only consist of alphanumerics, '_', and '-' and can only begin with alphanumerics"
        )
    } else if is_reserved(name) {
        format!("chaincode name '{shown}' is the name of a system chaincode")
    } else if !::package::is_version(&definition.version) {
        format!(
            "invalid chaincode version '{version}'. Versions can only consist of alphanumerics, '_', '-', '+', and '.'"
        )
    } else if !definition.collections.config.is_empty() {
        format!("chaincode '{shown}' has private data collections, which are not supported here")
    } else {
        return Ok(());
    };
    Err(Refusal::new(why))
}

/// What to look at, in Fabric's words.
fn hint(field: Option<&str>) -> &'static str {
    match field {
        None => "ChaincodeParameters (Check the Sequence, ChaincodeName)",
        Some(keys::ENDORSEMENT_INFO) => {
            "EndorsementInfo (Check the Version, InitRequired, EndorsementPlugin)"
        }
        Some(keys::VALIDATION_INFO) => {
            "ValidationInfo (Check the ValidationParameter, ValidationPlugin)"
        }
        Some(_) => "Collections (Check the Collections)",
    }
}

/// The bytes of a value as they stand in the state.
pub(super) fn read_data(bytes: Bytes) -> Option<state_data::Type> {
    StateData::decode(bytes).ok()?.r#type
}
