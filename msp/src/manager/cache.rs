// SPDX-License-Identifier: Apache-2.0
//! Identities that were judged, by their serialized bytes: so many and no more.

use super::Identity;
use proto::Bytes;
use std::collections::HashMap;
use std::sync::Arc;

/// Two generations: what is asked for moves into the young one; when that is half of the capacity,
/// it becomes the old one, and what nobody asked for since is forgotten.
#[derive(Debug)]
pub(super) struct Cache {
    half: usize,
    young: HashMap<Bytes, Arc<Identity>>,
    old: HashMap<Bytes, Arc<Identity>>,
}

impl Cache {
    pub(super) fn new(capacity: usize) -> Self {
        Self { half: capacity >> 1, young: HashMap::new(), old: HashMap::new() }
    }

    pub(super) fn find(&mut self, serialized: &[u8]) -> Option<Arc<Identity>> {
        if let Some(found) = self.young.get(serialized) {
            return Some(Arc::clone(found));
        }
        let (key, found) = self.old.remove_entry(serialized)?;
        self.insert(key, Arc::clone(&found));
        Some(found)
    }

    pub(super) fn insert(&mut self, serialized: Bytes, identity: Arc<Identity>) {
        if self.half == 0 {
            return;
        }
        if self.young.len() >= self.half {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(serialized, identity);
    }

    pub(super) fn len(&self) -> usize {
        self.young.len().saturating_add(self.old.len())
    }
}
