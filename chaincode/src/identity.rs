// SPDX-License-Identifier: Apache-2.0
//! Who asks: the client's organisation, certificate, and the attributes its CA put in.
//!
//! Not here: whether the identity is valid. The peer verified that before it ran the chaincode.

use crate::Error;
use crate::der::{self, Elements};
use base64ct::{Base64, Encoding as _};
use bytes::Bytes;
use proto::msp::SerializedIdentity;
use proto::prost::Message as _;
use std::collections::BTreeMap;

/// The client that signed the proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientIdentity {
    msp_id: String,
    certificate: Bytes,
    attributes: BTreeMap<String, String>,
}

impl ClientIdentity {
    /// Reads the creator of a proposal (`msp.SerializedIdentity`). Keys of any family do.
    ///
    /// # Errors
    /// [`Error::Proposal`] and [`Error::Certificate`] if it cannot be read.
    pub fn read(creator: &Bytes) -> Result<Self, Error> {
        let identity = SerializedIdentity::decode(creator.clone());
        let identity = identity.map_err(|_| Error::Proposal("creator"))?;
        let attributes = attributes(&certificate_der(&identity.id_bytes)?)?;
        Ok(Self { msp_id: identity.mspid, certificate: identity.id_bytes, attributes })
    }

    /// The membership service provider of its organisation, such as `Org1MSP`.
    #[must_use]
    pub fn msp_id(&self) -> &str {
        &self.msp_id
    }

    /// Its certificate in PEM, as it travelled.
    #[must_use]
    pub fn certificate_pem(&self) -> &Bytes {
        &self.certificate
    }

    /// An attribute that the CA put into the certificate (extension 1.2.3.4.5.6.7.8.1).
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    /// All attributes, in the order of their names.
    #[must_use]
    pub fn attributes(&self) -> &BTreeMap<String, String> {
        &self.attributes
    }

    /// Demands that an attribute has a value.
    ///
    /// # Errors
    /// [`Error::Refused`] if the attribute is missing or has another value.
    pub fn assert_attribute(&self, name: &str, value: &str) -> Result<(), Error> {
        match self.attribute(name) {
            Some(met) if met == value => Ok(()),
            Some(_) => Err(Error::refused(format!("attribute `{name}` is not `{value}`"))),
            None => Err(Error::refused(format!("the client has no attribute `{name}`"))),
        }
    }
}

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The DER of the first certificate in a PEM text.
fn certificate_der(pem: &[u8]) -> Result<Vec<u8>, Error> {
    let text = std::str::from_utf8(pem).map_err(|_| Error::Certificate("it is not PEM"))?;
    let body = text.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END));
    let (body, _) = body.ok_or(Error::Certificate("it is not PEM"))?;
    let body: String = body.split_ascii_whitespace().collect();
    Base64::decode_vec(&body).map_err(|_| Error::Certificate("its PEM is broken"))
}

/// 1.2.3.4.5.6.7.8.1, the extension of Fabric's CA.
const ATTRIBUTES: &[u8] = &[0x2a, 3, 4, 5, 6, 7, 8, 1];

#[derive(Default, serde::Deserialize)]
struct Attributes {
    #[serde(default)]
    attrs: BTreeMap<String, String>,
}

fn attributes(certificate: &[u8]) -> Result<BTreeMap<String, String>, Error> {
    let broken = Error::Certificate("its DER is broken");
    let Some(value) = extension(certificate).ok_or(broken)? else {
        return Ok(BTreeMap::new());
    };
    let read = serde_json::from_slice::<Attributes>(value);
    Ok(read.map_err(|_| Error::Certificate("its attributes are no JSON"))?.attrs)
}

/// The value of the extension, if there is one; `None` for broken bytes.
fn extension(certificate: &[u8]) -> Option<Option<&[u8]>> {
    let outer = der::only(certificate, der::SEQUENCE)?;
    let to_be_signed = Elements(outer).next()??;
    for field in Elements(to_be_signed.content) {
        let field = field?;
        if field.tag == der::EXTENSIONS {
            return find(der::only(field.content, der::SEQUENCE)?);
        }
    }
    Some(None)
}

fn find(extensions: &[u8]) -> Option<Option<&[u8]>> {
    for extension in Elements(extensions) {
        let extension = extension?;
        let mut parts = Elements(extension.content);
        let id = parts.next()??;
        if id.tag != der::OBJECT_IDENTIFIER || id.content != ATTRIBUTES {
            continue;
        }
        // `critical` may stand between the two.
        let value = parts.last()??;
        return (value.tag == der::OCTET_STRING).then_some(Some(value.content));
    }
    Some(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u8::try_from(content.len()).expect("short");
        let head = if length < 0x80 { vec![tag, length] } else { vec![tag, 0x81, length] };
        [head, content.to_vec()].concat()
    }

    /// A certificate with nothing but a serial number and the extension.
    fn certificate(json: &str) -> Vec<u8> {
        let extension = [element(6, ATTRIBUTES), element(4, json.as_bytes())].concat();
        let other = element(0x30, &[element(6, &[0x55]), element(1, &[0xff])].concat());
        let all = element(0x30, &[other, element(0x30, &extension)].concat());
        let tbs = [element(2, &[5]), element(0xa3, &all)].concat();
        element(0x30, &element(0x30, &tbs))
    }

    fn creator(der: &[u8]) -> Bytes {
        let pem = format!("{BEGIN}\n{}\n{END}\n", Base64::encode_string(der));
        let identity = SerializedIdentity { mspid: "Org1MSP".into(), id_bytes: pem.into() };
        identity.encode_to_vec().into()
    }

    #[test]
    fn attributes_are_found() {
        let der = certificate(r#"{"attrs":{"role":"auditor","hf.Affiliation":""}}"#);
        let identity = ClientIdentity::read(&creator(&der)).expect("a certificate");
        assert_eq!(identity.msp_id(), "Org1MSP");
        assert_eq!(identity.attribute("role"), Some("auditor"));
        assert_eq!(identity.attributes().len(), 2);
        assert_eq!(identity.assert_attribute("role", "auditor"), Ok(()));
        assert!(identity.assert_attribute("role", "clerk").is_err());
        assert!(identity.assert_attribute("rank", "1").is_err());
    }

    #[test]
    fn a_certificate_without_attributes_has_none() {
        let der = element(0x30, &element(0x30, &element(2, &[5])));
        let identity = ClientIdentity::read(&creator(&der)).expect("a certificate");
        assert!(identity.attributes().is_empty());
    }

    #[test]
    fn broken_certificates_are_refused() {
        let good = certificate("{}");
        for cut in 0..good.len() {
            assert!(ClientIdentity::read(&creator(&good[..cut])).is_err(), "cut at {cut}");
        }
        assert!(ClientIdentity::read(&creator(&certificate("[1]"))).is_err());
        assert!(ClientIdentity::read(&Bytes::from_static(&[0xff])).is_err());
    }
}
