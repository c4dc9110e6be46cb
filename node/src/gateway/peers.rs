// SPDX-License-Identifier: Apache-2.0
//! The peers that can be asked: this one, those that the process was told, and the anchor peers of
//! the channel; of each organisation those first that are furthest.

use super::heights::Heights;
use super::{Dials, Endorses};
use crate::services::protos::endorser_client::EndorserClient;
use crate::tls::roots_of;
use channel::Channel as Configuration;
use proto::gateway::ErrorDetail;
use proto::protos::{ProposalResponse, SignedProposal};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};
use tonic::transport::Channel;
use tonic::{Code, Request, Status};

/// A peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Peer {
    pub(super) msp_id: String,
    pub(super) address: String,
}

impl Peer {
    /// What it said, for the client.
    pub(super) fn detail(&self, message: impl Into<String>) -> ErrorDetail {
        ErrorDetail {
            address: self.address.clone(),
            msp_id: self.msp_id.clone(),
            message: message.into(),
        }
    }
}

/// Why a peer gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoAnswer {
    /// It does not look at the proposal.
    Denied(String),
    /// It cannot be reached, or is busy: another one may do better.
    Unreachable(String),
    /// The time is over.
    Late,
}

impl NoAnswer {
    pub(super) fn words(&self) -> String {
        match self {
            Self::Denied(why) | Self::Unreachable(why) => why.clone(),
            Self::Late => "timeout expired".to_owned(),
        }
    }
}

/// Peers, by organisation.
pub(super) struct Peers {
    /// This one.
    pub(super) here: Peer,
    pub(super) executor: Arc<dyn Endorses>,
    /// Addresses that the process was told, by MSP.
    pub(super) listed: BTreeMap<String, Vec<String>>,
    pub(super) connections: Arc<Connections>,
    pub(super) heights: Arc<Heights>,
}

impl Peers {
    /// Those of organisations that are in the channel, in the order in which they are asked, when
    /// this peer is so far.
    pub(super) fn ranked<'a>(
        &self,
        config: &Configuration,
        msp_ids: impl IntoIterator<Item = &'a String>,
        height: u64,
    ) -> Vec<Peer> {
        self.look(config);
        let mut peers: Vec<Peer> = msp_ids.into_iter().flat_map(|id| self.of(config, id)).collect();
        self.heights.rank(config.id(), (&self.here, height), &mut peers);
        peers
    }

    /// Sees to it that it is known how far others are.
    fn look(&self, config: &Configuration) {
        self.heights.look(config.id(), &self.connections, || {
            let all = self.organizations(config).into_iter().flat_map(|id| self.of(config, &id));
            let others = all.filter(|peer| *peer != self.here);
            let reached = others.map(|peer| Ok((member_roots(config, &peer.msp_id)?, peer)));
            let reached = reached.filter_map(|one: Result<_, String>| one.ok());
            reached.map(|(roots, peer)| (peer, roots)).collect()
        });
    }

    /// Those of an organisation that is in the channel: this one, those that were listed, anchors.
    fn of(&self, config: &Configuration, msp_id: &str) -> Vec<Peer> {
        let mut organizations = config.application().organizations().values();
        let Some(organization) = organizations.find(|one| one.msp_id() == msp_id) else {
            return Vec::new();
        };
        let anchors =
            organization.anchor_peers().iter().map(|(host, port)| format!("{host}:{port}"));
        let listed = self.listed.get(msp_id).into_iter().flatten().cloned();
        let own = (self.here.msp_id == msp_id).then(|| self.here.address.clone());
        let mut peers: Vec<Peer> = Vec::new();
        for address in own.into_iter().chain(listed).chain(anchors) {
            let peer = Peer { msp_id: msp_id.to_owned(), address };
            if !peers.contains(&peer) {
                peers.push(peer);
            }
        }
        peers
    }

    /// The MSPs of the channel's members: that of this peer first.
    pub(super) fn organizations(&self, config: &Configuration) -> Vec<String> {
        let members = config.application().organizations().values();
        let mut ids: Vec<String> = members.map(|one| one.msp_id().to_owned()).collect();
        ids.sort_by_key(|id| (*id != self.here.msp_id, id.clone()));
        ids
    }

    /// Has a peer look at a proposal, and waits until then.
    pub(super) async fn ask(
        &self,
        config: &Configuration,
        peer: &Peer,
        signed: SignedProposal,
        until: Instant,
    ) -> Result<ProposalResponse, NoAnswer> {
        if *peer == self.here {
            let answer = timeout_at(until, self.executor.process(signed)).await;
            return match answer {
                Ok(answer) => answer.map_err(|denied| NoAnswer::Denied(denied.to_string())),
                Err(_) => Err(NoAnswer::Late),
            };
        }
        let answer = timeout_at(until, self.ask_other(config, peer, signed, until)).await;
        answer.unwrap_or(Err(NoAnswer::Late))
    }

    /// The connection with another peer; why there is none.
    pub(super) async fn connect(
        &self,
        config: &Configuration,
        peer: &Peer,
    ) -> Result<Channel, String> {
        let roots = member_roots(config, &peer.msp_id)?;
        self.connections.get(&peer.address, &roots).await
    }

    async fn ask_other(
        &self,
        config: &Configuration,
        peer: &Peer,
        signed: SignedProposal,
        until: Instant,
    ) -> Result<ProposalResponse, NoAnswer> {
        let connection = self.connect(config, peer).await.map_err(NoAnswer::Unreachable)?;
        let mut client = EndorserClient::new(connection)
            .max_decoding_message_size(super::MESSAGE)
            .max_encoding_message_size(super::MESSAGE);
        let mut request = Request::new(signed);
        request.set_timeout(until.saturating_duration_since(Instant::now()));
        match client.process_proposal(request).await {
            Ok(answer) => Ok(answer.into_inner()),
            Err(status) => {
                let why = no_answer(&status);
                if matches!(why, NoAnswer::Unreachable(_)) {
                    self.connections.forget(&peer.address);
                }
                Err(why)
            }
        }
    }
}

