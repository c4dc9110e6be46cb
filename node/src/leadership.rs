// SPDX-License-Identifier: Apache-2.0
//! Who leads a channel, and handing that over: for administrators, on the port of channel
//! participation. Ours; Fabric's orderers have nothing of the kind.
//!
//! ```text
//! GET  /gmca/v1/channels/NAME/leader   who leads
//! POST /gmca/v1/channels/NAME/leader   hand leadership over, if this node has it
//! GET, POST, DELETE /gmca/v1/drain     take no envelopes and lead nothing; go back to work
//! ```
//!
//! Not here: agreement (`consensus`), the socket.

use crate::http::require_certificate;
use crate::operations::json_line;
use crate::participation::{Answer, Refusal};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::middleware;
use axum::response::Response;
use axum::routing::any;
use http::{HeaderValue, Method, StatusCode, header};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Where the channels are.
pub(crate) const CHANNELS: &str = "/gmca/v1/channels";
/// Where a node is drained.
pub(crate) const DRAIN: &str = "/gmca/v1/drain";

/// Who leads a channel, as one node sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leadership {
    /// The channel.
    pub channel: String,
    /// Whether it is the node that was asked.
    pub leads: bool,
    /// Host and port of the leader, as the channel lists them; none while there is none.
    pub leader: Option<String>,
}

/// How much a node still has to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drained {
    /// Whether it takes no envelopes.
    pub drained: bool,
    /// Who leads each of its channels.
    pub channels: Vec<Leadership>,
}

/// What came of handing over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handed {
    /// Another node leads.
    Over(Leadership),
    /// This node did not lead.
    NotOurs(Leadership),
    /// It still leads: there is no other node, or none took over in the time of an election.
    Not(Leadership),
}

/// A node whose leadership can be handed over.
pub trait Leading: Send + Sync + 'static {
    /// Who leads a channel.
    fn leader<'a>(&'a self, name: &'a str) -> Answer<'a, Leadership>;

    /// Hands a channel over.
    fn hand_over<'a>(&'a self, name: &'a str) -> Answer<'a, Handed>;

    /// Whether envelopes are taken, and who leads each channel.
    fn drained(&self) -> Answer<'_, Drained>;

    /// Takes no more envelopes, and hands all channels over; with `false`, takes them again.
    fn drain(&self, on: bool) -> Answer<'_, Drained>;
}

/// The routes. `guarded`: whoever shows no verified certificate is answered with 401.
pub fn router(node: Arc<dyn Leading>, guarded: bool) -> Router {
    let router = Router::new()
        .route("/gmca/v1/channels/{channel}/leader", any(leader))
        .route(DRAIN, any(drain))
        .with_state(node);
    if guarded { router.layer(middleware::from_fn(require_certificate)) } else { router }
}

async fn leader(
    State(node): State<Arc<dyn Leading>>,
    Path(channel): Path<String>,
    request: Request,
) -> Response {
    if channel::check_id(&channel).is_err() {
        return error(StatusCode::BAD_REQUEST, "this is no channel's name");
    }
    match *request.method() {
        Method::GET => answered(node.leader(&channel).await),
        Method::POST => match node.hand_over(&channel).await {
            Ok(Handed::Over(now)) => json(StatusCode::OK, &now),
            Ok(Handed::NotOurs(now)) => {
                let who = now.leader.unwrap_or_else(|| "nobody".to_owned());
                let why = format!("this node does not lead channel {channel}: {who} does");
                error(StatusCode::CONFLICT, &why)
            }
            Ok(Handed::Not(_)) => {
                let why = format!("no other node has taken channel {channel} over");
                error(StatusCode::SERVICE_UNAVAILABLE, &why)
            }
            Err(refusal) => refused(&refusal),
        },
        _ => not_allowed(&request, "GET, POST"),
    }
}

async fn drain(State(node): State<Arc<dyn Leading>>, request: Request) -> Response {
    match *request.method() {
        Method::GET => answered(node.drained().await),
        Method::POST => answered(node.drain(true).await),
        Method::DELETE => answered(node.drain(false).await),
        _ => not_allowed(&request, "GET, POST, DELETE"),
    }
}

fn answered<T: Serialize>(answer: Result<T, Refusal>) -> Response {
    answer.map_or_else(|refusal| refused(&refusal), |content| json(StatusCode::OK, &content))
}

#[derive(Serialize)]
struct Failure<'a> {
    error: &'a str,
}

