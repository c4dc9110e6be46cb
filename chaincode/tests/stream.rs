// SPDX-License-Identifier: Apache-2.0
//! The real stream over loopback: a little peer drives a served chaincode, in both modes.

mod every;

use every::every;
use gmca_chaincode::proto::prost::Message as _;
use gmca_chaincode::proto::protos::chaincode_message::Type;
use gmca_chaincode::proto::protos::{self, ChaincodeMessage};
use gmca_chaincode::testing::wire::{PeerEnd, dial, listen};
use gmca_chaincode::testing::{Ledger, Simulation, converse, creator, signed_proposal};
use gmca_chaincode::{Bytes, Mode, Options, Server};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const ID: &str = "every:1";

struct Served {
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Served {
    async fn ends(mut self) {
        drop(self.stop.take());
        let ended = tokio::time::timeout(Duration::from_secs(9), self.task).await;
        ended.expect("it stops").expect("without a panic");
    }
}

async fn serve(mode: Mode) -> (Served, Option<SocketAddr>) {
    let options =
        Options { chaincode_id: ID.into(), mode, tls: None, peer_msp_id: Some("Org1MSP".into()) };
    let server = Server::bind(every(), options).await.expect("binds");
    let address = server.address();
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(async move {
        server.run(async { drop(stopped.await) }).await.expect("serves");
    });
    (Served { stop: Some(stop), task }, address)
}

async fn service() -> (Served, SocketAddr) {
    let (served, address) = serve(Mode::Service { address: "127.0.0.1:0".into() }).await;
    (served, address.expect("an address"))
}

/// A peer's end of a stream, with a ledger behind it.
struct Peer {
    end: PeerEnd,
    ledger: Arc<Mutex<Ledger>>,
    transactions: u32,
}

impl Peer {
    /// Takes the registration, as a peer that can do everything or nothing beyond the common.
    async fn welcome(mut end: PeerEnd, can: &protos::ChaincodeAdditionalParams) -> Self {
        let register = end.receive().await.expect("the chaincode speaks first");
        assert_eq!(register.r#type(), Type::Register);
        assert_eq!(protos::ChaincodeId::decode(register.payload).expect("an id").name, ID);
        end.send(plain(Type::Registered, Bytes::new()));
        end.send(plain(Type::Ready, can.encode_to_vec().into()));
        Self { end, ledger: Arc::default(), transactions: 0 }
    }

    async fn dialled(address: SocketAddr) -> Self {
        Self::welcome(dial(address).await.expect("connects"), &Default::default()).await
    }

    fn begin(&mut self, kind: Type, args: &[&str]) -> String {
        self.transactions += 1;
        let tx = format!("tx{}", self.transactions);
        self.end.send(transaction(kind, &tx, args));
        tx
    }

    /// Answers until the transaction is over.
    async fn finish(&mut self, tx: &str) -> (protos::Response, ChaincodeMessage) {
        let mut simulation = Simulation::new(self.ledger.clone());
        loop {
            let message = self.end.receive().await.expect("the stream goes on");
            assert_eq!((message.txid.as_str(), message.channel_id.as_str()), (tx, "ch1"));
            if message.r#type() == Type::Completed {
                let response = protos::Response::decode(message.payload.clone()).expect("read");
                if response.status < 400 {
                    simulation.commit(tx, i64::from(self.transactions));
                }
                assert_eq!(simulation.open_queries(), 0, "queries are closed");
                return (response, message);
            }
            let answer = simulation.answer("every", message.r#type(), message.payload.clone());
            self.end.send(answered(&message, answer));
        }
    }

    async fn run(&mut self, args: &[&str]) -> (protos::Response, ChaincodeMessage) {
        let tx = self.begin(Type::Transaction, args);
        self.finish(&tx).await
    }

    async fn ok(&mut self, args: &[&str]) -> String {
        let (response, _) = self.run(args).await;
        assert_eq!(response.status, 200, "{args:?}: {}", response.message);
        String::from_utf8(response.payload.to_vec()).expect("text")
    }
}

fn plain(kind: Type, payload: Bytes) -> ChaincodeMessage {
    ChaincodeMessage { r#type: kind.into(), payload, ..Default::default() }
}

fn answered(request: &ChaincodeMessage, answer: Result<Bytes, String>) -> ChaincodeMessage {
    let (kind, payload) = match answer {
        Ok(payload) => (Type::Response, payload),
        Err(text) => (Type::Error, text.into()),
    };
    let (txid, channel_id) = (request.txid.clone(), request.channel_id.clone());
    ChaincodeMessage { txid, channel_id, ..plain(kind, payload) }
}

fn transaction(kind: Type, tx: &str, args: &[&str]) -> ChaincodeMessage {
    let args = args.iter().map(|arg| Bytes::copy_from_slice(arg.as_bytes())).collect();
    let decorations = BTreeMap::from([("d".to_owned(), Bytes::from_static(b"xy"))]);
    let input = protos::ChaincodeInput { args, decorations, is_init: kind == Type::Init };
    let creator = creator("Org2MSP", &[("role", "clerk")]);
    ChaincodeMessage {
        txid: tx.into(),
        channel_id: "ch1".into(),
        proposal: Some(signed_proposal("ch1", tx, &creator, 9, BTreeMap::new())),
        ..plain(kind, input.encode_to_vec().into())
    }
}

/// Every request there is, one transaction after the other.
async fn everything(peer: &mut Peer) {
    let tx = peer.begin(Type::Init, &[]);
    assert_eq!(peer.finish(&tx).await.0.status, 200);
    assert_eq!(peer.ok(&["get", "initialised"]).await, "yes");
    let (_, end) = peer.run(&["put", "a", "1"]).await;
    let event = end.chaincode_event.expect("an event");
    assert_eq!((event.event_name.as_str(), &event.payload[..]), ("put", &b"a"[..]));
    assert!(event.chaincode_id.is_empty() && event.tx_id.is_empty(), "the peer fills them in");
    peer.ok(&["fill", "250"]).await;
    assert_eq!(peer.ok(&["range", "k", "l"]).await.split(',').count(), 250);
    assert_eq!(peer.ok(&["some"]).await, "a");
    assert_eq!(peer.ok(&["many"]).await, r#"[Some(b"1"), None, Some(b"3")]"#);
    assert_eq!(peer.ok(&["together"]).await, r#"Some(b"1") Some(b"2")"#);
    peer.ok(&["composite", "put"]).await;
    assert_eq!(peer.ok(&["composite", "find"]).await, "Ann/1,Ann/2 1");
    peer.ok(&["policy", "set", "a"]).await;
    assert_eq!(peer.ok(&["policy", "get", "a"]).await, "Org1MSP,Org2MSP");
    peer.ok(&["batch", "no"]).await;
    assert_eq!(peer.ok(&["range", "b", "c"]).await, "b1,b2,b3,b4,b5,b6");
    let facts = peer.ok(&["facts"]).await;
    assert!(facts.contains("Org2MSP clerk Org1MSP 9 1 d=2 true true"), "{facts}");
    let (refused, _) = peer.run(&["private", "get"]).await;
    assert!(refused.message.contains("private data are not kept"), "{}", refused.message);
    let (refused, _) = peer.run(&["status", "404"]).await;
    assert_eq!((refused.status, refused.message.as_str()), (404, "so it is"));
    let (refused, _) = peer.run(&["panic", "ouch"]).await;
    assert_eq!(refused.message, "the chaincode panicked: ouch");
}

#[tokio::test]
async fn a_service_answers_everything() {
    let (served, address) = service().await;
    let mut peer = Peer::dialled(address).await;
    everything(&mut peer).await;
    served.ends().await;
}

#[tokio::test]
async fn a_peer_that_takes_batches_gets_them() {
    let (served, address) = service().await;
    let can = protos::ChaincodeAdditionalParams {
        use_write_batch: true,
        max_size_write_batch: 3,
        use_get_multiple_keys: true,
        max_size_get_multiple_keys: 2,
    };
    let mut peer = Peer::welcome(dial(address).await.expect("connects"), &can).await;
    peer.begin(Type::Transaction, &["batch", "no"]);
    let batch = peer.end.receive().await.expect("a request");
    assert_eq!(batch.r#type(), Type::WriteBatchState);
    assert_eq!(protos::WriteBatchState::decode(batch.payload).expect("read").rec.len(), 3);
    served.ends().await;
}

#[tokio::test]
async fn dev_mode_dials_and_dials_again() {
    let (address, mut ends) = listen().await.expect("listens");
    let (served, _) = serve(Mode::Dev { peer: address.to_string() }).await;
    let mut first = Peer::welcome(ends.recv().await.expect("dialled"), &Default::default()).await;
    everything(&mut first).await;
    drop(first);
    let again = tokio::time::timeout(Duration::from_secs(20), ends.recv()).await;
    let again = again.expect("it dials again").expect("a stream");
    let mut again = Peer::welcome(again, &Default::default()).await;
    again.ok(&["put", "a", "1"]).await;
    served.ends().await;
}

#[tokio::test]
async fn transactions_and_peers_run_side_by_side() {
    let (served, address) = service().await;
    let (mut one, mut two) = (Peer::dialled(address).await, Peer::dialled(address).await);
    // A transaction that hangs holds up neither its stream nor the other.
    one.begin(Type::Transaction, &["hang"]);
    let request = one.end.receive().await.expect("a request");
    one.end.send(answered(&request, Ok(Bytes::new())));
    one.ok(&["put", "a", "1"]).await;
    two.ok(&["put", "a", "2"]).await;
    // Two of one stream, answered in the other order.
    let (x, y) =
        (one.begin(Type::Transaction, &["get", "x"]), one.begin(Type::Transaction, &["get", "y"]));
    let mut asked = BTreeMap::new();
    for _ in 0..2 {
        let request = one.end.receive().await.expect("a request");
        asked.insert(request.txid.clone(), request);
    }
    one.end.send(answered(&asked[&y], Ok("of y".into())));
    let end = one.end.receive().await.expect("an end");
    assert_eq!((end.r#type(), end.txid), (Type::Completed, y));
    one.end.send(answered(&asked[&x], Err("no x".into())));
    let end = one.end.receive().await.expect("an end");
    let response = protos::Response::decode(end.payload).expect("read");
    assert_eq!((end.txid, response.message.as_str()), (x, "GET_STATE: no x"));
    served.ends().await;
}

#[tokio::test]
async fn a_value_of_many_mebibytes_travels() {
    let (served, address) = service().await;
    let mut peer = Peer::dialled(address).await;
    peer.ok(&["size", &(20 << 20).to_string()]).await;
    assert_eq!(peer.ok(&["get", "large"]).await.len(), 20 << 20);
    served.ends().await;
}

#[tokio::test]
async fn one_that_stops_ends_what_runs() {
    let (served, address) = service().await;
    let mut peer = Peer::dialled(address).await;
    let tx = peer.begin(Type::Transaction, &["get", "a"]);
    let request = peer.end.receive().await.expect("a request");
    let ending = tokio::spawn(served.ends());
    tokio::time::sleep(Duration::from_millis(100)).await;
    peer.end.send(transaction(Type::Transaction, "late", &["get", "a"]));
    let refused = peer.end.receive().await.expect("an answer");
    assert_eq!((refused.txid.as_str(), refused.r#type()), ("late", Type::Error));
    peer.end.send(answered(&request, Ok("v".into())));
    let end = peer.end.receive().await.expect("the end");
    assert_eq!((end.r#type(), end.txid), (Type::Completed, tx));
    assert!(peer.end.receive().await.is_none(), "then the stream ends");
    ending.await.expect("it stops");
}

#[tokio::test]
async fn garbage_does_not_stop_a_service() {
    use tokio::io::AsyncWriteExt as _;
    let (served, address) = service().await;
    let mut half_open = Vec::new();
    for n in 0..50_u8 {
        let mut socket = tokio::net::TcpStream::connect(address).await.expect("connects");
        let _ = socket.write_all(&[n; 99]).await;
        half_open.push(socket);
    }
    let mut peer = Peer::dialled(address).await;
    peer.ok(&["put", "a", "1"]).await;
    served.ends().await;
}

#[tokio::test]
async fn a_peer_may_say_anything_and_each_transaction_ends_once() {
    let begin = [plain(Type::Registered, Bytes::new()), plain(Type::Ready, Bytes::new())];
    let call = transaction(Type::Transaction, "t1", &["read", "a1"]);
    let answer = ChaincodeMessage { r#type: Type::Response.into(), ..call.clone() };
    let messages =
        [&begin[..], &[answer.clone(), call.clone(), call, answer.clone(), answer]].concat();
    let said = converse(gmca_chaincode::asset::asset(), ID, messages).await;
    let kinds: Vec<_> = said.iter().map(ChaincodeMessage::r#type).collect();
    // The second call of the same id is refused, and an answer that nobody waits for is not heard.
    let [first, rest @ ..] = &kinds[..] else { panic!("{kinds:?}") };
    assert_eq!(*first, Type::Register);
    let count = |kind| rest.iter().filter(|found| **found == kind).count();
    let counts = [Type::GetState, Type::Error, Type::Completed].map(count);
    assert_eq!((counts, rest.len()), ([1, 1, 1], 3), "{kinds:?}");
}
