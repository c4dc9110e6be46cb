// SPDX-License-Identifier: Apache-2.0
//! The key exchange with confirmation, seen from one side: what the other side may send, and what not.

use super::{File, Maker, N, P, add, material, number, scalar, sub};
use anyhow::Result;
use bccsp::{Exchange, ExchangeParams, PublicKey, Role, SecretBytes};
use serde_json::{Map, json};

const NOTES: &[(&str, &str, &str)] = &[
    ("Normal", "BASIC", "Both sides follow GB/T 32918.3-2016 clause 6.1."),
    ("KeyLength", "BASIC", "The derived key ends in, at or behind a block of the digest."),
    (
        "Identity",
        "BASIC",
        "An identity of another length; the longest has 8,191 bytes, since its length in bits is hashed in two.",
    ),
    (
        "WrongIdentity",
        "MISSING_STEP",
        "The sides do not mean the same identity or key, and the confirmations differ.",
    ),
    (
        "WrongConfirmation",
        "MISSING_STEP",
        "The other side has not shown that it has the key: steps A9 and B10.",
    ),
    (
        "Infinity",
        "MISSING_STEP",
        "P + x R of the other side is infinity, so that everybody knows the shared point: steps A7 and B6.",
    ),
    ("InvalidPoint", "MISSING_STEP", "R is not a point of the curve: steps A6 and B5."),
    ("InvalidRange", "MISSING_STEP", "A coordinate of R is not smaller than p."),
    (
        "Compressed",
        "BASIC",
        "R compressed; a program may refuse it, and what is hashed is the same.",
    ),
    ("InvalidEncoding", "WRONG_ENCODING", "R is no point: a wrong length or first byte."),
];

pub(super) fn file(maker: &Maker) -> Result<File> {
    let mut group = Map::new();
    group.insert("type".into(), "Sm2KeyExchange".into());
    let header = "Key exchange of GB/T 32918.3 with confirmation; points are 04, x and y.";
    let schema = "sm2_key_exchange_schema_v1.json";
    let mut file = File { schema, header, group, tests: Vec::new(), notes: NOTES };
    let usual = Talk::usual();
    for role in [Role::Initiator, Role::Responder] {
        put(&mut file, "Normal", "as it should be", "valid", &Talk { role, ..usual }.run(maker)?);
    }
    for key_len in [1, 31, 32, 33, 48, 64, 1000] {
        let sent = Talk { key_len, ..usual }.run(maker)?;
        put(&mut file, "KeyLength", &format!("{key_len} bytes"), "valid", &sent);
    }
    let longest = [0x61; 8191];
    for id in [&b""[..], b"A", &[0, 0xff], &longest] {
        let sent = Talk { id, ..usual }.run(maker)?;
        put(&mut file, "Identity", &format!("{} bytes", id.len()), "valid", &sent);
        let sent = Talk { peer_id: id, role: Role::Responder, ..usual }.run(maker)?;
        put(&mut file, "Identity", &format!("{} bytes of the other", id.len()), "valid", &sent);
    }
    infinity(&mut file, maker)?;
    for role in [Role::Initiator, Role::Responder] {
        let sent = Talk { role, ..usual }.run(maker)?;
        confirmations(&mut file, &sent);
        points(&mut file, &sent);
    }
    Ok(file)
}

/// An exchange between the key that everybody knows and another.
#[derive(Clone, Copy)]
struct Talk<'a> {
    role: Role,
    id: &'a [u8],
    peer_id: &'a [u8],
    peer_key: [u8; 32],
    key_len: usize,
}

/// What one side has, gets and should answer.
#[derive(Clone)]
struct Sent {
    role: Role,
    private: String,
    id: Vec<u8>,
    ephemeral_private: [u8; 32],
    ephemeral: [u8; 65],
    peer: PublicKey,
    peer_id: Vec<u8>,
    peer_ephemeral: Vec<u8>,
    confirmation: Vec<u8>,
    peer_confirmation: Vec<u8>,
    key_len: usize,
    key: Vec<u8>,
}

