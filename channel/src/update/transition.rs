// SPDX-License-Identifier: Apache-2.0
//! What may change from one configuration to the next, whoever signs for it.

use crate::capabilities::HASH_SWITCH;
use crate::{Channel, Consenter, Element, Error, Organization};
use std::collections::BTreeMap;

/// Whether a channel may go from `old` to `new`.
pub(super) fn check(old: &Channel, new: &Channel) -> Result<(), Error> {
    check_hash(old, new)?;
    check_consensus(old, new)?;
    check_msp_ids(
        "/Channel/Orderer",
        old.orderer().organizations(),
        new.orderer().organizations(),
    )?;
    let (old, new) = (old.application(), new.application());
    check_msp_ids("/Channel/Application", old.organizations(), new.organizations())
}

/// The capability must be in force before: nodes that do not know it have stopped by then.
fn check_hash(old: &Channel, new: &Channel) -> Result<(), Error> {
    let (from, to) = (old.hash_algorithm(), new.hash_algorithm());
    if from == to || old.capabilities().has(HASH_SWITCH) {
        return Ok(());
    }
    let (from, to) = (from.fabric_name(), to.fabric_name());
    let why = format!(
        "it may go from {from} to {to} only after channel capability {HASH_SWITCH} is in force: \
         add that by an update before this one"
    );
    Err(Error::update(&Element::value("/Channel/HashingAlgorithm"), why))
}

fn check_consensus(old: &Channel, new: &Channel) -> Result<(), Error> {
    let element = Element::value("/Channel/Orderer/ConsensusType");
    let (old, new) = (old.orderer(), new.orderer());
    if old.consensus_type() != new.consensus_type() {
        let (from, to) = (old.consensus_type(), new.consensus_type());
        let why = format!("the consensus type is `{from}` for good, and cannot become `{to}`");
        return Err(Error::update(&element, why));
    }
    let (added, removed) =
        (beyond(new.consenters(), old.consenters()), beyond(old.consenters(), new.consenters()));
    match (&added[..], &removed[..]) {
        ([], []) | ([_], []) | ([], [_]) => Ok(()),
        // The same node with renewed certificates.
        ([new], [old]) if (&new.host, new.port) == (&old.host, old.port) => Ok(()),
        (added, removed) => {
            let (added, removed) = (added.len(), removed.len());
            let why = format!(
                "{added} consenters come and {removed} go: change one at a time, so that a quorum \
                 of the old ones can agree on it"
            );
            Err(Error::update(&element, why))
        }
    }
}

fn beyond<'a>(these: &'a [Consenter], those: &[Consenter]) -> Vec<&'a Consenter> {
    these.iter().filter(|one| !those.contains(one)).collect()
}

fn check_msp_ids(
    group: &str,
    old: &BTreeMap<String, Organization>,
    new: &BTreeMap<String, Organization>,
) -> Result<(), Error> {
    for (name, old) in old {
        let Some(new) = new.get(name) else { continue };
        if old.msp_id() != new.msp_id() {
            let element = Element::value(&format!("{group}/{name}/MSP"));
            let (from, to) = (old.msp_id(), new.msp_id().escape_debug());
            let why = format!(
                "the MSP of an organisation is `{from}` for good, and cannot become `{to}`: add a \
                 new organisation and remove this one"
            );
            return Err(Error::update(&element, why));
        }
    }
    Ok(())
}
