// SPDX-License-Identifier: Apache-2.0
//! A channel of a peer, as delivery sees it.

use crate::deliver::{Chain, Chains};
use ::channel::Channel;
use block::Block;
use peer::{PeerChannel, Registrar};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// All channels of a peer, for delivery.
#[derive(Debug)]
pub(crate) struct PeerChains {
    registrar: Arc<Registrar>,
    /// Those that were asked for, each with its growth told to this runtime.
    told: Mutex<BTreeMap<String, Arc<Told>>>,
}

#[derive(Debug)]
struct Told {
    channel: Arc<PeerChannel>,
    heights: watch::Receiver<u64>,
    trouble: watch::Receiver<Option<String>>,
}

impl PeerChains {
    /// Those of a registrar.
    #[must_use]
    pub(super) fn new(registrar: Arc<Registrar>) -> Self {
        Self { registrar, told: Mutex::default() }
    }

    fn told(&self, name: &str) -> Option<Arc<Told>> {
        let channel = self.registrar.get(name).ok()?;
        let mut all = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        // It may have been left and joined again.
        let known = all.get(name).filter(|told| Arc::ptr_eq(&told.channel, &channel));
        if let Some(told) = known {
            return Some(Arc::clone(told));
        }
        let told = Arc::new(Told::new(channel));
        all.insert(name.to_owned(), Arc::clone(&told));
        Some(told)
    }
}

impl Chains for PeerChains {
    fn chain(&self, channel: &str) -> Option<Arc<dyn Chain>> {
        Some(self.told(channel)?)
    }
}

impl Told {
    fn new(channel: Arc<PeerChannel>) -> Self {
        let (height, heights) = watch::channel(0);
        let (stopped, trouble) = watch::channel(None);
        let weak = Arc::downgrade(&channel);
        let tell = Arc::new(move |grown: u64| {
            height.send_if_modified(|told| {
                let is_new = *told < grown;
                *told = grown.max(*told);
                is_new
            });
            if let Some(why) = weak.upgrade().and_then(|channel| channel.stopped()) {
                stopped.send_replace(Some(why));
            }
        });
        let listener = Arc::clone(&tell);
        channel.watch().listen(Box::new(move |grown| listener(grown)));
        // What grew before somebody listened.
        tell(channel.height());
        Self { channel, heights, trouble }
    }
}

impl Chain for Told {
    fn heights(&self) -> watch::Receiver<u64> {
        self.heights.clone()
    }

    fn block(&self, number: u64) -> Result<Option<Block>, String> {
        self.channel.block(number).map_err(|error| error.to_string())
    }

    fn configuration(&self) -> Arc<Channel> {
        self.channel.config()
    }

    fn trouble(&self) -> watch::Receiver<Option<String>> {
        self.trouble.clone()
    }
}
