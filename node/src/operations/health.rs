// SPDX-License-Identifier: Apache-2.0
//! `/healthz`: named checks, and what failed.

use super::json_line;
use super::logging::time_of;
use axum::body::Body;
use axum::response::Response;
use futures_util::future::join_all;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use sys::Clock;
use tokio::time::timeout;

/// How long all checks together may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether a part of the process does its work; if not, why, for whoever asks.
pub type Check = Arc<dyn Fn() -> Checked + Send + Sync>;

type Checked = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// The checks of a process; clones are the same.
#[derive(Clone)]
pub struct Health {
    checks: Arc<RwLock<BTreeMap<String, Check>>>,
    clock: Arc<dyn Clock>,
}

#[derive(Serialize)]
struct Report {
    status: &'static str,
    time: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed_checks: Vec<Failed>,
}

#[derive(Serialize)]
struct Failed {
    component: String,
    reason: String,
}

impl Health {
    /// No checks: healthy.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { checks: Arc::default(), clock }
    }

    /// Adds a check under the name of a component, or puts it in the place of another.
    pub fn register(&self, component: &str, check: Check) {
        let mut checks = self.checks.write().unwrap_or_else(PoisonError::into_inner);
        checks.insert(component.to_owned(), check);
    }

    /// Adds a check that needs no wait.
    pub fn register_now<F>(&self, component: &str, check: F)
    where
        F: Fn() -> Result<(), String> + Send + Sync + 'static,
    {
        let check = move || -> Checked { Box::pin(std::future::ready(check())) };
        self.register(component, Arc::new(check));
    }

    /// Removes a check, such as that of a channel that was left.
    pub fn deregister(&self, component: &str) {
        let mut checks = self.checks.write().unwrap_or_else(PoisonError::into_inner);
        checks.remove(component);
    }

    /// 200, 503 with what failed, or 408 when a check hangs: as Fabric answers.
    pub(super) async fn answer(&self) -> Response {
        let checks = self.checks.read().unwrap_or_else(PoisonError::into_inner).clone();
        let all = checks.into_iter().map(|(component, check)| async move {
            check().await.err().map(|reason| Failed { component, reason })
        });
        let Ok(failed) = timeout(PATIENCE, join_all(all)).await else {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::REQUEST_TIMEOUT;
            return response;
        };
        self.report(failed.into_iter().flatten().collect())
    }

    fn report(&self, failed_checks: Vec<Failed>) -> Response {
        let (code, status) = match failed_checks.is_empty() {
            true => (StatusCode::OK, "OK"),
            false => (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
        };
        let report = Report { status, time: time_of(self.clock.now()), failed_checks };
        let mut response = Response::new(Body::from(json_line(&report)));
        *response.status_mut() = code;
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response
    }
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let checks = self.checks.read().unwrap_or_else(PoisonError::into_inner);
        f.debug_tuple("Health").field(&checks.keys().collect::<Vec<_>>()).finish()
    }
}
