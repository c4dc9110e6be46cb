// SPDX-License-Identifier: Apache-2.0
//! The lock that lets one process work with a CA at a time, and the name of who has it. Not here:
//! what is locked (`store`).

use crate::home::file;
use crate::{Error, Host};
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;
use sys::{Access, Disk, VolumeLock};

/// Names the process that works with the CA, for the message to the one that is refused.
const HOLDER_FILE: &str = "ca.holder";
/// How often, and how far apart, a CA that is in use is tried again.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(100);

/// Waits a little while another process has the lock, which is on the database itself: so did
/// redb's own.
pub(crate) fn lock(host: &Host, home: &Path, path: &Path) -> Result<Box<dyn VolumeLock>, Error> {
    for _ in 0..TRIES {
        match host.disk.lock(path) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => host.clock.sleep(PAUSE),
            result => return result.map_err(|error| file(path, error)),
        }
    }
    Err(Error::InUse { home: home.to_path_buf(), holder: holder(host, home) })
}

/// Writes down that this process has it.
pub(crate) fn name(host: &Host, home: &Path) {
    let command: Vec<String> = std::env::args().take(2).collect();
    let name = format!("process {} ({})", std::process::id(), command.join(" "));
    // Without it the message says "another process", which is no reason to refuse to work.
    let _ = host.disk.replace(&home.join(HOLDER_FILE), name.as_bytes(), Access::Public);
}

/// Takes that away.
pub(crate) fn forget(disk: &dyn Disk, home: &Path) {
    // It only names the holder in a message; a stale one says a process that has ended.
    let _ = disk.remove(&home.join(HOLDER_FILE));
}

fn holder(host: &Host, home: &Path) -> String {
    let name = host.disk.read(&home.join(HOLDER_FILE)).ok();
    let name = name.and_then(|bytes| String::from_utf8(bytes).ok());
    name.unwrap_or_else(|| "another process".to_owned())
}
