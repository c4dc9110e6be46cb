// SPDX-License-Identifier: Apache-2.0
//! What a peer counts, under Fabric's names: blocks that it commits, proposals that it tries out, and
//! what it says to chaincodes.
//!
//! Not here: calls of its services (`operations::metrics::Calls`), streams of blocks (`deliver`).

use crate::operations::metrics::{self, Registry, Stages, fabric};
use ::peer::endorse::Denied;
use ::peer::stream::Failure;
use ::peer::{Error, Kind, Outcome, PeerChannel, Registrar, Stage, Verified};
use block::Proposal;
use proto::protos::chaincode_message::Type;
use proto::protos::{ChaincodeMessage, ProposalResponse, Response, SignedProposal};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Everything that a peer counts. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Numbers {
    pub(crate) grpc: fabric::Grpc,
    /// Processor time by stage.
    pub(crate) stages: Stages,
    ledger: fabric::Ledger,
    endorser: fabric::Endorser,
    chaincode: fabric::Chaincode,
}

impl Numbers {
    /// Numbers that are shown in that registry.
    pub(crate) fn new(registry: &Registry) -> Self {
        Self {
            grpc: fabric::Grpc::new(registry),
            stages: Stages::new(registry),
            ledger: fabric::Ledger::new(registry),
            endorser: fabric::Endorser::new(registry),
            chaincode: fabric::Chaincode::new(registry),
        }
    }

    /// Shows the heights of channels whenever somebody reads them, also before the next block.
    pub(crate) fn show(&self, registry: &Registry, registrar: &Arc<Registrar>) {
        let (heights, registrar) = (Arc::clone(&self.ledger.height), Arc::downgrade(registrar));
        registry.on_read(move || {
            let Some(registrar) = registrar.upgrade() else { return };
            heights.clear();
            for channel in registrar.channels() {
                heights.with(&[channel.id()]).set(channel.height());
            }
        });
    }

    /// Commits a block, and counts what that took.
    ///
    /// # Errors
    /// As [`PeerChannel::commit`].
    pub(crate) fn commit(
        &self,
        channel: &PeerChannel,
        verified: Verified,
    ) -> Result<Outcome, Error> {
        let start = Instant::now();
        let (mut judged, mut stored) = (start, start);
        let mut told = |stage| match stage {
            Stage::Judged => judged = Instant::now(),
            Stage::Stored => stored = Instant::now(),
        };
        let commit = || channel.commit_telling(verified, &mut told);
        let outcome = self.stages.measure(metrics::Stage::Commit, commit)?;
        let (id, end) = (channel.id(), Instant::now());
        self.ledger.processing.with(&[id]).observe(end - start);
        self.ledger.block_commit.with(&[id]).observe(stored - judged);
        self.ledger.state_commit.with(&[id]).observe(end - stored);
        for (kind, code) in outcome.kinds.iter().zip(&outcome.codes) {
            let (kind, called) = match kind {
                Kind::Config => ("CONFIG", "unknown"),
                Kind::Call(called) => ("ENDORSER_TRANSACTION", called.as_str()),
                Kind::Unknown => ("unknown", "unknown"),
            };
            let labels = [id, kind, called, code.as_str_name()];
            self.ledger.transactions.with(&labels).increment();
        }
        Ok(outcome)
    }

    /// A proposal has come.
    pub(crate) fn proposed(&self, signed: &SignedProposal) -> Proposed {
        self.endorser.received.increment();
        let opened = Proposal::open(signed.proposal_bytes.clone()).ok();
        let chaincode = opened.as_ref().and_then(|proposal| proposal.chaincode().ok());
        let chaincode = chaincode.map(|id| id.name).unwrap_or_default();
        let channel = opened.map(|proposal| proposal.headers().channel_header().channel_id.clone());
        let channel = channel.unwrap_or_default();
        Proposed { numbers: self.clone(), channel, chaincode, start: Instant::now() }
    }

    /// A chaincode was dialled, and is ready or not.
    pub(crate) fn launched(&self, chaincode: &str, took: Duration, end: Launch) {
        let success = if end == Launch::Ready { "true" } else { "false" };
        self.chaincode.launch.with(&[chaincode, success]).observe(took);
        match end {
            Launch::Ready => {}
            Launch::Failed => self.chaincode.launch_failures.with(&[chaincode]).increment(),
            Launch::Late => self.chaincode.launch_timeouts.with(&[chaincode]).increment(),
        }
    }

    /// For one connection with a chaincode.
    pub(crate) fn shim(&self) -> Shim {
        Shim { numbers: self.chaincode.clone(), open: HashMap::new() }
    }
}

