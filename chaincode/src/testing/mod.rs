// SPDX-License-Identifier: Apache-2.0
//! A peer in memory, for the tests of chaincode.
//!
//! It answers the messages of the real stream, commits what a successful transaction wrote, and keeps
//! history and events.
//!
//! ```
//! use gmca_chaincode::asset::asset;
//! use gmca_chaincode::testing::MockPeer;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let chaincode = asset();
//! let mut peer = MockPeer::new();
//! let made = peer.invoke(&chaincode, "create", &["a1", "blue", "5", "Tom", "300"]).await;
//! assert_eq!(made.status, 200, "{}", made.message);
//! assert_eq!(peer.events()[0].name, "CreateAsset");
//!
//! peer.client("Org2MSP", &[("role", "clerk")]);
//! let moved = peer.invoke(&chaincode, "transfer", &["a1", "Ann"]).await;
//! assert_eq!(moved.payload, "Tom");
//! # }
//! ```
//!
//! Not here: policies, conflicts between transactions, private data.

mod client;
mod converse;
mod ledger;
mod simulation;
pub mod wire;

pub use client::{creator, signed_proposal};
pub use converse::converse;
pub use ledger::Ledger;
pub use simulation::Simulation;

use crate::chaincode::AnyChaincode;
use crate::stub::{Abilities, Call, Link};
use crate::{Chaincode, Error, Response, Stub};
use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use proto::prost::Message as _;
use proto::protos::chaincode_message::Type;
use proto::protos::{self, ChaincodeMessage};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The namespace of the chaincode under test.
const OWN: &str = "mock";
/// The channel.
const CHANNEL: &str = "mock-channel";

/// An event that was committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The transaction.
    pub tx_id: String,
    /// Its name.
    pub name: String,
    /// Its payload.
    pub payload: Bytes,
}

/// A peer in memory. Clients, arguments and state are the test's.
pub struct MockPeer {
    ledger: Arc<Mutex<Ledger>>,
    others: Arc<BTreeMap<String, Arc<dyn AnyChaincode>>>,
    creator: Bytes,
    transient: BTreeMap<String, Bytes>,
    events: Vec<Event>,
    abilities: Abilities,
    transactions: u32,
}

impl std::fmt::Debug for MockPeer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MockPeer").field("transactions", &self.transactions).finish()
    }
}

impl Default for MockPeer {
    fn default() -> Self {
        Self {
            ledger: Arc::default(),
            others: Arc::default(),
            creator: creator("Org1MSP", &[]),
            transient: BTreeMap::new(),
            events: Vec::new(),
            abilities: Abilities::default(),
            transactions: 0,
        }
    }
}

impl MockPeer {
    /// An empty ledger, and a client of `Org1MSP` without attributes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a chaincode that others may call.
    #[must_use]
    pub fn with_chaincode(mut self, name: &str, chaincode: impl Chaincode) -> Self {
        let mut others = BTreeMap::clone(&self.others);
        others.insert(name.to_owned(), Arc::new(chaincode));
        self.others = Arc::new(others);
        self
    }

    /// Takes writes in batches and reads several keys at once, as newer peers do.
    #[must_use]
    pub fn with_batches(mut self) -> Self {
        self.abilities = Abilities { write_batch: 3, read_many: 2 };
        self
    }

    /// Who asks from now on: an organisation, and attributes of its certificate.
    pub fn client(&mut self, msp_id: &str, attributes: &[(&str, &str)]) {
        self.creator = creator(msp_id, attributes);
    }

    /// What the next transactions have as transient data.
    pub fn transient(&mut self, entries: &[(&str, &[u8])]) {
        let entries = entries.iter().map(|(k, v)| ((*k).to_owned(), Bytes::copy_from_slice(v)));
        self.transient = entries.collect();
    }

    /// Runs a transaction and, if it succeeds, commits it.
    pub async fn invoke(
        &mut self,
        chaincode: &impl Chaincode,
        function: &str,
        args: &[&str],
    ) -> Response {
        self.run(chaincode, false, function, args, true).await
    }

    /// Runs a transaction and commits nothing.
    pub async fn query(
        &mut self,
        chaincode: &impl Chaincode,
        function: &str,
        args: &[&str],
    ) -> Response {
        self.run(chaincode, false, function, args, false).await
    }

