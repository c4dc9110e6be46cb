// SPDX-License-Identifier: Apache-2.0
//! Data by the rules of flow control (RFC 9113 clause 5.2): no more than the server has asked for, so that it
//! has no reason to end the connection.

use super::frames::{ACK, DATA, END_STREAM, HEADERS, RESET, SETTINGS, WINDOW, frame};
use super::network::Both;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A connection on which data is sent.
pub struct Sender {
    out: WriteHalf<Box<dyn Both>>,
    windows: Arc<Mutex<Windows>>,
    changed: watch::Receiver<u64>,
    reading: JoinHandle<()>,
}

/// How much may be sent: what was granted, less what was sent.
struct Windows {
    connection: i64,
    initial: i64,
    streams: HashMap<u32, i64>,
    /// Those that the server has ended.
    over: HashSet<u32>,
    /// Settings of the server that were not acknowledged: they count from then on.
    unanswered: usize,
}

impl Sender {
    pub fn new(stream: Box<dyn Both>) -> Self {
        let (incoming, out) = tokio::io::split(stream);
        // Before the server's settings it is as the clause says.
        let windows = Windows {
            connection: 65_535,
            initial: 65_535,
            streams: HashMap::new(),
            over: HashSet::new(),
            unanswered: 0,
        };
        let windows = Arc::new(Mutex::new(windows));
        let (change, changed) = watch::channel(0);
        let reading = tokio::spawn(read(incoming, Arc::clone(&windows), change));
        Self { out, windows, changed, reading }
    }

    /// Sends bytes as they are; whether the server still listens.
    pub async fn say(&mut self, bytes: &[u8]) -> bool {
        let unanswered = std::mem::take(&mut self.windows.lock().unwrap().unanswered);
        let all = [&frame(SETTINGS, ACK, 0, &[]).repeat(unanswered), bytes].concat();
        self.out.write_all(&all).await.is_ok() && self.out.flush().await.is_ok()
    }

    /// Sends data when there is a window for it, and none on a stream that is over.
    pub async fn data(&mut self, stream: u32, bytes: &[u8]) -> bool {
        let size = i64::try_from(bytes.len()).unwrap();
        while !self.windows.lock().unwrap().take(stream, size) {
            if self.windows.lock().unwrap().over.contains(&stream) {
                return true;
            }
            if self.changed.changed().await.is_err() {
                return false;
            }
        }
        self.say(&frame(DATA, 0, stream, bytes)).await
    }

    /// Waits until the server ends the connection.
    pub async fn hold(&mut self) {
        let _ = (&mut self.reading).await;
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

impl Windows {
    fn take(&mut self, stream: u32, size: i64) -> bool {
        if self.over.contains(&stream) {
            return false;
        }
        let of_stream = self.streams.entry(stream).or_default();
        if self.connection < size || self.initial + *of_stream < size {
            return false;
        }
        *of_stream -= size;
        self.connection -= size;
        true
    }

    fn learn(&mut self, (kind, flags): (u8, u8), stream: u32, payload: &[u8]) {
        let number = |bytes: &[u8]| i64::from(u32::from_be_bytes(bytes.try_into().unwrap()));
        match (kind, stream) {
            (WINDOW, 0) => self.connection += number(payload),
            (WINDOW, stream) => *self.streams.entry(stream).or_default() += number(payload),
            (SETTINGS, _) if flags & ACK == 0 => {
                self.unanswered += 1;
                for setting in payload.chunks_exact(6).filter(|setting| setting[..2] == [0, 4]) {
                    self.initial = number(&setting[2..]);
                }
            }
            (RESET, stream) => drop(self.over.insert(stream)),
            (DATA | HEADERS, stream) if flags & END_STREAM != 0 => drop(self.over.insert(stream)),
            _ => {}
        }
    }
}

async fn read(
    mut incoming: ReadHalf<Box<dyn Both>>,
    windows: Arc<Mutex<Windows>>,
    change: watch::Sender<u64>,
) {
    let mut head = [0; 9];
    while incoming.read_exact(&mut head).await.is_ok() {
        let [a, b, c, kind, flags, stream @ ..] = head;
        let mut payload = vec![0; usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap()];
        if incoming.read_exact(&mut payload).await.is_err() {
            return;
        }
        windows.lock().unwrap().learn((kind, flags), u32::from_be_bytes(stream), &payload);
        change.send_modify(|count| *count += 1);
    }
}
