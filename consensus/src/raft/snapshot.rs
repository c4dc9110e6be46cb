// SPDX-License-Identifier: Apache-2.0
//! A snapshot is a height and a hash: whoever is behind pulls the blocks up to there before it goes
//! on behind them.

use super::inner::Inner;
use super::messages::Snapshot;
use crate::Member;
use openraft::AsyncRuntime;
use proto::Bytes;
use std::io;

/// Pulls the blocks that a snapshot stands for, of the one with that key first. They are judged as
/// they come; who sent a bad one is not asked again for this block.
///
/// # Errors
/// When nobody has a block that the chain takes, or the chain ends in another block.
pub(crate) async fn pull<Rt: AsyncRuntime>(
    inner: &Inner<Rt>,
    first: Option<&Bytes>,
    snapshot: &Snapshot,
) -> io::Result<()> {
    let mut sources = inner.others(snapshot.membership.membership());
    sources.sort_by_key(|source| first != Some(&source.key));
    while inner.chain().height() < snapshot.reach.height {
        next(inner, &sources).await?;
    }
    inner.record.check(&snapshot.reach)
}

/// Takes the next block from the first that has it.
async fn next<Rt: AsyncRuntime>(inner: &Inner<Rt>, sources: &[Member]) -> io::Result<()> {
    let number = inner.chain().height();
    let mut last = "no other node is known".to_owned();
    for source in sources {
        match inner.source.block(source, number).await {
            Ok(block) => match inner.record.append(number, block).await {
                Ok(()) => return Ok(()),
                Err(error) => last = error.to_string(),
            },
            Err(error) => last = error.to_string(),
        }
    }
    let channel = inner.chain().channel();
    Err(io::Error::other(format!("channel {channel}: nobody has block {number}: {last}")))
}
