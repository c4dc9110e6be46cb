// SPDX-License-Identifier: Apache-2.0
//! Proposals, and what a client of the gateway signs: one layer of them is the input, what is around it
//! is right and signed by a client or an administrator. Asked twice, the answer is the same.
#![no_main]

use gmca_fuzz::check_line;
use gmca_fuzz::peers::{CHANNEL, here};
use libfuzzer_sys::fuzz_target;
use msp::SigningIdentity;
use peer::assemble::{check_chaincode_events, check_commit_status, check_submit};
use peer::endorse::{Endorser, Plan};
use peer::testing::now;
use proto::Bytes;
use proto::common::{ChannelHeader, Header, HeaderType, SignatureHeader};
use proto::gateway::{SignedChaincodeEventsRequest, SignedCommitStatusRequest, SubmitRequest};
use proto::prost::Message;
use proto::protos::{ChaincodeHeaderExtension, ChaincodeId, Proposal, SignedProposal};

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else { return };
    let bytes = Bytes::copy_from_slice(bytes);
    let (here, endorser) = (here(), &*here().endorser);
    let member = &here.kit.members[0];
    match kind % 11 {
        0 => propose(endorser, SignedProposal::decode(bytes).unwrap_or_default()),
        1 => {
            let request = SubmitRequest::decode(bytes).unwrap_or_default();
            report(check_submit(&request));
        }
        2 => {
            let signature = sign(&member.client, &bytes);
            let request = SignedCommitStatusRequest { request: bytes, signature };
            report(check_commit_status(endorser, &request).map(drop));
        }
        3 => {
            let signature = sign(&member.client, &bytes);
            let request = SignedChaincodeEventsRequest { request: bytes, signature };
            report(check_chaincode_events(endorser, &request).map(drop));
        }
        kind @ 4..8 => {
            let made = Made { who: &member.client, chaincode: "basic", layer: kind - 4, bytes };
            propose(endorser, made.signed());
        }
        kind => {
            // Administrators may do all that there is.
            let chaincode = ["_lifecycle", "qscc", "cscc"][usize::from(kind) - 8];
            let made = Made { who: &member.admin, chaincode, layer: ARGS, bytes };
            propose(endorser, made.signed());
        }
    }
});

/// The layer of the arguments, behind those of the headers and the payload.
const ARGS: u8 = 3;

fn sign(who: &SigningIdentity, bytes: &Bytes) -> Bytes {
    who.sign(&[bytes]).expect("it signs").into_vec().into()
}

fn report<E: std::error::Error>(result: Result<(), E>) {
    if let Err(error) = result {
        check_line(&error);
    }
}

fn propose(endorser: &Endorser, signed: SignedProposal) {
    let [first, second] = [0, 1].map(|_| endorser.begin(signed.clone()));
    match (first, second) {
        (Ok(Plan::Run(first)), Ok(Plan::Run(second))) => {
            assert_eq!(first.target().package_id, second.target().package_id);
        }
        (Ok(Plan::Done(first)), Ok(Plan::Done(second))) => {
            let [first, second] = [first, second].map(|answer| answer.response.expect("one"));
            let is_installed = first.status == 200 && second.status != 200;
            assert!(first == second || is_installed, "{first:?} {second:?}");
            assert!(!first.message.contains('\n'), "{first:?}");
        }
        (Err(first), Err(second)) => {
            assert_eq!(first, second);
            check_line(&first);
        }
        other => panic!("{other:?}"),
    }
}

/// A proposal that is right in all layers but one.
struct Made<'a> {
    who: &'a SigningIdentity,
    chaincode: &'a str,
    layer: u8,
    bytes: Bytes,
}

impl Made<'_> {
    fn at(&self, layer: u8, right: impl FnOnce() -> Vec<u8>) -> Bytes {
        if self.layer == layer { self.bytes.clone() } else { right().into() }
    }

    fn signed(&self) -> SignedProposal {
        let creator = self.who.serialized().clone();
        let nonce = Bytes::from_static(b"a nonce that is not new");
        let providers = &here().kit.providers;
        let tx_id = block::transaction_id(&nonce, &creator, providers).expect("a hash");
        let name = ChaincodeId { name: self.chaincode.to_owned(), ..ChaincodeId::default() };
        let extension = ChaincodeHeaderExtension { chaincode_id: Some(name) };
        let header = ChannelHeader {
            r#type: HeaderType::EndorserTransaction.into(),
            timestamp: Some(now()),
            channel_id: CHANNEL.to_owned(),
            tx_id,
            extension: extension.encode_to_vec().into(),
            ..ChannelHeader::default()
        };
        let signer = SignatureHeader { creator, nonce };
        let header = Header {
            channel_header: self.at(0, || header.encode_to_vec()),
            signature_header: self.at(1, || signer.encode_to_vec()),
        };
        let proposal = Proposal {
            header: header.encode_to_vec().into(),
            payload: self.at(2, || input(self.chaincode, &self.bytes)),
            extension: Bytes::new(),
        };
        let proposal_bytes = Bytes::from(proposal.encode_to_vec());
        SignedProposal { signature: sign(self.who, &proposal_bytes), proposal_bytes }
    }
}

/// A call whose arguments are the input: the first line the function, and the rest of it.
fn input(chaincode: &str, bytes: &Bytes) -> Vec<u8> {
    use proto::protos::{
        ChaincodeInput, ChaincodeInvocationSpec, ChaincodeProposalPayload, ChaincodeSpec,
    };
    let args = bytes.splitn(3, |byte| *byte == b'\n').map(Bytes::copy_from_slice).collect();
    let id = ChaincodeId { name: chaincode.to_owned(), ..ChaincodeId::default() };
    let spec = ChaincodeSpec {
        chaincode_id: Some(id),
        input: Some(ChaincodeInput { args, ..ChaincodeInput::default() }),
        ..ChaincodeSpec::default()
    };
    let invocation = ChaincodeInvocationSpec { chaincode_spec: Some(spec) };
    let input = invocation.encode_to_vec().into();
    ChaincodeProposalPayload { input, ..ChaincodeProposalPayload::default() }.encode_to_vec()
}
