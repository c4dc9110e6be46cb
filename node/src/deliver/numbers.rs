// SPDX-License-Identifier: Apache-2.0
//! Counts what is delivered.

use crate::operations::metrics::{Counter, Registry, fabric};
use std::sync::Arc;

/// Counts streams, requests and blocks, of all forms of answers.
#[derive(Clone, Debug)]
pub struct Numbers(Arc<fabric::Deliver>);

impl Numbers {
    /// Numbers that are shown in that registry.
    #[must_use]
    pub fn new(registry: &Registry) -> Self {
        Self(Arc::new(fabric::Deliver::new(registry)))
    }

    pub(super) fn opened(&self) {
        self.0.streams_opened.increment();
    }

    pub(super) fn closed(&self) {
        self.0.streams_closed.increment();
    }

    pub(super) fn received(&self, channel: &str, data_type: &str) {
        self.0.requests_received.with(&[channel, filtered(data_type), data_type]).increment();
    }

    pub(super) fn completed(&self, channel: &str, data_type: &str, is_success: bool) {
        let success = if is_success { "true" } else { "false" };
        let labels = [channel, filtered(data_type), data_type, success];
        self.0.requests_completed.with(&labels).increment();
    }

    /// The counter of blocks of one request.
    pub(super) fn blocks(&self, channel: &str, data_type: &str) -> Arc<Counter> {
        self.0.blocks_sent.with(&[channel, filtered(data_type), data_type])
    }
}

fn filtered(data_type: &str) -> &'static str {
    if data_type == "filtered_block" { "true" } else { "false" }
}
