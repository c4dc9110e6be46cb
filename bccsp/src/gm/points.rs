// SPDX-License-Identifier: Apache-2.0
//! What SM2 encryption and key exchange ask of an engine: multiples of points.

use crate::engine::Backend;
use crate::{Error, PublicKey, SecretBytes};
use sys::Entropy;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The curve of SM2, as an engine computes it. The cofactor h is 1.
pub(super) trait Points: Backend {
    /// A secret number k between 1 and n - 1 with \[k\]G. It wipes itself.
    type Ephemeral;
    /// t = (d + x̄·r) mod n of a key exchange. It wipes itself.
    type Mixed: Send + Sync + 'static;

    fn draw(entropy: &dyn Entropy) -> Result<Self::Ephemeral, Error>;
    /// `None` for what is not 32 bytes or out of range.
    fn ephemeral(k: &SecretBytes) -> Option<Self::Ephemeral>;
    /// \[k\]G.
    fn ephemeral_point(k: &Self::Ephemeral) -> [u8; PublicKey::LEN];
    /// \[k\]P.
    fn shared(k: &Self::Ephemeral, peer: &Self::Public) -> Coordinates;
    /// \[d\]P.
    fn times(key: &Self::Private, peer: &Self::Public) -> Coordinates;
    /// t of the key d and the ephemeral r (GB/T 32918.3 clause 6.1, A4 and A5).
    fn mix(key: &Self::Private, r: &Self::Ephemeral) -> Self::Mixed;
    /// \[t\](P + \[x̄\]R) for the other side's key P and ephemeral point R (A6 and A7); `None` if that is
    /// infinity.
    fn mixed(t: &Self::Mixed, peer: &Self::Public, r: &Self::Public) -> Option<Coordinates>;
}

/// A secret point.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct Coordinates {
    pub(super) x: [u8; 32],
    pub(super) y: [u8; 32],
}
