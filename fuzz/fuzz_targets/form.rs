// SPDX-License-Identifier: Apache-2.0
//! What administrators send to an orderer: a request, its first line the method, path and boundary, the
//! rest the form. Every answer is one of the API's, and a channel is joined with a block only.
#![no_main]

use axum::body::{Body, to_bytes};
use axum::http::{Request, Uri};
use futures_util::FutureExt as _;
use libfuzzer_sys::fuzz_target;
use node::participation::{Answer, Channels, Options, Position, Refusal, router};
use orderer::{Info, Relation, Status};
use proto::Bytes;
use proto::common::{Block, Envelope};
use proto::prost::Message as _;
use std::sync::Arc;
use tower::ServiceExt as _;

/// Longer bodies are refused.
const MOST: usize = 4096;

fuzz_target!(|bytes: &[u8]| {
    let at = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (line, body) = bytes.split_at(at);
    let Ok(line) = std::str::from_utf8(line) else { return };
    let mut words = line.splitn(3, ' ');
    let [method, path, boundary] = [(); 3].map(|()| words.next().unwrap_or_default());
    let Ok(uri) = path.parse::<Uri>() else { return };
    let kind = format!("multipart/form-data; boundary={boundary}");
    let body = body.get(1..).unwrap_or_default().to_vec();
    let request = Request::builder().method(method).uri(uri).header("content-type", kind);
    let Ok(request) = request.body(Body::from(body)) else { return };
    let options =
        Options { max_request_body_size: MOST, require_certificate: false, enabled: true };
    // Nothing here waits.
    let answered = router(Arc::new(Memory), options).oneshot(request).now_or_never();
    let answer = answered.expect("it is answered at once").expect("it is infallible");
    let status = answer.status().as_u16();
    assert!(KNOWN.contains(&status), "{status}");
    // Paths that are not of the API are answered in plain text, as Fabric does.
    let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok());
    let is_json = kind.is_some_and(|kind| kind.starts_with("application/json"));
    let body = to_bytes(Body::new(answer.into_body()), 1 << 20).now_or_never();
    let body = body.expect("it is there").expect("it is whole");
    if status >= 400 && is_json {
        let said: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        assert!(said["error"].is_string(), "{said}");
    }
});

const KNOWN: &[u16] = &[200, 201, 204, 301, 302, 400, 404, 405, 406, 413];

/// Is in `ch1` alone, and joins what is a block.
struct Memory;

fn info(name: &str) -> Info {
    let (status, relation) = (Status::Active, Relation::Consenter);
    Info { name: name.to_owned(), height: 1, status, relation, why: None }
}

fn find(name: &str) -> Result<Info, Refusal> {
    // It goes into paths of the disk.
    channel::check_id(name).expect("it was checked before");
    if name == "ch1" { Ok(info(name)) } else { Err(Refusal::NotFound) }
}

impl Channels for Memory {
    fn list(&self) -> Answer<'_, Vec<String>> {
        Box::pin(async { Ok(vec!["ch1".to_owned()]) })
    }

    fn info<'a>(&'a self, name: &'a str) -> Answer<'a, Info> {
        Box::pin(async move { find(name) })
    }

    fn join(&self, block: Bytes) -> Answer<'_, Info> {
        Block::decode(block).expect("only blocks come here");
        Box::pin(async { Ok(info("ch2")) })
    }

    fn remove<'a>(&'a self, name: &'a str) -> Answer<'a, ()> {
        Box::pin(async move { find(name).map(drop) })
    }

    fn update<'a>(&'a self, name: &'a str, envelope: Bytes) -> Answer<'a, Info> {
        Envelope::decode(envelope).expect("only envelopes come here");
        Box::pin(async move { find(name) })
    }

    fn block<'a>(&'a self, name: &'a str, _: Position) -> Answer<'a, Bytes> {
        Box::pin(async move { find(name).map(|_| Bytes::from_static(b"block")) })
    }
}
