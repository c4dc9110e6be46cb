// SPDX-License-Identifier: Apache-2.0
//! Whether an update may be applied: versions, modification policies, signatures.
//!
//! Not here: what becomes of the tree (`rebuild`), and whether that is a channel (`transition`).

use super::rebuild::rebuild;
use crate::element::{Content, Elements, flatten, is_name};
use crate::{Channel, Element, Error};
use block::ConfigUpdate;
use msp::Signers;
use proto::common::{Config, ConfigGroup};

/// The configuration that an update leads to: sequence + 1.
pub(super) fn propose(channel: &Channel, update: &ConfigUpdate) -> Result<Config, Error> {
    let message = update.update()?;
    if message.channel_id != channel.id() {
        let (found, wanted) = (message.channel_id, channel.id().to_owned());
        return Err(Error::OtherChannel { found, wanted });
    }
    let none = ConfigGroup::default();
    let read = flatten_set(message.read_set.as_ref(), &none)?;
    let write = flatten_set(message.write_set.as_ref(), &none)?;
    let current = flatten(channel.root())?;
    check_read_set(&read, &current)?;
    let delta = delta(&read, &write);
    if delta.is_empty() {
        return Err(Error::NoChange);
    }
    let signers = channel.msps().verify(&update.signatures()?);
    signers.check()?;
    for (element, content) in &delta {
        check_element(channel, element, *content, &current, &signers)?;
    }
    let mut proposed = current;
    proposed.extend(delta);
    let sequence = channel.sequence().checked_add(1);
    let sequence = sequence.ok_or_else(|| Error::malformed("sequence", "it is at its end"))?;
    Ok(Config { sequence, channel_group: Some(rebuild(&proposed)?) })
}

/// Whether everything that was written is in the result. A new element that its group does not
/// name changes nothing, so nobody's signature was asked for, and still the sequence went up.
pub(super) fn check_taken_in(update: &ConfigUpdate, result: &ConfigGroup) -> Result<(), Error> {
    let (message, result) = (update.update()?, flatten(result)?);
    let none = ConfigGroup::default();
    let write = flatten_set(message.write_set.as_ref(), &none)?;
    match write.keys().find(|element| !result.contains_key(element)) {
        Some(element) => {
            Err(Error::update(element, "its group, as it is written, has no such member"))
        }
        None => Ok(()),
    }
}

/// An update without a set is one with an empty root.
fn flatten_set<'a>(
    set: Option<&'a ConfigGroup>,
    none: &'a ConfigGroup,
) -> Result<Elements<'a>, Error> {
    flatten(set.unwrap_or(none))
}

fn check_read_set(read: &Elements<'_>, current: &Elements<'_>) -> Result<(), Error> {
    for (element, content) in read {
        let Some(existing) = current.get(element) else {
            return Err(Error::update(element, "it was read, and the channel has no such element"));
        };
        if existing.version() != content.version() {
            let (read, now) = (content.version(), existing.version());
            let why = format!("it was read at version {read} and is at {now}: compute it again");
            return Err(Error::update(element, why));
        }
    }
    Ok(())
}

/// What is written and not merely named: elements whose version differs from the one read.
fn delta<'a>(read: &Elements<'a>, write: &Elements<'a>) -> Elements<'a> {
    let is_changed = |element: &Element, content: &Content<'_>| {
        read.get(element).is_none_or(|read| read.version() != content.version())
    };
    let changed = write.iter().filter(|(element, content)| is_changed(element, content));
    changed.map(|(element, content)| (element.clone(), *content)).collect()
}

fn check_element(
    channel: &Channel,
    element: &Element,
    content: Content<'_>,
    current: &Elements<'_>,
    signers: &Signers,
) -> Result<(), Error> {
    check_mod_policy(element, content.mod_policy())?;
    let Some(existing) = current.get(element) else {
        if content.version() != 0 {
            let why = format!("it is new, so its version is 0 and not {}", content.version());
            return Err(Error::update(element, why));
        }
        // Whoever may change the group that holds it may add it: that group names it only if it is in
        // the delta, too.
        return Ok(());
    };
    if existing.version().checked_add(1) != Some(content.version()) {
        let (now, then) = (existing.version(), content.version());
        let why = format!("it is at version {now}, so a change of it is not version {then}");
        return Err(Error::update(element, why));
    }
    // The policy in force is the one of the element as it is, not as it is to become.
    check_signers(channel, element, existing.mod_policy(), signers)
}

fn check_mod_policy(element: &Element, policy: &str) -> Result<(), Error> {
    if policy.is_empty() {
        return Err(Error::update(
            element,
            "it has no mod_policy, so nobody could change it again",
        ));
    }
    let relative = policy.strip_prefix('/').unwrap_or(policy);
    if relative.split('/').all(is_name) {
        return Ok(());
    }
    let policy = policy.escape_debug();
    Err(Error::update(element, format!("its mod_policy `{policy}` is no path of a policy")))
}

fn check_signers(
    channel: &Channel,
    element: &Element,
    policy: &str,
    signers: &Signers,
) -> Result<(), Error> {
    let group = element.policy_group();
    let decision = channel.policies().evaluate_at(&group, policy, signers);
    if decision.is_satisfied() {
        return Ok(());
    }
    let path =
        if policy.starts_with('/') { policy.to_owned() } else { format!("{group}/{policy}") };
    Err(Error::update(element, format!("policy {path} is not satisfied: {decision}")))
}
