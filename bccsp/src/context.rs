// SPDX-License-Identifier: Apache-2.0
//! What a signature is for. The same key and message sign differently in another context.

/// The place a signature belongs to: it picks the SM2 signer ID (GB/T 32918.2 clause 5.5) and
/// whether a high-S ECDSA signature is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Context<'a> {
    /// Certificates, requests, CRLs, CMS. SM2 ID `1234567812345678` (GB/T 35276-2017 clause 10).
    X509,
    /// Fabric messages. The same SM2 ID; an ECDSA signature must be low-S.
    Fabric,
    /// TLS 1.3 CertificateVerify. SM2 ID `TLSv1.3+GM+Cipher+Suite` (RFC 8998 section 3.2.1).
    Tls13,
    /// Any SM2 ID, at most 8191 bytes (its length in bits is hashed as 16 bits). Without effect
    /// on ECDSA, which has no signer ID.
    SignerId(&'a [u8]),
}

/// The SM2 ID of [`Context::X509`] and [`Context::Fabric`].
pub const DEFAULT_SIGNER_ID: &[u8] = b"1234567812345678";
/// The SM2 ID of [`Context::Tls13`].
pub const TLS13_SIGNER_ID: &[u8] = b"TLSv1.3+GM+Cipher+Suite";

impl<'a> Context<'a> {
    /// The SM2 signer ID of this context.
    #[must_use]
    pub const fn signer_id(self) -> &'a [u8] {
        match self {
            Self::X509 | Self::Fabric => DEFAULT_SIGNER_ID,
            Self::Tls13 => TLS13_SIGNER_ID,
            Self::SignerId(id) => id,
        }
    }

    /// Whether an ECDSA signature with s > n/2 is refused here.
    #[must_use]
    pub const fn requires_low_s(self) -> bool {
        matches!(self, Self::Fabric)
    }
}
