// SPDX-License-Identifier: Apache-2.0
//! The definition of the MSP in a folder, as `configtxgen` makes it: without the identity that
//! lives there.

use super::Definition;
use crate::config::OuIdentifier;
use crate::layout::Place;
use crate::{Error, Found, MspFolder};
use bccsp::Providers;
use pki::Certificate;
use proto::Bytes;
use proto::msp::{FabricCryptoConfig, FabricMspConfig, FabricNodeOUs, FabricOuIdentifier};

impl MspFolder {
    /// What a channel's configuration holds of this MSP under the name `msp_id`. Files that hold
    /// one PEM object are taken as they are.
    ///
    /// # Errors
    /// [`Error::Config`] when `config.yaml` cannot be followed; else as [`Definition::from_proto`].
    pub fn definition(&self, providers: &Providers, msp_id: &str) -> Result<Definition, Error> {
        // Everything that a folder may have wrong is refused there.
        self.msp(providers)?;
        let config = self.config().cloned().unwrap_or_default();
        let node_ous = config.node_ous.filter(|node_ous| node_ous.enable);
        let unit = |unit: &Option<OuIdentifier>| unit.as_ref().map(|unit| self.unit_message(unit));
        let own = |place| self.certificates(place).iter().map(as_travels).collect::<Vec<_>>();
        let message = FabricMspConfig {
            name: msp_id.to_owned(),
            root_certs: own(Place::CaCerts),
            intermediate_certs: own(Place::IntermediateCerts),
            admins: own(Place::AdminCerts),
            revocation_list: self
                .crls()
                .iter()
                .map(|found| found.text(|crl| crl.to_pem()))
                .collect(),
            signing_identity: None,
            organizational_unit_identifiers: config
                .organizational_units
                .iter()
                .map(|unit| self.unit_message(unit))
                .collect(),
            crypto_config: Some(self.crypto_config(providers)?),
            tls_root_certs: own(Place::TlsCaCerts),
            tls_intermediate_certs: own(Place::TlsIntermediateCerts),
            fabric_node_ous: node_ous.map(|node_ous| FabricNodeOUs {
                enable: true,
                client_ou_identifier: unit(&node_ous.client),
                peer_ou_identifier: unit(&node_ous.peer),
                admin_ou_identifier: unit(&node_ous.admin),
                orderer_ou_identifier: unit(&node_ous.orderer),
            }),
        };
        Definition::of(message, providers)
    }

    /// The names of the family of the root CA's key.
    fn crypto_config(&self, providers: &Providers) -> Result<FabricCryptoConfig, Error> {
        let root = self.certificates(Place::CaCerts).first().ok_or(Error::NoCa)?;
        let hash = root.item.public_key(providers)?.algorithm().suite().hash_algorithm();
        Ok(FabricCryptoConfig {
            signature_hash_family: hash.fabric_family().to_owned(),
            identity_identifier_hash_function: hash.fabric_name().to_owned(),
        })
    }

    fn unit_message(&self, unit: &OuIdentifier) -> FabricOuIdentifier {
        let file = unit.certificate.as_deref();
        let found = file.and_then(|file| self.unit_certificates.get(file)?.as_ref());
        FabricOuIdentifier {
            certificate: found.map(as_travels).unwrap_or_default(),
            organizational_unit_identifier: unit.name.clone(),
        }
    }
}

fn as_travels(found: &Found<Certificate>) -> Bytes {
    found.text(|certificate| certificate.to_pem())
}
