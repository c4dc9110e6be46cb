// SPDX-License-Identifier: Apache-2.0
//! Endorsement: one peer tries a proposal out, which tells whose endorsements are needed; the others
//! are asked at once, and all must come to the same result.
//!
//! Peers of one organisation stand in for each other, those first that are furthest. When an organisation gives no endorsement,
//! another combination that meets the policies is tried. Peers that disagree because they are not
//! equally far are all asked again when they are.
//!
//! Not here: which combinations do (`peer`).

use super::evaluate::{chaincode_response, share};
use super::failure::Failure;
use super::needs::{self, Needs};
use super::peers::{NoAnswer, Peer, Peers};
use super::request::Asked;
use crate::client::{Again, Caller, Disagreeing, EndorserClient};
use futures_util::future::join_all;
use peer::View;
use peer::assemble::{CannotMeet, check_endorsed, prepare};
use proto::Bytes;
use proto::common::Envelope;
use proto::gateway::ErrorDetail;
use proto::protos::{ChaincodeInterest, ProposalResponse};
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};
use tonic::Code;

/// A proposal on its way.
pub(super) struct Endorsing<'a> {
    pub(super) peers: &'a Peers,
    pub(super) view: &'a View,
    pub(super) asked: &'a Asked,
    pub(super) until: Instant,
    /// This peer, where it asks others how far they are, and how far it is itself.
    pub(super) caller: &'a Caller,
    pub(super) heights: watch::Receiver<u64>,
    pub(super) found: Mutex<Found>,
}

/// What came of it so far.
#[derive(Default)]
pub(super) struct Found {
    /// With the MSP of the peer.
    endorsed: Vec<(String, ProposalResponse)>,
    /// Addresses of those that were asked.
    tried: BTreeSet<String>,
    /// Those that endorsed, and those that refused or came to another result.
    agreed: Vec<Peer>,
    refused: Vec<Peer>,
    details: Vec<ErrorDetail>,
    /// Whether all that went wrong is that the proposal was not looked at.
    only_denied: Option<bool>,
}

