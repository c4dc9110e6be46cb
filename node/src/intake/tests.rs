// SPDX-License-Identifier: Apache-2.0
//! Bodies that come in pieces, in the virtual time of a test.

use super::arriving::Arriving;
use super::*;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame};
use std::pin::Pin;
use tokio::sync::mpsc;
use tokio::time::sleep;
use tonic::{Code, Status};

/// A body that a test writes.
struct Written(mpsc::UnboundedReceiver<Bytes>);

impl HttpBody for Written {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.0.poll_recv(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// A request, and how it is written.
fn request(rooms: &Arc<Rooms>) -> (mpsc::UnboundedSender<Bytes>, Arriving) {
    let (writer, written) = mpsc::unbounded_channel();
    (writer, Arriving::new(Body::new(Written(written)), Arc::clone(rooms)))
}

/// The next bytes; nothing at the end.
async fn next(body: &mut Arriving) -> Result<Option<Bytes>, Status> {
    let frame = std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await;
    frame.map(|frame| Ok(frame?.into_data().unwrap())).transpose()
}

fn rooms(room: Room) -> Arc<Rooms> {
    Arc::new(Rooms::new(room))
}

fn message(length: usize) -> Vec<u8> {
    let header = u32::try_from(length).unwrap().to_be_bytes();
    [&[0], &header[..], &vec![7; length]].concat()
}

fn code<T: std::fmt::Debug>(result: Result<T, Status>) -> Code {
    result.unwrap_err().code()
}

#[tokio::test(start_paused = true)]
async fn messages_pass_in_whatever_pieces() {
    let bytes = [message(0), message(3), message(70_000), message(SMALL + 1)].concat();
    for size in [1, 4, 5, 6, 4096, bytes.len()] {
        let rooms = rooms(Room { small: 80_000, large: SMALL + 256, ..Room::default() });
        let (writer, mut body) = request(&rooms);
        for piece in bytes.chunks(size.max(bytes.len() / 5000)) {
            writer.send(Bytes::copy_from_slice(piece)).unwrap();
        }
        drop(writer);
        let mut found = Vec::new();
        while let Some(piece) = next(&mut body).await.unwrap() {
            found.extend(piece);
        }
        assert!(found == bytes, "pieces of {size}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_oldest_that_says_nothing_makes_room() {
    let rooms = rooms(Room { waiting: 2, ..Room::default() });
    let mut all: Vec<_> = (0..3).map(|_| request(&rooms)).collect();
    assert_eq!(code(next(&mut all[0].1).await), Code::ResourceExhausted);
    assert_eq!(next(&mut all[0].1).await.unwrap(), None);
    // One that has spoken takes no place, and may be silent.
    all[1].0.send(message(3).into()).unwrap();
    next(&mut all[1].1).await.unwrap();
    let _more: Vec<_> = (0..5).map(|_| request(&rooms)).collect();
    let silent = tokio::time::timeout(Duration::from_secs(9000), next(&mut all[1].1));
    assert!(silent.await.is_err());
    assert_eq!(code(next(&mut all[2].1).await), Code::ResourceExhausted);
}

#[tokio::test(start_paused = true)]
async fn silence_and_slowness_have_an_end() {
    let rooms = rooms(Room::default());
    let (_writer, mut body) = request(&rooms);
    assert_eq!(code(next(&mut body).await), Code::DeadlineExceeded);
    let (writer, mut body) = request(&rooms);
    let drip = async {
        for byte in message(100_000) {
            sleep(Duration::from_secs(1)).await;
            if writer.send(Bytes::from(vec![byte])).is_err() {
                return;
            }
        }
    };
    let read = async {
        while next(&mut body).await?.is_some() {}
        Ok::<_, Status>(())
    };
    let read = async {
        tokio::select! {
            read = read => read,
            () = drip => Ok(()),
        }
    };
    assert_eq!(code(read.await), Code::DeadlineExceeded);
}

#[tokio::test(start_paused = true)]
async fn large_messages_have_room_of_their_own() {
    let rooms = rooms(Room { small: 64 << 10, large: 3 * SMALL, ..Room::default() });
    let large = Bytes::from(message(2 * SMALL)).slice(..10);
    let (first, mut one) = request(&rooms);
    first.send(large.clone()).unwrap();
    next(&mut one).await.unwrap();
    let (second, mut two) = request(&rooms);
    second.send(large.clone()).unwrap();
    assert_eq!(code(next(&mut two).await), Code::ResourceExhausted);
    // Others have room, as much as they have sent.
    let (third, mut three) = request(&rooms);
    third.send(Bytes::from(message(SMALL)).slice(..60_000)).unwrap();
    next(&mut three).await.unwrap();
    third.send(Bytes::from(vec![7; 10_000])).unwrap();
    assert_eq!(code(next(&mut three).await), Code::ResourceExhausted);
    // What is gone makes room.
    drop((one, three));
    let (fourth, mut four) = request(&rooms);
    fourth.send(large).unwrap();
    next(&mut four).await.unwrap();
}
