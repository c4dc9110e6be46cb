// SPDX-License-Identifier: Apache-2.0
//! Signatures of algorithms that are of neither family, such as those of the TLS certificates that
//! peers of another house have.

use super::Rule;
use crate::{AlgorithmId, Certificate, PublicKeyInfo};
use core::fmt::Debug;

/// Somebody who verifies signatures that no provider of ours does.
pub trait OtherAlgorithms: Debug + Send + Sync {
    /// Whether `signature` is by `key` over `message`; nothing where `algorithm`, or this kind of key,
    /// is not known here either. All bytes are foreign.
    fn verify(
        &self,
        key: &PublicKeyInfo,
        algorithm: &AlgorithmId,
        message: &[u8],
        signature: &[u8],
    ) -> Option<bool>;
}

/// Judges the signature of `last` under the key of `issuer` by them; `unsupported` is what is said
/// where they do not know it.
pub(super) fn verify(
    others: &dyn OtherAlgorithms,
    last: &Certificate,
    issuer: &Certificate,
    unsupported: Rule,
) -> Result<(), Rule> {
    let verdict = last.signed_parts().map_err(Rule::from)?.and_then(|parts| {
        let algorithm = last.signature_algorithm();
        others.verify(issuer.public_key_info(), algorithm, parts.message, parts.signature)
    });
    match verdict {
        Some(true) => Ok(()),
        Some(false) => Err(Rule::Signature { issuer: issuer.subject().clone() }),
        None => Err(unsupported),
    }
}
