// SPDX-License-Identifier: Apache-2.0
//! Generates the messages from `messages/`, without `protoc`.
#![allow(clippy::disallowed_methods)] // runs where the crate is built, on that disk

use prost::Message;
use std::error::Error;
use std::path::{Path, PathBuf};

const MESSAGES: &str = "messages";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={MESSAGES}");
    let mut files = Vec::new();
    collect(Path::new(MESSAGES), &mut files)?;
    files.sort();
    let descriptors = protox::compile(files, [MESSAGES])?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    // For readers that know the fields only at run time.
    std::fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;
    prost_build::Config::new()
        // Ordered, so that equal messages have equal bytes.
        .btree_map(["."])
        // Nested layers are slices of the bytes that travelled, not copies.
        .bytes(["."])
        .compile_fds(descriptors)?;
    Ok(())
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    Ok(())
}
