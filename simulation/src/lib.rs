// SPDX-License-Identifier: Apache-2.0
//! A whole ordering service in one thread, from a seed: the real code on a clock, a network and disks
//! that can fail.
//!
//! Not here: what is simulated (`consensus`, `orderer`, `ledger`), and real threads, sockets and time.
#![forbid(unsafe_code)]
#![cfg(feature = "harness")]

pub mod clients;
pub mod disk;
pub mod ending;
pub mod faults;
pub mod inject;
pub mod invariants;
pub mod looking;
pub mod machine;
pub mod network;
pub mod peer;
pub mod plan;
pub mod plants;
pub mod play;
pub mod ports;
pub mod run;
pub mod scenario;
pub mod trace;
pub mod updates;
pub mod view;
pub mod world;

pub use consensus::sim as runtime;
