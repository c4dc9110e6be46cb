// SPDX-License-Identifier: Apache-2.0
//! A chaincode with a function for every call of the stub, for the tests on both kinds of peer.

use gmca_chaincode::{
    Args, Error, Kv, Response, Role, Router, StateEndorsement, Stub, composite_key,
    split_composite_key,
};

/// The chaincode.
pub(crate) fn every() -> Router {
    Router::new()
        .on_init(|stub, args| Box::pin(init(stub, args)))
        .on("fill", |stub, args| Box::pin(fill(stub, args)))
        .on("put", |stub, args| Box::pin(put(stub, args)))
        .on("get", |stub, args| Box::pin(get(stub, args)))
        .on("many", |stub, args| Box::pin(many(stub, args)))
        .on("size", |stub, args| Box::pin(size(stub, args)))
        .on("range", |stub, args| Box::pin(range(stub, args)))
        .on("some", |stub, args| Box::pin(some(stub, args)))
        .on("composite", |stub, args| Box::pin(composite(stub, args)))
        .on("policy", |stub, args| Box::pin(policy(stub, args)))
        .on("private", |stub, args| Box::pin(private(stub, args)))
        .on("query", |stub, args| Box::pin(query(stub, args)))
        .on("facts", |stub, args| Box::pin(facts(stub, args)))
        .on("other", |stub, args| Box::pin(other(stub, args)))
        .on("batch", |stub, args| Box::pin(batch(stub, args)))
        .on("panic", |stub, args| Box::pin(break_down(stub, args)))
        .on("hang", |stub, args| Box::pin(hang(stub, args)))
        .on("status", |stub, args| Box::pin(status(stub, args)))
        .on("together", |stub, args| Box::pin(together(stub, args)))
}

fn said(text: impl Into<String>) -> Result<Response, Error> {
    Ok(Response::success(text.into()))
}

async fn init(stub: &Stub, _: Args<'_>) -> Result<Response, Error> {
    stub.put_state("initialised", "yes").await?;
    said("")
}

async fn fill(stub: &Stub, args: Args<'_>) -> Result<Response, Error> {
    for n in 0..args.parse::<u32>(0, "count")? {
        stub.put_state(&format!("k{n:04}"), n.to_string()).await?;
    }
    said("")
}

async fn put(stub: &Stub, args: Args<'_>) -> Result<Response, Error> {
    stub.put_state(args.text(0, "key")?, args.text(1, "value")?.to_owned()).await?;
    stub.set_event("first", "replaced")?;
    stub.set_event("put", args.text(0, "key")?.to_owned())?;
    said("")
}

async fn get(stub: &Stub, args: Args<'_>) -> Result<Response, Error> {
    let value = stub.get_state(args.text(0, "key")?).await?;
    Ok(value.map_or_else(|| Response::with_status(404, "none"), Response::success))
}

async fn many(stub: &Stub, _: Args<'_>) -> Result<Response, Error> {
    let values = stub.get_states(&["k0001", "none", "k0003"]).await?;
    said(format!("{values:?}"))
}

async fn size(stub: &Stub, args: Args<'_>) -> Result<Response, Error> {
    let value = vec![7_u8; args.parse(0, "size")?];
    stub.put_state("large", value).await?;
    said("")
}

async fn range(stub: &Stub, args: Args<'_>) -> Result<Response, Error> {
    let found = stub.get_state_by_range(args.text(0, "start")?, args.text(1, "end")?).await?;
    said(joined(&found.collect().await?))
}

/// Reads one record and closes.
async fn some(stub: &Stub, _: Args<'_>) -> Result<Response, Error> {
    let mut found = stub.get_state_by_range("", "").await?;
    let first = found.next().await?.ok_or_else(|| Error::refused("nothing"))?;
    found.close().await?;
    said(first.key)
}

async fn composite(stub: &Stub, args: Args<'_>) -> Result<Response, Error> {
    if args.text(0, "what")? == "put" {
        for (owner, id) in [("Ann", "1"), ("Ann", "2"), ("Tom", "3")] {
            stub.put_state(&composite_key("owner~id", &[owner, id])?, "\0").await?;
        }
        return said("");
    }
    let found = stub.get_state_by_partial_composite_key("owner~id", &["Ann"]).await?;
    let mut ids = Vec::new();
    for kv in found.collect().await? {
        ids.push(split_composite_key(&kv.key)?.1.join("/"));
    }
    let page = stub.get_state_by_partial_composite_key_with_pagination("owner~id", &[], 1, "");
    said(format!("{} {}", ids.join(","), page.await?.fetched))
}

