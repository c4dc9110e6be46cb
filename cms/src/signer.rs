// SPDX-License-Identifier: Apache-2.0
//! SignerInfo: one signature over a message, read, judged and made.

use crate::content::{Dialect, Kind, WHAT};
use crate::error::{Error, malformed};
use bccsp::encoding::message;
use bccsp::encoding::signature::RawSignature;
use bccsp::{Context, HashAlgorithm, Providers, SigningKey, Suite, VerifyingKey};
use const_oid::ObjectIdentifier;
use der::{Decode, Encode};
use pki::asn1::{Reader, tag, write};
use pki::extension::SubjectKeyId;
use pki::{Certificate, Name, Time};
use spki::AlgorithmIdentifierRef;

/// Who signs.
#[derive(Clone, Copy, Debug)]
pub struct Signer<'a> {
    /// The private key.
    pub key: &'a dyn SigningKey,
    /// Its certificate.
    pub certificate: &'a Certificate,
}

/// A signer whose signature holds. Whether the certificate may be trusted is another question.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The certificate whose key signed.
    pub certificate: Certificate,
    /// When the signer says that it signed.
    pub signing_time: Option<Time>,
}

/// What a signer claims to have signed; nothing of it is judged.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The signer's certificate, if it is there.
    pub certificate: Option<Certificate>,
    /// The bytes that are signed: the content, or the signed attributes.
    pub signed: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
    /// The whole ContentInfo, which GmSSL signs.
    pub info: Vec<u8>,
}

/// Whom a SignerInfo or RecipientInfo is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Issued { issuer: Name, serial: Vec<u8> },
    Key(Vec<u8>),
}

impl Who {
    /// Reads issuerAndSerialNumber, or `[0]` subjectKeyIdentifier.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        if let Some(tlv) = reader.optional(tag::context(0), "subjectKeyIdentifier")? {
            return Ok(Self::Key(tlv.value.to_vec()));
        }
        // Old programs write the tag as EXPLICIT.
        if let Some(tlv) = reader.optional(tag::constructed(0), "subjectKeyIdentifier")? {
            let mut inside = reader.inside(tlv);
            let id = inside.take(tag::OCTET_STRING, "subjectKeyIdentifier")?.value;
            return Ok(Self::Key(id.to_vec()));
        }
        let mut inside = reader.enter(tag::SEQUENCE, "issuerAndSerialNumber")?;
        let issuer = Name::from_der(inside.take(tag::SEQUENCE, "issuer")?.raw)?;
        let serial = inside.integer("serialNumber")?.to_vec();
        inside.finish("issuerAndSerialNumber")?;
        Ok(Self::Issued { issuer, serial })
    }

    pub(crate) fn of(certificate: &Certificate) -> Vec<u8> {
        let serial = write::tlv(tag::INTEGER, certificate.serial());
        write::sequence(&[certificate.issuer().as_der(), &serial])
    }

    pub(crate) fn is(&self, certificate: &Certificate) -> bool {
        match self {
            Self::Issued { issuer, serial } => {
                issuer == certificate.issuer() && serial == certificate.serial()
            }
            Self::Key(id) => {
                let own = certificate.extensions().get::<SubjectKeyId>().ok().flatten();
                own.is_some_and(|own| own.0 == *id)
            }
        }
    }

    fn in_words(&self) -> String {
        match self {
            Self::Issued { issuer, .. } => format!("issued by {issuer}"),
            Self::Key(_) => "named by its key identifier".to_owned(),
        }
    }
}

/// One signature.
#[derive(Clone, Debug)]
pub(crate) struct SignerInfo {
    pub(crate) who: Who,
    digest: Vec<u8>,
    /// `signedAttrs` as a SET, as it was signed.
    attributes: Option<Vec<u8>>,
    algorithm: Vec<u8>,
    signature: Vec<u8>,
}

