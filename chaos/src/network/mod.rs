// SPDX-License-Identifier: Apache-2.0
//! A network of real processes: made by `gmnode`, started here, so that each can be ended at any
//! moment.

mod addresses;
mod cluster;
mod create;
mod deploy;
pub(crate) mod namespaces;
mod process;
mod programs;
mod topology;

pub(crate) use cluster::Cluster;
pub(crate) use create::{Settings, create};
pub(crate) use process::Role;
pub(crate) use programs::Programs;
pub(crate) use topology::Topology;
