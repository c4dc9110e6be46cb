// SPDX-License-Identifier: Apache-2.0
//! Every call of the stub on the peer in memory.

mod every;

use every::every;
use gmca_chaincode::testing::MockPeer;
use gmca_chaincode::{Args, Error, Response, Router, Stub};

async fn ok(peer: &mut MockPeer, function: &str, args: &[&str]) -> String {
    let Response { status, message, payload } = peer.invoke(&every(), function, args).await;
    assert_eq!(status, 200, "{function}: {message}");
    String::from_utf8(payload.to_vec()).expect("text")
}

async fn refused(peer: &mut MockPeer, function: &str, args: &[&str]) -> String {
    let response = peer.invoke(&every(), function, args).await;
    assert_eq!(response.status, 500, "{function}");
    response.message
}

#[tokio::test]
async fn state_is_what_was_committed() {
    let mut peer = MockPeer::new();
    ok(&mut peer, "put", &["a", "1"]).await;
    assert_eq!(ok(&mut peer, "get", &["a"]).await, "1");
    assert_eq!(peer.query(&every(), "put", &["a", "2"]).await.status, 200);
    assert_eq!(peer.state("a").expect("kept"), "1", "a query commits nothing");
    assert_eq!(peer.invoke(&every(), "get", &["b"]).await.status, 404);
    assert!(refused(&mut peer, "put", &["", "1"]).await.contains("it is empty"));
    let event = &peer.events()[0];
    assert_eq!((event.name.as_str(), &event.payload[..]), ("put", &b"a"[..]));
}

/// What a peer answers to contracts of other libraries (`interop/clients/calls.mjs`), asked here.
async fn alike(stub: &Stub, args: Args<'_>) -> Result<Response, Error> {
    match args.text(0, "what")? {
        "write" => {
            // The policy belongs to the key that the transaction makes, and the last value counts.
            stub.set_state_validation_parameter("a", "policy").await?;
            stub.put_state("a", "lost").await?;
            stub.put_state("a", "1").await?;
        }
        "empty" => stub.put_state("a", "").await?,
        "page, then write" => {
            stub.get_state_by_range_with_pagination("", "", 1, "").await?;
            stub.put_state("b", "1").await?;
        }
        "write, then page" => {
            stub.put_state("b", "1").await?;
            stub.get_state_by_range_with_pagination("", "", 1, "").await?;
        }
        _ => {}
    }
    let has_policy = stub.state_validation_parameter("a").await?.is_some();
    let changes = stub.get_history_for_key("a").await?.collect().await?;
    let deletes: Vec<_> = changes.iter().map(|change| change.is_delete).collect();
    let range = stub.get_state_by_range("", "").await?.collect().await?.len();
    Ok(Response::success(format!("{has_policy} {deletes:?} {range}")))
}

#[tokio::test]
async fn keys_and_pages_are_as_on_a_peer() {
    let alike = Router::new().on("alike", |stub, args| Box::pin(alike(stub, args)));
    let mut peer = MockPeer::new();
    for (what, then) in [("write", "true [false] 1"), ("empty", "false [true, false] 0")] {
        assert_eq!(peer.invoke(&alike, "alike", &[what]).await.status, 200, "{what}");
        let seen = peer.query(&alike, "alike", &["nothing"]).await;
        assert_eq!(seen.payload, then, "{what}");
    }
    for what in ["page, then write", "write, then page"] {
        let Response { status, message, .. } = peer.invoke(&alike, "alike", &[what]).await;
        assert!(status == 500 && message.contains("pages are for queries"), "{what}: {message}");
    }
}

