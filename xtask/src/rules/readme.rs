// SPDX-License-Identifier: Apache-2.0
//! The two READMEs say the same: as many sections, the same commands.

use crate::Finding;
use crate::tree::Tree;

const ENGLISH: &str = "README.md";
const CHINESE: &str = "README.zh-CN.md";

/// Finds what one README has and the other has not.
#[must_use]
pub fn check(tree: &Tree) -> Vec<Finding> {
    let missing = [ENGLISH, CHINESE].into_iter().filter(|path| tree.get(path).is_none());
    let mut findings: Vec<_> = missing.map(|p| Finding::new(p, 0, "is missing")).collect();
    let (Some(english), Some(chinese)) = (tree.get(ENGLISH), tree.get(CHINESE)) else {
        return findings;
    };
    let (sections, others) = (sections(english), sections(chinese));
    if sections != others {
        let what = format!("has {others} `##` sections, {ENGLISH} has {sections}");
        findings.push(Finding::new(CHINESE, 0, what));
    }
    let (blocks, others) = (blocks(english), blocks(chinese));
    if blocks.len() != others.len() {
        let what = format!("has {} code blocks, {ENGLISH} has {}", others.len(), blocks.len());
        findings.push(Finding::new(CHINESE, 0, what));
    }
    let pairs = blocks.iter().zip(&others).filter(|(a, b)| a.1 != b.1);
    findings.extend(pairs.map(|(a, b)| {
        let what = format!("this code block differs from the one at {ENGLISH}:{}", a.0);
        Finding::new(CHINESE, b.0, what)
    }));
    findings
}

fn sections(text: &str) -> usize {
    outside_blocks(text).filter(|line| line.starts_with("## ")).count()
}

fn outside_blocks(text: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        !inside && !fence
    })
}

/// The fenced blocks: line of the opening fence, and text without comments, which are translated.
fn blocks(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut inside = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
            if inside {
                found.push((index + 1, line.trim().to_owned()));
            }
        } else if let (true, Some((_, block))) = (inside, found.last_mut()) {
            block.push('\n');
            block.push_str(without_comment(line).trim_end());
        }
    }
    found
}

fn without_comment(line: &str) -> &str {
    let start = if line.trim_start().starts_with('#') { Some(0) } else { line.find(" # ") };
    let start = start.or_else(|| line.find(" // "));
    start.map_or(line, |start| &line[..start])
}
