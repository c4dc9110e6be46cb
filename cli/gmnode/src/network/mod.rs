// SPDX-License-Identifier: Apache-2.0
//! A whole network in a folder: who is in it (`plan`), as its user describes it (`file`), keys, certificates and memberships
//! (`material`), the channel's first block (`genesis`), configurations of its
//! processes (`settings`), where to find them again (`topology`), those that run (`process`, `live`,
//! `run`), chaincodes made known to them (`deploy`) or run with them (`service`).

pub(crate) mod create;
pub(crate) mod deploy;
pub(crate) mod file;
pub(crate) mod genesis;
pub(crate) mod live;
pub(crate) mod material;
pub(crate) mod plan;
pub(crate) mod process;
pub(crate) mod run;
pub(crate) mod service;
pub(crate) mod settings;
#[cfg(test)]
mod tests;
pub(crate) mod topology;
