// SPDX-License-Identifier: Apache-2.0
//! The sample chaincode as a process.
//!
//! `CHAINCODE_ID=asset:1 CHAINCODE_SERVER_ADDRESS=127.0.0.1:9999 cargo run --example asset`

use std::process::ExitCode;

fn main() -> ExitCode {
    gmca_chaincode::main(gmca_chaincode::asset::asset())
}
