// SPDX-License-Identifier: Apache-2.0
//! Transactions by a client without a gateway, to the same peers and orderers.

use super::fakes::Says;
use super::*;
use crate::client::{
    Call, ClientError, Committed, EndorserClient, EventsClient, Network, OrdererClient,
};
use ::proto::common::Status as Answer;
use ::proto::protos::TxValidationCode;

/// Both peers of the second organisation, and both orderers.
async fn network(world: &World) -> Network {
    let connect = async |address: String| {
        let endpoint = Channel::from_shared(format!("http://{address}")).unwrap();
        endpoint.connect().await.unwrap()
    };
    let [one, other] = world.others.each_ref().map(|peer| serve_peer(peer.clone()));
    let peers = [connect(one.await).await, connect(other.await).await];
    let [first, second] = world.orderers.each_ref().map(|one| serve_orderer(one.clone()));
    let orderers = [connect(first.await).await, connect(second.await).await];
    Network {
        events: EventsClient::new(peers[0].clone()),
        endorsers: peers.map(|peer| EndorserClient::new("a peer", peer)).to_vec(),
        orderers: orderers.map(OrdererClient::new).to_vec(),
    }
}

async fn submit(world: &World, patience: Duration) -> Result<Committed, ClientError> {
    let caller = Caller::new(world.who().clone(), world.kit.providers.clone());
    let call = Call::new(CHANNEL, "basic", ["call"]);
    network(world).await.submit(&caller, &call, patience).await
}

/// A block comes when an orderer has an envelope more.
async fn commits(world: &World) {
    let seen = || world.orderers.iter().map(|orderer| orderer.seen()).sum::<usize>();
    let before = seen();
    while seen() == before {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    world.others[0].height.send_modify(|height| *height += 1);
}

/// Submits while something happens, and does not wait for that when it has failed.
async fn submit_while(
    world: &World,
    happens: impl Future<Output = ()>,
) -> Result<Committed, ClientError> {
    tokio::select! {
        done = submit(world, PATIENCE) => done,
        () = async { happens.await; std::future::pending().await } => unreachable!(),
    }
}

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn an_endorser_behind_is_waited_for_and_all_are_asked_again() {
    for late in [Says::Endorsed("an older value"), Says::Refused(500, "there is no such asset")] {
        let world = World::new().await;
        let [one, other] = &world.others;
        other.say(late);
        other.height.send_replace(1);
        let catches_up = async {
            tokio::time::sleep(Duration::from_millis(150)).await;
            other.say(Says::Endorsed("value"));
            other.height.send_replace(2);
            commits(&world).await;
        };
        let done = submit_while(&world, catches_up).await.unwrap();
        assert_eq!((done.code, done.block), (TxValidationCode::Valid, 2));
        assert_eq!((one.asked(), other.asked()), (2, 2), "all are asked again, once");
    }
}

#[tokio::test]
async fn endorsers_that_disagree_at_one_height_are_asked_once_more() {
    let world = World::new().await;
    world.others[1].say(Says::Endorsed("another value"));
    let refused = submit(&world, PATIENCE).await.unwrap_err();
    assert!(!matches!(refused, ClientError::Nobody(_)), "nobody is waited for: {refused}");
    assert_eq!(world.others.each_ref().map(FakePeer::asked), [2, 2]);
    assert_eq!(world.orderers.each_ref().map(|orderer| orderer.seen()), [0, 0]);
}

#[tokio::test]
async fn endorsers_that_refuse_alike_are_asked_once() {
    let world = World::new().await;
    for peer in &world.others {
        peer.say(Says::Refused(404, "there is no such asset"));
    }
    let refused = submit(&world, PATIENCE).await.unwrap_err();
    assert!(matches!(refused, ClientError::Refused { status: 404, .. }), "{refused}");
    assert_eq!(world.others.each_ref().map(FakePeer::asked), [1, 1]);
}

#[tokio::test]
async fn an_orderer_without_a_leader_is_passed_over() {
    let world = World::new().await;
    world.orderers[0].set(Some(Answer::ServiceUnavailable));
    let comes = async {
        while world.orderers[1].seen() == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        world.others[0].height.send_modify(|height| *height += 1);
    };
    let done = submit_while(&world, comes).await.unwrap();
    assert_eq!(done.code, TxValidationCode::Valid);
    world.orderers[0].set(Some(Answer::BadRequest));
    let refused = submit(&world, PATIENCE).await.unwrap_err();
    assert!(matches!(refused, ClientError::NotOrdered { status: Answer::BadRequest, .. }));
    assert_eq!(world.orderers[1].seen(), 1, "a refusal is a decision");
}

#[tokio::test]
async fn verdicts_that_nobody_waits_for_are_not_sent() {
    let world = World::new().await;
    let events = network(&world).await.events;
    let caller = Caller::new(world.who().clone(), world.kit.providers.clone());
    let verdicts = events.verdicts(&caller, CHANNEL).await.unwrap();
    let heights = &world.others[0].height;
    assert_eq!(heights.receiver_count(), 1, "it follows");
    drop(verdicts);
    // The connection stays: `events` holds it.
    tokio::time::timeout(PATIENCE, heights.closed()).await.unwrap();
    drop(events);
}
