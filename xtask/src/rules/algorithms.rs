// SPDX-License-Identifier: Apache-2.0
//! Above the border nobody depends on an algorithm, and nobody names one.
//!
//! The families' names (`gm`, `nist`) are not algorithms: whoever offers a choice must say them.

use crate::Finding;
use crate::graph::Graph;
use crate::source::{Source, identifiers};
use crate::tree::{is_workshop, room_of};

/// A place above the border where an algorithm may be named, and why.
#[derive(Clone, Copy, Debug)]
pub struct Excuse {
    /// The file.
    pub file: &'static str,
    /// The identifier.
    pub identifier: &'static str,
    /// Why it must be there.
    pub reason: &'static str,
}

/// Names that have a reason. One that is no longer met must go.
pub const EXCUSED: &[Excuse] = &[
    Excuse {
        file: "cli/gmca/src/commands/crypt.rs",
        identifier: "sm2_ciphertext",
        reason: "`--raw c1c3c2` and `c1c2c3` are forms of one family, asked for by name",
    },
    Excuse {
        file: "cli/gmca/src/commands/crypt.rs",
        identifier: "Sm2Ciphertext",
        reason: "`--raw c1c3c2` and `c1c2c3` are forms of one family, asked for by name",
    },
];

/// Crates that compute an algorithm; `bccsp` and `gm` alone may ask for them.
const CRATES: &[&str] = &[
    "aes",
    "aes-gcm",
    "aes-gcm-siv",
    "aws-lc-rs",
    "blake2",
    "blake3",
    "cbc",
    "ccm",
    "cfb-mode",
    "chacha20",
    "chacha20poly1305",
    "cmac",
    "ctr",
    "curve25519-dalek",
    "dsa",
    "ecb",
    "ecdsa",
    "ed25519",
    "ed25519-dalek",
    "elliptic-curve",
    "gcm-siv",
    "ghash",
    "gmcrypto-core",
    "graviola",
    "hkdf",
    "hmac",
    "hpke",
    "k256",
    "libsm",
    "libsmx",
    "md-5",
    "md5",
    "ofb",
    "openssl",
    "p256",
    "p384",
    "p521",
    "pbkdf2",
    "primeorder",
    "rfc6979",
    "ring",
    "rsa",
    "rust-crypto",
    "scrypt",
    "sha1",
    "sha2",
    "sha3",
    "sm2",
    "sm3",
    "sm4",
    "x25519-dalek",
    "xts-mode",
];

/// Parts of identifiers that name an algorithm wherever they stand.
const NAMES: &[&str] = &[
    "sm2", "sm3", "sm4", "sm9", "p256", "p384", "p521", "secp256", "prime256", "sha1", "sha2",
    "sha3", "sha5", "md5", "ed25519", "x25519", "chacha20", "ecdsa",
];

/// Names that only count as a word of their own, digits behind them allowed: `Aes128` is one,
/// `caesar` is none.
const WORDS: &[&str] = &["aes", "rsa", "zuc"];

/// Rooms at or below the border.
const BELOW: &[&str] = &["sys", "gm", "bccsp"];

/// Finds manifests above the border that ask for an algorithm.
#[must_use]
pub fn check_dependencies(graph: &Graph) -> Vec<Finding> {
    // `benches` holds ours against peers, which is what it is for.
    let may = |room: &str| matches!(room, "bccsp" | "gm" | "benches");
    let above = graph.ours.iter().filter(|package| !may(&package.room));
    let mut findings = Vec::new();
    for package in above {
        let wants = package.wants.iter().filter(|w| !w.dev && CRATES.contains(&w.name.as_str()));
        findings.extend(wants.map(|want| {
            let what = format!("depends on `{}`; algorithms come through bccsp", want.name);
            Finding::new(&format!("{}/Cargo.toml", package.room), 0, what)
        }));
    }
    findings
}

/// Finds code above the border that names an algorithm, and excuses without a use.
#[must_use]
pub fn check_names(sources: &[Source], excused: &[Excuse]) -> Vec<Finding> {
    let mut used = vec![false; excused.len()];
    let mut findings = Vec::new();
    for source in sources.iter().filter(|source| is_above(&source.path)) {
        for (line, word) in identifiers(&source.product_code()) {
            if !names_algorithm(word) {
                continue;
            }
            let excuse = |e: &Excuse| e.file == source.path && e.identifier == word;
            match excused.iter().position(excuse) {
                Some(index) => used[index] = true,
                None => findings.push(Finding::new(
                    &source.path,
                    line,
                    format!("`{word}` names an algorithm above the border"),
                )),
            }
        }
    }
    let unused = excused.iter().zip(used).filter(|(_, used)| !used);
    findings.extend(unused.map(|(e, _)| {
        let what = format!("`{}` is excused in algorithms.rs and not met", e.identifier);
        Finding::new(e.file, 0, what)
    }));
    findings
}

fn is_above(path: &str) -> bool {
    let room = room_of(path);
    !room.is_empty() && !BELOW.contains(&room) && !is_workshop(room)
}

/// Whether an identifier names an algorithm.
#[must_use]
pub fn names_algorithm(identifier: &str) -> bool {
    let flat = identifier.to_lowercase().replace('_', "");
    NAMES.iter().any(|name| flat.contains(name))
        || words(identifier).iter().any(|word| WORDS.contains(&word.as_str()))
}

/// The words of a `snake_case` or `CamelCase` name, small, without digits.
fn words(identifier: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small_before = false;
    for c in identifier.chars() {
        if !c.is_alphabetic() || (c.is_uppercase() && small_before) {
            words.push(String::new());
        }
        if c.is_alphabetic() {
            words.last_mut().expect("it starts with one").extend(c.to_lowercase());
        }
        small_before = c.is_lowercase();
    }
    words
}
