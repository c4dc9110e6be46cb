// SPDX-License-Identifier: Apache-2.0
//! Processes that order, over loopback: what clients are answered, and what stays when some stop.
#![allow(clippy::disallowed_methods)] // tests touch the real disk
#![allow(unreachable_pub)] // one program of several files

mod alone;
mod cluster;
mod connections;
mod kit;
mod refusals;
