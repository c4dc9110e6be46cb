// SPDX-License-Identifier: Apache-2.0
//! Generates the two services of the chaincode stream; their messages are `proto`'s.

use prost_types::FileDescriptorSet;
use proto::prost::Message as _;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let mut all = FileDescriptorSet::decode(proto::DESCRIPTORS)?;
    for file in &mut all.file {
        if !file.name().ends_with("chaincode_shim.proto") {
            file.service.clear();
        }
    }
    tonic_prost_build::configure()
        .build_transport(false)
        .extern_path(".common", "::proto::common")
        .extern_path(".protos", "::proto::protos")
        .compile_fds(all)?;
    Ok(())
}
