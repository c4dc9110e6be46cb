// SPDX-License-Identifier: Apache-2.0
//! Answers as Fabric writes them: JSON of one line, `{"error":"..."}`, `Allow` beside a 405.

use super::{CHANNELS, Refusal};
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use orderer::Info;
use serde::Serialize;

/// All channels. There is no system channel since Fabric 3.0, and no channel at all is `null`.
#[derive(Serialize)]
pub(super) struct List {
    #[serde(rename = "systemChannel")]
    system_channel: Option<Short>,
    channels: Option<Vec<Short>>,
}

#[derive(Serialize)]
struct Short {
    name: String,
    url: String,
}

#[derive(Serialize)]
struct Full<'a> {
    name: &'a str,
    url: String,
    #[serde(rename = "consensusRelation")]
    consensus_relation: &'static str,
    status: &'static str,
    height: u64,
}

#[derive(Serialize)]
struct Failure<'a> {
    error: &'a str,
}

/// `GET /participation/v1/channels`.
pub(super) fn list(names: Vec<String>) -> Response {
    let short = |name: String| Short { url: url(&name), name };
    let channels: Vec<Short> = names.into_iter().map(short).collect();
    let channels = (!channels.is_empty()).then_some(channels);
    with_no_store(json(StatusCode::OK, &List { system_channel: None, channels }))
}

/// `GET /participation/v1/channels/{id}`.
pub(super) fn info(info: &Info) -> Response {
    with_no_store(json(StatusCode::OK, &full(info)))
}

/// A channel that was joined or updated.
pub(super) fn created(info: &Info) -> Response {
    let response = json(StatusCode::CREATED, &full(info));
    with(response, header::LOCATION, &url(&info.name))
}

/// A channel that is gone.
pub(super) fn removed() -> Response {
    plain(StatusCode::NO_CONTENT, Body::empty())
}

/// A block.
pub(super) fn block(bytes: Bytes) -> Response {
    let response = plain(StatusCode::OK, Body::from(bytes));
    with(with_no_store(response), header::CONTENT_TYPE, "application/octet-stream")
}

/// Where the channels are, for who asks above them.
pub(super) fn moved(status: StatusCode, to: &str) -> Response {
    let body =
        format!("<a href=\"{to}\">{}</a>.\n\n", status.canonical_reason().unwrap_or("Moved"));
    let response = with(plain(status, Body::from(body)), header::LOCATION, to);
    with(response, header::CONTENT_TYPE, "text/html; charset=utf-8")
}

/// A path that nothing is at.
pub(super) fn no_such_path() -> Response {
    let response = plain(StatusCode::NOT_FOUND, Body::from("404 page not found\n"));
    with(response, header::CONTENT_TYPE, "text/plain; charset=utf-8")
}

/// `{"error":"why"}`.
pub(super) fn error(status: StatusCode, why: &str) -> Response {
    json(status, &Failure { error: why })
}

/// 405 with the methods that would do.
pub(super) fn not_allowed(why: &str, allow: &'static str) -> Response {
    with(error(StatusCode::METHOD_NOT_ALLOWED, why), header::ALLOW, allow)
}

/// What was asked for was not done: `what` begins the sentence, such as `cannot join`.
pub(super) fn refused(what: &str, refusal: &Refusal, if_exists: &'static str) -> Response {
    let why = match refusal {
        Refusal::BadBlock(why) => format!("invalid join block: {why}"),
        other => format!("{what}: {other}"),
    };
    match refusal {
        Refusal::Exists => not_allowed(&why, if_exists),
        other => error(status(other), &why),
    }
}

/// The status of a refusal that has no rule of its own.
pub(super) fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::NotFound | Refusal::NoBlock => StatusCode::NOT_FOUND,
        Refusal::BeingRemoved => StatusCode::CONFLICT,
        Refusal::Follower => StatusCode::FORBIDDEN,
        Refusal::Exists => StatusCode::METHOD_NOT_ALLOWED,
        Refusal::BadBlock(_) | Refusal::Bad(_) => StatusCode::BAD_REQUEST,
        Refusal::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        Refusal::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn full(info: &Info) -> Full<'_> {
    Full {
        name: &info.name,
        url: url(&info.name),
        consensus_relation: info.relation.name(),
        status: info.status.name(),
        height: info.height,
    }
}

/// URLs are paths: whoever asks knows the host.
fn url(name: &str) -> String {
    format!("{CHANNELS}/{name}")
}

fn json<T: Serialize>(status: StatusCode, content: &T) -> Response {
    let body = crate::operations::json_line(content);
    with(plain(status, Body::from(body)), header::CONTENT_TYPE, "application/json")
}

fn plain(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}

fn with_no_store(response: Response) -> Response {
    with(response, header::CACHE_CONTROL, "no-store")
}

fn with(mut response: Response, name: HeaderName, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
    response
}
