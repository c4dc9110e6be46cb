// SPDX-License-Identifier: Apache-2.0
//! How a private key that a CA made comes to its owner: encrypted to a key that the owner has.
//!
//! One form is written, where the family has one (gm: SM2EnvelopedKey); of it, and of the forms
//! that its CAs had before, all are read. Not here: who may have it.

use crate::{DecryptionKey, Suite};
use crate::{EncryptionKey, Error, KeyMaterial, Provider};
use alloc::vec::Vec;

/// Whether a family has such a form.
#[must_use]
pub fn is_known(suite: Suite) -> bool {
    cfg!(feature = "gm") && suite == Suite::Gm
}

/// Encrypts a private key to its owner. `provider` is of the family of both keys.
///
/// # Errors
/// [`Error::Unsupported`] for a family without such a form; else as
/// [`sm2_enveloped_key::make`](super::sm2_enveloped_key::make).
pub fn make(
    provider: &dyn Provider,
    owner: &dyn EncryptionKey,
    key: &KeyMaterial,
) -> Result<Vec<u8>, Error> {
    match provider.suite() {
        #[cfg(feature = "gm")]
        Suite::Gm => super::sm2_enveloped_key::make(provider, owner, key),
        _ => {
            let _ = (owner, key);
            Err(NO_FORM)
        }
    }
}

/// Whether an envelope is in the text that some CAs have in place of DER.
#[must_use]
pub fn is_text(envelope: &[u8]) -> bool {
    #[cfg(feature = "gm")]
    return super::cfca::is_text(envelope);
    #[cfg(not(feature = "gm"))]
    {
        let _ = envelope;
        false
    }
}

/// Opens what a CA sent: DER, or the text of CFCA.
///
/// # Errors
/// [`Error::Unsupported`] for a family without such a form; else as
/// [`sm2_enveloped_key::open`](super::sm2_enveloped_key::open) and [`cfca::open`](super::cfca::open).
pub fn open(
    provider: &dyn Provider,
    owner: &dyn DecryptionKey,
    envelope: &[u8],
) -> Result<KeyMaterial, Error> {
    match provider.suite() {
        #[cfg(feature = "gm")]
        Suite::Gm if is_text(envelope) => super::cfca::open(provider, owner, envelope),
        #[cfg(feature = "gm")]
        Suite::Gm => super::sm2_enveloped_key::open(provider, owner, envelope),
        _ => {
            let _ = (owner, envelope);
            Err(NO_FORM)
        }
    }
}

const NO_FORM: Error = Error::Unsupported("an envelope for private keys in this family");
