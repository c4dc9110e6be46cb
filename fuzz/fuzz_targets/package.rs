// SPDX-License-Identifier: Apache-2.0
//! Chaincode packages: as files, and as tar archives that are packed here, with their checksums put
//! right, so that what is tried gets past gzip's and tar's.
#![no_main]

use gmca_fuzz::archive::{file, gzip, with_checksums};
use gmca_fuzz::{check_line, providers};
use libfuzzer_sys::fuzz_target;
use package::{Package, client_key, is_label};

fuzz_target!(|bytes: &[u8]| {
    look(bytes);
    let packed = gzip(&with_checksums(bytes));
    look(&packed);
    for metadata in [r#"{"type":"ccaas","label":"l"}"#, r#"{"type":"node","label":"l"}"#] {
        let mut outer = Vec::new();
        file(&mut outer, "metadata.json", metadata.as_bytes());
        file(&mut outer, "code.tar.gz", &packed);
        look(&gzip(&with_checksums(&outer)));
    }
});

fn look(bytes: &[u8]) {
    let key = client_key(bytes);
    match Package::read(bytes, providers()) {
        Ok(package) => {
            let has_key = package.connection().is_some_and(|connection| connection.has_client_key);
            assert_eq!(key.map(|key| key.is_some()).ok(), Some(has_key));
            assert!(is_label(package.label()));
            assert!(package.id().starts_with(package.label()));
            for (path, _) in package.files() {
                assert!(path.split('/').all(|part| !matches!(part, "" | "." | "..")), "{path:?}");
                assert!(!path.contains(char::is_control), "{path:?}");
            }
        }
        Err(error) => check_line(&error),
    }
}
