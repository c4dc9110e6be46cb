// SPDX-License-Identifier: Apache-2.0
//! Which family and engine a process works with, in Fabric's YAML keys.
//!
//! ```yaml
//! BCCSP:
//!   Default: GM                 # GM | SW; SW is P-256
//!   GM: { Hash: SM3,  Security: 256, Engine: auto, FileKeyStore: { KeyStore: msp/keystore } }
//!   SW: { Hash: SHA2, Security: 256, Engine: auto, FileKeyStore: { KeyStore: msp/keystore } }
//! ```
//!
//! A variable such as `CORE_BCCSP_DEFAULT=SW` or `CORE_BCCSP_GM_ENGINE=portable` overrides the
//! file. The block of the family that is not chosen is checked too. Unknown keys, and values that
//! would not be honoured, are errors that name the file, the line and what is allowed.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

use crate::{EngineChoice, Error, Providers, Suite};
use serde::Deserialize;
use serde_saphyr::Spanned;
use std::path::{Path, PathBuf};
use sys::Disk;

/// What a configuration says, every value checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The family new things are made in.
    pub default: Suite,
    /// How the gm family is computed and where its keys are.
    pub gm: Family,
    /// How the nist family is computed and where its keys are.
    pub nist: Family,
}

/// What a configuration says of one family.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Family {
    /// Who computes it.
    pub engine: EngineChoice,
    /// The folder of its keys, as written; `None` when nothing is said.
    pub key_store: Option<PathBuf>,
}

impl Default for Config {
    /// The gm family with the engine that fits.
    fn default() -> Self {
        Self { default: Suite::Gm, gm: Family::default(), nist: Family::default() }
    }
}

impl Config {
    /// Reads a file. `variable` looks up the environment (`CORE_BCCSP_…`).
    ///
    /// # Errors
    /// [`Error::Storage`], or [`Error::Config`] with file, line, key and the allowed values.
    pub fn read(
        disk: &dyn Disk,
        path: &Path,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Error> {
        let name = path.display().to_string();
        let bytes =
            disk.read(path).map_err(|source| Error::Storage { path: name.clone(), source })?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::Config(format!("{name}: the file is not UTF-8 text")))?;
        Self::parse(&text, &name, variable)
    }

