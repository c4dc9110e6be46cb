// SPDX-License-Identifier: Apache-2.0
//! Which envelopes are admitted, and what those hear that are not.

mod common;

use bccsp::Suite;
use block::canonical;
use common::{CHANNEL, Here};
use consensus::{Chain, Kind, Refusal};
use gmca_orderer::plant::{self, Plant};
use gmca_orderer::testing::Kit;
use proto::Bytes;
use proto::common::{Envelope, HeaderType};
use proto::orderer::consensus_type::State;
use proto::prost::Message;

/// What a refusal says; its kind is the status that the sender is told.
fn bad(refusal: Refusal) -> String {
    match refusal {
        Refusal::BadRequest(why) => why,
        other => panic!("{other:?}"),
    }
}

fn forbidden(refusal: Refusal) -> String {
    match refusal {
        Refusal::Forbidden(why) => why,
        other => panic!("{other:?}"),
    }
}

fn encoded(payload: Bytes, signature: Bytes) -> Bytes {
    Envelope { payload, signature }.encode_to_vec().into()
}

#[test]
fn what_cannot_be_ordered_is_told_why() {
    for suite in Suite::ALL {
        let here = Here::with(suite, 3, |genesis| {
            genesis.batch.absolute_max_bytes = 6000;
            genesis.batch.preferred_max_bytes = 3000;
        });
        let client = here.kit.client("one");
        let refused = |bytes: &Bytes| bad(here.refused(bytes));
        assert!(refused(&"no envelope".into()).starts_with("the envelope cannot be read: "));
        let empty = encoded(Bytes::new(), "signature".into());
        assert_eq!(refused(&empty), "the payload of the envelope is empty");
        assert_eq!(refused(&Bytes::new()), "the payload of the envelope is empty");
        let long = refused(&client.message(CHANNEL, &[7; 6000]));
        assert!(long.contains("and the channel takes 6000 at most (AbsoluteMaxBytes)"), "{long}");
        // The size is asked for before the form.
        assert_eq!(
            refused(&encoded(vec![0xff; 6000].into(), "s".into())),
            "the envelope has 6001 bytes, and the channel takes 6000 at most (AbsoluteMaxBytes)"
        );
        let garbled = refused(&encoded("no payload".into(), "s".into()));
        assert!(garbled.starts_with("malformed payload of an envelope: "), "{garbled}");
        assert_eq!(
            refused(&client.message("ch2", b"data")),
            "the envelope is for channel `ch2`, this is `ch1`"
        );
        assert_eq!(
            refused(&client.envelope(HeaderType::OrdererTransaction, CHANNEL, b"data")),
            "an envelope of type ORDERER_TRANSACTION is not taken from clients"
        );
        // As Fabric has it, other types are for those who validate.
        for kind in [HeaderType::Message, HeaderType::DeliverSeekInfo] {
            let envelope = client.envelope(kind, CHANNEL, b"data");
            assert_eq!(here.channel.admit(&envelope).unwrap().kind, Kind::Normal);
        }
    }
}

#[test]
fn a_certificate_that_ended_is_refused_by_the_clock_of_the_node() {
    let here = Here::new(Suite::Gm, 3);
    let ends = Kit::now().plus(10);
    let client = here.kit.client_until("brief", ends);
    let envelope = client.message(CHANNEL, b"data");
    here.channel.admit(&envelope).unwrap();
    here.clock.set(ends);
    here.channel.admit(&envelope).unwrap();
    here.clock.set(ends.plus(1));
    let why = bad(here.refused(&envelope));
    assert!(why.starts_with("the certificate of "), "{why}");
    assert!(why.contains("CN=brief") && why.ends_with(": renew it"), "{why}");
    // It is asked before the signature.
    let mut forged = Envelope::decode(envelope).unwrap();
    forged.signature = "wrong".into();
    assert_eq!(bad(here.refused(&forged.encode_to_vec().into())), why);
}

