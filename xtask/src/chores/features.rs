// SPDX-License-Identifier: Apache-2.0
//! Builds what must build alone: each family without the other, no family, no standard library.
//!
//! `cargo check --workspace` sees none of this: it turns on every feature that any room wants.

use super::run;
use crate::tree::root;
use anyhow::Result;
use std::process::Command;

/// One build: a package and its features instead of the default ones.
struct Build {
    package: &'static str,
    features: &'static str,
}

const fn build(package: &'static str, features: &'static str) -> Build {
    Build { package, features }
}

/// Every set of features somebody may want.
const BUILDS: &[Build] = &[
    build("gmca-sys", ""),
    build("gmca-sys", "std"),
    build("gmca-sys", "redb"),
    build("gmca-gm", ""),
    build("gmca-gm", "std"),
    build("gmca-gm", "harness"),
    build("gmca-gm", "plant"),
    build("gmca-bccsp", ""),
    build("gmca-bccsp", "nist"),
    build("gmca-bccsp", "gm"),
    build("gmca-bccsp", "nist,gm"),
    build("gmca-bccsp", "std"),
    build("gmca-bccsp", "std,nist"),
    build("gmca-bccsp", "std,gm"),
    build("gmca-bccsp", "fast,nist"),
    build("gmca-bccsp", "fast,gm"),
    build("gmca-bccsp", "keystore,gm"),
    build("gmca-bccsp", "config,nist"),
    build("gmca-bccsp", "config"),
    build("gmca-bccsp", "peers"),
    build("gmca-bccsp", "levels"),
    build("gmca-pki", ""),
    build("gmca-ca", ""),
    build("gmca-msp", ""),
];

/// A target without standard library: there a stray `std` is an error in dependencies too.
const BARE_TARGET: &str = "x86_64-unknown-none";
const BARE: &[Build] = &[
    build("gmca-sys", ""),
    build("gmca-gm", ""),
    build("gmca-gm", "oid,zeroize"),
    build("gmca-bccsp", ""),
    build("gmca-bccsp", "nist,gm"),
];

/// Checks every build. The ones on a bare target are left out, in words, where it is not
/// installed, unless `CI` is set: there it fails.
///
/// # Errors
/// The first build that does not pass, with what the compiler said.
pub fn check() -> Result<()> {
    for one in BUILDS {
        check_one(one, &[])?;
    }
    if !bare_target_installed() {
        anyhow::ensure!(
            std::env::var_os("CI").is_none(),
            "`rustup target add {BARE_TARGET}` first"
        );
        println!("left out: builds for {BARE_TARGET} (`rustup target add {BARE_TARGET}`)");
        return Ok(());
    }
    BARE.iter().try_for_each(|one| check_one(one, &["--target", BARE_TARGET]))
}

/// Clippy, because it hands flags to this one package: what the dependencies left behind from
/// other steps is used again.
fn check_one(one: &Build, more: &[&str]) -> Result<()> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root()).args(["clippy", "--quiet", "--no-deps", "--no-default-features"]);
    cargo.args(["-p", one.package, "--features", one.features]).args(more);
    // Code that a set of features leaves unused is an error: it belongs behind its feature.
    cargo.args(["--", "-D", "warnings", "-A", "clippy::all"]);
    if !more.is_empty() {
        // A bare machine has no source of entropy of its own: whoever builds for one brings it.
        cargo.env("RUSTFLAGS", "--cfg getrandom_backend=\"custom\"");
    }
    println!("{} [{}] {}", one.package, one.features, more.join(" "));
    run(&mut cargo)
}

fn bare_target_installed() -> bool {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", BARE_TARGET]);
    let folder = rustc.output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    folder.is_ok_and(|folder| std::path::Path::new(folder.trim()).is_dir())
}
