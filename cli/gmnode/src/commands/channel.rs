// SPDX-License-Identifier: Apache-2.0
//! `gmnode channel`: channels of running nodes.

use super::serve::block_on;
use crate::args_channel::{Channel, Fetch, Info, Join, List, Update};
use crate::{dial, objects};
use anyhow::{Context as _, Result, anyhow, bail};
use block::Block;
use channel::update::{Stamp, update_envelope};
use node::client::{Call, Caller, EndorserClient, OrdererClient, Position, Wanted};
use proto::common::BlockchainInfo;
use proto::prost::Message as _;
use proto::protos::ChannelQueryResponse;
use sys::Access;
use terminal::{Outcome, files, output};

pub(super) fn run(command: &Channel) -> Result<Outcome> {
    block_on(async {
        match command {
            Channel::Join(args) => join(args).await,
            Channel::List(args) => list(args).await,
            Channel::Info(args) => info(args).await,
            Channel::Fetch(args) => fetch(args).await,
            Channel::Update(args) => update(args).await,
        }
    })
}

async fn join(args: &Join) -> Result<Outcome> {
    let block = objects::block(&args.block)?;
    let (caller, peer) = args.at.both()?;
    join_peer(&caller, &peer, &block).await?;
    Ok(Outcome::Yes)
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
    let info = chain_info(&caller, &peer, &args.channel).await?;
    output::line(format_args!("channel    {}", args.channel))?;
    output::line(format_args!("blocks     {}", info.height))?;
    output::line(format_args!("last hash  {}", hex::encode(&info.current_block_hash)))?;
    Ok(Outcome::Yes)
}

/// How far a peer is in a channel.
pub(crate) async fn chain_info(
    caller: &Caller,
    peer: &EndorserClient,
    channel: &str,
) -> Result<BlockchainInfo> {
    let call = Call::new(channel, "qscc", ["GetChainInfo", channel]);
    Ok(BlockchainInfo::decode(peer.query(caller, &call).await?)?)
}

async fn fetch(args: &Fetch) -> Result<Outcome> {
    files::check_free(&args.out.out, args.out.force)?;
    let caller = args.member.caller()?;
    let block = match (&args.peer, &args.orderer) {
        (Some(peer), _) => {
            let peer = dial::endorser(peer, &args.tls_ca)?;
            from_peer(&caller, &peer, &args.channel, &args.block).await?
        }
        (None, Some(orderer)) => {
            let target = dial::target(orderer, &args.orderer_tls_ca, None)?;
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
    let orderers = args.at.clients()?;
    let orderer = orderers.first().context("name an orderer: --orderer HOST:PORT")?;
    orderer.send(envelope).await?;
    output::line(format_args!("channel {channel}: the update was ordered"))?;
    Ok(Outcome::Yes)
}
