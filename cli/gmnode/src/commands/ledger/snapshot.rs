// SPDX-License-Identifier: Apache-2.0
//! `gmnode ledger export | import`.

use super::{open, options, progress, providers, volume};
use crate::args_ledger::{LedgerExport, LedgerImport};
use anyhow::{Result, anyhow};
use bccsp::Digest;
use block::Block;
use ledger::Ledger;
use ledger::base::Base;
use terminal::{Outcome, output};

pub(super) fn export(args: &LedgerExport) -> Result<Outcome> {
    let ledger = open(&args.dir, &providers()?)?;
    let snapshot = ledger.export(&volume(), &args.out)?;
    show(&snapshot)?;
    ledger.flush()?;
    Ok(Outcome::Yes)
}

pub(super) fn import(args: &LedgerImport) -> Result<Outcome> {
    let (volume, providers, options) = (volume(), providers()?, options()?);
    let expected = args.state_hash.as_deref().map(digest).transpose()?;
    let (from, to) = ((&volume, &*args.from), (&volume, &*args.dir));
    let snapshot = ledger::import(from, to, options, &providers, expected.as_ref())?;
    show(&snapshot)?;
    drop(snapshot);
    let mut tell = progress("state");
    let ledger = Ledger::<Block>::open_telling(&volume, &args.dir, options, &providers, &mut tell)?;
    ledger.flush()?;
    Ok(Outcome::Yes)
}

fn show(snapshot: &Base) -> Result<()> {
    let (header, end) = (snapshot.header(), snapshot.end());
    output::line(format_args!("height        {}", header.height))?;
    output::line(format_args!("last hash     {}", header.block_hash))?;
    output::line(format_args!("configuration in block {}", header.last_config))?;
    output::line(format_args!("keys          {}", end.rows))?;
    output::line(format_args!("ids           {}", end.ids))?;
    output::line(format_args!("state hash    {} ({})", end.state_hash, header.algorithm))?;
    Ok(())
}

fn digest(text: &str) -> Result<Digest> {
    let mut bytes = [0; Digest::LEN];
    hex::decode_to_slice(text, &mut bytes)
        .map_err(|_| anyhow!("`{text}` is no state hash: 64 hexadecimal digits are needed"))?;
    Ok(Digest::new(bytes))
}
