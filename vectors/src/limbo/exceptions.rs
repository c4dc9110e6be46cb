// SPDX-License-Identifier: Apache-2.0
//! Cases whose verdict is not ours, each with its reason.

use anyhow::{Result, ensure};
use std::collections::BTreeMap;

/// One line for each: the name of the case, a blank, the reason.
const LIST: &str = include_str!("../../exceptions/x509-limbo.txt");

/// The list, and which of it were met.
pub(super) struct Exceptions(BTreeMap<&'static str, (&'static str, bool)>);

impl Exceptions {
    pub(super) fn new() -> Result<Self> {
        let mut list = BTreeMap::new();
        for line in LIST.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (id, reason) = line.split_once(' ').unwrap_or((line, ""));
            ensure!(!reason.trim().is_empty(), "exceptions: `{id}` without a reason");
            ensure!(
                list.insert(id, (reason.trim(), false)).is_none(),
                "exceptions: `{id}` is listed twice"
            );
        }
        Ok(Self(list))
    }

    /// The reason for this case, if it is listed.
    pub(super) fn meet(&mut self, id: &str) -> Option<&'static str> {
        let (reason, met) = self.0.get_mut(id)?;
        *met = true;
        Some(reason)
    }

    /// Those that were not met.
    pub(super) fn left(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.iter().filter(|(_, (_, met))| !met).map(|(id, _)| *id)
    }
}