    /// Runs the chaincode's `init`, and commits it if it succeeds.
    pub async fn init(
        &mut self,
        chaincode: &impl Chaincode,
        function: &str,
        args: &[&str],
    ) -> Response {
        self.run(chaincode, true, function, args, true).await
    }

    /// A committed value of the chaincode under test.
    #[must_use]
    pub fn state(&self, key: &str) -> Option<Bytes> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner).value(OWN, key)
    }

    /// The committed events, the oldest first.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    async fn run(
        &mut self,
        chaincode: &dyn AnyChaincode,
        init: bool,
        function: &str,
        args: &[&str],
        commit: bool,
    ) -> Response {
        let call = self.call(init, function, args);
        let tx = call.tx.clone();
        let simulation = Arc::new(Mutex::new(Simulation::new(self.ledger.clone())));
        let link = self.link(OWN, &call, &simulation);
        let stub = match Stub::new(call, self.abilities, Some("Org1MSP".into()), Box::new(link)) {
            Ok(stub) => stub,
            Err(error) => return Response::error(error.to_string()),
        };
        let response = chaincode.run(&stub, init).await;
        if commit && response.is_success() {
            let simulation = simulation.lock().unwrap_or_else(PoisonError::into_inner);
            simulation.commit(&tx, i64::from(self.transactions));
            let event = stub.take_event();
            let event = event.map(|e| Event { tx_id: tx, name: e.event_name, payload: e.payload });
            self.events.extend(event);
        }
        response
    }

    /// A transaction of the client. Its time is its number, in seconds.
    fn call(&mut self, init: bool, function: &str, args: &[&str]) -> Call {
        self.transactions = self.transactions.saturating_add(1);
        let (channel, tx) = (CHANNEL.to_owned(), format!("{:064x}", self.transactions));
        let args = std::iter::once(&function).chain(args).copied();
        let args = args.map(|arg| Bytes::copy_from_slice(arg.as_bytes())).collect();
        let input = protos::ChaincodeInput { args, ..Default::default() };
        let (seconds, transient) = (i64::from(self.transactions), self.transient.clone());
        let signed = signed_proposal(CHANNEL, &tx, &self.creator, seconds, transient);
        Call { channel, tx, init, input, signed }
    }

    fn link(&self, namespace: &str, call: &Call, simulation: &Arc<Mutex<Simulation>>) -> MockLink {
        MockLink {
            namespace: namespace.to_owned(),
            call: call.clone(),
            simulation: simulation.clone(),
            others: self.others.clone(),
            abilities: self.abilities,
        }
    }
}

/// A transaction's way to the ledger in memory.
#[derive(Clone)]
struct MockLink {
    namespace: String,
    call: Call,
    simulation: Arc<Mutex<Simulation>>,
    others: Arc<BTreeMap<String, Arc<dyn AnyChaincode>>>,
    abilities: Abilities,
}

impl Link for MockLink {
    fn ask(&self, kind: Type, payload: Bytes) -> BoxFuture<'_, Result<Bytes, Error>> {
        async move {
            let answer = if kind == Type::InvokeChaincode {
                self.call_other(payload).await
            } else {
                let mut simulation = self.simulation.lock().unwrap_or_else(PoisonError::into_inner);
                simulation.answer(&self.namespace, kind, payload)
            };
            answer.map_err(|text| Error::Peer { request: kind.as_str_name(), text })
        }
        .boxed()
    }
}

impl MockLink {
    async fn call_other(&self, payload: Bytes) -> Result<Bytes, String> {
        let spec = protos::ChaincodeSpec::decode(payload).map_err(|e| e.to_string())?;
        let target = spec.chaincode_id.unwrap_or_default().name;
        let (name, channel) = target.split_once('/').unwrap_or((&target, CHANNEL));
        if channel != CHANNEL {
            return Err(format!("channel {channel} does not exist"));
        }
        let other = self.others.get(name).cloned();
        let other = other.ok_or_else(|| format!("chaincode {name} does not exist"))?;
        let call = Call { input: spec.input.unwrap_or_default(), ..self.call.clone() };
        let link = Self { namespace: name.to_owned(), call: call.clone(), ..self.clone() };
        let stub = Stub::new(call, self.abilities, None, Box::new(link));
        let response = other.run(&stub.map_err(|e| e.to_string())?, false).await;
        let message = ChaincodeMessage {
            r#type: Type::Completed.into(),
            payload: protos::Response::from(response).encode_to_vec().into(),
            ..Default::default()
        };
        Ok(message.encode_to_vec().into())
    }
}
