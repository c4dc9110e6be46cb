// SPDX-License-Identifier: Apache-2.0
//! EnvelopedData (RFC 5652 section 6; GM/T 0010-2012 clause 9) and SignedAndEnvelopedData (RFC 2315
//! section 11; GM/T 0010-2012 clause 10).

use crate::content::{Dialect, Kind, WHAT, write_info};
use crate::error::{Error, malformed};
use crate::recipient::{self, RecipientInfo};
use crate::signed::{self, SignOptions, Tail};
use crate::signer::{self, Signer, Verified, Work, identifier};
use bccsp::encoding::message::ContentCipher;
use bccsp::{DecryptionKey, Providers, SecretBytes, Suite};
use const_oid::ObjectIdentifier;
use der::Encode;
use pki::Certificate;
use pki::asn1::{Reader, tag, write};

/// An encrypted message.
#[derive(Debug)]
pub struct Enveloped {
    dialect: Dialect,
    recipients: Vec<RecipientInfo>,
    kind: ObjectIdentifier,
    cipher: ContentCipher,
    data: Vec<u8>,
    tail: Option<Tail>,
}

impl core::fmt::Debug for Tail {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Tail({} signers)", self.signers.len())
    }
}

impl Enveloped {
    pub(crate) fn read(dialect: Dialect, der: &[u8], signed: bool) -> Result<Self, Error> {
        let mut reader = Reader::whole(der, tag::SEQUENCE, WHAT, "envelopedData")?;
        reader.number("version")?;
        reader.optional(tag::constructed(0), "originatorInfo")?;
        let recipients = recipient::read_all(&mut reader)?;
        if signed {
            reader.take(tag::SET, "digestAlgorithms")?;
        }
        let mut content = reader.enter(tag::SEQUENCE, "encryptedContentInfo")?;
        let kind = content.oid("contentType")?;
        let algorithm = content.take(tag::SEQUENCE, "contentEncryptionAlgorithm")?.raw;
        let cipher = ContentCipher::from_identifier(&identifier(algorithm)?)?;
        let data = encrypted(&mut content)?;
        let tail = if signed {
            Some(Tail::read(&mut reader)?)
        } else {
            reader.optional(tag::constructed(1), "unprotectedAttrs")?;
            reader.finish("envelopedData")?;
            None
        };
        Ok(Self { dialect, recipients, kind, cipher, data, tail })
    }

    /// The family of identifiers it is in.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Whether it is signed, too.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.tail.is_some()
    }

    /// How many it is for.
    #[must_use]
    pub fn recipients(&self) -> usize {
        self.recipients.len()
    }

    /// The content, opened with a key. Where the key's certificate is given, only the recipient that
    /// it names is tried. CBC is not authenticated: who can change the message can change the content.
    ///
    /// # Errors
    /// [`Error::NotForUs`] when no recipient is this key; [`Error::Crypto`] when it does not open.
    pub fn decrypt(
        &self,
        providers: &Providers,
        key: &dyn DecryptionKey,
        certificate: Option<&Certificate>,
    ) -> Result<SecretBytes, Error> {
        let mut refused = Error::NotForUs;
        for recipient in &self.recipients {
            match recipient.open(providers, key, certificate) {
                Some(Ok(content_key)) => {
                    return Ok(self.cipher.decrypt(providers, &content_key, &self.data)?);
                }
                Some(Err(error)) if certificate.is_some() => refused = error,
                _ => {}
            }
        }
        Err(refused)
    }

    /// Judges the signatures of a message that is signed, over the content that was opened.
    ///
    /// # Errors
    /// As [`Signed::verify`](crate::Signed::verify); [`Error::NoSigner`] when it is not signed.
    pub fn verify(
        &self,
        providers: &Providers,
        content: &SecretBytes,
        more: &[Certificate],
    ) -> Result<Vec<Verified>, Error> {
        self.judge(providers, content, more, None)
    }

    /// The same for messages that GmSSL made; see [`Signed::verify_gmssl`](crate::Signed::verify_gmssl).
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn verify_gmssl(
        &self,
        providers: &Providers,
        content: &SecretBytes,
        more: &[Certificate],
    ) -> Result<Vec<Verified>, Error> {
        let info = SecretBytes::new(gmssl_info(self.kind, content.expose()));
        self.judge(providers, content, more, Some(info.expose()))
    }

    fn judge(
        &self,
        providers: &Providers,
        content: &SecretBytes,
        more: &[Certificate],
        gmssl: Option<&[u8]>,
    ) -> Result<Vec<Verified>, Error> {
        let tail = self.tail.as_ref().ok_or(Error::NoSigner)?;
        let certificates = [&tail.certificates, more].concat();
        signed::judge_all(
            providers,
            &tail.signers,
            &certificates,
            self.kind,
            content.expose(),
            gmssl,
        )
    }
}

