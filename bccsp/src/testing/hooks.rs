// SPDX-License-Identifier: Apache-2.0
//! Providers that get one known answer wrong, to see that they notice. Never in a product.

use crate::engine::EngineProvider;
use crate::{EngineChoice, Error, Provider, Suite};
use alloc::sync::Arc;
use sys::SystemEntropy;

/// The name of the check that a new key goes through.
pub const PAIRWISE: &str = crate::health::PAIRWISE;

/// A provider in which the known answer called `name` comes out wrong: a name that
/// [`Provider::self_test`] gives, or [`PAIRWISE`].
///
/// # Errors
/// As [`provider_of`](crate::provider_of).
pub fn provider_with_broken_answer(
    suite: Suite,
    engine: EngineChoice,
    name: &'static str,
) -> Result<Arc<dyn Provider>, Error> {
    let entropy = Arc::new(SystemEntropy);
    // Asked for only to have the choice of engine made, and refused, in one place.
    let chosen = crate::provider_of(suite, engine, entropy.clone())?.engine();
    match (suite, chosen) {
        #[cfg(all(feature = "gm", feature = "fast"))]
        (Suite::Gm, crate::Engine::Fast) => {
            Ok(Arc::new(EngineProvider::<crate::gm::Fast>::broken(entropy, name)))
        }
        #[cfg(feature = "gm")]
        (Suite::Gm, _) => {
            Ok(Arc::new(EngineProvider::<crate::gm::Portable>::broken(entropy, name)))
        }
        #[cfg(all(
            feature = "nist",
            feature = "fast",
            any(target_arch = "x86_64", target_arch = "aarch64")
        ))]
        (Suite::Nist, crate::Engine::Fast) => {
            Ok(Arc::new(EngineProvider::<crate::nist::Fast>::broken(entropy, name)))
        }
        #[cfg(feature = "nist")]
        (Suite::Nist, _) => {
            Ok(Arc::new(EngineProvider::<crate::nist::Portable>::broken(entropy, name)))
        }
        #[allow(unreachable_patterns)]
        _ => Err(Error::Unsupported("this family of algorithms was not compiled in")),
    }
}
