// SPDX-License-Identifier: Apache-2.0
//! Clock, entropy and disk as small traits, so that everything above can run on simulated ones.
//!
//! [`Disk`] has whole files that are durable when a call returns; [`Volume`] has files that are
//! written in place and synced apart. Not here: anything that knows what the bytes mean.
//!
//! ```
//! use gmca_sys::{Entropy, SystemEntropy};
//!
//! let mut nonce = [0u8; 12];
//! SystemEntropy.fill(&mut nonce)?;
//! # Ok::<(), gmca_sys::EntropyFailure>(())
//! ```
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

mod clock;
#[cfg(feature = "std")]
mod cores;
#[cfg(feature = "std")]
mod disk;
mod entropy;
#[cfg(feature = "std")]
mod folder;
mod plant;
#[cfg(feature = "std")]
mod processor;
#[cfg(feature = "redb")]
pub mod redb;
#[cfg(feature = "sim")]
pub mod sim;
#[cfg(feature = "std")]
mod space;
#[cfg(feature = "std")]
mod volume;

#[cfg(feature = "std")]
pub use clock::SystemClock;
pub use clock::{Clock, Timestamp};
#[cfg(feature = "std")]
pub use cores::spread;
#[cfg(feature = "std")]
pub use disk::{Access, Disk, StagedFile, SystemDisk};
pub use entropy::{Entropy, EntropyFailure, SystemEntropy};
#[cfg(feature = "std")]
pub use folder::StagedFolder;
#[cfg(feature = "std")]
pub use processor::processor_time;
#[cfg(feature = "std")]
pub use space::{Space, SystemSpace};
#[cfg(feature = "std")]
pub use volume::{Volume, VolumeFile, VolumeLock};
