// SPDX-License-Identifier: Apache-2.0
//! The body of a request, looked at as it passes: where its messages begin and end.
//!
//! A message is a byte of flags, its length in four bytes, and the message (gRPC over HTTP/2,
//! "Length-Prefixed-Message").

use super::A_SECOND;
use super::rooms::{Place, Rooms};
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Sleep, sleep_until};
use tonic::Status;
use tonic::body::Body;

/// The body of a request.
pub(super) struct Arriving {
    body: Body,
    rooms: Arc<Rooms>,
    at: At,
    /// As long as it has sent no message.
    place: Option<Place>,
    /// For the message that comes.
    held: Option<OwnedSemaphorePermit>,
    /// When something must be here.
    until: Option<Instant>,
    alarm: Option<Pin<Box<Sleep>>>,
    is_over: bool,
}

/// Where in the stream of messages it is.
enum At {
    /// That many bytes of a header are here.
    Header([u8; HEADER], usize),
    /// That many bytes of a message are to come.
    Message { left: usize, is_large: bool },
}

const HEADER: usize = 5;
const START: At = At::Header([0; HEADER], 0);

impl Arriving {
    pub(super) fn new(body: Body, rooms: Arc<Rooms>) -> Self {
        let place = (!body.is_end_stream()).then(|| rooms.wait());
        let until = Instant::now().checked_add(rooms.room.silence);
        let (held, alarm) = (None, None);
        Self { body, rooms, at: START, place, held, until, alarm, is_over: false }
    }

    /// Looks at bytes that have come.
    fn look(&mut self, mut bytes: &[u8]) -> Result<(), Status> {
        while !bytes.is_empty() {
            bytes = match &mut self.at {
                At::Header(header, have) => {
                    let free = header.get_mut(*have..).unwrap_or_default();
                    let count = free.len().min(bytes.len());
                    let (taken, rest) = bytes.split_at(count);
                    free.iter_mut().zip(taken).for_each(|(to, from)| *to = *from);
                    *have = have.saturating_add(count);
                    if *have == HEADER {
                        let [_, length @ ..] = *header;
                        self.begin(u32::from_be_bytes(length))?;
                    }
                    rest
                }
                At::Message { left, is_large } => {
                    let count = bytes.len().min(*left);
                    *left = left.saturating_sub(count);
                    let (is_large, is_whole) = (*is_large, *left == 0);
                    if is_whole {
                        self.end();
                    } else if !is_large {
                        self.keep(count)?;
                    }
                    bytes.get(count..).unwrap_or_default()
                }
            };
        }
        Ok(())
    }

    fn begin(&mut self, length: u32) -> Result<(), Status> {
        let left = usize::try_from(length).unwrap_or(usize::MAX);
        if left == 0 {
            self.end();
            return Ok(());
        }
        self.held = self.rooms.announce(left)?;
        self.at = At::Message { left, is_large: self.held.is_some() };
        let more = u64::try_from(left / A_SECOND).unwrap_or(u64::MAX);
        let time = self.rooms.room.message.saturating_add(Duration::from_secs(more));
        self.wait_until(Instant::now().checked_add(time));
        Ok(())
    }

    /// A message is here whole: whoever reads it has it, and its room is free.
    fn end(&mut self) {
        (self.at, self.held, self.place) = (START, None, None);
        // A stream may be silent between messages.
        self.wait_until(None);
    }

    fn keep(&mut self, count: usize) -> Result<(), Status> {
        let room = self.rooms.arrive(count)?;
        match &mut self.held {
            Some(held) => held.merge(room),
            None => self.held = Some(room),
        }
        Ok(())
    }

    fn wait_until(&mut self, until: Option<Instant>) {
        (self.until, self.alarm) = (until, None);
    }

    /// Why it is not waited for any longer.
    fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<Status> {
        if let Some(place) = &mut self.place
            && Pin::new(&mut place.ended).poll(context).is_ready()
        {
            let why = "too many requests that say nothing: the oldest is ended";
            return Poll::Ready(Status::resource_exhausted(why));
        }
        let Some(until) = self.until else { return Poll::Pending };
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(until)));
        ready!(alarm.as_mut().poll(context));
        Poll::Ready(Status::deadline_exceeded("the message was not here in time"))
    }

    fn fail(&mut self, status: Status) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.is_over = true;
        (self.held, self.place) = (None, None);
        tracing::debug!("a request was ended: {}", status.message());
        Poll::Ready(Some(Err(status)))
    }
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Pending => match self.poll_end(context) {
                Poll::Ready(status) => self.fail(status),
                Poll::Pending => Poll::Pending,
            },
            Poll::Ready(Some(Ok(frame))) => {
                let looked = frame.data_ref().cloned().map_or(Ok(()), |data| self.look(&data));
                match looked {
                    Ok(()) => Poll::Ready(Some(Ok(frame))),
                    Err(status) => self.fail(status),
                }
            }
            ended => ended,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.is_over || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