impl Talk<'_> {
    fn usual() -> Self {
        let id = b"1234567812345678";
        Self { role: Role::Initiator, id, peer_id: id, peer_key: scalar(5), key_len: 16 }
    }

    fn run(&self, maker: &Maker) -> Result<Sent> {
        let Self { role, id, peer_id, peer_key, key_len } = *self;
        let other_role = if role == Role::Initiator { Role::Responder } else { Role::Initiator };
        let (r, peer_r) = (scalar(17), scalar(18));
        let peer_key = material(&peer_key)?;
        let peer = *maker.provider.signing_key(&peer_key)?.verifying_key().public_key();
        let start = |key, params: ExchangeParams<'_>, r: &[u8; 32]| -> Result<Box<dyn Exchange>> {
            Ok(maker.hazmat()?.exchange(key, &params, &SecretBytes::copy_from(r))?)
        };
        let own = ExchangeParams { role, own_id: id, peer: &peer, peer_id, key_len };
        let own = start(&maker.key, own, &r)?;
        let (role_b, known) = (other_role, &maker.public);
        let other =
            ExchangeParams { role: role_b, own_id: peer_id, peer: known, peer_id: id, key_len };
        let other = start(&peer_key, other, &peer_r)?;
        let (ephemeral, peer_ephemeral) = (*own.ephemeral(), other.ephemeral().to_vec());
        let (own, other) = (own.finish(&peer_ephemeral)?, other.finish(&ephemeral)?);
        let (confirmation, peer_confirmation) = (*own.confirmation(), *other.confirmation());
        let key = own.confirm(&peer_confirmation)?.expose().to_vec();
        Ok(Sent {
            role,
            private: hex::encode(maker.key.scalar().expose()),
            id: id.to_vec(),
            ephemeral_private: r,
            ephemeral,
            peer,
            peer_id: peer_id.to_vec(),
            peer_ephemeral,
            confirmation: confirmation.to_vec(),
            peer_confirmation: peer_confirmation.to_vec(),
            key_len,
            key,
        })
    }
}

fn put(file: &mut File, flag: &str, comment: &str, result: &str, sent: &Sent) {
    let (side, other) = match sent.role {
        Role::Initiator => ("initiator", "responder"),
        Role::Responder => ("responder", "initiator"),
    };
    let fields = json!({
        "role": side,
        "private": sent.private,
        "id": hex::encode(&sent.id),
        "ephemeralPrivate": hex::encode(sent.ephemeral_private),
        "ephemeral": hex::encode(sent.ephemeral),
        "peerPublic": hex::encode(sent.peer.point()),
        "peerId": hex::encode(&sent.peer_id),
        "peerEphemeral": hex::encode(&sent.peer_ephemeral),
        "confirmation": hex::encode(&sent.confirmation),
        "peerConfirmation": hex::encode(&sent.peer_confirmation),
        "keyLength": sent.key_len,
        "key": hex::encode(&sent.key),
    });
    file.push(flag, &format!("{comment}, from the {other}"), result, fields);
}

/// d = −x̄·r of the other side, so that P + x̄·R is infinity; confirmed as by who takes that for (0, 0).
fn infinity(file: &mut File, maker: &Maker) -> Result<()> {
    for role in [Role::Initiator, Role::Responder] {
        let mut sent = Talk { role, ..Talk::usual() }.run(maker)?;
        let mut reduced = [0; 32];
        reduced[16..].copy_from_slice(&sent.peer_ephemeral[17..33]);
        reduced[16] |= 0x80;
        let d = sub(&number(N), &times(&reduced, &scalar(18)));
        sent.peer = *maker.provider.signing_key(&material(&d)?)?.verifying_key().public_key();
        sent.peer_confirmation = forged(maker, &sent)?;
        put(file, "Infinity", "a key that takes its ephemeral one back", "invalid", &sent);
    }
    Ok(())
}

