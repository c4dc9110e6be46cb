// SPDX-License-Identifier: Apache-2.0
//! Connections that mean no good, and certificates that change under a running node.

use crate::kit::{CHANNEL, Network, TLS, send_one};
use bccsp::Suite;
use proto::common::Status;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

#[tokio::test(flavor = "multi_thread")]
async fn garbage_does_no_harm() {
    for general in ["", TLS] {
        let network = Network::new(Suite::Nist, 1);
        let process = network.start(0, general).await.unwrap();
        process.channels().join(network.kit.genesis(CHANNEL, 0)).await.unwrap();
        let address = process.addresses().clients;
        let mut held = Vec::new();
        for n in 0..200_u32 {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let noise: Vec<u8> = (0..n * 7 % 4096).map(|byte| (byte * n % 251) as u8).collect();
            let _ = stream.write_all(&noise).await;
            held.push(stream);
        }
        let client = network.client(&process, !general.is_empty());
        let who = network.kit.client("one");
        let message = who.message(CHANNEL, b"");
        let sent = timeout(Duration::from_secs(5), send_one(&client, &message));
        assert_eq!(sent.await.unwrap().0, Status::Success);
        // Those that say nothing are closed in the end.
        let silent = &mut held[0];
        let mut rest = Vec::new();
        let closed = timeout(Duration::from_secs(15), silent.read_to_end(&mut rest)).await;
        assert!(closed.is_ok(), "a silent connection is closed");
        process.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_is_used_without_a_restart() {
    let network = Network::new(Suite::Nist, 1);
    let process = network.start(0, TLS).await.unwrap();
    let before = shown(&network, &process).await;
    network.renew(0);
    let wait = async {
        while shown(&network, &process).await == before {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    timeout(Duration::from_secs(20), wait).await.expect("new files are used");
    process.stop().await;
}

/// The certificate that a process shows.
async fn shown(network: &Network, process: &gmca_node::orderer::OrdererProcess) -> Vec<u8> {
    let roots = gmca_node::tls::ClientRoots::load(&sys::SystemDisk, &[network.ca_file()], None);
    let config = roots.unwrap().config(&sys::SystemDisk).unwrap();
    let stream = TcpStream::connect(process.addresses().clients).await.unwrap();
    let connector = tokio_rustls::TlsConnector::from(config);
    let stream = connector.connect("localhost".try_into().unwrap(), stream).await.unwrap();
    let certificates = stream.get_ref().1.peer_certificates().unwrap();
    certificates[0].to_vec()
}
