// SPDX-License-Identifier: Apache-2.0
//! The nodes that agree, known by the keys of their TLS certificates, and how their number may
//! change.
//!
//! That at most one comes or goes by its address is `channel`'s rule; here it is by key.

use channel::Channel;
use consensus::Member;
use pki::Certificate;
use proto::Bytes;

/// The nodes that agree, as a configuration lists them, in its order.
#[must_use]
pub fn members(channel: &Channel) -> Vec<Member> {
    let consenters = channel.orderer().consenters().iter();
    // Reading the configuration has seen that these are certificates.
    let member = |consenter: &channel::Consenter| {
        let key = member_key(&consenter.server_tls_cert)?;
        Some(Member { host: consenter.host.clone(), port: consenter.port, key })
    };
    consenters.filter_map(member).collect()
}

/// What a node is known by: the `SubjectPublicKeyInfo` (DER) in its TLS certificate as a server,
/// PEM or DER; `None` for other bytes.
#[must_use]
pub fn member_key(certificate: &[u8]) -> Option<Bytes> {
    let certificate = Certificate::from_pem_or_der(certificate).ok()?;
    Some(Bytes::copy_from_slice(certificate.public_key_info().as_der()))
}

/// Whether those who agree may become others by one update.
///
/// # Errors
/// Why not, and what to do instead.
pub(crate) fn check(old: &Channel, new: &Channel) -> Result<(), String> {
    let (old, new) = (members(old), members(new));
    for (at, one) in new.iter().enumerate() {
        if let Some(other) = new.iter().take(at).find(|other| other.key == one.key) {
            let (one, other) = (shown(one), shown(other));
            return Err(format!(
                "consenters {other} and {one} have the same TLS key, and would be one node: give \
                 each its own"
            ));
        }
    }
    let (added, removed) = (beyond(&new, &old), beyond(&old, &new));
    match (&added[..], &removed[..]) {
        ([], _) | (_, []) => Ok(()),
        ([added, ..], _) => Err(format!(
            "the TLS certificate of consenter {} has another key, which makes it another node: \
             renew it with the key that it has, or remove the consenter by one update and add it \
             by the next",
            shown(added)
        )),
    }
}

fn beyond<'a>(these: &'a [Member], those: &[Member]) -> Vec<&'a Member> {
    these.iter().filter(|one| those.iter().all(|other| other.key != one.key)).collect()
}

fn shown(member: &Member) -> String {
    format!("{}:{}", member.host.escape_debug(), member.port)
}
