// SPDX-License-Identifier: Apache-2.0
//! Calls to the servers of other processes: proposals to peers, envelopes to orderers, verdicts on
//! transactions, all of these through a gateway, channel participation.
//!
//! Not here: nodes that agree, which know each other by key (`cluster`).

mod call;
mod endorser;
mod error;
mod events;
mod gateway;
mod heights;
mod held;
mod orderer;
mod participation;
mod seek;
mod submit;
mod target;
mod web;

pub use call::{Call, Caller};
pub use endorser::EndorserClient;
pub(crate) use endorser::reason;
pub use error::ClientError;
pub use events::{EventsClient, Verdicts};
pub use gateway::{Endorsed, GatewayClient};
pub(crate) use heights::{Again, Disagreeing};
pub(crate) use held::{Hold, held};
pub use orderer::OrdererClient;
pub use participation::{ChannelInfo, ParticipationClient};
pub use seek::{Position, Wanted, seek};
pub use submit::{Committed, Network};
pub use target::Target;
pub use web::{Answer, Web};

/// The orderers that a channel's configuration lists, with the TLS roots of who runs them. `shown` is
/// the files of a certificate and its key, PEM, for those that ask for one.
///
/// # Errors
/// [`ClientError::Tls`] when those roots or files will not do.
pub fn orderers(
    config: &channel::Channel,
    disk: &dyn sys::Disk,
    shown: Option<&(std::path::PathBuf, std::path::PathBuf)>,
) -> Result<Vec<Target>, ClientError> {
    let listed = config.orderer_endpoints().into_iter().map(str::to_owned);
    listed
        .map(|address| {
            let roots = crate::peer::orderer_roots(config, &address).map_err(ClientError::Tls)?;
            let roots = crate::tls::ClientRoots::of(&roots, shown.cloned());
            let tls = roots.and_then(|roots| roots.config(disk));
            let tls = tls.map_err(|error| ClientError::Tls(error.to_string()))?;
            Ok(Target { address, tls: Some(tls), server_name: None })
        })
        .collect()
}
