// SPDX-License-Identifier: Apache-2.0
//! `gmnode osn`: the channels of a running orderer.

use super::serve::block_on;
use crate::args_osn::{AtAdmin, Drain, Join, List, Osn, Remove, Transfer};
use crate::dial::target;
use crate::objects;
use anyhow::{Context as _, Result};
use node::client::{ChannelInfo, ClientError, ParticipationClient};
use node::leadership::{Drained, Leadership};
use std::path::PathBuf;
use terminal::{Outcome, output};

pub(super) fn run(command: &Osn) -> Result<Outcome> {
    block_on(async {
        match command {
            Osn::Join(args) => join(args).await,
            Osn::List(args) => list(args).await,
            Osn::Remove(args) => remove(args).await,
            Osn::Transfer(args) => transfer(args).await,
            Osn::Drain(args) => drain(args).await,
        }
    })
}

impl AtAdmin {
    fn client(&self) -> Result<ParticipationClient> {
        let shown = self.client_cert.clone().zip(self.client_key.clone());
        let roots: Vec<PathBuf> = self.ca_file.iter().cloned().collect();
        Ok(ParticipationClient::new(target(&self.orderer, &roots, shown)?))
    }
}

async fn join(args: &Join) -> Result<Outcome> {
    let block = objects::block(&args.block)?.encode();
    let joined = args.at.client()?.join(&block).await;
    show(&joined.with_context(|| args.at.orderer.clone())?)?;
    Ok(Outcome::Yes)
}

async fn list(args: &List) -> Result<Outcome> {
    let client = args.at.client()?;
    let Some(channel) = &args.channel else {
        let all = client.list().await.with_context(|| args.at.orderer.clone())?;
        all.iter().try_for_each(output::line)?;
        return Ok(Outcome::Yes);
    };
    match client.info(channel).await {
        Ok(info) => show(&info).map(|()| Outcome::Yes),
        Err(ClientError::Web { status: 404, why }) => output::line(why).map(|()| Outcome::No),
        Err(error) => Err(error).with_context(|| args.at.orderer.clone()),
    }
}

async fn remove(args: &Remove) -> Result<Outcome> {
    match args.at.client()?.remove(&args.channel).await {
        Ok(()) => Ok(Outcome::Yes),
        Err(ClientError::Web { status: 404, why }) => output::line(why).map(|()| Outcome::No),
        Err(error) => Err(error).with_context(|| args.at.orderer.clone()),
    }
}

async fn transfer(args: &Transfer) -> Result<Outcome> {
    let (client, channel) = (args.at.client()?, args.channel.as_str());
    let done = match args.show {
        true => client.leader(channel).await,
        false => client.transfer(channel).await,
    };
    match done {
        Ok(now) => {
            show_leader(&now)?;
            Ok(if args.show && !now.leads { Outcome::No } else { Outcome::Yes })
        }
        Err(ClientError::Web { status: 409, why }) => output::line(why).map(|()| Outcome::No),
        Err(error) => Err(error).with_context(|| args.at.orderer.clone()),
    }
}

async fn drain(args: &Drain) -> Result<Outcome> {
    let drained = args.at.client()?.drain(!args.undo).await;
    let Drained { drained, channels } = drained.with_context(|| args.at.orderer.clone())?;
    output::line(match drained {
        true => "it takes no envelopes",
        false => "it takes envelopes",
    })?;
    channels.iter().try_for_each(show_leader)?;
    let leads = channels.iter().any(|channel| channel.leads);
    Ok(if !args.undo && leads { Outcome::No } else { Outcome::Yes })
}

fn show_leader(of: &Leadership) -> Result<()> {
    let leader = of.leader.as_deref().unwrap_or("nobody");
    let this = if of.leads { ", this node" } else { "" };
    output::line(format_args!("{}: led by {leader}{this}", of.channel))
}

fn show(info: &ChannelInfo) -> Result<()> {
    let ChannelInfo { name, relation, status, height } = info;
    output::line(format_args!("{name}: {relation}, {status}, {height} blocks"))
}
