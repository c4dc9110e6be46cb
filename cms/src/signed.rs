// SPDX-License-Identifier: Apache-2.0
//! SignedData (RFC 5652 section 5; GM/T 0010-2012 clause 8): content, certificates, signatures.

use crate::content::{self, Dialect, Kind, WHAT, write_info};
use crate::error::{Error, malformed};
use crate::signer::{self, Claim, Signer, SignerInfo, Verified, Work};
use bccsp::Providers;
use const_oid::ObjectIdentifier;
use pki::asn1::{Reader, tag, write};
use pki::{Certificate, Time};

/// A signed message, not yet judged.
#[derive(Debug)]
pub struct Signed {
    dialect: Dialect,
    kind: ObjectIdentifier,
    content: Option<Vec<u8>>,
    /// The ContentInfo that holds the content.
    info: Vec<u8>,
    certificates: Vec<Certificate>,
    crls: Vec<Vec<u8>>,
    signers: Vec<SignerInfo>,
}

/// So many signers one message has at most.
const MAX_SIGNERS: usize = 64;

impl Signed {
    pub(crate) fn read(dialect: Dialect, der: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::whole(der, tag::SEQUENCE, WHAT, "signedData")?;
        reader.number("version")?;
        reader.take(tag::SET, "digestAlgorithms")?;
        let info = reader.take(tag::SEQUENCE, "contentInfo")?.raw;
        let (kind, content) = content::info(info)?;
        let content = content.map(octets).transpose()?;
        let tail = Tail::read(&mut reader)?;
        let Tail { certificates, crls, signers } = tail;
        Ok(Self { dialect, kind, content, info: info.to_vec(), certificates, crls, signers })
    }

    /// The family of identifiers it is in.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The content, unless it travels apart.
    #[must_use]
    pub fn content(&self) -> Option<&[u8]> {
        self.content.as_deref()
    }

    /// The certificates that came with it. Nothing is known of them.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The DER of the revocation lists that came with it.
    #[must_use]
    pub fn crls(&self) -> &[Vec<u8>] {
        &self.crls
    }

    /// How many have signed.
    #[must_use]
    pub fn signers(&self) -> usize {
        self.signers.len()
    }

    /// Judges every signature; all must hold. `detached` is the content where it travels apart, and
    /// `more` are certificates beside those in the message.
    ///
    /// # Errors
    /// [`Error::BadSignature`], [`Error::NoSigner`], [`Error::NoCertificate`], [`Error::Detached`];
    /// [`Error::Unsupported`] for algorithms that do not go together.
    pub fn verify(
        &self,
        providers: &Providers,
        detached: Option<&[u8]>,
        more: &[Certificate],
    ) -> Result<Vec<Verified>, Error> {
        self.judge(providers, detached, more, None)
    }

    /// Judges every signature as GmSSL makes them, over the ContentInfo and without the signer's
    /// identity and key in the digest. Only for messages that GmSSL made.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn verify_gmssl(
        &self,
        providers: &Providers,
        more: &[Certificate],
    ) -> Result<Vec<Verified>, Error> {
        self.judge(providers, None, more, Some(&self.info))
    }

    /// What every signer claims to have signed, not judged: for whoever has to find out why a
    /// signature does not hold.
    ///
    /// # Errors
    /// [`Error::Detached`] when the content is neither in the message nor given.
    pub fn claims(
        &self,
        detached: Option<&[u8]>,
        more: &[Certificate],
    ) -> Result<Vec<Claim>, Error> {
        let content = self.content.as_deref().or(detached).ok_or(Error::Detached)?;
        let certificates = [&self.certificates, more].concat();
        Ok(self
            .signers
            .iter()
            .map(|signer| signer.claim(&certificates, content, &self.info))
            .collect())
    }

    fn judge(
        &self,
        providers: &Providers,
        detached: Option<&[u8]>,
        more: &[Certificate],
        gmssl: Option<&[u8]>,
    ) -> Result<Vec<Verified>, Error> {
        let content = match (&self.content, detached) {
            (Some(_), Some(_)) => {
                return Err(Error::Misuse("the content is in the message already"));
            }
            (Some(content), None) => content.as_slice(),
            (None, Some(content)) => content,
            (None, None) => return Err(Error::Detached),
        };
        judge_all(
            providers,
            &self.signers,
            &[&self.certificates, more].concat(),
            self.kind,
            content,
            gmssl,
        )
    }
}

pub(crate) fn judge_all(
    providers: &Providers,
    signers: &[SignerInfo],
    certificates: &[Certificate],
    kind: ObjectIdentifier,
    content: &[u8],
    gmssl: Option<&[u8]>,
) -> Result<Vec<Verified>, Error> {
    if signers.is_empty() {
        return Err(Error::NoSigner);
    }
    let verdicts =
        signers.iter().map(|signer| signer.verify(providers, certificates, kind, content, gmssl));
    verdicts.collect()
}

