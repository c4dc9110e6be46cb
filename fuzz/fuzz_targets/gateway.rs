// SPDX-License-Identifier: Apache-2.0
//! The five methods of the gateway: a message behind the byte that says which one, raw or signed by a
//! client. Every call is answered with a gRPC status, in one line, and soon.
#![no_main]

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use gmca_fuzz::peers::here;
use libfuzzer_sys::fuzz_target;
use node::client::Caller;
use node::deliver::{Chain, Chains};
use node::gateway::{Dials, Endorses, Gateway, Parts, Timeouts};
use node::operations::metrics::fabric::Grpc;
use node::operations::metrics::{Registry, Stages};
use peer::endorse::{Denied, Plan};
use proto::Bytes;
use proto::gateway::{SignedChaincodeEventsRequest, SignedCommitStatusRequest};
use proto::prost::Message;
use proto::protos::{ProposalResponse, SignedProposal};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use sys::SystemEntropy;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tonic::service::Routes;
use tower::ServiceExt as _;

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else { return };
    let (method, message) = asked(*kind, bytes);
    thread_local! {
        static SERVED: (Runtime, Router) = served();
    }
    SERVED.with(|(runtime, router)| runtime.block_on(call(router.clone(), method, message)));
});

fn asked(kind: u8, bytes: &[u8]) -> (&'static str, Vec<u8>) {
    let sign = || {
        let signature = here().kit.members[0].client.sign(&[bytes]).expect("it signs");
        (Bytes::copy_from_slice(bytes), Bytes::from(signature.into_vec()))
    };
    match kind % 7 {
        0 => ("Endorse", bytes.to_vec()),
        1 => ("Evaluate", bytes.to_vec()),
        2 => ("Submit", bytes.to_vec()),
        3 => ("CommitStatus", bytes.to_vec()),
        4 => ("ChaincodeEvents", bytes.to_vec()),
        5 => {
            let (request, signature) = sign();
            ("CommitStatus", SignedCommitStatusRequest { request, signature }.encode_to_vec())
        }
        _ => {
            let (request, signature) = sign();
            ("ChaincodeEvents", SignedChaincodeEventsRequest { request, signature }.encode_to_vec())
        }
    }
}

async fn call(router: Router, method: &str, message: Vec<u8>) {
    let length = u32::try_from(message.len()).expect("a short input");
    let frame = [&[0], &length.to_be_bytes()[..], &message].concat();
    let request = Request::post(format!("/gateway.Gateway/{method}"))
        .header("content-type", "application/grpc")
        .body(Body::from(frame))
        .expect("it is a request");
    let work = async {
        let answer = router.oneshot(request).await.expect("it is infallible");
        assert_eq!(answer.status(), 200);
        let headers = answer.headers().clone();
        // Of a stream, the status is behind its end.
        let body = to_bytes(Body::new(answer.into_body()), 1 << 20).await.expect("it is whole");
        let is_done =
            headers.contains_key("grpc-status") || !body.is_empty() || method == "ChaincodeEvents";
        assert!(is_done || method == "Submit", "{headers:?}");
        check(&headers);
    };
    tokio::time::timeout(Duration::from_secs(10), work).await.expect("it is answered soon");
}

/// Percent-encoded by then: what is not a printable letter would not travel.
fn check(headers: &HeaderMap) {
    let said = headers.get("grpc-message").map(|text| text.to_str().expect("it is ASCII"));
    let said = said.unwrap_or_default();
    assert!(!said.contains("%0A") && !said.contains("%0D") && !said.contains("%1B"), "{said}");
}

fn served() -> (Runtime, Router) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime");
    // What waits for blocks ends at once: there are none to come.
    let (_, stop) = watch::channel(true);
    let (here, registry) = (here(), Registry::new());
    let soon = Duration::from_millis(50);
    let gateway = Gateway::new(Parts {
        executor: Arc::new(Alone),
        endorser: here.endorser.clone(),
        channels: here.registrar.clone(),
        chains: Arc::new(Alone),
        dials: Arc::new(Alone),
        entropy: Arc::new(SystemEntropy),
        address: "peer0:7051".to_owned(),
        msp_id: "Org1MSP".to_owned(),
        peers: BTreeMap::new(),
        caller: Caller::new(here.kit.members[0].node.clone(), here.kit.providers.clone()),
        timeouts: Timeouts { endorsement: soon, broadcast: soon, dial: soon, leader: soon },
        stages: Stages::new(&registry),
        stop,
    });
    let routes = gateway.add_to(Routes::default(), 0, 1 << 20, &Grpc::new(&registry));
    (runtime, routes.prepare().into_axum_router())
}

/// Endorses what needs no chaincode, and reaches nobody.
struct Alone;

type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl Endorses for Alone {
    fn process(&self, signed: SignedProposal) -> Later<Result<ProposalResponse, Denied>> {
        let answer = here().endorser.begin(signed).and_then(|plan| match plan {
            Plan::Done(answer) => Ok(*answer),
            Plan::Run(_) => Err(Denied::Failed("nothing runs here".to_owned())),
        });
        Box::pin(std::future::ready(answer))
    }
}

impl Dials for Alone {
    fn dial(&self, _: &str, _: Vec<Vec<u8>>) -> Later<Result<tonic::transport::Channel, String>> {
        Box::pin(std::future::ready(Err("nobody is there".to_owned())))
    }
}

impl Chains for Alone {
    fn chain(&self, _: &str) -> Option<Arc<dyn Chain>> {
        None
    }
}
