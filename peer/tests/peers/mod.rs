// SPDX-License-Identifier: Apache-2.0
//! Two peers of two organisations on one channel, and chaincodes that are written in the test.
#![allow(dead_code)] // each test file takes its part
#![allow(unreachable_pub)] // the module of helpers has several users

use bccsp::Suite;
use block::{Proposal, Request, sign_payload};
use gmca_peer::assemble::prepare;
use gmca_peer::endorse::{Denied, Endorsement, Endorser, Parts, Plan, Step};
use gmca_peer::stream::{CallId, Completed, Event, Failure, Limits, Options, Stream};
use gmca_peer::system::{MemoryPackages, MemoryValues};
use gmca_peer::testing::{Kit, now};
use gmca_peer::{Channels, PeerChannel, Registrar};
use msp::{Manager, SigningIdentity};
use proto::Bytes;
use proto::lifecycle::{
    ApproveChaincodeDefinitionForMyOrgArgs, ChaincodeSource, CommitChaincodeDefinitionArgs,
    chaincode_source,
};
use proto::prost::Message;
use proto::protos::chaincode_message::Type;
use proto::protos::{
    ChaincodeId, ChaincodeMessage, ProposalResponse, Response, SignedProposal,
    TxValidationCode as Code,
};
use std::path::Path;
use std::sync::Arc;
use sys::Timestamp;
use sys::sim::{MemoryDisk, SetClock};

pub const CHANNEL: &str = "ch1";

pub struct Peers {
    pub kit: Kit,
    pub registrar: Arc<Registrar>,
    pub endorsers: Vec<Endorser>,
    pub clock: Arc<SetClock>,
    /// The channel that everything is asked on.
    pub on: &'static str,
}

impl Peers {
    pub fn new(suite: Suite) -> Self {
        Self::with(suite, Limits::default())
    }

    pub fn with(suite: Suite, limits: Limits) -> Self {
        let kit = Kit::new(suite);
        let node = Arc::new(kit.node(&MemoryDisk::new(1 << 30)));
        let registrar = Arc::new(Registrar::open(node, Path::new("channels")).unwrap());
        registrar.join(&kit.genesis(CHANNEL)).unwrap();
        let clock = Arc::new(SetClock::new(Timestamp(u64::try_from(now().seconds).unwrap())));
        let mut peers = Self { kit, registrar, endorsers: Vec::new(), clock, on: CHANNEL };
        peers.endorsers = [0, 1].map(|index| peers.endorser(index, limits)).into();
        peers
    }

    fn endorser(&self, index: usize, limits: Limits) -> Endorser {
        let (kit, member) = (&self.kit, &self.kit.members[index]);
        let parts = Parts {
            identity: member.node.clone(),
            local: Manager::new(&kit.providers, [member.definition(&[])]).unwrap(),
            clock: self.clock.clone(),
            channels: Arc::clone(&self.registrar) as Arc<dyn Channels>,
            packages: Arc::new(MemoryPackages::default()),
            values: Arc::new(MemoryValues::default()),
            limits,
        };
        Endorser::new(&kit.providers, parts)
    }

    /// One more peer of an organisation, which knows nothing but the channel.
    pub fn another_of(&self, index: usize) -> Endorser {
        self.endorser(index, Limits::default())
    }

    pub fn channel(&self) -> Arc<PeerChannel> {
        self.registrar.get(self.on).unwrap()
    }

    pub fn client(&self) -> &SigningIdentity {
        &self.kit.members[0].client
    }