impl SignerInfo {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let mut inside = reader.enter(tag::SEQUENCE, "signerInfo")?;
        let version = inside.number("version")?;
        if ![1, 3].contains(&version) {
            return Err(malformed("version", "a signer's version is 1 or 3"));
        }
        let who = Who::read(&mut inside)?;
        let digest = inside.take(tag::SEQUENCE, "digestAlgorithm")?.raw.to_vec();
        let attributes = inside.optional(tag::constructed(0), "signedAttrs")?;
        // What is signed has the tag of a SET (RFC 5652 section 5.4).
        let attributes = attributes.map(|tlv| write::tlv(tag::SET, tlv.value));
        let algorithm = inside.take(tag::SEQUENCE, "signatureAlgorithm")?.raw.to_vec();
        let signature = inside.take(tag::OCTET_STRING, "signature")?.value.to_vec();
        inside.optional(tag::constructed(1), "unsignedAttrs")?;
        inside.finish("signerInfo")?;
        Ok(Self { who, digest, attributes, algorithm, signature })
    }

    /// Judges the signature over the content; `info` is the ContentInfo that GmSSL signs.
    pub(crate) fn verify(
        &self,
        providers: &Providers,
        certificates: &[Certificate],
        kind: ObjectIdentifier,
        content: &[u8],
        gmssl: Option<&[u8]>,
    ) -> Result<Verified, Error> {
        let found = certificates.iter().find(|certificate| self.who.is(certificate));
        let certificate = found.ok_or_else(|| Error::NoCertificate(self.who.in_words()))?;
        let bad = || Error::BadSignature(certificate.subject().to_string());
        let key = providers.verifying_key(&certificate.public_key(providers)?)?;
        let hash = self.hash(&key)?;
        let signature = signature_der(&self.signature);
        if let Some(info) = gmssl {
            // GmSSL digests the ContentInfo and leaves out the signer's identity and key.
            let provider = providers.get(Suite::Gm)?;
            let digest = *provider.hash()?.digest(&[info]).as_bytes();
            let hazmat = provider.hazmat().ok_or(Error::Unsupported("signatures of GmSSL"))?;
            hazmat.verify_digest(key.public_key(), &digest, &signature).map_err(|_| bad())?;
            return Ok(Verified { certificate: certificate.clone(), signing_time: None });
        }
        let mut signing_time = None;
        let signed = match &self.attributes {
            None => plain(content)?,
            Some(set) => {
                let digest = providers.hash(hash)?.digest(&[content]);
                let claimed = Attributes::read(set)?;
                if claimed.digest != digest.as_ref() || claimed.kind != kind {
                    return Err(bad());
                }
                signing_time = claimed.time;
                set.as_slice()
            }
        };
        key.verify(Context::X509, &[signed], &signature).map_err(|error| match error {
            bccsp::Error::Refused => bad(),
            other => other.into(),
        })?;
        Ok(Verified { certificate: certificate.clone(), signing_time })
    }

    /// What is claimed, for whoever has to find out more.
    pub(crate) fn claim(&self, certificates: &[Certificate], content: &[u8], info: &[u8]) -> Claim {
        let certificate = certificates.iter().find(|one| self.who.is(one)).cloned();
        let signed = self.attributes.clone().unwrap_or_else(|| content.to_vec());
        Claim { certificate, signed, signature: self.signature.clone(), info: info.to_vec() }
    }

    /// The digest algorithm; it and the signature algorithm must be of the key's family.
    fn hash(&self, key: &std::sync::Arc<dyn VerifyingKey>) -> Result<HashAlgorithm, Error> {
        let algorithm = message::signer_algorithm(&identifier(&self.algorithm)?)?;
        let hash = message::hash_algorithm(&identifier(&self.digest)?)?;
        let suite = key.public_key().algorithm().suite();
        let kind_alone = is_kind_of_key(&self.algorithm)?;
        if hash != suite.hash_algorithm()
            || (algorithm != suite.signature_algorithm() && !kind_alone)
        {
            return Err(Error::Unsupported(
                "a digest or signature algorithm of another family than the key",
            ));
        }
        Ok(hash)
    }
}

/// Whether the algorithm says nothing but that it is an elliptic curve.
fn is_kind_of_key(der: &[u8]) -> Result<bool, Error> {
    Ok(identifier(der)?.oid == bccsp::encoding::oid::EC_PUBLIC_KEY)
}

/// Content that is signed without attributes. The same bytes are signed for attributes as for content that
/// reads as attributes, so that a signature over either would hold for a message of the other.
fn plain(content: &[u8]) -> Result<&[u8], Error> {
    match Attributes::read(content) {
        Err(_) => Ok(content),
        Ok(_) => {
            Err(Error::Unsupported("content that reads as signed attributes, signed without any"))
        }
    }
}

/// DER, or what devices write: r ‖ s.
fn signature_der(bytes: &[u8]) -> Vec<u8> {
    match RawSignature::from_raw(bytes) {
        Ok(raw) if bytes.first() != Some(&tag::SEQUENCE) => raw.to_der(),
        _ => bytes.to_vec(),
    }
}

pub(crate) fn identifier(der: &[u8]) -> Result<AlgorithmIdentifierRef<'_>, Error> {
    AlgorithmIdentifierRef::from_der(der).map_err(|_| malformed("algorithm", "not DER"))
}

/// What the signed attributes say (RFC 5652 section 11).
struct Attributes {
    kind: ObjectIdentifier,
    digest: Vec<u8>,
    time: Option<Time>,
}

