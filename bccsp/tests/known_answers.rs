// SPDX-License-Identifier: Apache-2.0
//! The published values of the standards, through the border, on every engine.
//!
//! Not here: the thousands of cases of the `vectors` runner.

mod common;

use base64ct::{Base64, Encoding as _};
use common::{engines, provider};
use gmca_bccsp::encoding::key_envelope;
use gmca_bccsp::encoding::signature::RawSignature;
use gmca_bccsp::encoding::sm2_ciphertext::Sm2Ciphertext;
use gmca_bccsp::encoding::sm2_enveloped_key;
use gmca_bccsp::{
    AeadMode, CipherMode, Context, DecryptionKey, EngineChoice, Error, ExchangeParams,
    HashAlgorithm, KeyMaterial, Provider, Providers, PublicKey, Role, SecretBytes, Suite,
    TLS13_SIGNER_ID,
};
use hex_literal::hex;
use std::sync::Arc;

fn gm() -> Arc<dyn Provider> {
    provider(Suite::Gm, EngineChoice::Auto)
}

/// Every engine of P-256.
fn nist() -> Vec<Arc<dyn Provider>> {
    engines().into_iter().filter(|provider| provider.suite() == Suite::Nist).collect()
}

fn secret(bytes: &[u8]) -> SecretBytes {
    SecretBytes::copy_from(bytes)
}

fn material(provider: &dyn Provider, scalar: [u8; 32]) -> KeyMaterial {
    KeyMaterial::new(provider.suite().key_algorithm(), secret(&scalar), None).unwrap()
}

#[track_caller]
fn check_digest(provider: &dyn Provider, message: &[u8], expected: [u8; 32]) {
    assert_eq!(provider.hash().unwrap().digest(&[message]).as_bytes(), &expected);
}

