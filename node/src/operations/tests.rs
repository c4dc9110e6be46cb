// SPDX-License-Identifier: Apache-2.0
//! The routes, without a socket.

use super::logging::Logging;
use super::metrics::Registry;
use super::*;
use axum::Router;
use axum::body::{Body, to_bytes};
use http::{Method, Request, StatusCode, header};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use sys::sim::SetClock;
use tower::ServiceExt as _;

const ALL: Options = Options { metrics: true, require_certificate: false };

fn service() -> Service {
    let clock = Arc::new(SetClock::new(sys::Timestamp(1_764_000_000)));
    let sink = Box::new(|_: &str| {});
    Service {
        health: Health::new(clock.clone()),
        registry: Registry::new(),
        logging: Logging::with_sink("info".parse().unwrap(), clock, None, sink),
        version: Version { commit: "abc".to_owned(), version: "1.2".to_owned() },
    }
}

async fn send(router: &Router, method: Method, path: &str, body: &str) -> (u16, String, String) {
    let request = Request::builder().method(method).uri(path).body(Body::from(body.to_owned()));
    let response = router.clone().oneshot(request.unwrap()).await.unwrap();
    let (head, body) = response.into_parts();
    let kind = head.headers.get(header::CONTENT_TYPE);
    let kind = kind.map_or(String::new(), |kind| kind.to_str().unwrap().to_owned());
    let body = to_bytes(body, usize::MAX).await.unwrap();
    (head.status.as_u16(), kind, String::from_utf8(body.to_vec()).unwrap())
}

async fn get(router: &Router, path: &str) -> (u16, String) {
    let (status, _, body) = send(router, Method::GET, path, "").await;
    (status, body)
}

#[tokio::test]
async fn health_names_what_fails() {
    let service = service();
    let health = service.health.clone();
    let router = service.router(ALL);
    let well = (200, "{\"status\":\"OK\",\"time\":\"2025-11-24T16:00:00Z\"}\n".to_owned());
    assert_eq!(get(&router, "/healthz").await, well);
    let is_ill = Arc::new(AtomicBool::new(true));
    let ill = Arc::clone(&is_ill);
    health.register_now("disk", move || match ill.load(Ordering::SeqCst) {
        true => Err("full <1%>".to_owned()),
        false => Ok(()),
    });
    health.register_now("raft", || Ok(()));
    let expected = "{\"status\":\"Service Unavailable\",\"time\":\"2025-11-24T16:00:00Z\",\
                    \"failed_checks\":[{\"component\":\"disk\",\
                    \"reason\":\"full \\u003c1%\\u003e\"}]}\n";
    assert_eq!(get(&router, "/healthz").await, (503, expected.to_owned()));
    is_ill.store(false, Ordering::SeqCst);
    assert_eq!(get(&router, "/healthz").await, well);
    is_ill.store(true, Ordering::SeqCst);
    health.deregister("disk");
    assert_eq!(get(&router, "/healthz").await, well);
    assert_eq!(send(&router, Method::POST, "/healthz", "").await.0, 405);
}

#[tokio::test(start_paused = true)]
async fn a_check_that_hangs_is_not_waited_for() {
    let service = service();
    service.health.register("chaincode", Arc::new(|| Box::pin(std::future::pending())));
    assert_eq!(get(&service.router(ALL), "/healthz").await.0, 408);
}

#[tokio::test]
async fn the_version_is_shown() {
    let router = service().router(ALL);
    let (status, kind, body) = send(&router, Method::GET, "/version", "").await;
    assert_eq!((status, kind.as_str()), (200, "application/json"));
    assert_eq!(body, "{\"CommitSHA\":\"abc\",\"Version\":\"1.2\"}\n");
    let (status, _, body) = send(&router, Method::DELETE, "/version", "").await;
    assert_eq!((status, body.as_str()), (400, "{\"error\":\"invalid request method: DELETE\"}\n"));
}

#[tokio::test]
async fn the_log_level_is_shown_and_changed() {
    let service = service();
    let logging = service.logging.clone();
    let router = service.router(ALL);
    assert_eq!(get(&router, "/logspec").await, (200, "{\"spec\":\"info\"}\n".to_owned()));
    let put = |body: &'static str| send(&router, Method::PUT, "/logspec", body);
    let (status, _, body) = put("{\"spec\":\"node=debug:warn\"}").await;
    assert_eq!((status, body.as_str()), (204, ""));
    assert_eq!(logging.spec().to_string(), "node=debug:warn");
    let (status, _, body) = put("{\"spec\":\"loud\"}").await;
    let why = "{\"error\":\"invalid logging specification 'loud': bad segment 'loud'\"}\n";
    assert_eq!((status, body.as_str()), (400, why));
    assert_eq!(put("loud").await.0, 400);
    assert_eq!(logging.spec().to_string(), "node=debug:warn", "a bad one changes nothing");
    let (status, _, body) = send(&router, Method::POST, "/logspec", "").await;
    assert_eq!((status, body.as_str()), (400, "{\"error\":\"invalid request method: POST\"}\n"));
}

#[tokio::test]
async fn metrics_are_there_when_they_are_wanted() {
    let service = service();
    service.registry.counter("c", "C.", &[]).with(&[]).increment();
    let router = service.clone().router(ALL);
    let (status, kind, body) = send(&router, Method::GET, "/metrics", "").await;
    assert_eq!((status, kind.as_str()), (200, "text/plain; version=0.0.4; charset=utf-8"));
    assert!(body.ends_with("\nc 1\n"), "{body}");
    let without = service.router(Options { metrics: false, ..ALL });
    assert_eq!(get(&without, "/metrics").await.0, 404);
}

#[tokio::test]
async fn health_and_version_need_no_certificate_and_the_others_do() {
    let router = service().router(Options { require_certificate: true, ..ALL });
    let rows = [("/healthz", 200), ("/version", 200), ("/metrics", 401), ("/logspec", 401)];
    for (path, status) in rows {
        assert_eq!(get(&router, path).await.0, status, "{path}");
    }
    let put = send(&router, Method::PUT, "/logspec", "{\"spec\":\"error\"}").await;
    assert_eq!(put.0, StatusCode::UNAUTHORIZED.as_u16());
}
