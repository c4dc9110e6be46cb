// SPDX-License-Identifier: Apache-2.0
//! The family of ECDSA P-256 (FIPS 186-5), SHA-256 (FIPS 180-4) and AES (FIPS 197).

mod curve;
#[cfg(all(feature = "fast", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod fast;
mod hpke;
mod known;
mod portable;

pub(crate) use curve::low_s;
pub(crate) use portable::Portable;

use crate::engine::EngineProvider;
use crate::{EngineChoice, Error, Provider};
use alloc::sync::Arc;
use sys::Entropy;

/// Makes the provider of this family.
pub(crate) fn provider(
    engine: EngineChoice,
    entropy: Arc<dyn Entropy>,
) -> Result<Arc<dyn Provider>, Error> {
    match (engine, fast(&entropy)) {
        (EngineChoice::Auto | EngineChoice::Fast, Some(fast)) => Ok(fast),
        (EngineChoice::Fast, None) => Err(Error::Unsupported(
            "the fast engine of the nist family was not compiled in or does not run on this \
             processor; use `portable` or `auto`",
        )),
        _ => Ok(Arc::new(EngineProvider::<Portable>::new(entropy))),
    }
}

#[cfg(all(feature = "fast", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(crate) use fast::Fast;

/// The fast engine, where it runs.
#[cfg(all(feature = "fast", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn fast(entropy: &Arc<dyn Entropy>) -> Option<Arc<dyn Provider>> {
    Fast::runs_here()
        .then(|| Arc::new(EngineProvider::<Fast>::new(Arc::clone(entropy))) as Arc<dyn Provider>)
}

#[cfg(not(all(feature = "fast", any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn fast(_: &Arc<dyn Entropy>) -> Option<Arc<dyn Provider>> {
    None
}
