// SPDX-License-Identifier: Apache-2.0
//! `connection.json` of a chaincode that runs as a service, in its package.
#![no_main]

use gmca_fuzz::archive::{file, gzip, with_checksums};
use gmca_fuzz::{check_line, providers};
use libfuzzer_sys::fuzz_target;
use package::Package;

fuzz_target!(|bytes: &[u8]| {
    let package = packed(bytes);
    match Package::read(&package, providers()) {
        Ok(package) => {
            let connection = package.connection().expect("one that is a service");
            assert!(!connection.address.is_empty());
            let empty = |text: &Option<String>| text.as_deref() == Some("");
            let texts = [&connection.domain, &connection.client_cert, &connection.root_cert];
            assert!(!texts.into_iter().any(empty), "{connection:?}");
            // What is shown of it is read again as the same, but for the key.
            let shown = serde_json::to_vec(connection).expect("it is text");
            let mut again = serde_json::from_slice::<serde_json::Value>(&shown).expect("JSON");
            let fields = again.as_object_mut().expect("an object");
            fields.remove("has_client_key");
            fields.retain(|_, value| !value.is_null());
            let again = packed(again.to_string().as_bytes());
            let again = Package::read(&again, providers()).expect("our own");
            let again = again.connection().expect("one that is a service");
            let mut again = again.clone();
            again.has_client_key = connection.has_client_key;
            assert_eq!(again, *connection);
        }
        Err(error) => check_line(&error),
    }
});

fn packed(connection: &[u8]) -> Vec<u8> {
    let mut code = Vec::new();
    file(&mut code, "connection.json", connection);
    let mut outer = Vec::new();
    file(&mut outer, "metadata.json", br#"{"type":"ccaas","label":"l"}"#);
    file(&mut outer, "code.tar.gz", &gzip(&with_checksums(&code)));
    gzip(&with_checksums(&outer))
}
