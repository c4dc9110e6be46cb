// SPDX-License-Identifier: Apache-2.0
//! The known answers of the nist family.

use super::hpke;
use crate::engine::{Backend, known};
use crate::health::{KnownAnswer, Slot};
use crate::{AeadMode, CipherMode, Error, SecretBytes};
use alloc::vec;
use alloc::vec::Vec;
use hex_literal::hex;
use sys::{Entropy, EntropyFailure};

/// RFC 6979 appendix A.2.5.
const D: [u8; 32] = hex!("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
const P: [u8; 65] = hex!(
    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
);
const K: [u8; 32] = hex!("a6e3c57dd01abe90086538398355dd4c3b17aa873382b0f24d6129493d8aad60");
/// SHA-256("sample").
const SAMPLE: [u8; 32] = hex!("af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf");
/// r ‖ s of "sample", and the same with n − s, which is low.
const SIGNATURE: [u8; 64] = hex!(
    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
);
const LOW_SIGNATURE: [u8; 64] = hex!(
    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
    "0834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9"
);

/// NIST SP 800-38A appendix F.
const AES_KEY: [u8; 16] = hex!("2b7e151628aed2a6abf7158809cf4f3c");
const AES_KEY_256: [u8; 32] =
    hex!("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
const IV: [u8; 16] = hex!("000102030405060708090a0b0c0d0e0f");
const COUNTER: [u8; 16] = hex!("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
const TEXT: [u8; 32] = hex!("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");

/// McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 4 and 16.
const GCM_KEY: [u8; 16] = hex!("feffe9928665731c6d6a8f9467308308");
const GCM_KEY_256: [u8; 32] =
    hex!("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
const GCM_NONCE: [u8; 12] = hex!("cafebabefacedbaddecaf888");
const GCM_AAD: [u8; 20] = hex!("feedfacedeadbeeffeedfacedeadbeefabaddad2");
const GCM_TEXT: [u8; 60] = hex!(
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
);
/// Inputs of NIST SP 800-38C example 3, with a tag of 16 bytes; computed with OpenSSL.
const CCM_KEY: [u8; 32] = hex!("404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f");
const CCM_NONCE: [u8; 12] = hex!("101112131415161718191a1b");
const CCM_AAD: [u8; 20] = hex!("000102030405060708090a0b0c0d0e0f10111213");
const CCM_TEXT: [u8; 24] = hex!("202122232425262728292a2b2c2d2e2f3031323334353637");

const fn answer(
    name: &'static str,
    slot: Slot,
    compute: fn() -> Result<Vec<u8>, Error>,
    expected: &'static [u8],
) -> KnownAnswer {
    KnownAnswer { name, slot, compute, expected }
}

/// Everything an engine of this family must get right.
pub(super) const fn answers<B: Backend>() -> [KnownAnswer; 23] {
    [
        // FIPS 180-4, example "abc"
        answer(
            "SHA-256",
            Slot::Hash,
            || known::hash::<B>(&[b"a", b"bc"]),
            &hex!("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ),
        // RFC 4231 section 4.3
        answer(
            "HMAC-SHA-256",
            Slot::Mac,
            || known::mac::<B>(b"Jefe", &[b"what do ya want ", b"for nothing?"]),
            &hex!("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        ),
        // RFC 5869 appendix A.1
        answer(
            "HKDF-SHA-256",
            Slot::Kdf,
            || {
                let salt = hex!("000102030405060708090a0b0c");
                known::hkdf::<B>(&salt, &[0x0b; 22], &hex!("f0f1f2f3f4f5f6f7f8f9"), 42)
            },
            &hex!(
                "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
            ),
        ),
        // RFC 7914 section 11 has one round; three were computed with OpenSSL
        answer(
            "PBKDF2-HMAC-SHA-256",
            Slot::Kdf,
            || known::pbkdf2::<B>(b"password", b"salt", 3, 40),
            &hex!(
                "ad35240ac683febfaf3cd49d845473fbbbaa2437f5f82d5a415ae00ac76c6bfccf9a9b8d6d2fe4a1"
            ),
        ),
        // computed with OpenSSL
        answer("X9.63 KDF", Slot::Kdf, || known::x963::<B>(&CCM_KEY, 40), X963),
        // RFC 6979 appendix A.2.5
        answer(
            "ECDSA sign",
            Slot::Signature,
            || known::sign_with::<B>(&D, &SAMPLE, &K),
            &LOW_SIGNATURE,
        ),
        answer(
            "ECDSA verify",
            Slot::Signature,
            || known::verify::<B>(&P, &SAMPLE, &SIGNATURE),
            &[1, 0],
        ),
        // the same message, as engines take it that hash for themselves
        answer("ECDSA sign message", Slot::Signature, sign_message::<B>, &[1]),
        answer("ECDSA verify message", Slot::Signature, verify_message::<B>, &[1, 0]),
        // RFC 9180 appendix A.3.1
        answer(
            "HPKE",
            Slot::Encryption,
            rfc9180,
            &hex!(
                "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac9"
                "8536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4"
                "5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f"
                "9076ac232e3ab2523f39513434"
            ),
        ),
        // RFC 5903 section 8.1
        answer(
            "ECDH",
            Slot::Agreement,
            || {
                let d = hex!("c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433");
                known::agree::<B>(
                    &d,
                    &hex!(
                        "04d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63"
                        "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab"
                    ),
                )
            },
            &hex!("d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de"),
        ),
        answer(
            "AES-128-GCM",
            Slot::Gcm,
            || known::seal::<B>(AeadMode::Gcm, &GCM_KEY, &GCM_NONCE, &GCM_AAD, &GCM_TEXT),
            &hex!(
                "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
                "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
                "5bc94fbc3221a5db94fae95ae7121a47"
            ),
        ),
        answer(
            "AES-256-GCM",
            Slot::Gcm,
            || known::seal::<B>(AeadMode::Gcm, &GCM_KEY_256, &GCM_NONCE, &GCM_AAD, &GCM_TEXT),
            &hex!(
                "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                "76fc6ece0f4e1768cddf8853bb2d551b"
            ),
        ),
        answer(
            "AES-128-CCM",
            Slot::Ccm,
            || {
                let (key, _) = CCM_KEY.split_at(16);
                known::seal::<B>(AeadMode::Ccm, key, &CCM_NONCE, &CCM_AAD, &CCM_TEXT)
            },
            &hex!(
                "e3b201a9f5b71a7a9b1ceaeccd97e70b6176aad9a4428aa5c87ae488918de93f17dd3e4934347f44"
            ),
        ),
        answer(
            "AES-256-CCM",
            Slot::Ccm,
            || known::seal::<B>(AeadMode::Ccm, &CCM_KEY, &CCM_NONCE, &CCM_AAD, &CCM_TEXT),
            &hex!(
                "04f883aeb3bd0730eaf50bb6de4fa2212034e4e41b0e75e59bba3f3a107f3239bd63902923f80371"
            ),
        ),
        // SP 800-38A F.1.1, F.2.1, F.2.5, F.3.13, F.4.1, F.5.1, F.5.5, two blocks each
        answer(
            "AES-128-ECB",
            Slot::Ecb,
            || known::encrypt::<B>(CipherMode::Ecb, &AES_KEY, &[], &TEXT),
            &hex!("3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf"),
        ),
        answer(
            "AES-128-CBC",
            Slot::Cbc,
            || known::encrypt::<B>(CipherMode::Cbc, &AES_KEY, &IV, &TEXT),
            &hex!("7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"),
        ),
        answer(
            "AES-256-CBC",
            Slot::Cbc,
            || known::encrypt::<B>(CipherMode::Cbc, &AES_KEY_256, &IV, &TEXT),
            &hex!("f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"),
        ),
        answer(
            "AES-128-CFB",
            Slot::Cfb,
            || known::encrypt::<B>(CipherMode::Cfb, &AES_KEY, &IV, &TEXT),
            &hex!("3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b"),
        ),
        answer(
            "AES-128-OFB",
            Slot::Ofb,
            || known::encrypt::<B>(CipherMode::Ofb, &AES_KEY, &IV, &TEXT),
            &hex!("3b3fd92eb72dad20333449f8e83cfb4a7789508d16918f03f53c52dac54ed825"),
        ),
        answer(
            "AES-128-CTR",
            Slot::Ctr,
            || known::encrypt::<B>(CipherMode::Ctr, &AES_KEY, &COUNTER, &TEXT),
            &hex!("874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"),
        ),
        answer(
            "AES-256-CTR",
            Slot::Ctr,
            || known::encrypt::<B>(CipherMode::Ctr, &AES_KEY_256, &COUNTER, &TEXT),
            &hex!("601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"),
        ),
        // IEEE 1619-2007 annex B, vector 15: a block and one byte
        answer(
            "AES-128-XTS",
            Slot::Xts,
            || {
                let key = hex!("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0bfbebdbcbbbab9b8b7b6b5b4b3b2b1b0");
                let text = hex!("000102030405060708090a0b0c0d0e0f10");
                let tweak = hex!("9a785634120000000000000000000000");
                known::encrypt::<B>(CipherMode::XtsIeee, &key, &tweak, &text)
            },
            &hex!("6c1625db4671522d3d7599601de7ca09ed"),
        ),
    ]
}

const X963: &[u8] =
    &hex!("19ac9bfdc07dfbf4f96e74051b4a8c507a70e15baa0adac274432c5d7ab0d6894cdf83a8180f9a3b");

/// 1 when a signature over "sample" made by the engine is right for `p256`'s arithmetic.
fn sign_message<B: Backend>() -> Result<Vec<u8>, Error> {
    let signature = B::sign(&known::private::<B>(&D)?, &Fixed, &[], &[b"sam", b"ple"])?;
    let key = B::public(&P).ok_or(Error::Refused)?;
    Ok(vec![u8::from(B::verify_digest(&key, &SAMPLE, &signature))])
}

/// 1 for the right message, 0 for another.
fn verify_message<B: Backend>() -> Result<Vec<u8>, Error> {
    let key = B::public(&P).ok_or(Error::Refused)?;
    let verdict = |message: &[&[u8]]| u8::from(B::verify(&key, &[], message, &SIGNATURE));
    Ok(vec![verdict(&[b"sam", b"ple"]), verdict(&[b"sampled"])])
}

/// Both directions, with an info and aad that the border does not have.
fn rfc9180() -> Result<Vec<u8>, Error> {
    let ikm = hex!("4270e54ffd08d79d5928020af4686d8f6b7d35dbe470265f1f5aa22816ce860e");
    let recipient = hex!(
        "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a82"
        "6a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0"
    );
    let d = hex!("f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2");
    let (info, aad, text) = (b"Ode on a Grecian Urn", b"Count-0", b"Beauty is truth, truth beauty");
    let sealed = hpke::seal(&recipient, info, aad, text, &SecretBytes::copy_from(&ikm))?;
    let opened = hpke::open(&SecretBytes::copy_from(&d), info, aad, &sealed)?;
    known::same(opened.expose(), text)?;
    Ok(sealed)
}

/// Added entropy for a signature that is thrown away.
#[derive(Debug)]
struct Fixed;

impl Entropy for Fixed {
    fn fill(&self, out: &mut [u8]) -> Result<(), EntropyFailure> {
        out.fill(0x5a);
        Ok(())
    }
}
