// SPDX-License-Identifier: Apache-2.0
//! Which names a profile gives away: rules for the subject and for alternative names.

use super::entry::{ConstraintsEntry, NamesEntry, SubjectEntry};
use crate::error::Refusal;
use crate::openssl_conf::general_name;
use const_oid::ObjectIdentifier;
use pki::extension::{GeneralName, NameConstraints};
use pki::{Attribute, Name};
use std::net::IpAddr;

/// What a subject's name must be like.
#[derive(Clone, Debug, Default)]
pub(super) struct SubjectRules {
    require: Vec<(ObjectIdentifier, String)>,
    allow: Option<Vec<ObjectIdentifier>>,
    within: Option<Name>,
    values: Vec<(ObjectIdentifier, Vec<Attribute>)>,
}

impl SubjectRules {
    pub(super) fn read(entry: &SubjectEntry) -> Result<Self, String> {
        let kind = |name: &String| Attribute::kind_named(name).map_err(|error| error.to_string());
        let require = entry.require.iter().map(|name| Ok((kind(name)?, name.clone())));
        let allow = entry.allow.as_ref().map(|list| list.iter().map(kind).collect());
        let within = entry.within.as_deref().map(Name::parse).transpose();
        let values = entry.values.iter().map(|(name, texts)| {
            let one = |text: &String| Attribute::named(name, text).map_err(|e| e.to_string());
            Ok((kind(name)?, texts.iter().map(one).collect::<Result<_, String>>()?))
        });
        Ok(Self {
            require: require.collect::<Result<_, String>>()?,
            allow: allow.transpose()?,
            within: within.map_err(|error| error.to_string())?,
            values: values.collect::<Result<_, String>>()?,
        })
    }

    pub(super) fn check(&self, profile: &str, subject: &Name) -> Result<(), Refusal> {
        let refuse = |why: String| Err(Refusal::Policy { profile: profile.to_owned(), why });
        for (kind, name) in &self.require {
            if subject.values(*kind).next().is_none() {
                return refuse(format!("the subject has no {name}; ask with `--subject`"));
            }
        }
        if let Some(base) = self.within.as_ref().filter(|base| !subject.is_within(base)) {
            return refuse(format!("the subject must begin with {}", base.oneline()));
        }
        for attribute in subject.attributes() {
            let kind = attribute.kind();
            if self.allow.as_ref().is_some_and(|allow| !allow.contains(&kind)) {
                let keyword = attribute.keyword();
                return refuse(format!("{keyword} is no part of a subject here; leave it out"));
            }
            let listed = self.values.iter().find(|(of, _)| *of == kind);
            if let Some((_, values)) = listed.filter(|(_, values)| !values.contains(attribute)) {
                let all: Vec<&str> = values.iter().map(Attribute::text).collect();
                let (keyword, all) = (attribute.keyword(), all.join(", "));
                return refuse(format!("{keyword}={} is not among: {all}", attribute.text()));
            }
        }
        Ok(())
    }
}

/// Which alternative names may stand in a certificate.
#[derive(Clone, Debug)]
pub(super) struct NameRules {
    require: Vec<String>,
    dns: Vec<String>,
    ip: Vec<Network>,
    email: Vec<String>,
    uri: Vec<String>,
    wildcards: bool,
}

/// The kinds of names that rules are about.
const KINDS: [&str; 4] = ["dns", "ip", "email", "uri"];

impl NameRules {
    pub(super) fn read(entry: &NamesEntry) -> Result<Self, String> {
        if let Some(kind) = entry.require.iter().find(|kind| !KINDS.contains(&kind.as_str())) {
            return Err(format!("names.require: `{kind}` is none of {}", KINDS.join(", ")));
        }
        let ip = entry.ip.iter().map(|text| Network::read(text));
        let lower = |list: &[String]| list.iter().map(|text| text.to_ascii_lowercase()).collect();
        Ok(Self {
            require: entry.require.clone(),
            dns: lower(&entry.dns),
            ip: ip.collect::<Result<_, _>>()?,
            email: lower(&entry.email),
            uri: entry.uri.clone(),
            wildcards: entry.wildcards,
        })
    }

