// SPDX-License-Identifier: Apache-2.0
//! `configtx.yaml`: every profile filled in, made into a tree and, where a channel may have that, into
//! a genesis block that reads back the same.
#![no_main]

use channel::Channel;
use channel::configtx::ConfigTx;
use channel::update::Stamp;
use gmca_fuzz::{key_material, providers};
use libfuzzer_sys::fuzz_target;
use msp::Contents;
use pki::extension::{BasicConstraints, TypedExtension};
use pki::{CertificateBuilder, Name, Time};
use proto::prost_types;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use sys::sim::MemoryDisk;
use sys::{Access, Disk};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let file = match ConfigTx::parse(text, Path::new("")) {
        Ok(file) => file,
        Err(error) => return check(&error),
    };
    for name in file.profiles() {
        match file.profile(name) {
            Ok(profile) => {
                // Foreign text must not make lines of its own.
                assert!(!profile.notes().iter().any(|note| note.contains(char::is_control)));
                let time = prost_types::Timestamp { seconds: 1, nanos: 0 };
                let stamp = Stamp { nonce: vec![7; 24].into(), time };
                match profile.genesis_block("ch", &**disk(), providers(), stamp) {
                    Ok(block) => {
                        let channel = Channel::from_block(providers(), &block).expect("our own");
                        let hash = channel.hash().expect("both are compiled in");
                        block.check(hash).expect("hashed with what it names");
                    }
                    Err(error) => check(&error),
                }
            }
            Err(error) => check(&error),
        }
    }
});

fn check(error: &channel::configtx::Error) {
    assert!(!error.to_string().contains(char::is_control), "{error:?}");
}

/// The MSP folders and the TLS certificate that the seeds name: `gm`, `nist` and `tls.pem`.
fn disk() -> &'static Arc<dyn Disk> {
    static DISK: LazyLock<Arc<dyn Disk>> = LazyLock::new(|| {
        let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new(1 << 20));
        let time = |text| Time::parse(text).expect("a time");
        for suite in bccsp::Suite::ALL {
            let key = providers().signing_key(&key_material(suite)).expect("a key");
            let name = Name::parse("/CN=ca").expect("a name");
            let public = key.verifying_key().public_key();
            let (from, until) = (time("2026-01-01"), time("2060-01-01"));
            let ca = CertificateBuilder::new(&name, public, &[1], from, until)
                .extension(BasicConstraints { ca: true, path_len: None }.extension(true))
                .subject_key_id(providers())
                .and_then(|builder| builder.sign_self(&*key))
                .expect("a certificate");
            let path = Path::new("tls.pem");
            disk.replace(path, ca.to_pem().as_bytes(), Access::Public).expect("in memory");
            let folder = suite.to_string();
            let providers = Arc::new(providers().clone());
            Contents::new(vec![ca])
                .write(&disk, &providers, Path::new(&folder))
                .expect("in memory");
        }
        disk
    });
    &DISK
}
