// SPDX-License-Identifier: Apache-2.0
//! PKCS#12 (RFC 7292): a private key with its certificates under a password.
//!
//! Read are PBES2 bags as `bccsp` reads protected keys, SM4 and HMAC-SM3 included, plain ones, and
//! check values with SHA-1, SHA-256 and SM3. Written is one key, its certificate first.
//! Not here: RC2, triple DES and other PBE of old files; bags under a public key; PBMAC1.

use crate::content::{Kind, info, kind_of};
use crate::error::{Error, malformed};
use bccsp::encoding::pbes2::{self, Protection};
use bccsp::encoding::pkcs12_mac::{self, MacHash};
use bccsp::encoding::{algorithm, pem, pkcs8};
use bccsp::{HashAlgorithm, KeyMaterial, Providers, SecretBytes, Suite};
use const_oid::ObjectIdentifier;
use pki::Certificate;
use pki::asn1::{Reader, tag, write};

const WHAT: &str = "PKCS#12 bag";

/// What was in a bag.
#[derive(Debug, Default)]
pub struct Bag {
    /// The private keys.
    pub keys: Vec<Entry<KeyMaterial>>,
    /// The certificates, in their order.
    pub certificates: Vec<Entry<Certificate>>,
}

/// A key or certificate with what is said of it.
#[derive(Debug)]
pub struct Entry<T> {
    /// friendlyName (RFC 2985 section 5.5.1).
    pub name: Option<String>,
    /// localKeyId: the same for a key and its certificate (RFC 2985 section 5.5.2).
    pub id: Option<Vec<u8>>,
    /// The thing itself.
    pub value: T,
}

impl Bag {
    /// The certificate that belongs to a key: that of the same localKeyId.
    #[must_use]
    pub fn certificate_of(&self, key: &Entry<KeyMaterial>) -> Option<&Certificate> {
        let id = key.id.as_ref()?;
        let found = self.certificates.iter().find(|one| one.id.as_ref() == Some(id));
        found.map(|entry| &entry.value)
    }
}

/// Reads a bag, DER or BER, in PEM or not. Its check value is judged before anything else.
///
/// # Errors
/// [`Error::BadPassword`]; [`Error::Object`] for what is no bag; [`Error::Unsupported`] for one
/// without check value or under other algorithms.
pub fn read(providers: &Providers, bytes: &[u8], password: &SecretBytes) -> Result<Bag, Error> {
    if pem::is_pem(bytes) {
        let block = pem::decode_first(bytes, "PKCS12")?;
        return from_der(providers, &crate::to_der(block.der())?, password);
    }
    from_der(providers, &crate::to_der(bytes)?, password)
}

/// Whether the bytes look like a bag.
#[must_use]
pub fn is_bag(bytes: &[u8]) -> bool {
    let Ok(der) = crate::to_der(bytes) else { return false };
    let Ok(mut reader) = Reader::whole(&der, tag::SEQUENCE, WHAT, "pfx") else { return false };
    let version = reader.number("version").is_ok_and(|version| version == 3);
    version && reader.take(tag::SEQUENCE, "authSafe").is_ok_and(|safe| info(safe.raw).is_ok())
}

fn from_der(providers: &Providers, der: &[u8], password: &SecretBytes) -> Result<Bag, Error> {
    let mut reader = Reader::whole(der, tag::SEQUENCE, WHAT, "pfx")?;
    if reader.number("version")? != 3 {
        return Err(malformed("version", "a bag is of version 3"));
    }
    let safe = data(reader.take(tag::SEQUENCE, "authSafe")?.raw)?;
    let Some(mac) = reader.optional(tag::SEQUENCE, "macData")? else {
        return Err(Error::Unsupported("a PKCS#12 bag without check value"));
    };
    check(providers, &mut reader.inside(mac), password, &safe)?;
    reader.finish("pfx")?;
    let mut bag = Bag::default();
    let safe = crate::to_der(&safe)?;
    let mut list = Reader::whole(&safe, tag::SEQUENCE, WHAT, "authenticatedSafe")?;
    let mut parts = 0_usize..MAX_PARTS;
    while !list.is_empty() {
        // Each may cost a key derivation.
        if parts.next().is_none() {
            return Err(malformed("authenticatedSafe", "more than 16 parts"));
        }
        let one = list.take(tag::SEQUENCE, "authenticatedSafe")?.raw;
        let plain = open(providers, one, password)?;
        contents(providers, &crate::to_der(plain.expose())?, password, &mut bag, 0)?;
    }
    Ok(bag)
}