#[test]
fn only_writers_may_send() {
    for suite in Suite::ALL {
        let here = Here::new(suite, 3);
        let why = forbidden(here.refused(&here.kit.stranger("who").message(CHANNEL, b"data")));
        assert!(why.starts_with("the sender does not satisfy policy /Channel/Writers: "), "{why}");
        assert!(why.contains("the channel has no MSP `OtherMSP`"), "{why}");
        let mut forged = Envelope::decode(here.kit.client("a").message(CHANNEL, b"d")).unwrap();
        forged.signature = here.kit.client("b").message(CHANNEL, b"d").slice(2..72);
        let why = forbidden(here.refused(&forged.encode_to_vec().into()));
        assert!(why.contains("the signature is wrong"), "{why}");
        forged.signature = Bytes::new();
        forbidden(here.refused(&forged.encode_to_vec().into()));
    }
}

#[test]
fn a_revoked_client_gets_in_until_the_block_that_says_so() {
    for suite in Suite::ALL {
        let here = Here::new(suite, 3);
        let (one, other) = (here.kit.client("one"), here.kit.client("other"));
        let (first, second) = (one.message(CHANNEL, b"1"), other.message(CHANNEL, b"2"));
        here.order(&first);
        here.order(&here.kit.revoke(&here.channel.configuration(), &one));
        let why = forbidden(here.refused(&first));
        assert!(why.contains("revoked"), "{why}");
        here.order(&second);
        here.order(&here.kit.revoke(&here.channel.configuration(), &other));
        forbidden(here.refused(&first));
        forbidden(here.refused(&second));
        here.check_chain();
    }
}

/// Bytes that mean the same: the signature first, or a field more.
fn other_forms(envelope: &Bytes) -> [Bytes; 2] {
    let Envelope { payload, signature } = Envelope::decode(envelope.clone()).unwrap();
    let payload = Envelope { payload, signature: Bytes::new() }.encode_to_vec();
    let signature = Envelope { payload: Bytes::new(), signature }.encode_to_vec();
    let more = [&envelope[..], &[0x18, 1]].concat();
    [[signature, payload].concat().into(), more.into()]
}

#[test]
fn an_envelope_is_ordered_in_its_one_form() {
    let here = Here::new(Suite::Nist, 3);
    let envelope = here.kit.client("one").message(CHANNEL, b"data");
    for other in other_forms(&envelope) {
        canonical::envelope(&other).unwrap_err();
        assert_eq!(here.channel.admit(&other).unwrap().envelope, envelope);
        plant::set(Some(Plant::NonCanonicalAdmitted));
        let planted = here.channel.admit(&other).unwrap().envelope;
        plant::set(None);
        assert_eq!(planted, other);
    }
}

#[test]
fn in_maintenance_only_orderers_change_something() {
    let here = Here::new(Suite::Gm, 3);
    let transaction = here.kit.client("one").message(CHANNEL, b"data");
    let before = here.channel.configuration();
    here.order(&here.kit.maintain(&before, State::Maintenance));
    let now = here.channel.configuration();
    let why = forbidden(here.refused(&transaction));
    assert!(why.contains("policy /Channel/Orderer/Writers"), "{why}");
    assert!(now.orderer().in_maintenance());
    here.order(&here.kit.maintain(&now, State::Normal));
    here.channel.admit(&transaction).unwrap();
    here.check_chain();
}

#[test]
fn an_orderer_hears_that_it_is_maintenance() {
    let here = Here::with(Suite::Gm, 3, |genesis| genesis.in_maintenance = true);
    let envelope = here.kit.orderer_client(1).message(CHANNEL, b"data");
    assert_eq!(
        here.refused(&envelope),
        Refusal::Unavailable("channel ch1 is in maintenance: no transactions are taken".to_owned())
    );
}

