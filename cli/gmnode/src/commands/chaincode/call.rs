// SPDX-License-Identifier: Apache-2.0
//! A chaincode called, with and without a transaction.

use super::{answered, verdict};
use crate::args_chaincode::{Function, Invoke, Query};
use anyhow::{Context as _, Result};
use node::client::Call;
use proto::Bytes;
use std::io::Write as _;
use std::time::Duration;
use terminal::Outcome;

impl Function {
    fn call(&self) -> Result<Call> {
        let args = self.call.iter().map(String::as_str);
        let mut call = Call::new(&self.channel, &self.name, args);
        for one in &self.transient {
            let (name, text) = one
                .split_once('=')
                .with_context(|| format!("--transient {one}: write NAME=TEXT"))?;
            call.transient.insert(name.to_owned(), Bytes::copy_from_slice(text.as_bytes()));
        }
        Ok(call)
    }
}

pub(super) async fn invoke(args: &Invoke) -> Result<Outcome> {
    let Invoke { function, init, wait, at, orderers } = args;
    let caller = at.member.caller()?;
    let network = at.network(&caller, &function.channel, orderers).await?;
    let call = Call { is_init: *init, ..function.call()? };
    let done = network.submit(&caller, &call, Duration::from_secs(*wait)).await;
    answered(done, |done| {
        print(&done.response.payload)?;
        verdict(&done)
    })
}

pub(super) async fn query(args: &Query) -> Result<Outcome> {
    let (caller, peer) = args.at.both()?;
    let answer = peer.query(&caller, &args.function.call()?).await;
    answered(answer, |answer| {
        print(&answer)?;
        Ok(Outcome::Yes)
    })
}

/// What a chaincode returned, as it is, and a line break.
fn print(payload: &Bytes) -> Result<()> {
    if payload.is_empty() {
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    out.write_all(payload)?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}
