// SPDX-License-Identifier: Apache-2.0
//! Signatures: the standard's example, edges of verification, nonces.

use super::super::comb::Comb;
use super::super::joint::multiply_both_vartime;
use super::super::point::Affine;
use super::super::scalar::Scalar;
use super::super::{Signer, field, multiply_base, nonce, nonces, verify, verify_prepared};
use super::{Numbers, at_every_level, bytes_of, minus};
use crate::low::sm2::{Level, mod_n};
use alloc::vec::Vec;
use hex_literal::hex;

fn pair<L: Level>(l: L, d: &[u8; 32]) -> (Signer, Affine) {
    let d = Scalar::from_bytes(d).unwrap();
    (Signer::new(l, &d).unwrap(), multiply_base(l, &d).to_affine(l))
}

/// Both ways to verify, which must agree.
fn both<L: Level>(l: L, key: &Affine, comb: &Comb, e: &[u8; 32], raw: &[u8; 64]) -> bool {
    let verdict = verify(l, key, e, raw);
    assert_eq!(verify_prepared(l, comb, e, raw), verdict, "{l:?}: both ways agree");
    verdict
}

/// GB/T 32918.5-2017 Annex A.2.
#[test]
fn the_example_of_the_standard() {
    let d = hex!("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8");
    let e = hex!("f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640");
    let k = hex!("59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21");
    let raw = hex!(
        "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
        "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
    );
    at_every_level!(l => {
        let (signer, key) = pair(l, &d);
        let signature = signer.sign(l, &e, &Scalar::from_bytes(&k).unwrap());
        assert_eq!(signature, Some(raw), "{l:?}");
        assert!(both(l, &key, &Comb::new(l, &key), &e, &raw));
    });
}

#[test]
fn every_changed_bit_is_refused() {
    at_every_level!(l => {
        let (signer, key) = pair(l, &[7; 32]);
        let (e, comb) = ([5; 32], Comb::new(l, &key));
        let raw = signer.sign(l, &e, &Scalar::from_bytes(&[9; 32]).unwrap()).unwrap();
        assert!(both(l, &key, &comb, &e, &raw));
        for bit in 0..512 {
            let mut changed = raw;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(!both(l, &key, &comb, &e, &changed), "bit {bit}");
        }
        for bit in 0..256 {
            let mut changed = e;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(!both(l, &key, &comb, &changed, &raw), "bit {bit} of e");
        }
    });
}

#[test]
fn numbers_out_of_range_are_refused() {
    at_every_level!(l => {
        let (signer, key) = pair(l, &[7; 32]);
        let (e, comb) = ([5; 32], Comb::new(l, &key));
        let raw = signer.sign(l, &e, &Scalar::from_bytes(&[9; 32]).unwrap()).unwrap();
        for bad in [[0; 32], [255; 32], bytes_of(&mod_n::N)] {
            let mut changed = raw;
            changed[..32].copy_from_slice(&bad);
            assert!(!both(l, &key, &comb, &e, &changed));
            let mut changed = raw;
            changed[32..].copy_from_slice(&bad);
            assert!(!both(l, &key, &comb, &e, &changed));
        }
    });
}

/// With s = −r·d/(1 + d), the point [s]G + [r + s]P is infinity for any r. Whoever takes its x1 for
/// 0 accepts r = e. Only the owner of the key can make such a pair.
#[test]
fn a_point_at_infinity_is_refused() {
    at_every_level!(l => {
        let (signer, key) = pair(l, &[7; 32]);
        let e = [5; 32];
        let r = Scalar::reduce(&e);
        let next = signer.d().add(&Scalar::ONE);
        let rd = r.mul(signer.d());
        let s = Scalar::reduce(&[0; 32]).sub(&rd).mul_factor(&next.invert(l));
        assert!(multiply_both_vartime(l, &s, &r.add(&s), &key).is_infinity(), "as it should be");
        assert!(!both(l, &key, &Comb::new(l, &key), &e, &joined(&r, &s)));
    });
}

/// r + s = n makes t = 0, and the key would not matter any more.
#[test]
fn a_signature_that_leaves_the_key_out_is_refused() {
    at_every_level!(l => {
        let (_, key) = pair(l, &[7; 32]);
        let s = Scalar::reduce(&[3; 32]);
        let x1 = Scalar::reduce_limbs(&multiply_base(l, &s).to_x(l));
        // e = r − x1 with r = −s passes the last step for every key.
        let r = Scalar::reduce(&[0; 32]).sub(&s);
        let e = r.sub(&x1).to_bytes();
        assert!(!both(l, &key, &Comb::new(l, &key), &e, &joined(&r, &s)));
    });
}

