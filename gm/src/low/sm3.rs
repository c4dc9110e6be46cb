// SPDX-License-Identifier: Apache-2.0
//! SM3's compression function: what it is made of, and who computes it.

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
use super::cpu::{Avx2, Avx512, Bmi2};
use super::portable;
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
use super::x86_64;

/// The eight words A to H.
pub(crate) type State = [u32; 8];
/// 64 bytes of a message.
pub(crate) type Block = [u8; 64];
/// The states of `L` messages: word by word, a message in each lane.
#[derive(Clone)]
#[repr(align(64))]
pub(crate) struct States<const L: usize>(pub(crate) [[u32; L]; 8]);

/// The first state (GB/T 32905-2016 clause 4.1).
pub(crate) const IV: State = [
    0x7380_166f,
    0x4914_b2b9,
    0x1724_42d7,
    0xda8a_0600,
    0xa96f_30bc,
    0x1631_38aa,
    0xe38d_ee4d,
    0xb0fb_0e4e,
];

/// T_j of clause 4.2, turned left by j as clause 5.3.3 uses it.
pub(crate) const T: [u32; 64] = {
    let mut t = [0; 64];
    let mut j = 0;
    while j < 64 {
        let of_round: u32 = if j < 16 { 0x79cc_4519 } else { 0x7a87_9d8a };
        t[j] = of_round.rotate_left(j as u32 % 32);
        j += 1;
    }
    t
};

/// Takes whole blocks of one message into its state.
pub(crate) fn compress(state: &mut State, blocks: &[Block]) {
    #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
    if let Some(cpu) = Bmi2::detect() {
        return x86_64::sm3_one::compress(cpu, state, blocks);
    }
    portable::sm3::compress(state, blocks);
}

/// Who [`compress`]es on this processor.
pub(crate) fn level() -> &'static str {
    #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
    if Bmi2::detect().is_some() {
        return "BMI2";
    }
    "portable"
}

/// Who works on several messages at once on this processor.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Many {
    #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
    Sixteen(Avx512),
    #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
    Eight(Avx2),
    Four,
}

impl Many {
    pub(crate) fn detect() -> Self {
        #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
        if let Some(cpu) = Avx512::detect() {
            return Self::Sixteen(cpu);
        } else if let Some(cpu) = Avx2::detect() {
            return Self::Eight(cpu);
        }
        Self::Four
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
            Self::Sixteen(_) => "AVX-512, 16 lanes",
            #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
            Self::Eight(_) => "AVX2, 8 lanes",
            Self::Four => "portable, 4 lanes",
        }
    }
}

/// As [`compress`], in lanes: takes `blocks` blocks of each message into its state.
pub(crate) trait Compress<const L: usize>: Copy {
    /// # Panics
    /// If a message is shorter than that.
    fn compress(self, state: &mut States<L>, messages: &[&[u8]; L], blocks: usize);
}

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
impl Compress<16> for Avx512 {
    fn compress(self, state: &mut States<16>, messages: &[&[u8]; 16], blocks: usize) {
        x86_64::sm3_avx512::compress(self, state, messages, blocks);
    }
}

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
impl Compress<8> for Avx2 {
    fn compress(self, state: &mut States<8>, messages: &[&[u8]; 8], blocks: usize) {
        x86_64::sm3_avx2::compress(self, state, messages, blocks);
    }
}

/// Four lanes, on every processor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Four;

impl Compress<4> for Four {
    fn compress(self, state: &mut States<4>, messages: &[&[u8]; 4], blocks: usize) {
        portable::sm3_four::compress(state, messages, blocks);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_message_is_the_same_at_every_level() {
        let blocks: [Block; 9] =
            core::array::from_fn(|i| core::array::from_fn(|j| (i * 64 + j * 7) as u8));
        for count in 0..=blocks.len() {
            let (mut expected, mut chosen) = (IV, IV);
            portable::sm3::compress(&mut expected, &blocks[..count]);
            compress(&mut chosen, &blocks[..count]);
            assert_eq!(chosen, expected, "{count} blocks");
        }
    }
}
