// SPDX-License-Identifier: Apache-2.0
//! `gmnode channel`: channels of running nodes.

use super::serve::block_on;
use crate::args_channel::{Channel, Fetch, Info, Join, Leave, List, Update};
use crate::{dial, objects};
use ::peer::Registrar;
use anyhow::{Context as _, Result, anyhow, bail};
use block::Block;
use channel::update::{Stamp, update_envelope};
use node::client::{Call, Caller, EndorserClient, OrdererClient, Position, Wanted};
use proto::prost::Message as _;
use proto::protos::{ChannelQueryResponse, JoinBySnapshotStatus};
use std::time::Duration;
use sys::{Access, SystemDisk};
use terminal::{Outcome, files, output};

pub(super) fn run(command: &Channel) -> Result<Outcome> {
    block_on(async {
        match command {
            Channel::Join(args) => join(args).await,
            Channel::Leave(args) => leave(args),
            Channel::List(args) => list(args).await,
            Channel::Info(args) => info(args).await,
            Channel::Fetch(args) => fetch(args).await,
            Channel::Update(args) => update(args).await,
        }
    })
}

async fn join(args: &Join) -> Result<Outcome> {
    let (caller, peer) = args.at.both()?;
    match (&args.block, &args.snapshot) {
        (Some(block), _) => join_peer(&caller, &peer, &objects::block(block)?).await?,
        (None, Some(dir)) => {
            let joined = join_snapshot(&caller, &peer, (dir, args.state_hash.as_deref())).await?;
            output::line(format_args!("channel {joined}: joined with the snapshot"))?;
        }
        (None, None) => bail!("name the genesis block, or a snapshot"),
    }
    Ok(Outcome::Yes)
}

/// Has a peer join the channel of a snapshot on its disk, and waits until it has.
async fn join_snapshot(
    caller: &Caller,
    peer: &EndorserClient,
    (dir, state_hash): (&str, Option<&str>),
) -> Result<String> {
    let before = channels_of(caller, peer).await?;
    let words = [Some("JoinChainBySnapshot"), Some(dir), state_hash];
    peer.query(caller, &Call::new("", "cscc", words.into_iter().flatten())).await?;
    let status = Call::new("", "cscc", ["JoinBySnapshotStatus"]);
    while JoinBySnapshotStatus::decode(peer.query(caller, &status).await?)?.in_progress {
        tokio::time::sleep(LOOK).await;
    }
    let mut now = channels_of(caller, peer).await?.into_iter();
    let joined = now.find(|channel| !before.contains(channel));
    joined.with_context(|| format!("{}: it did not join; its log says why", peer.name()))
}

fn leave(args: &Leave) -> Result<Outcome> {
    let Leave { channel, dir } = args;
    match Registrar::leave_stopped(&SystemDisk, &dir.join("channels"), channel) {
        Ok(()) => {
            output::line(format_args!("channel {channel}: left, and its ledger removed"))?;
            Ok(Outcome::Yes)
        }
        Err(error @ ::peer::Error::NotFound(_)) => {
            output::line(error)?;
            Ok(Outcome::No)
        }
        Err(error) => Err(error.into()),
    }
}

/// Has a peer join the channel of a block.
pub(crate) async fn join_peer(caller: &Caller, peer: &EndorserClient, block: &Block) -> Result<()> {
    let mut call = Call::new("", "cscc", ["JoinChain"]);
    call.args.push(block.encode());
    peer.query(caller, &call).await?;
    Ok(())
}

async fn list(args: &List) -> Result<Outcome> {
    let (caller, peer) = args.at.both()?;
    channels_of(&caller, &peer).await?.iter().try_for_each(output::line)?;
    Ok(Outcome::Yes)
}

/// The channels of a peer.
pub(crate) async fn channels_of(caller: &Caller, peer: &EndorserClient) -> Result<Vec<String>> {
    let answer = peer.query(caller, &Call::new("", "cscc", ["GetChannels"])).await?;
    let channels = ChannelQueryResponse::decode(answer)?.channels;
    Ok(channels.into_iter().map(|channel| channel.channel_id).collect())
}

