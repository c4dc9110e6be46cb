// SPDX-License-Identifier: Apache-2.0
//! Every suite and engine that runs here.
#![allow(dead_code)]

use gmca_bccsp::{EngineChoice, Provider, Suite, provider_of};
use std::sync::Arc;
use sys::SystemEntropy;

/// The engines that must run on the machines we test on. A missing one is a failure, not a skip.
pub(crate) fn engines() -> Vec<Arc<dyn Provider>> {
    vec![
        provider(Suite::Gm, EngineChoice::Portable),
        provider(Suite::Gm, EngineChoice::Fast),
        provider(Suite::Nist, EngineChoice::Portable),
        provider(Suite::Nist, EngineChoice::Fast),
    ]
}

pub(crate) fn provider(suite: Suite, engine: EngineChoice) -> Arc<dyn Provider> {
    provider_of(suite, engine, Arc::new(SystemEntropy)).expect("this engine runs here")
}
