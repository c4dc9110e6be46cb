// SPDX-License-Identifier: Apache-2.0
//! What every command starts from: the configuration in force and the providers it makes.

use crate::args::Global;
use crate::output;
use anyhow::{Context as _, Result};
use bccsp::config::Config;
use bccsp::{Providers, Suite};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use sys::{Clock, SystemClock, SystemDisk, Timestamp};

/// The configuration file that is read when it is there and none is named.
const DEFAULT_FILE: &str = "gmca.yaml";

/// The configuration, the providers, and how to print.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) config: Config,
    /// The file the configuration came from.
    pub(crate) source: Option<PathBuf>,
    pub(crate) providers: Arc<Providers>,
    pub(crate) json: bool,
    pub(crate) quiet: bool,
}

impl Context {
    /// Reads the configuration and makes the providers.
    pub(crate) fn new(global: &Global) -> Result<Self> {
        let (mut config, source) = read_config(global.config.as_deref())?;
        if let Some(suite) = global.suite {
            config.default = suite.into();
        }
        let providers = config.providers().with_context(|| format!("{} engine", config.default))?;
        let (json, quiet) = (global.json, global.quiet);
        Ok(Self { config, source, providers: Arc::new(providers), json, quiet })
    }

    /// The family new things are made in.
    pub(crate) fn suite(&self) -> Suite {
        self.providers.default_suite()
    }

    /// The time of day.
    pub(crate) fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    /// The key store folder that the configuration names for the family in use. A path that is
    /// not absolute is meant from the folder of the configuration file.
    pub(crate) fn key_store_dir(&self) -> Option<PathBuf> {
        let dir = self.config.family(self.suite()).key_store.as_ref()?;
        let base = self.source.as_ref().and_then(|file| file.parent());
        Some(base.map_or_else(|| dir.clone(), |base| base.join(dir)))
    }

    /// What a CA needs from this machine.
    pub(crate) fn ca_host(&self) -> ca::Host {
        ca::Host::new(Arc::clone(&self.providers))
    }

    /// Says what was done, unless people asked for quiet.
    pub(crate) fn say(&self, line: impl AsRef<str>) {
        if !self.quiet && !self.json {
            output::remark(line.as_ref());
        }
    }

    /// Says what should be looked at.
    pub(crate) fn warn(&self, line: impl AsRef<str>) {
        if !self.quiet {
            output::remark(format_args!("gmca: warning: {}", line.as_ref()));
        }
    }
}

fn read_config(named: Option<&Path>) -> Result<(Config, Option<PathBuf>)> {
    let variable = |name: &str| std::env::var(name).ok();
    let path = match named {
        Some(path) => path,
        None if Path::new(DEFAULT_FILE).exists() => Path::new(DEFAULT_FILE),
        None => return Ok((Config::from_environment(&variable)?, None)),
    };
    let config = Config::read(&SystemDisk, path, &variable)?;
    Ok((config, Some(path.to_path_buf())))
}
