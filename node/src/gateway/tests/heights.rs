// SPDX-License-Identifier: Apache-2.0
//! Peers that are not equally far come to other results, until they are; those that are furthest are
//! asked first.

use super::fakes::Says;
use super::*;

/// After a moment, these have one block more, and say what the others say.
async fn catch_up(peers: &[&FakePeer], height: u64) {
    tokio::time::sleep(Duration::from_millis(150)).await;
    for peer in peers {
        peer.say(Says::Endorsed("value"));
        peer.height.send_replace(height);
    }
}

#[tokio::test]
async fn those_behind_are_waited_for() {
    for late in [Says::Endorsed("an older value"), Says::Refused(500, "there is no such asset")] {
        let world = World::new().await;
        let height = world.channel().height();
        let [one, other] = &world.others;
        let behind = [one, other];
        for peer in behind {
            peer.say(late.clone());
            peer.height.send_replace(height - 1);
        }
        let proposal = world.proposal("basic");
        let (prepared, ()) = tokio::join!(world.endorse(proposal, &[]), catch_up(&behind, height));
        prepared.unwrap();
        assert_eq!(world.here.asked(), 2, "all are asked again, once");
    }
}

#[tokio::test]
async fn this_peer_waits_for_itself() {
    let world = World::new().await;
    let height = world.channel().height();
    world.here.say(Says::Endorsed("an older value"));
    let [one, other] = &world.others;
    for peer in [one, other] {
        peer.height.send_replace(height + 1);
    }
    let prepared = world.endorse(world.proposal("second"), &["Org2MSP"]).await.unwrap();
    let (_, envelope) = world.signed(prepared);
    let comes = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        world.here.say(Says::Endorsed("value"));
        world.commit(&[envelope]);
    };
    let (prepared, ()) = tokio::join!(world.endorse(world.proposal("basic"), &[]), comes);
    prepared.unwrap();
}

#[tokio::test]
async fn those_who_disagree_at_one_height_are_asked_once_more() {
    let world = World::new().await;
    let height = world.channel().height();
    for peer in &world.others {
        peer.say(Says::Endorsed("another value"));
        peer.height.send_replace(height);
    }
    // Nobody is waited for: then it would be the deadline.
    assert_eq!(code(world.endorse(world.proposal("basic"), &[]).await), Code::Aborted);
    assert_eq!(world.here.asked(), 2);
}

#[tokio::test]
async fn one_that_stays_behind_is_waited_for_until_the_deadline() {
    let world = World::new().await;
    for peer in &world.others {
        peer.say(Says::Endorsed("an older value"));
        peer.height.send_replace(1);
    }
    let time = Duration::from_millis(800);
    let status = world.endorse_within(world.proposal("basic"), &[], time).await.unwrap_err();
    assert!(matches!(status.code(), Code::Aborted | Code::DeadlineExceeded), "{status:?}");
}

/// Evaluates until this peer was asked.
async fn until_asked(world: &World, peer: &FakePeer, by: &[&str]) {
    let before = peer.asked();
    for _ in 0..100 {
        world.evaluate(world.proposal("basic"), by).await.unwrap();
        if peer.asked() > before {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it was never asked");
}

#[tokio::test]
async fn the_peer_that_is_furthest_is_asked_first() {
    let world = World::new().await;
    let height = world.channel().height();
    let [one, other] = &world.others;
    for peer in [&world.beside, other] {
        peer.height.send_replace(height + 7);
    }
    until_asked(&world, &world.beside, &[]).await;
    let here = world.here.asked();
    world.evaluate(world.proposal("basic"), &[]).await.unwrap();
    world.endorse(world.proposal("basic"), &[]).await.unwrap();
    assert_eq!(world.here.asked(), here, "this one is behind");
    assert_eq!((one.asked(), other.asked()), (0, 1), "of the second organisation as well");

    // Those that are equally far, and this one, are asked as ever.
    world.beside.height.send_replace(height);
    until_asked(&world, &world.here, &[]).await;
    // One that says nothing of itself is the last.
    world.others[1].height.send_replace(0);
    until_asked(&world, one, &["Org2MSP"]).await;
}
