// SPDX-License-Identifier: Apache-2.0
//! `vectors check PATH…`: checks known answers on every engine of this machine.
//!
//! Exit status: 0 all passed, 1 some failed, 2 could not be checked.
#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "usage: vectors check PATH…   (JSON files, or folders of them)";

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let command = arguments.next();
    let paths: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
    if command.as_deref() != Some("check".as_ref()) || paths.is_empty() {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    match gmca_vectors::check(&paths) {
        Ok(report) => {
            println!("{report}");
            ExitCode::from(u8::from(!report.failed.is_empty()))
        }
        Err(error) => {
            eprintln!("vectors: error: {error:#}");
            ExitCode::from(2)
        }
    }
}
