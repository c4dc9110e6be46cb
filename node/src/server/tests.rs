// SPDX-License-Identifier: Apache-2.0
//! Who is served when all places of a port are taken.

use super::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;

const ONE: &str = "127.0.0.1:0";
const OTHER: &str = "127.0.0.2:0";

async fn server(idle: Duration) -> Server {
    let listener = TcpListener::bind(ONE).await.unwrap();
    let bounds = Bounds { connections: 3, idle, ..Bounds::default() };
    Server::start(listener, None, Routes::default(), bounds).unwrap()
}

/// A client that says HTTP/2's first words.
async fn client(server: &Server, from: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(from.parse().unwrap()).unwrap();
    let mut client = socket.connect(server.address()).await.unwrap();
    // Whoever is turned away may hear it already.
    let _ = client.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await;
    client
}

/// Whether the server answers a ping.
async fn is_served(client: &mut TcpStream) -> bool {
    let asks_and_hears = async {
        client.write_all(b"\0\0\x08\x06\0\0\0\0\0whatever").await?;
        loop {
            let mut head = [0; 9];
            client.read_exact(&mut head).await?;
            let mut body = vec![0; usize::from(head[2])];
            client.read_exact(&mut body).await?;
            if (head[3], head[4]) == (6, 1) {
                return io::Result::Ok(());
            }
        }
    };
    timeout(Duration::from_secs(10), asks_and_hears).await.unwrap().is_ok()
}

async fn three(server: &Server) -> [TcpStream; 3] {
    let mut clients =
        [client(server, ONE).await, client(server, ONE).await, client(server, ONE).await];
    for client in &mut clients {
        assert!(is_served(client).await);
    }
    sleep(Duration::from_millis(20)).await;
    clients
}

#[tokio::test]
async fn a_crowd_makes_room_for_others() {
    let server = server(Duration::from_secs(60)).await;
    let [mut first, mut second, mut third] = three(&server).await;
    assert!(is_served(&mut first).await && is_served(&mut third).await);
    sleep(Duration::from_millis(20)).await;
    let mut other = client(&server, OTHER).await;
    assert!(is_served(&mut other).await, "it holds none");
    assert!(!is_served(&mut second).await, "the longest silent gives way");
    assert!(is_served(&mut first).await && is_served(&mut third).await);
    let mut another = client(&server, OTHER).await;
    assert!(!is_served(&mut another).await, "two of one and one of another are fair");
    assert!(is_served(&mut other).await);
}

#[tokio::test]
async fn nobody_pushes_those_of_the_same_address_out_who_speak() {
    let server = server(Duration::from_secs(60)).await;
    let mut three = three(&server).await;
    assert!(!is_served(&mut client(&server, ONE).await).await);
    for client in &mut three {
        assert!(is_served(client).await);
    }
    let [gone, ..] = three;
    drop(gone);
    sleep(Duration::from_millis(100)).await;
    assert!(is_served(&mut client(&server, ONE).await).await, "a place is free again");
}

#[tokio::test]
async fn those_who_are_silent_for_long_give_way_to_anybody() {
    let server = server(Duration::from_millis(300)).await;
    let [mut first, mut second, mut third] = three(&server).await;
    sleep(Duration::from_millis(400)).await;
    assert!(is_served(&mut second).await);
    sleep(Duration::from_millis(20)).await;
    let mut fourth = client(&server, ONE).await;
    assert!(is_served(&mut fourth).await);
    let served = [is_served(&mut first).await, is_served(&mut third).await];
    assert_eq!(served.iter().filter(|served| **served).count(), 1, "one of the silent ones");
    assert!(is_served(&mut second).await);
}
