// SPDX-License-Identifier: Apache-2.0
//! CommitStatus and ChaincodeEvents: who may ask, and what is told when.

use super::*;
use ::bccsp::Context;
use proto::gateway::{
    ChaincodeEventsRequest, ChaincodeEventsResponse, CommitStatusRequest, CommitStatusResponse,
    SignedChaincodeEventsRequest, SignedCommitStatusRequest,
};
use proto::orderer::seek_position::Type;
use proto::orderer::{SeekNewest, SeekNextCommit, SeekOldest, SeekPosition, SeekSpecified};
use proto::protos::TxValidationCode;
use tonic::Streaming;

impl World {
    fn signature(&self, request: &Bytes) -> Bytes {
        self.who().key().sign(Context::Fabric, &[request]).unwrap().into_vec().into()
    }

    fn asks(&self, channel: &str, id: &str) -> SignedCommitStatusRequest {
        let request = CommitStatusRequest {
            transaction_id: id.to_owned(),
            channel_id: channel.to_owned(),
            identity: self.who().serialized().clone(),
        };
        let request: Bytes = request.encode_to_vec().into();
        SignedCommitStatusRequest { signature: self.signature(&request), request }
    }

    async fn status(&self, id: &str) -> Result<CommitStatusResponse, Status> {
        let mut request = tonic::Request::new(self.asks(CHANNEL, id));
        request.set_timeout(Duration::from_secs(10));
        Ok(self.client.clone().commit_status(request).await?.into_inner())
    }

    fn listens(&self, start: Option<Type>, after: &str) -> SignedChaincodeEventsRequest {
        let request = ChaincodeEventsRequest {
            channel_id: CHANNEL.to_owned(),
            chaincode_id: "one".to_owned(),
            identity: self.who().serialized().clone(),
            start_position: start.map(|kind| SeekPosition { r#type: Some(kind) }),
            after_transaction_id: after.to_owned(),
        };
        let request: Bytes = request.encode_to_vec().into();
        SignedChaincodeEventsRequest { signature: self.signature(&request), request }
    }

    async fn events(&self, start: Option<Type>, after: &str) -> Streaming<ChaincodeEventsResponse> {
        let request = self.listens(start, after);
        self.client.clone().chaincode_events(request).await.unwrap().into_inner()
    }
}

fn from(number: u64) -> Option<Type> {
    Some(Type::Specified(SeekSpecified { number }))
}

/// The next message: the block, and the transactions.
async fn next(events: &mut Streaming<ChaincodeEventsResponse>) -> (u64, Vec<String>) {
    let message = tokio::time::timeout(Duration::from_secs(10), events.message()).await;
    let message = message.unwrap().unwrap().unwrap();
    (message.block_number, message.events.into_iter().map(|event| event.tx_id).collect())
}

#[tokio::test]
async fn the_status_comes_with_the_block() {
    for suite in [Suite::Nist, Suite::Gm] {
        let world = World::with(suite).await;
        let (id, envelope) = world.transaction("basic").await;
        let (other, another) = world.transaction("one").await;
        let commit = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            world.commit(std::slice::from_ref(&another));
            tokio::time::sleep(Duration::from_millis(100)).await;
            world.commit(std::slice::from_ref(&envelope))
        };
        let (status, again, block) = tokio::join!(world.status(&id), world.status(&id), commit);
        let expected = CommitStatusResponse { result: 0, block_number: block };
        assert_eq!((status.unwrap(), again.unwrap()), (expected, expected));
        // Long ago, and whatever came of it later.
        world.commit(&[envelope]);
        assert_eq!(world.status(&id).await.unwrap(), expected);
        assert_eq!(world.status(&other).await.unwrap().block_number, block - 1);
    }
}

#[tokio::test]
async fn the_status_says_what_is_wrong_with_a_transaction() {
    let world = World::new().await;
    let prepared = world.endorse(world.proposal("basic"), &["Org1MSP"]).await.unwrap();
    let envelope = sign_payload(prepared.payload, &**world.who().key()).unwrap();
    let opened = ::block::Envelope::from_message(envelope.clone()).unwrap();
    let id = opened.headers().channel_header().tx_id.clone();
    world.commit(&[envelope]);
    let code = world.status(&id).await.unwrap().result;
    assert_eq!(code, i32::from(TxValidationCode::EndorsementPolicyFailure));
}

#[tokio::test]
async fn a_status_that_cannot_be_had() {
    let world = World::new().await;
    let ask = |request| {
        let mut client = world.client.clone();
        async move { code(client.commit_status(request).await) }
    };
    assert_eq!(ask(world.asks(CHANNEL, "")).await, Code::InvalidArgument);
    assert_eq!(ask(SignedCommitStatusRequest::default()).await, Code::InvalidArgument);
    assert_eq!(ask(world.asks("ch2", "id")).await, Code::FailedPrecondition);
    let mut forged = world.asks(CHANNEL, "id");
    forged.signature = world.signature(&"something else".into());
    assert_eq!(ask(forged).await, Code::PermissionDenied);
    let mut late = tonic::Request::new(world.asks(CHANNEL, "id"));
    late.set_timeout(Duration::from_millis(200));
    let late = world.client.clone().commit_status(late).await;
    assert_eq!(code(late), Code::DeadlineExceeded);
    let stopped = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.stop.send_replace(true);
    };
    let (status, ()) = tokio::join!(world.status("id"), stopped);
    assert_eq!(code(status), Code::Unavailable);
}

