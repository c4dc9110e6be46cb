// SPDX-License-Identifier: Apache-2.0
//! Files of profiles: read whole, or refused with file, line and what to do.

use super::entry::{Entry, File};
use super::{Profile, build, check};
use crate::openssl_conf::ConfError;
use std::sync::LazyLock;

/// The profiles of a CA, in the order in which they are written.
#[derive(Clone, Debug)]
pub struct Profiles {
    list: Vec<Profile>,
}

/// The profiles that every CA has.
#[must_use]
pub fn all() -> Vec<Profile> {
    Profiles::built_in().list.clone()
}

static BUILT_IN: LazyLock<Profiles> = LazyLock::new(|| {
    let file: File = serde_saphyr::from_str(include_str!("builtin.yaml"))
        .expect("a test reads the profiles that come with the program");
    let mut profiles = Profiles { list: Vec::new() };
    for entry in file.profiles {
        profiles.add(entry.value).expect("a test reads the profiles that come with the program");
    }
    profiles
});

impl Profiles {
    /// The profiles that every CA has.
    #[must_use]
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// Reads the text of the file called `file`. Its profiles come after those that every CA has
    /// (unless it says `builtIn: false`), or take the place of one with the same name.
    ///
    /// # Errors
    /// [`ConfError`] with the line: a key that is not known, a profile that contradicts itself, a
    /// base that is not there before it.
    pub fn parse(text: &str, file: &str) -> Result<Self, ConfError> {
        let error = |line, what| ConfError { file: file.to_owned(), line, what };
        let read: File = serde_saphyr::from_str(text).map_err(|e| {
            let line = e.location().map_or(0, |location| location.line());
            error(usize::try_from(line).unwrap_or(0), complaint(&e))
        })?;
        let mut profiles = match read.built_in {
            true => Self::built_in().clone(),
            false => Self { list: Vec::new() },
        };
        let mut seen = Vec::new();
        for entry in read.profiles {
            let line = usize::try_from(entry.referenced.line()).unwrap_or(0);
            let name = entry.value.name.replace(char::is_control, " ");
            let wrong = |what: String| {
                let what = format!("profile `{name}`: {}", what.replace(char::is_control, " "));
                error(line, what)
            };
            if seen.contains(&name) {
                return Err(wrong("it is there twice; give one another name".into()));
            }
            profiles.add(entry.value).map_err(wrong)?;
            seen.push(name);
        }
        Ok(profiles)
    }

    /// The profile of a name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Profile> {
        self.list.iter().find(|profile| profile.name == name)
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Profile> {
        self.list.iter()
    }

    fn add(&mut self, entry: Entry) -> Result<(), String> {
        let entry = match &entry.base {
            None => entry,
            Some(base) => {
                let found = self.named(base).ok_or_else(|| {
                    let known: Vec<&str> = self.iter().map(|p| p.name.as_str()).collect();
                    format!("no base `{base}` before it; there are: {}", known.join(", "))
                })?;
                let base = found.entry.clone();
                entry.over(&base)
            }
        };
        let profile = build::profile(entry)?;
        check::check(&profile, &profile.entry)?;
        match self.list.iter_mut().find(|other| other.name == profile.name) {
            Some(other) => *other = profile,
            None => self.list.push(profile),
        }
        Ok(())
    }
}

impl<'a> IntoIterator for &'a Profiles {
    type Item = &'a Profile;
    type IntoIter = std::slice::Iter<'a, Profile>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The parser's complaint on one line. It may quote the file, whose control characters are not
/// for terminals.
fn complaint(error: &serde_saphyr::Error) -> String {
    let text = error.without_snippet().to_string();
    let text = text.lines().next().unwrap_or("not the YAML of profiles");
    format!("{}; docs/profiles.md lists what is known", text.replace(char::is_control, " "))
}
