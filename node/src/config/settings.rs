// SPDX-License-Identifier: Apache-2.0
//! A YAML file in Fabric's manner, with overrides from the environment: every key is one that is
//! known, in any case of letters, and a key that would not be honoured is refused by name.
//!
//! Not here: which keys there are (`orderer`).

use super::ConfigError;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A key that other programs know and that means nothing here, with the values that are the same as
/// not setting it.
pub(super) type Unsupported = (&'static str, &'static [&'static str]);

/// Which keys a file may have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// How variables of the environment begin, such as `ORDERER`.
    pub(super) prefix: &'static str,
    /// Keys that are honoured.
    pub(super) used: &'static [&'static str],
    /// Keys that are not.
    pub(super) unsupported: &'static [Unsupported],
    /// Keys whose whole subtree somebody else reads.
    pub(super) whole: &'static [&'static str],
}

/// What a file and the environment say.
#[derive(Debug)]
pub(super) struct Settings {
    name: String,
    folder: PathBuf,
    values: BTreeMap<String, Setting>,
}

#[derive(Debug)]
struct Setting {
    /// Key or variable, as it was written.
    shown: String,
    value: Value,
}

impl Settings {
    /// Reads the text of a file called `name`; relative paths in it are relative to its folder.
    /// An empty text says nothing.
    pub(super) fn read(
        text: &str,
        name: &Path,
        environment: &[(String, String)],
        known: &Known,
    ) -> Result<Self, ConfigError> {
        let shown = name.display().to_string();
        let folder = name.parent().unwrap_or(Path::new("")).to_path_buf();
        let mut settings = Self { name: shown, folder, values: BTreeMap::new() };
        if text.lines().any(|line| !line.trim().is_empty() && !line.trim().starts_with('#')) {
            let root: Value = serde_saphyr::from_str(text).map_err(|error| {
                let text = error.without_snippet().to_string();
                settings.error(text.lines().next().unwrap_or("it is no YAML"))
            })?;
            settings.flatten("", root, known);
        }
        let mut wrong = settings.take_environment(environment, known);
        wrong.extend(settings.check(known));
        if wrong.is_empty() {
            return Ok(settings);
        }
        Err(settings.error(&wrong.join("; ")))
    }

    fn flatten(&mut self, path: &str, value: Value, known: &Known) {
        let is_whole = known.whole.iter().any(|key| key.eq_ignore_ascii_case(path));
        match value {
            Value::Object(map) if !is_whole => {
                for (key, value) in map {
                    let below = if path.is_empty() { key } else { format!("{path}.{key}") };
                    self.flatten(&below, value, known);
                }
            }
            value => {
                let shown = path.to_owned();
                self.values.insert(path.to_lowercase(), Setting { shown, value });
            }
        }
    }

    /// Takes in the variables; gives those that name no key.
    fn take_environment(&mut self, environment: &[(String, String)], known: &Known) -> Vec<String> {
        let mut wrong = Vec::new();
        for (variable, text) in environment {
            let sections = sections(known);
            let is_ours = |section: &String| variable.starts_with(&format!("{section}_"));
            if !sections.iter().any(is_ours) || known.is_whole_variable(variable) {
                continue;
            }
            match known.keys().find(|key| known.variable(key) == *variable) {
                Some(key) => {
                    let setting = Setting { shown: variable.clone(), value: text.clone().into() };
                    self.values.insert(key.to_lowercase(), setting);
                }
                None => wrong.push(format!("{variable}: there is no such key")),
            }
        }
        wrong
    }

    fn check(&self, known: &Known) -> Vec<String> {
        let judge = |(key, setting): (&String, &Setting)| {
            let same = |name: &&str| name.eq_ignore_ascii_case(key);
            if known.used.iter().chain(known.whole).any(same) {
                return None;
            }
            let shown = setting.shown.escape_debug();
            match known.unsupported.iter().find(|(name, _)| same(name)) {
                Some((_, neutral)) if neutral.contains(&plain(&setting.value).as_str()) => None,
                Some(_) => Some(format!("{shown} is not supported here: take it out")),
                None => Some(format!("{shown}: there is no such key")),
            }
        };
        self.values.iter().filter_map(judge).collect()
    }

    pub(super) fn error(&self, why: &str) -> ConfigError {
        // It may quote the file or a variable, whose control characters are not for terminals.
        let why = why.replace(char::is_control, " ");
        ConfigError::Content { name: self.name.clone(), why }
    }

