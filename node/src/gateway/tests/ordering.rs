// SPDX-License-Identifier: Apache-2.0
//! Submit: to which orderer, over which stream, and what goes wrong.

use super::*;
use futures_util::future::join_all;
use proto::common::Status as Answer;
use proto::gateway::SubmitRequest;
use std::sync::atomic::Ordering;

impl World {
    async fn submit(&self, id: &str, envelope: Envelope, time: Duration) -> Result<(), Status> {
        let mut request = tonic::Request::new(SubmitRequest {
            transaction_id: id.to_owned(),
            channel_id: CHANNEL.to_owned(),
            prepared_transaction: Some(envelope),
        });
        request.set_timeout(time);
        self.client.clone().submit(request).await.map(|_| ())
    }

    async fn submit_one(&self) -> Result<(), Status> {
        let (id, envelope) = self.transaction("one").await;
        self.submit(&id, envelope, LONG).await
    }

    fn answer(&self, answer: Option<Answer>) {
        self.orderers.iter().for_each(|orderer| orderer.set(answer));
    }

    fn streams(&self) -> usize {
        self.orderers.iter().map(|one| one.streams.load(Ordering::SeqCst)).sum()
    }

    fn seen(&self) -> usize {
        self.orderers.iter().map(FakeOrderer::seen).sum()
    }
}

const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn many_envelopes_share_one_stream() {
    let world = World::new().await;
    world.submit_one().await.unwrap();
    let results = join_all((0..40).map(|_| world.submit_one())).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!((world.seen(), world.streams()), (41, 1));
}

#[tokio::test]
async fn what_is_malformed_is_an_invalid_argument() {
    let world = World::new().await;
    let nothing = SubmitRequest { channel_id: CHANNEL.to_owned(), ..SubmitRequest::default() };
    assert_eq!(code(world.client.clone().submit(nothing).await), Code::InvalidArgument);
    let (id, envelope) = world.transaction("one").await;
    let unsigned = Envelope { signature: Bytes::new(), ..envelope.clone() };
    assert_eq!(code(world.submit(&id, unsigned, LONG).await), Code::InvalidArgument);
    assert_eq!(code(world.submit("another", envelope, LONG).await), Code::InvalidArgument);
    assert_eq!(world.seen(), 0);
}

#[tokio::test]
async fn an_orderer_that_refuses_aborts() {
    let world = World::new().await;
    world.answer(Some(Answer::Forbidden));
    let status = world.submit_one().await.unwrap_err();
    assert_eq!(status.code(), Code::Aborted);
    assert!(status.message().contains("FORBIDDEN") && status.message().contains("because"));
    let detail = &details(&status)[0];
    assert!(detail.msp_id == "OrdererMSP" && detail.address.starts_with("127.0.0.1:"));
    // No other orderer is bothered with it.
    assert_eq!(world.seen(), 1);
    world.answer(Some(Answer::Success));
    world.submit_one().await.unwrap();
}

#[tokio::test]
async fn a_refusal_is_nobody_elses_trouble() {
    let world = World::new().await;
    let submit = async |bad: bool| {
        let (id, envelope) = world.transaction("one").await;
        let signature = if bad { "bad".into() } else { envelope.signature.clone() };
        (bad, world.submit(&id, Envelope { signature, ..envelope }, LONG).await)
    };
    for (bad, result) in join_all((0..24).map(|at| submit(at % 8 == 3))).await {
        match bad {
            true => assert_eq!(code(result), Code::Aborted),
            false => assert!(result.is_ok(), "{result:?}"),
        }
    }
}

#[tokio::test]
async fn another_orderer_takes_over() {
    let world = World::new().await;
    for (bad, good) in [(0, 1), (1, 0), (0, 1)] {
        world.orderers[bad].set(Some(Answer::ServiceUnavailable));
        world.orderers[good].set(Some(Answer::Success));
        let before = world.orderers[good].seen();
        world.submit_one().await.unwrap();
        world.submit_one().await.unwrap();
        assert_eq!(world.orderers[good].seen(), before + 2);
    }
    // One that is silent has half of the time.
    let (silent, good) = (&world.orderers[1], &world.orderers[0]);
    silent.set(None);
    good.set(Some(Answer::ServiceUnavailable));
    let (id, envelope) = world.transaction("one").await;
    let pending = world.submit(&id, envelope, Duration::from_secs(2));
    good.set(Some(Answer::Success));
    pending.await.unwrap();
}

#[tokio::test]
async fn a_leader_is_waited_for() {
    let world = World::new().await;
    world.answer(Some(Answer::ServiceUnavailable));
    let status = world.submit_one().await.unwrap_err();
    assert_eq!((status.code(), details(&status).len()), (Code::Unavailable, 2));
    let elected = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        world.answer(Some(Answer::Success));
    };
    let (result, ()) = tokio::join!(world.submit_one(), elected);
    result.unwrap();
}

#[tokio::test]
async fn without_an_orderer_it_is_unavailable() {
    let world = World::new().await;
    let (id, envelope) = world.transaction("one").await;
    let channel = world.channel();
    let mut wanted = channel.config().config().clone();
    let group = side(wanted.channel_group.as_mut().unwrap(), "Orderer");
    set(group, "OrdererMSP", "Endpoints", build::endpoints(&["127.0.0.1:1".to_owned()]));
    let entry = world.kit.config(&channel.config(), &wanted);
    let block = world.kit.next_of(&channel, vec![entry]);
    channel.commit(channel.verify(block).unwrap()).unwrap();
    let status = world.submit(&id, envelope, LONG).await.unwrap_err();
    assert_eq!((status.code(), details(&status).len()), (Code::Unavailable, 1));
}

#[tokio::test]
async fn silent_orderers_run_into_the_deadline() {
    let world = World::new().await;
    world.answer(None);
    let (id, envelope) = world.transaction("one").await;
    let status = world.submit(&id, envelope, Duration::from_millis(500)).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert!(!details(&status).is_empty());
}
