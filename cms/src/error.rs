// SPDX-License-Identifier: Apache-2.0
//! What can go wrong with messages.

/// Why a message could not be read, opened or believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are not what they claim to be, or a certificate in them is not.
    #[error(transparent)]
    Object(#[from] pki::Error),
    /// The provider border said no.
    #[error(transparent)]
    Crypto(#[from] bccsp::Error),
    /// A kind of message, recipient or signer that is not read here.
    #[error("not supported: {0}")]
    Unsupported(&'static str),
    /// The certificate of a signer is neither in the message nor beside it.
    #[error("the certificate of a signer is not here ({0})")]
    NoCertificate(String),
    /// Nobody signed it.
    #[error("the message has no signer")]
    NoSigner,
    /// The content is not in the message and was not given.
    #[error("the content is not in the message; it must be given beside it")]
    Detached,
    /// A signature does not hold over this content.
    #[error("the signature of {0} does not hold over this content")]
    BadSignature(String),
    /// The message is for others.
    #[error("the message is not for this key")]
    NotForUs,
    /// The password does not fit, or the bag was changed.
    #[error("the password is wrong, or the file was changed")]
    BadPassword,
    /// The caller asked for something that there is not.
    #[error("misuse: {0}")]
    Misuse(&'static str),
}

/// The error about a field of a message.
pub(crate) const fn malformed(field: &'static str, why: &'static str) -> Error {
    Error::Object(pki::Error::Malformed { object: "message", field, why })
}
