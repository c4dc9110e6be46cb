// SPDX-License-Identifier: Apache-2.0
//! One transaction for each code that a validator gives, in both families.

mod common;

use bccsp::Suite;
use block::Version;
use common::Here;
use gmca_peer::lifecycle::NAMESPACE;
use gmca_peer::testing::{Draft, Kit, reference, signatures};
use proto::common::{HeaderType, Payload, SignatureHeader};
use proto::kvrwset::{QueryReads, RangeQueryInfo, range_query_info::ReadsInfo};
use proto::prost::Message;
use proto::protos::{
    ChaincodeAction, ChaincodeActionPayload, ChaincodeHeaderExtension, ChaincodeId,
    ProposalResponsePayload, Transaction, TxValidationCode as Code,
};
use proto::rwset::TxReadWriteSet;

fn both(check: impl Fn(&Here)) {
    for suite in Suite::ALL {
        let here = Here::new(suite);
        check(&here);
        here.replay();
    }
}

#[track_caller]
fn expect((code, why): (Code, String), wanted: Code, says: &str) {
    assert_eq!(code, wanted, "{why}");
    assert!(why.contains(says), "{why}");
}

fn basic() -> Draft {
    Draft::new("basic").put("a", "1")
}

/// Changes the action of a transaction.
fn action(payload: &mut Payload, change: impl FnOnce(&mut ChaincodeActionPayload)) {
    let mut transaction = Transaction::decode(payload.data.clone()).unwrap();
    let mut action =
        ChaincodeActionPayload::decode(transaction.actions[0].payload.clone()).unwrap();
    change(&mut action);
    transaction.actions[0].payload = action.encode_to_vec().into();
    payload.data = transaction.encode_to_vec().into();
}

/// Changes what was endorsed.
fn result(payload: &mut Payload, change: impl FnOnce(&mut ProposalResponsePayload)) {
    action(payload, |action| {
        let endorsed = action.action.as_mut().unwrap();
        let bytes = endorsed.proposal_response_payload.clone();
        let mut response = ProposalResponsePayload::decode(bytes).unwrap();
        change(&mut response);
        endorsed.proposal_response_payload = response.encode_to_vec().into();
    });
}

fn chaincode_action(payload: &mut Payload, change: impl FnOnce(&mut ChaincodeAction)) {
    result(payload, |response| {
        let mut action = ChaincodeAction::decode(response.extension.clone()).unwrap();
        change(&mut action);
        response.extension = action.encode_to_vec().into();
    });
}

#[test]
fn a_transaction_with_all_that_it_takes_is_valid() {
    both(|here| {
        let event = basic().with_event("basic");
        let outcome = here.commit(&[basic(), event, Draft::new("basic")]);
        assert_eq!(outcome.codes, [Code::Valid; 3]);
        assert_eq!(outcome.block.metadata().filter()[..], [0; 3]);
        let hash = outcome.block.metadata().commit_hash().unwrap().unwrap();
        assert_eq!(hash, outcome.commit_hash.unwrap().as_ref());
    });
}

