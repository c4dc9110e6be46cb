// SPDX-License-Identifier: Apache-2.0
//! What fuzz targets and tests see of the bytes between consenters.

use super::elements::{Stored, log_id};
use super::messages::{Ballot, Message, Reach, Reply, Request, Snapshot};
use super::types::{Entry, Membership, Peer, Vote};
use crate::{Answer, Batch, Member, Refusal};
use openraft::EntryPayload;
use proto::Bytes;
use std::collections::{BTreeMap, BTreeSet};

/// Reads a request of another consenter and writes it again: what can be read has one form only.
///
/// # Errors
/// Why it is none, in words.
pub fn request(bytes: &Bytes) -> Result<Bytes, String> {
    let message = Message::decode(bytes).map_err(|error| error.to_string())?;
    Ok(message.encode())
}

/// The same with an answer of another consenter.
///
/// # Errors
/// Why it is none, in words.
pub fn reply(bytes: &Bytes) -> Result<Bytes, String> {
    let reply = Reply::decode(bytes).map_err(|error| error.to_string())?;
    Ok(reply.encode())
}

/// Requests and answers, at least one of each kind, by name.
#[must_use]
pub fn samples() -> Vec<(String, Bytes)> {
    let requests = requests().into_iter().map(|request| Message { from: 1, to: 2, request });
    let requests = requests.enumerate().map(|(n, one)| (format!("request-{n}"), one.encode()));
    let replies = replies().into_iter().enumerate();
    requests.chain(replies.map(|(n, one)| (format!("reply-{n}"), one.encode()))).collect()
}

fn membership() -> Membership {
    let member = |id: u64| Member {
        host: format!("orderer{id}"),
        port: 7050,
        key: Bytes::copy_from_slice(&id.to_be_bytes()),
    };
    let nodes: BTreeMap<_, _> = (1..=4).map(|id| (id, Peer::from(member(id)))).collect();
    Membership::new(vec![BTreeSet::from([1, 2]), BTreeSet::from([1, 2, 3])], nodes)
        .unwrap_or_default()
}

/// A request of each kind, and some of them in two forms.
pub(crate) fn requests() -> Vec<Request> {
    let (vote, last) = (Vote::new_committed(3, 1), Some(log_id(2, 17)));
    let batch = Batch::normal(4, vec![Bytes::from_static(b"tx")]);
    let payloads = [
        EntryPayload::Blank,
        EntryPayload::Normal(batch.into()),
        EntryPayload::Membership(membership()),
    ];
    let entries = (18..).zip(payloads);
    let entries = entries.map(|(index, payload)| Entry { log_id: log_id(3, index), payload });
    let ballot = Ballot { vote: Vote::new(4, 2), last, transfer: true };
    let reach = Reach { height: 9, tip: Bytes::from_static(b"hash"), next_id: 5 };
    let membership = Stored::new(Some(log_id(1, 2)), membership());
    vec![
        Request::Append { vote, previous: last, commit: None, entries: entries.collect() },
        Request::Append { vote, previous: None, commit: last, entries: Vec::new() },
        Request::Vote(ballot.clone()),
        Request::PreVote(Ballot { last: None, transfer: false, ..ballot }),
        Request::Snapshot { vote, snapshot: Snapshot { last, membership, reach } },
        Request::Snapshot { vote, snapshot: Snapshot::default() },
        Request::Transfer { vote, to: 3, last },
        Request::Submit(vec![Bytes::from_static(b"a"), Bytes::new()]),
        Request::Found { token: 7 },
        Request::Join { height: 12 },
    ]
}

/// An answer of each kind.
pub(crate) fn replies() -> Vec<Reply> {
    let (vote, last) = (Vote::new(3, 1), Some(log_id(2, 17)));
    let refusals =
        [Refusal::BadRequest, Refusal::Forbidden, Refusal::NotFound, Refusal::Unavailable];
    let refused = refusals.map(|refusal| Answer::Refused(refusal("why".to_owned())));
    let mut answers = vec![Answer::Ordered { block: 8 }, Answer::Unknown("who knows".to_owned())];
    answers.extend(refused);
    vec![
        Reply::Appended,
        Reply::AppendedTo(last),
        Reply::AppendedTo(None),
        Reply::Conflict,
        Reply::HigherVote(vote),
        Reply::Voted { vote, granted: true, last },
        Reply::Installed { vote },
        Reply::Pulling,
        Reply::Transferring,
        Reply::NotTransferring,
        Reply::Answers(answers),
        Reply::NotLeader,
        Reply::Recorded { token: 3 },
        Reply::Lost,
        Reply::Joined,
        Reply::NextId(6),
        Reply::Pending,
        Reply::Removed,
        Reply::Refused("no".to_owned()),
        Reply::LeaderIs(Member { host: "a".to_owned(), port: 7050, key: Bytes::from_static(b"k") }),
    ]
}
