// SPDX-License-Identifier: Apache-2.0
//! The SM2 key exchange with confirmation (GB/T 32918.3 clause 6).

use super::curve::{Private, Public, coordinates, decode_point, encode_point, reduce, scalar};
use super::identity::signer_hash;
use super::portable::{Portable, Sm3Family};
use crate::engine::{generate, hash_parts, import_public, x963};
use crate::{Agreed, Error, Exchange, ExchangeParams, PublicKey, Role, SecretBytes};
use alloc::boxed::Box;
use core::fmt::{self, Debug};
use sm2::elliptic_curve::group::Group;
use sm2::{ProjectivePoint, Scalar};
use sys::Entropy;
use zeroize::Zeroize;

/// Starts one side. Without `r`, the ephemeral key is random.
pub(super) fn start(
    key: &Private,
    params: &ExchangeParams<'_>,
    entropy: &dyn Entropy,
    r: Option<&SecretBytes>,
) -> Result<Box<dyn Exchange>, Error> {
    if params.key_len == 0 {
        return Err(Error::Misuse("an exchange agrees on at least one byte"));
    }
    let own_hash = signer_hash(&key.point, params.own_id)?;
    let peer = import_public::<Portable>(params.peer)?;
    let peer_hash = signer_hash(&peer.encoded, params.peer_id)?;
    // A1, A2: r and R = [r]G. From here on nothing fails, so that r is wiped in any case.
    let (mut r, ephemeral) = match r {
        None => {
            let private = generate::<Portable>(entropy)?;
            (private.d, private.point)
        }
        Some(r) => ephemeral_of(r)?,
    };
    // A5: t = (d + x̄·r) mod n. All that is needed of both private values later.
    let t = key.d + truncated_x(&ephemeral) * r;
    r.zeroize();
    Ok(Box::new(Running {
        role: params.role,
        key_len: params.key_len,
        t,
        ephemeral,
        own_hash,
        peer,
        peer_hash,
    }))
}

/// r and R = r·G (A1, A2). Unlike a private key, r may be n − 1: nothing is divided by 1 + r.
fn ephemeral_of(r: &SecretBytes) -> Result<(Scalar, [u8; PublicKey::LEN]), Error> {
    let r = scalar(r).ok_or(Error::Misuse("the ephemeral private key is out of range"))?;
    Ok((r, encode_point(&ProjectivePoint::mul_by_generator(&r).to_affine())))
}

struct Running {
    role: Role,
    key_len: usize,
    t: Scalar,
    ephemeral: [u8; PublicKey::LEN],
    own_hash: [u8; 32],
    peer: Public,
    peer_hash: [u8; 32],
}

impl Drop for Running {
    fn drop(&mut self) {
        self.t.zeroize();
    }
}

impl Exchange for Running {
    fn ephemeral(&self) -> &[u8; 65] {
        &self.ephemeral
    }

    fn finish(self: Box<Self>, peer_ephemeral: &[u8]) -> Result<Agreed, Error> {
        let peer_ephemeral =
            <&[u8; PublicKey::LEN]>::try_from(peer_ephemeral).map_err(|_| Error::Refused)?;
        // A6: R_B on the curve; x̄ = 2^w + (x & (2^w − 1)), w = 127
        let point = decode_point(peer_ephemeral).ok_or(Error::Refused)?;
        let x_bar = truncated_x(peer_ephemeral);
        // A7: U = [h·t](P_B + [x̄]R_B) with h = 1, not infinity
        let u = (self.peer.point + ProjectivePoint::from(point) * x_bar) * self.t;
        if bool::from(u.is_identity()) {
            return Err(Error::Refused);
        }
        let (mut x, mut y) = coordinates(&u.to_affine());
        let agreed = self.agreed(&x, &y, peer_ephemeral);
        x.zeroize();
        y.zeroize();
        agreed
    }
}

impl Running {
    /// A8 to A10: the key, S_A and S_B out of U = (x, y).
    fn agreed(
        &self,
        x: &[u8; 32],
        y: &[u8; 32],
        peer_ephemeral: &[u8; PublicKey::LEN],
    ) -> Result<Agreed, Error> {
        let own = (&self.own_hash, &self.ephemeral);
        let peer = (&self.peer_hash, peer_ephemeral);
        let (a, b) = match self.role {
            Role::Initiator => (own, peer),
            Role::Responder => (peer, own),
        };
        let key = x963::<Sm3Family>(&[x, y, a.0, b.0], self.key_len)?;
        let [_, a_point @ ..] = a.1;
        let [_, b_point @ ..] = b.1;
        let inner = hash_parts::<Sm3Family>(x, &[a.0, b.0, a_point, b_point]);
        let of_responder = hash_parts::<Sm3Family>(&[2], &[y, &inner]);
        let of_initiator = hash_parts::<Sm3Family>(&[3], &[y, &inner]);
        Ok(match self.role {
            Role::Initiator => Agreed::new(key, of_initiator, of_responder),
            Role::Responder => Agreed::new(key, of_responder, of_initiator),
        })
    }
}

impl Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Exchange")
    }
}

/// x̄ = 2¹²⁷ + (x mod 2¹²⁷) of a public point 04 ‖ x ‖ y.
fn truncated_x(point: &[u8; PublicKey::LEN]) -> Scalar {
    let mut low = [0; 32];
    let half = point.iter().skip(17).take(16);
    low.iter_mut().skip(16).zip(half).for_each(|(to, from)| *to = *from);
    low[16] |= 0x80;
    reduce(&low)
}
