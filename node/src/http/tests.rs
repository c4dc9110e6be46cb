// SPDX-License-Identifier: Apache-2.0
//! A server on loopback, and clients that behave badly.

use super::*;
use axum::extract::Extension;
use axum::routing::{get, post};
use std::time::Instant;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const SHORT: Duration = Duration::from_millis(200);

fn router() -> Router {
    Router::new()
        .route(
            "/",
            get(|Extension(peer): Extension<Peer>| async move { peer.address().to_string() }),
        )
        .route(
            "/slow",
            get(|| async {
                sleep(SHORT).await;
                "done"
            }),
        )
        .route("/body", post(|body: String| async move { body }))
}

fn options() -> Options {
    Options { head: SHORT, body: SHORT, handshake: SHORT, ..Options::default() }
}

async fn start(options: Options) -> Server {
    Server::start("127.0.0.1:0", router(), None, options).await.unwrap()
}

async fn read(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    // A reset is an end too.
    drop(timeout(Duration::from_secs(10), stream.read_to_end(&mut text)).await.unwrap());
    String::from_utf8_lossy(&text).into_owned()
}

async fn say(server: &Server, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

fn request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
}

#[tokio::test]
async fn requests_are_served_and_know_their_peer() {
    let server = start(options()).await;
    let stream = say(&server, &request("/")).await;
    let from = stream.local_addr().unwrap().to_string();
    let answer = read(stream).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with(&from), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn a_stop_lets_requests_end_and_takes_no_more() {
    let server = start(options()).await;
    let address = server.address();
    let stream = say(&server, &request("/slow")).await;
    sleep(Duration::from_millis(50)).await;
    let (answer, ()) = tokio::join!(read(stream), server.stop());
    assert!(answer.ends_with("done"), "{answer}");
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_stop_does_not_wait_for_ever() {
    let server = start(Options { drain: SHORT, head: Duration::from_secs(60), ..options() }).await;
    let _half = say(&server, "GET / HTTP/1.1\r\n").await;
    sleep(Duration::from_millis(50)).await;
    timeout(Duration::from_secs(5), server.stop()).await.unwrap();
}

#[tokio::test]
#[allow(clippy::disallowed_methods)] // how long the connection stood is what is tested
async fn slow_heads_bodies_and_idle_connections_are_ended() {
    let server = start(options()).await;
    let slow_body = "POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab";
    for (text, status) in [("GET / HT", ""), ("", ""), (slow_body, "HTTP/1.1 4")] {
        let begin = Instant::now();
        let answer = read(say(&server, text).await).await;
        assert!(answer.starts_with(status), "{text}: {answer}");
        assert!(begin.elapsed() < Duration::from_secs(5), "{text}");
    }
    server.stop().await;
}

#[tokio::test]
async fn connections_over_the_limit_are_closed_and_garbage_does_no_harm() {
    let few = Options { max_connections: 2, head: Duration::from_secs(60), ..options() };
    let server = start(few).await;
    let (one, two) = (say(&server, "GET").await, say(&server, "GET").await);
    sleep(Duration::from_millis(100)).await;
    assert_eq!(read(say(&server, &request("/")).await).await, "");
    drop((one, two));
    sleep(Duration::from_millis(100)).await;
    for garbage in ["\0\u{1}\u{2}\r\n\r\n", "\u{16}\u{3}\u{1}", "GET / HTTP/9.9\r\n\r\n"] {
        drop(say(&server, garbage).await);
    }
    sleep(Duration::from_millis(100)).await;
    assert!(read(say(&server, &request("/")).await).await.contains("200 OK"));
    server.stop().await;
}