impl Attributes {
    fn read(set: &[u8]) -> Result<Self, Error> {
        let mut list = Reader::whole(set, tag::SET, WHAT, "signedAttrs")?;
        let (mut kind, mut digest, mut time) = (None, None, None);
        while !list.is_empty() {
            let mut attribute = list.enter(tag::SEQUENCE, "signedAttrs")?;
            let id = attribute.oid("signedAttrs")?;
            let mut values = attribute.enter(tag::SET, "signedAttrs")?;
            attribute.finish("signedAttrs")?;
            let twice = malformed("signedAttrs", "an attribute that occurs twice");
            match id {
                CONTENT_TYPE if kind.replace(values.oid("contentType")?).is_some() => {
                    return Err(twice);
                }
                MESSAGE_DIGEST => {
                    let value = values.take(tag::OCTET_STRING, "messageDigest")?.value.to_vec();
                    if digest.replace(value).is_some() {
                        return Err(twice);
                    }
                }
                SIGNING_TIME => time = Some(Time::read(&mut values, "signingTime")?),
                _ => {}
            }
        }
        let missing = |field| malformed(field, "missing in the signed attributes");
        Ok(Self {
            kind: kind.ok_or(missing("contentType"))?,
            digest: digest.ok_or(missing("messageDigest"))?,
            time,
        })
    }

    fn write(&self) -> Vec<u8> {
        let attribute =
            |id, value: Vec<u8>| write::sequence(&[&write::oid(id), &write::tlv(tag::SET, &value)]);
        let mut all = vec![
            attribute(CONTENT_TYPE, write::oid(self.kind)),
            attribute(MESSAGE_DIGEST, write::tlv(tag::OCTET_STRING, &self.digest)),
        ];
        all.extend(self.time.map(|time| attribute(SIGNING_TIME, time.to_der())));
        write::set_of(all)
    }
}

const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_TIME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.5");

/// What is to be signed.
pub(crate) struct Work<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) content: &'a [u8],
    /// The ContentInfo that GmSSL signs.
    pub(crate) info: &'a [u8],
    pub(crate) attributes: bool,
    pub(crate) time: Option<Time>,
}

/// The digest algorithm of a signer, parameters absent.
pub(crate) fn digest_identifier(suite: Suite) -> Vec<u8> {
    let id = bccsp::encoding::algorithm::hash_oid(suite.hash_algorithm());
    write::sequence(&[&write::oid(id)])
}

/// Makes a SignerInfo: version 1, issuer and serial number.
pub(crate) fn make(
    providers: &Providers,
    signer: &Signer<'_>,
    work: &Work<'_>,
) -> Result<Vec<u8>, Error> {
    let suite = signer.key.verifying_key().public_key().algorithm().suite();
    if work.dialect != Dialect::Rfc && suite != Suite::Gm {
        return Err(Error::Misuse("a message of GM/T 0010 is signed with keys of the gm family"));
    }
    let mut attributes = Vec::new();
    let signature = if work.dialect == Dialect::GmSsl {
        gmssl_signature(providers, signer, work.info)?
    } else if work.attributes {
        let digest = providers.hash(suite.hash_algorithm())?.digest(&[work.content]);
        let kind = work.dialect.identifier(Kind::Data);
        let set = Attributes { kind, digest: digest.as_ref().to_vec(), time: work.time }.write();
        let signature = signer.key.sign(Context::X509, &[&set])?;
        let inside = Reader::whole(&set, tag::SET, WHAT, "signedAttrs")?.rest().to_vec();
        attributes = write::tlv(tag::constructed(0), &inside);
        signature.into_vec()
    } else {
        signer.key.sign(Context::X509, &[plain(work.content)?])?.into_vec()
    };
    let algorithm = bccsp::encoding::algorithm::signature_identifier(suite.signature_algorithm());
    let algorithm =
        algorithm.to_der().map_err(|_| Error::Misuse("an identifier that does not fit"))?;
    Ok(write::sequence(&[
        &write::unsigned(tag::INTEGER, &[1]),
        &Who::of(signer.certificate),
        &digest_identifier(suite),
        &attributes,
        &algorithm,
        &write::tlv(tag::OCTET_STRING, &signature),
    ]))
}

/// A signature over a digest without the signer's identity and key, which keys at the border do not
/// make: the private key has to come out for it.
fn gmssl_signature(
    providers: &Providers,
    signer: &Signer<'_>,
    info: &[u8],
) -> Result<Vec<u8>, Error> {
    let provider = providers.get(Suite::Gm)?;
    let hazmat = provider.hazmat().ok_or(Error::Unsupported("signatures of GmSSL"))?;
    let digest = *provider.hash()?.digest(&[info]).as_bytes();
    let key = signer.key.export()?;
    loop {
        let mut nonce = vec![0; 32];
        provider.random(&mut nonce)?;
        let nonce = bccsp::SecretBytes::new(nonce);
        // A nonce is out of range, or gives no signature, with a chance of 2⁻³².
        match hazmat.sign_digest(&key, &digest, &nonce) {
            Ok(signature) => return Ok(signature.into_vec()),
            Err(bccsp::Error::Misuse(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
