// SPDX-License-Identifier: Apache-2.0
//! An MSP as a channel's configuration holds it (`msp.MSPConfig`), its certificates as they
//! travelled.
//!
//! Not here: judging by it (`provider`); anonymous credentials (Idemix), which are refused.

mod folder;
mod read;

use crate::{Error, Msp};
use bccsp::{HashAlgorithm, Providers};
use pki::Certificate;
use proto::Bytes;
use proto::msp::{FabricMspConfig, MspConfig};
use proto::prost::Message;

/// `MSPConfig.type` of an MSP with certificates.
const TYPE_CERTIFICATES: i32 = 0;
/// `MSPConfig.type` of an MSP with anonymous credentials.
const TYPE_IDEMIX: i32 = 1;

/// The definition of an MSP that verifies. It was read and found to make an MSP.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    message: FabricMspConfig,
    /// The bytes of `message` as they travelled.
    config: Bytes,
    hash: HashAlgorithm,
}

impl Definition {
    /// Reads `MSPConfig` with `FabricMSPConfig` in it.
    ///
    /// # Errors
    /// [`Error::Definition`], naming the MSP and the certificate: for bytes that are no such
    /// message, for Idemix, for names of algorithms that are unknown or do not fit the keys of the
    /// CAs, and for whatever [`msp`](Self::msp) refuses.
    pub fn from_proto(bytes: &[u8], providers: &Providers) -> Result<Self, Error> {
        let outer = MspConfig::decode(Bytes::copy_from_slice(bytes))
            .map_err(|error| Error::Definition(format!("no MSPConfig: {error}")))?;
        Self::from_message(&outer, providers)
    }

    /// The same from a message that is decoded.
    ///
    /// # Errors
    /// As [`from_proto`](Self::from_proto).
    pub fn from_message(outer: &MspConfig, providers: &Providers) -> Result<Self, Error> {
        match outer.r#type {
            TYPE_CERTIFICATES => {}
            TYPE_IDEMIX => {
                let why = "an MSP of type 1 (Idemix, anonymous credentials) is not supported: \
                           give the organisation an MSP of type 0, with certificates";
                return Err(Error::Definition(why.to_owned()));
            }
            other => {
                return Err(Error::Definition(format!("an MSP of type {other} is not known")));
            }
        }
        let config = outer.config.clone();
        let message = FabricMspConfig::decode(config.clone())
            .map_err(|error| Error::Definition(format!("no FabricMSPConfig: {error}")))?;
        let hash = read::hash(&message, providers)?;
        let definition = Self { message, config, hash };
        definition.msp(providers)?;
        Ok(definition)
    }

    /// From the message that is to travel.
    fn of(message: FabricMspConfig, providers: &Providers) -> Result<Self, Error> {
        let config = message.encode_to_vec().into();
        let hash = read::hash(&message, providers)?;
        let definition = Self { message, config, hash };
        definition.msp(providers)?;
        Ok(definition)
    }

    /// `MSPConfig` in bytes; those that were read, where they were read.
    #[must_use]
    pub fn to_proto(&self) -> Bytes {
        let outer = MspConfig { r#type: TYPE_CERTIFICATES, config: self.config.clone() };
        outer.encode_to_vec().into()
    }

    /// The name of the MSP.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.message.name
    }

    /// The message, its certificates in PEM as they travelled.
    #[must_use]
    pub fn message(&self) -> &FabricMspConfig {
        &self.message
    }

    /// What certificates are hashed with, to tell identities and certifiers apart.
    #[must_use]
    pub fn hash_algorithm(&self) -> HashAlgorithm {
        self.hash
    }

    /// Certificates that TLS certificates of this organisation chain to.
    ///
    /// # Errors
    /// [`Error::Definition`] when one cannot be read.
    pub fn tls_roots(&self) -> Result<Vec<Certificate>, Error> {
        read::certificates(&self.message.name, "TLS root CA", &self.message.tls_root_certs)
    }

    /// CAs between those and the TLS certificates.
    ///
    /// # Errors
    /// [`Error::Definition`] when one cannot be read.
    pub fn tls_intermediates(&self) -> Result<Vec<Certificate>, Error> {
        let pem = &self.message.tls_intermediate_certs;
        read::certificates(&self.message.name, "TLS intermediate CA", pem)
    }

    /// The MSP, to judge certificates with.
    ///
    /// # Errors
    /// [`Error::Definition`] when a certificate or CRL cannot be read, when a CA certificate has no
    /// CA flag or no subjectKeyIdentifier, when an intermediate CA does not chain to a root, and
    /// when an organizational unit is pinned to a certificate that is no CA of this MSP.
    pub fn msp(&self, providers: &Providers) -> Result<Msp, Error> {
        read::msp(&self.message, self.hash, providers)
    }

    /// All certificates with what they are there for.
    pub(crate) fn certificates(&self) -> Result<Vec<(&'static str, Certificate)>, Error> {
        let message = &self.message;
        let mut all = Vec::new();
        for (what, pem) in [
            ("root CA", &message.root_certs),
            ("intermediate CA", &message.intermediate_certs),
            ("admin", &message.admins),
            ("TLS root CA", &message.tls_root_certs),
            ("TLS intermediate CA", &message.tls_intermediate_certs),
        ] {
            let read = read::certificates(&message.name, what, pem)?;
            all.extend(read.into_iter().map(|certificate| (what, certificate)));
        }
        Ok(all)
    }
}