/// What GmSSL digests of a message that is encrypted, too: a ContentInfo whose content has no header
/// of its own.
fn gmssl_info(kind: ObjectIdentifier, content: &[u8]) -> Vec<u8> {
    write_info(kind, Some(content))
}

/// `[0] IMPLICIT OCTET STRING`, in one piece or in several.
fn encrypted(reader: &mut Reader<'_>) -> Result<Vec<u8>, Error> {
    let tlv = reader.any("encryptedContent")?;
    reader.finish("encryptedContentInfo")?;
    match tlv.tag {
        0x80 => Ok(tlv.value.to_vec()),
        0xa0 => crate::ber::pieces(tlv.value),
        _ => Err(malformed("encryptedContent", "missing")),
    }
}

/// Encrypts content to the holders of certificates.
///
/// # Errors
/// [`Error::Misuse`] without recipients and for keys of another family than the dialect's.
pub fn encrypt(
    providers: &Providers,
    recipients: &[&Certificate],
    content: &[u8],
    dialect: Dialect,
) -> Result<Vec<u8>, Error> {
    let sealed = Sealed::make(providers, recipients, content, dialect)?;
    let all_gm = recipients.iter().all(|one| is_gm(one));
    // RFC 5652 section 6.1: 2 where there is an agreement; PKCS#7 has no other than 0, GM/T 0010 than 1.
    let version = match (dialect, all_gm) {
        (Dialect::Rfc, true) => 0,
        (Dialect::Rfc, false) => 2,
        _ => 1,
    };
    let body = write::sequence(&[
        &write::unsigned(tag::INTEGER, &[version]),
        &sealed.recipients,
        &sealed.content,
    ]);
    Ok(write_info(dialect.identifier(Kind::Enveloped), Some(&body)))
}

/// Signs content and encrypts it, in one message. The signatures stand in it in the clear.
///
/// # Errors
/// As [`encrypt`] and [`sign`](crate::sign); what `options` say of attributes and content apart does
/// not count here.
pub fn sign_and_encrypt(
    providers: &Providers,
    signers: &[Signer<'_>],
    recipients: &[&Certificate],
    content: &[u8],
    options: &SignOptions,
) -> Result<Vec<u8>, Error> {
    if signers.is_empty() {
        return Err(Error::Misuse("a signed message without signer"));
    }
    let dialect = options.dialect;
    let sealed = Sealed::make(providers, recipients, content, dialect)?;
    let info = gmssl_info(dialect.identifier(Kind::Data), content);
    let work = Work { dialect, content, info: &info, attributes: false, time: None };
    let infos = signers.iter().map(|signer| signer::make(providers, signer, &work));
    let infos: Vec<Vec<u8>> = infos.collect::<Result<_, _>>()?;
    let body = write::sequence(&[
        &write::unsigned(tag::INTEGER, &[1]),
        &sealed.recipients,
        &signed::digests(signers),
        &sealed.content,
        &signed::certificates(signers, &options.certificates),
        &write::set_of(infos),
    ]);
    Ok(write_info(dialect.identifier(Kind::SignedAndEnveloped), Some(&body)))
}

/// The two parts that every encrypted message has.
struct Sealed {
    recipients: Vec<u8>,
    content: Vec<u8>,
}

impl Sealed {
    fn make(
        providers: &Providers,
        recipients: &[&Certificate],
        content: &[u8],
        dialect: Dialect,
    ) -> Result<Self, Error> {
        if recipients.is_empty() || recipients.len() > recipient::MAX_RECIPIENTS {
            return Err(Error::Misuse("an encrypted message has 1 to 256 recipients"));
        }
        let gm = dialect != Dialect::Rfc || recipients.iter().all(|one| is_gm(one));
        let suite = if gm { Suite::Gm } else { Suite::Nist };
        let cipher = ContentCipher::of(&**providers.get(suite)?)?;
        let key = cipher.generate_key(providers)?;
        let infos =
            recipients.iter().map(|one| recipient::make(providers, dialect, one, &cipher, &key));
        let infos: Vec<Vec<u8>> = infos.collect::<Result<_, _>>()?;
        let algorithm = cipher.to_identifier()?.to_der();
        let algorithm =
            algorithm.map_err(|_| Error::Misuse("an identifier that does not fit DER"))?;
        let data = cipher.encrypt(providers, &key, content)?;
        let content = write::sequence(&[
            &write::oid(dialect.identifier(Kind::Data)),
            &algorithm,
            &write::tlv(0x80, &data),
        ]);
        Ok(Self { recipients: write::set_of(infos), content })
    }
}

fn is_gm(certificate: &Certificate) -> bool {
    certificate.public_key_info().key_algorithm().is_some_and(|kind| kind.suite() == Suite::Gm)
}
