// SPDX-License-Identifier: Apache-2.0
//! A metric under one name, with a value for each combination of its labels.

use super::text;
use super::value::Metric;
use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// Labels may hold words of strangers (the channel of a bad envelope), who must not fill memory.
const MOST: usize = 2000;
/// The longest value of a label, in bytes; no channel's or chaincode's name is longer.
const LONGEST: usize = 256;
/// What all other combinations are counted under.
const OTHER: &str = "other";

/// A metric under one name.
pub struct Family<M> {
    name: &'static str,
    help: &'static str,
    labels: &'static [&'static str],
    children: RwLock<BTreeMap<Vec<String>, Arc<M>>>,
}

impl<M: Default> Family<M> {
    pub(super) fn new(
        name: &'static str,
        help: &'static str,
        labels: &'static [&'static str],
    ) -> Self {
        Self { name, help, labels, children: RwLock::default() }
    }

    /// The metric for these values of its labels, in their order. Takes a lock and copies: a hot
    /// path keeps what it gets.
    pub fn with(&self, values: &[&str]) -> Arc<M> {
        debug_assert_eq!(values.len(), self.labels.len(), "labels of {}", self.name);
        let key: Vec<String> = values.iter().map(|value| cut(value).to_owned()).collect();
        let children = self.children.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(child) = children.get(&key) {
            return Arc::clone(child);
        }
        drop(children);
        let mut children = self.children.write().unwrap_or_else(PoisonError::into_inner);
        let full = children.len() >= MOST && !children.contains_key(&key);
        let key = if full { vec![OTHER.to_owned(); self.labels.len()] } else { key };
        Arc::clone(children.entry(key).or_default())
    }
}

impl<M> Family<M> {
    /// Forgets all values: what they were of is not there any more. Whoever holds one from before
    /// counts for nobody.
    pub fn clear(&self) {
        self.children.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl<M> fmt::Debug for Family<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Family").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What a registry knows of a family.
pub(super) trait Collect: Send + Sync {
    fn name(&self) -> &'static str;
    fn write(&self, out: &mut String);
    fn as_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

impl<M: Metric> Collect for Family<M> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn write(&self, out: &mut String) {
        let children = self.children.read().unwrap_or_else(PoisonError::into_inner);
        if children.is_empty() {
            return;
        }
        text::head(out, self.name, self.help, M::KIND);
        for (values, child) in children.iter() {
            child.write(out, self.name, &text::labels(self.labels, values));
        }
    }

    fn as_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

fn cut(value: &str) -> &str {
    let mut end = value.len().min(LONGEST);
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    value.get(..end).unwrap_or_default()
}
