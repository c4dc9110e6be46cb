// SPDX-License-Identifier: Apache-2.0
//! Algorithm identifiers and public keys as certificates carry them: known ones, and foreign ones
//! that can at least be shown.

use crate::asn1::{Reader, tag};
use crate::{Error, oid};
use bccsp::encoding;
use bccsp::{KeyAlgorithm, Providers, PublicKey, SignatureAlgorithm};
use const_oid::ObjectIdentifier;
use der::Decode;
use spki::AlgorithmIdentifierRef;

/// `AlgorithmIdentifier` (RFC 5280 section 4.1.1.2) as it travelled. Equal means equal bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlgorithmId {
    der: Vec<u8>,
    id: ObjectIdentifier,
    parameters: Option<Vec<u8>>,
}

impl AlgorithmId {
    /// The object identifier.
    #[must_use]
    pub fn id(&self) -> ObjectIdentifier {
        self.id
    }

    /// The DER of the parameters, if there are any.
    #[must_use]
    pub fn parameters(&self) -> Option<&[u8]> {
        self.parameters.as_deref()
    }

    /// The bytes as they travelled.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The name of a signature algorithm for people.
    #[must_use]
    pub fn name(&self) -> String {
        self.signature_algorithm()
            .map_or_else(|_| oid::algorithm_name(&self.id), |known| known.name().to_owned())
    }

    /// Which of our signature algorithms it is. Parameters may be absent or NULL.
    ///
    /// # Errors
    /// [`Error::UnsupportedAlgorithm`] for others, [`Error::Crypto`] for other parameters.
    pub fn signature_algorithm(&self) -> Result<SignatureAlgorithm, Error> {
        match encoding::algorithm::signature_algorithm(&self.reference()?) {
            Err(bccsp::Error::Unsupported(_)) => Err(Error::UnsupportedAlgorithm {
                what: "signature",
                algorithm: oid::algorithm_name(&self.id),
            }),
            other => Ok(other?),
        }
    }

    /// The parameters read as an object identifier, as named curves are.
    #[must_use]
    pub fn named_curve(&self) -> Option<ObjectIdentifier> {
        let mut reader = Reader::new(self.parameters.as_deref()?, "algorithm");
        reader.oid("parameters").ok()
    }

    pub(crate) fn read(reader: &mut Reader<'_>, field: &'static str) -> Result<Self, Error> {
        let tlv = reader.take(tag::SEQUENCE, field)?;
        let mut inside = reader.inside(tlv);
        let id = inside.oid(field)?;
        let parameters =
            if inside.is_empty() { None } else { Some(inside.any(field)?.raw.to_vec()) };
        inside.finish(field)?;
        Ok(Self { der: tlv.raw.to_vec(), id, parameters })
    }

    fn reference(&self) -> Result<AlgorithmIdentifierRef<'_>, Error> {
        AlgorithmIdentifierRef::from_der(&self.der).map_err(|_| Error::Malformed {
            object: "algorithm identifier",
            field: "parameters",
            why: "not DER",
        })
    }
}

/// `SubjectPublicKeyInfo` (RFC 5280 section 4.1.2.7) as it travelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKeyInfo {
    der: Vec<u8>,
    algorithm: AlgorithmId,
    key: Vec<u8>,
}

impl PublicKeyInfo {
    /// The form in which we write a key.
    #[must_use]
    pub fn of(key: &PublicKey) -> Self {
        let der = encoding::spki::encode(key);
        let mut reader = Reader::new(&der, "public key");
        Self::read(&mut reader).unwrap_or_else(|_| unreachable!("our own encoding is DER"))
    }

    /// Reads DER of any algorithm.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(der, "public key");
        let key = Self::read(&mut reader)?;
        reader.finish("subjectPublicKeyInfo")?;
        Ok(key)
    }

    /// The bytes as they travelled.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// What kind of key it says it is.
    #[must_use]
    pub fn algorithm(&self) -> &AlgorithmId {
        &self.algorithm
    }

    /// The bytes of the key itself: a point, for the kinds of keys we work with.
    #[must_use]
    pub fn key_bytes(&self) -> &[u8] {
        &self.key
    }

    /// Which of our kinds of keys it is, if it is one.
    #[must_use]
    pub fn key_algorithm(&self) -> Option<KeyAlgorithm> {
        encoding::spki::key_algorithm(&self.algorithm.reference().ok()?).ok()
    }

    /// The name of its kind for people, such as the curve.
    #[must_use]
    pub fn name(&self) -> String {
        self.key_algorithm().map_or_else(
            || {
                let id = self.algorithm.named_curve().unwrap_or(self.algorithm.id);
                oid::algorithm_name(&id)
            },
            |known| known.name().to_owned(),
        )
    }

    /// The key, its point seen to be on the curve.
    ///
    /// # Errors
    /// [`Error::UnsupportedAlgorithm`] for other kinds of keys; [`Error::Crypto`] for a point that
    /// is not on the curve.
    pub fn public_key(&self, providers: &Providers) -> Result<PublicKey, Error> {
        match encoding::spki::decode(providers, &self.der) {
            Err(bccsp::Error::Unsupported(_)) => {
                Err(Error::UnsupportedAlgorithm { what: "public key", algorithm: self.name() })
            }
            other => Ok(other?),
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        const FIELD: &str = "subjectPublicKeyInfo";
        let tlv = reader.take(tag::SEQUENCE, FIELD)?;
        let mut inside = reader.inside(tlv);
        let algorithm = AlgorithmId::read(&mut inside, FIELD)?;
        let key = inside.bit_string(FIELD)?.bytes.to_vec();
        inside.finish(FIELD)?;
        Ok(Self { der: tlv.raw.to_vec(), algorithm, key })
    }
}
