// SPDX-License-Identifier: Apache-2.0
//! The known answers of the gm family.

use crate::engine::{Backend, known};
use crate::health::{KnownAnswer, Slot};
use crate::{
    AeadMode, CipherMode, DEFAULT_SIGNER_ID, Error, ExchangeParams, KeyAlgorithm, PublicKey, Role,
    SecretBytes,
};
use alloc::vec::Vec;
use hex_literal::hex;
use sys::{Entropy, EntropyFailure};

/// GB/T 32918.5 annexes A and C use one key and one nonce.
const D: [u8; 32] = hex!("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8");
const P: [u8; 65] = hex!(
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
);
const K: [u8; 32] = hex!("59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21");
/// Annex A: e = SM3(Z_A ‖ "message digest"), and r ‖ s.
const E: [u8; 32] = hex!("f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640");
const SIGNATURE: [u8; 64] = hex!(
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
);
/// Annex C: C1 = \[k\]G.
const C1: [u8; 65] = hex!(
    "0404ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73"
    "e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0"
);
/// Annex C: x2 ‖ y2 = \[k\]P.
const SHARED: [u8; 64] = hex!(
    "335e18d751e51f040e27d468138b7ab1dc86ad7f981d7d416222fd6ab3ed230d"
    "ab743ebcfb22d64f7b6ab791f70658f25b48fa93e54064fdbfbed3f0bd847ac9"
);

