// SPDX-License-Identifier: Apache-2.0
//! Objects of the PKI in PEM files: several in a file, text around them, CRLF, old labels.

use crate::Error;
use bccsp::encoding::pem;

/// The labels under which a kind of object is met; the first is the one that is written.
pub(crate) type Labels = &'static [&'static str];

/// All objects with one of the labels, each given to `read`.
pub(crate) fn all<T>(
    bytes: &[u8],
    labels: Labels,
    read: impl Fn(&[u8]) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let blocks = pem::decode_all(bytes)?;
    let mine = blocks.iter().filter(|block| labels.contains(&block.label()));
    mine.map(|block| read(block.der())).collect()
}

/// The first object with one of the labels, or the bytes themselves when they are no PEM.
pub(crate) fn one<T>(
    bytes: &[u8],
    labels: Labels,
    read: impl Fn(&[u8]) -> Result<T, Error>,
) -> Result<T, Error> {
    if !pem::is_pem(bytes) {
        return read(bytes);
    }
    let blocks = pem::decode_all(bytes)?;
    match blocks.iter().find(|block| labels.contains(&block.label())) {
        Some(block) => read(block.der()),
        None => {
            let found: Vec<&str> = blocks.iter().map(pem::Block::label).collect();
            let wanted = labels.first().copied().unwrap_or_default();
            Err(Error::WrongKind { wanted, found: found.join(", ") })
        }
    }
}
