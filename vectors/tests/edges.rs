// SPDX-License-Identifier: Apache-2.0
//! The edge cases that are written are read, judged by every engine as they say, and the same every time.
#![allow(clippy::disallowed_methods)] // tests touch the real disk

use std::fs;

#[test]
fn edge_cases_have_their_verdicts() {
    let dir = tempfile::tempdir().unwrap();
    let counts = gmca_vectors::edges::write_all(dir.path()).unwrap();
    let written: usize = counts.iter().map(|(_, count)| count).sum();
    assert!(written >= 150, "{counts:?}");
    let report = gmca_vectors::check(&[dir.path().to_owned()]).unwrap();
    assert!(report.failed.is_empty(), "{report}");
    assert_eq!((report.passed, report.skipped.len()), (written, 0));

    let again = tempfile::tempdir().unwrap();
    gmca_vectors::edges::write_all(again.path()).unwrap();
    for (name, _) in counts {
        let read = |dir: &tempfile::TempDir| fs::read(dir.path().join(name)).unwrap();
        assert_eq!(read(&dir), read(&again), "{name}");
    }
}

/// A verdict that is turned round is seen.
#[test]
fn a_wrong_verdict_is_found() {
    let dir = tempfile::tempdir().unwrap();
    gmca_vectors::edges::write_all(dir.path()).unwrap();
    for entry in fs::read_dir(dir.path()).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replacen("\"invalid\"", "\"valid\"", 1)).unwrap();
        let report = gmca_vectors::check(std::slice::from_ref(&path)).unwrap();
        assert_eq!(report.failed.len(), 1, "{}: {report}", path.display());
    }
}
