// SPDX-License-Identifier: Apache-2.0
//! A process that orders: its folder, its channels, its servers.
//!
//! Not here: what is admitted and sealed (`orderer`), who agrees (`consensus`).

mod channels;
mod error;
mod folder;
mod leading;
mod numbers;
mod observed;
mod operator;
mod participation;
mod process;
mod running;
mod service;

pub use channels::{ChannelInfo, OrdererChannels};
pub use error::{ChannelError, StartError};
pub use process::{Addresses, OrdererProcess, Parts};
