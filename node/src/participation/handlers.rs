// SPDX-License-Identifier: Apache-2.0
//! What each request does: checks in Fabric's order, then the question to [`super::Channels`].

use super::form::{self, Part};
use super::routes::Shared;
use super::{Position, Refusal, answer, update};
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use proto::common::Block;
use proto::prost::Message as _;

pub(super) async fn list(shared: &Shared, headers: &HeaderMap) -> Response {
    if let Err(refused) = accepts_json(headers) {
        return *refused;
    }
    match shared.channels.list().await {
        Ok(names) => answer::list(names),
        Err(refusal) => answer::error(answer::status(&refusal), &refusal.to_string()),
    }
}

pub(super) async fn info(shared: &Shared, headers: &HeaderMap, channel: &str) -> Response {
    if let Err(refused) = accepts_json(headers).and_then(|()| check(channel)) {
        return *refused;
    }
    match shared.channels.info(channel).await {
        Ok(info) => answer::info(&info),
        Err(refusal) => answer::error(answer::status(&refusal), &refusal.to_string()),
    }
}

pub(super) async fn join(shared: &Shared, request: Request) -> Response {
    let block = match part(shared, request, Part::ConfigBlock).await {
        Ok(block) => block,
        Err(refused) => return *refused,
    };
    if let Err(why) = Block::decode(block.clone()) {
        let why = format!("cannot unmarshal file part config-block into a block: {why}");
        return answer::error(StatusCode::BAD_REQUEST, &why);
    }
    match shared.channels.join(block).await {
        Ok(info) => answer::created(&info),
        Err(refusal) => answer::refused("cannot join", &refusal, "GET, DELETE"),
    }
}

pub(super) async fn update(shared: &Shared, request: Request) -> Response {
    let envelope = match part(shared, request, Part::ConfigUpdate).await {
        Ok(envelope) => envelope,
        Err(refused) => return *refused,
    };
    let channel = match update::channel_of(&envelope) {
        Ok(channel) => channel,
        Err(why) => return answer::error(StatusCode::BAD_REQUEST, &why.to_string()),
    };
    match shared.channels.update(&channel, envelope).await {
        Ok(info) => answer::created(&info),
        // As Fabric: a PUT is what a channel that is not here does not allow.
        Err(Refusal::NotFound) => {
            answer::not_allowed(&format!("cannot update: {}", Refusal::NotFound), "GET, POST")
        }
        Err(refusal) => answer::refused("cannot update", &refusal, "GET, POST"),
    }
}

pub(super) async fn remove(shared: &Shared, headers: &HeaderMap, channel: &str) -> Response {
    if let Err(refused) = accepts_json(headers).and_then(|()| check(channel)) {
        return *refused;
    }
    match shared.channels.remove(channel).await {
        Ok(()) => answer::removed(),
        Err(refusal) => answer::refused("cannot remove", &refusal, "GET"),
    }
}

pub(super) async fn block(shared: &Shared, channel: &str, block: &str) -> Response {
    if let Err(refused) = check(channel) {
        return *refused;
    }
    let Some(position) = position(block) else {
        let block = block.escape_debug();
        let why = format!("invalid block ID: '{block}' is not newest, oldest, config or a number");
        return answer::error(StatusCode::BAD_REQUEST, &why);
    };
    match shared.channels.block(channel, position).await {
        Ok(bytes) => answer::block(bytes),
        Err(refusal) => answer::error(answer::status(&refusal), &refusal.to_string()),
    }
}

/// The one file of a form.
async fn part(shared: &Shared, request: Request, part: Part) -> Result<Bytes, Box<Response>> {
    let headers = request.headers();
    form::check_content_type(headers).map_err(|why| bad(&why))?;
    accepts_json(headers)?;
    let max = shared.options.max_request_body_size;
    form::read(request, part, max).await.map_err(|why| bad(&why))
}

// Refusals are boxed: they are long and rare.
fn bad(why: &str) -> Box<Response> {
    Box::new(answer::error(StatusCode::BAD_REQUEST, why))
}

fn check(channel: &str) -> Result<(), Box<Response>> {
    match channel_id(channel) {
        Ok(()) => Ok(()),
        Err(why) => Err(bad(&format!("invalid channel ID: {why}"))),
    }
}

/// The rule is `channel`'s; the words are Fabric's.
fn channel_id(channel: &str) -> Result<(), String> {
    match channel::check_id(channel) {
        Ok(()) => Ok(()),
        Err(_) if channel.is_empty() => Err("channel ID illegal, cannot be empty".to_owned()),
        Err(_) if channel.len() > 249 => {
            Err("channel ID illegal, cannot be longer than 249".to_owned())
        }
        Err(_) => Err(format!("'{channel}' contains illegal characters")),
    }
}

/// Answers are JSON: whoever takes nothing of the kind gets nothing.
fn accepts_json(headers: &HeaderMap) -> Result<(), Box<Response>> {
    let accept = headers.get(header::ACCEPT).map_or(b"".as_slice(), |value| value.as_bytes());
    let accept = String::from_utf8_lossy(accept);
    let takes = |one: &str| {
        ["application/json", "application/*", "*/*"].iter().any(|kind| one.contains(kind))
    };
    if accept.is_empty() || accept.split(',').any(takes) {
        return Ok(());
    }
    let why = "response Content-Type is application/json only";
    Err(Box::new(answer::error(StatusCode::NOT_ACCEPTABLE, why)))
}

fn position(block: &str) -> Option<Position> {
    match block {
        "oldest" => Some(Position::Oldest),
        "newest" => Some(Position::Newest),
        "config" => Some(Position::Config),
        number if number.bytes().all(|c| c.is_ascii_digit()) => {
            number.parse().ok().map(Position::Number)
        }
        _ => None,
    }
}
