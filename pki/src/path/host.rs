// SPDX-License-Identifier: Apache-2.0
//! Host names against the alternative names of a certificate (RFC 9525 section 6, RFC 6125
//! section 6.4).

use crate::Error;
use crate::extension::GeneralName;
use core::fmt;
use core::net::IpAddr;

/// Whom a client means to talk to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// A DNS name in lower case, without a dot at the end.
    Dns(String),
    /// An address.
    Ip(IpAddr),
}

impl Host {
    /// Reads an address or a DNS name.
    ///
    /// # Errors
    /// [`Error::Name`] for what is neither. Names outside of ASCII are to be given as A-labels.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let address = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
        if let Ok(address) = address.parse() {
            return Ok(Self::Ip(address));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        if !is_dns_name(&name) {
            return Err(Error::Name { text: text.to_owned(), why: "not a host name" });
        }
        Ok(Self::Dns(name))
    }

    /// Whether a name of a certificate stands for this host.
    pub(super) fn is(&self, name: &GeneralName) -> bool {
        match (self, name) {
            (Self::Dns(host), GeneralName::Dns(pattern)) => dns_matches(host, pattern),
            (Self::Ip(IpAddr::V4(ip)), GeneralName::Ip(bytes)) => ip.octets()[..] == bytes[..],
            (Self::Ip(IpAddr::V6(ip)), GeneralName::Ip(bytes)) => ip.octets()[..] == bytes[..],
            _ => false,
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::Ip(ip) => ip.fmt(f),
        }
    }
}

/// A wildcard is the whole leftmost label, stands for exactly one label, and never for all names
/// below a top-level domain.
fn dns_matches(host: &str, pattern: &str) -> bool {
    let pattern = pattern.to_ascii_lowercase();
    match pattern.strip_prefix("*.") {
        None => host == pattern,
        Some(rest) => {
            let parent = host.split_once('.').map(|(_, parent)| parent);
            rest.contains('.') && is_dns_name(rest) && parent == Some(rest)
        }
    }
}

/// Letters, digits, hyphens and underscores in labels of 1 to 63, 253 in all; not an address.
pub(super) fn is_dns_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let numeric =
        name.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    name.len() <= 253 && !numeric && name.split('.').all(label)
}

/// User and host of a mailbox (RFC 5321 section 4.1.2). Readers differ in which of two at signs
/// is the border, so there is one, unless the user is quoted.
pub(super) fn split_mailbox(mailbox: &str) -> Option<(&str, &str)> {
    let (user, host) = mailbox.rsplit_once('@')?;
    let quoted = user.len() > 2 && user.starts_with('"') && user.ends_with('"');
    let whole = !user.is_empty() && !host.is_empty();
    (whole && (quoted || !user.contains('@'))).then_some((user, host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &str, pattern: &str, expected: bool) {
        let host = Host::parse(host).unwrap();
        assert_eq!(host.is(&GeneralName::Dns(pattern.to_owned())), expected, "{host} {pattern}");
    }

    #[test]
    fn wildcards() {
        check("a.example.com", "*.example.com", true);
        check("A.Example.COM.", "*.EXAMPLE.com", true);
        check("example.com", "*.example.com", false);
        check("a.b.example.com", "*.example.com", false);
        check("example.com", "*.com", false);
        check("example.com", "*", false);
        check("foo.example.com", "f*.example.com", false);
        check("a.b.example.com", "a.*.example.com", false);
        check("a.example.com", "*.*.com", false);
        check("a.example.com", "a.example.com\0.evil", false);
    }

    #[test]
    fn addresses_are_not_names() {
        let ip = Host::parse("127.0.0.1").unwrap();
        assert!(ip.is(&GeneralName::Ip(vec![127, 0, 0, 1])));
        assert!(!ip.is(&GeneralName::Dns("127.0.0.1".into())));
        assert!(Host::parse("[::1]").unwrap().is(&GeneralName::ip("::1").unwrap()));
        for bad in ["", "a..b", "-a.b", "a b", "北京.cn", "1.2.3", "*.a.b"] {
            assert!(Host::parse(bad).is_err(), "{bad}");
        }
    }
}
