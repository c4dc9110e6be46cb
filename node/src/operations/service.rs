// SPDX-License-Identifier: Apache-2.0
//! The routes of the operations service.

use super::logging::{Logging, Spec};
use super::metrics::{MEDIA_TYPE, Registry};
use super::{Health, json_line};
use crate::http::require_certificate;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware;
use axum::response::Response;
use axum::routing::any;
use http::{HeaderValue, Method, StatusCode, header};
use serde::{Deserialize, Serialize};

/// What `/version` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Version {
    /// The commit that was built, if known.
    #[serde(rename = "CommitSHA", skip_serializing_if = "String::is_empty")]
    pub commit: String,
    /// The version of the program.
    #[serde(rename = "Version")]
    pub version: String,
}

/// What is served, and to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether `/metrics` is there: Fabric's `Metrics.Provider: prometheus`.
    pub metrics: bool,
    /// Whether `/metrics` and `/logspec` want a verified client certificate: when there is TLS.
    pub require_certificate: bool,
}

/// What the operations service shows.
#[derive(Clone, Debug)]
pub struct Service {
    /// The checks of `/healthz`.
    pub health: Health,
    /// The numbers of `/metrics`.
    pub registry: Registry,
    /// The log of `/logspec`.
    pub logging: Logging,
    /// What `/version` says.
    pub version: Version,
}

impl Service {
    /// Its routes.
    pub fn router(self, options: Options) -> Router {
        let Self { health, registry, logging, version } = self;
        let mut guarded = Router::new()
            .route("/logspec", any(move |request: Request| log_spec(logging.clone(), request)));
        if options.metrics {
            guarded = guarded.route(
                "/metrics",
                any(move |request: Request| {
                    let registry = registry.clone();
                    async move { metrics(&registry, request.method()) }
                }),
            );
        }
        if options.require_certificate {
            guarded = guarded.layer(middleware::from_fn(require_certificate));
        }
        guarded
            .route("/healthz", any(move |request: Request| healthz(health.clone(), request)))
            .route("/version", any(move |method: Method| async move { show(&version, &method) }))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LogSpec {
    #[serde(default)]
    spec: String,
}

#[derive(Serialize)]
struct ShownSpec {
    spec: String,
}

#[derive(Serialize)]
struct Failure {
    error: String,
}

async fn healthz(health: Health, request: Request) -> Response {
    if request.method() == Method::GET {
        return health.answer().await;
    }
    answer(StatusCode::METHOD_NOT_ALLOWED, "text/plain", String::new())
}

fn metrics(registry: &Registry, method: &Method) -> Response {
    match *method {
        Method::GET | Method::HEAD => answer(StatusCode::OK, MEDIA_TYPE, registry.text()),
        _ => bad_method(method),
    }
}

fn show(version: &Version, method: &Method) -> Response {
    match *method {
        Method::GET => json(StatusCode::OK, version),
        _ => bad_method(method),
    }
}

async fn log_spec(logging: Logging, request: Request) -> Response {
    match *request.method() {
        Method::GET => json(StatusCode::OK, &ShownSpec { spec: logging.spec().to_string() }),
        Method::PUT => match read_spec(request).await {
            Ok(spec) => {
                tracing::warn!(%spec, "log level changed");
                logging.set_spec(spec);
                answer(StatusCode::NO_CONTENT, "application/json", String::new())
            }
            Err(error) => json(StatusCode::BAD_REQUEST, &Failure { error }),
        },
        _ => bad_method(request.method()),
    }
}

async fn read_spec(request: Request) -> Result<Spec, String> {
    let body = to_bytes(request.into_body(), LONGEST_SPEC)
        .await
        .map_err(|error| format!("the body cannot be read: {error}"))?;
    let body: LogSpec = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
    body.spec.parse().map_err(|error: super::logging::BadSpec| error.to_string())
}

fn bad_method(method: &Method) -> Response {
    let error = format!("invalid request method: {method}");
    json(StatusCode::BAD_REQUEST, &Failure { error })
}

fn json<T: Serialize>(status: StatusCode, content: &T) -> Response {
    answer(status, "application/json", json_line(content))
}

fn answer(status: StatusCode, kind: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// The longest body of a change of log level, in bytes.
const LONGEST_SPEC: usize = 64 << 10;
