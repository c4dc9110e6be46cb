// SPDX-License-Identifier: Apache-2.0
//! An identity as it travels in messages: the name of its MSP and a certificate in PEM.
//!
//! Not here: whether it is anybody (`manager`), and signing as it (`signing`).

use pki::Certificate;
use proto::Bytes;
use proto::prost::Message;

/// `msp.SerializedIdentity`. Creators, endorsers and signers are these bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SerializedIdentity {
    /// The name of the MSP.
    pub msp_id: String,
    /// The certificate as it travelled, PEM.
    pub certificate: Bytes,
}

impl SerializedIdentity {
    /// As Fabric writes it: PEM in lines of 64, LF.
    #[must_use]
    pub fn new(msp_id: impl Into<String>, certificate: &Certificate) -> Self {
        Self { msp_id: msp_id.into(), certificate: certificate.to_pem().into() }
    }

    /// Reads the message. From [`Bytes`], the certificate is a slice of them.
    ///
    /// # Errors
    /// What protobuf says of bytes that are no such message. The certificate is not looked at.
    pub fn decode(bytes: &Bytes) -> Result<Self, proto::prost::DecodeError> {
        let message = proto::msp::SerializedIdentity::decode(bytes.clone())?;
        Ok(Self { msp_id: message.mspid, certificate: message.id_bytes })
    }

    /// The bytes of the message.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let message = proto::msp::SerializedIdentity {
            mspid: self.msp_id.clone(),
            id_bytes: self.certificate.clone(),
        };
        message.encode_to_vec().into()
    }
}
