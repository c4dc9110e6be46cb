// SPDX-License-Identifier: Apache-2.0
//! What clients are refused, and with which status.

use crate::kit::{
    CHANNEL, FAR, Network, TLS, envelope, fetch, now, request, send, send_one, take, take_one,
    wanted,
};
use bccsp::Suite;
use gmca_node::client::Position::{Newest, Number, Oldest};
use gmca_node::client::{Wanted, seek};
use gmca_node::orderer::OrdererProcess;
use orderer::testing::Kit;
use proto::Bytes;
use proto::common::{Envelope, HeaderType, Status};
use proto::prost_types::Timestamp;

async fn joined(network: &Network, general: &str) -> OrdererProcess {
    let process = network.start(0, general).await.unwrap();
    process.channels().join(network.kit.genesis(CHANNEL, 0)).await.unwrap();
    process
}

#[tokio::test(flavor = "multi_thread")]
async fn envelopes() {
    let network = Network::new(Suite::Nist, 1);
    let process = joined(&network, "").await;
    let client = network.client(&process, false);
    let (kit, who) = (&network.kit, network.kit.client("one"));
    let cases = [
        (Bytes::new(), Status::BadRequest, "payload of the envelope is empty"),
        (Bytes::from_static(b"\x0a\x02\xff\xff"), Status::BadRequest, "malformed payload"),
        (who.message("nowhere", b""), Status::BadRequest, "channel `nowhere` is not here"),
        (who.message(CHANNEL, &vec![0; 2 << 20]), Status::BadRequest, "AbsoluteMaxBytes"),
        (
            who.envelope(HeaderType::OrdererTransaction, CHANNEL, b""),
            Status::BadRequest,
            "ORDERER_TRANSACTION",
        ),
        (kit.stranger("x").message(CHANNEL, b""), Status::Forbidden, "/Channel/Writers"),
        (kit.client_until("old", Kit::now().plus(0)).message(CHANNEL, b""), Status::Success, ""),
    ];
    for (bytes, status, why) in cases {
        let (found, said) = send_one(&client, &bytes).await;
        assert_eq!(found, status, "{why}: {said}");
        assert!(said.contains(why), "{said}");
    }
    let old = kit.client_until("older", sys::Timestamp(Kit::now().0 - 1)).message(CHANNEL, b"");
    assert_eq!(send_one(&client, &old).await.0, Status::BadRequest);
    // After a refusal the stream ends, whatever else was sent.
    let good = envelope(&who.message(CHANNEL, b"1"));
    let answers = send(&client, vec![good.clone(), Envelope::default(), good]).await;
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status()).collect();
    assert_eq!(statuses, [Status::Success, Status::BadRequest]);
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_for_blocks() {
    let network = Network::new(Suite::Nist, 1);
    let process = joined(&network, "").await;
    let client = network.client(&process, false);
    let (kit, who) = (&network.kit, network.kit.client("one"));
    let ask = |wanted| request(&who, CHANNEL, wanted, Bytes::new());
    let off = |seconds: i64| {
        let time = Timestamp { seconds: now().seconds + seconds, nanos: 0 };
        let wanted = wanted(Oldest, Oldest);
        seek(CHANNEL, wanted, who.identity(), (time, Bytes::new()), Bytes::new()).unwrap()
    };
    let not_ready = Wanted { fail_if_not_ready: true, ..wanted(Oldest, Number(5)) };
    let mut flipped = ask(wanted(Oldest, Oldest));
    flipped.signature = Bytes::from_static(b"no signature");
    let cases = [
        (ask(wanted(Oldest, Newest)), vec![0], Status::Success),
        (off(899), vec![0], Status::Success),
        (off(-901), vec![], Status::BadRequest),
        (off(901), vec![], Status::BadRequest),
        (Envelope::default(), vec![], Status::BadRequest),
        (envelope(&who.message(CHANNEL, b"")), vec![], Status::BadRequest),
        (ask(wanted(Number(1), Number(0))), vec![], Status::BadRequest),
        (ask(wanted(Number(2), FAR)), vec![], Status::NotFound),
        (ask(not_ready), vec![0], Status::NotFound),
        (request(&who, "nowhere", wanted(Oldest, Oldest), Bytes::new()), vec![], Status::NotFound),
        (flipped, vec![], Status::Forbidden),
        (
            request(&kit.stranger("x"), CHANNEL, wanted(Oldest, Oldest), Bytes::new()),
            vec![],
            Status::Forbidden,
        ),
    ];
    for (n, (request, blocks, status)) in cases.into_iter().enumerate() {
        assert_eq!(fetch(&client, request).await, (blocks, status), "case {n}");
    }
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_right_to_read_ends() {
    let network = Network::new(Suite::Nist, 1);
    let process = joined(&network, "").await;
    let client = network.client(&process, false);
    let (kit, who, other) =
        (&network.kit, network.kit.client("one"), network.kit.client("revoked"));
    let endless =
        |who| tokio_stream::once(request(who, CHANNEL, wanted(Number(1), FAR), Bytes::new()));
    let short = kit.client_until("short", Kit::now().plus(100));
    let mut revoked = client.deliver(endless(&other)).await.unwrap();
    let mut ended = client.deliver(endless(&short)).await.unwrap();
    assert_eq!(send_one(&client, &who.message(CHANNEL, b"1")).await.0, Status::Success);
    let channel = process.channels().configuration(CHANNEL).unwrap();
    assert_eq!(send_one(&client, &kit.revoke(&channel, &other)).await.0, Status::Success);
    // Block 2 revokes: it is no longer shown.
    assert_eq!(take(&mut revoked).await, (vec![1], Status::Forbidden));
    // The other one has both, however late they came, before its certificate ends.
    assert_eq!([take_one(&mut ended).await, take_one(&mut ended).await], [1, 2]);
    network.clock.set(Kit::now().plus(101));
    assert_eq!(send_one(&client, &who.message(CHANNEL, b"2")).await.0, Status::Success);
    assert_eq!(take(&mut ended).await, (vec![], Status::Forbidden));
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_bound_to_the_connection_under_mutual_tls_only() {
    let network = Network::new(Suite::Nist, 1);
    let who = network.kit.client("one");
    let ca = network.ca_file();
    let mutual = TLS.replace(
        " }",
        &format!(", ClientAuthRequired: true, ClientRootCAs: ['{}'] }}", ca.display()),
    );
    let ask = |binding| request(&who, CHANNEL, wanted(Oldest, Newest), binding);
    for (general, wrong) in [(TLS, Status::Success), (&mutual, Status::BadRequest)] {
        let process = joined(&network, general).await;
        let client = network.client(&process, true);
        let right = fetch(&client, ask(network.binding())).await;
        assert_eq!(right, (vec![0], Status::Success));
        assert_eq!(fetch(&client, ask(Bytes::from_static(b"other"))).await.1, wrong);
        assert_eq!(fetch(&client, ask(Bytes::new())).await.1, wrong);
        process.channels().remove(CHANNEL).await.unwrap();
        process.stop().await;
    }
}
