// SPDX-License-Identifier: Apache-2.0
//! Messages come back as they were written, and nothing else is taken for one.

use super::elements::{Stored, log_id};
use super::messages::{Ballot, Message, Reach, Reply, Request, Snapshot};
use super::types::{Entry, Membership, Peer, Vote};
use crate::{Answer, Batch, Member, Refusal};
use openraft::EntryPayload;
use proto::Bytes;
use std::collections::{BTreeMap, BTreeSet};

fn membership() -> Membership {
    let member = |id: u64| Member {
        host: format!("orderer{id}"),
        port: 7050,
        key: Bytes::from(vec![u8::try_from(id).unwrap(); 5]),
    };
    let nodes: BTreeMap<_, _> = (1..=4).map(|id| (id, Peer::from(member(id)))).collect();
    Membership::new(vec![BTreeSet::from([1, 2]), BTreeSet::from([1, 2, 3])], nodes).unwrap()
}

fn requests() -> Vec<Request> {
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

fn replies() -> Vec<Reply> {
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

#[test]
fn all_come_back() {
    for request in requests() {
        let message = Message { from: 1, to: 2, request };
        assert_eq!(Message::decode(&message.encode()), Ok(message));
    }
    for reply in replies() {
        assert_eq!(Reply::decode(&reply.encode()), Ok(reply));
    }
}

/// Bytes that were changed are refused, or are another message in its one form.
#[test]
fn what_is_cut_or_changed_is_refused_or_another() {
    let requests = requests().into_iter();
    let requests = requests.map(|request| Message { from: 1, to: 2, request }.encode());
    for bytes in requests {
        damage(&bytes, |bytes| Message::decode(bytes).map(|message| message.encode()).ok());
    }
    for bytes in replies().iter().map(Reply::encode) {
        damage(&bytes, |bytes| Reply::decode(bytes).map(|reply| reply.encode()).ok());
    }
}

fn damage(bytes: &Bytes, read: impl Fn(&Bytes) -> Option<Bytes>) {
    for end in 0..bytes.len() {
        assert_eq!(read(&bytes.slice(..end)), None, "cut at {end} of {bytes:?}");
    }
    let longer = Bytes::from([bytes, &b"x"[..]].concat());
    assert_eq!(read(&longer), None);
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.to_vec();
            changed[place] ^= 1 << bit;
            let changed = Bytes::from(changed);
            if let Some(again) = read(&changed) {
                assert_eq!(again, changed, "two forms of one message");
            }
        }
    }
}

#[test]
fn a_newer_version_is_refused_in_words() {
    let mut bytes =
        Message { from: 1, to: 2, request: Request::Join { height: 1 } }.encode().to_vec();
    bytes[0] = 2;
    let error = Message::decode(&bytes.into()).unwrap_err();
    let text = "it has a version that this program does not know; update it";
    assert_eq!(error.to_string(), text);
}

#[test]
fn the_bytes_of_version_1() {
    let message = Message { from: 1, to: 2, request: Request::Found { token: 0x0102 } };
    let expected =
        [&[1, 7][..], &1u64.to_be_bytes(), &2u64.to_be_bytes(), &0x0102u64.to_be_bytes()];
    assert_eq!(message.encode(), expected.concat());
    assert_eq!(Reply::NotLeader.encode()[..], [1, 11]);
}