/// The content as bytes: what an OCTET STRING holds, and of anything else what is inside its header
/// (RFC 5652 section 5.2.1).
fn octets(content: &[u8]) -> Result<Vec<u8>, Error> {
    Ok(Reader::new(content, WHAT).any("content")?.value.to_vec())
}

/// What stands at the end of signed messages.
pub(crate) struct Tail {
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) crls: Vec<Vec<u8>>,
    pub(crate) signers: Vec<SignerInfo>,
}

impl Tail {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let mut certificates = Vec::new();
        if let Some(tlv) = reader.optional(tag::constructed(0), "certificates")? {
            let mut list = reader.inside(tlv);
            while !list.is_empty() {
                let one = list.any("certificates")?;
                // Attribute certificates and the like have other tags; nobody needs them here.
                if one.tag == tag::SEQUENCE {
                    certificates.push(Certificate::from_der(one.raw)?);
                }
            }
        }
        let mut crls = Vec::new();
        if let Some(tlv) = reader.optional(tag::constructed(1), "crls")? {
            let mut list = reader.inside(tlv);
            while !list.is_empty() {
                crls.push(list.any("crls")?.raw.to_vec());
            }
        }
        let mut list = reader.enter(tag::SET, "signerInfos")?;
        let mut signers = Vec::new();
        while !list.is_empty() {
            if signers.len() == MAX_SIGNERS {
                return Err(malformed("signerInfos", "more than 64 signers"));
            }
            signers.push(SignerInfo::read(&mut list)?);
        }
        reader.finish("encoding")?;
        Ok(Self { certificates, crls, signers })
    }
}

/// How a message is signed.
#[derive(Clone, Debug)]
pub struct SignOptions {
    /// The family of identifiers.
    pub dialect: Dialect,
    /// The content is left out, and travels apart.
    pub detached: bool,
    /// Attributes are signed beside the digest of the content: its type, and the time.
    pub attributes: bool,
    /// When it is signed; counts with `attributes` only.
    pub time: Option<Time>,
    /// Certificates to add beside those of the signers, such as their issuers.
    pub certificates: Vec<Certificate>,
}

impl SignOptions {
    /// What is usual in a dialect: with attributes in that of the RFCs, without in the others.
    #[must_use]
    pub fn of(dialect: Dialect) -> Self {
        let attributes = dialect == Dialect::Rfc;
        Self { dialect, detached: false, attributes, time: None, certificates: Vec::new() }
    }
}

/// Signs content, with the signers' certificates in the message.
///
/// # Errors
/// [`Error::Misuse`] for a key of another family than the dialect's, without signers, and for what
/// GmSSL cannot have: attributes and content apart; else what the keys answer.
pub fn sign(
    providers: &Providers,
    signers: &[Signer<'_>],
    content: &[u8],
    options: &SignOptions,
) -> Result<Vec<u8>, Error> {
    if signers.is_empty() {
        return Err(Error::Misuse("a signed message without signer"));
    }
    if options.dialect == Dialect::GmSsl && (options.attributes || options.detached) {
        return Err(Error::Misuse("GmSSL has no signed attributes and no content apart"));
    }
    let data = options.dialect.identifier(Kind::Data);
    let octets = write::tlv(tag::OCTET_STRING, content);
    let info = write_info(data, Some(&octets));
    let work = Work {
        dialect: options.dialect,
        content,
        info: &info,
        attributes: options.attributes,
        time: options.time,
    };
    let infos = signers.iter().map(|signer| signer::make(providers, signer, &work));
    let infos: Vec<Vec<u8>> = infos.collect::<Result<_, _>>()?;
    let info = if options.detached { write_info(data, None) } else { info };
    let body = write::sequence(&[
        &write::unsigned(tag::INTEGER, &[1]),
        &digests(signers),
        &info,
        &certificates(signers, &options.certificates),
        &write::set_of(infos),
    ]);
    Ok(write_info(options.dialect.identifier(Kind::Signed), Some(&body)))
}

/// The SET of digest algorithms.
pub(crate) fn digests(signers: &[Signer<'_>]) -> Vec<u8> {
    let suite = |signer: &Signer<'_>| signer.key.verifying_key().public_key().algorithm().suite();
    let mut all: Vec<Vec<u8>> =
        signers.iter().map(|signer| signer::digest_identifier(suite(signer))).collect();
    all.sort();
    all.dedup();
    write::set_of(all)
}

/// `[0] IMPLICIT` SET of certificates.
pub(crate) fn certificates(signers: &[Signer<'_>], more: &[Certificate]) -> Vec<u8> {
    let own = signers.iter().map(|signer| signer.certificate);
    let mut all: Vec<Vec<u8>> = own.chain(more).map(|one| one.as_der().to_vec()).collect();
    all.sort();
    all.dedup();
    write::tlv(tag::constructed(0), &all.concat())
}