    /// Reads the text of a file called `name`.
    ///
    /// # Errors
    /// [`Error::Config`] with file, line, key and the allowed values.
    pub fn parse(
        text: &str,
        name: &str,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Error> {
        let file: File =
            serde_saphyr::from_str(text).map_err(|error| Error::Config(located(name, &error)))?;
        file.bccsp.resolve(name, variable)
    }

    /// What the environment alone says.
    ///
    /// # Errors
    /// [`Error::Config`] with the variable and the allowed values.
    pub fn from_environment(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, Error> {
        Section::default().resolve("environment", variable)
    }

    /// What is said of one family.
    #[must_use]
    pub fn family(&self, suite: Suite) -> &Family {
        match suite {
            Suite::Gm => &self.gm,
            Suite::Nist => &self.nist,
        }
    }

    /// Makes the providers this configuration asks for.
    ///
    /// # Errors
    /// [`Error::Unsupported`] when the chosen family or its engine is not there. The other
    /// family may be missing from this build.
    pub fn providers(&self) -> Result<Providers, Error> {
        let entropy: std::sync::Arc<dyn sys::Entropy> = std::sync::Arc::new(sys::SystemEntropy);
        let mut all = Vec::new();
        for suite in Suite::ALL {
            match crate::provider_of(suite, self.family(suite).engine, entropy.clone()) {
                Ok(provider) => all.push(provider),
                Err(error) if suite == self.default => return Err(error),
                Err(_) => {}
            }
        }
        Providers::from_parts(self.default, all)
    }
}

/// A file with nothing but the section in it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "BCCSP")]
    bccsp: Section,
}

/// The `BCCSP` section, to be put into larger configurations.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    #[serde(rename = "Default")]
    default: Option<Spanned<String>>,
    #[serde(rename = "GM")]
    gm: Option<FamilySection>,
    #[serde(rename = "SW")]
    sw: Option<FamilySection>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FamilySection {
    #[serde(rename = "Hash")]
    hash: Option<Spanned<String>>,
    #[serde(rename = "Security")]
    security: Option<Spanned<u32>>,
    #[serde(rename = "Engine")]
    engine: Option<Spanned<String>>,
    #[serde(rename = "FileKeyStore")]
    file_key_store: Option<FileKeyStore>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileKeyStore {
    #[serde(rename = "KeyStore")]
    key_store: Spanned<String>,
}

impl Section {
    /// Checks every value of the section of the file called `name`, environment first.
    ///
    /// # Errors
    /// [`Error::Config`] with file, line, key and the allowed values.
    pub fn resolve(
        self,
        name: &str,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Config, Error> {
        let source = Source { name, variable };
        let gm = self.gm.unwrap_or_default().resolve(&source, "GM", "SM3")?;
        let nist = self.sw.unwrap_or_default().resolve(&source, "SW", "SHA2")?;
        let default = match source.value("BCCSP.Default", self.default) {
            None => Suite::Gm,
            Some(value) => value.one_of(&[("GM", Suite::Gm), ("SW", Suite::Nist)])?,
        };
        Ok(Config { default, gm, nist })
    }
}

impl FamilySection {
    fn resolve(self, source: &Source<'_>, block: &str, hash: &str) -> Result<Family, Error> {
        let key = |name: &str| format!("BCCSP.{block}.{name}");
        if let Some(value) = source.value(&key("Hash"), self.hash) {
            value.one_of(&[(hash, ())])?;
        }
        let security = self.security.map(|s| s.value_as(|n| n.to_string()));
        if let Some(value) = source.value(&key("Security"), security) {
            value.one_of(&[("256", ())])?;
        }
        let engine = match source.value(&key("Engine"), self.engine) {
            None => EngineChoice::Auto,
            Some(value) => value.one_of(&[
                ("auto", EngineChoice::Auto),
                ("fast", EngineChoice::Fast),
                ("portable", EngineChoice::Portable),
            ])?,
        };
        let folder = self.file_key_store.map(|store| store.key_store);
        let key_store = match source.value(&key("FileKeyStore.KeyStore"), folder) {
            Some(value) if value.text.is_empty() => {
                return Err(value.refused("the path of a folder"));
            }
            value => value.map(|value| PathBuf::from(value.text)),
        };
        Ok(Family { engine, key_store })
    }
}

/// Turns the value of a [`Spanned`] into another, keeping its place.
trait ValueAs<T> {
    fn value_as<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U>;
}

impl<T> ValueAs<T> for Spanned<T> {
    fn value_as<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: f(self.value), referenced: self.referenced, defined: self.defined }
    }
}

/// Where values come from: the file, and the environment before it.
struct Source<'a> {
    name: &'a str,
    variable: &'a dyn Fn(&str) -> Option<String>,
}

impl Source<'_> {
    fn value(&self, key: &str, written: Option<Spanned<String>>) -> Option<Value> {
        let variable = format!("CORE_{}", key.replace('.', "_").to_uppercase());
        if let Some(text) = (self.variable)(&variable) {
            return Some(Value { text, place: format!("environment: {variable}") });
        }
        written.map(|spanned| Value {
            place: format!("{}:{}: {key}", self.name, spanned.referenced.line()),
            text: spanned.value,
        })
    }
}

/// A value and where it was found.
struct Value {
    text: String,
    place: String,
}

impl Value {
    fn one_of<T: Copy>(&self, allowed: &[(&str, T)]) -> Result<T, Error> {
        let found = allowed.iter().find(|(name, _)| *name == self.text);
        found.map(|(_, value)| *value).ok_or_else(|| {
            let names: Vec<&str> = allowed.iter().map(|(name, _)| *name).collect();
            self.refused(&names.join(", "))
        })
    }

    fn refused(&self, allowed: &str) -> Error {
        Error::Config(format!(
            "{}: `{}` is not allowed here; allowed: {allowed}",
            self.place,
            self.text.escape_debug()
        ))
    }
}

/// The parser's complaint on one line, with the place in front.
fn located(name: &str, error: &serde_saphyr::Error) -> String {
    let line = error.location().map_or(0, |location| location.line());
    let text = error.without_snippet().to_string();
    let text = text.lines().next().unwrap_or("not the YAML of a configuration");
    // It may quote the file, whose control characters are not for terminals.
    format!("{name}:{line}: {}", text.replace(char::is_control, " "))
}
