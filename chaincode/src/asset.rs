// SPDX-License-Identifier: Apache-2.0
//! The sample chaincode: things that have an owner, as in Fabric's `asset-transfer-basic`.

use crate::{Args, Error, Kv, Response, Results, Router, Stub};
use serde::{Deserialize, Serialize};

/// A thing. Its JSON has the names and the order of Fabric's sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Asset {
    /// What it is worth.
    pub appraised_value: i64,
    /// Its colour.
    pub color: String,
    /// Its key in the state.
    #[serde(rename = "ID")]
    pub id: String,
    /// Who has it.
    pub owner: String,
    /// Its size.
    pub size: i64,
}

/// One change of an asset, as `history` returns it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The transaction.
    pub tx_id: String,
    /// When its client made it, in seconds since 1970.
    pub timestamp: i64,
    /// Whether it deleted the asset.
    pub is_delete: bool,
    /// The asset after it; none if it is deleted.
    pub record: Option<Asset>,
}

/// One page of assets, as `page` returns it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssetPage {
    /// The assets.
    pub records: Vec<Asset>,
    /// How many there are on this page.
    pub fetched_records_count: i32,
    /// Where the next page begins; empty after the last.
    pub bookmark: String,
}

/// The chaincode. Functions have a short name and that of Fabric's sample:
///
/// | name | also | arguments | answer |
/// | --- | --- | --- | --- |
/// | `create` | `CreateAsset` | id, colour, size, owner, value | |
/// | `read` | `ReadAsset` | id | the asset |
/// | `update` | `UpdateAsset` | id, colour, size, owner, value | |
/// | `transfer` | `TransferAsset` | id, new owner | the old owner |
/// | `delete` | `DeleteAsset` | id | |
/// | `exists` | `AssetExists` | id | `true` or `false` |
/// | `range` | `GetAssetsByRange` | first id, id after the last | assets |
/// | `page` | `GetAssetsByRangeWithPagination` | first id, id after the last, size, bookmark | a page |
/// | `all` | `GetAllAssets` | | assets |
/// | `history` | `GetAssetHistory` | id | changes, the newest first |
/// | `fill` | `InitLedger` | | |
///
/// What changes an asset sets an event with the long name, and the asset as its payload.
#[must_use]
pub fn asset() -> Router {
    Router::new()
        .on("create", |stub, args| Box::pin(create(stub, args)))
        .on("CreateAsset", |stub, args| Box::pin(create(stub, args)))
        .on("read", |stub, args| Box::pin(read(stub, args)))
        .on("ReadAsset", |stub, args| Box::pin(read(stub, args)))
        .on("update", |stub, args| Box::pin(update(stub, args)))
        .on("UpdateAsset", |stub, args| Box::pin(update(stub, args)))
        .on("transfer", |stub, args| Box::pin(transfer(stub, args)))
        .on("TransferAsset", |stub, args| Box::pin(transfer(stub, args)))
        .on("delete", |stub, args| Box::pin(delete(stub, args)))
        .on("DeleteAsset", |stub, args| Box::pin(delete(stub, args)))
        .on("exists", |stub, args| Box::pin(exists(stub, args)))
        .on("AssetExists", |stub, args| Box::pin(exists(stub, args)))
        .on("range", |stub, args| Box::pin(range(stub, args)))
        .on("GetAssetsByRange", |stub, args| Box::pin(range(stub, args)))
        .on("page", |stub, args| Box::pin(page(stub, args)))
        .on("GetAssetsByRangeWithPagination", |stub, args| Box::pin(page(stub, args)))
        .on("all", |stub, args| Box::pin(all(stub, args)))
        .on("GetAllAssets", |stub, args| Box::pin(all(stub, args)))
        .on("history", |stub, args| Box::pin(history(stub, args)))
        .on("GetAssetHistory", |stub, args| Box::pin(history(stub, args)))
        .on("fill", |stub, args| Box::pin(fill(stub, args)))
        .on("InitLedger", |stub, args| Box::pin(fill(stub, args)))
}

async fn create(stub: &Stub, args: Args<'_>) -> Result<Response, Error> {
    let asset = asset_of(&args)?;
    if stub.get_state(&asset.id).await?.is_some() {
        return Err(Error::refused(format!("the asset {} already exists", asset.id)));
    }
    keep(stub, &asset, "CreateAsset").await?;
    Ok(Response::success(""))
}

async fn read(stub: &Stub, args: Args<'_>) -> Result<Response, Error> {
    args.count(1)?;
    json(&find(stub, args.text(0, "id")?).await?)
}

async fn update(stub: &Stub, args: Args<'_>) -> Result<Response, Error> {
    let asset = asset_of(&args)?;
    find(stub, &asset.id).await?;
    keep(stub, &asset, "UpdateAsset").await?;
    Ok(Response::success(""))
}