    /// What is wrong with the value of a key.
    pub(super) fn wrong(&self, key: &str, why: &str) -> ConfigError {
        let shown = self.get(key).map_or(key, |setting| setting.shown.as_str());
        self.error(&format!("{shown}: {why}"))
    }

    fn get(&self, key: &str) -> Option<&Setting> {
        self.values.get(&key.to_lowercase())
    }

    /// The subtree of a key in `whole`.
    pub(super) fn tree(&self, key: &str) -> Option<&Value> {
        self.get(key).map(|setting| &setting.value).filter(|value| !value.is_null())
    }

    /// A text that is there and not empty.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.get(key).map(|setting| plain(&setting.value)).filter(|text| !text.is_empty())
    }

    pub(super) fn path(&self, key: &str) -> Option<PathBuf> {
        self.text(key).map(|text| self.folder.join(text))
    }

    pub(super) fn paths(&self, key: &str) -> Vec<PathBuf> {
        self.texts(key).into_iter().map(|text| self.folder.join(text)).collect()
    }

    /// Texts, as a list or with commas between.
    pub(super) fn texts(&self, key: &str) -> Vec<String> {
        let texts = match self.get(key).map(|setting| &setting.value) {
            Some(Value::Array(list)) => list.iter().map(plain).collect(),
            Some(one) => listed(&plain(one)),
            None => Vec::new(),
        };
        texts.into_iter().filter(|text| !text.is_empty()).collect()
    }

    pub(super) fn flag(&self, key: &str) -> Result<bool, ConfigError> {
        match self.text(key).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(self.wrong(key, "it is neither true nor false")),
        }
    }

    pub(super) fn number<T: std::str::FromStr>(
        &self,
        key: &str,
        default: T,
    ) -> Result<T, ConfigError> {
        let Some(text) = self.text(key) else { return Ok(default) };
        text.parse().map_err(|_| self.wrong(key, "it is no number that fits"))
    }

    pub(super) fn duration(&self, key: &str, default: Duration) -> Result<Duration, ConfigError> {
        let Some(text) = self.text(key) else { return Ok(default) };
        let time = duration(&text).filter(|time| !time.is_zero());
        time.ok_or_else(|| self.wrong(key, "it is no time such as 10s, 2m30s or 500ms"))
    }

    /// Bytes, such as `1 MB` or `1048576`.
    pub(super) fn size(&self, key: &str, default: usize) -> Result<usize, ConfigError> {
        let Some(text) = self.text(key) else { return Ok(default) };
        let size = size(&text).filter(|size| *size > 0);
        size.ok_or_else(|| self.wrong(key, "it is no size such as 1 MB or 4096"))
    }
}

impl Known {
    fn keys(&self) -> impl Iterator<Item = &'static str> {
        self.used.iter().copied().chain(self.unsupported.iter().map(|(key, _)| *key))
    }

    fn variable(&self, key: &str) -> String {
        format!("{}_{}", self.prefix, key.replace('.', "_").to_uppercase())
    }

    fn is_whole_variable(&self, variable: &str) -> bool {
        self.whole.iter().any(|key| variable.starts_with(&format!("{}_", self.variable(key))))
    }
}

/// How the variables of each section begin: others of that prefix belong to somebody else.
fn sections(known: &Known) -> Vec<String> {
    let section = |key: &str| known.variable(key.split('.').next().unwrap_or(key));
    let mut sections: Vec<String> = known.keys().map(section).collect();
    sections.dedup();
    sections
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.trim().to_owned(),
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

fn listed(text: &str) -> Vec<String> {
    let inner = text.trim().trim_start_matches('[').trim_end_matches(']');
    inner.split(',').map(|part| part.trim().trim_matches('"').to_owned()).collect()
}

/// A time as Go writes it.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut sum = Duration::ZERO;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, more) = rest.split_at_checked(end)?;
        let end = more.find(|c: char| c.is_ascii_digit()).unwrap_or(more.len());
        let (unit, more) = more.split_at_checked(end)?;
        let seconds: f64 = match unit {
            "ns" => 1e-9,
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        let part = number.parse::<f64>().ok()? * seconds;
        sum = sum.checked_add(Duration::try_from_secs_f64(part).ok()?)?;
        rest = more;
    }
    Some(sum)
}

fn size(text: &str) -> Option<usize> {
    let text = text.trim().to_uppercase();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    let factor = match unit.trim() {
        "" | "B" => 1,
        "K" | "KB" | "KIB" => 1 << 10,
        "M" | "MB" | "MIB" => 1 << 20,
        "G" | "GB" | "GIB" => 1 << 30,
        _ => return None,
    };
    number.parse::<usize>().ok()?.checked_mul(factor)
}
