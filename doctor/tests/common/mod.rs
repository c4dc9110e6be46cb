// SPDX-License-Identifier: Apache-2.0
//! What the tests share: providers, and what was said in one line of codes.

#![allow(dead_code)] // each test file uses a part

use bccsp::{EngineChoice, Providers, Suite};
use gmca_doctor::{Diagnosis, Input, Options, Role, examine};

pub(crate) fn providers() -> Providers {
    Providers::new(Suite::Gm, EngineChoice::Auto).unwrap()
}

pub(crate) fn input<'a>(name: &'a str, bytes: &'a [u8], role: Option<Role>) -> Input<'a> {
    Input { name, bytes, role }
}

/// The codes of all rules that were found broken.
pub(crate) fn broken(diagnosis: &Diagnosis) -> Vec<&'static str> {
    diagnosis.findings.iter().flat_map(|f| f.rules.iter().map(|rule| rule.code)).collect()
}

/// The codes of all that some programs do not take.
pub(crate) fn beware(diagnosis: &Diagnosis) -> Vec<&'static str> {
    diagnosis.findings.iter().flat_map(|f| f.beware.iter().map(|rule| rule.code)).collect()
}

/// Looks at files without roles.
pub(crate) fn look(files: &[(&str, &[u8])]) -> Diagnosis {
    let inputs: Vec<Input<'_>> =
        files.iter().map(|(name, bytes)| input(name, bytes, None)).collect();
    examine(&providers(), &inputs, &Options::default())
}
