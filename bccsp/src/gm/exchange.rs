// SPDX-License-Identifier: Apache-2.0
//! The SM2 key exchange with confirmation (GB/T 32918.3 clause 6).

use super::points::{Coordinates, Points};
use crate::engine::{hash_parts, import_public, x963};
use crate::{Agreed, Error, Exchange, ExchangeParams, PublicKey, Role, SecretBytes};
use alloc::boxed::Box;
use core::fmt::{self, Debug};
use sys::Entropy;

/// Starts one side. Without `r`, the ephemeral key is random.
pub(super) fn start<B: Points>(
    key: &B::Private,
    params: &ExchangeParams<'_>,
    entropy: &dyn Entropy,
    r: Option<&SecretBytes>,
) -> Result<Box<dyn Exchange>, Error> {
    if params.key_len == 0 {
        return Err(Error::Misuse("an exchange agrees on at least one byte"));
    }
    let own = B::public(&B::point(key)).ok_or(Error::Refused)?;
    let own_hash = B::signer_hash(&own, params.own_id)?;
    let peer = import_public::<B>(params.peer)?;
    let peer_hash = B::signer_hash(&peer, params.peer_id)?;
    // A1, A2: r and R = [r]G. Unlike a private key, r may be n − 1: nothing is divided by 1 + r.
    let r = match r {
        None => B::draw(entropy)?,
        Some(r) => {
            B::ephemeral(r).ok_or(Error::Misuse("the ephemeral private key is out of range"))?
        }
    };
    // A5: t = (d + x̄·r) mod n. All that is needed of both private values later.
    Ok(Box::new(Running::<B> {
        role: params.role,
        key_len: params.key_len,
        t: B::mix(key, &r),
        ephemeral: B::ephemeral_point(&r),
        own_hash,
        peer,
        peer_hash,
    }))
}

struct Running<B: Points> {
    role: Role,
    key_len: usize,
    t: B::Mixed,
    ephemeral: [u8; PublicKey::LEN],
    own_hash: [u8; 32],
    peer: B::Public,
    peer_hash: [u8; 32],
}

impl<B: Points> Exchange for Running<B> {
    fn ephemeral(&self) -> &[u8; 65] {
        &self.ephemeral
    }

    fn finish(self: Box<Self>, peer_ephemeral: &[u8]) -> Result<Agreed, Error> {
        let peer_ephemeral =
            <&[u8; PublicKey::LEN]>::try_from(peer_ephemeral).map_err(|_| Error::Refused)?;
        // A6: R_B on the curve
        let point = B::public(peer_ephemeral).ok_or(Error::Refused)?;
        // A7: U = [h·t](P_B + [x̄]R_B) with h = 1, not infinity
        let u = B::mixed(&self.t, &self.peer, &point).ok_or(Error::Refused)?;
        self.agreed(&u, peer_ephemeral)
    }
}

impl<B: Points> Running<B> {
    /// A8 to A10: the key, S_A and S_B out of U = (x, y).
    fn agreed(
        &self,
        u: &Coordinates,
        peer_ephemeral: &[u8; PublicKey::LEN],
    ) -> Result<Agreed, Error> {
        let own = (&self.own_hash, &self.ephemeral);
        let peer = (&self.peer_hash, peer_ephemeral);
        let (a, b) = match self.role {
            Role::Initiator => (own, peer),
            Role::Responder => (peer, own),
        };
        let key = x963::<B::Hash>(&[&u.x, &u.y, a.0, b.0], self.key_len)?;
        let [_, a_point @ ..] = a.1;
        let [_, b_point @ ..] = b.1;
        let inner = hash_parts::<B::Hash>(&u.x, &[a.0, b.0, a_point, b_point]);
        let of_responder = hash_parts::<B::Hash>(&[2], &[&u.y, &inner]);
        let of_initiator = hash_parts::<B::Hash>(&[3], &[&u.y, &inner]);
        Ok(match self.role {
            Role::Initiator => Agreed::new(key, of_initiator, of_responder),
            Role::Responder => Agreed::new(key, of_responder, of_initiator),
        })
    }
}

impl<B: Points> Debug for Running<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Exchange")
    }
}
