// SPDX-License-Identifier: Apache-2.0
//! Endorse and Evaluate: who is asked, and what goes wrong.

use super::fakes::Says;
use super::*;
use ::block::Envelope as Opened;

fn endorsers(envelope: Envelope) -> usize {
    let opened = Opened::from_message(Envelope { signature: "x".into(), ..envelope }).unwrap();
    opened.transaction().unwrap().action().unwrap().endorsements().len()
}

#[tokio::test]
async fn a_transaction_is_endorsed_by_few_and_keeps_the_clients_headers() {
    for suite in [Suite::Nist, Suite::Gm] {
        let world = World::with(suite).await;
        let signed = world.proposal("basic");
        let prepared = world.endorse(signed.clone(), &[]).await.unwrap();
        assert!(prepared.signature.is_empty());
        let payload = proto::common::Payload::decode(prepared.payload.clone()).unwrap();
        let proposal = proto::protos::Proposal::decode(signed.proposal_bytes).unwrap();
        assert_eq!(payload.header.unwrap().encode_to_vec(), proposal.header);
        assert_eq!(endorsers(prepared), 2);
        assert_eq!((world.here.asked(), world.beside.asked()), (1, 0));
        assert_eq!(world.others[0].asked() + world.others[1].asked(), 1);
    }
}

#[tokio::test]
async fn one_organisation_is_enough_where_the_policy_says_so() {
    let world = World::new().await;
    assert_eq!(endorsers(world.endorse(world.proposal("one"), &[]).await.unwrap()), 1);
    assert_eq!(world.others[0].asked() + world.others[1].asked(), 0);
    let both = world.endorse(world.proposal("one"), &["Org2MSP", "Org1MSP"]).await.unwrap();
    assert_eq!(endorsers(both), 2);
    // Exactly these, whatever the policy says.
    let here = world.here.asked();
    assert_eq!(endorsers(world.endorse(world.proposal("one"), &["Org2MSP"]).await.unwrap()), 1);
    assert_eq!(world.here.asked(), here);
}

#[tokio::test]
async fn another_peer_of_the_organisation_stands_in() {
    let world = World::new().await;
    world.others[0].say(Says::Busy);
    assert_eq!(endorsers(world.endorse(world.proposal("basic"), &[]).await.unwrap()), 2);
    world.others[0].say(Says::Endorsed("another value"));
    assert_eq!(endorsers(world.endorse(world.proposal("basic"), &[]).await.unwrap()), 2);
    world.others[0].say(Says::Denied);
    assert_eq!(endorsers(world.endorse(world.proposal("basic"), &[]).await.unwrap()), 2);
    // A peer that does not run the chaincode lets others.
    *world.here.runs.lock().unwrap() = false;
    let here = world.here.asked();
    assert_eq!(endorsers(world.endorse(world.proposal("basic"), &[]).await.unwrap()), 2);
    assert_eq!((world.here.asked(), world.beside.asked()), (here, 1));
    assert_eq!(world.evaluate(world.proposal("one"), &[]).await.unwrap(), "value");
    assert_eq!((world.here.asked(), world.beside.asked()), (here, 2));
}

#[tokio::test]
async fn what_is_malformed_is_an_invalid_argument() {
    let world = World::new().await;
    let empty = SignedProposal::default();
    assert_eq!(code(world.endorse(empty.clone(), &[]).await), Code::InvalidArgument);
    assert_eq!(code(world.evaluate(empty, &[]).await), Code::InvalidArgument);
    let garbage = SignedProposal { proposal_bytes: "garbage".into(), ..Default::default() };
    assert_eq!(code(world.endorse(garbage.clone(), &[]).await), Code::InvalidArgument);
    assert_eq!(code(world.evaluate(garbage, &[]).await), Code::InvalidArgument);
    let nameless = world.sign(world.request(CHANNEL, ""));
    assert_eq!(code(world.endorse(nameless, &[]).await), Code::InvalidArgument);
    let nowhere = world.sign(world.request("", "basic"));
    assert_eq!(code(world.endorse(nowhere, &[]).await), Code::InvalidArgument);
    let other = EndorseRequest {
        transaction_id: "another".to_owned(),
        proposed_transaction: Some(world.proposal("basic")),
        ..EndorseRequest::default()
    };
    assert_eq!(code(world.client.clone().endorse(other).await), Code::InvalidArgument);
}

#[tokio::test]
async fn what_nobody_can_endorse_is_a_failed_precondition() {
    let world = World::new().await;
    let elsewhere = world.sign(world.request("ch2", "basic"));
    assert_eq!(code(world.endorse(elsewhere.clone(), &[]).await), Code::FailedPrecondition);
    assert_eq!(code(world.evaluate(elsewhere, &[]).await), Code::FailedPrecondition);
    let peerless = world.endorse(world.proposal("basic"), &["Org9MSP"]).await;
    assert_eq!(code(peerless), Code::FailedPrecondition);
    let peerless = world.evaluate(world.proposal("basic"), &["Org9MSP"]).await;
    assert_eq!(code(peerless), Code::FailedPrecondition);
    let undefined = world.endorse(world.proposal("unheard"), &[]).await;
    assert_eq!(code(undefined), Code::FailedPrecondition);
    // Transient data stays in the organisation, whose endorsement alone is not enough.
    let secret = world.endorse(world.secret("basic"), &[]).await;
    assert_eq!(code(secret), Code::FailedPrecondition);
    assert_eq!(world.others[0].asked() + world.others[1].asked(), 0);
    assert!(world.endorse(world.secret("one"), &[]).await.is_ok());
    assert!(world.endorse(world.secret("basic"), &["Org1MSP", "Org2MSP"]).await.is_ok());
}

