// SPDX-License-Identifier: Apache-2.0
//! Reading what was named and writing results: whole or not at all, never over something else.

use crate::Out;
use anyhow::{Context as _, Result, anyhow, bail};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use sys::{Access, Disk, StagedFile, SystemDisk};

/// Objects are small; a larger file is no certificate, and reading it whole would be a trap.
const MAX_OBJECT: u64 = 64 << 20;

/// The whole of a file that holds an object, or of standard input for `-`.
///
/// # Errors
/// When the file cannot be had, with its name.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input(path)?
        .take(MAX_OBJECT + 1)
        .read_to_end(&mut bytes)
        .with_context(|| path.display().to_string())?;
    if bytes.len() as u64 > MAX_OBJECT {
        bail!("{}: over 64 MiB; this is no certificate, key or request", path.display());
    }
    Ok(bytes)
}

/// A file, or standard input for `-`, to be read piece by piece.
///
/// # Errors
/// When the file cannot be had, with its name.
pub fn input(path: &Path) -> Result<Box<dyn Read>> {
    if path == Path::new("-") {
        return Ok(Box::new(std::io::stdin().lock()));
    }
    let name = || path.display().to_string();
    let file = std::fs::File::open(path).with_context(name)?;
    if file.metadata().with_context(name)?.is_dir() {
        bail!("{}: is a folder, a file is needed", name());
    }
    Ok(Box::new(std::io::BufReader::with_capacity(1 << 16, file)))
}

/// Writes a result where it was asked for.
///
/// # Errors
/// When the file cannot be had, with its name.
pub fn write(out: &Out, bytes: &[u8], access: Access) -> Result<()> {
    write_to(&out.out, bytes, access, out.force)
}

/// Writes a result to a path (`-`: standard output).
///
/// # Errors
/// When the file cannot be had, with its name.
pub fn write_to(path: &Path, bytes: &[u8], access: Access, force: bool) -> Result<()> {
    if path == Path::new("-") {
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(bytes)?;
        return Ok(stdout.flush()?);
    }
    if force {
        return SystemDisk.replace(path, bytes, access).with_context(|| path.display().to_string());
    }
    SystemDisk.create(path, bytes, access).map_err(|error| taken(path, error))
}

/// Writes a new file without waiting for the disk, for copies of what is on record elsewhere.
///
/// # Errors
/// When the file cannot be had, with its name.
pub fn write_copy(path: &Path, bytes: &[u8]) -> Result<()> {
    let name = || path.display().to_string();
    let mut staged = StagedFile::start(path, Access::Public).with_context(name)?;
    staged.write_all(bytes).with_context(name)?;
    staged.create_unsynced().map_err(|error| taken(path, error))
}

fn taken(path: &Path, error: std::io::Error) -> anyhow::Error {
    let name = path.display();
    if error.kind() == ErrorKind::AlreadyExists {
        return anyhow!("{name}: exists already; name another file, or replace it with --force");
    }
    anyhow::Error::new(error).context(name.to_string())
}

/// Refuses early, before work is done, what [`write`] would refuse at the end.
///
/// # Errors
/// When the file cannot be had, with its name.
pub fn check_free(path: &Path, force: bool) -> Result<()> {
    if force || path == Path::new("-") || !path.exists() {
        return Ok(());
    }
    bail!("{}: exists already; name another file, or replace it with --force", path.display())
}

/// That name, or the first with a number behind it (`name-2`) that is not taken.
#[must_use]
pub fn next_free(base: &Path) -> PathBuf {
    let name = base.file_name().unwrap_or_default().to_string_lossy();
    let numbered = (2..).map(|n| base.with_file_name(format!("{name}-{n}")));
    std::iter::once(base.to_path_buf())
        .chain(numbered)
        .find(|path| !path.exists())
        .unwrap_or_else(|| base.to_path_buf())
}

/// Reads a file (`-`: standard input) and hands it over in pieces of at most `size` bytes.
///
/// # Errors
/// When the file cannot be had, with its name.
pub fn each_piece(path: &Path, size: usize, take: &mut dyn FnMut(&[u8])) -> Result<()> {
    let mut input = input(path)?;
    let mut buffer = vec![0; size];
    loop {
        match input.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(n) => take(&buffer[..n]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Writes a result piece by piece. A file appears only when it is whole; standard output (`-`)
/// gets each piece at once.
///
/// # Errors
/// When the file cannot be had, with its name.
pub fn write_stream(
    out: &Out,
    access: Access,
    write: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> Result<()> {
    if out.out == Path::new("-") {
        let mut stdout = std::io::stdout().lock();
        write(&mut stdout)?;
        return Ok(stdout.flush()?);
    }
    let name = || out.out.display().to_string();
    let mut staged = StagedFile::start(&out.out, access).with_context(name)?;
    write(&mut staged)?;
    if out.force {
        return staged.replace().with_context(name);
    }
    staged.create().map_err(|error| taken(&out.out, error))
}
