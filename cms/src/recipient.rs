// SPDX-License-Identifier: Apache-2.0
//! RecipientInfo: the content key of a message, wrapped for one key.

use crate::content::{Dialect, WHAT};
use crate::error::{Error, malformed};
use crate::signer::{Who, identifier};
use bccsp::encoding::message::{self, Agreement, ContentCipher};
use bccsp::encoding::spki;
use bccsp::{DecryptionKey, Providers, SecretBytes, Suite};
use der::Encode;
use pki::Certificate;
use pki::asn1::{Reader, tag, write};

/// One recipient.
#[derive(Debug)]
pub(crate) enum RecipientInfo {
    /// The content key is encrypted to the recipient's key (RFC 5652 section 6.2.1).
    Transport { who: Who, algorithm: Vec<u8>, wrapped: Vec<u8> },
    /// Sender and recipient agree on a key that wraps it (RFC 5652 section 6.2.2).
    Agreement {
        originator: Vec<u8>,
        ukm: Option<Vec<u8>>,
        algorithm: Vec<u8>,
        wrapped: Vec<(Who, Vec<u8>)>,
    },
    /// Some other kind.
    Other,
}

impl RecipientInfo {
    pub(crate) fn read(list: &mut Reader<'_>) -> Result<Self, Error> {
        match list.peek() {
            Some(tag::SEQUENCE) => Self::transport(list),
            Some(AGREEMENT) => Self::agreement(list),
            _ => {
                list.any("recipientInfo")?;
                Ok(Self::Other)
            }
        }
    }

    fn transport(list: &mut Reader<'_>) -> Result<Self, Error> {
        let mut inside = list.enter(tag::SEQUENCE, "recipientInfo")?;
        inside.number("version")?;
        let who = Who::read(&mut inside)?;
        let algorithm = inside.take(tag::SEQUENCE, "keyEncryptionAlgorithm")?.raw.to_vec();
        let wrapped = inside.take(tag::OCTET_STRING, "encryptedKey")?.value.to_vec();
        inside.finish("recipientInfo")?;
        Ok(Self::Transport { who, algorithm, wrapped })
    }

    fn agreement(list: &mut Reader<'_>) -> Result<Self, Error> {
        let mut inside = list.enter(AGREEMENT, "recipientInfo")?;
        inside.number("version")?;
        let mut outer = inside.enter(tag::constructed(0), "originator")?;
        // originatorKey: `[1] { AlgorithmIdentifier, BIT STRING }`; others name a certificate.
        let Some(tlv) = outer.optional(tag::constructed(1), "originator")? else {
            return Ok(Self::Other);
        };
        let mut key = outer.inside(tlv);
        key.take(tag::SEQUENCE, "originator")?;
        let originator = key.bit_string("originator")?.bytes.to_vec();
        key.finish("originator")?;
        let ukm = match inside.optional(tag::constructed(1), "ukm")? {
            None => None,
            Some(tlv) => Some(inside.inside(tlv).take(tag::OCTET_STRING, "ukm")?.value.to_vec()),
        };
        let algorithm = inside.take(tag::SEQUENCE, "keyEncryptionAlgorithm")?.raw.to_vec();
        let mut keys = inside.enter(tag::SEQUENCE, "recipientEncryptedKeys")?;
        inside.finish("recipientInfo")?;
        let mut wrapped = Vec::new();
        while !keys.is_empty() {
            if wrapped.len() == MAX_RECIPIENTS {
                return Err(malformed("recipientEncryptedKeys", "more than 256"));
            }
            let mut one = keys.enter(tag::SEQUENCE, "recipientEncryptedKeys")?;
            let who = recipient(&mut one)?;
            wrapped.push((who, one.take(tag::OCTET_STRING, "encryptedKey")?.value.to_vec()));
        }
        Ok(Self::Agreement { originator, ukm, algorithm, wrapped })
    }

