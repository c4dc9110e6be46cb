// SPDX-License-Identifier: Apache-2.0
//! Cases on which two do not agree, each with its reason.

use anyhow::{Result, ensure};
use std::collections::BTreeMap;

/// Where the suite's verdict is not ours.
pub(crate) const SUITE: &str = include_str!("../../exceptions/x509-limbo.txt");

/// A list, and which of it were met.
pub(crate) struct Exceptions(BTreeMap<&'static str, (&'static str, bool)>);

impl Exceptions {
    /// `list` has one line for each: the name of the case, a blank, the reason.
    pub(crate) fn new(lines: &'static str) -> Result<Self> {
        let mut list = BTreeMap::new();
        for line in lines.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
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
    pub(crate) fn meet(&mut self, id: &str) -> Option<&'static str> {
        let (reason, met) = self.0.get_mut(id)?;
        *met = true;
        Some(reason)
    }

    /// Those that were not met.
    pub(crate) fn left(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.iter().filter(|(_, (_, met))| !met).map(|(id, _)| *id)
    }
}
