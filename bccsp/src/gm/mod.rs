// SPDX-License-Identifier: Apache-2.0
//! The family of SM2 (GB/T 32918), SM3 (GB/T 32905) and SM4 (GB/T 32907).

mod curve;
mod encrypt;
mod exchange;
mod identity;
mod known;
mod portable;
mod sign;

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
        EngineChoice::Auto | EngineChoice::Portable => {
            Ok(Arc::new(EngineProvider::<Portable>::new(entropy)))
        }
        EngineChoice::Fast => Err(Error::Unsupported(
            "the fast engine of the gm family is not built yet; use `portable` or `auto`",
        )),
    }
}
