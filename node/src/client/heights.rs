// SPDX-License-Identifier: Apache-2.0
//! Endorsers that are not equally far read other versions, and come to other results. Those behind
//! are waited for, by the block that they lack, and all are asked again.

use super::{Caller, ClientError, EndorserClient};
use futures_util::future::try_join_all;
use tokio::sync::watch;

/// How often endorsers that disagree are asked once more.
#[derive(Debug)]
pub(crate) struct Again {
    left: u8,
    were_equal: bool,
}

/// Those who disagree.
pub(crate) struct Disagreeing<'a> {
    /// Who asks for heights and blocks.
    pub(crate) caller: &'a Caller,
    /// The channel.
    pub(crate) channel: &'a str,
    /// The endorsers.
    pub(crate) peers: &'a [EndorserClient],
    /// The height of this process, if it is one of them.
    pub(crate) here: Option<watch::Receiver<u64>>,
}

impl Default for Again {
    fn default() -> Self {
        Self { left: 10, were_equal: false }
    }
}

impl Again {
    /// Whether it is worth to ask them again; returns when all are as far as the first of them was.
    /// Those that are equally far are asked once more, as they may have met meanwhile: when they
    /// disagree then, the chaincode does.
    pub(crate) async fn is_worth(&mut self, who: Disagreeing<'_>) -> bool {
        let Some(left) = self.left.checked_sub(1) else { return false };
        self.left = left;
        match who.come_together().await {
            Ok(true) => true,
            Ok(false) => !std::mem::replace(&mut self.were_equal, true),
            Err(error) => {
                tracing::debug!(%error, "how far endorsers are cannot be asked");
                false
            }
        }
    }
}

impl Disagreeing<'_> {
    /// Whether one was behind.
    async fn come_together(mut self) -> Result<bool, ClientError> {
        let (caller, channel) = (self.caller, self.channel);
        let asked = self.peers.iter().map(|peer| peer.chain_info(caller, channel));
        let heights: Vec<u64> =
            try_join_all(asked).await?.into_iter().map(|info| info.height).collect();
        let here = self.here.as_ref().map(|heights| *heights.borrow());
        let highest = heights.iter().copied().chain(here).max().unwrap_or(0);
        let behind = self.peers.iter().zip(&heights).filter(|(_, height)| **height < highest);
        let behind: Vec<_> = behind.map(|(peer, _)| peer.reach(caller, channel, highest)).collect();
        let some = !behind.is_empty() || here.is_some_and(|here| here < highest);
        try_join_all(behind).await?;
        if let Some(heights) = &mut self.here {
            let gone = |_| ClientError::Broken("the channel is closed here");
            heights.wait_for(|height| *height >= highest).await.map_err(gone)?;
        }
        Ok(some)
    }
}
