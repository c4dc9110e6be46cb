// SPDX-License-Identifier: Apache-2.0
//! Which module is logged from which level on: `info:node.broadcast,orderer=debug:peer.=error`.
//!
//! As in Fabric: fields stand between colons, a level alone is for all others, a name is for all
//! modules under it unless a longer one is given, and a name with a dot behind is for itself alone.

use super::level::Level;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// Which module is logged from which level on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    modules: BTreeMap<String, Level>,
    default: Level,
}

/// A specification that cannot be read, in Fabric's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSpec {
    /// A field is neither a level nor `name=level`.
    #[error("invalid logging specification '{spec}': bad segment '{segment}'")]
    Segment {
        /// The whole.
        spec: String,
        /// The field.
        segment: String,
    },
    /// Nothing stands before the equals sign.
    #[error("invalid logging specification '{spec}': no logger specified in segment '{segment}'")]
    NoLogger {
        /// The whole.
        spec: String,
        /// The field.
        segment: String,
    },
    /// A name has a character that no module has.
    #[error("invalid logging specification '{spec}': bad logger name '{name}'")]
    Name {
        /// The whole.
        spec: String,
        /// The name.
        name: String,
    },
}

impl Default for Spec {
    /// `info` for all.
    fn default() -> Self {
        Self { modules: BTreeMap::new(), default: Level::Info }
    }
}

impl Spec {
    /// The one in the environment variable [`VARIABLE`](super::VARIABLE); without it, `info`.
    ///
    /// # Errors
    /// [`BadSpec`].
    pub fn from_environment() -> Result<Self, BadSpec> {
        std::env::var(super::VARIABLE).unwrap_or_default().parse()
    }

    /// From which level on a module is logged. What is not of this project is held to warnings
    /// unless its name is in the specification: libraries talk much at `info`.
    #[must_use]
    pub fn level_of(&self, module: &str, is_ours: bool) -> Level {
        if let Some(level) = self.modules.get(&format!("{module}.")) {
            return *level;
        }
        let mut name = module;
        loop {
            if let Some(level) = self.modules.get(name) {
                return *level;
            }
            let Some((above, _)) = name.rsplit_once('.') else { break };
            name = above;
        }
        if is_ours { self.default } else { self.default.max(Level::Warn) }
    }

    /// The lowest level of all.
    #[must_use]
    pub fn lowest(&self) -> Level {
        self.modules.values().copied().fold(self.default, Ord::min)
    }

    fn read_segment(&mut self, spec: &str, segment: &str) -> Result<(), BadSpec> {
        let owned = || (spec.to_owned(), segment.to_owned());
        let bad = || {
            let (spec, segment) = owned();
            BadSpec::Segment { spec, segment }
        };
        let Some((names, level)) = segment.split_once('=') else {
            // Nothing at all is Fabric's way to say `info`.
            self.default = match segment {
                "" => Level::Info,
                level => Level::parse(level).ok_or_else(bad)?,
            };
            return Ok(());
        };
        if names.is_empty() {
            let (spec, segment) = owned();
            return Err(BadSpec::NoLogger { spec, segment });
        }
        let level = Level::parse(level).ok_or_else(bad)?;
        for name in names.split(',') {
            if !is_name(name.strip_suffix('.').unwrap_or(name)) {
                return Err(BadSpec::Name { spec: spec.to_owned(), name: name.to_owned() });
            }
            self.modules.insert(name.to_owned(), level);
        }
        Ok(())
    }
}

impl FromStr for Spec {
    type Err = BadSpec;

    fn from_str(text: &str) -> Result<Self, BadSpec> {
        let mut spec = Self::default();
        for segment in text.split(':') {
            spec.read_segment(text, segment)?;
        }
        Ok(spec)
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, level) in &self.modules {
            write!(f, "{name}={level}:")?;
        }
        write!(f, "{}", self.default)
    }
}

fn is_name(name: &str) -> bool {
    let is_good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '#' | '-');
    name.split('.').all(|part| !part.is_empty() && part.chars().all(is_good))
}