/// The bytes in a ContentInfo of plain data.
fn data(der: &[u8]) -> Result<Vec<u8>, Error> {
    match info(der)? {
        (id, Some(content)) if matches!(kind_of(id), Some((_, Kind::Data))) => {
            let mut reader = Reader::new(content, WHAT);
            Ok(reader.take(tag::OCTET_STRING, "content")?.value.to_vec())
        }
        _ => Err(Error::Unsupported("a PKCS#12 bag that is signed by a key")),
    }
}

/// `MacData ::= SEQUENCE { mac DigestInfo, macSalt, iterations DEFAULT 1 }`.
fn check(
    providers: &Providers,
    mac: &mut Reader<'_>,
    password: &SecretBytes,
    content: &[u8],
) -> Result<(), Error> {
    let mut digest = mac.enter(tag::SEQUENCE, "mac")?;
    let mut id = digest.enter(tag::SEQUENCE, "digestAlgorithm")?;
    let hash = MacHash::from_oid(id.oid("digestAlgorithm")?)?;
    let expected = digest.take(tag::OCTET_STRING, "digest")?.value;
    let salt = mac.take(tag::OCTET_STRING, "macSalt")?.value;
    let rounds = if mac.is_empty() { 1 } else { mac.number("iterations")? };
    if !(1..=pkcs12_mac::MAX_ITERATIONS).contains(&rounds) {
        return Err(malformed("iterations", "0 or over 4,000,000"));
    }
    let verdict = pkcs12_mac::verify(providers, hash, password, salt, rounds, content, expected);
    verdict.map_err(as_password)
}

fn as_password(error: bccsp::Error) -> Error {
    match error {
        bccsp::Error::Refused => Error::BadPassword,
        other => other.into(),
    }
}

/// The plain bytes of one ContentInfo: data as it is, or encrypted data.
fn open(providers: &Providers, der: &[u8], password: &SecretBytes) -> Result<SecretBytes, Error> {
    let (id, content) = info(der)?;
    let content = content.ok_or(malformed("content", "missing"))?;
    match kind_of(id) {
        Some((_, Kind::Data)) => {
            let mut reader = Reader::new(content, WHAT);
            Ok(SecretBytes::copy_from(reader.take(tag::OCTET_STRING, "content")?.value))
        }
        Some((_, Kind::Encrypted)) => {
            let mut reader = Reader::whole(content, tag::SEQUENCE, WHAT, "encryptedData")?;
            reader.number("version")?;
            let mut inside = reader.enter(tag::SEQUENCE, "encryptedContentInfo")?;
            inside.oid("contentType")?;
            let algorithm = inside.take(tag::SEQUENCE, "contentEncryptionAlgorithm")?.raw;
            let data = inside.any("encryptedContent")?;
            let data = match data.tag {
                0x80 => data.value.to_vec(),
                0xa0 => crate::ber::pieces(data.value)?,
                _ => return Err(malformed("encryptedContent", "missing")),
            };
            // The same pieces as in a protected key, and so is what opens them.
            let shell = write::sequence(&[algorithm, &write::tlv(tag::OCTET_STRING, &data)]);
            pbes2::decrypt(providers, &shell, password.expose()).map_err(as_password)
        }
        _ => Err(Error::Unsupported("a PKCS#12 bag under a public key")),
    }
}

/// `SafeContents ::= SEQUENCE OF SafeBag`.
fn contents(
    providers: &Providers,
    der: &[u8],
    password: &SecretBytes,
    bag: &mut Bag,
    depth: u8,
) -> Result<(), Error> {
    let mut list = Reader::whole(der, tag::SEQUENCE, WHAT, "safeContents")?;
    while !list.is_empty() {
        if bag.keys.len().saturating_add(bag.certificates.len()) >= MAX_ENTRIES {
            return Err(malformed("safeContents", "more than 256 entries"));
        }
        let mut one = list.enter(tag::SEQUENCE, "safeBag")?;
        let id = one.oid("bagId")?;
        let value = one.enter(tag::constructed(0), "bagValue")?.rest();
        let (name, key_id) = attributes(&mut one)?;
        match id {
            KEY => keep_key(bag, pkcs8::decode(value)?, name, key_id),
            SHROUDED_KEY => {
                // Each costs a key derivation: one bag holds few.
                if bag.keys.len() >= MAX_KEYS {
                    return Err(malformed("safeContents", "more than 8 protected keys"));
                }
                let plain =
                    pbes2::decrypt(providers, value, password.expose()).map_err(as_password)?;
                keep_key(bag, pkcs8::decode(plain.expose())?, name, key_id);
            }
            CERTIFICATE => {
                let value = certificate(value)?;
                bag.certificates.push(Entry { name, id: key_id, value });
            }
            SAFE_CONTENTS if depth < 4 => {
                contents(providers, value, password, bag, depth.saturating_add(1))?;
            }
            // Revocation lists and secrets of other kinds.
            _ => {}
        }
    }
    Ok(())
}