    pub fn request<'a>(
        &self,
        chaincode: &'a str,
        args: &[&[u8]],
        who: &SigningIdentity,
    ) -> Request<'a> {
        Request {
            channel: self.on,
            chaincode,
            args: args.iter().map(|arg| Bytes::copy_from_slice(arg)).collect(),
            creator: who.serialized().clone(),
            nonce: self.kit.nonce(),
            timestamp: now(),
            ..Request::default()
        }
    }

    pub fn sign(&self, request: Request<'_>, who: &SigningIdentity) -> SignedProposal {
        Proposal::new(request, &self.kit.providers).unwrap().sign(&**who.key()).unwrap()
    }

    pub fn proposal(&self, chaincode: &str, args: &[&[u8]]) -> SignedProposal {
        self.sign(self.request(chaincode, args, self.client()), self.client())
    }

    /// Asks one peer for something that it answers at once.
    pub fn ask(&self, peer: usize, signed: SignedProposal) -> ProposalResponse {
        match self.endorsers[peer].begin(signed).unwrap() {
            Plan::Done(response) => *response,
            Plan::Run(endorsement) => panic!("{:?} runs", endorsement.target()),
        }
    }

    /// Asks a system chaincode of one peer, as its administrator.
    pub fn system(&self, peer: usize, chaincode: &str, args: &[&[u8]]) -> Response {
        let admin = &self.kit.members[peer].admin;
        let signed = self.sign(self.request(chaincode, args, admin), admin);
        self.ask(peer, signed).response.unwrap()
    }

    /// Has it endorsed by these peers and ordered: the code.
    pub fn order(&self, signed: &SignedProposal, who: &SigningIdentity, peers: &[usize]) -> Code {
        let responses: Vec<_> = peers.iter().map(|peer| self.ask(*peer, signed.clone())).collect();
        self.commit(signed, who, &responses)
    }

    pub fn commit(
        &self,
        signed: &SignedProposal,
        who: &SigningIdentity,
        responses: &[ProposalResponse],
    ) -> Code {
        let envelope = prepare(signed, responses).unwrap();
        let envelope = sign_payload(envelope.payload, &**who.key()).unwrap();
        let channel = self.channel();
        let block = self.kit.next(&channel, &[envelope]);
        channel.commit(channel.verify(block).unwrap()).unwrap().codes[0]
    }

    /// Approves on both peers, and commits.
    pub fn deploy(&self, name: &str, sequence: i64, init_required: bool) {
        for peer in [0, 1] {
            self.approve(peer, &approval(name, sequence, init_required));
        }
        self.commit_definition(name, sequence, init_required);
    }

    /// The second organisation approves the first `basic`, too, and it is committed.
    pub fn deploy_rest(&self) {
        self.approve(1, &approval("basic", 1, false));
        self.commit_definition("basic", 1, false);
    }

    fn commit_definition(&self, name: &str, sequence: i64, init_required: bool) {
        let args = CommitChaincodeDefinitionArgs {
            sequence,
            name: name.to_owned(),
            version: "1.0".to_owned(),
            init_required,
            ..CommitChaincodeDefinitionArgs::default()
        };
        let args: [&[u8]; 2] = [b"CommitChaincodeDefinition", &args.encode_to_vec()];
        let signed = self.proposal("_lifecycle", &args);
        assert_eq!(self.order(&signed, self.client(), &[0, 1]), Code::Valid);
    }

    pub fn approve(&self, peer: usize, args: &ApproveChaincodeDefinitionForMyOrgArgs) {
        let signed = self.approval(peer, args);
        let admin = &self.kit.members[peer].admin;
        assert_eq!(self.order(&signed, admin, &[peer]), Code::Valid);
    }

    pub fn approval(
        &self,
        peer: usize,
        args: &ApproveChaincodeDefinitionForMyOrgArgs,
    ) -> SignedProposal {
        let args: [&[u8]; 2] = [b"ApproveChaincodeDefinitionForMyOrg", &args.encode_to_vec()];
        let admin = &self.kit.members[peer].admin;
        self.sign(self.request("_lifecycle", &args, admin), admin)
    }

    /// Begins what a chaincode is to run for.
    pub fn begin(&self, peer: usize, signed: SignedProposal) -> Result<Box<Endorsement>, Denied> {
        match self.endorsers[peer].begin(signed)? {
            Plan::Run(endorsement) => Ok(endorsement),
            Plan::Done(response) => panic!("{response:?}"),
        }
    }

    /// Runs a script as the chaincode: what it says, one message after the other.
    pub fn run(
        &self,
        peer: usize,
        signed: SignedProposal,
        script: &mut Script<'_>,
    ) -> ProposalResponse {
        let endorsement = self.begin(peer, signed).unwrap();
        let endorser = &self.endorsers[peer];
        let result = play(endorser, &endorsement, endorsement.target(), script);
        endorser.finish(&endorsement, result)
    }
}

