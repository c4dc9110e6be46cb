// SPDX-License-Identifier: Apache-2.0
//! What a peer counts.

use super::super::{Counter, Family, Gauge, Histogram, Registry};
use std::sync::Arc;

/// Blocks that a peer commits.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// `ledger_blockchain_height`. By `channel`.
    pub height: Arc<Family<Gauge>>,
    /// `ledger_block_processing_time`. By `channel`.
    pub processing: Arc<Family<Histogram>>,
    /// `ledger_blockstorage_and_pvtdata_commit_time`. By `channel`.
    pub block_commit: Arc<Family<Histogram>>,
    /// `ledger_statedb_commit_time`. By `channel`.
    pub state_commit: Arc<Family<Histogram>>,
    /// `ledger_transaction_count`. By `channel`, `transaction_type`, `chaincode`, `validation_code`.
    pub transactions: Arc<Family<Counter>>,
}

impl Ledger {
    /// All of them, in `registry`.
    #[must_use]
    pub fn new(registry: &Registry) -> Self {
        Self {
            height: registry.gauge(
                "ledger_blockchain_height",
                "Height of the chain in blocks.",
                &["channel"],
            ),
            processing: registry.histogram(
                "ledger_block_processing_time",
                "Time taken in seconds for ledger block processing.",
                &["channel"],
            ),
            block_commit: registry.histogram(
                "ledger_blockstorage_and_pvtdata_commit_time",
                "Time taken in seconds for committing the block and private data to storage.",
                &["channel"],
            ),
            state_commit: registry.histogram(
                "ledger_statedb_commit_time",
                "Time taken in seconds for committing block changes to state db.",
                &["channel"],
            ),
            transactions: registry.counter(
                "ledger_transaction_count",
                "Number of transactions processed.",
                &["channel", "transaction_type", "chaincode", "validation_code"],
            ),
        }
    }
}

/// Proposals that a peer endorses.
#[derive(Clone, Debug)]
pub struct Endorser {
    /// `endorser_proposals_received`.
    pub received: Arc<Counter>,
    /// `endorser_successful_proposals`.
    pub successful: Arc<Counter>,
    /// `endorser_proposal_validation_failures`.
    pub invalid: Arc<Counter>,
    /// `endorser_proposal_duration`. By `channel`, `chaincode`, `success`.
    pub duration: Arc<Family<Histogram>>,
    /// `endorser_proposal_acl_failures`. By `channel`, `chaincode`.
    pub denied: Arc<Family<Counter>>,
    /// `endorser_duplicate_transaction_failures`. By `channel`, `chaincode`.
    pub duplicate: Arc<Family<Counter>>,
    /// `endorser_proposal_simulation_failures`. By `channel`, `chaincode`.
    pub simulation_failures: Arc<Family<Counter>>,
    /// `endorser_endorsement_failures`. By `channel`, `chaincode`, `chaincodeerror`.
    pub endorsement_failures: Arc<Family<Counter>>,
}

impl Endorser {
    /// All of them, in `registry`.
    #[must_use]
    pub fn new(registry: &Registry) -> Self {
        Self {
            received: registry
                .counter("endorser_proposals_received", "The number of proposals received.", &[])
                .with(&[]),
            successful: registry
                .counter(
                    "endorser_successful_proposals",
                    "The number of successful proposals.",
                    &[],
                )
                .with(&[]),
            invalid: registry
                .counter(
                    "endorser_proposal_validation_failures",
                    "The number of proposals that have failed initial validation.",
                    &[],
                )
                .with(&[]),
            duration: registry.histogram(
                "endorser_proposal_duration",
                "The time to complete a proposal.",
                &["channel", "chaincode", "success"],
            ),
            denied: registry.counter(
                "endorser_proposal_acl_failures",
                "The number of proposals that failed ACL checks.",
                &["channel", "chaincode"],
            ),
            duplicate: registry.counter(
                "endorser_duplicate_transaction_failures",
                "The number of failed proposals due to duplicate transaction ID.",
                &["channel", "chaincode"],
            ),
            simulation_failures: registry.counter(
                "endorser_proposal_simulation_failures",
                "The number of failed proposal simulations",
                &["channel", "chaincode"],
            ),
            endorsement_failures: registry.counter(
                "endorser_endorsement_failures",
                "The number of failed endorsements.",
                &["channel", "chaincode", "chaincodeerror"],
            ),
        }
    }
}

/// Chaincodes that a peer speaks with. `type` is the message type's name.
#[derive(Clone, Debug)]
pub struct Chaincode {
    /// `chaincode_launch_duration`. By `chaincode`, `success`.
    pub launch: Arc<Family<Histogram>>,
    /// `chaincode_launch_failures`. By `chaincode`.
    pub launch_failures: Arc<Family<Counter>>,
    /// `chaincode_launch_timeouts`. By `chaincode`.
    pub launch_timeouts: Arc<Family<Counter>>,
    /// `chaincode_execute_timeouts`. By `chaincode`.
    pub execute_timeouts: Arc<Family<Counter>>,
    /// `chaincode_shim_requests_received`. By `type`, `channel`, `chaincode`.
    pub requests_received: Arc<Family<Counter>>,
    /// `chaincode_shim_requests_completed`. By `type`, `channel`, `chaincode`, `success`.
    pub requests_completed: Arc<Family<Counter>>,
    /// `chaincode_shim_request_duration`. By `type`, `channel`, `chaincode`, `success`.
    pub request_duration: Arc<Family<Histogram>>,
}

impl Chaincode {
    /// All of them, in `registry`.
    #[must_use]
    pub fn new(registry: &Registry) -> Self {
        Self {
            launch: registry.histogram(
                "chaincode_launch_duration",
                "The time to launch a chaincode.",
                &["chaincode", "success"],
            ),
            launch_failures: registry.counter(
                "chaincode_launch_failures",
                "The number of chaincode launches that have failed.",
                &["chaincode"],
            ),
            launch_timeouts: registry.counter(
                "chaincode_launch_timeouts",
                "The number of chaincode launches that have timed out.",
                &["chaincode"],
            ),
            execute_timeouts: registry.counter(
                "chaincode_execute_timeouts",
                "The number of chaincode executions (Init or Invoke) that have timed out.",
                &["chaincode"],
            ),
            requests_received: registry.counter(
                "chaincode_shim_requests_received",
                "The number of chaincode shim requests received.",
                &["type", "channel", "chaincode"],
            ),
            requests_completed: registry.counter(
                "chaincode_shim_requests_completed",
                "The number of chaincode shim requests completed.",
                &["type", "channel", "chaincode", "success"],
            ),
            request_duration: registry.histogram(
                "chaincode_shim_request_duration",
                "The time to complete chaincode shim requests.",
                &["type", "channel", "chaincode", "success"],
            ),
        }
    }
}
