// SPDX-License-Identifier: Apache-2.0
//! Paths and methods. Methods are told apart here and not by the router, because Fabric answers
//! `HEAD` and its like with a 405 of its own form.

use super::{Channels, answer, handlers};
use crate::http::require_certificate;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::middleware;
use axum::response::Response;
use axum::routing::any;
use http::{Method, StatusCode};
use std::sync::Arc;

/// Where channel participation begins.
pub const BASE: &str = "/participation/v1/";
/// Where the channels are.
pub const CHANNELS: &str = "/participation/v1/channels";

/// How channel participation is served: Fabric's section `ChannelParticipation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether it is served at all; if not, each request is answered with 503.
    pub enabled: bool,
    /// The longest body taken, in bytes.
    pub max_request_body_size: usize,
    /// Whether a request without a verified client certificate is answered with 401.
    pub require_certificate: bool,
}

impl Default for Options {
    /// Served, a body of 1 MiB, a certificate required.
    fn default() -> Self {
        Self { enabled: true, max_request_body_size: 1 << 20, require_certificate: true }
    }
}

/// What handlers work with.
pub(super) struct Shared {
    pub(super) channels: Arc<dyn Channels>,
    pub(super) options: Options,
}

/// The routes under [`BASE`].
pub fn router(channels: Arc<dyn Channels>, options: Options) -> Router {
    let shared = Arc::new(Shared { channels, options });
    let router = Router::new()
        .route("/participation/v1", any(|| async { above() }))
        .route(BASE, any(base))
        .route(CHANNELS, any(all))
        .route("/participation/v1/channels/{channel}", any(one))
        .route("/participation/v1/channels/{channel}/blocks/{block}", any(blocks))
        .fallback(|| async { answer::no_such_path() })
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), if_enabled))
        .layer(DefaultBodyLimit::disable());
    let router = if options.require_certificate {
        router.layer(middleware::from_fn(require_certificate))
    } else {
        router
    };
    router.with_state(shared)
}

async fn if_enabled(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: middleware::Next,
) -> Response {
    if shared.options.enabled {
        return next.run(request).await;
    }
    answer::error(StatusCode::SERVICE_UNAVAILABLE, "channel participation API is disabled")
}

fn above() -> Response {
    answer::moved(StatusCode::MOVED_PERMANENTLY, BASE)
}

async fn base(request: Request) -> Response {
    match *request.method() {
        Method::GET => answer::moved(StatusCode::FOUND, CHANNELS),
        _ => not_allowed(&request, "GET, POST, PUT"),
    }
}

async fn all(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    match *request.method() {
        Method::GET => handlers::list(&shared, request.headers()).await,
        Method::POST => handlers::join(&shared, request).await,
        Method::PUT => handlers::update(&shared, request).await,
        _ => not_allowed(&request, "GET, POST, PUT"),
    }
}

async fn one(
    State(shared): State<Arc<Shared>>,
    Path(channel): Path<String>,
    request: Request,
) -> Response {
    match *request.method() {
        Method::GET => handlers::info(&shared, request.headers(), &channel).await,
        Method::DELETE => handlers::remove(&shared, request.headers(), &channel).await,
        _ => not_allowed(&request, "GET, DELETE"),
    }
}

async fn blocks(
    State(shared): State<Arc<Shared>>,
    Path((channel, block)): Path<(String, String)>,
    request: Request,
) -> Response {
    match *request.method() {
        Method::GET => handlers::block(&shared, &channel, &block).await,
        _ => not_allowed(&request, "GET"),
    }
}

fn not_allowed(request: &Request, allow: &'static str) -> Response {
    answer::not_allowed(&format!("invalid request method: {}", request.method()), allow)
}
