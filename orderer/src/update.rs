// SPDX-License-Identifier: Apache-2.0
//! What becomes of a wish to change the configuration: it is applied, and the result wrapped in an
//! envelope of this node's, which is what is ordered.
//!
//! Not here: who may change what (`channel`).

use crate::admit::{bad, check_size, encode, filter};
use crate::{Node, members};
use block::Envelope;
use channel::update::Stamp;
use channel::{Channel, Error};
use consensus::{Admitted, Kind, Refusal};
use proto::common;
use proto::prost_types::Timestamp;

/// Admits an update that the filters let through.
pub(crate) fn admit(
    node: &Node,
    channel: &Channel,
    update: common::Envelope,
) -> Result<Admitted, Refusal> {
    let next = channel.propose_envelope(&update).map_err(refusal)?;
    members::check(channel, &next).map_err(bad)?;
    let kind = Kind::Config { update: encode(&update) };
    let wrapped = next.envelope(update, &node.identity, stamp(node)?).map_err(refusal)?;
    // What this node adds may make it too large, and this node may have no right to send it.
    check_size(channel, &wrapped)?;
    let envelope = encode(&wrapped);
    let wrapped = Envelope::from_message(wrapped).map_err(|error| bad(error.to_string()))?;
    filter(node, channel, &wrapped)?;
    Ok(Admitted { kind, envelope, sequence: channel.sequence() })
}

fn stamp(node: &Node) -> Result<Stamp, Refusal> {
    let nonce = node.nonce().map_err(|error| Refusal::Unavailable(error.to_string()))?;
    let seconds = i64::try_from(node.clock.now().0).unwrap_or(i64::MAX);
    Ok(Stamp { nonce, time: Timestamp { seconds, nanos: 0 } })
}

/// Whose fault it is: the sender's, unless nothing could be judged or signed here.
#[allow(clippy::needless_pass_by_value)] // for map_err
fn refusal(error: Error) -> Refusal {
    match error {
        Error::Crypto(_) | Error::Msp(_) => Refusal::Unavailable(error.to_string()),
        _ => bad(error.to_string()),
    }
}