#[test]
fn sm3_gbt_32905_annex_a() {
    check_digest(
        &*gm(),
        b"abc",
        hex!("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
    );
    check_digest(
        &*gm(),
        &b"abcd".repeat(16),
        hex!("debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    );
}

#[test]
fn sha256_fips_180_2_appendix_b() {
    for provider in nist() {
        check_digest(
            &*provider,
            b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            hex!("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
        );
        check_digest(
            &*provider,
            &[b'a'; 1_000_000],
            hex!("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
        );
    }
}

#[test]
fn hmac_sm3_gmt_0042_d3() {
    let key: Vec<u8> = (1..=0x20).collect();
    let message = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".repeat(2);
    let tag = hex!("ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a");
    gm().mac().unwrap().verify(&key, &[&message], &tag).unwrap();
}

#[test]
fn hkdf_rfc_5869_a1() {
    let salt = hex!("000102030405060708090a0b0c");
    let info = hex!("f0f1f2f3f4f5f6f7f8f9");
    for provider in nist() {
        let kdf = provider.kdf().unwrap();
        let prk = kdf.hkdf_extract(&salt, &[0x0b; 22]);
        let expected = hex!("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
        assert_eq!(prk.expose(), expected);
        let expected = hex!(
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
        );
        assert_eq!(kdf.hkdf_expand(&prk, &info, 42).unwrap().expose(), expected);
    }
}

#[test]
fn pbkdf2_rfc_7914_section_11() {
    let expected = hex!(
        "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
        "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"
    );
    for provider in nist() {
        let kdf = provider.kdf().unwrap();
        assert_eq!(kdf.pbkdf2(b"passwd", b"salt", 1, 64).unwrap().expose(), expected);
    }
}

/// GB/T 32918.5 annexes A and C share key and nonce.
const D: [u8; 32] = hex!("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8");
const P: [u8; 65] = hex!(
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
);
const K: [u8; 32] = hex!("59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21");

#[test]
fn sm2_signature_gbt_32918_5_annex_a() {
    let provider = gm();
    let key = provider.signing_key(&material(&*provider, D)).unwrap();
    let public = key.verifying_key();
    assert_eq!(public.public_key().point(), &P);
    let hazmat = provider.hazmat().unwrap();
    let z = hex!("b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3");
    assert_eq!(hazmat.signer_hash(public.public_key(), b"1234567812345678").unwrap(), z);
    let message: &[&[u8]] = &[b"message ", b"digest"];
    let e = hazmat.message_digest(public.public_key(), Context::X509, message).unwrap();
    assert_eq!(e, hex!("f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640"));
    let signature = hazmat.sign_digest(&material(&*provider, D), &e, &secret(&K)).unwrap();
    let raw = hex!(
        "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
        "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
    );
    assert_eq!(RawSignature::from_der(signature.as_ref()).unwrap().to_raw(), raw);
    public.verify(Context::X509, message, signature.as_ref()).unwrap();
    public.verify(Context::Fabric, message, signature.as_ref()).unwrap();
    assert!(public.verify(Context::Tls13, message, signature.as_ref()).is_err());
}

#[test]
fn sm2_certificate_verify_rfc_8998() {
    let provider = gm();
    let point = hex!(
        "0497f25317f82d40f5b0f32fba49b386713dcaf7ec64752ca44980b254e752a3da"
        "8934b0e0a3a4029c299bbe27848be939a5003a7766c11d26b211ae80913bacb8"
    );
    let key = provider.verifying_key(&provider.public_key(&point).unwrap()).unwrap();
    let transcript = hex!("b16ad25e4ad0ec6add75832f5c9ebf56fa1736ef3fd51716474e369ddbca7e38");
    let message: &[&[u8]] = &[&[0x20; 64], b"TLS 1.3, server CertificateVerify", &[0], &transcript];
    let signature = hex!(
        "304402207f9b6be3f7f37a5e5782435577aadd9ff5a8eb917398430f829fb46e7a104a80"
        "02203cb162804121010a2be081bd03c3052a0dc6b4b9358cbd73685c61b899a5b3b7"
    );
    key.verify(Context::Tls13, message, &signature).unwrap();
    key.verify(Context::SignerId(TLS13_SIGNER_ID), message, &signature).unwrap();
    assert!(key.verify(Context::X509, message, &signature).is_err());
}

#[test]
fn sm2_encryption_gbt_32918_5_annex_c() {
    let provider = gm();
    let key = provider.decryption_key(&material(&*provider, D)).unwrap();
    let public = key.encryption_key().public_key();
    let c1c3c2 = hex!(
        "0404ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73"
        "e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0"
        "59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766"
        "21886ca989ca9c7d58087307ca93092d651efa"
    );
    let hazmat = provider.hazmat().unwrap();
    let encrypted = hazmat.encrypt(public, b"encryption standard", &secret(&K)).unwrap();
    assert_eq!(Sm2Ciphertext::from_der(&encrypted).unwrap().to_c1c3c2(), c1c3c2);
    let der = Sm2Ciphertext::from_c1c3c2(&c1c3c2).unwrap().to_der();
    assert_eq!(key.decrypt(&der).unwrap().expose(), b"encryption standard");
}

#[test]
fn sm2_key_exchange_gbt_32918_5_annex_b() {
    let provider = gm();
    let d_a = hex!("81eb26e941bb5af16df116495f90695272ae2cd63d6c4ae1678418be48230029");
    let d_b = hex!("785129917d45a9ea5437a59356b82338eaadda6ceb199088f14ae10defa229b5");
    let r_a = hex!("d4de15474db74d06491c440d305e012400990f3e390c7e87153c12db2ea60bb3");
    let r_b = hex!("7e07124814b309489125eaed101113164ebf0f3458c5bd88335c1f9d596243d6");
    let public = |d| {
        let key = provider.decryption_key(&material(&*provider, d)).unwrap();
        *key.encryption_key().public_key()
    };
    let start = |role, d, peer: &PublicKey, r: [u8; 32]| {
        let id = b"1234567812345678";
        let params = ExchangeParams { role, own_id: id, peer, peer_id: id, key_len: 16 };
        let hazmat = provider.hazmat().unwrap();
        hazmat.exchange(&material(&*provider, d), &params, &secret(&r)).unwrap()
    };
    let a = start(Role::Initiator, d_a, &public(d_b), r_a);
    let b = start(Role::Responder, d_b, &public(d_a), r_b);
    let (of_a, of_b) = (*a.ephemeral(), *b.ephemeral());
    let (a, b) = (a.finish(&of_b).unwrap(), b.finish(&of_a).unwrap());
    let s_a = hex!("18c7894b3816df16cf07b05c5ec0bef5d655d58f779cc1b400a4f3884644db88");
    let s_b = hex!("d3a0fe15dee185ceae907a6b595cc32a266ed7b3367e9983a896dc32fa20f8eb");
    assert_eq!((a.confirmation(), b.confirmation()), (&s_a, &s_b));
    let expected = hex!("6c89347354de2484c60b4ab1fde4c6e5");
    assert_eq!(a.confirm(&s_b).unwrap().expose(), expected);
    assert_eq!(b.confirm(&s_a).unwrap().expose(), expected);
}

const SM4_KEY: [u8; 16] = hex!("0123456789abcdeffedcba9876543210");

#[test]
fn sm4_gbt_32907_annex_a() {
    let provider = gm();
    let cipher = provider.cipher(CipherMode::Ecb, &SM4_KEY).unwrap();
    let mut block = cipher.encrypt(&[], &SM4_KEY).unwrap();
    assert_eq!(block, hex!("681edf34d206965e86b3e94f536e4246"));
    // Example 2: a million encryptions.
    for _ in 1..1_000_000 {
        block = cipher.encrypt(&[], &block).unwrap();
    }
    assert_eq!(block, hex!("595298c7c6fd271f0402f804c33d3f66"));
}

#[test]
fn sm4_seals_rfc_8998_appendix_a() {
    let provider = gm();
    let (nonce, aad) =
        (hex!("00001234567800000000abcd"), hex!("feedfacedeadbeeffeedfacedeadbeefabaddad2"));
    let text = hex!(
        "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
        "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa"
    );
    let gcm = hex!(
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    );
    let ccm = hex!(
        "48af93501fa62adbcd414cce6034d895dda1bf8f132f042098661572e7483094"
        "fd12e518ce062c98acee28d95df4416bed31a2f04476c18bb40c84a74b97dc5b"
        "16842d4fa186f56ab33256971fa110f4"
    );
    for (mode, expected) in [(AeadMode::Gcm, gcm), (AeadMode::Ccm, ccm)] {
        let hazmat = provider.hazmat().unwrap();
        let aead = hazmat.nonce_aead(mode, &SM4_KEY, 12, 16).unwrap();
        assert_eq!(aead.seal(&nonce, &aad, &text).unwrap(), expected);
        let random = provider.aead(mode, &SM4_KEY).unwrap();
        assert_eq!(random.open(&aad, &[&nonce[..], &expected].concat()).unwrap(), text);
    }
}

#[test]
fn ecdsa_rfc_6979_a25() {
    let d = hex!("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
    let raw = RawSignature::new(hex!(
        "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
        "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
    ));
    for provider in nist() {
        let key = provider.signing_key(&material(&*provider, d)).unwrap();
        let public = key.verifying_key();
        public.verify(Context::X509, &[b"sam", b"ple"], &raw.to_der()).unwrap();
        // The RFC's s is over n/2, which Fabric refuses.
        let fabric = public.verify(Context::Fabric, &[b"sample"], &raw.to_der());
        assert!(matches!(fabric, Err(Error::Refused)));
        let hazmat = provider.hazmat().unwrap();
        let digest =
            hazmat.message_digest(public.public_key(), Context::X509, &[b"sample"]).unwrap();
        let k = hex!("a6e3c57dd01abe90086538398355dd4c3b17aa873382b0f24d6129493d8aad60");
        let made = hazmat.sign_digest(&material(&*provider, d), &digest, &secret(&k)).unwrap();
        let low = hex!("0834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9");
        let made = RawSignature::from_der(made.as_ref()).unwrap().to_raw();
        assert_eq!(made[..32], raw.to_raw()[..32]);
        assert_eq!(made[32..], low);
    }
}

#[test]
fn ecdh_rfc_5903_section_8_1() {
    let i = hex!("c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433");
    let r = hex!("c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53");
    let expected = hex!("d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de");
    for provider in nist() {
        let key = |d| provider.decryption_key(&material(&*provider, d)).unwrap();
        let (i, r) = (key(i), key(r));
        let secret = i.agree(r.encryption_key().public_key()).unwrap();
        assert_eq!(secret.expose(), expected);
    }
}

#[test]
fn aes_gcm_mcgrew_viega_case_4() {
    let key = hex!("feffe9928665731c6d6a8f9467308308");
    let nonce = hex!("cafebabefacedbaddecaf888");
    let aad = hex!("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    let text = hex!(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    );
    let sealed = hex!(
        "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
        "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
        "5bc94fbc3221a5db94fae95ae7121a47"
    );
    for provider in nist() {
        let aead = provider.aead(AeadMode::Gcm, &key).unwrap();
        assert_eq!(aead.open(&aad, &[&nonce[..], &sealed].concat()).unwrap(), text);
    }
}

/// NIST SP 800-38C examples 1 to 3: nonces of 7, 8 and 12 bytes, tags of 4, 6 and 8.
#[test]
fn aes_ccm_sp_800_38c() {
    let key = hex!("404142434445464748494a4b4c4d4e4f");
    let bytes = |from: u8, len: u8| (from..from + len).collect::<Vec<u8>>();
    let cases: [(usize, usize, u8, u8, &[u8]); 3] = [
        (7, 4, 8, 4, &hex!("7162015b4dac255d")),
        (8, 6, 16, 16, &hex!("d2a1f0e051ea5f62081a7792073d593d1fc64fbfaccd")),
        (12, 8, 20, 24, &hex!("e3b201a9f5b71a7a9b1ceaeccd97e70b6176aad9a4428aa5484392fbc1b09951")),
    ];
    for provider in nist() {
        let hazmat = provider.hazmat().unwrap();
        for (nonce_len, tag_len, aad_len, text_len, expected) in cases {
            let aead = hazmat.nonce_aead(AeadMode::Ccm, &key, nonce_len, tag_len).unwrap();
            let nonce = bytes(0x10, nonce_len as u8);
            let (aad, text) = (bytes(0, aad_len), bytes(0x20, text_len));
            assert_eq!(aead.seal(&nonce, &aad, &text).unwrap(), expected);
            assert_eq!(aead.open(&nonce, &aad, expected).unwrap(), text);
        }
    }
}

/// Made for this project by another program after GM/T 0009-2012 clause 7.4.
#[test]
fn sm2_enveloped_key_opens_and_is_made() {
    let provider = gm();
    let d = hex!("26215440fdf044f7bc0b6b30b3383637ab1ac1bf4027f3b615814ba2d6008b01");
    let der = hex!(
        "3081ed300a06082a811ccf55016801307802202ed6a12056cfeef69534dc3e21"
        "264df48cdd8105e75bf20527310ca68ad1da670220209bd29c2574cb6436a6e8"
        "b734c9a9c30b9310f3cd6634ef4ca49faf7349db260420c4370780388302a135"
        "04b202c50393d34566efbe4445537d5a504104e9674404041042c92e1dbeafff"
        "21769cda48736e52f303420004cebcbf99065b1d84bc9dee6ad2cbe67bb8a3b8"
        "0e6fdbbe36bd61aa8c48f80fa4bbdb2d2cd51affdae73ff885c26f83501241a3"
        "2f944e478190a00450045f4964032100f65f33e18ae63daa20b3c2f04a547326"
        "b0282c1dca4f7796116f41f246628e52"
    );
    let escrowed = hex!("7f8bab5ae2d89740b40c51700bd3f2002db13b2cfd2b813dff7a972bada69256");
    let recipient = provider.decryption_key(&material(&*provider, d)).unwrap();
    let opened = sm2_enveloped_key::open(&*provider, &*recipient, &der).unwrap();
    assert_eq!(opened.scalar().expose(), escrowed);
    let public = recipient.encryption_key();
    let made = sm2_enveloped_key::make(&*provider, &**public, &opened).unwrap();
    let again = sm2_enveloped_key::open(&*provider, &*recipient, &made).unwrap();
    assert_eq!(again.scalar().expose(), escrowed);
    for place in 0..made.len() {
        let mut changed = made.clone();
        changed[place] ^= 1;
        let verdict = sm2_enveloped_key::open(&*provider, &*recipient, &changed);
        assert!(verdict.is_err(), "byte {place} may be changed");
    }
}

#[test]
fn hash_functions_by_their_names_in_a_channel() {
    let providers = Providers::new(Suite::Gm, EngineChoice::Auto).unwrap();
    for suite in Suite::ALL {
        let algorithm = suite.hash_algorithm();
        let hash = providers.hash(algorithm).unwrap();
        assert_eq!(hash.algorithm(), algorithm);
        assert_eq!(HashAlgorithm::from_fabric_name(algorithm.fabric_name()), Some(algorithm));
    }
    let client = providers.hash(HashAlgorithm::FABRIC_CLIENT).unwrap();
    let abc = hex!("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(client.digest(&[b"abc"]).as_bytes(), &abc);
    assert_eq!(HashAlgorithm::from_fabric_name("SHA3_256"), None);
}

/// Whom an escrowed key is sent to, and the escrowed key.
const OWNER: [u8; 32] = [0x5a; 32];
const ESCROWED: [u8; 32] = [0x3c; 32];

/// The text in which CFCA's tools send an escrowed key: base64 of `SEQUENCE { 1, OCTET STRING }`.
fn cfca_text(provider: &dyn Provider, owner: &dyn DecryptionKey) -> String {
    let key = provider.decryption_key(&material(provider, ESCROWED)).unwrap();
    let public = *key.encryption_key().public_key();
    let plain = [&public.point()[1..], &ESCROWED].concat();
    let der = owner.encryption_key().encrypt(&plain).unwrap();
    let raw = Sm2Ciphertext::from_der(&der).unwrap().to_c1c3c2();
    // C1 without the 04: 64 bytes, C3: 32, C2: 96.
    let body = &raw[1..];
    assert_eq!(body.len(), 192);
    Base64::encode_string(&[&hex!("3081c60201010481c0"), body].concat())
}

/// In front of such a text: a version.
const CFCA_HEADER: &str = "0000000000000001000000000000000100000000000000000000000000000000";

#[test]
fn the_text_of_cfca_opens_with_and_without_its_header() {
    let provider = gm();
    let owner = provider.decryption_key(&material(&*provider, OWNER)).unwrap();
    let whole = cfca_text(&*provider, &*owner);
    let open = |text: &str| key_envelope::open(&*provider, &*owner, text.as_bytes());
    let broken = |between: &str| -> String {
        let lines = whole.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap());
        lines.map(|line| format!("{line}{between}")).collect()
    };
    let (commas, lines) = (broken(","), broken("\r\n"));
    let with_header = |text: &str| format!("{CFCA_HEADER}{:016}{text}", text.len());
    for text in [&whole, &commas, &lines, &with_header(&whole), &with_header(&commas)] {
        assert_eq!(open(text).unwrap().scalar().expose(), ESCROWED, "{text}");
    }
    let wrong_length = with_header(&whole).replace("0000000000000268", "0000000000000269");
    let other_version = whole.replacen("MIHGAgEB", "MIHGAgEC", 1);
    let other_tag = whole.replacen('M', "N", 1);
    let cut = whole[..whole.len() - 4].to_owned();
    for text in [&wrong_length, &other_version, &other_tag, &cut] {
        assert!(matches!(open(text), Err(Error::Malformed { .. })), "{text}");
    }
    let (front, last) = whole.split_at(whole.len() - 1);
    let flipped = format!("{front}{}", if last == "A" { "B" } else { "A" });
    assert!(open(&flipped).is_err());
    let stranger = provider.decryption_key(&material(&*provider, ESCROWED)).unwrap();
    let verdict = key_envelope::open(&*provider, &*stranger, whole.as_bytes());
    assert!(matches!(verdict, Err(Error::Refused)), "{verdict:?}");
}

/// The two longer forms of the private value that are met, and what is neither.
#[test]
fn longer_private_values_in_an_envelope() {
    let provider = gm();
    let owner = provider.decryption_key(&material(&*provider, OWNER)).unwrap();
    let key = material(&*provider, ESCROWED);
    let public = *provider.decryption_key(&key).unwrap().encryption_key().public_key();
    let envelope = |plain: &[u8]| -> Vec<u8> {
        let content_key = [7; 16];
        let ecb = provider.cipher(CipherMode::Ecb, &content_key).unwrap();
        let encrypted = ecb.encrypt(&[], plain).unwrap();
        let wrapped = owner.encryption_key().encrypt(&content_key).unwrap();
        let bits = |bytes: &[u8]| [&[3, bytes.len() as u8 + 1, 0], bytes].concat();
        let algorithm = hex!("300a06082a811ccf55016801");
        let inside = [&algorithm[..], &wrapped, &bits(public.point()), &bits(&encrypted)].concat();
        let head = match inside.len() {
            0..256 => vec![0x30, 0x81, inside.len() as u8],
            long => vec![0x30, 0x82, (long >> 8) as u8, long as u8],
        };
        [head, inside].concat()
    };
    let open = |plain: &[u8]| sm2_enveloped_key::open(&*provider, &*owner, &envelope(plain));
    let key = &ESCROWED[..];
    for plain in [key.to_vec(), [&[0; 32], key].concat(), [key, &[16; 16]].concat()] {
        assert_eq!(open(&plain).unwrap().scalar().expose(), ESCROWED);
    }
    for plain in [
        [key, &[0; 32]].concat(),
        [&[1; 32], key].concat(),
        [key, &[15; 16]].concat(),
        [&[0; 16], key].concat(),
        [key, key, &[0; 16]].concat(),
    ] {
        assert!(open(&plain).is_err(), "{plain:?}");
    }
}
