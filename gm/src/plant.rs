// SPDX-License-Identifier: Apache-2.0
//! Mistakes that can be planted, to see that a check finds them (`gm/docs/testing.md`). Without the
//! feature `plant`, which nothing that ships has, all of it is gone.

macro_rules! plants {
    ($($(#[$doc:meta])+ $plant:ident = $name:literal,)+) => {
        /// A mistake.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        #[cfg_attr(
            not(all(target_arch = "x86_64", target_feature = "sse2", feature = "std")),
            allow(dead_code) // Some are in code of a processor that is not built for.
        )]
        pub enum Plant {
            $($(#[$doc])+ $plant,)+
        }

        #[cfg(feature = "plant")]
        impl Plant {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$plant,)+];

            /// Its name on a command line.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$plant => $name,)+
                }
            }
        }
    };
}

plants! {
    /// A sum modulo p loses its carry if little is left beside it: once in 2³² random sums.
    FieldCarry = "field-carry",
    /// Half of a number loses the carry of the sum that made it even: once in 2³².
    HalfCarry = "half-carry",
    /// Two products, one reduction: a borrow does not go through an upper half of zeros.
    FieldBorrow = "field-borrow",
    /// A product by `mulx` loses the carry into its last limb: once in 2³².
    ProductCarry = "product-carry",
    /// A reduction modulo n loses a carry if the product has few upper bits: once in 2³².
    OrderCarry = "order-carry",
    /// An inversion makes two rounds of 60 steps too few: one would hardly ever show.
    InverseRounds = "inverse-rounds",
    /// A window of ones is read as the digit before.
    WindowEdge = "window-edge",
    /// A non-adjacent form loses the carry above bit 255.
    TopDigit = "top-digit",
    /// AVX2 reads the last entry of a table as the one before.
    LastEntry = "last-entry",
    /// A point is not added to itself.
    EqualPoints = "equal-points",
    /// Infinity passes as x1 = 0.
    Infinity = "infinity",
    /// An abscissa from n on is not found again.
    LargeAbscissa = "large-abscissa",
    /// A number from n on is in range.
    OrderRange = "order-range",
    /// A coordinate from p on is in range.
    PrimeRange = "prime-range",
    /// A public key need not be on the curve.
    OffCurve = "off-curve",
    /// A compressed point always has the root with the lowest bit 0.
    RootSign = "root-sign",
    /// A signature may leave the key out: r + s = n.
    KeyLeftOut = "key-left-out",
    /// A signature may have r = 0.
    ZeroR = "zero-r",
    /// A signature may have r + k = n.
    OppositeNonce = "opposite-nonce",
    /// Both halves of a nonce are the same.
    NonceHalves = "nonce-halves",
    /// The key exchange does not set bit 127.
    ExchangeBit = "exchange-bit",
    /// The length of an ID wraps around.
    IdLength = "id-length",
    /// In a batch, the second signature of a key in a row has the verdict of the first.
    SameKey = "same-key",
    /// In lanes, the reduction modulo the prime of P-256 leaves out a digit that is all ones.
    PrimeLimb = "prime-limb",
    /// In four lanes, a product loses what a limb hands on: once in 2³².
    FourCarry = "four-carry",
    /// In four lanes, the last entry of a table is read as the one before.
    FourEntry = "four-entry",
    /// A message of 56 bytes beyond a block is padded into it.
    PaddingEdge = "padding-edge",
    /// Two of eight lanes change places.
    LaneSwapped = "lane-swapped",
    /// The KDF begins to count again after 64 digests.
    KdfCounter = "kdf-counter",
    /// The last byte of a tag is not compared.
    TagShort = "tag-short",
    /// A counter's last 32 bits do not carry.
    CounterCarry = "counter-carry",
    /// The chain of CBC does not go on after eight blocks, sixteen, ….
    ChainLost = "chain-lost",
    /// The tweak of XTS loses what falls out, once in 256.
    TweakCarry = "tweak-carry",
    /// GHASH loses a term of the polynomial, once in 4096 products.
    HashTerm = "hash-term",
    /// A last stride that is full takes the power of H for one block less.
    StrideEdge = "stride-edge",
    /// 65280 bytes of associated data have their length in two bytes.
    AadLength = "aad-length",
}

#[cfg(feature = "plant")]
std::thread_local! {
    static PLANTED: core::cell::Cell<Option<Plant>> = const { core::cell::Cell::new(None) };
}

/// Plants a mistake for what this thread does from now on, or takes it away.
#[cfg(feature = "plant")]
pub fn set(plant: Option<Plant>) {
    PLANTED.set(plant);
}

#[cfg(feature = "plant")]
pub(crate) fn is(plant: Plant) -> bool {
    PLANTED.get() == Some(plant)
}

#[cfg(not(feature = "plant"))]
pub(crate) const fn is(_: Plant) -> bool {
    false
}
