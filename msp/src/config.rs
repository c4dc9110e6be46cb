// SPDX-License-Identifier: Apache-2.0
//! `config.yaml` of an MSP folder, with Fabric's keys: which organizational unit makes whom what.
//!
//! Not here: whether the certificates it names are there (`check`), and who is what (`provider`).

use crate::Error;
use crate::yaml::{self, Item, Node};
use std::fmt::Write as _;

/// What `config.yaml` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// `NodeOUs`: roles by organizational unit.
    pub node_ous: Option<NodeOus>,
    /// `OrganizationalUnitIdentifiers`: when there are any, a member is in one of them.
    pub organizational_units: Vec<OuIdentifier>,
}

/// Roles by organizational unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeOus {
    /// Whether every member must have exactly one of the roles.
    pub enable: bool,
    /// Who is a client.
    pub client: Option<OuIdentifier>,
    /// Who is a peer.
    pub peer: Option<OuIdentifier>,
    /// Who is an admin.
    pub admin: Option<OuIdentifier>,
    /// Who is an orderer.
    pub orderer: Option<OuIdentifier>,
}

/// An organizational unit, and who must have issued the certificate that claims it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OuIdentifier {
    /// The file of a CA certificate, relative to the MSP folder; any CA of the folder without one.
    pub certificate: Option<String>,
    /// The organizational unit.
    pub name: String,
}

/// A mistake in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) line: u64,
    pub(crate) what: String,
    /// A key nobody knows is skipped, as Fabric does; anything else changes who is a member.
    pub(crate) unknown_key: bool,
}

impl NodeOus {
    /// The usual four units `client`, `peer`, `admin` and `orderer`, issued by the CA whose
    /// certificate is in that file of the folder (`cacerts/…`), or by any.
    #[must_use]
    pub fn usual(certificate: Option<&str>) -> Self {
        let unit = |name: &str| {
            let certificate = certificate.map(str::to_owned);
            Some(OuIdentifier { certificate, name: name.to_owned() })
        };
        Self {
            enable: true,
            client: unit("client"),
            peer: unit("peer"),
            admin: unit("admin"),
            orderer: unit("orderer"),
        }
    }

    /// The keys of the file, in Fabric's order, with their units.
    pub(crate) fn units(&self) -> [(&'static str, Option<&OuIdentifier>); 4] {
        [
            ("ClientOUIdentifier", self.client.as_ref()),
            ("PeerOUIdentifier", self.peer.as_ref()),
            ("AdminOUIdentifier", self.admin.as_ref()),
            ("OrdererOUIdentifier", self.orderer.as_ref()),
        ]
    }
}

impl Config {
    /// Reads the text of the file called `name`.
    ///
    /// # Errors
    /// [`Error::Config`] with file and line for the first thing that is wrong, keys that Fabric
    /// does not know among them.
    pub fn parse(text: &str, name: &str) -> Result<Self, Error> {
        let (config, mistakes) = Self::parse_all(text);
        match mistakes.first() {
            None => Ok(config),
            Some(first) => Err(Error::Config(format!("{name}:{}: {}", first.line, first.what))),
        }
    }

    /// Reads as much as can be read, and tells everything that is wrong.
    pub(crate) fn parse_all(text: &str) -> (Self, Vec<Mistake>) {
        let mut reader = Reader::default();
        let config = match yaml::parse(text) {
            Ok(node) => reader.config(node),
            Err((line, what)) => {
                reader.wrong(line, what);
                Self::default()
            }
        };
        (config, reader.mistakes)
    }

    /// The text of the file.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let mut out = String::new();
        if let Some(node_ous) = &self.node_ous {
            let _ = writeln!(out, "NodeOUs:\n    Enable: {}", node_ous.enable);
            for (key, unit) in node_ous.units() {
                let Some(unit) = unit else { continue };
                let _ = write!(out, "    {key}:\n{}", unit.to_yaml("        ", "        "));
            }
        }
        if !self.organizational_units.is_empty() {
            out.push_str("OrganizationalUnitIdentifiers:\n");
            let units = self.organizational_units.iter();
            out.extend(units.map(|unit| unit.to_yaml("    - ", "      ")));
        }
        out
    }
}

impl OuIdentifier {
    fn to_yaml(&self, first: &str, next: &str) -> String {
        let name = format!("OrganizationalUnitIdentifier: {}\n", scalar(&self.name));
        match &self.certificate {
            Some(file) => format!("{first}Certificate: {}\n{next}{name}", scalar(file)),
            None => format!("{first}{name}"),
        }
    }
}

