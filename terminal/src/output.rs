// SPDX-License-Identifier: Apache-2.0
//! Lines for standard output and standard error.
//!
//! The macros of the standard library panic when nobody can be written to: a closed pipe, a full
//! disk. Here an answer that cannot be given is an error, and a remark that cannot be is dropped.

use anyhow::{Context as _, Result};
use std::fmt::Display;
use std::io::Write;

/// Prints a line of what was asked for.
///
/// # Errors
/// When nobody can be written to.
pub fn line(text: impl Display) -> Result<()> {
    writeln!(std::io::stdout().lock(), "{text}").context("standard output")
}

/// Says something beside it.
pub fn remark(text: impl Display) {
    // There is no other place to complain at.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