/// How dialling a chaincode ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Launch {
    Ready,
    Failed,
    Late,
}

/// A proposal in work.
#[derive(Debug)]
pub(crate) struct Proposed {
    numbers: Numbers,
    channel: String,
    chaincode: String,
    start: Instant,
}

impl Proposed {
    fn labels(&self) -> [&str; 2] {
        [&self.channel, &self.chaincode]
    }

    /// It was not looked at.
    pub(crate) fn denied(self, why: &Denied) {
        let endorser = &self.numbers.endorser;
        match why {
            Denied::Duplicate(_) => endorser.duplicate.with(&self.labels()).increment(),
            Denied::Policy { .. } => endorser.denied.with(&self.labels()).increment(),
            Denied::Failed(_) => {}
            _ => endorser.invalid.increment(),
        }
        self.end(false);
    }

    /// Its chaincode has come to nothing.
    pub(crate) fn not_simulated(&self, failure: &Failure) {
        let endorser = &self.numbers.endorser;
        endorser.simulation_failures.with(&self.labels()).increment();
        if matches!(failure, Failure::GivenUp(why) if why == EXPIRED) {
            let timeouts = &self.numbers.chaincode.execute_timeouts;
            timeouts.with(&[&self.chaincode]).increment();
        }
    }

    /// It was answered. `simulated` says whether its chaincode came to an end, if one was called.
    pub(crate) fn answered(self, answer: &ProposalResponse, simulated: bool) {
        let endorser = &self.numbers.endorser;
        let status = answer.response.as_ref().map_or(0, |response: &Response| response.status);
        let is_good = (200..400).contains(&status);
        if is_good {
            endorser.successful.increment();
        } else if simulated {
            let [channel, chaincode] = self.labels();
            endorser.endorsement_failures.with(&[channel, chaincode, "true"]).increment();
        }
        self.end(is_good);
    }

    fn end(self, is_good: bool) {
        let success = if is_good { "true" } else { "false" };
        let labels = [self.channel.as_str(), self.chaincode.as_str(), success];
        self.numbers.endorser.duration.with(&labels).observe(self.start.elapsed());
    }
}

/// How the executor says that time is over.
pub(crate) const EXPIRED: &str = "timeout expired while executing transaction";

/// Requests of one chaincode, each open until it is answered.
#[derive(Debug)]
pub(crate) struct Shim {
    numbers: fabric::Chaincode,
    /// By channel and transaction, of which each has one open at a time.
    open: HashMap<(String, String), (&'static str, Instant)>,
}

impl Shim {
    /// A message of the chaincode.
    pub(crate) fn received(&mut self, chaincode: &str, message: &ChaincodeMessage) {
        let Some(name) = request(message.r#type()) else {
            // Its last word: what it had asked for it does not wait for.
            if matches!(message.r#type(), Type::Completed | Type::Error) {
                self.open.remove(&key(message));
            }
            return;
        };
        let labels = [name, message.channel_id.as_str(), chaincode];
        self.numbers.requests_received.with(&labels).increment();
        if self.open.len() < MOST {
            self.open.insert(key(message), (name, Instant::now()));
        }
    }

    /// A message of the peer.
    pub(crate) fn sent(&mut self, chaincode: &str, message: &ChaincodeMessage) {
        let success = match message.r#type() {
            Type::Response => "true",
            Type::Error => "false",
            _ => return,
        };
        let Some((name, start)) = self.open.remove(&key(message)) else { return };
        let labels = [name, message.channel_id.as_str(), chaincode, success];
        self.numbers.requests_completed.with(&labels).increment();
        self.numbers.request_duration.with(&labels).observe(start.elapsed());
    }
}

fn key(message: &ChaincodeMessage) -> (String, String) {
    (message.channel_id.clone(), message.txid.clone())
}

/// The name of a request of a chaincode; `None` for what is none.
fn request(of: Type) -> Option<&'static str> {
    let is_request = matches!(
        of,
        Type::GetState
            | Type::PutState
            | Type::DelState
            | Type::InvokeChaincode
            | Type::GetStateByRange
            | Type::GetQueryResult
            | Type::QueryStateNext
            | Type::QueryStateClose
            | Type::GetHistoryForKey
            | Type::GetStateMetadata
            | Type::PutStateMetadata
            | Type::GetPrivateDataHash
            | Type::PurgePrivateData
            | Type::WriteBatchState
            | Type::GetStateMultiple
    );
    is_request.then(|| of.as_str_name())
}

/// Open requests of one chaincode that are timed, at most.
const MOST: usize = 10_000;
