// SPDX-License-Identifier: Apache-2.0
//! The chaincode that is measured with, served by this program as a process of its own, so that its
//! processor time is told apart.

use crate::args_bench::BenchChaincode;
use crate::commands::serve::block_on;
use anyhow::{Context as _, Result};
use chaincode::{Args, Error, Mode, Options, Response, Router, Server, Stub};
use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use terminal::Outcome;

/// `nothing` does nothing, `put KEY VALUE` writes, `replace KEY VALUE` reads first.
fn contract() -> Router {
    Router::new()
        .on("nothing", |_, _| Box::pin(async { Ok(Response::success("")) }))
        .on("put", |stub, args| Box::pin(put(stub, args)))
        .on("replace", |stub, args| Box::pin(replace(stub, args)))
}

async fn put(stub: &Stub, args: Args<'_>) -> Result<Response, Error> {
    args.count(2)?;
    stub.put_state(args.text(0, "key")?, args.text(1, "value")?.to_owned()).await?;
    Ok(Response::success(""))
}

async fn replace(stub: &Stub, args: Args<'_>) -> Result<Response, Error> {
    stub.get_state(args.text(0, "key")?).await?;
    put(stub, args).await
}

/// `gmnode bench-chaincode`: serves it until standard input ends, which it does with whoever began it.
pub(crate) fn run(args: &BenchChaincode) -> Result<Outcome> {
    let options = Options {
        chaincode_id: args.id.clone(),
        mode: Mode::Service { address: args.address.clone() },
        tls: None,
        peer_msp_id: None,
    };
    block_on(async {
        let server = Server::bind(contract(), options).await?;
        server.run(end_of_input()).await?;
        Ok(Outcome::Yes)
    })
}

async fn end_of_input() {
    let read = || {
        let mut bytes = [0; 64];
        while matches!(std::io::stdin().read(&mut bytes), Ok(count) if count > 0) {}
    };
    let _ = tokio::task::spawn_blocking(read).await;
}

/// A process that serves the chaincode, ended when it is dropped.
pub(super) struct Served(Child);

impl Served {
    /// Starts it; what it says goes to a file.
    pub(super) fn start(id: &str, address: &str, log: &Path) -> Result<Self> {
        let name = || log.display().to_string();
        let log = std::fs::File::create(log).with_context(name)?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["bench-chaincode", "--id", id, "--address", address]);
        command.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log);
        Ok(Self(command.spawn().context("the chaincode")?))
    }

    /// Its process id.
    pub(super) fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