/// What a chaincode does: it is given its name, and what the peer said last, and says something.
pub type Script<'a> = dyn FnMut(&str, ChaincodeMessage) -> ChaincodeMessage + 'a;

pub fn approval(
    name: &str,
    sequence: i64,
    init_required: bool,
) -> ApproveChaincodeDefinitionForMyOrgArgs {
    let local = chaincode_source::Local { package_id: format!("{name}:1.0") };
    ApproveChaincodeDefinitionForMyOrgArgs {
        sequence,
        name: name.to_owned(),
        version: "1.0".to_owned(),
        init_required,
        source: Some(ChaincodeSource { r#type: Some(chaincode_source::Type::LocalPackage(local)) }),
        ..ApproveChaincodeDefinitionForMyOrgArgs::default()
    }
}

/// A stream on which that chaincode has registered.
pub fn ready(name: &str) -> Stream {
    let mut stream = Stream::new(Options { expected: None, batches: true });
    stream.receive(register(name));
    stream
}

pub fn register(name: &str) -> ChaincodeMessage {
    let id = ChaincodeId { name: name.to_owned(), ..ChaincodeId::default() };
    ChaincodeMessage {
        r#type: Type::Register.into(),
        payload: id.encode_to_vec().into(),
        ..ChaincodeMessage::default()
    }
}

/// A message of a running chaincode.
pub fn says(id: &CallId, kind: Type, payload: &impl Message) -> ChaincodeMessage {
    ChaincodeMessage {
        r#type: kind.into(),
        payload: payload.encode_to_vec().into(),
        txid: id.tx_id.clone(),
        channel_id: id.channel.clone(),
        ..ChaincodeMessage::default()
    }
}

/// Every chaincode that is called runs on a stream of its own.
fn play(
    endorser: &Endorser,
    endorsement: &Endorsement,
    target: &gmca_peer::endorse::Target,
    script: &mut Script<'_>,
) -> Result<Completed, Failure> {
    let mut stream = ready(&target.package_id);
    let mut events = stream.run(target.call.clone())?;
    loop {
        assert_eq!(events.len(), 1, "{events:?}");
        events = match events.pop().unwrap() {
            Event::Send(message) => {
                let answer = script(&target.call.chaincode, *message);
                stream.receive(answer)
            }
            Event::Finished(_, result) => return result,
            Event::Invoke(invocation) => {
                let result = match endorser.invoke(endorsement, &invocation) {
                    Step::Done(result) => result,
                    Step::Run(inner) => play(endorser, endorsement, &inner, script),
                };
                stream.invoked(&invocation.caller, result)
            }
            other => panic!("{other:?}"),
        };
    }
}

/// How a chaincode ends well.
pub fn completed(id: &CallId, payload: &str) -> ChaincodeMessage {
    let payload = Bytes::copy_from_slice(payload.as_bytes());
    says(id, Type::Completed, &Response { status: 200, payload, ..Response::default() })
}

pub fn id_of(message: &ChaincodeMessage) -> CallId {
    CallId { channel: message.channel_id.clone(), tx_id: message.txid.clone() }
}

pub fn kind_of(message: &ChaincodeMessage) -> Type {
    Type::try_from(message.r#type).unwrap()
}
