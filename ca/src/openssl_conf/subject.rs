// SPDX-License-Identifier: Apache-2.0
//! The name that `openssl req` would take from a configuration file.

use super::{ConfError, Entry, OpensslConf};
use pki::{Attribute, Name};

impl OpensslConf {
    /// The name of the section that `[req] distinguished_name` names.
    ///
    /// With `prompt = no` its entries are the name. Without, they are questions, and the answers
    /// are the `…_value` and `…_default` entries, as `openssl req -batch` takes them.
    ///
    /// # Errors
    /// [`ConfError`] with the line of an attribute that is not known or cannot be written.
    pub fn subject(&self) -> Result<Name, ConfError> {
        let named = self.get("req", "distinguished_name");
        let named = named.ok_or_else(|| self.error(0, "`[req] distinguished_name` is missing"))?;
        let entries = self.require(&named.value)?;
        let prompt = self.get("req", "prompt").is_none_or(|entry| entry.value != "no");
        let mut rdns: Vec<Vec<Attribute>> = Vec::new();
        for entry in entries {
            let Some((name, value)) = answer(entry, entries, prompt) else { continue };
            let (kind, joins) = attribute_name(name);
            let attribute = Attribute::named(kind, value)
                .map_err(|error| self.error(entry.line, &error.to_string()))?;
            match rdns.last_mut() {
                Some(rdn) if joins => rdn.push(attribute),
                _ => rdns.push(vec![attribute]),
            }
        }
        Name::new(rdns).map_err(|error| self.error(named.line, &error.to_string()))
    }
}

/// The attribute and its value that an entry stands for, if it stands for one.
fn answer<'a>(entry: &'a Entry, all: &'a [Entry], prompt: bool) -> Option<(&'a str, &'a str)> {
    if !prompt {
        return Some((&entry.name, &entry.value));
    }
    if ["_default", "_min", "_max", "_value"].iter().any(|end| entry.name.ends_with(end)) {
        return None;
    }
    let find = |end: &str| {
        let wanted = format!("{}{end}", entry.name);
        all.iter().rev().find(|other| other.name == wanted)
    };
    let value = find("_value").or_else(|| find("_default"))?;
    (!value.value.is_empty()).then_some((&entry.name, &value.value))
}

/// Takes off what only keeps entries apart (`0.organizationName`), and the `+` that joins an
/// attribute to the one before it.
fn attribute_name(name: &str) -> (&str, bool) {
    // A dotted object identifier stays whole: only its last part may be empty of letters.
    let bare = match name.split_once(['.', ',', ':']) {
        Some((_, rest)) if rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '+') => rest,
        _ => name,
    };
    match bare.strip_prefix('+') {
        Some(rest) => (rest, true),
        None => (bare, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(text: &str) -> Result<Name, ConfError> {
        OpensslConf::parse(text, "t.cnf", &|_| None).unwrap().subject()
    }

    #[test]
    fn fixed_names_are_taken_as_they_stand() {
        let text = "[req]\nprompt=no\ndistinguished_name=dn\n[dn]\ncountryName=CN\n\
                    0.organizationName=One\n1.organizationName=Two\nCN=x\n+UID=y\n";
        let name = subject(text).unwrap();
        assert_eq!(name.oneline(), "C = CN, O = One, O = Two, CN = x + UID = y");
    }

    #[test]
    fn questions_are_answered_by_their_defaults() {
        let text = "[req]\ndistinguished_name=dn\n[dn]\ncountryName=Country (2 letters)\n\
                    countryName_default=CN\ncountryName_min=2\nlocalityName=City\n\
                    commonName=Your name\ncommonName_value=x\n";
        assert_eq!(subject(text).unwrap().oneline(), "C = CN, CN = x");
    }

    #[test]
    fn unknown_attributes_are_refused_with_their_line() {
        let text = "[req]\nprompt=no\ndistinguished_name=dn\n[dn]\nnonsense=1\n";
        assert_eq!(subject(text).unwrap_err().line, 5);
    }
}
