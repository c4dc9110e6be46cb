// SPDX-License-Identifier: Apache-2.0
//! A form with one file: how `osnadmin` sends blocks and updates.
//!
//! Texts are those of Fabric and of Go's form reader, which `osnadmin` prints as they come.

use axum::body::{Body, to_bytes};
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest as _, Multipart, Request};
use bytes::Bytes;
use http::{HeaderMap, header};
use std::collections::BTreeSet;
use std::error::Error;

/// Which file is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    ConfigBlock,
    ConfigUpdate,
}

impl Part {
    /// Its key in the form.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::ConfigBlock => "config-block",
            Self::ConfigUpdate => "config-update-envelope",
        }
    }
}

/// Whether the body is a form. Fabric asks only whether the words are somewhere in the header.
pub(super) fn check_content_type(headers: &HeaderMap) -> Result<(), String> {
    let all: Vec<_> = headers
        .get_all(header::CONTENT_TYPE)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .collect();
    if all.iter().any(|value| value.contains("multipart/form-dat")) {
        return Ok(());
    }
    Err(format!("unsupported Content-Type: [{}]", all.join(" ")))
}

/// Reads the file. A body longer than `max` bytes is not read to its end.
pub(super) async fn read(request: Request, part: Part, max: usize) -> Result<Bytes, String> {
    let (head, body) = request.into_parts();
    if !has_boundary(&head.headers) {
        return Err(unreadable("multipart: boundary is empty"));
    }
    let body = to_bytes(body, max).await.map_err(|error| unreadable(&body_error(&error)))?;
    let request = Request::from_parts(head, Body::from(body));
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|error| unreadable(&error.to_string()))?;
    let mut met = Met::default();
    while let Some(field) = form.next_field().await.map_err(|error| part_error(&error))? {
        met.take(field, part).await?;
    }
    met.into_file(part)
}

/// What a form had so far. As in Go, parts of one key count as one and the first is taken, and a
/// part without a name does not count.
#[derive(Default)]
struct Met {
    files: BTreeSet<String>,
    has_values: bool,
    wanted: Option<Bytes>,
}

impl Met {
    async fn take(&mut self, field: Field<'_>, part: Part) -> Result<(), String> {
        let Some(name) = field.name().filter(|name| !name.is_empty()).map(str::to_owned) else {
            return Ok(());
        };
        if field.file_name().is_none_or(str::is_empty) {
            self.has_values = true;
            return Ok(());
        }
        let bytes = field.bytes().await.map_err(|error| part_error(&error))?;
        if name == part.key() {
            self.wanted.get_or_insert(bytes);
        }
        self.files.insert(name);
        Ok(())
    }

    fn into_file(self, part: Part) -> Result<Bytes, String> {
        let missing = || format!("form does not contains part key: {}", part.key());
        let file = self.wanted.ok_or_else(missing)?;
        if self.files.len() != 1 || self.has_values {
            return Err("form contains too many parts".to_owned());
        }
        Ok(file)
    }
}

fn has_boundary(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let parameters = value.unwrap_or_default().split(';').skip(1);
    let boundary = parameters
        .filter_map(|parameter| parameter.trim().split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("boundary"));
    boundary.is_some_and(|(_, value)| !value.trim().trim_matches('"').is_empty())
}

fn body_error(error: &axum::Error) -> String {
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(error) = cause {
        if error.to_string().contains("length limit exceeded") {
            return "multipart: NextPart: http: request body too large".to_owned();
        }
        cause = error.source();
    }
    format!("multipart: NextPart: {error}")
}

fn part_error(error: &MultipartError) -> String {
    unreadable(&format!("multipart: NextPart: {}", error.body_text()))
}

fn unreadable(why: &str) -> String {
    format!("cannot read form from request body: {why}")
}
