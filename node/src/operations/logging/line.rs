// SPDX-License-Identifier: Apache-2.0
//! An event as a line.

use super::escape;
use super::level::Level;
use std::fmt::{self, Write as _};
use sys::Timestamp;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tracing::Event;
use tracing::field::{Field, Visit};

/// `ts=... level=... module=... msg=... key=value ...` and an end of line.
pub(super) fn line(now: Timestamp, module: &str, event: &Event<'_>) -> String {
    let level = Level::of(*event.metadata().level());
    let mut out = format!("ts={} level={} module=", time_of(now), name(level));
    escape::value(&mut out, module);
    let mut fields = Fields::default();
    event.record(&mut fields);
    out.push_str(" msg=");
    escape::value(&mut out, &fields.message);
    out.push_str(&fields.others);
    out.push('\n');
    out
}

/// A time as RFC 3339 says.
pub(in crate::operations) fn time_of(now: Timestamp) -> String {
    let seconds = i64::try_from(now.0).unwrap_or(i64::MAX);
    let time = OffsetDateTime::from_unix_timestamp(seconds).ok();
    time.and_then(|time| time.format(&Rfc3339).ok()).unwrap_or_else(|| now.0.to_string())
}

const fn name(level: Level) -> &'static str {
    match level {
        Level::Payload => "trace",
        other => other.name(),
    }
}

#[derive(Default)]
struct Fields {
    message: String,
    others: String,
    text: String,
}

impl Fields {
    fn put(&mut self, field: &Field, text: &str) {
        if field.name() == "message" {
            self.message.push_str(text);
            return;
        }
        self.others.push(' ');
        escape::key(&mut self.others, field.name());
        self.others.push('=');
        let text = if escape::is_secret(field.name()) { "***" } else { text };
        escape::value(&mut self.others, text);
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        // Writing to memory fails only when the value's own `Debug` does: what it wrote stands.
        write!(text, "{value:?}").unwrap_or_default();
        self.put(field, &text);
        self.text = text;
    }
}