#[test]
fn bad_payload_2_and_headers_3() {
    both(|here| {
        let good = here.envelope(&basic());
        let broken = proto::common::Envelope { payload: "\u{1}broken".into(), ..good };
        expect(here.judge(broken), Code::BadPayload, "payload cannot be read");
        let bad = Code::BadCommonHeader;
        expect(here.judge(here.changed(|payload| payload.header = None)), bad, "no header");
        expect(here.judge(here.with_header(|header| header.epoch = 1)), bad, "epoch");
        let message = |header: &mut proto::common::ChannelHeader| {
            header.r#type = HeaderType::Message.into();
        };
        expect(here.judge(here.with_header(message)), bad, "MESSAGE");
        let unknown = here.with_header(|header| header.r#type = 99);
        expect(here.judge(unknown), bad, "99");
        let signer = |change: fn(&mut SignatureHeader)| {
            here.changed(|payload| {
                let header = payload.header.as_mut().unwrap();
                let mut signer = SignatureHeader::decode(header.signature_header.clone()).unwrap();
                change(&mut signer);
                header.signature_header = signer.encode_to_vec().into();
            })
        };
        expect(here.judge(signer(|signer| signer.nonce.clear())), bad, "nonce");
        expect(here.judge(signer(|signer| signer.creator.clear())), bad, "creator");
        let elsewhere = here.with_header(|header| header.channel_id = "ch2".into());
        expect(here.judge(elsewhere), Code::TargetChainNotFound, "ch2");
    });
}

#[test]
fn creator_signature_4() {
    both(|here| {
        let mut forged = here.envelope(&basic());
        forged.signature = here.envelope(&basic()).signature;
        expect(here.judge(forged), Code::BadCreatorSignature, "signature is wrong");
        // It counts before the transaction id.
        let mut forged = here.with_header(|header| header.tx_id = "00".into());
        forged.signature = here.envelope(&basic()).signature;
        expect(here.judge(forged), Code::BadCreatorSignature, "signature is wrong");
        let stranger = Kit::new(here.kit.providers.default_suite());
        let strange = stranger.transaction(&here.channel.config(), &basic());
        expect(here.judge(strange), Code::BadCreatorSignature, "Org1MSP");
    });
}

#[test]
fn revoked_creator_4() {
    let here = Here::new(Suite::Gm);
    let member = &here.kit.members[0];
    let definition = member.definition(&[&member.client]);
    let channel = here.channel.config();
    let wanted = channel::Edit::of(&channel).msp("Org1MSP", &definition).unwrap().finish();
    let entry = here.kit.config(&channel, &wanted);
    let block = here.kit.next_of(&here.channel, vec![entry]);
    here.channel.commit(here.channel.verify(block).unwrap()).unwrap();
    expect(here.judge_draft(&basic()), Code::BadCreatorSignature, "revoked");
    expect(here.judge_draft(&basic().sent_by(1)), Code::Valid, "");
    here.replay();
}

#[test]
fn transaction_5_6_7_8() {
    both(|here| {
        let invalid = Code::InvalidEndorserTransaction;
        let garbage = here.changed(|payload| payload.data = "\u{1}garbage".into());
        expect(here.judge(garbage), invalid, "cannot be read");
        let twice = here.changed(|payload| {
            let mut transaction = Transaction::decode(payload.data.clone()).unwrap();
            transaction.actions.push(transaction.actions[0].clone());
            payload.data = transaction.encode_to_vec().into();
        });
        expect(here.judge(twice), invalid, "2 actions");
        let other = here.changed(|payload| {
            action(payload, |action| action.chaincode_proposal_payload = "other".into());
        });
        expect(here.judge(other), invalid, "proposal hash");
        let unendorsed = here.changed(|payload| action(payload, |action| action.action = None));
        expect(here.judge(unendorsed), invalid, "nothing was endorsed");
        // A configuration in company is none.
        let kind = HeaderType::Config.into();
        let config = here.with_header(|header| header.r#type = kind);
        let outcome = here.order(&[here.envelope(&basic()), config]);
        assert_eq!(outcome.codes, [Code::Valid, Code::InvalidConfigTransaction]);
        let kind = HeaderType::ConfigUpdate.into();
        let update = here.with_header(|header| header.r#type = kind);
        expect(here.judge(update), Code::UnsupportedTxPayload, "CONFIG_UPDATE");
        let id = here.with_header(|header| header.tx_id = header.tx_id.to_uppercase());
        expect(here.judge(id), Code::BadProposalTxid, "must be");
    });
}

#[test]
fn duplicates_9() {
    both(|here| {
        let first = here.envelope(&basic());
        let outcome = here.order(&[first.clone(), first.clone()]);
        assert_eq!(outcome.codes, [Code::Valid, Code::DuplicateTxid]);
        expect(here.judge(first), Code::DuplicateTxid, "earlier block");
        // In an earlier block also one that did not count, and before the policy is asked.
        let few = here.envelope(&basic().by(&[0]));
        expect(here.judge(few.clone()), Code::EndorsementPolicyFailure, "");
        expect(here.judge(few.clone()), Code::DuplicateTxid, "");
        // In the same block only one that passed so far.
        let few = here.envelope(&basic().by(&[0]));
        let outcome = here.order(&[few.clone(), few]);
        assert_eq!(outcome.codes, [Code::EndorsementPolicyFailure; 2]);
    });
}

#[test]
fn endorsement_policy_10() {
    both(|here| {
        let fails = Code::EndorsementPolicyFailure;
        expect(here.judge_draft(&basic().by(&[1])), fails, "namespace `basic`");
        // The chaincode that is called is asked even when nothing is written.
        expect(here.judge_draft(&Draft::new("basic").by(&[0])), fails, "namespace `basic`");
        // So is every namespace that is written through it.
        let through = Draft::new("one").put_in("basic", "a", "1").by(&[0]);
        expect(here.judge_draft(&through), fails, "namespace `basic`");
        expect(here.judge_draft(&through.by(&[0, 1])), Code::Valid, "");
        expect(here.judge_draft(&Draft::new("one").put("a", "1").by(&[0])), Code::Valid, "");
        expect(here.judge_draft(&Draft::new("one").put("a", "1").by(&[1])), fails, "Org1MSP");
        // One who endorses twice counts once; a wrong endorsement does not count.
        let forged = here.changed(|payload| {
            action(payload, |action| {
                let endorsements = &mut action.action.as_mut().unwrap().endorsements;
                endorsements[1].signature = endorsements[0].signature.clone();
            });
        });
        expect(here.judge(forged), fails, "signature is wrong");
        let repeated = here.changed(|payload| {
            action(payload, |action| {
                let endorsements = &mut action.action.as_mut().unwrap().endorsements;
                endorsements[1] = endorsements[0].clone();
            });
        });
        expect(here.judge(repeated), fails, "has signed before");
        // A policy that the configuration does not have is satisfied by nobody.
        here.commit(&[Draft::define("nobody", &reference("/Channel/Application/None"))]);
        expect(here.judge_draft(&Draft::new("nobody")), fails, "no policy");
    });
}

#[test]
fn a_new_definition_counts_from_the_next_block_on() {
    both(|here| {
        let both_ask = signatures("AND('Org1MSP.peer', 'Org2MSP.peer')");
        let one = Draft::new("one").put("a", "1").by(&[0]);
        let outcome = here.commit(&[Draft::define("one", &both_ask), one.clone()]);
        assert_eq!(outcome.codes, [Code::Valid; 2]);
        expect(here.judge_draft(&one), Code::EndorsementPolicyFailure, "");
        // Definitions are guarded by LifecycleEndorsement.
        let define = Draft::define("one", &signatures("OR('Org1MSP.peer')")).by(&[0]);
        expect(here.judge_draft(&define), Code::EndorsementPolicyFailure, NAMESPACE);
    });
}

#[test]
fn conflicts_11_and_phantoms_12() {
    both(|here| {
        let wrote = here.commit(&[basic(), Draft::new("basic").put("b", "1")]).block.number();
        let version = |transaction| Some(Version { block: wrote, transaction });
        let read = |at| Draft::new("basic").read("a", at).put("c", "1");
        let outcome = here.commit(&[read(version(0)), read(version(1)), read(None)]);
        let conflict = Code::MvccReadConflict;
        assert_eq!(outcome.codes, [Code::Valid, conflict, conflict]);
        // An earlier transaction of the block writes it; one that does not count writes nothing.
        let outcome = here.commit(&[basic().by(&[0]), read(version(0)), basic(), read(version(0))]);
        let policy = Code::EndorsementPolicyFailure;
        assert_eq!(outcome.codes, [policy, Code::Valid, Code::Valid, conflict]);
        let range = RangeQueryInfo {
            start_key: "a".into(),
            end_key: "b".into(),
            itr_exhausted: true,
            reads_info: Some(ReadsInfo::RawReads(QueryReads::default())),
        };
        let query = Draft::new("basic").change("basic", |set| set.range_queries_info.push(range));
        expect(here.judge_draft(&query), Code::PhantomReadConflict, "range");
    });
}

#[test]
fn results_19_21_22_23() {
    both(|here| {
        let broken = || "\u{1}broken".into();
        // The header is part of the proposal hash, so this one is endorsed as it is.
        let extension = here.endorsed_again(|header, _| header.extension = broken());
        expect(here.judge(extension), Code::BadHeaderExtension, "extension");
        let extension = here.changed(|payload| {
            result(payload, |response| response.extension = broken());
        });
        expect(here.judge(extension), Code::BadResponsePayload, "result");
        let set = here.changed(|payload| chaincode_action(payload, |a| a.results = broken()));
        expect(here.judge(set), Code::BadRwset, "set");
        let twice = here.changed(|payload| {
            chaincode_action(payload, |action| {
                let mut set = TxReadWriteSet::decode(action.results.clone()).unwrap();
                set.ns_rwset.push(set.ns_rwset[0].clone());
                action.results = set.encode_to_vec().into();
            });
        });
        expect(here.judge(twice), Code::IllegalWriteset, "twice");
    });
}

#[test]
fn chaincode_25_and_other_reasons_255() {
    both(|here| {
        let invalid = Code::InvalidChaincode;
        expect(here.judge_draft(&Draft::new("unknown")), invalid, "`unknown`");
        let through = Draft::new("basic").put_in("unknown", "a", "1");
        expect(here.judge_draft(&through), invalid, "`unknown`");
        expect(here.judge_draft(&basic().of_version("")), invalid, "version");
        let renamed = |name: Option<&str>| {
            here.changed(|payload| {
                chaincode_action(payload, |action| {
                    let id = |name: &str| ChaincodeId {
                        name: name.into(),
                        version: "1".into(),
                        ..ChaincodeId::default()
                    };
                    action.chaincode_id = name.map(id);
                });
            })
        };
        expect(here.judge(renamed(Some("other"))), invalid, "`other`");
        let other = Code::InvalidOtherReason;
        expect(here.judge(renamed(None)), other, "names no chaincode");
        let event = basic().with_event("one");
        expect(here.judge_draft(&event), other, "event");
        let nameless = here.endorsed_again(|header, _| {
            header.extension = ChaincodeHeaderExtension::default().encode_to_vec().into();
        });
        expect(here.judge(nameless), other, "names no chaincode");
    });
}
