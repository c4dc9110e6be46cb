// SPDX-License-Identifier: Apache-2.0
//! Functions of at most 70 lines, files of at most 800.

use crate::Finding;
use crate::source::{Source, closing, identifiers, line_of};

/// The longest file, in lines.
pub const FILE_LINES: usize = 800;
/// The longest function, in lines, signature and closing brace included.
pub const FUNCTION_LINES: usize = 70;

/// Something that may be longer, and why.
#[derive(Clone, Copy, Debug)]
pub struct Excuse {
    /// The file.
    pub file: &'static str,
    /// The function; empty for the file itself.
    pub function: &'static str,
    /// Why it is better in one piece.
    pub reason: &'static str,
}

/// Long things that have a reason. One that got short must go.
pub const EXCUSED: &[Excuse] = &[
    Excuse {
        file: "bccsp/src/gm/known.rs",
        function: "answers",
        reason: "a table: an entry for each algorithm, with its source",
    },
    Excuse {
        file: "bccsp/src/nist/known.rs",
        function: "answers",
        reason: "a table: an entry for each algorithm, with its source",
    },
];

/// Finds what is too long, and excuses without a use.
#[must_use]
pub fn check(sources: &[Source], excused: &[Excuse]) -> Vec<Finding> {
    let mut used = vec![false; excused.len()];
    let mut findings = Vec::new();
    for source in sources {
        for (line, name, length, limit) in too_long(source) {
            let excuse = |e: &Excuse| e.file == source.path && e.function == name;
            match excused.iter().position(excuse) {
                Some(index) => used[index] = true,
                None => {
                    let what = if name.is_empty() { "the file" } else { name.as_str() };
                    let what = format!("{what} has {length} lines, more than {limit}: split it");
                    findings.push(Finding::new(&source.path, line, what));
                }
            }
        }
    }
    let unused = excused.iter().zip(used).filter(|(_, used)| !used);
    findings.extend(unused.map(|(e, _)| {
        let what = format!("`{}` is excused in functions.rs and not too long", e.function);
        Finding::new(e.file, 0, what)
    }));
    findings
}

fn too_long(source: &Source) -> Vec<(usize, String, usize, usize)> {
    let mut found = Vec::new();
    let lines = source.text.lines().count();
    if lines > FILE_LINES {
        found.push((0, String::new(), lines, FILE_LINES));
    }
    let long =
        functions(&source.code).into_iter().filter(|(_, _, length)| *length > FUNCTION_LINES);
    found.extend(long.map(|(line, name, length)| (line, name, length, FUNCTION_LINES)));
    found
}

/// The functions of masked code that have a body: first line, name, number of lines.
#[must_use]
pub fn functions(code: &str) -> Vec<(usize, String, usize)> {
    let mut found = Vec::new();
    for (start, _) in code.match_indices("fn ") {
        let before = code[..start].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        // Without a name it is a type: `fn (u8)`.
        let Some((_, name)) = identifiers(&code[start + 3..]).into_iter().next() else {
            continue;
        };
        if !code[start + 3..].trim_start().starts_with(name) {
            continue;
        }
        let Some(end) = body(code, start).and_then(|body| closing(code, body, b'{', b'}')) else {
            continue;
        };
        let first = line_of(code, start);
        found.push((first, name.to_owned(), line_of(code, end - 1) - first + 1));
    }
    found
}

/// Where the body of the function at `start` opens; `None` for a declaration.
fn body(code: &str, start: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, byte) in code.bytes().enumerate().skip(start) {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            b';' if depth == 0 => return None,
            b'{' if depth == 0 => return Some(index),
            _ => {}
        }
    }
    None
}
