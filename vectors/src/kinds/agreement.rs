// SPDX-License-Identifier: Apache-2.0
//! The SM2 key exchange with confirmation.

use super::sm2_signature::out_of_profile;
use crate::case::{Case, Outcome, must, same};
use crate::engines::Engines;
use bccsp::hazmat::Hazmat;
use bccsp::{
    Exchange, ExchangeParams, KeyAlgorithm, KeyMaterial, Provider, PublicKey, Role, Suite,
};

type Answer = Result<Outcome, String>;

pub(crate) fn check(case: &Case<'_>, engines: &Engines) -> Answer {
    if let Some(skip) = out_of_profile(case)? {
        return Ok(skip);
    }
    engines.each(Suite::Gm, |provider| {
        let hazmat = provider.hazmat().ok_or("no hazardous operations")?;
        if case.valid()? { agree(case, provider, hazmat) } else { abort(case, provider, hazmat) }
    })
}

/// One side's numbers in a case: `_a` is the initiator.
struct Side {
    key: KeyMaterial,
    public: PublicKey,
    id: Vec<u8>,
    r: Vec<u8>,
}

impl Side {
    fn of(case: &Case<'_>, provider: &dyn Provider, side: &str) -> Result<Self, String> {
        let bytes = |name: &str| case.bytes(&format!("{name}_{side}"));
        let public = must("public key", provider.public_key(&bytes("pub")?))?;
        let key = KeyMaterial::new(KeyAlgorithm::Sm2, bytes("priv")?.into(), Some(public));
        Ok(Self { key: must("private key", key)?, public, id: bytes("id")?, r: bytes("r")? })
    }

    fn start(
        &self,
        hazmat: &dyn Hazmat,
        role: Role,
        peer: (&PublicKey, &[u8]),
        key_len: usize,
    ) -> Result<Box<dyn Exchange>, bccsp::Error> {
        let (peer, peer_id) = peer;
        let params = ExchangeParams { role, own_id: &self.id, peer, peer_id, key_len };
        hazmat.exchange(&self.key, &params, &self.r.clone().into())
    }
}

fn key_len(case: &Case<'_>) -> Result<usize, String> {
    usize::try_from(case.number("klen_bytes")?).map_err(|error| error.to_string())
}

fn agree(case: &Case<'_>, provider: &dyn Provider, hazmat: &dyn Hazmat) -> Answer {
    let (a, b) = (Side::of(case, provider, "a")?, Side::of(case, provider, "b")?);
    let len = key_len(case)?;
    same("Z_A", &must("Z_A", hazmat.signer_hash(&a.public, &a.id))?, &case.bytes("za")?)?;
    same("Z_B", &must("Z_B", hazmat.signer_hash(&b.public, &b.id))?, &case.bytes("zb")?)?;
    case.implied(&["shared_point"]);
    let initiator = must("A", a.start(hazmat, Role::Initiator, (&b.public, &b.id), len))?;
    let responder = must("B", b.start(hazmat, Role::Responder, (&a.public, &a.id), len))?;
    let (r_a, r_b) = (*initiator.ephemeral(), *responder.ephemeral());
    same("R_A", &r_a, &case.bytes("R_a")?)?;
    same("R_B", &r_b, &case.bytes("R_b")?)?;
    let at_a = must("A", initiator.finish(&r_b))?;
    let at_b = must("B", responder.finish(&r_a))?;
    let (s_a, s_b) = (*at_a.confirmation(), *at_b.confirmation());
    same("S_A", &s_a, &case.bytes("s_a")?)?;
    same("S_B", &s_b, &case.bytes("s_b")?)?;
    let key = case.bytes("key")?;
    same("key at A", must("confirmation at A", at_a.confirm(&s_b))?.expose(), &key)?;
    same("key at B", must("confirmation at B", at_b.confirm(&s_a))?.expose(), &key)?;
    Ok(Outcome::Pass)
}

/// The initiator, given a bad key or ephemeral point of the responder, must stop.
fn abort(case: &Case<'_>, provider: &dyn Provider, hazmat: &dyn Hazmat) -> Answer {
    let a = Side::of(case, provider, "a")?;
    let (id_b, pub_b, r_b) = (case.bytes("id_b")?, case.bytes("pub_b")?, case.bytes("R_b")?);
    let len = key_len(case)?;
    case.implied(&["R_a"]);
    let answer = provider
        .public_key(&pub_b)
        .and_then(|public| a.start(hazmat, Role::Initiator, (&public, &id_b), len)?.finish(&r_b));
    case.judge(answer, |_| Ok(()))
}

/// One side of an exchange against what the other one sends.
pub(super) fn one_side(test: &Case<'_>, engines: &Engines) -> Answer {
    let bytes = |name: &str| test.bytes(name);
    let role = match test.text("role")? {
        "initiator" => Role::Initiator,
        "responder" => Role::Responder,
        other => return Err(format!("`{other}` is no side of an exchange")),
    };
    let (own_id, peer_id, r) = (bytes("id")?, bytes("peerId")?, bytes("ephemeralPrivate")?);
    let (peer_ephemeral, peer_s) = (bytes("peerEphemeral")?, bytes("peerConfirmation")?);
    let (ephemeral, s, expected) = (bytes("ephemeral")?, bytes("confirmation")?, bytes("key")?);
    let key_len = usize::try_from(test.number("keyLength")?).map_err(|error| error.to_string())?;
    engines.each(Suite::Gm, |provider| {
        let hazmat = provider.hazmat().ok_or("no hazardous operations")?;
        let peer = must("public key", provider.public_key(&bytes("peerPublic")?))?;
        let key = KeyMaterial::new(KeyAlgorithm::Sm2, bytes("private")?.into(), None);
        let params =
            ExchangeParams { role, own_id: &own_id, peer: &peer, peer_id: &peer_id, key_len };
        let key = must("private key", key)?;
        let side = must("start", hazmat.exchange(&key, &params, &r.clone().into()))?;
        same("ephemeral", side.ephemeral(), &ephemeral)?;
        let agreed = side.finish(&peer_ephemeral).and_then(|agreed| {
            let own = *agreed.confirmation();
            Ok((own, agreed.confirm(&peer_s)?))
        });
        test.judge(agreed, |(own, key)| {
            same("confirmation", &own, &s)?;
            same("key", key.expose(), &expected)
        })
    })
}
