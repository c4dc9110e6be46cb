// SPDX-License-Identifier: Apache-2.0
//! Known answers with their sources, and the runner that checks any file of that schema.
//!
//! A case passes only if every engine that can run it gives the expected result. A field, kind or
//! file the runner does not know fails, so that nothing is skipped without being counted.
//!
//! ```no_run
//! let report = gmca_vectors::check(&["vectors".into()])?;
//! assert_eq!(report.failed.len(), 0, "{report}");
//! # Ok::<(), anyhow::Error>(())
//! ```
#![forbid(unsafe_code)]

mod case;
pub mod edges;
mod engines;
mod kinds;
pub mod limbo;
pub mod oracle;
mod report;

pub use report::Report;

use anyhow::{Context, Result, bail};
use case::Case;
use engines::Engines;
use serde_json::{Map, Value};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Checks every case of the files, and of the JSON files in the folders.
///
/// # Errors
/// When a path is not there or a file cannot be read; a wrong answer is in the report instead.
pub fn check(paths: &[PathBuf]) -> Result<Report> {
    let engines = Engines::new()?;
    let mut report = Report::default();
    for path in paths {
        if path.is_dir() {
            check_folder(path, &engines, &mut report)?;
        } else {
            check_file(path, &engines, &mut report)?;
        }
    }
    Ok(report)
}

fn check_folder(dir: &Path, engines: &Engines, report: &mut Report) -> Result<()> {
    if dir.join("blocks").is_dir() {
        return kinds::ledger::check_folder(dir, engines, report);
    }
    let mut entries = std::fs::read_dir(dir)
        .and_then(|entries| {
            entries.map(|e| e.map(|e| e.path())).collect::<std::io::Result<Vec<_>>>()
        })
        .with_context(|| dir.display().to_string())?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            check_folder(&path, engines, report)?;
        } else if limbo::is_limbo(&path) || path.extension().is_some_and(|e| e == "json") {
            check_file(&path, engines, report)?;
        }
    }
    Ok(())
}

fn check_file(path: &Path, engines: &Engines, report: &mut Report) -> Result<()> {
    if limbo::is_limbo(path) {
        return limbo::check_file(path, engines, report);
    }
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).with_context(|| name.clone())?;
    let root: Value = serde_json::from_str(&text).with_context(|| name.clone())?;
    let Value::Object(root) = root else { bail!("{name}: not a JSON object") };
    if path.ends_with("wycheproof/manifest.json") {
        return kinds::wycheproof::check_manifest(path, &root, report);
    }
    if root.contains_key("schema") {
        return kinds::wycheproof::check_file(path, &root, engines, report);
    }
    let algorithm = root.get("algorithm").and_then(Value::as_str).unwrap_or_default();
    let Some(check) = kinds::of(algorithm) else {
        report.fail(&name, "*", &format!("no checks for a file about `{algorithm}`"));
        return Ok(());
    };
    let cases = root.get("cases").and_then(Value::as_array);
    for value in cases.with_context(|| format!("{name}: no cases"))? {
        let Value::Object(fields) = value else { bail!("{name}: a case that is no object") };
        check_case(&name, path, fields, check, engines, report);
    }
    Ok(())
}

fn check_case(
    file: &str,
    path: &Path,
    fields: &Map<String, Value>,
    check: kinds::Check,
    engines: &Engines,
    report: &mut Report,
) {
    let case = Case::new(fields, path);
    // A panic on foreign bytes is a failure like any other, and must not hide the cases after it.
    let result = catch_unwind(AssertUnwindSafe(|| check(&case, engines)))
        .unwrap_or_else(|_| Err("it panicked".to_owned()));
    let result = result.and_then(|outcome| match outcome {
        case::Outcome::Pass => case.all_fields_used().map(|()| outcome),
        case::Outcome::Skip(_) => Ok(outcome),
    });
    report.add(file, &case.name(), result);
}
