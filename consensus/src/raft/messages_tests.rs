// SPDX-License-Identifier: Apache-2.0
//! Messages come back as they were written, and nothing else is taken for one.

use super::messages::{Message, Reply, Request};
use super::testing::{replies, requests};
use proto::Bytes;

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