#[tokio::test]
async fn a_page_of_no_size_has_no_end() {
    let pages = Router::new().on("pages", |stub, _| {
        Box::pin(async move {
            let whole = stub.get_state_by_range_with_pagination("", "", 0, "").await?;
            let rest = stub.get_state_by_range_with_pagination("", "", 0, "k0240").await?;
            let [whole, rest] = [whole, rest].map(|page| (page.records.len(), page.bookmark));
            Ok(Response::success(format!("{whole:?} {rest:?}")))
        })
    });
    let mut peer = MockPeer::new();
    ok(&mut peer, "fill", &["250"]).await;
    let seen = peer.query(&pages, "pages", &[]).await;
    assert_eq!(seen.payload, r#"(250, "") (10, "")"#, "{}", seen.message);
}

#[tokio::test]
async fn long_ranges_come_in_batches() {
    let mut peer = MockPeer::new();
    ok(&mut peer, "fill", &["250"]).await;
    let all = ok(&mut peer, "range", &["", ""]).await;
    assert_eq!(all.split(',').count(), 250);
    assert!(all.starts_with("k0000,k0001,") && all.ends_with(",k0249"));
    assert_eq!(ok(&mut peer, "range", &["k0003", "k0005"]).await, "k0003,k0004");
    assert_eq!(ok(&mut peer, "range", &["x", ""]).await, "");
    assert_eq!(ok(&mut peer, "some", &[]).await, "k0000");
    assert!(refused(&mut peer, "range", &["\0a", ""]).await.contains("composite"));
}

#[tokio::test]
async fn composite_keys_stay_out_of_simple_ranges() {
    let mut peer = MockPeer::new();
    ok(&mut peer, "composite", &["put"]).await;
    ok(&mut peer, "put", &["simple", "1"]).await;
    assert_eq!(ok(&mut peer, "composite", &["find"]).await, "Ann/1,Ann/2 1");
    assert_eq!(ok(&mut peer, "range", &["", ""]).await, "simple");
}

#[tokio::test]
async fn a_key_has_a_policy_of_its_own() {
    let mut peer = MockPeer::new();
    ok(&mut peer, "put", &["a", "1"]).await;
    assert_eq!(ok(&mut peer, "policy", &["get", "a"]).await, "none");
    ok(&mut peer, "policy", &["set", "a"]).await;
    assert_eq!(ok(&mut peer, "policy", &["get", "a"]).await, "Org1MSP,Org2MSP");
}

#[tokio::test]
async fn the_peers_refusal_reaches_the_client() {
    let mut peer = MockPeer::new();
    let calls =
        ["get", "many", "put", "del", "purge", "range", "composite", "set", "policy", "hash"];
    for call in calls {
        let message = refused(&mut peer, "private", &[call]).await;
        assert!(message.contains("private data are not kept"), "{call}: {message}");
    }
    for (function, args) in [("private", &["query"][..]), ("query", &[])] {
        let message = refused(&mut peer, function, args).await;
        assert_eq!(message, "GET_QUERY_RESULT: the state database has no query language");
    }
}

#[tokio::test]
async fn the_proposal_says_who_and_when() {
    let mut peer = MockPeer::new();
    peer.client("Org7MSP", &[("role", "auditor")]);
    peer.transient(&[("secret", b"12345")]);
    let tx = format!("{:064x}", 1);
    let expected = format!("mock-channel {tx} Org7MSP auditor Org1MSP 1 1 secret=5 true true");
    assert_eq!(ok(&mut peer, "facts", &[]).await, expected);
}

#[tokio::test]
async fn one_chaincode_calls_another() {
    let mut peer = MockPeer::new().with_chaincode("friend", every());
    assert_eq!(ok(&mut peer, "other", &["friend", ""]).await, "200 ");
    assert_eq!(peer.state("theirs"), None, "it wrote into its own namespace");
    assert_eq!(ok(&mut peer, "other", &["friend", "mock-channel"]).await, "200 ");
    let message = refused(&mut peer, "other", &["stranger", ""]).await;
    assert_eq!(message, "INVOKE_CHAINCODE: chaincode stranger does not exist");
    assert!(refused(&mut peer, "other", &["friend", "ch9"]).await.contains("ch9"));
    assert!(refused(&mut peer, "other", &["", ""]).await.contains("it is empty"));
}

#[tokio::test]
async fn batches_write_the_same() {
    for finish in ["yes", "no"] {
        let (mut with, mut without) = (MockPeer::new().with_batches(), MockPeer::new());
        for peer in [&mut with, &mut without] {
            ok(peer, "batch", &[finish]).await;
            assert_eq!(peer.state("b0"), None);
            assert_eq!(peer.state("b6").expect("written"), "x");
            ok(peer, "fill", &["5"]).await;
            assert_eq!(ok(peer, "many", &[]).await, r#"[Some(b"1"), None, Some(b"3")]"#);
        }
    }
}

#[tokio::test]
async fn init_is_a_call_of_its_own() {
    let mut peer = MockPeer::new();
    assert_eq!(peer.init(&every(), "", &[]).await.status, 200);
    assert_eq!(peer.state("initialised").expect("kept"), "yes");
    let mut peer = MockPeer::new();
    let named = peer.init(&gmca_chaincode::asset::asset(), "InitLedger", &[]).await;
    assert_eq!(named.status, 200, "{}", named.message);
    assert!(peer.state("asset1").is_some());
}

#[tokio::test]
async fn a_panic_costs_its_transaction_only() {
    let mut peer = MockPeer::new();
    assert_eq!(refused(&mut peer, "panic", &["ouch"]).await, "the chaincode panicked: ouch");
    ok(&mut peer, "put", &["a", "1"]).await;
}
