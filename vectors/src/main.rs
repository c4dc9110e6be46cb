// SPDX-License-Identifier: Apache-2.0
//! `vectors check PATH…`: checks known answers on every engine of this machine.
//! `vectors sm2-limbo FILE DIR`: issues the cases of x509-limbo again under SM2, and mixed.
//! `vectors oracle FILE…`: the verdicts on those cases beside those of rustls-webpki.
//! `vectors sm2-wycheproof DIR`: writes edge cases of SM2 in the schemas of Wycheproof.
//!
//! Exit status: 0 all passed, 1 some failed, 2 could not be checked.
#![forbid(unsafe_code)]

use anyhow::Result;
use bccsp::Suite;
use gmca_vectors::limbo::{Families, reissue};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
usage: vectors check PATH…           (JSON files, or folders of them)
       vectors sm2-limbo FILE DIR    (limbo.json or limbo.json.zst, and where to write)
       vectors oracle FILE…          (of x509-limbo, or written by sm2-limbo)
       vectors sm2-wycheproof DIR    (where to write)";

/// What `sm2-limbo` writes: the name of the file, the family of trust anchors, that of the rest.
const REISSUED: [(&str, Suite, Suite); 3] = [
    ("sm2-limbo.json", Suite::Gm, Suite::Gm),
    ("sm2-root-limbo.json", Suite::Gm, Suite::Nist),
    ("p256-root-limbo.json", Suite::Nist, Suite::Gm),
];

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let command = arguments.next().unwrap_or_default();
    let paths: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
    let result = match (command.to_str(), paths.as_slice()) {
        (Some("check"), [_, ..]) => check(&paths),
        (Some("sm2-limbo"), [from, to]) => sm2_limbo(from, to),
        (Some("oracle"), [_, ..]) => oracle(&paths),
        (Some("sm2-wycheproof"), [to]) => sm2_wycheproof(to),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    result.unwrap_or_else(|error| {
        eprintln!("vectors: error: {error:#}");
        ExitCode::from(2)
    })
}

fn check(paths: &[PathBuf]) -> Result<ExitCode> {
    let report = gmca_vectors::check(paths)?;
    println!("{report}");
    Ok(ExitCode::from(u8::from(!report.failed.is_empty())))
}

fn sm2_limbo(from: &Path, to: &Path) -> Result<ExitCode> {
    std::fs::create_dir_all(to)?;
    for (name, anchors, others) in REISSUED {
        let (written, left_out) = reissue(from, &to.join(name), Families { anchors, others })?;
        println!("{name}: {written} cases, {left_out} with other algorithms left out");
    }
    Ok(ExitCode::SUCCESS)
}

fn oracle(paths: &[PathBuf]) -> Result<ExitCode> {
    let comparison = gmca_vectors::oracle::compare(paths)?;
    println!("{comparison}");
    Ok(ExitCode::from(u8::from(!comparison.report.failed.is_empty())))
}

fn sm2_wycheproof(to: &Path) -> Result<ExitCode> {
    for (name, count) in gmca_vectors::edges::write_all(to)? {
        println!("{name}: {count} cases");
    }
    Ok(ExitCode::SUCCESS)
}
