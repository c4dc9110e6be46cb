// SPDX-License-Identifier: Apache-2.0
//! Who leads the channels of a node, and how it gives that away.

use super::channels::OrdererChannels;
use super::participation::{Operated, refusal};
use crate::broadcast::Consenters as _;
use crate::leadership::{Drained, Handed, Leadership, Leading};
use crate::participation::Answer;
use std::time::Duration;
use tokio::time::{Instant, sleep};

impl OrdererChannels {
    /// Who leads a channel; that it is not here is asked before.
    fn leadership(&self, name: &str) -> Leadership {
        let raft = self.get(name).and_then(|running| running.raft().cloned());
        let leader = raft.as_ref().and_then(|raft| raft.leader());
        Leadership {
            channel: name.to_owned(),
            // One that orders alone, without a log, leads.
            leads: match (&raft, self.get(name)) {
                (Some(raft), _) => raft.status().leads,
                (None, running) => running.is_some(),
            },
            leader: leader.map(|member| format!("{}:{}", member.host, member.port)),
        }
    }

    /// Hands a channel over to the node that is furthest.
    async fn hand_over(&self, name: &str) -> Handed {
        let before = self.leadership(name);
        if !before.leads {
            return Handed::NotOurs(before);
        }
        let Some(raft) = self.get(name).and_then(|running| running.raft().cloned()) else {
            return Handed::Not(before);
        };
        raft.transfer_leader().await;
        // That another leads is known before this node has put its work down.
        let end = Instant::now() + UNTIL_PUT_DOWN;
        let mut now = self.leadership(name);
        while now.leads && now.leader != before.leader && Instant::now() < end {
            sleep(LOOK).await;
            now = self.leadership(name);
        }
        match now.leads {
            false => {
                tracing::info!(channel = name, leader = now.leader, "handed leadership over");
                Handed::Over(now)
            }
            true => Handed::Not(now),
        }
    }

    fn drained(&self) -> Drained {
        let names = self.list().into_iter().map(|channel| channel.info.name);
        let channels = names.map(|name| self.leadership(&name)).collect();
        Drained { drained: self.closed().is_some(), channels }
    }
}

impl Leading for Operated {
    fn leader<'a>(&'a self, name: &'a str) -> Answer<'a, Leadership> {
        Box::pin(async move {
            self.0.info(name).map_err(refusal)?;
            Ok(self.0.leadership(name))
        })
    }

    fn hand_over<'a>(&'a self, name: &'a str) -> Answer<'a, Handed> {
        Box::pin(async move {
            self.0.info(name).map_err(refusal)?;
            Ok(self.0.hand_over(name).await)
        })
    }

    fn drained(&self) -> Answer<'_, Drained> {
        Box::pin(async { Ok(self.0.drained()) })
    }

    fn drain(&self, on: bool) -> Answer<'_, Drained> {
        Box::pin(async move {
            self.0.close(on.then(|| "an administrator drains this node".to_owned()));
            if on {
                let names = self.0.list().into_iter().map(|channel| channel.info.name);
                let names: Vec<String> = names.collect();
                let handing = names.iter().map(|name| self.0.hand_over(name));
                futures_util::future::join_all(handing).await;
            }
            tracing::warn!(on, "drained by an administrator");
            Ok(self.0.drained())
        })
    }
}

/// For this node to see that it no longer leads.
const UNTIL_PUT_DOWN: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(10);
