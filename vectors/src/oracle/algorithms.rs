// SPDX-License-Identifier: Apache-2.0
//! Our two families as rustls-webpki takes algorithms.

use bccsp::{Context, KeyAlgorithm, Providers, PublicKey};
use rustls_pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm};

/// id-ecPublicKey with P-256 (RFC 5480 section 2.1.1), without the outer SEQUENCE.
const P256: &[u8] =
    &[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
/// id-ecPublicKey with the curve of SM2 (GB/T 33560-2017).
const SM2_KEY: &[u8] =
    &[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x82, 0x2d];
/// ECDSA with SHA-256 (RFC 5758 section 3.2).
const ECDSA: &[u8] = &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
/// SM2 with SM3 (GB/T 20518-2018).
const SM2: &[u8] = &[6, 8, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x83, 0x75];

/// A family behind the trait that rustls-webpki asks.
#[derive(Debug)]
pub(super) struct Plugged<'a> {
    providers: &'a Providers,
    algorithm: KeyAlgorithm,
}

impl<'a> Plugged<'a> {
    pub(super) fn both(providers: &'a Providers) -> [Self; 2] {
        [KeyAlgorithm::EcP256, KeyAlgorithm::Sm2].map(|algorithm| Self { providers, algorithm })
    }
}

impl SignatureVerificationAlgorithm for Plugged<'_> {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let suite = self.algorithm.suite();
        let point = self.providers.get(suite).and_then(|provider| provider.public_key(public_key));
        let key: PublicKey = point.map_err(|_| InvalidSignature)?;
        let key = self.providers.verifying_key(&key).map_err(|_| InvalidSignature)?;
        key.verify(Context::X509, &[message], signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        AlgorithmIdentifier::from_slice(match self.algorithm {
            KeyAlgorithm::Sm2 => SM2_KEY,
            _ => P256,
        })
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        AlgorithmIdentifier::from_slice(match self.algorithm {
            KeyAlgorithm::Sm2 => SM2,
            _ => ECDSA,
        })
    }
}