async fn transfer(stub: &Stub, args: Args<'_>) -> Result<Response, Error> {
    args.count(2)?;
    let mut asset = find(stub, args.text(0, "id")?).await?;
    let before = std::mem::replace(&mut asset.owner, args.text(1, "new owner")?.to_owned());
    keep(stub, &asset, "TransferAsset").await?;
    Ok(Response::success(before))
}

async fn delete(stub: &Stub, args: Args<'_>) -> Result<Response, Error> {
    args.count(1)?;
    let asset = find(stub, args.text(0, "id")?).await?;
    stub.del_state(&asset.id).await?;
    stub.set_event("DeleteAsset", serde_json::to_vec(&asset)?)?;
    Ok(Response::success(""))
}

async fn exists(stub: &Stub, args: Args<'_>) -> Result<Response, Error> {
    args.count(1)?;
    let met = stub.get_state(args.text(0, "id")?).await?;
    Ok(Response::success(met.is_some().to_string()))
}

async fn range(stub: &Stub, args: Args<'_>) -> Result<Response, Error> {
    args.count(2)?;
    let found = stub.get_state_by_range(args.text(0, "first")?, args.text(1, "end")?).await?;
    json(&assets(found).await?)
}

async fn all(stub: &Stub, args: Args<'_>) -> Result<Response, Error> {
    args.count(0)?;
    json(&assets(stub.get_state_by_range("", "").await?).await?)
}

async fn page(stub: &Stub, args: Args<'_>) -> Result<Response, Error> {
    args.count(4)?;
    let (first, end) = (args.text(0, "first")?, args.text(1, "end")?);
    let (size, bookmark) = (args.parse(2, "size")?, args.text(3, "bookmark")?);
    let page = stub.get_state_by_range_with_pagination(first, end, size, bookmark).await?;
    let records = page.records.iter().map(|kv| serde_json::from_slice(&kv.value));
    json(&AssetPage {
        records: records.collect::<Result<_, _>>()?,
        fetched_records_count: page.fetched,
        bookmark: page.bookmark,
    })
}

async fn history(stub: &Stub, args: Args<'_>) -> Result<Response, Error> {
    args.count(1)?;
    let mut changes = Vec::new();
    let mut found = stub.get_history_for_key(args.text(0, "id")?).await?;
    while let Some(change) = found.next().await? {
        let gone = change.is_delete;
        changes.push(Change {
            tx_id: change.tx_id,
            timestamp: change.timestamp.seconds,
            is_delete: gone,
            record: if gone { None } else { Some(serde_json::from_slice(&change.value)?) },
        });
    }
    json(&changes)
}

async fn fill(stub: &Stub, args: Args<'_>) -> Result<Response, Error> {
    args.count(0)?;
    for (id, color, size, owner, appraised_value) in SAMPLES {
        let (id, color, owner) = (id.to_owned(), color.to_owned(), owner.to_owned());
        let asset = Asset { appraised_value, color, id, owner, size };
        stub.put_state(&asset.id, serde_json::to_vec(&asset)?).await?;
    }
    Ok(Response::success(""))
}

fn asset_of(args: &Args<'_>) -> Result<Asset, Error> {
    args.count(5)?;
    Ok(Asset {
        id: args.text(0, "id")?.to_owned(),
        color: args.text(1, "color")?.to_owned(),
        size: args.parse(2, "size")?,
        owner: args.text(3, "owner")?.to_owned(),
        appraised_value: args.parse(4, "appraised value")?,
    })
}

async fn find(stub: &Stub, id: &str) -> Result<Asset, Error> {
    let value = stub.get_state(id).await?;
    let missing = || Error::refused(format!("the asset {id} does not exist"));
    Ok(serde_json::from_slice(&value.ok_or_else(missing)?)?)
}

async fn keep(stub: &Stub, asset: &Asset, event: &str) -> Result<(), Error> {
    let value = serde_json::to_vec(asset)?;
    stub.put_state(&asset.id, value.clone()).await?;
    stub.set_event(event, value)
}

async fn assets(mut found: Results<'_, Kv>) -> Result<Vec<Asset>, Error> {
    let mut assets = Vec::new();
    while let Some(kv) = found.next().await? {
        assets.push(serde_json::from_slice(&kv.value)?);
    }
    Ok(assets)
}

fn json(value: &impl Serialize) -> Result<Response, Error> {
    Ok(Response::success(serde_json::to_vec(value)?))
}

/// What `fill` writes: the assets of Fabric's sample.
const SAMPLES: [(&str, &str, i64, &str, i64); 6] = [
    ("asset1", "blue", 5, "Tomoko", 300),
    ("asset2", "red", 5, "Brad", 400),
    ("asset3", "green", 10, "Jin Soo", 500),
    ("asset4", "yellow", 10, "Max", 600),
    ("asset5", "black", 15, "Adriana", 700),
    ("asset6", "white", 15, "Michel", 800),
];
