// SPDX-License-Identifier: Apache-2.0
//! Who signs: a serialized identity together with its private key.
//!
//! Not here: judging signatures (`manager`).

use crate::layout::Place;
use crate::{Error, MspFolder, SerializedIdentity};
use bccsp::encoding::private_key;
use bccsp::keystore::KeyStore;
use bccsp::{Context, Providers, SecretBytes, Signature, SigningKey};
use pki::Certificate;
use proto::Bytes;
use std::path::Path;
use std::sync::Arc;
use sys::Disk;

/// An identity that can sign.
#[derive(Clone, Debug)]
pub struct SigningIdentity {
    msp_id: String,
    certificate: Certificate,
    serialized: Bytes,
    key: Arc<dyn SigningKey>,
}

impl SigningIdentity {
    /// Puts one together.
    ///
    /// # Errors
    /// [`Error::KeyDiffers`] when the key is not the one in the certificate.
    pub fn new(
        providers: &Providers,
        msp_id: &str,
        certificate: Certificate,
        key: Arc<dyn SigningKey>,
    ) -> Result<Self, Error> {
        let certified = certificate.public_key(providers);
        if certified.ok().as_ref() != Some(key.verifying_key().public_key()) {
            return Err(Error::KeyDiffers { subject: certificate.subject().to_string() });
        }
        let serialized = SerializedIdentity::new(msp_id, &certificate).encode();
        Ok(Self { msp_id: msp_id.to_owned(), certificate, serialized, key })
    }

    /// The identity that lives in an MSP folder: the first certificate of `signcerts`, and the key
    /// of `keystore` that belongs to it, whatever its file is called (cryptogen writes `priv_sk`).
    ///
    /// # Errors
    /// [`Error::File`] when the folder or the key cannot be read; [`Error::NoSigner`] without a
    /// certificate or without its key.
    pub fn from_folder(
        disk: &dyn Disk,
        providers: &Providers,
        path: &Path,
        msp_id: &str,
    ) -> Result<Self, Error> {
        MspFolder::read(disk, providers, path)?.signing_identity(disk, providers, msp_id)
    }

    /// The identity of a certificate whose key is in a key store.
    ///
    /// # Errors
    /// [`Error::Provider`] when the key store does not have it.
    pub fn from_store(
        providers: &Providers,
        msp_id: &str,
        certificate: Certificate,
        store: &dyn KeyStore,
    ) -> Result<Self, Error> {
        let ski = providers.ski(&certificate.public_key(providers)?)?;
        let key = store.signing_key(&ski)?;
        Self::new(providers, msp_id, certificate, key)
    }

    /// The name of its MSP.
    #[must_use]
    pub fn msp_id(&self) -> &str {
        &self.msp_id
    }

    /// Its certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The bytes it travels as.
    #[must_use]
    pub fn serialized(&self) -> &Bytes {
        &self.serialized
    }

    /// Its private key.
    #[must_use]
    pub fn key(&self) -> &Arc<dyn SigningKey> {
        &self.key
    }

    /// Signs the parts of a message, one after the other, as Fabric's messages are signed.
    ///
    /// # Errors
    /// As [`SigningKey::sign`].
    pub fn sign(&self, message: &[&[u8]]) -> Result<Signature, bccsp::Error> {
        self.key.sign(Context::Fabric, message)
    }
}

impl MspFolder {
    /// The identity that lives here, with its key.
    ///
    /// # Errors
    /// As [`SigningIdentity::from_folder`].
    pub fn signing_identity(
        &self,
        disk: &dyn Disk,
        providers: &Providers,
        msp_id: &str,
    ) -> Result<SigningIdentity, Error> {
        let none = |place: Place, what: String| Error::NoSigner {
            path: self.path().join(place.folder()),
            what,
        };
        let signer = self
            .signer()
            .ok_or_else(|| none(Place::SignCerts, "no certificate is here".to_owned()))?;
        let certificate = signer.item.clone();
        let public = certificate.public_key(providers)?;
        let file = self.keys().iter().find(|key| key.public == Some(public)).ok_or_else(|| {
            let subject = certificate.subject();
            none(Place::Keystore, format!("no file here holds the private key of {subject}"))
        })?;
        let bytes = disk.read(&file.path).map_err(|error| Error::file(&file.path, error))?;
        let bytes = SecretBytes::new(bytes);
        let material = private_key::decode(providers, bytes.expose(), &private_key::no_password)?;
        let key = providers.signing_key(&material)?;
        SigningIdentity::new(providers, msp_id, certificate, key)
    }
}
