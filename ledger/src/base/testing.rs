// SPDX-License-Identifier: Apache-2.0
//! A snapshot that somebody has tampered with.

use super::{Base, KIND, STATE};
use crate::Error;
use crate::log::{Options, SegmentLog};
use std::path::Path;
use std::sync::Arc;
use sys::Volume;

/// Copies a snapshot with one value changed. All checksums of its records are right.
pub(crate) fn forge(
    (from_volume, from): (&Arc<dyn Volume>, &Path),
    (volume, dir): (&Arc<dyn Volume>, &Path),
) -> Result<(), Error> {
    let source = Base::open(from_volume, from)?;
    let mut log = SegmentLog::open(volume, dir, KIND, Options::default(), 0)?;
    let mut changed = false;
    for record in source.reader().iter(0) {
        let mut payload = record?.payload.to_vec();
        // The last byte of a record of the state is the end of a value.
        if let (Some(&STATE), Some(last), false) =
            (payload.first().copied().as_ref(), payload.last_mut(), changed)
        {
            *last ^= 1;
            changed = true;
        }
        log.append(&[&payload])?;
    }
    log.sync()
}
