// SPDX-License-Identifier: Apache-2.0
//! A whole network in a folder: who is in it (`plan`), keys, certificates and memberships
//! (`material`), the channel's first block (`genesis`), configurations of its processes.

pub(crate) mod genesis;
pub(crate) mod material;
pub(crate) mod plan;
pub(crate) mod settings;
#[cfg(test)]
mod tests;
