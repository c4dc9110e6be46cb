// SPDX-License-Identifier: Apache-2.0
//! The sample chaincode as a process.

use super::super::serve::Signals;
use crate::args_chaincode::Serve;
use anyhow::{Context as _, Result};
use chaincode::{Options, Server, asset};
use std::collections::BTreeMap;
use terminal::{Outcome, files, output};

pub(super) async fn serve(args: &Serve) -> Result<Outcome> {
    let mut signals = Signals::new()?;
    let file = match &args.env_file {
        None => BTreeMap::new(),
        Some(path) => {
            let text = String::from_utf8(files::read(path)?);
            variables(&text.with_context(|| path.display().to_string())?)
        }
    };
    let value = |name: &str| file.get(name).cloned().or_else(|| std::env::var(name).ok());
    let server = Server::bind(asset::asset(), Options::read([], value)?).await?;
    if let Some(address) = server.address() {
        output::remark(format_args!("chaincode {} on {address}", args.name));
    }
    server.run(signals.next()).await?;
    Ok(Outcome::Yes)
}

fn variables(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once('='));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
}
