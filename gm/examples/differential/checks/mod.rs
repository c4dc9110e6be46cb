// SPDX-License-Identifier: Apache-2.0
//! One random case after the other through this crate and through others, which must agree.
//!
//! A check makes its case from dice, asks the other implementation once, and this crate at every level
//! of the processor. Cases are random where nothing can be said, and forced to where something could go
//! wrong: edges of blocks, lanes, windows and limbs.

mod arithmetic;
mod dice;
mod p256_batch;
mod sm2;
mod sm2_verify;
mod sm3;
mod sm4;
mod sm4_aead;
mod theirs;

use dice::Dice;
use gmca_gm::harness::{LEVELS, Level};
use std::sync::OnceLock;

/// A check of one primitive.
pub(crate) struct Check {
    /// Its name on a command line.
    pub(crate) name: &'static str,
    /// How many ordinary cases one of its cases is worth: signatures of a batch, for one.
    #[allow(dead_code)] // not asked for by fuzz targets
    pub(crate) worth: u64,
    /// Makes and judges a case; panics where implementations differ.
    run: fn(&mut Dice<'_>),
}

const fn check(name: &'static str, worth: u64, run: fn(&mut Dice<'_>)) -> Check {
    Check { name, worth, run }
}

/// Every check.
pub(crate) const ALL: &[Check] = &[
    check("sm3-stream", 1, sm3::stream),
    check("sm3-many", 8, sm3::many),
    check("sm3-hmac", 1, sm3::hmac),
    check("sm3-kdf", 4, sm3::kdf),
    check("sm4-ecb", 1, sm4::ecb),
    check("sm4-cbc", 1, sm4::cbc),
    check("sm4-ctr", 1, sm4::ctr),
    check("sm4-xts", 1, sm4::xts),
    check("sm4-gcm", 1, sm4_aead::gcm),
    check("sm4-ccm", 1, sm4_aead::ccm),
    check("sm2-field", 1, arithmetic::field),
    check("sm2-scalar", 1, arithmetic::scalar),
    check("sm2-key", 1, sm2::key),
    check("sm2-parse", 1, sm2::parse),
    check("sm2-identity", 1, sm2::identity),
    check("sm2-sign", 1, sm2::sign),
    check("sm2-ecdh", 1, sm2::ecdh),
    check("sm2-exchange", 1, sm2::exchange),
    check("sm2-verify", 1, sm2_verify::verify),
    check("sm2-prepared", 8, sm2_verify::prepared),
    check("sm2-batch", 8, sm2_verify::batch),
    check("sm2-many", 8, sm2_verify::many),
    check("p256-batch", 8, p256_batch::batch),
];

/// Runs case number `number` of a check: the same in every run with this seed. The first choices are
/// those that are given, by a fuzzer for one.
pub(crate) fn run(check: &Check, seed: u64, number: u64, given: &[u8]) {
    let name = check
        .name
        .bytes()
        .fold(seed, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (check.run)(&mut Dice::new(name, number, given));
}

/// Which of the choices of a level matter to a check.
#[derive(Clone, Copy)]
enum Of {
    Sm2,
    Sm3,
    Sm4,
}

impl Of {
    fn choices(self, level: &Level) -> &[&'static str] {
        match self {
            Self::Sm2 => &level.chosen()[..2],
            Self::Sm3 => &level.chosen()[2..4],
            Self::Sm4 => &level.chosen()[4..],
        }
    }
}

/// The one level that is wanted, if not all are.
pub(crate) static ONLY: OnceLock<String> = OnceLock::new();

/// Runs `check` at every level of this processor at which this primitive runs other code.
fn at_levels(of: Of, mut check: impl FnMut(&str)) {
    static LISTS: [OnceLock<Vec<&'static Level>>; 3] = [const { OnceLock::new() }; 3];
    let list = LISTS[of as usize].get_or_init(|| {
        let wanted =
            |level: &&Level| level.is_here() && ONLY.get().is_none_or(|only| level.name() == only);
        let mut list: Vec<&Level> = LEVELS.iter().filter(wanted).collect();
        list.dedup_by_key(|level| of.choices(level));
        list
    });
    for level in list {
        level.run(|| check(level.name()));
    }
}
