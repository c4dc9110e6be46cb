// SPDX-License-Identifier: Apache-2.0
//! Forms that others write and we do not, made by hand: read; and what is refused.

use bccsp::encoding::signature::RawSignature;
use bccsp::encoding::sm2_ciphertext::Sm2Ciphertext;
use bccsp::encoding::{pkcs8, spki};
use bccsp::{CipherMode, Context, EngineChoice, Providers, SecretBytes, SigningKey, Suite};
use gmca_cms::{Content, Dialect, Error, SignOptions, Signer, pkcs12, read, sign};
use hex_literal::hex;
use pki::asn1::write::{constructed, sequence, tlv, unsigned};
use pki::extension::SubjectKeyId;
use pki::{Certificate, CertificateBuilder, Name, Time};
use std::sync::Arc;

const GM_DATA: &[u8] = &hex!("060a 2a811ccf550601040201");
const GM_SIGNED: &[u8] = &hex!("060a 2a811ccf550601040202");
const GM_ENVELOPED: &[u8] = &hex!("060a 2a811ccf550601040203");
const SM3: &[u8] = &hex!("300a 0608 2a811ccf55018311");
const SM3_NULL: &[u8] = &hex!("300c 0608 2a811ccf55018311 0500");
const SHA256: &[u8] = &hex!("300b 0609 608648016503040201");
const SM2_SIGN: &[u8] = &hex!("300b 0609 2a811ccf5501822d01");
const SM2_WITH_SM3: &[u8] = &hex!("300a 0608 2a811ccf55018375");
const EC_KEY: &[u8] = &hex!("3009 0607 2a8648ce3d0201");
const SM2_ENCRYPT: &[u8] = &hex!("300b 0609 2a811ccf5501822d03");

fn providers() -> Providers {
    Providers::new(Suite::Gm, EngineChoice::Auto).unwrap()
}

fn party(providers: &Providers) -> (Arc<dyn SigningKey>, Certificate) {
    let key = providers.get(Suite::Gm).unwrap().generate_signing_key().unwrap();
    let (from, until) = (Time::parse("2026-01-01").unwrap(), Time::parse("2036-01-01").unwrap());
    let public = *key.verifying_key().public_key();
    let name = Name::parse("/CN=x").unwrap();
    let certificate = CertificateBuilder::new(&name, &public, &[9], from, until)
        .subject_key_id(providers)
        .unwrap()
        .sign_self(&*key)
        .unwrap();
    (key, certificate)
}

fn issuer_and_serial(certificate: &Certificate) -> Vec<u8> {
    sequence(&[certificate.issuer().as_der(), &tlv(2, certificate.serial())])
}

fn message(kind: &[u8], body: &[u8]) -> Vec<u8> {
    sequence(&[kind, &constructed(0xa0, &[body])])
}

/// SignedData of GM/T 0010 over `content` with its parts given.
fn signed(
    certificate: &Certificate,
    who: &[u8],
    digest: &[u8],
    algorithm: &[u8],
    signature: &[u8],
) -> Vec<u8> {
    signed_over(b"content", certificate, who, digest, algorithm, signature)
}

fn signed_over(
    content: &[u8],
    certificate: &Certificate,
    who: &[u8],
    digest: &[u8],
    algorithm: &[u8],
    signature: &[u8],
) -> Vec<u8> {
    let signer = sequence(&[&unsigned(2, &[1]), who, digest, algorithm, &tlv(4, signature)]);
    let body = sequence(&[
        &unsigned(2, &[1]),
        &constructed(0x31, &[digest]),
        &message(GM_DATA, &tlv(4, content)),
        &constructed(0xa0, &[certificate.as_der()]),
        &constructed(0x31, &[&signer]),
    ]);
    message(GM_SIGNED, &body)
}

fn verdict(providers: &Providers, der: &[u8]) -> Result<usize, Error> {
    let Content::Signed(message) = read(der)? else { panic!("it is signed") };
    Ok(message.verify(providers, None, &[])?.len())
}

