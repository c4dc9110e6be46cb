// SPDX-License-Identifier: Apache-2.0
//! `gmnode tx`: what became of a transaction, from a running peer or from its folder.

mod show;

use super::ledger;
use super::serve::block_on;
use crate::args_tx::{Explain, Tx};
use crate::objects::providers;
use anyhow::{Context as _, Result, bail};
use node::client::{Call, ClientError};
use peer::{Node, PeerChannel};
use proto::gmca::Explanation;
use proto::prost::Message as _;
use proto::protos::TxValidationCode;
use std::path::Path;
use std::sync::Arc;
use sys::SystemDisk;
use terminal::Outcome;

pub(super) fn run(command: &Tx) -> Result<Outcome> {
    match command {
        Tx::Explain(args) => explain(args),
    }
}

fn explain(args: &Explain) -> Result<Outcome> {
    let explanation = match &args.ledger {
        Some(dir) => in_folder(dir, &args.transaction)?,
        None => block_on(from_peer(args))?,
    };
    match args.json {
        true => show::json(&explanation)?,
        false => show::words(&explanation)?,
    }
    Ok(if explanation.code() == TxValidationCode::Valid { Outcome::Yes } else { Outcome::No })
}

fn in_folder(dir: &Path, transaction: &str) -> Result<Explanation> {
    ledger::check_there(dir)?;
    if !::ledger::has_state(&SystemDisk, dir) {
        bail!(
            "{}: there are blocks alone, as orderers keep them; what became of a transaction is in \
             the folder of a peer",
            dir.display()
        );
    }
    let volume = Arc::new(SystemDisk);
    let node = Node { volume, providers: Arc::new(providers()?), options: ledger::options()? };
    let channel = PeerChannel::open(&node, dir)?;
    let none = || format!("transaction {transaction} is not in the ledger of {}", channel.id());
    let explained = channel.explain(transaction)?;
    explained.with_context(none)
}

async fn from_peer(args: &Explain) -> Result<Explanation> {
    let Explain { peer, channel, msp, mspid, tls, .. } = args;
    let missing = "--peer, --channel, --msp and --mspid go together";
    let (peer, channel) = peer.as_ref().zip(channel.as_ref()).context(missing)?;
    let (msp, mspid) = msp.as_ref().zip(mspid.as_ref()).context(missing)?;
    let caller = tls.caller(msp, mspid)?;
    let client = tls.endorser(peer, &args.tls_ca)?;
    let words = ["ExplainTransaction", channel, &args.transaction];
    let answer = client.query(&caller, &Call::new(channel, "qscc", words)).await;
    let answer = answer.map_err(|error| match error {
        ClientError::Refused { message, .. } if is_not_known(&message) => anyhow::anyhow!(
            "{peer}: this peer is none of ours and cannot say why; `gmnode channel fetch` gets the \
             block"
        ),
        error => error.into(),
    });
    Explanation::decode(answer?).with_context(|| format!("{peer}: its answer cannot be read"))
}

/// As Fabric's peers say it.
fn is_not_known(message: &str) -> bool {
    message.contains("Requested function ExplainTransaction not found")
}