fn refused(refusal: &Refusal) -> Response {
    let status = match refusal {
        Refusal::NotFound => StatusCode::NOT_FOUND,
        Refusal::Bad(_) => StatusCode::BAD_REQUEST,
        Refusal::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    error(status, &refusal.to_string())
}

fn not_allowed(request: &Request, allow: &'static str) -> Response {
    let why = format!("invalid request method: {}", request.method());
    let mut response = error(StatusCode::METHOD_NOT_ALLOWED, &why);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
    response
}

fn error(status: StatusCode, why: &str) -> Response {
    json(status, &Failure { error: why })
}

fn json<T: Serialize>(status: StatusCode, content: &T) -> Response {
    let mut response = Response::new(Body::from(json_line(content)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;
    use std::sync::Mutex;
    use tower::ServiceExt as _;

    /// Leads `mine`, follows in `theirs`, is alone in `alone`.
    #[derive(Default)]
    struct Node(Mutex<bool>);

    impl Node {
        fn of(name: &str) -> Result<Leadership, Refusal> {
            let (leads, leader) = match name {
                "mine" | "alone" => (true, "a:1"),
                "theirs" => (false, "b:2"),
                _ => return Err(Refusal::NotFound),
            };
            Ok(Leadership { channel: name.to_owned(), leads, leader: Some(leader.to_owned()) })
        }
    }

    impl Leading for Node {
        fn leader<'a>(&'a self, name: &'a str) -> Answer<'a, Leadership> {
            Box::pin(async move { Self::of(name) })
        }

        fn hand_over<'a>(&'a self, name: &'a str) -> Answer<'a, Handed> {
            Box::pin(async move {
                let is = Self::of(name)?;
                let leader = Some("b:2".to_owned());
                Ok(match name {
                    "mine" => Handed::Over(Leadership { leads: false, leader, ..is }),
                    "theirs" => Handed::NotOurs(is),
                    _ => Handed::Not(is),
                })
            })
        }

        fn drained(&self) -> Answer<'_, Drained> {
            Box::pin(async {
                let channels = vec![Self::of("theirs")?];
                Ok(Drained { drained: *self.0.lock().unwrap(), channels })
            })
        }

        fn drain(&self, on: bool) -> Answer<'_, Drained> {
            *self.0.lock().unwrap() = on;
            self.drained()
        }
    }

    async fn ask(router: &Router, method: Method, path: &str) -> (u16, String) {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn every_row() {
        let router = router(Arc::new(Node::default()), false);
        let of = |name: &str| format!("{CHANNELS}/{name}/leader");
        let mine = r#"{"channel":"mine","leads":true,"leader":"a:1"}"#;
        assert_eq!(ask(&router, Method::GET, &of("mine")).await, (200, format!("{mine}\n")));
        let over = r#"{"channel":"mine","leads":false,"leader":"b:2"}"#;
        assert_eq!(ask(&router, Method::POST, &of("mine")).await, (200, format!("{over}\n")));
        let rows = [
            (Method::POST, of("theirs"), 409, "does not lead channel theirs: b:2 does"),
            (Method::POST, of("alone"), 503, "no other node has taken channel alone over"),
            (Method::POST, of("none"), 404, "channel does not exist"),
            (Method::GET, of("none"), 404, "channel does not exist"),
            (Method::GET, of("UPPER"), 400, "no channel's name"),
            (Method::PUT, of("mine"), 405, "invalid request method: PUT"),
            (Method::PUT, DRAIN.to_owned(), 405, "invalid request method: PUT"),
            (Method::GET, DRAIN.to_owned(), 200, r#"{"drained":false,"channels":[{"#),
            (Method::POST, DRAIN.to_owned(), 200, r#"{"drained":true,"#),
            (Method::DELETE, DRAIN.to_owned(), 200, r#"{"drained":false,"#),
        ];
        for (method, path, status, says) in rows {
            let got = ask(&router, method.clone(), &path).await;
            assert!(got.0 == status && got.1.contains(says), "{method} {path}: {got:?}");
        }
    }

    #[tokio::test]
    async fn strangers_are_turned_away() {
        let router = router(Arc::new(Node::default()), true);
        assert_eq!(ask(&router, Method::POST, DRAIN).await.0, 401);
        assert_eq!(ask(&router, Method::GET, &format!("{CHANNELS}/mine/leader")).await.0, 401);
    }
}