/// The other side's confirmation of the shared point (0, 0): steps A9 and B10.
fn forged(maker: &Maker, sent: &Sent) -> Result<Vec<u8>> {
    let own = maker.hazmat()?.signer_hash(&maker.public, &sent.id)?;
    let other = maker.hazmat()?.signer_hash(&sent.peer, &sent.peer_id)?;
    let (own, other) = ((own, &sent.ephemeral[1..]), (other, &sent.peer_ephemeral[1..]));
    let (a, b, first) = match sent.role {
        Role::Initiator => (own, other, 2),
        Role::Responder => (other, own, 3),
    };
    let hash = maker.provider.hash()?;
    let inner = hash.digest(&[&[0; 32], &a.0, &b.0, a.1, b.1]);
    Ok(hash.digest(&[&[first], &[0; 32], inner.as_ref()]).as_ref().to_vec())
}

fn confirmations(file: &mut File, sent: &Sent) {
    let mut bad = |flag: &str, comment: &str, change: &dyn Fn(&mut Sent)| {
        let mut sent = sent.clone();
        change(&mut sent);
        put(file, flag, comment, "invalid", &sent);
    };
    bad("WrongConfirmation", "a bit", &|sent| sent.peer_confirmation[31] ^= 1);
    bad("WrongConfirmation", "our own", &|sent| {
        sent.peer_confirmation.clone_from(&sent.confirmation);
    });
    bad("WrongConfirmation", "zeros", &|sent| sent.peer_confirmation.fill(0));
    bad("WrongConfirmation", "none", &|sent| sent.peer_confirmation.clear());
    bad("WrongConfirmation", "31 bytes", &|sent| sent.peer_confirmation.truncate(31));
    bad("WrongConfirmation", "33 bytes", &|sent| sent.peer_confirmation.push(0));
    bad("WrongIdentity", "another identity", &|sent| sent.peer_id = b"another".to_vec());
    bad("WrongIdentity", "we have another identity", &|sent| sent.id = b"another".to_vec());
}

/// What the other sends in place of its ephemeral point.
fn points(file: &mut File, sent: &Sent) {
    let good = sent.peer_ephemeral.clone();
    let (x, y) = good[1..].split_at(32);
    let (p, odd) = (number(P), y[31] & 1);
    let array = |bytes: &[u8]| -> [u8; 32] { bytes.try_into().unwrap_or([0; 32]) };
    let mut with = |flag: &str, comment: &str, result: &str, point: Vec<u8>| {
        put(file, flag, comment, result, &Sent { peer_ephemeral: point, ..sent.clone() });
    };
    with("InvalidPoint", "y off by one bit", "invalid", [&good[..64], &[y[31] ^ 1]].concat());
    with("InvalidPoint", "(0, 0)", "invalid", [&[4][..], &[0; 64]].concat());
    with("InvalidPoint", "infinity", "invalid", vec![0]);
    with("InvalidRange", "x is p", "invalid", [&[4], &p[..], y].concat());
    with("InvalidRange", "y is 2^256 - 1", "invalid", [&[4], x, &[0xff; 32]].concat());
    with("InvalidEncoding", "x + p", "invalid", [&[4], &add(&array(x), &p)[..], y].concat());
    with("Compressed", "the same point", "acceptable", [&[2 + odd], x].concat());
    with("InvalidEncoding", "mixed", "invalid", [&[6 + odd], x, y].concat());
    with("InvalidEncoding", "without 04", "invalid", good[1..].to_vec());
    with("InvalidEncoding", "a byte behind", "invalid", [&good[..], &[0]].concat());
    with("InvalidEncoding", "no bytes", "invalid", Vec::new());
    // Another point: what was confirmed was about the first.
    let negated = sub(&p, &array(y));
    with("WrongConfirmation", "the negated point", "invalid", [&[4], x, &negated[..]].concat());
}

/// a·b modulo the order.
fn times(a: &[u8; 32], b: &[u8; 32]) -> [u8; 32] {
    let mut sum = [0; 32];
    for bit in 0..256 {
        sum = plus(&sum, &sum);
        if a[bit / 8] & (0x80 >> (bit % 8)) != 0 {
            sum = plus(&sum, b);
        }
    }
    sum
}

/// a + b modulo the order, both smaller than it.
fn plus(a: &[u8; 32], b: &[u8; 32]) -> [u8; 32] {
    let rest = sub(&number(N), b);
    // a + b ≥ n where a ≥ n − b.
    if *a >= rest { sub(a, &rest) } else { add(a, b)[1..].try_into().unwrap_or([0; 32]) }
}