fn keep_key(bag: &mut Bag, value: KeyMaterial, name: Option<String>, id: Option<Vec<u8>>) {
    bag.keys.push(Entry { name, id, value });
}

const MAX_ENTRIES: usize = 256;
const MAX_KEYS: usize = 8;
const MAX_PARTS: usize = 16;

/// `CertBag ::= SEQUENCE { certId, [0] certValue }`.
fn certificate(der: &[u8]) -> Result<Certificate, Error> {
    let mut reader = Reader::whole(der, tag::SEQUENCE, WHAT, "certBag")?;
    if reader.oid("certId")? != X509_CERTIFICATE {
        return Err(Error::Unsupported("a certificate of another kind than X.509"));
    }
    let mut value = reader.enter(tag::constructed(0), "certValue")?;
    Ok(Certificate::from_der(value.take(tag::OCTET_STRING, "certValue")?.value)?)
}

/// Name and identifier among the attributes of a bag.
fn attributes(bag: &mut Reader<'_>) -> Result<(Option<String>, Option<Vec<u8>>), Error> {
    let (mut name, mut id) = (None, None);
    if let Some(set) = bag.optional(tag::SET, "bagAttributes")? {
        let mut list = bag.inside(set);
        while !list.is_empty() {
            let mut one = list.enter(tag::SEQUENCE, "bagAttributes")?;
            let kind = one.oid("bagAttributes")?;
            let mut values = one.enter(tag::SET, "bagAttributes")?;
            match kind {
                FRIENDLY_NAME if !values.is_empty() => {
                    name = Some(utf16(values.take(tag::BMP_STRING, "friendlyName")?.value));
                }
                LOCAL_KEY_ID if !values.is_empty() => {
                    id = Some(values.take(tag::OCTET_STRING, "localKeyId")?.value.to_vec());
                }
                _ => {}
            }
        }
    }
    bag.finish("safeBag")?;
    Ok((name, id))
}