/// A text as it stands in YAML: plain where nobody can misread it.
fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._/@-".contains(c);
    let word = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    if begins && text.chars().all(plain) && !word.contains(&text.to_ascii_lowercase().as_str()) {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Walks the tree and keeps what is wrong with it.
#[derive(Default)]
struct Reader {
    mistakes: Vec<Mistake>,
}

impl Reader {
    fn config(&mut self, node: Node) -> Config {
        let mut config = Config::default();
        for item in self.map(1, "the file", node) {
            match item.key.as_str() {
                "NodeOUs" => config.node_ous = Some(self.node_ous(item)),
                "OrganizationalUnitIdentifiers" => config.organizational_units = self.list(item),
                _ => self.unknown(&item, "NodeOUs, OrganizationalUnitIdentifiers"),
            }
        }
        config
    }

    fn node_ous(&mut self, item: Item) -> NodeOus {
        let mut node_ous = NodeOus::default();
        for item in self.map(item.line, "NodeOUs", item.value) {
            match item.key.as_str() {
                "Enable" => node_ous.enable = self.flag(item),
                "ClientOUIdentifier" => node_ous.client = self.unit(item),
                "PeerOUIdentifier" => node_ous.peer = self.unit(item),
                "AdminOUIdentifier" => node_ous.admin = self.unit(item),
                "OrdererOUIdentifier" => node_ous.orderer = self.unit(item),
                _ => self.unknown(
                    &item,
                    "Enable, ClientOUIdentifier, PeerOUIdentifier, AdminOUIdentifier, \
                     OrdererOUIdentifier",
                ),
            }
        }
        node_ous
    }

    fn list(&mut self, item: Item) -> Vec<OuIdentifier> {
        let Item { key, line, value } = item;
        match value {
            Node::Nothing => Vec::new(),
            Node::List(nodes) => {
                let items = nodes.into_iter().map(|value| Item { key: key.clone(), line, value });
                items.filter_map(|item| self.unit(item)).collect()
            }
            _ => {
                self.wrong(line, format!("`{key}` is a list of units"));
                Vec::new()
            }
        }
    }

    fn unit(&mut self, item: Item) -> Option<OuIdentifier> {
        let Item { key, line, value } = item;
        if matches!(value, Node::Nothing) {
            return None;
        }
        let (mut certificate, mut name) = (None, None);
        for item in self.map(line, &key, value) {
            match item.key.as_str() {
                "Certificate" => certificate = self.text(item),
                "OrganizationalUnitIdentifier" => name = self.text(item),
                _ => self.unknown(&item, "Certificate, OrganizationalUnitIdentifier"),
            }
        }
        if name.is_none() {
            self.wrong(line, format!("`{key}` has no OrganizationalUnitIdentifier"));
        }
        name.map(|name| OuIdentifier { certificate, name })
    }

    fn map(&mut self, line: u64, what: &str, node: Node) -> Vec<Item> {
        match node {
            Node::Map(items) => items,
            Node::Nothing => Vec::new(),
            _ => {
                self.wrong(line, format!("`{what}` is not made of `Key: value` lines"));
                Vec::new()
            }
        }
    }

    /// An empty text says nothing, as in Fabric.
    fn text(&mut self, item: Item) -> Option<String> {
        match item.value {
            Node::Text(text) if !text.is_empty() => Some(text),
            Node::Text(_) | Node::Nothing => None,
            _ => {
                self.wrong(item.line, format!("`{}` is a text", item.key));
                None
            }
        }
    }

    fn flag(&mut self, item: Item) -> bool {
        match item.value {
            Node::Flag(flag) => flag,
            Node::Nothing => false,
            // YAML 1.1, which Fabric reads, has more words for it.
            Node::Text(text) if is_one_of(&text, ["yes", "on", "y", "true"]) => true,
            Node::Text(text) if is_one_of(&text, ["no", "off", "n", "false"]) => false,
            _ => {
                self.wrong(item.line, format!("`{}` is true or false", item.key));
                false
            }
        }
    }

    fn unknown(&mut self, item: &Item, known: &str) {
        let key = item.key.escape_debug();
        let what = format!("unknown key `{key}`; known here: {known}");
        self.mistakes.push(Mistake { line: item.line, what, unknown_key: true });
    }

    fn wrong(&mut self, line: u64, what: String) {
        self.mistakes.push(Mistake { line, what, unknown_key: false });
    }
}

fn is_one_of(text: &str, words: [&str; 4]) -> bool {
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let odd = ["client", "业务 部", "a\"b\\c", "true", "12", "- x", "#", "a: b", "x\ty\u{85}"];
        let unit = |name: &str| OuIdentifier {
            certificate: Some(format!("cacerts/{name}")),
            name: name.to_owned(),
        };
        let config = Config {
            node_ous: Some(NodeOus::usual(Some("cacerts/ca-cert.pem"))),
            organizational_units: odd.iter().map(|name| unit(name)).collect(),
        };
        assert_eq!(Config::parse(&config.to_yaml(), "f").unwrap(), config);
        let bare = Config { node_ous: Some(NodeOus::usual(None)), ..Config::default() };
        assert_eq!(Config::parse(&bare.to_yaml(), "f").unwrap(), bare);
        assert_eq!(Config::parse("", "f").unwrap(), Config::default());
    }

    #[test]
    fn every_mistake_has_its_line() {
        let text = "NodeOUs:\n  Enable: 7\n  ClientOU: x\n  PeerOUIdentifier:\n    Certificate: c\n\
                    Other:\n  a: b\nOrganizationalUnitIdentifiers: x\n";
        let (_, mistakes) = Config::parse_all(text);
        let lines: Vec<_> = mistakes.iter().map(|m| (m.line, m.unknown_key)).collect();
        assert_eq!(lines, [(2, false), (3, true), (4, false), (6, true), (8, false)]);
        let error = Config::parse("NodeOUs:\n  Enabel: true\n", "msp/config.yaml").unwrap_err();
        assert!(
            error.to_string().starts_with("msp/config.yaml:2: unknown key `Enabel`"),
            "{error}"
        );
        let error = Config::parse("\"a\\nb\": x\n", "f").unwrap_err();
        assert!(error.to_string().starts_with("f:1: unknown key `a\\nb`"), "{error}");
        assert!(Config::parse("a: [", "f").unwrap_err().to_string().starts_with("f:1: "));
        assert!(Config::parse("- a\n", "f").is_err());
    }
}
