// SPDX-License-Identifier: Apache-2.0
//! Which envelopes may be ordered: Fabric's filters, in Fabric's order.
//!
//! | asked | refused with |
//! | --- | --- |
//! | is it an envelope for this channel, with a payload | 400 |
//! | is it small enough | 400 |
//! | has the certificate of its sender not ended, by this node's clock | 400 |
//! | do the Writers of the channel include its sender | 403 |
//! | are transactions taken, or is this maintenance | 503 |
//!
//! Not here: what becomes of a wish to change the configuration (`update`).

use crate::plant::{self, Plant};
use crate::{Node, update};
use block::{Envelope, canonical};
use channel::Channel;
use consensus::{Admitted, Kind, Refusal};
use msp::Decision;
use pki::Time;
use proto::Bytes;
use proto::common::{self, HeaderType};
use proto::prost::Message;

/// Who may send transactions, and in normal times configuration updates.
const WRITERS: &str = "/Channel/Writers";
/// Who may send configuration updates in maintenance.
const ORDERER_WRITERS: &str = "/Channel/Orderer/Writers";

/// Judges what a client sent under that configuration.
pub(crate) fn judge(node: &Node, channel: &Channel, bytes: &Bytes) -> Result<Admitted, Refusal> {
    let message = common::Envelope::decode(bytes.clone())
        .map_err(|error| bad(format!("the envelope cannot be read: {error}")))?;
    check_size(channel, &message)?;
    let envelope = open(message)?;
    check_channel(channel, &envelope)?;
    match envelope.headers().kind() {
        Some(HeaderType::ConfigUpdate) => {
            filter(node, channel, &envelope)?;
            update::admit(node, channel, envelope.to_message())
        }
        // What an orderer made of an update is made anew from that update.
        Some(HeaderType::Config) => {
            let config = envelope.config().map_err(|error| bad(error.to_string()))?;
            let none = || bad("the config envelope has no last_update");
            judge_update(node, channel, config.last_update.ok_or_else(none)?)
        }
        Some(HeaderType::OrdererTransaction) => {
            Err(bad("an envelope of type ORDERER_TRANSACTION is not taken from clients"))
        }
        _ => {
            filter(node, channel, &envelope)?;
            check_maintenance(channel)?;
            normal(channel, &envelope, bytes)
        }
    }
}

/// The same for an envelope of which only a configuration update may come.
fn judge_update(
    node: &Node,
    channel: &Channel,
    message: common::Envelope,
) -> Result<Admitted, Refusal> {
    check_size(channel, &message)?;
    let envelope = open(message)?;
    check_channel(channel, &envelope)?;
    if envelope.headers().kind() != Some(HeaderType::ConfigUpdate) {
        return Err(bad("the last_update of the config envelope is no config update"));
    }
    filter(node, channel, &envelope)?;
    update::admit(node, channel, envelope.to_message())
}

/// What every envelope must pass that is ordered, those that this node makes too: size, expiry,
/// signature and policy.
pub(crate) fn filter(node: &Node, channel: &Channel, envelope: &Envelope) -> Result<(), Refusal> {
    check_expiry(node, channel, envelope)?;
    check_writers(channel, envelope)
}

/// Neither empty nor larger than the channel takes.
pub(crate) fn check_size(channel: &Channel, message: &common::Envelope) -> Result<(), Refusal> {
    if message.payload.is_empty() {
        return Err(bad("the payload of the envelope is empty"));
    }
    let size = message.payload.len().saturating_add(message.signature.len());
    let most = channel.orderer().batch().absolute_max_bytes;
    if size <= usize::try_from(most).unwrap_or(usize::MAX) {
        return Ok(());
    }
    Err(bad(format!(
        "the envelope has {size} bytes, and the channel takes {most} at most (AbsoluteMaxBytes)"
    )))
}

fn open(message: common::Envelope) -> Result<Envelope, Refusal> {
    Envelope::from_message(message).map_err(|error| bad(error.to_string()))
}

fn check_channel(channel: &Channel, envelope: &Envelope) -> Result<(), Refusal> {
    let found = &envelope.headers().channel_header().channel_id;
    if found == channel.id() {
        return Ok(());
    }
    let found: String = found.chars().take(250).collect();
    let found = found.escape_debug();
    Err(bad(format!("the envelope is for channel `{found}`, this is `{}`", channel.id())))
}

/// Who cannot be read has no certificate that could have ended; the policy refuses it.
fn check_expiry(node: &Node, channel: &Channel, envelope: &Envelope) -> Result<(), Refusal> {
    let creator = channel.msps().identity_of(envelope.headers().creator());
    let Ok(creator) = creator else { return Ok(()) };
    let (ends, now) = (creator.ends(), Time::new(node.clock.now()));
    if ends >= now {
        return Ok(());
    }
    let subject = creator.subject();
    Err(bad(format!("the certificate of {subject} ended on {ends}, and it is {now}: renew it")))
}

fn check_writers(channel: &Channel, envelope: &Envelope) -> Result<(), Refusal> {
    let signers = channel.msps().verify(&[envelope.signed_data()]);
    signers.check().map_err(|error| Refusal::Unavailable(error.to_string()))?;
    let path = if channel.orderer().in_maintenance() { ORDERER_WRITERS } else { WRITERS };
    match channel.policies().evaluate(path, &signers) {
        Decision::Satisfied => Ok(()),
        Decision::Unsatisfied(shortfall) => {
            let why = format!("the sender does not satisfy policy {path}: {shortfall}");
            Err(Refusal::Forbidden(why))
        }
    }
}

fn check_maintenance(channel: &Channel) -> Result<(), Refusal> {
    if !channel.orderer().in_maintenance() {
        return Ok(());
    }
    let id = channel.id();
    Err(Refusal::Unavailable(format!("channel {id} is in maintenance: no transactions are taken")))
}

/// The one form in which it may stand in a block, whatever the client's bytes were.
fn normal(channel: &Channel, envelope: &Envelope, bytes: &Bytes) -> Result<Admitted, Refusal> {
    let mut canonical_bytes = encode(&envelope.to_message());
    if plant::is(Plant::NonCanonicalAdmitted) {
        canonical_bytes = bytes.clone();
    } else if let Err(why) = canonical::envelope(&canonical_bytes) {
        return Err(bad(format!("the envelope {why}")));
    }
    let sequence = channel.sequence();
    Ok(Admitted { kind: Kind::Normal, envelope: canonical_bytes, sequence })
}

pub(crate) fn encode(message: &common::Envelope) -> Bytes {
    message.encode_to_vec().into()
}

pub(crate) fn bad(why: impl Into<String>) -> Refusal {
    Refusal::BadRequest(why.into())
}
