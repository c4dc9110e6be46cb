// SPDX-License-Identifier: Apache-2.0
//! Crates that are not let into the house.

use crate::Finding;
use crate::graph::Graph;

/// Never compiled into a product, whoever asks for them, and why.
pub const ANYWHERE: &[(&str, &str)] = &[
    ("ansi_term", "unmaintained"),
    ("async-std", "unmaintained"),
    ("atty", "unmaintained, and unsound on Windows"),
    ("aws-lc-rs", "C; a peer in benches only"),
    ("aws-lc-sys", "C; a peer in benches only"),
    ("bindgen", "needs clang to build"),
    ("cc", "compiles C: products build with cargo alone"),
    ("cmake", "compiles C: products build with cargo alone"),
    ("dotenv", "unmaintained"),
    ("failure", "unmaintained"),
    ("fxhash", "unmaintained"),
    ("heed", "C, a map of fixed size, no checksums"),
    ("instant", "unmaintained"),
    ("librocksdb-sys", "a large C++ build"),
    ("native-tls", "brings the system's TLS"),
    ("openssl", "C, and a second implementation of everything; a peer in interop/ only"),
    ("openssl-sys", "C; a peer in interop/ only"),
    ("paste", "unmaintained"),
    ("pkcs12", "does not resolve beside the der family in use"),
    ("proc-macro-error", "unmaintained"),
    ("protobuf", "RUSTSEC-2024-0437, and needs protoc"),
    ("raft", "no release since 2023, reads with protobuf 2"),
    ("ring", "C and assembly, a second P-256"),
    ("rocksdb", "a large C++ build"),
    ("rust-crypto", "unmaintained"),
    ("serde_norway", "asleep; serde-saphyr is taken"),
    ("serde_yaml", "unmaintained; serde-saphyr is taken"),
    ("serde_yaml_ng", "asleep; serde-saphyr is taken"),
    ("serde_yml", "unsound, archived; serde-saphyr is taken"),
    ("sled", "no release in two years"),
    ("structopt", "unmaintained"),
    ("x509-ocsp", "a second world of der 0.7 types"),
];

/// Not to be asked for by us; others may bring them.
pub const BY_US: &[(&str, &str)] = &[
    ("chrono", "`time` is taken, and the clock comes through sys"),
    ("lazy_static", "std::sync::LazyLock"),
    ("log", "`tracing` is taken"),
    ("num_cpus", "std::thread::available_parallelism"),
    ("once_cell", "std::sync::OnceLock and LazyLock"),
    ("rcgen", "x509-cert is taken"),
    ("x509-parser", "x509-cert is taken"),
];

/// Finds banned crates. Dependencies of tests and of `benches` are free.
#[must_use]
pub fn check(graph: &Graph, anywhere: &[(&str, &str)], by_us: &[(&str, &str)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in graph.ours.iter().filter(|p| p.room != "benches") {
        let place = format!("{}/Cargo.toml", package.room);
        let brought = graph.brought_by(&package.name);
        for (name, reason) in anywhere {
            if let Some(by) = brought.get(name) {
                let what = format!("`{name}` comes in through `{by}`: {reason}");
                findings.push(Finding::new(&place, 0, what));
            }
        }
        for (name, reason) in by_us {
            if package.wants.iter().any(|want| !want.dev && want.name == *name) {
                findings.push(Finding::new(&place, 0, format!("`{name}`: {reason}")));
            }
        }
    }
    findings
}
