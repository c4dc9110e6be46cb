// SPDX-License-Identifier: Apache-2.0
//! Who may call a node, and as whom.

use super::{ClusterService, Peers, Seat};
use crate::services::gmca::cluster_server::Cluster as _;
use crate::tls::Caller;
use bccsp::Suite;
use block::Block;
use channel::Channel;
use consensus::Waiting;
use orderer::testing::Kit;
use pki::Certificate;
use proto::Bytes;
use proto::gmca::{BlocksRequest, StepRequest};
use std::sync::Arc;
use tokio_stream::StreamExt as _;
use tonic::{Code, Request};

/// A channel that answers with the key of who called.
struct Echo(Arc<Channel>, Block);

impl Seat for Echo {
    fn configuration(&self) -> Arc<Channel> {
        Arc::clone(&self.0)
    }

    fn serve(&self, from: Bytes, _: Bytes) -> Waiting<Bytes> {
        Box::pin(std::future::ready(from))
    }

    fn block(&self, number: u64) -> Result<Option<Block>, String> {
        Ok((number == 0).then(|| self.1.clone()))
    }
}

struct One(Arc<Echo>);

impl Peers for One {
    fn seat(&self, channel: &str) -> Option<Arc<dyn Seat>> {
        let seat: Arc<dyn Seat> = self.0.clone();
        Some(seat).filter(|_| channel == "ch1")
    }
}

fn certificate(kit: &Kit, node: usize) -> Vec<u8> {
    let pem = kit.consenter(node).server_tls_cert;
    Certificate::from_pem_or_der(&pem).unwrap().as_der().to_vec()
}

fn request<T>(message: T, caller: Option<Caller>) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(caller.unwrap_or_default());
    request
}

#[tokio::test]
async fn nodes_are_known_by_the_keys_that_the_channel_lists() {
    let kit = Kit::new(Suite::Nist, 3, 1);
    let genesis = kit.genesis("ch1", 2);
    let channel = Arc::new(Channel::from_block(kit.providers(), &genesis).unwrap());
    let service = ClusterService(Arc::new(One(Arc::new(Echo(channel, genesis)))));
    let step = async |channel: &str, caller| {
        let message = StepRequest { channel: channel.to_owned(), message: Bytes::new() };
        let answer = service.step(request(message, caller)).await;
        answer.map(|answer| answer.into_inner().message).map_err(|status| status.code())
    };
    let blocks = async |caller| {
        let message = BlocksRequest { channel: "ch1".to_owned(), first: 0, count: 0 };
        let stream = service.blocks(request(message, caller)).await;
        let stream = stream.map_err(|status| status.code())?.into_inner();
        Ok::<_, Code>(stream.collect::<Vec<_>>().await.len())
    };
    let [listed, unlisted] = [1, 2].map(|node| certificate(&kit, node));
    assert_eq!(step("ch1", None).await, Err(Code::Unauthenticated));
    let garbage = Caller::with(b"no certificate", true);
    assert_eq!(step("ch1", Some(garbage)).await, Err(Code::Unauthenticated));
    let caller = |certificate: &[u8], is_trusted| Some(Caller::with(certificate, is_trusted));
    assert_eq!(step("ch2", caller(&listed, true)).await, Err(Code::NotFound));
    assert_eq!(step("ch1", caller(&listed, false)).await, Ok(kit.member(1).key));
    assert_eq!(blocks(caller(&listed, false)).await, Ok(1));
    assert_eq!(step("ch1", caller(&unlisted, false)).await, Err(Code::PermissionDenied));
    assert_eq!(step("ch1", caller(&unlisted, true)).await, Ok(kit.member(2).key));
    assert_eq!(blocks(caller(&unlisted, true)).await, Err(Code::PermissionDenied));
}