#[tokio::test]
async fn a_bad_signature_is_a_failed_precondition() {
    let world = World::new().await;
    let all = [&world.here, &world.beside, &world.others[0], &world.others[1]];
    all.iter().for_each(|peer| peer.say(Says::Denied));
    let status = world.endorse(world.proposal("basic"), &[]).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    let detail = &details(&status)[0];
    assert_eq!((detail.address.as_str(), detail.msp_id.as_str()), (HERE, "Org1MSP"));
    assert!(detail.message.contains("access denied"), "{detail:?}");
    assert_eq!(code(world.evaluate(world.proposal("basic"), &[]).await), Code::FailedPrecondition);
    let far = world.endorse(world.proposal("basic"), &["Org2MSP"]).await;
    assert_eq!(code(far), Code::FailedPrecondition);
}

#[tokio::test]
async fn a_chaincode_that_refuses_aborts_endorsement_and_fails_evaluation() {
    let world = World::new().await;
    world.here.say(Says::Refused(500, "boom"));
    let status = world.endorse(world.proposal("basic"), &[]).await.unwrap_err();
    assert_eq!(status.code(), Code::Aborted);
    let expected = ErrorDetail {
        address: HERE.to_owned(),
        msp_id: "Org1MSP".to_owned(),
        message: "chaincode response 500, boom".to_owned(),
    };
    assert_eq!(details(&status), std::slice::from_ref(&expected));
    let status = world.evaluate(world.proposal("basic"), &[]).await.unwrap_err();
    assert_eq!(status.code(), Code::Unknown);
    assert_eq!(details(&status), [expected]);
    world.here.say(Says::Refused(404, "not here"));
    assert_eq!(code(world.endorse(world.proposal("basic"), &[]).await), Code::Aborted);
    assert_eq!(code(world.evaluate(world.proposal("basic"), &[]).await), Code::Unknown);
}

#[tokio::test]
async fn too_few_equal_endorsements_abort() {
    let world = World::new().await;
    world.others.iter().for_each(|peer| peer.say(Says::Endorsed("another value")));
    let status = world.endorse(world.proposal("basic"), &[]).await.unwrap_err();
    assert_eq!(status.code(), Code::Aborted);
    let found = details(&status);
    assert!(found.len() == 2 && found.iter().all(|one| one.msp_id == "Org2MSP"), "{found:?}");
    assert!(found[0].message.contains("ProposalResponsePayloads do not match"), "{found:?}");
    world.others.iter().for_each(|peer| peer.say(Says::Busy));
    assert_eq!(code(world.endorse(world.proposal("basic"), &[]).await), Code::Aborted);
    let named = world.endorse(world.proposal("basic"), &["Org1MSP", "Org2MSP"]).await;
    assert_eq!(code(named), Code::Aborted);
    world.others.iter().for_each(|peer| peer.say(Says::Refused(500, "boom")));
    let status = world.endorse(world.proposal("basic"), &[]).await.unwrap_err();
    assert_eq!(status.code(), Code::Aborted);
    assert_eq!(details(&status)[0].message, "chaincode response 500, boom");
}

#[tokio::test]
async fn a_silent_peer_is_waited_for_until_the_clients_deadline() {
    let world = World::new().await;
    world.others.iter().for_each(|peer| peer.say(Says::Nothing));
    let time = Duration::from_millis(600);
    let status = world.endorse_within(world.proposal("basic"), &[], time).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert!(details(&status).iter().all(|one| one.msp_id == "Org2MSP"));
    // Half of the time is for the first, so that the second can help.
    world.others[1].say(Says::Endorsed("value"));
    let time = Duration::from_secs(2);
    let prepared = world.endorse_within(world.proposal("basic"), &[], time).await.unwrap();
    assert_eq!(endorsers(prepared), 2);
}

#[tokio::test]
async fn evaluation_gives_what_the_chaincode_said() {
    let world = World::new().await;
    assert_eq!(world.evaluate(world.proposal("basic"), &[]).await.unwrap(), "value");
    assert_eq!(world.here.asked(), 1);
    world.others.iter().for_each(|peer| peer.say(Says::Endorsed("far")));
    assert_eq!(world.evaluate(world.proposal("basic"), &["Org2MSP"]).await.unwrap(), "far");
    assert_eq!(world.here.asked(), 1);
    world.others.iter().for_each(|peer| peer.say(Says::Busy));
    let status = world.evaluate(world.proposal("basic"), &["Org2MSP"]).await.unwrap_err();
    assert_eq!((status.code(), details(&status).len()), (Code::Unavailable, 2));
}
