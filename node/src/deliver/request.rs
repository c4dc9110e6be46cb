// SPDX-License-Identifier: Apache-2.0
//! What a client asks for, read and checked.

use block::Envelope;
use proto::Bytes;
use proto::common::{self, Status};
use proto::orderer::seek_info::{SeekBehavior, SeekContentType, SeekErrorResponse};
use proto::orderer::seek_position::Type;
use proto::orderer::{SeekInfo, SeekPosition};
use proto::prost::Message as _;
use std::time::Duration;
use sys::Clock;

/// Why a range ends, and what is logged of it.
#[derive(Debug)]
pub(super) struct Ended(pub(super) Status, pub(super) String);

pub(super) fn bad(why: impl Into<String>) -> Ended {
    Ended(Status::BadRequest, why.into())
}

/// A request whose headers are right.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) envelope: Envelope,
}

impl Request {
    /// Opens an envelope, and checks what needs no channel. The nonce may be empty.
    pub(super) fn open(
        message: common::Envelope,
        clock: &dyn Clock,
        window: Duration,
        binding: Option<&Bytes>,
    ) -> Result<Self, Ended> {
        let envelope = Envelope::from_message(message).map_err(|error| bad(error.to_string()))?;
        let header = envelope.headers().channel_header();
        let time = header.timestamp.as_ref().ok_or_else(|| bad("it has no timestamp"))?;
        let now = i64::try_from(clock.now().0).unwrap_or(i64::MAX);
        let off = time.seconds.abs_diff(now);
        if off > window.as_secs() {
            return Err(bad(format!("its timestamp is {off} s off this node's clock")));
        }
        if binding.is_some_and(|binding| *binding != header.tls_cert_hash) {
            return Err(bad("it is bound to another TLS certificate (tls_cert_hash)"));
        }
        Ok(Self { envelope })
    }

    pub(super) fn channel(&self) -> &str {
        &self.envelope.headers().channel_header().channel_id
    }

    pub(super) fn seek(&self) -> Result<Seek, Ended> {
        let info = SeekInfo::decode(self.envelope.data().clone());
        let info = info.map_err(|error| bad(format!("its SeekInfo cannot be read: {error}")))?;
        Ok(Seek {
            best_effort: info.error_response() == SeekErrorResponse::BestEffort,
            fail_if_not_ready: info.behavior() == SeekBehavior::FailIfNotReady,
            headers_only: info.content_type() == SeekContentType::HeaderWithSig,
            start: info.start,
            stop: info.stop,
        })
    }
}

/// Which blocks, and how.
#[derive(Debug)]
pub(super) struct Seek {
    pub(super) best_effort: bool,
    pub(super) fail_if_not_ready: bool,
    pub(super) headers_only: bool,
    start: Option<SeekPosition>,
    stop: Option<SeekPosition>,
}

/// The first and the last block of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) first: u64,
    pub(super) last: u64,
}

impl Seek {
    /// The range in a chain of that height.
    pub(super) fn range(&self, height: u64) -> Result<Range, Ended> {
        let (start, stop) = (kind(self.start.as_ref())?, kind(self.stop.as_ref())?);
        let newest = height.saturating_sub(1);
        let first = match start {
            Type::Oldest(_) => 0,
            Type::Newest(_) => newest,
            Type::NextCommit(_) => height,
            Type::Specified(at) => at.number,
        };
        if first > height {
            let why = format!("block {first} is not the next one: there are {height}");
            return Err(Ended(Status::NotFound, why));
        }
        let last = match (start, stop) {
            // What begins with the newest ends with it, though another may be there by then.
            (_, Type::Oldest(_)) | (Type::Newest(_), Type::Newest(_)) => first,
            (_, Type::Newest(_)) => newest,
            (_, Type::NextCommit(_)) => height,
            (_, Type::Specified(at)) => at.number,
        };
        if last < first {
            return Err(bad(format!("it begins with block {first} and ends with {last}")));
        }
        Ok(Range { first, last })
    }
}

fn kind(position: Option<&SeekPosition>) -> Result<&Type, Ended> {
    let kind = position.and_then(|position| position.r#type.as_ref());
    kind.ok_or_else(|| bad("it does not say where to start or where to stop"))
}
