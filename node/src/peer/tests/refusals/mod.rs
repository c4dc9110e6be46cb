// SPDX-License-Identifier: Apache-2.0
//! The negative set: what the network refuses, as real bytes over the real services. Each line of the tables is
//! something that is not right, with the answer of everybody who sees it.
//!
//! ```text
//! proposals     Endorser/ProcessProposal, Gateway/Endorse, Gateway/Evaluate
//! requests      Gateway/CommitStatus, Gateway/ChaincodeEvents, Deliver
//! envelopes     AtomicBroadcast/Broadcast, Gateway/Submit
//! transactions  what is ordered and does not count: the code in the block
//! lies          blocks that no honest orderer makes
//! ```

mod envelopes;
mod lies;
mod proposals;
mod raw;
mod requests;
mod sign;
mod transactions;
mod world;

use bccsp::Suite;
use tonic::Status;
use world::World;

/// Whether that is what a line of a table says, where `…` stands for anything.
#[track_caller]
fn check_text(case: &str, found: &str, wanted: &str) {
    let mut rest = Some(found);
    for (at, piece) in wanted.split('…').enumerate() {
        rest = rest.and_then(|text| match at {
            0 => text.strip_prefix(piece),
            _ => text.find(piece).and_then(|place| text.get(place + piece.len()..)),
        });
    }
    let is_all = |rest: &str| rest.is_empty() || wanted.ends_with('…');
    assert!(rest.is_some_and(is_all), "{case}: {found}");
    assert!(!found.contains(char::is_control), "{case}: {found:?}");
}

/// What peers and orderers have said, as a client finds it beside the status.
fn details(status: &Status) -> Vec<String> {
    let details = crate::gateway::tests::details(status).into_iter();
    details.map(|detail| detail.message).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn proposals_in_either_family() {
    for suite in Suite::ALL {
        proposals::check(&World::new(suite).await).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_in_either_family() {
    for suite in Suite::ALL {
        requests::check(&World::new(suite).await).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn envelopes_in_either_family() {
    for suite in Suite::ALL {
        envelopes::check(&World::new(suite).await).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_in_either_family() {
    for suite in Suite::ALL {
        transactions::check(&World::new(suite).await).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lies_in_either_family() {
    for suite in Suite::ALL {
        lies::check(suite).await;
    }
}
