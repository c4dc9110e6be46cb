// SPDX-License-Identifier: Apache-2.0
//! Tests of the arithmetic of SM2, every one at every level that this machine can run.

mod field;
mod points;
mod signatures;

use super::field::{bytes_of, limbs_of};
use super::hash;
use crate::low::sm2::Limbs;

/// Runs a check at every level. A level for which this processor has the instructions must run; one
/// that it cannot run is reported.
macro_rules! at_every_level {
    ($l:ident => $check:expr) => {{
        {
            let $l = crate::low::sm2::Portable;
            $check;
        }
        #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
        match crate::low::sm2::Wide::detect() {
            Some(level) => {
                let able = std::is_x86_feature_detected!("avx512vbmi2");
                assert!(level.has_avx512() || !able, "AVX-512 should be used here and is not");
                let able = able && std::is_x86_feature_detected!("avx512ifma");
                let lanes = crate::low::sm2::Level::lanes(level).is_some();
                assert!(lanes || !able, "lanes should be used here and are not");
                for $l in [level, level.without_lanes(), level.without_avx512()] {
                    $check;
                }
            }
            None => {
                let able = std::is_x86_feature_detected!("adx")
                    && std::is_x86_feature_detected!("bmi2")
                    && std::is_x86_feature_detected!("avx2");
                assert!(!able, "the level of ADX and AVX2 should run here and does not");
                eprintln!("not run: the level of ADX and AVX2");
            }
        }
    }};
}
use at_every_level;

/// Numbers that look random and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn bytes(&mut self) -> [u8; 32] {
        self.0 += 1;
        hash::start(&[&self.0.to_be_bytes()]).finish(&[])
    }

    fn below(&mut self, m: &Limbs) -> Limbs {
        loop {
            let limbs = limbs_of(&self.bytes());
            if less(&limbs, m) {
                return limbs;
            }
        }
    }
}

/// a < b.
fn less(a: &Limbs, b: &Limbs) -> bool {
    bytes_of(a) < bytes_of(b)
}

/// Numbers below m at which carries, borrows and digits do what they seldom do: around 0, m, every
/// power of two and every limb.
fn edges(m: &Limbs) -> Vec<Limbs> {
    let mut all = Vec::new();
    let mut near = |x: Limbs| {
        for offset in 0..4_u64 {
            all.push(plus(&x, offset));
            all.push(minus(&x, offset));
        }
    };
    near([0; 4]);
    near(*m);
    for bit in 0..256 {
        let mut power = [0; 4];
        power[bit / 64] = 1 << (bit % 64);
        near(power);
    }
    for pattern in 1..15 {
        near([0, 1, 2, 3].map(|i: usize| if pattern >> i & 1 == 1 { u64::MAX } else { 0 }));
    }
    all.retain(|x| less(x, m));
    all.sort_unstable();
    all.dedup();
    all
}

fn plus(a: &Limbs, small: u64) -> Limbs {
    crate::low::sm2::add_limbs(a, &[small, 0, 0, 0]).0
}

fn minus(a: &Limbs, small: u64) -> Limbs {
    crate::low::sm2::sub_limbs(a, &[small, 0, 0, 0]).0
}

/// a·b mod m, bit by bit.
fn naive_product(a: &Limbs, b: &Limbs, m: &Limbs) -> Limbs {
    let mut sum = [0; 4];
    for bit in (0..256).rev() {
        sum = naive_sum(&sum, &sum, m);
        if b[bit / 64] >> (bit % 64) & 1 == 1 {
            sum = naive_sum(&sum, a, m);
        }
    }
    sum
}

/// a + b mod m for a, b < m.
fn naive_sum(a: &Limbs, b: &Limbs, m: &Limbs) -> Limbs {
    let (sum, carry) = crate::low::sm2::add_limbs(a, b);
    if carry == 1 || !less(&sum, m) { crate::low::sm2::sub_limbs(&sum, m).0 } else { sum }
}