async fn policy(stub: &Stub, args: Args<'_>) -> Result<Response, Error> {
    let key = args.text(1, "key")?;
    if args.text(0, "what")? == "set" {
        let policy = StateEndorsement::new().with(Role::Peer, &["Org1MSP", "Org2MSP"]);
        stub.set_state_validation_parameter(key, policy.policy()).await?;
        return said("");
    }
    let Some(policy) = stub.state_validation_parameter(key).await? else { return said("none") };
    let policy = StateEndorsement::read(&policy)?;
    said(policy.organisations().collect::<Vec<_>>().join(","))
}

async fn private(stub: &Stub, args: Args<'_>) -> Result<Response, Error> {
    let secrets = stub.collection("secrets")?;
    match args.text(0, "what")? {
        "get" => drop(secrets.get("k").await?),
        "many" => drop(secrets.get_many(&["k"]).await?),
        "hash" => drop(secrets.get_hash("k").await?),
        "put" => secrets.put("k", "v").await?,
        "del" => secrets.del("k").await?,
        "purge" => secrets.purge("k").await?,
        "range" => drop(secrets.get_by_range("", "").await?),
        "composite" => drop(secrets.get_by_partial_composite_key("t", &[]).await?),
        "query" => drop(secrets.get_query_result("{}").await?),
        "set" => secrets.set_validation_parameter("k", "p").await?,
        _ => drop(secrets.validation_parameter("k").await?),
    }
    said("")
}

async fn query(stub: &Stub, _: Args<'_>) -> Result<Response, Error> {
    let page = stub.get_query_result_with_pagination("{}", 1, "").await;
    assert!(page.is_err(), "a page of a query");
    said(joined(&stub.get_query_result("{}").await?.collect().await?))
}

async fn facts(stub: &Stub, _: Args<'_>) -> Result<Response, Error> {
    let client = stub.client()?;
    let mut facts = vec![
        stub.channel_id().to_owned(),
        stub.tx_id().to_owned(),
        client.msp_id().to_owned(),
        client.attribute("role").unwrap_or("-").to_owned(),
        stub.peer_msp_id().unwrap_or("-").to_owned(),
        stub.timestamp().seconds.to_string(),
        stub.args().len().to_string(),
    ];
    facts.extend(stub.transient().iter().map(|(k, v)| format!("{k}={}", v.len())));
    facts.extend(stub.decorations().iter().map(|(k, v)| format!("{k}={}", v.len())));
    let binding = [b"nonce", &stub.creator()[..], &[0; 8]].concat();
    facts.push((stub.binding_input() == binding).to_string());
    facts.push((!stub.signed_proposal().proposal_bytes.is_empty()).to_string());
    said(facts.join(" "))
}

async fn other(stub: &Stub, args: Args<'_>) -> Result<Response, Error> {
    let (name, channel) = (args.text(0, "name")?, args.text(1, "channel")?);
    let answer = stub.invoke_chaincode(name, &[b"put", b"theirs", b"1"], channel).await?;
    said(format!("{} {}", answer.status, answer.message))
}

async fn batch(stub: &Stub, args: Args<'_>) -> Result<Response, Error> {
    stub.start_write_batch();
    for n in 0..7 {
        stub.put_state(&format!("b{n}"), "x").await?;
    }
    stub.del_state("b0").await?;
    if args.text(0, "finish")? == "yes" {
        stub.finish_write_batch().await?;
        stub.put_state("after", "x").await?;
    }
    said("")
}

async fn break_down(_: &Stub, args: Args<'_>) -> Result<Response, Error> {
    panic!("{}", args.text(0, "why")?)
}

async fn hang(stub: &Stub, _: Args<'_>) -> Result<Response, Error> {
    stub.get_state("before").await?;
    std::future::pending().await
}

async fn status(_: &Stub, args: Args<'_>) -> Result<Response, Error> {
    Ok(Response::with_status(args.parse(0, "status")?, "so it is"))
}

/// Two requests at once: the stub sends one after the other.
async fn together(stub: &Stub, _: Args<'_>) -> Result<Response, Error> {
    let (one, two) = tokio::join!(stub.get_state("k0001"), stub.get_state("k0002"));
    said(format!("{:?} {:?}", one?, two?))
}

fn joined(records: &[Kv]) -> String {
    records.iter().map(|kv| kv.key.as_str()).collect::<Vec<_>>().join(",")
}
