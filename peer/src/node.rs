// SPDX-License-Identifier: Apache-2.0
//! What all channels of one peer share: its disk, and what it judges with.

use bccsp::Providers;
use std::sync::Arc;
use sys::Volume;

/// What the channels of a peer are kept on and judged with.
#[derive(Clone, Debug)]
pub struct Node {
    /// The disk.
    pub volume: Arc<dyn Volume>,
    /// Both families, or those that were compiled in.
    pub providers: Arc<Providers>,
    /// How ledgers are stored.
    pub options: ledger::Options,
}
