// SPDX-License-Identifier: Apache-2.0
//! Archives of chaincode packages, put right so that what is tried gets past gzip's and tar's checksums.

use flate2::{Compression, write::GzEncoder};
use std::io::Write;

/// Compressed, or wrapped at least.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("in memory")
}

/// Adds a file to an archive.
pub fn file(tar: &mut Vec<u8>, name: &str, content: &[u8]) {
    let mut header = [0; BLOCK];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[SIZE..SIZE + 11].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
    tar.extend(header);
    tar.extend(content);
    tar.resize(tar.len().next_multiple_of(BLOCK), 0);
}

/// The headers of a tar archive, as far as it is one, with the sums that they should have.
pub fn with_checksums(bytes: &[u8]) -> Vec<u8> {
    let mut tar = bytes.to_vec();
    tar.resize(tar.len().next_multiple_of(BLOCK), 0);
    let mut at = 0;
    while let Some(header) = tar.get_mut(at..at + BLOCK) {
        at += BLOCK;
        if header.iter().all(|byte| *byte == 0) {
            continue;
        }
        header[SUM..SUM + 8].fill(b' ');
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[SUM..SUM + 8].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let size = std::str::from_utf8(&header[SIZE..SIZE + 11]).unwrap_or_default();
        let size = usize::from_str_radix(size.trim(), 8).unwrap_or_default();
        at = at.saturating_add(size.min(1 << 40).next_multiple_of(BLOCK));
    }
    tar
}

const BLOCK: usize = 512;
const SIZE: usize = 124;
const SUM: usize = 148;
