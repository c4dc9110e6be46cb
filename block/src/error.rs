// SPDX-License-Identifier: Apache-2.0
//! What can be wrong with a block, an envelope, a transaction, or the making of one.

use bccsp::Digest;
use proto::Bytes;
use proto::prost::{DecodeError, Message};

/// Why something was not read, not believed, or not made.
///
/// The writer of the bytes is to blame for [`Malformed`](Self::Malformed),
/// [`NotCanonical`](Self::NotCanonical), [`Mismatch`](Self::Mismatch) and
/// [`Unsupported`](Self::Unsupported), or too new ([`NewerVersion`](Self::NewerVersion)); the caller for [`Misuse`](Self::Misuse); provider or
/// device for [`Crypto`](Self::Crypto).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Bytes are not what they claim to be.
    #[error("malformed {what}: {why}")]
    Malformed {
        /// The message that was expected, such as `"block"`.
        what: &'static str,
        /// The first rule it breaks.
        why: String,
    },
    /// A block whose hash would fit other transactions as well, or that holds none.
    #[error("the block is refused: transaction {entry}, counted from 0, {why}")]
    NotCanonical {
        /// Place of the first bad entry, from 0.
        entry: usize,
        /// The rule it breaks, as the end of a sentence.
        why: &'static str,
    },
    /// What is stated and what was computed from the bytes differ.
    #[error("{what}: {stated} is stated, {computed} was computed")]
    Mismatch {
        /// The value, such as `"data hash of block 5"`.
        what: String,
        /// As the bytes state it; hex.
        stated: String,
        /// As it must be; hex.
        computed: String,
    },
    /// A form that is known and not dealt with here; the text says who does.
    #[error("not supported: {0}")]
    Unsupported(&'static str),
    /// Written by a newer version of this program.
    #[error("{what} of version {found}, this program reads up to {known}; use a newer one")]
    NewerVersion {
        /// What it is, such as `"proof"`.
        what: &'static str,
        /// Its version.
        found: u32,
        /// The newest known.
        known: u32,
    },
    /// The call itself is wrong.
    #[error("misuse: {0}")]
    Misuse(&'static str),
    /// A hash or a signature could not be made.
    #[error(transparent)]
    Crypto(#[from] bccsp::Error),
}

impl Error {
    pub(crate) fn malformed(what: &'static str, why: impl Into<String>) -> Self {
        Self::Malformed { what, why: why.into() }
    }

    /// Not in what it holds, and so in what it does not say: which bytes.
    pub(crate) fn undecodable(what: &'static str, error: &DecodeError) -> Self {
        Self::malformed(what, error.to_string())
    }
}

/// Reads a message. Its `bytes` fields are slices of `bytes`, not copies.
pub(crate) fn decode<M: Message + Default>(what: &'static str, bytes: &Bytes) -> Result<M, Error> {
    M::decode(bytes.clone()).map_err(|error| Error::undecodable(what, &error))
}

/// The bytes of a message that was made here.
pub(crate) fn encode(message: &impl Message) -> Bytes {
    message.encode_to_vec().into()
}

/// Compares a digest that the bytes state with the one that was computed from them.
pub(crate) fn same_digest(
    what: impl FnOnce() -> String,
    stated: &[u8],
    computed: &Digest,
) -> Result<(), Error> {
    if stated == computed.as_ref() {
        return Ok(());
    }
    Err(Error::Mismatch { what: what(), stated: shortened(stated), computed: computed.to_string() })
}

/// A digest as somebody else states it, in hex: it may be long.
pub(crate) fn shortened(stated: &[u8]) -> String {
    let shown = stated.get(..Digest::LEN.saturating_add(1)).unwrap_or(stated);
    match (stated.len(), hex::encode(shown)) {
        (0, _) => "nothing".to_owned(),
        (length, start) if length > Digest::LEN => format!("{start}… ({length} bytes)"),
        (_, whole) => whole,
    }
}
