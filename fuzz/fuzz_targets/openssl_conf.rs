// SPDX-License-Identifier: Apache-2.0
//! OpenSSL's configuration files, with the subject and every section read as extensions.
#![no_main]

use ca::openssl_conf::{KeyIds, Leniency, OpensslConf};
use gmca_fuzz::variable;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    let Ok(conf) = OpensslConf::parse(text, "x.cnf", &variable) else { return };
    let _ = conf.subject();
    let keys = KeyIds { subject: &[1; 20], issuer: Some(&[2; 20]), request: false };
    let headers = text.lines().filter_map(|line| line.trim().strip_prefix('[')?.split(']').next());
    for section in headers.map(str::trim).chain(["default"]) {
        for leniency in [Leniency::Drop, Leniency::Keep, Leniency::Refuse] {
            let _ = conf.extensions(section, &keys, leniency);
        }
    }
});