    /// The content key, if this is about the key and opens.
    pub(crate) fn open(
        &self,
        providers: &Providers,
        key: &dyn DecryptionKey,
        certificate: Option<&Certificate>,
    ) -> Option<Result<SecretBytes, Error>> {
        let suite = key.encryption_key().public_key().algorithm().suite();
        let named = |who: &Who| certificate.is_none_or(|certificate| who.is(certificate));
        match (self, suite) {
            (Self::Transport { who, algorithm, wrapped }, Suite::Gm) if named(who) => {
                let id = identifier(algorithm).ok()?.oid;
                message::is_key_transport(id)
                    .then(|| message::untransport(key, wrapped).map_err(Error::from))
            }
            (Self::Agreement { originator, ukm, algorithm, wrapped }, Suite::Nist) => {
                let (_, wrapped) = wrapped.iter().find(|(who, _)| named(who))?;
                let open = || -> Result<SecretBytes, Error> {
                    let id = identifier(algorithm)?;
                    let provider = providers.get(Suite::Nist)?;
                    let agreement = Agreement::from_identifier(&id)?;
                    let ukm = ukm.as_deref();
                    Ok(agreement.unwrap(&**provider, key, &id, originator, ukm, wrapped)?)
                };
                Some(open())
            }
            _ => None,
        }
    }
}

const AGREEMENT: u8 = 0xa1;
/// So many recipients one message has at most.
pub(crate) const MAX_RECIPIENTS: usize = 256;

/// KeyAgreeRecipientIdentifier: as others, but the key identifier is in a SEQUENCE (RFC 5652 section
/// 6.2.2).
fn recipient(reader: &mut Reader<'_>) -> Result<Who, Error> {
    if let Some(tlv) = reader.optional(tag::constructed(0), "rKeyId")? {
        let id = reader.inside(tlv).take(tag::OCTET_STRING, "subjectKeyIdentifier")?.value;
        return Ok(Who::Key(id.to_vec()));
    }
    Who::read(reader)
}

/// Wraps a content key for the holder of a certificate.
pub(crate) fn make(
    providers: &Providers,
    dialect: Dialect,
    certificate: &Certificate,
    cipher: &ContentCipher,
    key: &SecretBytes,
) -> Result<Vec<u8>, Error> {
    let public = certificate.public_key(providers)?;
    let who = Who::of(certificate);
    if public.algorithm().suite() == Suite::Gm {
        let wrapped = message::transport(&*providers.encryption_key(&public)?, key)?;
        let id = match dialect {
            Dialect::GmSsl => message::key_transport_gmssl(),
            Dialect::Rfc | Dialect::Gm => message::key_transport(),
        };
        let version = u8::from(dialect != Dialect::Rfc);
        return Ok(write::sequence(&[
            &write::unsigned(tag::INTEGER, &[version]),
            &who,
            &write::sequence(&[&write::oid(id)]),
            &write::tlv(tag::OCTET_STRING, &wrapped),
        ]));
    }
    if dialect != Dialect::Rfc {
        return Err(Error::Misuse("a message of GM/T 0010 is for keys of the gm family"));
    }
    let agreement = Agreement::of(cipher);
    let (point, wrapped) = agreement.wrap(&**providers.get(Suite::Nist)?, &public, key)?;
    let short = |_| Error::Misuse("an identifier that does not fit DER");
    let originator = spki::key_identifier(public.algorithm()).to_der().map_err(short)?;
    let originator = [originator, write::bit_string(&point)].concat();
    let originator = write::tlv(tag::constructed(1), &originator);
    Ok(write::tlv(
        AGREEMENT,
        &[
            write::unsigned(tag::INTEGER, &[3]),
            write::tlv(tag::constructed(0), &originator),
            agreement.to_identifier()?.to_der().map_err(short)?,
            write::sequence(&[&write::sequence(&[&who, &write::tlv(tag::OCTET_STRING, &wrapped)])]),
        ]
        .concat(),
    ))
}

/// Reads the SET of recipients.
pub(crate) fn read_all(reader: &mut Reader<'_>) -> Result<Vec<RecipientInfo>, Error> {
    let tlv = reader.take(tag::SET, "recipientInfos")?;
    let mut list = Reader::new(tlv.value, WHAT);
    let mut all = Vec::new();
    while !list.is_empty() {
        if all.len() == MAX_RECIPIENTS {
            return Err(malformed("recipientInfos", "more than 256"));
        }
        all.push(RecipientInfo::read(&mut list)?);
    }
    Ok(all)
}
