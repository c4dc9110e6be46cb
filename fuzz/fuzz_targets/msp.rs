// SPDX-License-Identifier: Apache-2.0
//! MSP folders: read, checked, and every certificate in them judged.
//!
//! An input is a list of files: a byte that says where, two of length, the content.
#![no_main]

use gmca_fuzz::providers;
use libfuzzer_sys::fuzz_target;
use msp::{MspFolder, Place};
use std::path::Path;
use sys::sim::MemoryDisk;
use sys::{Access, Disk, Timestamp};

fuzz_target!(|bytes: &[u8]| {
    let disk = MemoryDisk::new(1 << 24);
    let mut rest = bytes;
    let mut number = 0;
    while let [place, high, low, after @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(after.len());
        let (content, next) = after.split_at(length);
        let name = match Place::ALL.get(usize::from(*place)) {
            Some(place) => format!("m/{place}/{number}.pem"),
            None => "m/config.yaml".to_owned(),
        };
        let _ = disk.replace(Path::new(&name), content, Access::Private);
        rest = next;
        number += 1;
    }
    let folder = MspFolder::read(&disk, providers(), Path::new("m")).expect("the folder is there");
    let checked = folder.check(providers(), Timestamp(1_780_000_000));
    for finding in checked.expect("no provider fails") {
        // Foreign text must not make lines of its own.
        assert!(!finding.to_string().contains(char::is_control), "{finding:?}");
    }
    let Ok(msp) = folder.msp(providers()) else { return };
    for place in Place::ALL {
        for found in folder.certificates(place) {
            let is_member = msp.is_member(&found.item).expect("no provider fails").is_yes();
            let is_admin = msp.is_admin(&found.item).expect("no provider fails").is_yes();
            assert!(is_member || !is_admin);
        }
    }
});
