// SPDX-License-Identifier: Apache-2.0
//! What the benchmarks share: every engine of this machine by name, and blocks to store.
//!
//! The measurements are in `benches/`, a file for each group; peers stand in the same group, so
//! that one run compares them. How to read them: `README.md` beside this folder.
#![forbid(unsafe_code)]

mod chain;
pub mod turns;

pub use chain::chain;

use bccsp::{EngineChoice, Provider, Suite};
use std::sync::Arc;
use sys::{Entropy, SystemEntropy};

/// Every engine of both families, under a name such as `gm/portable`.
///
/// # Panics
/// When a portable engine cannot be made: there is nothing to measure then.
#[must_use]
pub fn engines() -> Vec<(String, Arc<dyn Provider>)> {
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let mut engines = Vec::new();
    for suite in Suite::ALL {
        for choice in [EngineChoice::Portable, EngineChoice::Fast] {
            match bccsp::provider_of(suite, choice, Arc::clone(&entropy)) {
                Ok(provider) => engines.push((format!("{suite}/{}", provider.engine()), provider)),
                Err(error) => assert!(choice == EngineChoice::Fast, "{suite}: {error}"),
            }
        }
    }
    engines
}