/// Endorsers answer with `UNKNOWN` when they do not look at a proposal.
fn no_answer(status: &Status) -> NoAnswer {
    match status.code() {
        Code::Unknown
        | Code::InvalidArgument
        | Code::PermissionDenied
        | Code::Unauthenticated
        | Code::FailedPrecondition => NoAnswer::Denied(status.message().to_owned()),
        Code::DeadlineExceeded => NoAnswer::Late,
        code => NoAnswer::Unreachable(format!("{code:?}: {}", status.message())),
    }
}

/// The roots of the TLS certificates of a member, DER.
fn member_roots(config: &Configuration, msp_id: &str) -> Result<Vec<Vec<u8>>, String> {
    let mut organizations = config.application().organizations().values();
    let organization = organizations.find(|one| one.msp_id() == msp_id);
    let organization = organization.ok_or_else(|| format!("{msp_id} is not in the channel"))?;
    roots_of(organization.definition())
}

/// By address and roots.
type Open = BTreeMap<(String, Vec<Vec<u8>>), Channel>;

/// Connections, each kept until it fails. Another set of roots is another connection.
pub(super) struct Connections {
    dials: Arc<dyn Dials>,
    wait: Duration,
    open: Mutex<Open>,
}

impl Connections {
    /// Each may take so long to be made.
    pub(super) fn new(dials: Arc<dyn Dials>, wait: Duration) -> Self {
        Self { dials, wait, open: Mutex::default() }
    }

    pub(super) async fn get(&self, address: &str, roots: &[Vec<u8>]) -> Result<Channel, String> {
        let key = (address.to_owned(), roots.to_vec());
        if let Some(channel) = self.lock().get(&key) {
            return Ok(channel.clone());
        }
        let dialled = timeout(self.wait, self.dials.dial(address, key.1.clone())).await;
        let channel = dialled.map_err(|_| format!("{address}: no connection in time"))??;
        // Of two that were made at once, the last is kept.
        self.lock().insert(key, channel.clone());
        Ok(channel)
    }

    pub(super) fn forget(&self, address: &str) {
        self.lock().retain(|(known, _), _| known != address);
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