#[test]
fn an_update_is_wrapped_by_this_node() {
    for suite in Suite::ALL {
        let here = Here::new(suite, 3);
        let update = here.kit.change_batch(&here.channel.configuration(), |b| b.max_messages = 7);
        let admitted = here.channel.admit(&update).unwrap();
        assert_eq!(admitted.kind, Kind::Config { update: update.clone() });
        let wrapped = block::Envelope::open(admitted.envelope.clone()).unwrap();
        let header = wrapped.headers().channel_header();
        assert_eq!((header.r#type, header.version, &header.tx_id[..]), (1, 0, ""));
        assert_eq!(header.channel_id, CHANNEL);
        assert_eq!(header.timestamp.unwrap().seconds, Kit::now().0 as i64);
        assert_eq!(wrapped.headers().creator(), here.node.identity.serialized());
        assert_eq!(wrapped.headers().nonce().len(), 24);
        let config = wrapped.config().unwrap();
        assert_eq!(config.config.unwrap().sequence, 1);
        assert_eq!(config.last_update, Some(Envelope::decode(update.clone()).unwrap()));
        // What another node wrapped is wrapped anew.
        let again = here.channel.admit(&admitted.envelope).unwrap();
        assert_eq!(again.kind, Kind::Config { update: update.clone() });
        assert_ne!(again.envelope, admitted.envelope);
        // Admitting changes nothing.
        assert_eq!(here.channel.sequence(), 0);
        here.order(&update);
        assert_eq!((here.channel.sequence(), here.channel.limits().max_messages), (1, 7));
        let why = bad(here.refused(&update));
        assert!(why.contains("it is at version 1, so a change of it is not version 1"), "{why}");
        bad(here.refused(&admitted.envelope));
        here.check_chain();
    }
}

#[test]
fn an_update_must_be_for_this_channel_and_signed_and_small() {
    let here = Here::with(Suite::Gm, 3, |genesis| {
        genesis.batch.absolute_max_bytes = 9000;
        genesis.batch.preferred_max_bytes = 3000;
    });
    let client = here.kit.client("one");
    let why = bad(here.refused(&client.envelope(HeaderType::ConfigUpdate, CHANNEL, b"data")));
    assert!(why.contains("config update envelope"), "{why}");
    let why = bad(here.refused(&client.envelope(HeaderType::Config, CHANNEL, b"data")));
    assert!(why.contains("config envelope"), "{why}");
    let why = bad(here.refused(&client.envelope(HeaderType::Config, CHANNEL, b"")));
    assert_eq!(why, "the config envelope has no last_update");
    // The update is small enough, and what this node makes of it is not.
    let update = here.kit.change_batch(&here.channel.configuration(), |b| b.max_messages = 7);
    assert!(update.len() < 9000);
    let why = bad(here.refused(&update));
    assert!(why.ends_with("the channel takes 9000 at most (AbsoluteMaxBytes)"), "{why}");
    let unsigned = here.kit.unsigned_update(&here.channel.configuration(), 8);
    let why = bad(here.refused(&unsigned));
    assert!(why.contains("policy /Channel/Orderer/Admins is not satisfied"), "{why}");
}

#[test]
fn consenters_come_and_go_one_at_a_time_and_by_key() {
    for suite in Suite::ALL {
        let here = Here::new(suite, 3);
        let now = || here.channel.configuration();
        assert_eq!(here.channel.members(), [0, 1, 2].map(|index| here.kit.member(index)));
        here.order(&here.kit.add_consenter(&now(), 3));
        here.order(&here.kit.remove_consenter(&now(), 1));
        let members = [0, 2, 3].map(|index| here.kit.member(index));
        assert_eq!(here.channel.members(), members);
        // Renewed with the same key it is the same node.
        here.order(&here.kit.renew_consenter(&now(), 2));
        assert_eq!(here.channel.members(), members);
        let why = bad(here.refused(&here.kit.rekey_consenter(&now(), 2)));
        assert!(
            why.starts_with(
                "the TLS certificate of consenter orderer2.example.com:7050 has another key"
            ),
            "{why}"
        );
        let why = bad(here.refused(&here.kit.add_consenter_like(&now(), 4, 0)));
        assert!(why.contains("have the same TLS key"), "{why}");
        here.check_chain();
    }
}