#[test]
fn a_signer_may_name_the_kind_of_its_key() {
    let providers = providers();
    let (key, certificate) = party(&providers);
    let who = issuer_and_serial(&certificate);
    let signature = key.sign(Context::X509, &[b"content"]).unwrap().into_vec();
    for algorithm in [SM2_SIGN, SM2_WITH_SM3, EC_KEY] {
        for digest in [SM3, SM3_NULL] {
            let der = signed(&certificate, &who, digest, algorithm, &signature);
            assert_eq!(verdict(&providers, &der).unwrap(), 1, "{algorithm:02x?}");
        }
    }
    let other = signed(&certificate, &who, SHA256, SM2_SIGN, &signature);
    assert!(matches!(verdict(&providers, &other), Err(Error::Unsupported(_))));
}

#[test]
fn a_signer_may_be_named_by_its_key_and_sign_raw() {
    let providers = providers();
    let (key, certificate) = party(&providers);
    let signature = key.sign(Context::X509, &[b"content"]).unwrap();
    let raw = RawSignature::from_der(signature.as_ref()).unwrap().to_raw();
    let id = certificate.extensions().get::<SubjectKeyId>().unwrap().unwrap().0;
    for who in [tlv(0x80, &id), constructed(0xa0, &[&tlv(4, &id)])] {
        let der = signed(&certificate, &who, SM3, SM2_SIGN, &raw);
        assert_eq!(verdict(&providers, &der).unwrap(), 1);
        let another = [who.as_slice(), &[]].concat();
        let mut wrong = another.clone();
        *wrong.last_mut().unwrap() ^= 1;
        let der = signed(&certificate, &wrong, SM3, SM2_SIGN, &raw);
        assert!(matches!(verdict(&providers, &der), Err(Error::NoCertificate(_))));
    }
}

/// Attributes and content are signed with the same tag in front: who has a signature over attributes has
/// one over a message that nobody signed, unless such content is refused.
#[test]
fn attributes_are_no_content() {
    let providers = providers();
    let (key, certificate) = party(&providers);
    let with = SignOptions { attributes: true, ..SignOptions::of(Dialect::Gm) };
    let signer = Signer { key: &*key, certificate: &certificate };
    let honest = sign(&providers, &[signer], b"content", &with).unwrap();
    let Content::Signed(message) = read(&honest).unwrap() else { panic!("it is signed") };
    let claim = message.claims(None, &[]).unwrap().remove(0);
    let who = issuer_and_serial(&certificate);
    let forged = signed_over(&claim.signed, &certificate, &who, SM3, SM2_SIGN, &claim.signature);
    assert!(matches!(verdict(&providers, &forged), Err(Error::Unsupported(_))));
    let without = SignOptions { attributes: false, ..with };
    assert!(sign(&providers, &[signer], &claim.signed, &without).is_err());
}

/// EnvelopedData of GM/T 0010 with its parts given.
fn enveloped(certificate: &Certificate, wrapped: &[u8], cipher: &[u8], data: &[u8]) -> Vec<u8> {
    let who = issuer_and_serial(certificate);
    let recipient = sequence(&[&unsigned(2, &[1]), &who, SM2_ENCRYPT, &tlv(4, wrapped)]);
    let content = sequence(&[GM_DATA, cipher, &tlv(0x80, data)]);
    let body = sequence(&[&unsigned(2, &[1]), &constructed(0x31, &[&recipient]), &content]);
    message(GM_ENVELOPED, &body)
}

fn opened(providers: &Providers, key: &dyn SigningKey, der: &[u8]) -> Result<Vec<u8>, Error> {
    let key = providers.decryption_key(&key.export().unwrap()).unwrap();
    let Content::Enveloped(message) = read(der)? else { panic!("it is encrypted") };
    Ok(message.decrypt(providers, &*key, None)?.expose().to_vec())
}