fn utf16(bytes: &[u8]) -> String {
    let units =
        bytes.chunks(2).map(|pair| pair.iter().fold(0, |sum, byte| (sum << 8) | u16::from(*byte)));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// How a bag is written.
#[derive(Clone, Debug)]
pub struct Options {
    /// The name that people see.
    pub name: Option<String>,
    /// The algorithms of bags and check value.
    pub protection: Protection,
    /// Rounds of the key derivations.
    pub iterations: u32,
}

/// Writes a key and its certificates, the key's own first.
///
/// # Errors
/// [`Error::Misuse`] without certificates, for an empty password, and for a first certificate that is
/// not the key's.
pub fn write(
    providers: &Providers,
    key: &KeyMaterial,
    certificates: &[Certificate],
    password: &SecretBytes,
    options: &Options,
) -> Result<Vec<u8>, Error> {
    let public = *providers.signing_key(key)?.verifying_key().public_key();
    let own = certificates.first().and_then(|first| first.public_key(providers).ok());
    if own != Some(public) {
        return Err(Error::Misuse("the first certificate is not the key's"));
    }
    let id = providers.ski(&public)?.for_certificate().to_vec();
    let shield = |plain: &SecretBytes| {
        let Options { protection, iterations, .. } = *options;
        pbes2::encrypt(providers, plain, password.expose(), protection, iterations)
    };
    let mut bags = Vec::new();
    for (index, one) in certificates.iter().enumerate() {
        let value = write::tlv(tag::OCTET_STRING, one.as_der());
        let value =
            [write::oid(X509_CERTIFICATE), write::tlv(tag::constructed(0), &value)].concat();
        let about = (index == 0).then_some((options.name.as_deref(), id.as_slice()));
        bags.push(bag(CERTIFICATE, &write::tlv(tag::SEQUENCE, &value), about));
    }
    let public_part = SecretBytes::new(write::sequence_of(&bags));
    let encrypted = encrypted_data(&shield(&public_part)?)?;
    let shrouded = shield(&pkcs8::encode(key)?)?;
    let about = Some((options.name.as_deref(), id.as_slice()));
    let keys = write::sequence(&[&bag(SHROUDED_KEY, &shrouded, about)]);
    let keys = plain_data(&keys);
    let safe = write::sequence(&[&encrypted, &keys]);
    let mac = mac_data(providers, password, &safe, options)?;
    Ok(write::sequence(&[&write::unsigned(tag::INTEGER, &[3]), &plain_data(&safe), &mac]))
}

/// A SafeBag with its attributes.
fn bag(kind: ObjectIdentifier, value: &[u8], about: Option<(Option<&str>, &[u8])>) -> Vec<u8> {
    let attribute =
        |id, value: Vec<u8>| write::sequence(&[&write::oid(id), &write::tlv(tag::SET, &value)]);
    let mut set = Vec::new();
    if let Some((name, id)) = about {
        set.push(attribute(LOCAL_KEY_ID, write::tlv(tag::OCTET_STRING, id)));
        if let Some(name) = name {
            let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
            set.push(attribute(FRIENDLY_NAME, write::tlv(tag::BMP_STRING, &units)));
        }
    }
    let attributes = if set.is_empty() { Vec::new() } else { write::set_of(set) };
    write::sequence(&[&write::oid(kind), &write::tlv(tag::constructed(0), value), &attributes])
}

fn plain_data(content: &[u8]) -> Vec<u8> {
    let octets = write::tlv(tag::OCTET_STRING, content);
    crate::content::write_info(crate::Dialect::Rfc.identifier(Kind::Data), Some(&octets))
}

/// EncryptedData out of the two parts of a protected key.
fn encrypted_data(shell: &[u8]) -> Result<Vec<u8>, Error> {
    let mut reader = Reader::whole(shell, tag::SEQUENCE, WHAT, "encryptedData")?;
    let algorithm = reader.take(tag::SEQUENCE, "encryptionAlgorithm")?.raw;
    let data = reader.take(tag::OCTET_STRING, "encryptedData")?.value;
    let content = write::sequence(&[
        &write::oid(crate::Dialect::Rfc.identifier(Kind::Data)),
        algorithm,
        &write::tlv(0x80, data),
    ]);
    let body = write::sequence(&[&write::unsigned(tag::INTEGER, &[0]), &content]);
    Ok(crate::content::write_info(crate::Dialect::Rfc.identifier(Kind::Encrypted), Some(&body)))
}

fn mac_data(
    providers: &Providers,
    password: &SecretBytes,
    content: &[u8],
    options: &Options,
) -> Result<Vec<u8>, Error> {
    let suite = if options.protection == Protection::Gm { Suite::Gm } else { Suite::Nist };
    let hash: HashAlgorithm = suite.hash_algorithm();
    let mut salt = vec![0; 16];
    providers.get(suite)?.random(&mut salt)?;
    let rounds = options.iterations;
    let mac = pkcs12_mac::mac(providers, MacHash::Family(hash), password, &salt, rounds, content)?;
    // Programs expect NULL here (RFC 7292 has DigestInfo of PKCS#7).
    let id = write::sequence(&[&write::oid(algorithm::hash_oid(hash)), &[5, 0]]);
    Ok(write::sequence(&[
        &write::sequence(&[&id, &write::tlv(tag::OCTET_STRING, &mac)]),
        &write::tlv(tag::OCTET_STRING, &salt),
        &write::unsigned(tag::INTEGER, &rounds.to_be_bytes()),
    ]))
}

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

/// RFC 7292 section 4.2 and appendix D.
const KEY: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.1");
const SHROUDED_KEY: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.2");
const CERTIFICATE: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.3");
const SAFE_CONTENTS: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.6");
const X509_CERTIFICATE: ObjectIdentifier = oid("1.2.840.113549.1.9.22.1");
const FRIENDLY_NAME: ObjectIdentifier = oid("1.2.840.113549.1.9.20");
const LOCAL_KEY_ID: ObjectIdentifier = oid("1.2.840.113549.1.9.21");
