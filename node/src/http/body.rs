// SPDX-License-Identifier: Apache-2.0
//! A request's body that must arrive in time.

use axum::body::Body;
use futures_util::StreamExt as _;
use futures_util::stream::unfold;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Fails the body when it is not there whole after `limit`.
pub(super) fn timed(body: Body, limit: Duration) -> Body {
    // Read on first use: most requests have no body, and no clock is asked for them.
    let start = (body.into_data_stream(), None);
    Body::from_stream(unfold(Some(start), move |state| async move {
        let (mut stream, end) = state?;
        let end = end.or_else(|| Instant::now().checked_add(limit))?;
        match timeout_at(end, stream.next()).await {
            Ok(Some(Ok(bytes))) => Some((Ok(bytes), Some((stream, Some(end))))),
            Ok(Some(Err(error))) => Some((Err(error), None)),
            Ok(None) => None,
            Err(_) => {
                let why = format!("the body was not there after {} s", limit.as_secs());
                Some((Err(axum::Error::new(TooSlow(why))), None))
            }
        }
    }))
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct TooSlow(String);
