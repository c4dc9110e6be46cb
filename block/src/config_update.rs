// SPDX-License-Identifier: Apache-2.0
//! A wish to change a channel's configuration, and the signatures below it.
//!
//! Not here: what it would change, and whether these signatures suffice (`channel`).

use crate::Error;
use crate::error::{decode, encode};
use bccsp::{Context, SigningKey};
use proto::common::{self, ConfigSignature, ConfigUpdateEnvelope};
use proto::{Bytes, SignedData};

/// A `common.ConfigUpdateEnvelope`, opened.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigUpdate {
    bytes: Bytes,
    signatures: Vec<ConfigSignature>,
}

impl ConfigUpdate {
    /// Opens a serialized `common.ConfigUpdateEnvelope`.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn open(bytes: &Bytes) -> Result<Self, Error> {
        let envelope: ConfigUpdateEnvelope = decode("config update envelope", bytes)?;
        Ok(Self { bytes: envelope.config_update, signatures: envelope.signatures })
    }

    /// A serialized `common.ConfigUpdate` that nobody has signed.
    #[must_use]
    pub fn new(bytes: Bytes) -> Self {
        Self { bytes, signatures: Vec::new() }
    }

    /// The serialized `common.ConfigUpdate`, as it travelled.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The same, read.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn update(&self) -> Result<common::ConfigUpdate, Error> {
        decode("config update", &self.bytes)
    }

    /// The signatures with what each is over: `signature_header` ‖ update.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn signatures(&self) -> Result<Vec<SignedData>, Error> {
        let signed = self.signatures.iter().map(|signature| {
            let signer: common::SignatureHeader =
                decode("signature header of a config update", &signature.signature_header)?;
            Ok(SignedData {
                identity: signer.creator,
                message: vec![signature.signature_header.clone(), self.bytes.clone()],
                signature: signature.signature.clone(),
            })
        });
        signed.collect()
    }

    /// Adds a signature.
    ///
    /// # Errors
    /// [`Error::Crypto`].
    pub fn sign(
        &mut self,
        identity: &Bytes,
        key: &dyn SigningKey,
        nonce: &Bytes,
    ) -> Result<(), Error> {
        let signer = common::SignatureHeader { creator: identity.clone(), nonce: nonce.clone() };
        let signature_header = encode(&signer);
        let signature = key.sign(Context::Fabric, &[&signature_header, &self.bytes])?;
        let signature = signature.into_vec().into();
        self.signatures.push(ConfigSignature { signature_header, signature });
        Ok(())
    }

    /// The serialized `common.ConfigUpdateEnvelope`.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let Self { bytes, signatures } = self.clone();
        encode(&ConfigUpdateEnvelope { config_update: bytes, signatures })
    }
}
