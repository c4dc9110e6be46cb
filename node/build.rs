// SPDX-License-Identifier: Apache-2.0
//! Generates the services, servers and clients; their messages are `proto`'s.

use prost_types::FileDescriptorSet;
use proto::prost::Message as _;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let all = FileDescriptorSet::decode(proto::DESCRIPTORS)?;
    let mut build = tonic_prost_build::configure().build_transport(false);
    for package in ["common", "gateway", "gmca", "orderer", "protos"] {
        build = build.extern_path(format!(".{package}"), format!("::proto::{package}"));
    }
    build.compile_fds(all)?;
    Ok(())
}
