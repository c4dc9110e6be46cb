// SPDX-License-Identifier: Apache-2.0
//! Every row of the interface, with channels in memory.

mod memory;

use super::*;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use memory::Memory;
use proto::common::{ChannelHeader, Envelope, Header, HeaderType, Payload};
use proto::prost::Message as _;
use std::sync::Arc;
use tower::ServiceExt as _;

const OPEN: Options =
    Options { enabled: true, max_request_body_size: 1 << 20, require_certificate: false };

fn served(memory: Memory) -> Router {
    router(Arc::new(memory), OPEN)
}

fn refusing(refusal: Refusal) -> Router {
    served(Memory { refuse: Some(refusal), ..Memory::default() })
}

struct Got {
    status: StatusCode,
    head: header::HeaderMap,
    body: String,
}

impl Got {
    fn head(&self, name: header::HeaderName) -> &str {
        self.head.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn is_error(&self, status: u16, why: &str) {
        let expected = crate::operations::json_line(&serde_json::json!({ "error": why }));
        assert_eq!((self.status.as_u16(), self.body.as_str()), (status, expected.as_str()));
        assert_eq!(self.head(header::CONTENT_TYPE), "application/json");
    }
}

async fn send(router: &Router, request: Request<Body>) -> Got {
    let (head, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let body = String::from_utf8(body.to_vec()).unwrap();
    Got { status: head.status, head: head.headers, body }
}

async fn ask(router: &Router, method: Method, path: &str) -> Got {
    let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    send(router, request).await
}

async fn get(router: &Router, path: &str) -> Got {
    ask(router, Method::GET, path).await
}

/// A part of a form: key, whether it is a file, bytes.
type Part<'a> = (&'a str, bool, &'a [u8]);

fn form(method: Method, parts: &[Part<'_>]) -> Request<Body> {
    let mut body = Vec::new();
    for (key, is_file, bytes) in parts {
        let file = if *is_file { "; filename=\"config.block\"" } else { "" };
        body.extend(b"--b0undary\r\n");
        body.extend(format!("Content-Disposition: form-data; name=\"{key}\"{file}\r\n").bytes());
        body.extend(b"Content-Type: application/octet-stream\r\n\r\n");
        body.extend(*bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--b0undary--\r\n");
    let kind = "multipart/form-data; boundary=b0undary";
    let request = Request::builder().method(method).uri(CHANNELS);
    request.header(header::CONTENT_TYPE, kind).body(Body::from(body)).unwrap()
}

fn block(channel: &str) -> Vec<u8> {
    let data = proto::common::BlockData { data: vec![Bytes::from(channel.to_owned())] };
    proto::common::Block { data: Some(data), ..Default::default() }.encode_to_vec()
}

fn envelope(channel: &str, kind: HeaderType) -> Vec<u8> {
    let header =
        ChannelHeader { r#type: kind as i32, channel_id: channel.to_owned(), ..Default::default() };
    let header = Header { channel_header: header.encode_to_vec().into(), ..Default::default() };
    let payload = Payload { header: Some(header), ..Default::default() };
    Envelope { payload: payload.encode_to_vec().into(), ..Default::default() }.encode_to_vec()
}

async fn join(router: &Router, channel: &str) -> Got {
    send(router, form(Method::POST, &[("config-block", true, &block(channel))])).await
}

async fn update(router: &Router, bytes: &[u8]) -> Got {
    send(router, form(Method::PUT, &[("config-update-envelope", true, bytes)])).await
}

#[tokio::test]
async fn channels_are_listed() {
    let got = get(&served(Memory::with(&["b", "a.1"])), CHANNELS).await;
    let expected = "{\"systemChannel\":null,\"channels\":[\
                    {\"name\":\"a.1\",\"url\":\"/participation/v1/channels/a.1\"},\
                    {\"name\":\"b\",\"url\":\"/participation/v1/channels/b\"}]}\n";
    assert_eq!((got.status, got.body.as_str()), (StatusCode::OK, expected));
    assert_eq!(got.head(header::CONTENT_TYPE), "application/json");
    assert_eq!(got.head(header::CACHE_CONTROL), "no-store");
    let got = get(&served(Memory::default()), CHANNELS).await;
    assert_eq!(got.body, "{\"systemChannel\":null,\"channels\":null}\n");
}

#[tokio::test]
async fn one_channel_is_shown() {
    let router = served(Memory::with(&["ch1"]));
    let got = get(&router, "/participation/v1/channels/ch1").await;
    let expected = "{\"name\":\"ch1\",\"url\":\"/participation/v1/channels/ch1\",\
                    \"consensusRelation\":\"consenter\",\"status\":\"active\",\"height\":3}\n";
    assert_eq!((got.status, got.body.as_str()), (StatusCode::OK, expected));
    assert_eq!(got.head(header::CACHE_CONTROL), "no-store");
    get(&router, "/participation/v1/channels/ch2").await.is_error(404, "channel does not exist");
    let got = get(&router, "/participation/v1/channels/Ch1").await;
    got.is_error(400, "invalid channel ID: 'Ch1' contains illegal characters");
    let got = get(&router, &format!("/participation/v1/channels/{}", "a".repeat(250))).await;
    got.is_error(400, "invalid channel ID: channel ID illegal, cannot be longer than 249");
}

#[tokio::test]
async fn a_channel_is_joined_and_removed() {
    let router = served(Memory::default());
    let got = join(&router, "ch1").await;
    let expected = "{\"name\":\"ch1\",\"url\":\"/participation/v1/channels/ch1\",\
                    \"consensusRelation\":\"consenter\",\"status\":\"active\",\"height\":1}\n";
    assert_eq!((got.status, got.body.as_str()), (StatusCode::CREATED, expected));
    assert_eq!(got.head(header::LOCATION), "/participation/v1/channels/ch1");
    let again = join(&router, "ch1").await;
    again.is_error(405, "cannot join: channel already exists");
    assert_eq!(again.head(header::ALLOW), "GET, DELETE");
    let path = "/participation/v1/channels/ch1";
    let got = ask(&router, Method::DELETE, path).await;
    assert_eq!((got.status, got.body.as_str()), (StatusCode::NO_CONTENT, ""));
    let got = ask(&router, Method::DELETE, path).await;
    got.is_error(404, "cannot remove: channel does not exist");
}

#[tokio::test]
async fn refusals_have_their_statuses() {
    let rows = [
        (Refusal::BadBlock("no metadata".into()), 400, "invalid join block: no metadata"),
        (Refusal::Bad("no".into()), 400, "cannot join: no"),
        (Refusal::BeingRemoved, 409, "cannot join: channel pending removal"),
        (Refusal::Failed("disk".into()), 500, "cannot join: disk"),
        (Refusal::Unavailable("stopping".into()), 503, "cannot join: stopping"),
    ];
    for (refusal, status, why) in rows {
        join(&refusing(refusal), "ch1").await.is_error(status, why);
    }
    let router = refusing(Refusal::BeingRemoved);
    let got = ask(&router, Method::DELETE, "/participation/v1/channels/ch1").await;
    got.is_error(409, "cannot remove: channel pending removal");
    let got = get(&refusing(Refusal::Failed("disk".into())), CHANNELS).await;
    got.is_error(500, "disk");
}

#[tokio::test]
async fn an_update_is_handed_on() {
    let router = served(Memory::with(&["ch1"]));
    let good = envelope("ch1", HeaderType::ConfigUpdate);
    let got = update(&router, &good).await;
    assert_eq!(got.status, StatusCode::CREATED);
    assert_eq!(got.head(header::LOCATION), "/participation/v1/channels/ch1");
    let got = update(&router, &envelope("ch2", HeaderType::ConfigUpdate)).await;
    got.is_error(405, "cannot update: channel does not exist");
    let rows: [(&[u8], &str); 3] = [
        (&[1, 2, 3, 4], "cannot unmarshal file part config-update-envelope into an envelope"),
        (&[], "invalid config update envelope: bad header"),
        (&envelope("ch1", HeaderType::Config), "invalid config update envelope: bad type"),
    ];
    for (bytes, why) in rows {
        update(&router, bytes).await.is_error(400, why);
    }
    let got = update(&refusing(Refusal::Follower), &good).await;
    got.is_error(403, "cannot update: channel is not ready, he is a follower");
    let got = update(&refusing(Refusal::BeingRemoved), &good).await;
    got.is_error(409, "cannot update: channel pending removal");
}

#[tokio::test]
async fn blocks_are_fetched() {
    let router = served(Memory::with(&["ch1"]));
    let rows =
        [("newest", "Newest"), ("oldest", "Oldest"), ("config", "Config"), ("2", "Number(2)")];
    for (asked, expected) in rows {
        let path = format!("/participation/v1/channels/ch1/blocks/{asked}");
        let got = get(&router, &path).await;
        assert_eq!((got.status, got.body.as_str()), (StatusCode::OK, expected));
        assert_eq!(got.head(header::CONTENT_TYPE), "application/octet-stream");
    }
    let at = |what: &str| format!("/participation/v1/channels/ch1/blocks/{what}");
    get(&router, &at("3")).await.is_error(404, "block does not exist");
    for bad in ["next", "-1", "+1", "18446744073709551616"] {
        let why = format!("invalid block ID: '{bad}' is not newest, oldest, config or a number");
        get(&router, &at(bad)).await.is_error(400, &why);
    }
    let got = get(&router, "/participation/v1/channels/ch2/blocks/0").await;
    got.is_error(404, "channel does not exist");
}

#[tokio::test]
async fn forms_that_are_not_one_file_are_refused() {
    let router = served(Memory::default());
    let good = block("ch1");
    let missing = "form does not contains part key: config-block";
    let many = "form contains too many parts";
    let rows: [(&[Part<'_>], &str); 5] = [
        (&[], missing),
        (&[("bad-key", true, &good)], missing),
        (&[("config-block", false, &good)], missing),
        (&[("config-block", true, &good), ("other", true, b"")], many),
        (&[("config-block", true, &good), ("other", false, b"x")], many),
    ];
    for (parts, why) in rows {
        send(&router, form(Method::POST, parts)).await.is_error(400, why);
    }
    let got = send(&router, form(Method::POST, &[("config-block", true, &[1, 2, 3, 4])])).await;
    assert_eq!(got.status, StatusCode::BAD_REQUEST);
    let start = "{\"error\":\"cannot unmarshal file part config-block into a block";
    assert!(got.body.starts_with(start), "{}", got.body);
}

#[tokio::test]
async fn bodies_that_are_no_form_are_refused() {
    let router = served(Memory::default());
    let with_kind = |kind: &str| {
        let request = Request::builder().method(Method::POST).uri(CHANNELS);
        request.header(header::CONTENT_TYPE, kind).body(Body::from("x")).unwrap()
    };
    let rows = [
        ("text/plain", "unsupported Content-Type: [text/plain]"),
        ("multipart/form-data", "cannot read form from request body: multipart: boundary is empty"),
    ];
    for (kind, why) in rows {
        send(&router, with_kind(kind)).await.is_error(400, why);
    }
    ask(&router, Method::POST, CHANNELS).await.is_error(400, "unsupported Content-Type: []");
    let cut = with_kind("multipart/form-data; boundary=b");
    let got = send(&router, cut).await;
    assert!(got.body.contains("cannot read form from request body: "), "{}", got.body);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let parts: &[Part<'_>] = &[("config-block", true, &block("ch1"))];
    let length = to_bytes(form(Method::POST, parts).into_body(), 4096).await.unwrap().len();
    let why = "cannot read form from request body: multipart: NextPart: http: request body too \
               large";
    for (max, is_taken) in [(length, true), (length - 1, false), (1, false)] {
        let options = Options { max_request_body_size: max, ..OPEN };
        let router = router(Arc::new(Memory::default()), options);
        let got = send(&router, form(Method::POST, parts)).await;
        match is_taken {
            true => assert_eq!(got.status, StatusCode::CREATED),
            false => got.is_error(400, why),
        }
    }
    let long = vec![7; 3 << 20];
    let options = Options { max_request_body_size: 4 << 20, ..OPEN };
    let router = router(Arc::new(Memory::default()), options);
    let got = send(&router, form(Method::POST, &[("config-block", true, &long)])).await;
    assert!(got.body.contains("cannot unmarshal"), "the limit is the one that was set");
}

#[tokio::test]
async fn other_methods_are_not_allowed() {
    let router = served(Memory::with(&["ch1"]));
    let rows = [
        (CHANNELS, "GET, POST, PUT", [Method::DELETE, Method::PATCH, Method::OPTIONS]),
        (
            "/participation/v1/channels/ch1",
            "GET, DELETE",
            [Method::POST, Method::PUT, Method::TRACE],
        ),
        (
            "/participation/v1/channels/ch1/blocks/0",
            "GET",
            [Method::POST, Method::PUT, Method::DELETE],
        ),
        (BASE, "GET, POST, PUT", [Method::POST, Method::PUT, Method::DELETE]),
    ];
    for (path, allow, methods) in rows {
        for method in methods {
            let got = ask(&router, method.clone(), path).await;
            got.is_error(405, &format!("invalid request method: {method}"));
            assert_eq!(got.head(header::ALLOW), allow);
        }
        let got = ask(&router, Method::HEAD, path).await;
        assert_eq!(got.status, StatusCode::METHOD_NOT_ALLOWED);
    }
}

#[tokio::test]
async fn only_json_is_given() {
    let router = served(Memory::with(&["ch1"]));
    let rows = [
        ("text/html", false),
        ("text/html, application/json;q=0.5", true),
        ("application/*", true),
        ("*/*", true),
    ];
    for (accept, is_given) in rows {
        for path in [CHANNELS, "/participation/v1/channels/ch1"] {
            let request = Request::builder().uri(path).header(header::ACCEPT, accept);
            let got = send(&router, request.body(Body::empty()).unwrap()).await;
            match is_given {
                true => assert_eq!(got.status, StatusCode::OK, "{accept}"),
                false => got.is_error(406, "response Content-Type is application/json only"),
            }
        }
    }
}

#[tokio::test]
async fn paths_above_lead_to_the_channels_and_others_nowhere() {
    let router = served(Memory::default());
    let got = get(&router, BASE).await;
    assert_eq!((got.status, got.head(header::LOCATION)), (StatusCode::FOUND, CHANNELS));
    for path in ["/", "/participation/v2/channels", "/participation/v1/channels/"] {
        let got = get(&router, path).await;
        assert_eq!(
            (got.status, got.body.as_str()),
            (StatusCode::NOT_FOUND, "404 page not found\n")
        );
    }
}

#[tokio::test]
async fn it_can_be_off_and_it_asks_for_a_certificate() {
    let off = router(Arc::new(Memory::default()), Options { enabled: false, ..OPEN });
    get(&off, CHANNELS).await.is_error(503, "channel participation API is disabled");
    let guarded = router(Arc::new(Memory::default()), Options::default());
    let got = get(&guarded, CHANNELS).await;
    assert_eq!((got.status, got.body.as_str()), (StatusCode::UNAUTHORIZED, ""));
}
