// SPDX-License-Identifier: Apache-2.0
//! Changes of a configuration: computed, judged, applied.
//!
//! An update names what it has read and what it writes. It holds when everything it read is still
//! at that version, everything it writes is one version further or new, and the modification
//! policy of each changed element is satisfied by those who signed it.

mod compute;
mod differences;
mod envelope;
mod rebuild;
mod rules;
mod transition;

pub use compute::compute;
pub use differences::{Change, Difference, differences};
pub(crate) use envelope::config_of;
pub use envelope::{Stamp, update_envelope, update_payload};