#[test]
fn a_cipher_without_a_mode() {
    let providers = providers();
    let (key, certificate) = party(&providers);
    let gm = providers.get(Suite::Gm).unwrap();
    let public = certificate.public_key(&providers).unwrap();
    let wrapped = gm.encryption_key(&public).unwrap().encrypt(&[7; 16]).unwrap();
    let bare = hex!("0607 2a811ccf550168");
    let iv = [5; 16];
    let cbc = gm.cipher(CipherMode::CbcPkcs7, &[7; 16]).unwrap().encrypt(&iv, b"content").unwrap();
    let der = enveloped(&certificate, &wrapped, &sequence(&[&bare, &tlv(4, &iv)]), &cbc);
    assert_eq!(opened(&providers, &*key, &der).unwrap(), b"content");
    // Nine bytes of padding behind seven of content.
    let padded = [&b"content"[..], &[9; 9]].concat();
    let ecb = gm.cipher(CipherMode::Ecb, &[7; 16]).unwrap().encrypt(&[], &padded).unwrap();
    let der = enveloped(&certificate, &wrapped, &sequence(&[&bare]), &ecb);
    assert_eq!(opened(&providers, &*key, &der).unwrap(), b"content");
    let wrong = [&b"content"[..], &[8; 8], &[9]].concat();
    let ecb = gm.cipher(CipherMode::Ecb, &[7; 16]).unwrap().encrypt(&[], &wrong).unwrap();
    let der = enveloped(&certificate, &wrapped, &sequence(&[&bare]), &ecb);
    assert!(opened(&providers, &*key, &der).is_err());
}

#[test]
fn a_content_key_may_be_raw() {
    let providers = providers();
    let (key, certificate) = party(&providers);
    let gm = providers.get(Suite::Gm).unwrap();
    let public = certificate.public_key(&providers).unwrap();
    let wrapped = gm.encryption_key(&public).unwrap().encrypt(&[7; 16]).unwrap();
    let parts = Sm2Ciphertext::from_der(&wrapped).unwrap();
    let cipher = sequence(&[&hex!("0608 2a811ccf55016802"), &tlv(4, &[5; 16])]);
    let data =
        gm.cipher(CipherMode::CbcPkcs7, &[7; 16]).unwrap().encrypt(&[5; 16], b"content").unwrap();
    for wrapped in [wrapped, parts.to_c1c3c2(), parts.to_c1c2c3()] {
        let der = enveloped(&certificate, &wrapped, &cipher, &data);
        assert_eq!(opened(&providers, &*key, &der).unwrap(), b"content");
    }
}

#[test]
fn other_kinds_are_refused_by_name() {
    let encrypted = message(&hex!("060a 2a811ccf550601040205"), &sequence(&[]));
    assert!(matches!(read(&encrypted), Err(Error::Unsupported(_))));
    let unknown = message(&hex!("0603 2a0304"), &sequence(&[]));
    assert!(matches!(read(&unknown), Err(Error::Unsupported(_))));
    assert!(read(b"").is_err());
    assert!(read(b"-----BEGIN X-----\nAAAA\n-----END X-----\n").is_err());
}

#[test]
fn what_is_no_bag_is_refused() {
    let providers = providers();
    let password = SecretBytes::copy_from(b"pw");
    let data = hex!("0609 2a864886f70d010701");
    let safe = message(&data, &tlv(4, &sequence(&[])));
    let without_check = sequence(&[&unsigned(2, &[3]), &safe]);
    assert!(pkcs12::is_bag(&without_check));
    let refused = pkcs12::read(&providers, &without_check, &password);
    assert!(matches!(refused, Err(Error::Unsupported(_))), "{refused:?}");
    let (key, _) = party(&providers);
    let plain = pkcs8::encode(&key.export().unwrap()).unwrap();
    for other in [plain.expose(), &spki::encode(key.verifying_key().public_key()), &[], &[0x30]] {
        assert!(!pkcs12::is_bag(other));
        assert!(pkcs12::read(&providers, other, &password).is_err());
    }
}