#[tokio::test]
async fn events_come_block_by_block() {
    let world = World::new().await;
    let mut from_now = world.events(None, "").await;
    let mut from_next = world.events(Some(Type::NextCommit(SeekNextCommit {})), "").await;
    let (first, one) = world.transaction("one").await;
    let (second, two) = world.transaction("one").await;
    let (_, unrelated) = world.transaction("basic").await;
    let (third, three) = world.transaction("one").await;
    let block = world.commit(&[one.clone(), unrelated, two]);
    // Neither a block without events nor an invalid transaction is told of.
    world.commit(&[one]);
    let last = world.commit(&[three]);
    let both = (block, vec![first.clone(), second.clone()]);
    for events in [&mut from_now, &mut from_next, &mut world.events(from(0), "").await] {
        assert_eq!(next(events).await, both);
        assert_eq!(next(events).await, (last, vec![third.clone()]));
    }
    // Behind a transaction, be it the first, the last, or one of another chaincode.
    let mut behind = world.events(from(block), &first).await;
    assert_eq!(next(&mut behind).await, (block, vec![second.clone()]));
    let mut behind = world.events(from(0), &second).await;
    assert_eq!(next(&mut behind).await, (last, vec![third]));
}

#[tokio::test]
async fn events_that_cannot_be_had() {
    let world = World::new().await;
    let ask = |request| {
        let mut client = world.client.clone();
        async move { code(client.chaincode_events(request).await.map(|_| ())) }
    };
    let oldest = Some(Type::Oldest(SeekOldest {}));
    assert_eq!(ask(world.listens(oldest, "")).await, Code::InvalidArgument);
    let newest = Some(Type::Newest(SeekNewest {}));
    assert_eq!(ask(world.listens(newest, "")).await, Code::InvalidArgument);
    let garbage = SignedChaincodeEventsRequest { request: "garbage".into(), ..Default::default() };
    assert_eq!(ask(garbage).await, Code::InvalidArgument);
    let mut forged = world.listens(None, "");
    forged.signature = world.signature(&"something else".into());
    assert_eq!(ask(forged).await, Code::PermissionDenied);
    let mut listening = world.events(None, "").await;
    world.stop.send_replace(true);
    assert_eq!(code(listening.message().await), Code::Unavailable);
}
