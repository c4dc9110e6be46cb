// SPDX-License-Identifier: Apache-2.0
//! A `.tar.gz` looked at file by file, within bounds.

use crate::Error;
use flate2::read::MultiGzDecoder;
use std::collections::HashSet;
use std::io::{self, Read};
use tar::{Archive, EntryType, PaxExtensions};

/// What is read of an archive, at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Bytes, unpacked.
    pub(crate) bytes: u64,
    /// Files and folders.
    pub(crate) entries: u64,
}

/// The package itself: as large as a message of Fabric's can be.
pub(crate) const OUTER: Limits = Limits { bytes: 100 << 20, entries: 100 };
/// The code with everything it carries along.
pub(crate) const CODE: Limits = Limits { bytes: 1 << 30, entries: 100_000 };

/// A file that is passing by.
pub(crate) struct Entry<'a> {
    pub(crate) path: &'a str,
    pub(crate) size: u64,
    archive: &'static str,
    content: &'a mut dyn Read,
}

impl Entry<'_> {
    /// Its content.
    pub(crate) fn read(self, limit: u64) -> Result<Vec<u8>, Error> {
        if self.size > limit {
            return Err(self.bad("is larger than such a file can be"));
        }
        let mut content = Vec::new();
        self.content.read_to_end(&mut content).map_err(|e| broken(self.archive, &e))?;
        // The reader stops at the end of the archive without a word.
        if content.len() as u64 != self.size {
            return Err(self.bad("ends too soon"));
        }
        Ok(content)
    }

    fn bad(&self, why: &'static str) -> Error {
        bad(self.archive, self.path, why)
    }
}

/// Calls `take` for each regular file.
pub(crate) fn each(
    name: &'static str,
    bytes: &[u8],
    limits: Limits,
    take: impl FnMut(Entry<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    // One byte more than may be there, so that reaching the end of the limit shows.
    let mut unpacked = MultiGzDecoder::new(bytes).take(limits.bytes.saturating_add(1));
    let walked = walk(name, &mut unpacked, limits, take).and_then(|()| {
        // Behind the last file stands the checksum, which tells a file that was cut off.
        io::copy(&mut unpacked, &mut io::sink()).map_err(|error| broken(name, &error))
    });
    // The limit looks like an archive that breaks off.
    if unpacked.limit() == 0 {
        return Err(Error::TooLarge {
            archive: name,
            limit: limits.bytes >> 20,
            of: "MiB, unpacked",
        });
    }
    walked.map(drop)
}

fn walk(
    name: &'static str,
    unpacked: &mut impl Read,
    limits: Limits,
    mut take: impl FnMut(Entry<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut archive = Archive::new(unpacked);
    // Raw: extensions with long names come as entries and are read within bounds.
    let entries = archive.entries().map_err(|error| broken(name, &error))?.raw(true);
    let (mut count, mut seen, mut long_name) = (0_u64, HashSet::new(), None);
    for entry in entries {
        let mut entry = entry.map_err(|error| broken(name, &error))?;
        count = count.saturating_add(1);
        if count > limits.entries {
            return Err(Error::TooLarge { archive: name, limit: limits.entries, of: "files" });
        }
        let kind = entry.header().entry_type();
        if let Some(extension) = extension(name, kind, &mut entry)? {
            long_name = extension.or(long_name.take());
            continue;
        }
        let path = match long_name.take() {
            Some(path) => path,
            None => text(name, &entry.path_bytes())?,
        };
        let path = checked(name, &path, kind)?;
        if kind.is_dir() {
            continue;
        }
        if !seen.insert(path.clone()) {
            return Err(bad(name, &path, "is there twice"));
        }
        let size = entry.size();
        take(Entry { path: &path, size, archive: name, content: &mut entry })?;
    }
    if count == 0 {
        return Err(Error::NotAnArchive { archive: name, why: "it is empty".to_owned() });
    }
    Ok(())
}

/// Takes in an entry that says something about the next one, its name perhaps. `None` for others.
fn extension(
    name: &'static str,
    kind: EntryType,
    entry: &mut impl Read,
) -> Result<Option<Option<String>>, Error> {
    let is_long_name = kind == EntryType::GNULongName;
    if !is_long_name && kind != EntryType::XHeader && kind != EntryType::XGlobalHeader {
        return Ok(None);
    }
    let mut content = Vec::new();
    let mut limited = entry.take(MAX_EXTENSION.saturating_add(1));
    limited.read_to_end(&mut content).map_err(|error| broken(name, &error))?;
    if content.len() as u64 > MAX_EXTENSION {
        return Err(Error::TooLarge {
            archive: name,
            limit: MAX_EXTENSION,
            of: "bytes of a header",
        });
    }
    if is_long_name {
        let end = content.iter().position(|byte| *byte == 0).unwrap_or(content.len());
        return text(name, content.get(..end).unwrap_or_default()).map(|path| Some(Some(path)));
    }
    let mut path = None;
    for field in PaxExtensions::new(&content) {
        let field = field.map_err(|error| broken(name, &error))?;
        match field.key_bytes() {
            b"path" => path = Some(text(name, field.value_bytes())?),
            // It would have to be obeyed to find the next entry, and is for files of 8 GiB.
            b"size" => return Err(bad(name, "a header", "gives a size of its own")),
            _ => {}
        }
    }
    Ok(Some(path.filter(|_| kind == EntryType::XHeader)))
}

fn text(name: &'static str, bytes: &[u8]) -> Result<String, Error> {
    let lossy = || String::from_utf8_lossy(bytes);
    std::str::from_utf8(bytes)
        .map(str::to_owned)
        .map_err(|_| bad(name, &lossy(), "has a name that is not UTF-8"))
}

/// A name that stays below the folder somebody unpacks it in, of something that is only bytes.
fn checked(name: &'static str, path: &str, kind: EntryType) -> Result<String, Error> {
    let refused = |why| Err(bad(name, path, why));
    if !kind.is_file() && !kind.is_dir() {
        return refused("is neither a file nor a folder");
    }
    if path.len() > MAX_PATH {
        return refused("has too long a name");
    }
    let has_drive = path.as_bytes().get(1) == Some(&b':');
    if path.starts_with('/') || has_drive || path.contains('\\') {
        return refused("has a name that leads elsewhere");
    }
    if path.chars().any(char::is_control) {
        return refused("has control characters in its name");
    }
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            ".." => return refused("has a name that leads elsewhere"),
            "" | "." => {}
            part => parts.push(part),
        }
    }
    if parts.is_empty() && kind.is_file() {
        return refused("has no name");
    }
    Ok(parts.join("/"))
}

fn broken(archive: &'static str, error: &io::Error) -> Error {
    // It may quote a name, and foreign text makes no lines of its own.
    let why = error.to_string().chars().take(200).flat_map(char::escape_debug).collect();
    Error::NotAnArchive { archive, why }
}

fn bad(archive: &'static str, path: &str, why: &'static str) -> Error {
    Error::Entry { archive, path: path.chars().take(100).collect(), why }
}

/// A long name is no longer.
const MAX_EXTENSION: u64 = 64 << 10;
const MAX_PATH: usize = 1024;