/// An x coordinate from n on is above n by less than 2¹⁹³ and met by no random signature: take a
/// point with such an x, and make r = e + x1 − n by choosing e.
#[test]
fn an_x_coordinate_from_n_on_is_accepted() {
    at_every_level!(l => {
        let point = (0..).find_map(|i| {
            let mut compressed = [2; 33];
            compressed[1..].copy_from_slice(&bytes_of(&super::plus(&mod_n::N, i)));
            Affine::from_compressed(l, &compressed)
        });
        let point = point.unwrap();
        // The key P = (point − s·G)/t for chosen s and t, by its logarithm unknown to all.
        let (s, t) = (Scalar::reduce(&[3; 32]), Scalar::reduce(&[4; 32]));
        let minus_s = Scalar::reduce(&[0; 32]).sub(&s);
        let rest = multiply_base(l, &minus_s).add_vartime(l, &point.into()).to_affine(l);
        let inverse = t.invert(l);
        let inverse = Scalar::ONE.mul_factor(&inverse);
        let key = super::super::multiply(l, &inverse, &rest).to_affine(l);
        let r = t.sub(&s);
        let x1 = Scalar::reduce_limbs(&field::to_plain(l, &point.x));
        let e = r.sub(&x1).to_bytes();
        assert!(both(l, &key, &Comb::new(l, &key), &e, &joined(&r, &s)));
    });
}

#[test]
fn nonces_depend_on_everything() {
    let d = Scalar::reduce(&[1; 32]);
    let k = |d: &Scalar, random, e, counter| nonce(d, &[random; 32], &[e; 32], counter).unwrap();
    let all =
        [k(&d, 2, 3, 0), k(&Scalar::ONE, 2, 3, 0), k(&d, 1, 3, 0), k(&d, 2, 4, 0), k(&d, 2, 3, 1)];
    let mut all = all.map(Scalar::to_bytes);
    assert_eq!(all[0], k(&d, 2, 3, 0).to_bytes());
    all.sort_unstable();
    assert!(all.windows(2).all(|pair| pair[0] != pair[1]));
    // Both halves matter: 512 bits reduced, not 256 of them.
    let key = d.to_bytes();
    let half = |i: u8| {
        let rest: [&[u8]; 4] = [&[3; 32], &[0; 4], &[i], b"SM2 nonce"];
        super::super::hash::start(&[&key, &[2; 32]]).finish(&rest)
    };
    let wide = [half(0), half(1)].concat();
    let expected = Scalar::reduce_wide(wide.as_slice().try_into().unwrap());
    assert_eq!(k(&d, 2, 3, 0).to_bytes(), expected.to_bytes());
}

#[test]
fn nonces_in_lanes_are_those_of_one_at_a_time() {
    let mut numbers = Numbers(71);
    for count in [0, 1, 2, 7, 8, 9, 16, 40] {
        let of: Vec<(Scalar, [u8; 32], [u8; 32])> = (0..count)
            .map(|_| (Scalar::reduce(&numbers.bytes()), numbers.bytes(), numbers.bytes()))
            .collect();
        let ingredients: Vec<_> = of.iter().map(|(d, random, e)| (d, random, e)).collect();
        let found = nonces(&ingredients);
        assert_eq!(found.len(), count);
        for ((d, random, e), found) in of.iter().zip(found.iter()) {
            assert_eq!(found.to_bytes(), nonce(d, random, e, 0).unwrap().to_bytes());
        }
    }
}

#[test]
fn levels_sign_alike_and_verify_each_other() {
    let mut numbers = Numbers(5000);
    for _ in 0..200 {
        let (d, e, k) = (numbers.bytes(), numbers.bytes(), numbers.bytes());
        let k = Scalar::from_bytes(&k).unwrap();
        let (signer, key) = pair(crate::low::sm2::Portable, &d);
        let raw = signer.sign(crate::low::sm2::Portable, &e, &k).unwrap();
        at_every_level!(l => {
            let (signer, own) = pair(l, &d);
            assert_eq!(own, key, "{l:?}");
            assert_eq!(signer.sign(l, &e, &k), Some(raw), "{l:?}");
            assert!(verify(l, &key, &e, &raw), "{l:?}");
        });
    }
}

#[test]
fn the_last_number_is_no_private_key() {
    let last = Scalar::from_bytes(&bytes_of(&minus(&mod_n::N, 1))).unwrap();
    at_every_level!(l => assert!(Signer::new(l, &last).is_none()));
}

fn joined(r: &Scalar, s: &Scalar) -> [u8; 64] {
    let mut raw = [0; 64];
    raw[..32].copy_from_slice(&r.to_bytes());
    raw[32..].copy_from_slice(&s.to_bytes());
    raw
}
