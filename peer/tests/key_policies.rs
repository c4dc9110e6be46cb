// SPDX-License-Identifier: Apache-2.0
//! Keys and collections with policies of their own.

mod common;

use bccsp::Suite;
use common::Here;
use gmca_peer::testing::{Draft, signatures};
use msp::SignaturePolicy;
use proto::protos::collection_config::Payload;
use proto::protos::{
    CollectionConfig, CollectionConfigPackage, StaticCollectionConfig, TxValidationCode as Code,
};

const FAILS: Code = Code::EndorsementPolicyFailure;

fn policy(text: &str) -> SignaturePolicy {
    SignaturePolicy::parse(text).unwrap()
}

fn put(key: &str) -> Draft {
    Draft::new("basic").put(key, "1")
}

/// A channel on which key `a` of `basic`, which asks for both organisations, asks for the first alone,
/// and key `b` of `one`, which asks for the first, for the second alone.
fn guarded(suite: Suite) -> Here {
    let here = Here::new(suite);
    let first = put("a").guard("a", &policy("OR('Org1MSP.peer')"));
    let one = Draft::new("one").put("b", "1").guard("b", &policy("OR('Org2MSP.peer')"));
    assert_eq!(here.commit(&[first, one]).codes, [Code::Valid; 2]);
    here
}

fn both(check: impl Fn(&Here)) {
    for suite in Suite::ALL {
        let here = guarded(suite);
        check(&here);
        here.replay();
    }
}

#[test]
fn a_key_with_a_policy_asks_for_that_alone() {
    both(|here| {
        // In blocks of their own, the policy being that of the state before.
        assert_eq!(here.judge_draft(&put("a").by(&[0])).0, Code::Valid);
        let (code, why) = here.judge_draft(&put("a").by(&[1]));
        assert_eq!(code, FAILS);
        assert!(why.contains("key \"a\", which has its own policy"), "{why}");
        // Another key asks for the chaincode's as well.
        assert_eq!(here.judge_draft(&put("a").put("c", "1").by(&[0])).0, FAILS);
        assert_eq!(here.judge_draft(&put("c").by(&[0])).0, FAILS);
        let one = Draft::new("one").put("b", "1");
        assert_eq!(here.judge_draft(&one.clone().by(&[1])).0, Code::Valid);
        assert_eq!(here.judge_draft(&one.by(&[0])).0, FAILS);
    });
}

#[test]
fn whoever_changes_a_policy_must_satisfy_it() {
    both(|here| {
        let change = Draft::new("basic").guard("a", &policy("OR('Org2MSP.peer')"));
        assert_eq!(here.judge_draft(&change.clone().by(&[1])).0, FAILS);
        assert_eq!(here.judge_draft(&change.by(&[0])).0, Code::Valid);
        assert_eq!(here.judge_draft(&put("a").by(&[0])).0, FAILS);
        assert_eq!(here.judge_draft(&put("a").by(&[1])).0, Code::Valid);
        // An empty one is none.
        let nothing = Draft::new("basic").guard_with("a", "".into());
        assert_eq!(here.judge_draft(&nothing.by(&[1])).0, Code::Valid);
        assert_eq!(here.judge_draft(&put("a").by(&[1])).0, FAILS);
        assert_eq!(here.judge_draft(&put("a")).0, Code::Valid);
    });
}

#[test]
fn behind_a_change_in_the_block_nobody_writes_the_key() {
    both(|here| {
        let change = Draft::new("basic").guard("a", &policy("OR('Org2MSP.peer')"));
        let behind = put("a").by(&[0, 1]);
        let outcome = here.commit(&[
            put("a").by(&[0]),
            change.clone().by(&[1]),
            // The change before has too few endorsements: it changes nothing.
            put("a").by(&[0]),
            change.by(&[0]),
            behind.clone(),
            put("c"),
        ]);
        let (valid, codes) = (Code::Valid, outcome.codes);
        assert_eq!(codes, [valid, FAILS, valid, valid, FAILS, valid]);
        let why = outcome.verdicts[4].as_ref().unwrap();
        assert!(why.why.contains("was changed by an earlier transaction"), "{why}");
        assert_eq!(here.judge_draft(&behind).0, valid);
    });
}

#[test]
fn a_change_counts_for_those_behind_it_whatever_becomes_of_it() {
    both(|here| {
        // It is enough endorsed, and what it read is not so any more.
        let change =
            Draft::new("basic").guard("a", &policy("OR('Org2MSP.peer')")).read("a", None).by(&[0]);
        let outcome = here.commit(&[change, put("a").by(&[0])]);
        assert_eq!(outcome.codes, [Code::MvccReadConflict, FAILS]);
        assert_eq!(here.judge_draft(&put("a").by(&[0])).0, Code::Valid);
    });
}

#[test]
fn a_policy_that_cannot_be_read_is_satisfied_by_nobody() {
    both(|here| {
        let broken = put("c").guard_with("c", "\u{1}broken".into());
        assert_eq!(here.judge_draft(&broken).0, Code::Valid);
        let (code, why) = here.judge_draft(&put("c"));
        assert_eq!(code, FAILS);
        assert!(why.contains("cannot be read"), "{why}");
        // The channel goes on.
        assert_eq!(here.judge_draft(&put("d")).0, Code::Valid);
    });
}

#[test]
fn collections_ask_for_their_own_policy() {
    for suite in Suite::ALL {
        let here = Here::new(suite);
        let collection = |name: &str, policy: Option<&str>| CollectionConfig {
            payload: Some(Payload::StaticCollectionConfig(StaticCollectionConfig {
                name: name.to_owned(),
                endorsement_policy: policy.map(signatures),
                ..StaticCollectionConfig::default()
            })),
        };
        let config =
            vec![collection("second", Some("OR('Org2MSP.peer')")), collection("plain", None)];
        let package = CollectionConfigPackage { config };
        let first = signatures("OR('Org1MSP.peer')");
        here.commit(&[Draft::define_with("private", &first, "vscc", &package)]);
        let put = |collection: &str| Draft::new("private").put_hash(collection, &[1; 32]);
        let code = |draft: Draft| here.judge_draft(&draft).0;
        assert_eq!(code(put("second").by(&[1])), Code::Valid);
        assert_eq!(code(put("second").by(&[0])), FAILS);
        assert_eq!(code(put("plain").by(&[0])), Code::Valid);
        assert_eq!(code(put("plain").by(&[1])), FAILS);
        assert_eq!(code(put("unknown")), FAILS);
        // What an organisation has of its own is guarded by that organisation.
        assert_eq!(code(put("_implicit_org_Org2MSP").by(&[1])), Code::Valid);
        assert_eq!(code(put("_implicit_org_Org2MSP").by(&[0])), FAILS);
        assert_eq!(code(put("_implicit_org_Org3MSP")), FAILS);
        // An approval, as the system chaincode writes it.
        let mut approval = Draft::new("_lifecycle").put_hash("_implicit_org_Org1MSP", &[2; 32]);
        approval.version = "syscc".to_owned();
        assert_eq!(code(approval.clone().by(&[0])), Code::Valid);
        assert_eq!(code(approval.by(&[1])), FAILS);
        here.replay();
    }
}