async fn info(args: &Info) -> Result<Outcome> {
    let (caller, peer) = args.at.both()?;
    let info = peer.chain_info(&caller, &args.channel).await?;
    output::line(format_args!("channel    {}", args.channel))?;
    output::line(format_args!("blocks     {}", info.height))?;
    output::line(format_args!("last hash  {}", hex::encode(&info.current_block_hash)))?;
    if let Some(begun) = &info.bootstrapping_snapshot_info {
        let last = begun.last_block_in_snapshot;
        output::line(format_args!("begins     behind block {last}, with a snapshot"))?;
    }
    Ok(Outcome::Yes)
}

async fn fetch(args: &Fetch) -> Result<Outcome> {
    files::check_free(&args.out.out, args.out.force)?;
    let caller = args.member.caller()?;
    let block = match (&args.peer, &args.orderer) {
        (Some(peer), _) => {
            let peer = args.member.tls.endorser(peer, &args.tls_ca)?;
            from_peer(&caller, &peer, &args.channel, &args.block).await?
        }
        (None, Some(orderer)) => {
            let shown = args.member.tls.files();
            let target = dial::target(orderer, &args.orderer_tls_ca, shown)?;
            let orderer = OrdererClient::new(target.channel());
            from_orderer(&caller, &orderer, &args.channel, &args.block).await?
        }
        (None, None) => bail!("name a peer or an orderer"),
    };
    files::write(&args.out, &block.encode(), Access::Public)?;
    let entries = block.entries().len();
    output::remark(format_args!("block {} of {}: {entries} entries", block.number(), args.channel));
    Ok(Outcome::Yes)
}

fn number(text: &str) -> Result<u64> {
    text.parse().map_err(|_| anyhow!("{text}: newest, oldest, config or a number is wanted"))
}

async fn from_peer(
    caller: &Caller,
    peer: &EndorserClient,
    channel: &str,
    which: &str,
) -> Result<Block> {
    let by_number = |number: u64| {
        let number = number.to_string();
        Call::new(channel, "qscc", ["GetBlockByNumber", channel, &number])
    };
    let call = match which {
        "config" => Call::new("", "cscc", ["GetConfigBlock", channel]),
        "newest" => by_number(u64::MAX),
        "oldest" => by_number(0),
        other => by_number(number(other)?),
    };
    Ok(Block::decode(peer.query(caller, &call).await?)?)
}

async fn from_orderer(
    caller: &Caller,
    orderer: &OrdererClient,
    channel: &str,
    which: &str,
) -> Result<Block> {
    let get = async |position| {
        let (start, stop) = (position, position);
        let wanted = Wanted { start, stop, fail_if_not_ready: true, best_effort: true };
        anyhow::Ok(orderer.block(caller.seek(channel, wanted)?).await?)
    };
    match which {
        "newest" => get(Position::Newest).await,
        "oldest" => get(Position::Oldest).await,
        "config" => {
            let newest = get(Position::Newest).await?;
            match newest.metadata().orderer()?.last_config {
                Some(last) => get(Position::Number(last.index)).await,
                None => get(Position::Oldest).await,
            }
        }
        other => get(Position::Number(number(other)?)).await,
    }
}

async fn update(args: &Update) -> Result<Outcome> {
    let caller = args.member.caller()?;
    let (mut update, channel) = objects::update(&args.update)?;
    let signer = &caller.identity;
    let identity = signer.serialized();
    let has_signed = update.signatures()?.iter().any(|one| one.identity == *identity);
    if !has_signed {
        update.sign(identity, &**signer.key(), &objects::stamp()?.nonce)?;
    }
    let stamp: Stamp = objects::stamp()?;
    let envelope = update_envelope(&channel, &update, signer, stamp)?;
    let orderers = args.at.clients(&args.member.tls)?;
    let orderer = orderers.first().context("name an orderer: --orderer HOST:PORT")?;
    orderer.send(envelope).await?;
    output::line(format_args!("channel {channel}: the update was ordered"))?;
    Ok(Outcome::Yes)
}

const LOOK: Duration = Duration::from_millis(200);
