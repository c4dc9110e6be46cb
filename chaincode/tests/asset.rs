// SPDX-License-Identifier: Apache-2.0
//! The sample chaincode on a peer in memory.

use gmca_chaincode::asset::{Asset, AssetPage, Change, asset};
use gmca_chaincode::testing::MockPeer;
use gmca_chaincode::{Response, Router};

struct Sample {
    peer: MockPeer,
    chaincode: Router,
}

impl Sample {
    fn new() -> Self {
        Self { peer: MockPeer::new(), chaincode: asset() }
    }

    async fn call(&mut self, function: &str, args: &[&str]) -> Response {
        self.peer.invoke(&self.chaincode, function, args).await
    }

    async fn succeeds(&mut self, function: &str, args: &[&str]) -> String {
        let response = self.call(function, args).await;
        assert_eq!(response.status, 200, "{function}: {}", response.message);
        String::from_utf8(response.payload.to_vec()).expect("text")
    }

    async fn fails(&mut self, function: &str, args: &[&str], expected: &str) {
        let response = self.call(function, args).await;
        assert_eq!(response.status, 500);
        assert!(response.message.contains(expected), "{}", response.message);
    }
}

#[tokio::test]
async fn an_asset_lives() {
    let mut sample = Sample::new();
    sample.succeeds("CreateAsset", &["a1", "blue", "5", "Tom", "300"]).await;
    assert_eq!(
        sample.succeeds("ReadAsset", &["a1"]).await,
        r#"{"AppraisedValue":300,"Color":"blue","ID":"a1","Owner":"Tom","Size":5}"#
    );
    sample.succeeds("update", &["a1", "red", "6", "Tom", "-1"]).await;
    assert_eq!(sample.succeeds("transfer", &["a1", "Ann"]).await, "Tom");
    let read: Asset = serde_json::from_str(&sample.succeeds("read", &["a1"]).await).expect("JSON");
    let (id, color, owner) = ("a1".into(), "red".into(), "Ann".into());
    assert_eq!(read, Asset { appraised_value: -1, color, id, owner, size: 6 });
    assert_eq!(sample.succeeds("exists", &["a1"]).await, "true");
    sample.succeeds("delete", &["a1"]).await;
    assert_eq!(sample.succeeds("AssetExists", &["a1"]).await, "false");
    let events: Vec<_> = sample.peer.events().iter().map(|event| event.name.as_str()).collect();
    assert_eq!(events, ["CreateAsset", "UpdateAsset", "TransferAsset", "DeleteAsset"]);
}

#[tokio::test]
async fn what_cannot_be_done_is_refused() {
    let mut sample = Sample::new();
    sample.succeeds("create", &["a1", "blue", "5", "Tom", "300"]).await;
    sample.fails("create", &["a1", "red", "5", "Tom", "300"], "already exists").await;
    sample.fails("create", &["a2", "red", "big", "Tom", "300"], "(size): `big`").await;
    sample.fails("create", &["a2", "red"], "takes 5 arguments and got 2").await;
    sample.fails("create", &["", "red", "1", "Tom", "1"], "it is empty").await;
    for function in ["read", "delete"] {
        sample.fails(function, &["a9"], "the asset a9 does not exist").await;
    }
    sample.fails("transfer", &["a9", "Ann"], "does not exist").await;
    sample.fails("update", &["a9", "red", "1", "Ann", "1"], "does not exist").await;
    sample.fails("steal", &["a1"], "function `steal` does not exist").await;
    assert_eq!(sample.peer.events().len(), 1, "a refused transaction has no event");
}

#[tokio::test]
async fn ranges_and_pages() {
    let mut sample = Sample::new();
    sample.succeeds("InitLedger", &[]).await;
    let all: Vec<Asset> =
        serde_json::from_str(&sample.succeeds("GetAllAssets", &[]).await).expect("JSON");
    assert_eq!(all.len(), 6);
    let some = sample.succeeds("range", &["asset2", "asset4"]).await;
    let some: Vec<Asset> = serde_json::from_str(&some).expect("JSON");
    assert_eq!(some, all[1..3]);
    let (mut paged, mut bookmark) = (Vec::new(), String::new());
    loop {
        let page = sample.succeeds("page", &["", "", "4", &bookmark]).await;
        let page: AssetPage = serde_json::from_str(&page).expect("JSON");
        assert_eq!(usize::try_from(page.fetched_records_count), Ok(page.records.len()));
        paged.extend(page.records);
        bookmark = page.bookmark;
        if bookmark.is_empty() {
            break;
        }
    }
    assert_eq!(paged, all);
}

#[tokio::test]
async fn a_history_is_told_from_the_end() {
    let mut sample = Sample::new();
    sample.succeeds("create", &["a1", "blue", "5", "Tom", "300"]).await;
    sample.succeeds("transfer", &["a1", "Ann"]).await;
    sample.succeeds("delete", &["a1"]).await;
    let history = sample.succeeds("history", &["a1"]).await;
    let history: Vec<Change> = serde_json::from_str(&history).expect("JSON");
    let owners: Vec<_> =
        history.iter().map(|c| c.record.as_ref().map(|asset| asset.owner.as_str())).collect();
    assert_eq!(owners, [None, Some("Ann"), Some("Tom")]);
    assert!(history[0].is_delete && !history[1].is_delete);
    assert_eq!(history.iter().map(|c| c.timestamp).collect::<Vec<_>>(), [3, 2, 1]);
}