    pub(super) fn check(&self, profile: &str, names: &[GeneralName]) -> Result<(), Refusal> {
        let refuse = |why: String| Err(Refusal::Policy { profile: profile.to_owned(), why });
        let kinds: Vec<&str> = names.iter().filter_map(kind_of).collect();
        if !self.require.is_empty() && !self.require.iter().any(|k| kinds.contains(&k.as_str())) {
            let kinds = self.require.join(" or ");
            return refuse(format!("an alternative name is needed ({kinds}); ask with `--san`"));
        }
        match names.iter().find(|name| !self.allows(name)) {
            Some(name) => refuse(format!("the name {} is not allowed here", pki::text::name(name))),
            None => Ok(()),
        }
    }

    fn allows(&self, name: &GeneralName) -> bool {
        match name {
            GeneralName::Dns(host) => {
                let host = host.to_ascii_lowercase();
                (self.wildcards || !host.contains('*'))
                    && self.dns.iter().any(|pattern| host_matches(pattern, &host))
            }
            GeneralName::Ip(bytes) => self.ip.iter().any(|network| network.contains(bytes)),
            GeneralName::Email(mailbox) => {
                let mailbox = mailbox.to_ascii_lowercase();
                let host = mailbox.rsplit_once('@').map_or("", |(_, host)| host);
                self.email.iter().any(|pattern| match pattern.strip_prefix('@') {
                    Some(of) => host_matches(of, host),
                    None => *pattern == mailbox || pattern == "*",
                })
            }
            GeneralName::Uri(uri) => self.uri.iter().any(|start| uri.starts_with(start.as_str())),
            _ => false,
        }
    }
}

fn kind_of(name: &GeneralName) -> Option<&'static str> {
    Some(match name {
        GeneralName::Dns(_) => KINDS[0],
        GeneralName::Ip(_) => KINDS[1],
        GeneralName::Email(_) => KINDS[2],
        GeneralName::Uri(_) => KINDS[3],
        _ => return None,
    })
}

/// `a.b` is that host, `*.a.b` every host one step below, `.a.b` every host below, `*` any.
fn host_matches(pattern: &str, host: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    if let Some(base) = pattern.strip_prefix("*.") {
        return host.split_once('.').is_some_and(|(first, rest)| !first.is_empty() && rest == base);
    }
    if pattern.starts_with('.') {
        return host.len() > pattern.len() && host.ends_with(pattern);
    }
    pattern == host
}

/// Addresses that begin with the same bits.
#[derive(Clone, Debug)]
struct Network {
    address: Vec<u8>,
    bits: usize,
}

impl Network {
    /// `10.0.0.0/8`, `fd00::/8`, or one address.
    fn read(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no network, such as 10.0.0.0/8 or fd00::/8");
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address = match address.parse().map_err(|_| wrong())? {
            IpAddr::V4(v4) => v4.octets().to_vec(),
            IpAddr::V6(v6) => v6.octets().to_vec(),
        };
        let all = address.len().saturating_mul(8);
        let bits = bits.map_or(Ok(all), |bits| bits.parse().map_err(|_| wrong()))?;
        if bits > all { Err(wrong()) } else { Ok(Self { address, bits }) }
    }

    fn contains(&self, address: &[u8]) -> bool {
        let same = self.address.iter().zip(address).zip(self.mask());
        address.len() == self.address.len() && same.into_iter().all(|((a, b), m)| a & m == b & m)
    }

    fn mask(&self) -> Vec<u8> {
        let ones = |at: usize| self.bits.saturating_sub(at.saturating_mul(8)).min(8);
        let byte = |ones: usize| u8::try_from((0xff00_usize >> ones) & 0xff).unwrap_or_default();
        (0..self.address.len()).map(|at| byte(ones(at))).collect()
    }

    /// As RFC 5280 section 4.2.1.10 writes it: address, then mask.
    fn constraint(&self) -> GeneralName {
        GeneralName::Ip([self.address.clone(), self.mask()].concat())
    }
}

