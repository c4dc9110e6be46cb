// SPDX-License-Identifier: Apache-2.0
//! The family of SM2 (GB/T 32918), SM3 (GB/T 32905) and SM4 (GB/T 32907).

mod curve;
mod encrypt;
mod exchange;
#[cfg(feature = "fast")]
mod fast;
mod identity;
mod known;
mod points;
mod portable;
mod sign;

#[cfg(feature = "fast")]
pub(crate) use fast::Fast;
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
    match engine {
        #[cfg(feature = "fast")]
        EngineChoice::Auto | EngineChoice::Fast => {
            Ok(Arc::new(EngineProvider::<Fast>::new(entropy)))
        }
        #[cfg(not(feature = "fast"))]
        EngineChoice::Fast => Err(Error::Unsupported(
            "the fast engine of the gm family was not compiled in; use `portable` or `auto`",
        )),
        _ => Ok(Arc::new(EngineProvider::<Portable>::new(entropy))),
    }
}
