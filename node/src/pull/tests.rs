// SPDX-License-Identifier: Apache-2.0
//! Sources on loopback that do as they are told.

use super::*;
use crate::services::orderer::atomic_broadcast_server::{AtomicBroadcast, AtomicBroadcastServer};
use ::orderer::testing::Kit;
use bccsp::Suite;
use futures_util::{StreamExt as _, stream};
use proto::common::{self, BlockData, BlockHeader, Envelope, Status};
use proto::orderer::deliver_response::Type;
use proto::orderer::seek_info::SeekBehavior;
use proto::orderer::{BroadcastResponse, DeliverResponse};
use proto::prost::Message as _;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Mutex;
use sys::{SystemClock, SystemEntropy};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Streaming};

/// Sends these blocks, and then a status, or nothing for ever.
#[derive(Clone)]
struct Source {
    blocks: Vec<u64>,
    status: Option<Status>,
    asked: Arc<Mutex<Vec<Envelope>>>,
    /// How many streams go on for ever as of now.
    open: watch::Sender<usize>,
}

/// A stream that goes on for ever, until it is dropped.
struct Open(watch::Sender<usize>);

impl Open {
    fn new(open: &watch::Sender<usize>) -> Self {
        open.send_modify(|count| *count += 1);
        Self(open.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

type Answers<T> = Pin<Box<dyn futures_util::Stream<Item = Result<T, tonic::Status>> + Send>>;

#[tonic::async_trait]
impl AtomicBroadcast for Source {
    type BroadcastStream = Answers<BroadcastResponse>;
    type DeliverStream = Answers<DeliverResponse>;

    async fn broadcast(
        &self,
        _: Request<Streaming<Envelope>>,
    ) -> Result<Response<Self::BroadcastStream>, tonic::Status> {
        Err(tonic::Status::unimplemented("not here"))
    }

    async fn deliver(
        &self,
        request: Request<Streaming<Envelope>>,
    ) -> Result<Response<Self::DeliverStream>, tonic::Status> {
        let envelope = request.into_inner().message().await?.unwrap();
        let (first, if_there) = asked_for(&envelope);
        self.asked.lock().unwrap().push(envelope);
        let answer = |kind| Ok(DeliverResponse { r#type: Some(kind) });
        if if_there && !self.blocks.contains(&first) {
            let none = answer(Type::Status(Status::NotFound.into()));
            return Ok(Response::new(Box::pin(stream::iter([none]))));
        }
        let from = self.blocks.iter().filter(move |number| **number >= first);
        let mut answers: Vec<_> = from.map(|number| answer(Type::Block(block(*number)))).collect();
        answers.extend(self.status.map(|status| answer(Type::Status(status.into()))));
        let answers = stream::iter(answers);
        Ok(Response::new(match self.status {
            Some(_) => Box::pin(answers),
            None => {
                let open = Open::new(&self.open);
                let for_ever = stream::once(async move {
                    let _open = open;
                    std::future::pending().await
                });
                Box::pin(answers.chain(for_ever))
            }
        }))
    }
}

/// The first block, and whether it is wanted only if it is there.
fn asked_for(envelope: &Envelope) -> (u64, bool) {
    let envelope = block::Envelope::from_message(envelope.clone()).unwrap();
    let seek = proto::orderer::SeekInfo::decode(envelope.data().clone()).unwrap();
    let if_there = seek.behavior() == SeekBehavior::FailIfNotReady;
    match seek.start.unwrap().r#type.unwrap() {
        proto::orderer::seek_position::Type::Specified(at) => (at.number, if_there),
        other => panic!("{other:?}"),
    }
}

fn block(number: u64) -> common::Block {
    let header = BlockHeader { number, ..BlockHeader::default() };
    let data = BlockData { data: vec!["entry".into()] };
    common::Block { header: Some(header), data: Some(data), metadata: None }
}

async fn serve(blocks: impl IntoIterator<Item = u64>, status: Option<Status>) -> (String, Source) {
    let (blocks, open) = (blocks.into_iter().collect(), watch::channel(0).0);
    let source = Source { blocks, status, asked: Arc::default(), open };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = tonic::transport::Server::builder()
        .add_service(AtomicBroadcastServer::new(source.clone()))
        .serve_with_incoming(TcpListenerStream::new(listener));
    drop(tokio::spawn(server));
    (address, source)
}

struct Plain;

impl Dial for Plain {
    fn dial(&self, source: &str) -> Waiting<Result<Connection, String>> {
        let uri = format!("http://{source}");
        Box::pin(async move {
            let endpoint = Channel::from_shared(uri).map_err(|error| error.to_string())?;
            let channel = endpoint.connect().await.map_err(|error| error.to_string())?;
            Ok(Connection::Orderer(channel))
        })
    }
}

/// Takes blocks up to a number, and says which it refuses, once each.
struct Taker {
    sources: Vec<String>,
    others: Vec<String>,
    until: u64,
    taken: Mutex<Vec<u64>>,
    refused: Mutex<BTreeMap<u64, ()>>,
}

impl Takes for Taker {
    fn height(&self) -> u64 {
        self.taken.lock().unwrap().len() as u64
    }

    fn sources(&self) -> Vec<String> {
        self.sources.clone()
    }

    fn others(&self) -> Vec<String> {
        self.others.clone()
    }

    fn take(&self, block: Block) -> Waiting<Result<(), NotTaken>> {
        let number = block.number();
        let verdict = if self.refused.lock().unwrap().remove(&number).is_some() {
            Err(NotTaken::Refused("its signature is wrong".to_owned()))
        } else if number == self.until {
            Err(NotTaken::Stopped("enough".to_owned()))
        } else {
            self.taken.lock().unwrap().push(number);
            Ok(())
        };
        Box::pin(async { verdict })
    }
}

async fn pull(sources: Vec<String>, refused: &[u64]) -> Vec<u64> {
    pull_from(sources, Vec::new(), refused).await
}

async fn pull_from(sources: Vec<String>, others: Vec<String>, refused: &[u64]) -> Vec<u64> {
    let kit = Kit::new(Suite::Gm, 1, 1);
    let puller = Puller {
        channel: "ch1".to_owned(),
        identity: Arc::new(kit.client("puller").identity().clone()),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        dial: Arc::new(Plain),
        binding: None,
        patience: Duration::from_secs(5),
        pause: Duration::from_millis(1),
        silence: Duration::from_millis(100),
    };
    let refused = Mutex::new(refused.iter().map(|number| (*number, ())).collect());
    let taker = Taker { sources, others, until: 6, taken: Mutex::default(), refused };
    let end = timeout(Duration::from_secs(20), puller.run(&taker)).await.unwrap();
    assert_eq!(end, "enough");
    taker.taken.into_inner().unwrap()
}

#[tokio::test]
async fn one_source_gives_all() {
    let (source, state) = serve(0..9, None).await;
    assert_eq!(pull(vec![source], &[]).await, [0, 1, 2, 3, 4, 5]);
    let asked = state.asked.lock().unwrap();
    let envelope = block::Envelope::from_message(asked[0].clone()).unwrap();
    let header = envelope.headers().channel_header();
    assert_eq!((header.r#type, header.channel_id.as_str()), (5, "ch1"));
    assert!(header.timestamp.is_some() && envelope.headers().nonce().len() == 24);
}

#[tokio::test]
async fn whoever_fails_is_left_for_another() {
    let gone = "127.0.0.1:1".to_owned();
    let (lost_leader, _) = serve(0..3, Some(Status::ServiceUnavailable)).await;
    let (with_a_gap, _) = serve([0, 1, 2, 3, 5, 6], None).await;
    let (forbidding, _) = serve([], Some(Status::Forbidden)).await;
    let (good, _) = serve(0..9, None).await;
    let sources = vec![gone, lost_leader, with_a_gap, forbidding, good];
    assert_eq!(pull(sources, &[]).await, [0, 1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn a_block_that_is_refused_is_asked_of_another() {
    let (one, first) = serve(0..9, None).await;
    let (other, second) = serve(0..9, None).await;
    assert_eq!(pull(vec![one, other], &[4]).await, [0, 1, 2, 3, 4, 5]);
    assert!(!first.asked.lock().unwrap().is_empty() && !second.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn others_are_asked_when_the_first_do_not_answer_and_not_before() {
    let (first, _) = serve(0..9, None).await;
    let (other, state) = serve(0..9, None).await;
    assert_eq!(pull_from(vec![first], vec![other], &[]).await, [0, 1, 2, 3, 4, 5]);
    assert!(state.asked.lock().unwrap().is_empty());
    let gone = "127.0.0.1:1".to_owned();
    let (other, _) = serve(0..9, None).await;
    assert_eq!(pull_from(vec![gone], vec![other], &[]).await, [0, 1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn one_that_is_silent_is_left_when_another_has_the_next_block() {
    let (silent, state) = serve(0..3, None).await;
    let (other, _) = serve(0..9, None).await;
    assert_eq!(pull_from(vec![silent], vec![other], &[]).await, [0, 1, 2, 3, 4, 5]);
    assert_eq!(state.asked.lock().unwrap().len(), 1);
    // Where nobody has more, it is no fault.
    let (silent, state) = serve(0..3, None).await;
    let (other, asked) = serve(0..3, None).await;
    let waited = timeout(Duration::from_secs(1), pull_from(vec![silent], vec![other], &[])).await;
    waited.unwrap_err();
    assert_eq!(state.asked.lock().unwrap().len(), 1);
    assert!(asked.asked.lock().unwrap().len() > 1, "it was asked whether there is more");
}

#[tokio::test]
async fn a_source_that_is_left_learns_of_it() {
    let (silent, left) = serve(0..3, None).await;
    let (other, stopped) = serve(0..9, None).await;
    assert_eq!(pull_from(vec![silent], vec![other], &[]).await, [0, 1, 2, 3, 4, 5]);
    for source in [left, stopped] {
        let mut open = source.open.subscribe();
        timeout(Duration::from_secs(20), open.wait_for(|open| *open == 0)).await.unwrap().unwrap();
    }
}