/// `DNS:.a.b`, `IP:10.0.0.0/8`, `email:@a.b`, `dirName:/C=CN/O=Org1`.
pub(super) fn constraints(entry: &ConstraintsEntry) -> Result<NameConstraints, String> {
    let one = |text: &String| -> Result<GeneralName, String> {
        let wrong = || format!("`{text}` is none of DNS:…, IP:…, email:…, URI:…, dirName:…");
        match text.split_once(':').ok_or_else(wrong)? {
            ("IP", network) => Ok(Network::read(network)?.constraint()),
            ("dirName", name) => {
                Name::parse(name).map(GeneralName::Directory).map_err(|error| error.to_string())
            }
            (kind, text) => general_name(kind, text),
        }
    };
    let all = |list: &[String]| list.iter().map(one).collect::<Result<Vec<_>, _>>();
    Ok(NameConstraints { permitted: all(&entry.permitted)?, excluded: all(&entry.excluded)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(yaml: &str) -> NameRules {
        NameRules::read(&serde_saphyr::from_str(yaml).unwrap()).unwrap()
    }

    fn check(rules: &NameRules, name: &GeneralName, allowed: bool) {
        assert_eq!(rules.allows(name), allowed, "{name:?}");
    }

    #[test]
    fn hosts() {
        let rules = rules("dns: [a.example, '*.b.example', .c.example]");
        let dns = |host: &str, allowed| check(&rules, &GeneralName::Dns(host.into()), allowed);
        for host in ["a.example", "A.EXAMPLE", "x.b.example", "x.c.example", "y.x.c.example"] {
            dns(host, true);
        }
        for host in ["b.example", "y.x.b.example", "c.example", "xc.example", "*.b.example", ""] {
            dns(host, false);
        }
        check(&rules, &GeneralName::ip("10.0.0.1").unwrap(), false);
        assert!(!rules.allows(&GeneralName::Unread(vec![0xa3, 0])));
    }

    #[test]
    fn wildcards_are_asked_for() {
        let rules = rules("{dns: ['*.b.example'], wildcards: true}");
        check(&rules, &GeneralName::Dns("*.b.example".into()), true);
        check(&rules, &GeneralName::Dns("*.*.b.example".into()), false);
    }

    #[test]
    fn networks() {
        let rules = rules("ip: [10.16.0.0/12, 192.0.2.7, 'fd00::/8']");
        for (text, allowed) in [
            ("10.16.0.1", true),
            ("10.31.255.255", true),
            ("10.32.0.0", false),
            ("192.0.2.7", true),
            ("192.0.2.8", false),
            ("fd12::1", true),
            ("fe80::1", false),
        ] {
            check(&rules, &GeneralName::ip(text).unwrap(), allowed);
        }
        assert!(Network::read("10.0.0.0/33").is_err() && Network::read("10.0/8").is_err());
        assert_eq!(Network::read("10.0.0.0/9").unwrap().mask(), [255, 128, 0, 0]);
    }

    #[test]
    fn mailboxes_and_uris() {
        let rules = rules("{email: ['@org1.example', x@y.z], uri: ['spiffe://org1/']}");
        check(&rules, &GeneralName::Email("a@ORG1.example".into()), true);
        check(&rules, &GeneralName::Email("x@y.z".into()), true);
        check(&rules, &GeneralName::Email("y@y.z".into()), false);
        check(&rules, &GeneralName::Email("a@sub.org1.example".into()), false);
        check(&rules, &GeneralName::Uri("spiffe://org1/peer0".into()), true);
        check(&rules, &GeneralName::Uri("spiffe://org2/peer0".into()), false);
    }

    #[test]
    fn subjects() {
        let yaml = "{require: [CN], allow: [C, O, CN], within: /C=CN, values: {O: [Org1, Org2]}}";
        let rules = SubjectRules::read(&serde_saphyr::from_str(yaml).unwrap()).unwrap();
        let check = |name: &str| rules.check("p", &Name::parse(name).unwrap());
        check("/C=CN/O=org1/CN=x").unwrap();
        check("/C=CN/CN=x").unwrap();
        for (name, why) in [
            ("/C=CN/O=Org1", "has no CN"),
            ("/C=US/O=Org1/CN=x", "must begin with C = CN"),
            ("/C=CN/OU=a/CN=x", "OU is no part"),
            ("/C=CN/O=Org3/CN=x", "O=Org3 is not among: Org1, Org2"),
        ] {
            let found = check(name).unwrap_err().to_string();
            assert!(found.contains(why), "{found}");
        }
    }
}