impl Endorsing<'_> {
    /// Has it endorsed by one peer of each of these organisations; by those whom the policies ask for
    /// when there are none. The transaction, for its creator to sign.
    pub(super) async fn run(&self, organizations: &[String]) -> Result<Envelope, Failure> {
        let mut again = Again::default();
        loop {
            match self.once(organizations).await {
                Ok(envelope) => return Ok(envelope),
                Err(failure) if !self.is_worth(&mut again).await => return Err(failure),
                Err(_) => drop(std::mem::take(&mut *self.lock())),
            }
        }
    }

    /// Whether peers that disagree are to be asked again, and are equally far now.
    async fn is_worth(&self, again: &mut Again) -> bool {
        let answered = {
            let found = self.lock();
            if found.agreed.is_empty() || found.refused.is_empty() {
                return false;
            }
            [&found.agreed[..], &found.refused[..]].concat()
        };
        let is_here = answered.contains(&self.peers.here);
        let others = answered.iter().filter(|peer| **peer != self.peers.here);
        let worth = async {
            let mut peers = Vec::new();
            for peer in others {
                let Ok(connection) = self.peers.connect(self.view.config(), peer).await else {
                    return false;
                };
                peers.push(EndorserClient::new(&peer.address, connection));
            }
            let here = is_here.then(|| self.heights.clone());
            let (caller, channel, peers) = (self.caller, self.view.id(), &peers);
            again.is_worth(Disagreeing { caller, channel, peers, here }).await
        };
        timeout_at(self.until, worth).await.unwrap_or(false)
    }

    async fn once(&self, organizations: &[String]) -> Result<Envelope, Failure> {
        if organizations.is_empty() {
            let interest = self.first().await?;
            let mut needs = self.choose(&interest).await?;
            while !self.collect(&needs).await? {
                needs = self.choose(&interest).await.map_err(|_| self.not_enough())?;
            }
        } else {
            let needs = self.exactly(organizations)?;
            if !self.collect(&needs).await? {
                return Err(self.not_enough());
            }
        }
        let endorsed = std::mem::take(&mut self.lock().endorsed);
        let responses: Vec<_> = endorsed.into_iter().map(|(_, response)| response).collect();
        Ok(prepare(&self.asked.signed, &responses)?)
    }

    /// One of each.
    fn exactly(&self, organizations: &[String]) -> Result<Needs, Failure> {
        for msp_id in organizations {
            if self.peers_of(msp_id).is_empty() {
                let why = format!("no peers of {msp_id} are known in channel {}", self.view.id());
                return Err(Failure::new(Code::FailedPrecondition, why));
            }
        }
        Ok(organizations.iter().map(|msp_id| (msp_id.clone(), 1)).collect())
    }

    /// The first endorsement, which tells what is needed beside it.
    async fn first(&self) -> Result<ChaincodeInterest, Failure> {
        needs::check_defined(self.view, &self.asked.chaincode).await?;
        let mut organizations = self.peers.organizations(self.view.config());
        if self.asked.has_transient {
            organizations.retain(|msp_id| *msp_id == self.peers.here.msp_id);
        }
        for msp_id in &organizations {
            while let Some((peer, share)) = self.next(msp_id) {
                match self.peers.ask(self.view.config(), &peer, self.signed(), share).await {
                    Ok(response) => {
                        let interest = response.interest.clone().unwrap_or_default();
                        self.endorsed_first(&peer, response)?;
                        return Ok(interest);
                    }
                    Err(NoAnswer::Denied(why)) => {
                        let details = vec![peer.detail(why.clone())];
                        return Err(Failure::new(Code::FailedPrecondition, why).with(details));
                    }
                    Err(why) => self.failed(&peer, why.words(), false),
                }
                self.check_time()?;
            }
        }
        if self.lock().tried.is_empty() {
            let why = format!("no peers are known that endorse in channel {}", self.view.id());
            return Err(Failure::new(Code::FailedPrecondition, why));
        }
        Err(self.not_enough())
    }

    fn endorsed_first(&self, peer: &Peer, response: ProposalResponse) -> Result<(), Failure> {
        if let Some(words) = refusal(&response) {
            let why = "failed to endorse transaction, see attached details for more info";
            return Err(Failure::new(Code::Aborted, why).with(vec![peer.detail(words)]));
        }
        self.lock().endorse(peer, response);
        Ok(())
    }

    /// What is to be had, given who has failed.
    async fn choose(&self, interest: &ChaincodeInterest) -> Result<Needs, Failure> {
        let chosen = needs::choose(needs::Question {
            view: self.view.clone(),
            interest: needs::complete(interest, self.asked),
            available: self.available(),
            prefer: self.peers.here.msp_id.clone(),
        });
        chosen
            .await
            .map_err(|error: CannotMeet| Failure::new(Code::FailedPrecondition, error.to_string()))
    }

    /// Endorsements that there are, and peers that may give some.
    fn available(&self) -> Needs {
        let mut organizations = self.peers.organizations(self.view.config());
        if self.asked.has_transient {
            organizations.retain(|msp_id| *msp_id == self.peers.here.msp_id);
        }
        let found = self.lock();
        let count = |msp_id: String| {
            let peers = self.peers_of(&msp_id);
            let untried = peers.iter().filter(|peer| !found.tried.contains(&peer.address)).count();
            let all = untried.saturating_add(found.have(&msp_id));
            (msp_id, all)
        };
        organizations.into_iter().map(count).filter(|(_, count)| *count > 0).collect()
    }

    /// Asks for what is missing, all at once; whether everything is there then.
    async fn collect(&self, needs: &Needs) -> Result<bool, Failure> {
        let missing = self.missing(needs);
        let workers = missing.iter().flat_map(|(msp_id, count)| {
            std::iter::repeat_with(move || self.one_of(msp_id)).take(*count)
        });
        join_all(workers).await;
        let is_complete = self.missing(needs).is_empty();
        if !is_complete {
            self.check_time()?;
        }
        Ok(is_complete)
    }

    fn missing(&self, needs: &Needs) -> Needs {
        let found = self.lock();
        let missing =
            |(id, count): (&String, &usize)| (id.clone(), count.saturating_sub(found.have(id)));
        needs.iter().map(missing).filter(|(_, count)| *count > 0).collect()
    }

    /// One endorsement more of an organisation, if one of its peers gives it.
    async fn one_of(&self, msp_id: &String) {
        while let Some((peer, share)) = self.next(msp_id) {
            match self.peers.ask(self.view.config(), &peer, self.signed(), share).await {
                Ok(response) => {
                    if self.take(&peer, response) {
                        return;
                    }
                }
                Err(NoAnswer::Denied(why)) => self.failed(&peer, why, true),
                Err(why) => self.failed(&peer, why.words(), false),
            }
        }
    }

    /// Keeps an endorsement that says what the others say.
    fn take(&self, peer: &Peer, response: ProposalResponse) -> bool {
        if let Some(words) = refusal(&response) {
            self.lock().refused.push(peer.clone());
            self.failed(peer, words, false);
            return false;
        }
        let mut found = self.lock();
        let agreed: Option<Bytes> = found.endorsed.first().map(|(_, first)| first.payload.clone());
        if agreed.is_some_and(|agreed| agreed != response.payload) {
            found.refused.push(peer.clone());
            drop(found);
            self.failed(peer, "ProposalResponsePayloads do not match".to_owned(), false);
            return false;
        }
        found.endorse(peer, response);
        true
    }

    /// The next peer of an organisation, and until when it is waited for.
    fn next(&self, msp_id: &String) -> Option<(Peer, Instant)> {
        if Instant::now() >= self.until {
            return None;
        }
        let mut found = self.lock();
        let peers = self.peers_of(msp_id);
        let mut untried = peers.into_iter().filter(|peer| !found.tried.contains(&peer.address));
        let peer = untried.next()?;
        let has_others = untried.next().is_some();
        found.tried.insert(peer.address.clone());
        Some((peer, share(self.until, has_others)))
    }

    /// Those that run the chaincode, as far as is known.
    fn peers_of(&self, msp_id: &String) -> Vec<Peer> {
        let (msp_id, height) = (std::iter::once(msp_id), *self.heights.borrow());
        let mut peers = self.peers.ranked(self.view.config(), msp_id, height);
        if !self.peers.executor.runs(&self.asked.channel, &self.asked.chaincode) {
            peers.retain(|peer| *peer != self.peers.here);
        }
        peers
    }

    fn failed(&self, peer: &Peer, words: String, was_denied: bool) {
        tracing::debug!(address = peer.address, msp_id = peer.msp_id, words, "no endorsement");
        let mut found = self.lock();
        found.details.push(peer.detail(words));
        found.only_denied = Some(found.only_denied.unwrap_or(true) && was_denied);
    }

    fn check_time(&self) -> Result<(), Failure> {
        if Instant::now() < self.until {
            return Ok(());
        }
        let why = "endorsement timeout expired while collecting endorsements";
        let details = self.lock().details.clone();
        Err(Failure::new(Code::DeadlineExceeded, why).with(details))
    }

    fn not_enough(&self) -> Failure {
        let found = self.lock();
        // Whom nobody endorses is told why by every peer alike.
        let is_denied = found.endorsed.is_empty() && found.only_denied == Some(true);
        let code = if is_denied { Code::FailedPrecondition } else { Code::Aborted };
        let why = "failed to collect enough transaction endorsements, see attached details for more \
                   info";
        Failure::new(code, why).with(found.details.clone())
    }

    fn signed(&self) -> proto::protos::SignedProposal {
        self.asked.signed.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Found {
    fn endorse(&mut self, peer: &Peer, response: ProposalResponse) {
        self.agreed.push(peer.clone());
        self.endorsed.push((peer.msp_id.clone(), response));
    }

    fn have(&self, msp_id: &str) -> usize {
        self.endorsed.iter().filter(|(id, _)| id == msp_id).count()
    }
}

/// Why a response is no endorsement.
fn refusal(response: &ProposalResponse) -> Option<String> {
    let error = check_endorsed(0, response).err()?;
    Some(match (&error, &response.response) {
        (peer::assemble::NotPrepared::Refused { .. }, Some(inner)) => {
            chaincode_response(inner.status, &inner.message)
        }
        _ => error.to_string(),
    })
}