/// The key of GB/T 32907 annex A and RFC 8998 appendix A.
const SM4_KEY: [u8; 16] = hex!("0123456789abcdeffedcba9876543210");
/// Of draft-ribose-cfrg-sm4-10 appendix A.2.
const SM4_IV: [u8; 16] = hex!("000102030405060708090a0b0c0d0e0f");
const SM4_TEXT: [u8; 32] = hex!("aaaaaaaabbbbbbbbccccccccddddddddeeeeeeeeffffffffaaaaaaaabbbbbbbb");
/// Of GB/T 17964-2021 and IEEE 1619 as OpenSSL's tests give them: three blocks and a half.
const XTS_KEY: [u8; 32] = hex!("2b7e151628aed2a6abf7158809cf4f3c000102030405060708090a0b0c0d0e0f");
const XTS_TWEAK: [u8; 16] = hex!("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
const XTS_TEXT: [u8; 56] = hex!(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17"
);
/// Of RFC 8998 appendix A.
const NONCE: [u8; 12] = hex!("00001234567800000000abcd");
const AAD: [u8; 20] = hex!("feedfacedeadbeeffeedfacedeadbeefabaddad2");
const SEALED_TEXT: [u8; 64] = hex!(
    "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
    "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa"
);

const fn answer(
    name: &'static str,
    slot: Slot,
    compute: fn() -> Result<Vec<u8>, Error>,
    expected: &'static [u8],
) -> KnownAnswer {
    KnownAnswer { name, slot, compute, expected }
}

/// Everything an engine of this family must get right.
pub(super) const fn answers<B: Backend>() -> [KnownAnswer; 19] {
    [
        // GB/T 32905 annex A.1
        answer(
            "SM3",
            Slot::Hash,
            || known::hash::<B>(&[b"a", b"bc"]),
            &hex!("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        ),
        // inputs of RFC 4231 section 4.3; computed with OpenSSL
        answer(
            "HMAC-SM3",
            Slot::Mac,
            || known::mac::<B>(b"Jefe", &[b"what do ya want ", b"for nothing?"]),
            &hex!("2e87f1d16862e6d964b50a5200bf2b10b764faa9680a296a2405f24bec39f882"),
        ),
        // inputs of RFC 5869 appendix A.1; computed with OpenSSL
        answer(
            "HKDF-SM3",
            Slot::Kdf,
            || {
                let salt = hex!("000102030405060708090a0b0c");
                known::hkdf::<B>(&salt, &[0x0b; 22], &hex!("f0f1f2f3f4f5f6f7f8f9"), 42)
            },
            &hex!(
                "c69fe91b7aaee2dd5718d72dcaee0cce93f1b8e41f792da51261b6a517e68b36ed2c595572b01dfa359b"
            ),
        ),
        // computed with OpenSSL
        answer(
            "PBKDF2-HMAC-SM3",
            Slot::Kdf,
            || known::pbkdf2::<B>(b"password", b"salt", 3, 40),
            &hex!(
                "f2a075c888a5188892c4860f9b33ad24a7fd5c5685b6f7a6bc12f76e2cd732e26b04243840242693"
            ),
        ),
        // GB/T 32918.5 annex C: t
        answer(
            "SM2 KDF",
            Slot::Kdf,
            || known::x963::<B>(&SHARED, 19),
            &hex!("44e60fdbf0bae81437665374bef26749046c9e"),
        ),
        // GB/T 32918.5 annex A
        answer("SM2 sign", Slot::Signature, || known::sign_with::<B>(&D, &E, &K), &SIGNATURE),
        answer("SM2 verify", Slot::Signature, || known::verify::<B>(&P, &E, &SIGNATURE), &[1, 0]),
        // GB/T 32918.5 annex C
        answer(
            "SM2 encryption",
            Slot::Encryption,
            || encrypt_with::<B>(&D, b"encryption standard", &K),
            &hex!(
                "307c022004ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73"
                "022100e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0"
                "042059983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766"
                "041321886ca989ca9c7d58087307ca93092d651efa"
            ),
        ),
        // GB/T 32918.5 annex C: x2
        answer(
            "SM2 ECDH",
            Slot::Agreement,
            || known::agree::<B>(&D, &C1),
            &hex!("335e18d751e51f040e27d468138b7ab1dc86ad7f981d7d416222fd6ab3ed230d"),
        ),
        // GB/T 32918.5 annex B: R_A, S_A, key
        answer(
            "SM2 key exchange",
            Slot::Exchange,
            exchange::<B>,
            &hex!(
                "0464ced1bdbc99d590049b434d0fd73428cf608a5db8fe5ce07f15026940bae40e"
                "376629c7ab21e7db260922499ddb118f07ce8eaae3e7720afef6a5cc062070c0"
                "18c7894b3816df16cf07b05c5ec0bef5d655d58f779cc1b400a4f3884644db88"
                "6c89347354de2484c60b4ab1fde4c6e5"
            ),
        ),
        // RFC 8998 appendix A.1
        answer(
            "SM4-GCM",
            Slot::Gcm,
            || known::seal::<B>(AeadMode::Gcm, &SM4_KEY, &NONCE, &AAD, &SEALED_TEXT),
            &hex!(
                "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
                "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
                "83de3541e4c2b58177e065a9bf7b62ec"
            ),
        ),
        // RFC 8998 appendix A.2
        answer(
            "SM4-CCM",
            Slot::Ccm,
            || known::seal::<B>(AeadMode::Ccm, &SM4_KEY, &NONCE, &AAD, &SEALED_TEXT),
            &hex!(
                "48af93501fa62adbcd414cce6034d895dda1bf8f132f042098661572e7483094"
                "fd12e518ce062c98acee28d95df4416bed31a2f04476c18bb40c84a74b97dc5b"
                "16842d4fa186f56ab33256971fa110f4"
            ),
        ),
        // GB/T 32907 annex A.1
        answer(
            "SM4-ECB",
            Slot::Ecb,
            || known::encrypt::<B>(CipherMode::Ecb, &SM4_KEY, &[], &SM4_KEY),
            &hex!("681edf34d206965e86b3e94f536e4246"),
        ),
        // draft-ribose-cfrg-sm4-10 appendix A.2.2.1
        answer(
            "SM4-CBC",
            Slot::Cbc,
            || text::<B>(CipherMode::Cbc),
            &hex!("78ebb11cc40b0a48312aaeb2040244cb4cb7016951909226979b0d15dc6a8f6d"),
        ),
        // A.2.4.1
        answer(
            "SM4-CFB",
            Slot::Cfb,
            || text::<B>(CipherMode::Cfb),
            &hex!("ac3236cb861dd316e6413b4e3c7524b769d4c54ed433b9a0346009beb37b2b3f"),
        ),
        // A.2.3.1
        answer(
            "SM4-OFB",
            Slot::Ofb,
            || text::<B>(CipherMode::Ofb),
            &hex!("ac3236cb861dd316e6413b4e3c7524b71d01aca2487ca582cbf5463e6698539b"),
        ),
        // A.2.5.1, first 48 bytes
        answer(
            "SM4-CTR",
            Slot::Ctr,
            || {
                let text = &hex!(
                    "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
                    "eeeeeeeeeeeeeeeeffffffffffffffff"
                );
                known::encrypt::<B>(CipherMode::Ctr, &SM4_KEY, &SM4_IV, text)
            },
            &hex!(
                "ac3236cb970cc20791364c395a1342d1a3cbc1878c6f30cd074cce385cdd70c7"
                "f234bc0e24c11980fd1286310ce37b92"
            ),
        ),
        // GB/T 17964-2021
        answer(
            "SM4-XTS (GB/T 17964)",
            Slot::Xts,
            || xts::<B>(CipherMode::XtsGb),
            &hex!(
                "e9538251c71d7b80bbe4483fef497bd12c5c581bd6242fc51e08964fb4f60fdb"
                "0ba42f63499279213d318d2c11f6886e903be7f93a1b3479"
            ),
        ),
        // IEEE 1619
        answer(
            "SM4-XTS (IEEE 1619)",
            Slot::Xts,
            || xts::<B>(CipherMode::XtsIeee),
            &hex!(
                "e9538251c71d7b80bbe4483fef497bd1b3db1a3e60408c575d63ff7db39f8326"
                "0869f9e2585fec9f0b863bf8fd784b8627d16c0db6d2cfc7"
            ),
        ),
    ]
}

fn text<B: Backend>(mode: CipherMode) -> Result<Vec<u8>, Error> {
    known::encrypt::<B>(mode, &SM4_KEY, &SM4_IV, &SM4_TEXT)
}

fn xts<B: Backend>(mode: CipherMode) -> Result<Vec<u8>, Error> {
    known::encrypt::<B>(mode, &XTS_KEY, &XTS_TWEAK, &XTS_TEXT)
}

fn exchange<B: Backend>() -> Result<Vec<u8>, Error> {
    let d = hex!("81eb26e941bb5af16df116495f90695272ae2cd63d6c4ae1678418be48230029");
    let r = hex!("d4de15474db74d06491c440d305e012400990f3e390c7e87153c12db2ea60bb3");
    let peer = PublicKey::from_uncompressed(
        KeyAlgorithm::Sm2,
        &hex!(
            "046ae848c57c53c7b1b5fa99eb2286af078ba64c64591b8b566f7357d576f16dfb"
            "ee489d771621a27b36c5c7992062e9cd09a9264386f3fbea54dff69305621c4d"
        ),
    )?;
    let peer_ephemeral = hex!(
        "04acc27688a6f7b706098bc91ff3ad1bff7dc2802cdb14ccccdb0a90471f9bd707"
        "2fedac0494b2ffc4d6853876c79b8f301c6573ad0aa50f39fc87181e1a1b46fe"
    );
    let confirmation = hex!("d3a0fe15dee185ceae907a6b595cc32a266ed7b3367e9983a896dc32fa20f8eb");
    let params = ExchangeParams {
        role: Role::Initiator,
        own_id: DEFAULT_SIGNER_ID,
        peer: &peer,
        peer_id: DEFAULT_SIGNER_ID,
        key_len: 16,
    };
    exchange_with::<B>(&d, &r, &params, &peer_ephemeral, &confirmation)
}

/// The ciphertext under a given nonce, if decrypting gives the plaintext back.
fn encrypt_with<B: Backend>(
    d: &[u8; 32],
    plaintext: &[u8],
    k: &[u8; 32],
) -> Result<Vec<u8>, Error> {
    let key = known::private::<B>(d)?;
    let public = B::public(&B::point(&key)).ok_or(Error::Refused)?;
    let ciphertext = B::encrypt_with(&public, plaintext, &SecretBytes::copy_from(k))?;
    known::same(B::decrypt(&key, &ciphertext)?.expose(), plaintext)?;
    Ok(ciphertext)
}

/// R ‖ own confirmation ‖ key, after the other's confirmation was checked.
fn exchange_with<B: Backend>(
    d: &[u8; 32],
    r: &[u8; 32],
    params: &ExchangeParams<'_>,
    peer_ephemeral: &[u8],
    peer_confirmation: &[u8],
) -> Result<Vec<u8>, Error> {
    let r = SecretBytes::copy_from(r);
    let running = B::exchange(&known::private::<B>(d)?, params, &NoEntropy, Some(&r))?;
    let mut out = running.ephemeral().to_vec();
    let agreed = running.finish(peer_ephemeral)?;
    out.extend(agreed.confirmation());
    out.extend(agreed.confirm(peer_confirmation)?.expose());
    Ok(out)
}

/// Known answers need no randomness; whoever asks for some fails the test.
#[derive(Debug)]
struct NoEntropy;

impl Entropy for NoEntropy {
    fn fill(&self, _: &mut [u8]) -> Result<(), EntropyFailure> {
        Err(EntropyFailure)
    }
}
