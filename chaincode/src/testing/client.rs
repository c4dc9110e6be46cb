// SPDX-License-Identifier: Apache-2.0
//! Clients for tests: identities that can be read but not verified.

use base64ct::{Base64, Encoding as _};
use bytes::Bytes;
use proto::prost::Message as _;
use proto::prost_types::Timestamp;
use proto::{common, msp, protos};
use std::collections::BTreeMap;

/// An identity with a certificate that bears attributes and nothing else: chaincode can read it,
/// no peer would take it.
#[must_use]
pub fn creator(msp_id: &str, attributes: &[(&str, &str)]) -> Bytes {
    let attrs: BTreeMap<_, _> = attributes.iter().copied().collect();
    let json = serde_json::json!({ "attrs": attrs }).to_string();
    let oid = element(0x06, &[0x2a, 3, 4, 5, 6, 7, 8, 1]);
    let extension = element(0x30, &[oid, element(0x04, json.as_bytes())].concat());
    let extensions = element(0xa3, &element(0x30, &extension));
    let serial = element(0x02, &[1]);
    let certificate = element(0x30, &element(0x30, &[serial, extensions].concat()));
    let body = Base64::encode_string(&certificate);
    let pem = format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
    let identity = msp::SerializedIdentity { mspid: msp_id.to_owned(), id_bytes: pem.into() };
    identity.encode_to_vec().into()
}

/// A DER element; its length in the shortest form.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let start = length.iter().position(|&octet| octet != 0).unwrap_or(length.len());
    let octets = length.get(start..).unwrap_or_default();
    let mut bytes = vec![tag];
    match octets {
        [] => bytes.push(0),
        [short] if *short < 0x80 => bytes.push(*short),
        // A length has at most eight octets.
        long => {
            bytes.push(0x80 | u8::try_from(long.len()).unwrap_or(8));
            bytes.extend(long);
        }
    }
    bytes.extend(content);
    bytes
}

/// A proposal of that client, unsigned.
#[must_use]
pub fn signed_proposal(
    channel: &str,
    tx: &str,
    creator: &Bytes,
    seconds: i64,
    transient_map: BTreeMap<String, Bytes>,
) -> protos::SignedProposal {
    let channel_header = common::ChannelHeader {
        r#type: common::HeaderType::EndorserTransaction.into(),
        channel_id: channel.to_owned(),
        tx_id: tx.to_owned(),
        timestamp: Some(Timestamp { seconds, nanos: 0 }),
        ..Default::default()
    };
    let nonce = Bytes::from_static(b"nonce");
    let signature_header = common::SignatureHeader { creator: creator.clone(), nonce };
    let header = common::Header {
        channel_header: channel_header.encode_to_vec().into(),
        signature_header: signature_header.encode_to_vec().into(),
    };
    let payload = protos::ChaincodeProposalPayload { transient_map, ..Default::default() };
    let proposal = protos::Proposal {
        header: header.encode_to_vec().into(),
        payload: payload.encode_to_vec().into(),
        ..Default::default()
    };
    let proposal_bytes = proposal.encode_to_vec().into();
    protos::SignedProposal { proposal_bytes, signature: Bytes::new() }
}
