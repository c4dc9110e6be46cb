// SPDX-License-Identifier: Apache-2.0
//! How the channels of a node stand, in numbers, looked at when somebody reads them.

use super::channels::OrdererChannels;
use crate::operations::metrics::Registry;
use crate::operations::metrics::fabric::{Agreement, Participation};
use std::sync::Arc;

/// Shows the channels in `registry` as long as they are there.
pub(super) fn show(registry: &Registry, channels: &Arc<OrdererChannels>) {
    let (participation, agreement) = (Participation::new(registry), Agreement::new(registry));
    let channels = Arc::downgrade(channels);
    registry.on_read(move || {
        let Some(channels) = channels.upgrade() else { return };
        let all = channels.list();
        participation.show(all.iter().map(|channel| &channel.info));
        for gauges in [&agreement.cluster_size, &agreement.is_leader, &agreement.committed_block] {
            gauges.clear();
        }
        for channel in &all {
            let Some(consenters) = channel.consenters else { continue };
            let name = channel.info.name.as_str();
            let consenters = u64::try_from(consenters).unwrap_or(u64::MAX);
            agreement.cluster_size.with(&[name]).set(consenters);
            agreement.is_leader.with(&[name]).set_flag(channel.leads);
            agreement.committed_block.with(&[name]).set(channel.info.height.saturating_sub(1));
        }
    });
}
