// SPDX-License-Identifier: Apache-2.0
//! The programs that are run: `gmnode`, and the sample chaincode.

use anyhow::{Context as _, Result, ensure};
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Where they are.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    pub(crate) gmnode: PathBuf,
    pub(crate) asset: PathBuf,
}

/// What a command said, and its exit status.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) complaint: String,
}

impl Programs {
    /// Those that `GMNODE` and `ASSET` name, else those that were built beside this program.
    pub(crate) fn find() -> Result<Self> {
        let here = std::env::current_exe()?;
        let beside = here.parent().context("this program is in no folder")?;
        let named = |name: &str, otherwise: &str| {
            let path = std::env::var_os(name).map(PathBuf::from);
            let path = path.unwrap_or_else(|| beside.join(otherwise));
            ensure!(
                path.is_file(),
                "{} is not there: build it, or name another in {name}",
                path.display()
            );
            Ok(std::path::absolute(path)?)
        };
        Ok(Self { gmnode: named("GMNODE", "gmnode")?, asset: named("ASSET", "examples/asset")? })
    }

    /// Runs `gmnode`.
    pub(crate) fn gmnode<S: AsRef<OsStr>>(&self, words: &[S]) -> Result<Said> {
        let mut command = Command::new(&self.gmnode);
        let output = command.args(words).stdin(Stdio::null()).output().context("gmnode")?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(Said {
            code: output.status.code(),
            out: text(output.stdout),
            complaint: text(output.stderr),
        })
    }

    /// Runs `gmnode`, which must do it: what it printed.
    pub(crate) fn must<S: AsRef<OsStr>>(&self, words: &[S]) -> Result<String> {
        let said = self.gmnode(words)?;
        let shown = || {
            let words = words.iter().map(|word| word.as_ref().to_string_lossy());
            words.collect::<Vec<_>>().join(" ")
        };
        ensure!(said.code == Some(0), "gmnode {}: {} {}", shown(), said.out, said.complaint);
        Ok(said.out)
    }
}
