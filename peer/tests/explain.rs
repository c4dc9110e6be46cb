// SPDX-License-Identifier: Apache-2.0
//! Why transactions do not count, as a peer tells it: at once, after a restart, by id and by place.

mod common;

use bccsp::Suite;
use block::Version;
use common::{DIR, Here};
use gmca_peer::PeerChannel;
use gmca_peer::testing::Draft;
use proto::gmca::reason::Detail;
use proto::gmca::{Explanation, TxVersion};
use proto::kvrwset::{KvWrite, KvrwSet, QueryReads, RangeQueryInfo, range_query_info::ReadsInfo};
use proto::protos::TxValidationCode as Code;
use std::path::Path;

fn put(key: &str) -> Draft {
    Draft::new("basic").put(key, "1")
}

#[test]
fn reasons_are_told_at_once_and_after_a_restart() {
    let here = Here::new(Suite::Gm);
    here.commit(&[put("a")]);
    let few = here.envelope(&put("a").by(&[0]));
    let stale = here.envelope(&Draft::new("basic").read("a", None).put("b", "1"));
    let good = here.envelope(&put("c"));
    let mut forged = here.envelope(&put("d"));
    forged.signature = good.signature.clone();
    let all = [few, stale, good, forged];
    let outcome = here.order(&all);
    let ids = all.map(|one| {
        let opened = block::Envelope::from_message(one).unwrap();
        opened.headers().channel_header().tx_id.clone()
    });
    let check = |channel: &PeerChannel| {
        let explained = ids.clone().map(|id| channel.explain(&id).unwrap().unwrap());
        for (place, explanation) in explained.iter().enumerate() {
            assert_eq!(explanation.code(), outcome.codes[place]);
            assert_eq!(explanation.place, place as u64);
            assert_eq!(explanation.creator.as_ref().unwrap().msp_id, "Org1MSP");
        }
        let faults = explained.each_ref().map(|one| one.creator.as_ref().unwrap().fault.as_str());
        assert_eq!(faults, ["", "", "", "the signature is wrong"]);
        let lacks = match &explained[0].reasons[0].detail {
            Some(Detail::Policy(policy)) => policy.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!((lacks.namespace.as_str(), lacks.key.as_str()), ("basic", ""));
        assert_eq!(lacks.policy, "/Channel/Application/Endorsement");
        assert_eq!(lacks.missing, ["'Org2MSP.peer'"]);
        assert_eq!(explained[0].endorsers.len(), 1);
        let [few, stale, good, forged] = explained.map(|one| said(&one));
        assert!(few.contains("namespace `basic`") && few.contains("Org2MSP"), "{few}");
        let says = "key `a` of `basic` was read when it did not exist, and written by transaction 0 \
                    of block 2";
        assert!(stale.contains(says), "{stale}");
        assert_eq!(good, "");
        assert!(forged.contains("signature is wrong"), "{forged}");
        assert_eq!(channel.explain("none").unwrap(), None);
    };
    check(&here.channel);
    let Here { kit, disk, channel } = here;
    drop(channel);
    check(&PeerChannel::open(&kit.node(&disk), Path::new(DIR)).unwrap());
}

/// All reasons of an explanation.
fn said(of: &Explanation) -> String {
    of.reasons.iter().map(|reason| reason.text.as_str()).collect::<Vec<_>>().join("; ")
}

#[test]
fn who_changed_what_was_read_and_who_had_an_id_first_is_told() {
    let here = Here::new(Suite::Nist);
    let first = here.envelope(&put("a"));
    let id = id_of(&first);
    let twice = first.clone();
    assert_eq!(here.order(&[first]).codes, [Code::Valid]);
    let deleted = here.envelope(&Draft::new("basic").change("basic", delete_a));
    let reader = here.envelope(&Draft::new("basic").read("a", Some(at(2, 0))).put("b", "1"));
    let [deleter, stale] = [id_of(&deleted), id_of(&reader)];
    let outcome = here.order(&[deleted, reader, twice]);
    assert_eq!(outcome.codes, [Code::Valid, Code::MvccReadConflict, Code::DuplicateTxid]);
    let explained = here.channel.explain(&stale).unwrap().unwrap();
    let Some(Detail::Read(read)) = explained.reasons[0].detail.clone() else {
        panic!("{explained:?}")
    };
    assert_eq!((read.namespace.as_str(), read.key.as_str()), ("basic", "a"));
    let version = |block, place| Some(TxVersion { block, place });
    assert_eq!((read.read, read.found), (version(2, 0), version(3, 0)));
    assert!(read.deleted && read.changed_by == deleter, "{read:?}");
    let text = format!("deleted by transaction 0 of block 3 ({deleter}) before its turn came");
    assert!(said(&explained).ends_with(&text), "{}", said(&explained));
    // The id is that of the first; the second is found by its place.
    assert_eq!(here.channel.explain(&id).unwrap().unwrap().block, 2);
    let duplicate = here.channel.explain("3:2").unwrap().unwrap();
    assert_eq!((duplicate.code(), &duplicate.tx_id), (Code::DuplicateTxid, &id));
    let Some(Detail::Earlier(earlier)) = &duplicate.reasons[0].detail else {
        panic!("{duplicate:?}")
    };
    assert_eq!(earlier.at, version(2, 0));
    for nothing in ["3:3", "4:0", "3:", ":", "x:0", "3:18446744073709551616"] {
        assert_eq!(here.channel.explain(nothing).unwrap(), None, "{nothing}");
    }
    let config = here.channel.explain("0:0").unwrap().unwrap();
    let genesis = here.channel.block(0).unwrap().unwrap();
    let opened = block::Envelope::open(genesis.entries()[0].clone()).unwrap();
    let id = &opened.headers().channel_header().tx_id;
    assert_eq!((config.code(), &config.tx_id), (Code::Valid, id));
}

fn delete_a(set: &mut KvrwSet) {
    set.writes.push(KvWrite { key: "a".into(), is_delete: true, ..KvWrite::default() });
}

fn at(block: u64, transaction: u64) -> Version {
    Version { block, transaction }
}

fn id_of(envelope: &proto::common::Envelope) -> String {
    let opened = block::Envelope::from_message(envelope.clone()).unwrap();
    opened.headers().channel_header().tx_id.clone()
}

#[test]
fn keys_that_came_into_a_range_are_told() {
    let here = Here::new(Suite::Gm);
    let came = here.envelope(&put("b2"));
    let id = id_of(&came);
    here.order(&[came]);
    let query = RangeQueryInfo {
        start_key: "b".into(),
        end_key: "c".into(),
        itr_exhausted: true,
        reads_info: Some(ReadsInfo::RawReads(QueryReads::default())),
    };
    let ask = |set: &mut KvrwSet| set.range_queries_info.push(query.clone());
    let reader = here.envelope(&put("x").change("basic", ask));
    let reader_id = id_of(&reader);
    assert_eq!(here.order(&[reader]).codes, [Code::PhantomReadConflict]);
    let explained = here.channel.explain(&reader_id).unwrap().unwrap();
    let Some(Detail::Range(range)) = &explained.reasons[0].detail else { panic!("{explained:?}") };
    assert_eq!((range.start.as_str(), range.end.as_str()), ("b", "c"));
    let keys: Vec<_> = range.changes.iter().map(|change| change.key.as_str()).collect();
    assert_eq!((keys, &range.changes[0].changed_by), (vec!["b2"], &id));
}
