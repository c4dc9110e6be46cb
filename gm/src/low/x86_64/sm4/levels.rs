// SPDX-License-Identifier: Apache-2.0
//! The lists of functions of the three levels. Here the generic code meets target features; nothing else
//! calls it.

use super::aes::X;
use super::gfni::{One, Y};
use super::gfni512::Z;
use super::{gcm, modes, rounds};
use crate::low::cpu::{Aes, Gfni, Gfni512};
use crate::low::ghash::Powers;
use crate::low::sm4::{Block, Words};

/// Makes the list of a level, which cannot be generic because target features are names:
/// `level!(module, Token, "features", Vector, groups of a full pass, "features", Vector for one word)`.
///
/// Chains of blocks are compiled without AVX-512: there the compiler would join sums into instructions that
/// fewer units have.
macro_rules! level {
    (
        $module:ident, $token:ident, $features:literal, $lanes:ident, $n:literal,
        $features_of_one:literal, $one:ident
    ) => {
        pub(in crate::low) mod $module {
            use super::*;

            level!(@one $token, $features_of_one, expand(key: &Block) -> Words,
                rounds::expand::<$one>);
            level!(@one $token, $features, ecb(words: &Words, blocks: &mut [Block]) -> (),
                modes::ecb::<$lanes, $n>);
            level!(@one $token, $features, ctr32(words: &Words, counter: &Block, data: &mut [u8]) -> (),
                modes::ctr32::<$lanes, $n>);
            level!(@one $token, $features_of_one,
                cbc_encrypt(words: &Words, iv: &mut Block, blocks: &mut [Block]) -> (),
                modes::cbc_encrypt::<$one>);
            level!(@one $token, $features,
                cbc_decrypt(words: &Words, iv: &mut Block, blocks: &mut [Block]) -> (),
                modes::cbc_decrypt::<$lanes, $n>);
            level!(@one $token, $features_of_one,
                cbc_mac(words: &Words, state: &mut Block, blocks: &[Block]) -> (),
                modes::cbc_mac::<$one>);
            level!(@one $token, $features, powers(words: &Words) -> Powers,
                gcm::powers::<$lanes, $n>);
            level!(@one $token, $features, ghash(powers: &Powers, data: &[u8], last: &Block) -> Block,
                gcm::hash::<$lanes, $n>);
            level!(@one $token, $features,
                seal(words: &Words, powers: &Powers, j0: &Block, aad: &[u8], data: &mut [u8]) -> Block,
                gcm::crypt::<$lanes, $n, false>);
            level!(@one $token, $features,
                open(words: &Words, powers: &Powers, j0: &Block, aad: &[u8], data: &mut [u8]) -> Block,
                gcm::crypt::<$lanes, $n, true>);
        }
    };
    (@one $token:ident, $features:literal,
        $name:ident($($argument:ident: $type:ty),*) -> $result:ty, $function:expr) => {
        #[inline]
        pub(in crate::low) fn $name(_: $token, $($argument: $type),*) -> $result {
            #[target_feature(enable = $features)]
            fn with_features($($argument: $type),*) -> $result {
                // SAFETY: the features are enabled here, and references are good for what they refer to.
                unsafe { $function($($argument),*) }
            }
            // SAFETY: the token exists only where the processor has these features (AVX-512 has AVX2 in it).
            unsafe { with_features($($argument),*) }
        }
    };
}

level!(aes_level, Aes, "aes,ssse3,sse4.1,pclmulqdq", X, 2, "aes,ssse3", X);
level!(gfni_level, Gfni, "gfni,avx2,aes,pclmulqdq", Y, 2, "gfni,avx2", One);
level!(
    gfni512_level,
    Gfni512,
    "avx512f,avx512bw,avx512vl,gfni,vaes,vpclmulqdq,aes,pclmulqdq",
    Z,
    4,
    "gfni,avx2",
    One
);
