// SPDX-License-Identifier: Apache-2.0
//! A channel on a disk in memory, on which chaincode `basic` is defined.
#![allow(dead_code)] // each test file takes its part
#![allow(unreachable_pub)] // the module of helpers has several users

use bccsp::Suite;
use gmca_peer::testing::{Draft, Kit, reference, signatures};
use gmca_peer::{Outcome, PeerChannel};
use proto::common::{self, ChannelHeader, Header, Payload};
use proto::prost::Message;
use proto::protos::{
    ChaincodeActionPayload, ProposalResponsePayload, Transaction, TxValidationCode as Code,
};
use std::path::Path;
use sys::sim::MemoryDisk;

pub const CHANNEL: &str = "ch1";
pub const DIR: &str = "peer/ch1";

pub struct Here {
    pub kit: Kit,
    pub disk: MemoryDisk,
    pub channel: PeerChannel,
}

impl Here {
    pub fn new(suite: Suite) -> Self {
        Self::of(Kit::new(suite))
    }

    /// `basic` asks for both organisations, `one` for the first.
    pub fn of(kit: Kit) -> Self {
        let disk = MemoryDisk::new(1 << 30);
        let genesis = kit.genesis(CHANNEL);
        let channel = PeerChannel::create(&kit.node(&disk), Path::new(DIR), &genesis).unwrap();
        let here = Self { kit, disk, channel };
        let basic = Draft::define("basic", &reference("/Channel/Application/Endorsement"));
        let one = Draft::define("one", &signatures("OR('Org1MSP.peer')"));
        assert_eq!(here.commit(&[basic, one]).codes, [Code::Valid; 2]);
        here
    }

    pub fn commit(&self, drafts: &[Draft]) -> Outcome {
        self.kit.commit(&self.channel, drafts)
    }

    pub fn envelope(&self, draft: &Draft) -> common::Envelope {
        self.kit.transaction(&self.channel.config(), draft)
    }

    /// Commits these as one block.
    pub fn order(&self, envelopes: &[common::Envelope]) -> Outcome {
        let block = self.kit.next(&self.channel, envelopes);
        self.channel.commit(self.channel.verify(block).unwrap()).unwrap()
    }

    /// The code and the reason of one transaction, alone in its block.
    pub fn judge(&self, envelope: common::Envelope) -> (Code, String) {
        let outcome = self.order(&[envelope]);
        let why = outcome.verdicts[0].as_ref().map(|verdict| verdict.why.clone());
        (outcome.codes[0], why.unwrap_or_default())
    }

    pub fn judge_draft(&self, draft: &Draft) -> (Code, String) {
        self.judge(self.envelope(draft))
    }

    /// A transaction that is right, changed and signed again by its client.
    pub fn changed(&self, change: impl FnOnce(&mut Payload)) -> common::Envelope {
        let good = self.envelope(&Draft::new("basic").put("a", "1"));
        let mut payload = Payload::decode(good.payload).unwrap();
        change(&mut payload);
        let client = &self.kit.members[0].client;
        block::sign_payload(payload.encode_to_vec(), &**client.key()).unwrap()
    }

    /// The same with another channel header.
    pub fn with_header(&self, change: impl FnOnce(&mut ChannelHeader)) -> common::Envelope {
        self.changed(|payload| change_header(payload.header.as_mut().unwrap(), change))
    }

    /// A second peer takes in all blocks: it comes to the same.
    pub fn replay(&self) {
        let disk = MemoryDisk::new(1 << 30);
        let node = self.kit.node(&disk);
        let genesis = self.channel.block(0).unwrap().unwrap();
        let other = PeerChannel::create(&node, Path::new(DIR), &genesis).unwrap();
        for number in 1..self.channel.height() {
            let block = self.channel.block(number).unwrap().unwrap();
            let mut bare = block.clone();
            bare.metadata_mut().set_filter(&[]);
            let outcome = other.commit(other.verify(bare).unwrap()).unwrap();
            assert_eq!(outcome.block.metadata().filter(), block.metadata().filter(), "{number}");
        }
        assert_eq!(other.commit_hash(), self.channel.commit_hash());
        assert!(other.commit_hash().is_some());
    }
}

pub fn change_header(header: &mut Header, change: impl FnOnce(&mut ChannelHeader)) {
    let mut inner = ChannelHeader::decode(header.channel_header.clone()).unwrap();
    change(&mut inner);
    header.channel_header = inner.encode_to_vec().into();
}

impl Here {
    /// A transaction whose header was changed before it was endorsed.
    pub fn endorsed_again(
        &self,
        change: impl FnOnce(&mut ChannelHeader, &mut ProposalResponsePayload),
    ) -> common::Envelope {
        let config = self.channel.config();
        self.changed(|payload| {
            let mut transaction = Transaction::decode(payload.data.clone()).unwrap();
            let bytes = transaction.actions[0].payload.clone();
            let mut action = ChaincodeActionPayload::decode(bytes).unwrap();
            let endorsed = action.action.as_mut().unwrap();
            let bytes = endorsed.proposal_response_payload.clone();
            let mut response = ProposalResponsePayload::decode(bytes).unwrap();
            let header = payload.header.as_mut().unwrap();
            change_header(header, |header| change(header, &mut response));
            let parts: [&[u8]; 3] = [
                &header.channel_header,
                &transaction.actions[0].header,
                &action.chaincode_proposal_payload,
            ];
            let hash = config.hash().unwrap().digest(&parts);
            response.proposal_hash = hash.as_ref().to_vec().into();
            endorsed.proposal_response_payload = response.encode_to_vec().into();
            transaction.actions[0].payload = action.encode_to_vec().into();
            payload.data = transaction.encode_to_vec().into();
        })
    }
}
