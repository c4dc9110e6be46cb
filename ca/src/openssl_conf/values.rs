// SPDX-License-Identifier: Apache-2.0
//! The values of extensions as they are written on one line (`x509v3_config(5)`).

use pki::extension::{
    BasicConstraints, CertificatePolicies, Extension, GeneralName, KeyUsage, PolicyInformation,
};
use pki::oid;

pub(super) fn split_critical(value: &str) -> (bool, &str) {
    match value.split_once(',') {
        Some((first, rest)) if first.trim() == "critical" => (true, rest.trim()),
        _ if value.trim() == "critical" => (true, ""),
        _ => (false, value.trim()),
    }
}

pub(super) fn basic_constraints<'a>(
    items: impl Iterator<Item = &'a str>,
) -> Result<BasicConstraints, String> {
    let mut basic = BasicConstraints { ca: false, path_len: None };
    for item in items {
        let (name, text) = item.split_once(':').unwrap_or((item, ""));
        match (name.trim().to_ascii_lowercase().as_str(), text.trim().to_ascii_lowercase().as_str())
        {
            ("ca", "true" | "yes" | "y" | "1") => basic.ca = true,
            ("ca", "false" | "no" | "n" | "0") => basic.ca = false,
            ("pathlen", number) => {
                let number = number.parse().map_err(|_| format!("`{item}`: no number"))?;
                basic.path_len = Some(number);
            }
            _ => return Err(format!("`{item}` is neither `CA:true|false` nor `pathlen:N`")),
        }
    }
    Ok(basic)
}

pub(super) fn key_usage<'a>(items: impl Iterator<Item = &'a str>) -> Result<KeyUsage, String> {
    let mut usage = KeyUsage::NONE;
    for item in items {
        usage = usage
            | KeyUsage::named(item).ok_or_else(|| {
                let names: Vec<&str> = KeyUsage::ALL.iter().map(|(name, ..)| *name).collect();
                format!("the key usage `{item}` is not known; there are: {}", names.join(", "))
            })?;
    }
    Ok(usage)
}

/// A name as it is written on command lines and in files: `DNS`, `IP`, `email`, `URI`, `RID`.
///
/// # Errors
/// What is wrong with it, in words.
pub fn general_name(kind: &str, text: &str) -> Result<GeneralName, String> {
    let ascii = || match text.is_ascii() && !text.is_empty() {
        true => Ok(text.to_owned()),
        false => Err(format!("`{text}`: ASCII is needed here (a host name in its xn-- form)")),
    };
    match kind {
        "DNS" => Ok(GeneralName::Dns(ascii()?)),
        "email" => Ok(GeneralName::Email(ascii()?)),
        "URI" => Ok(GeneralName::Uri(ascii()?)),
        "IP" => GeneralName::ip(text).ok_or_else(|| format!("`{text}` is no IP address")),
        "RID" => const_oid::ObjectIdentifier::new(text)
            .map(GeneralName::RegisteredId)
            .map_err(|_| format!("`{text}` is no object identifier")),
        _ => Err(format!("`{kind}:{text}`: names are DNS:…, IP:…, email:…, URI:… or RID:…")),
    }
}

/// `192.168.0.0/255.255.0.0`, as RFC 5280 section 4.2.1.10 writes it: address, then mask.
pub(super) fn ip_range(address: &str, mask: &str) -> Option<GeneralName> {
    match (GeneralName::ip(address)?, GeneralName::ip(mask)?) {
        (GeneralName::Ip(a), GeneralName::Ip(m)) if a.len() == m.len() => {
            Some(GeneralName::Ip([a, m].concat()))
        }
        _ => None,
    }
}

pub(super) fn policies<'a>(
    items: impl Iterator<Item = &'a str>,
) -> Result<CertificatePolicies, String> {
    let list: Result<Vec<_>, String> = items
        .map(|item| {
            let id = const_oid::ObjectIdentifier::new(item)
                .map_err(|_| format!("`{item}` is no object identifier of a policy"))?;
            Ok(PolicyInformation { id, qualifiers: Vec::new() })
        })
        .collect();
    Ok(CertificatePolicies(list?))
}

/// Netscape's comment: an IA5String of up to 127 bytes.
pub(super) fn comment(text: &str, critical: bool) -> Result<Extension, String> {
    match u8::try_from(text.len()) {
        Ok(len) if len < 128 && text.is_ascii() => {
            let value = [&[0x16, len], text.as_bytes()].concat();
            Ok(Extension { id: oid::NETSCAPE_COMMENT, critical, value })
        }
        _ => Err("a comment is at most 127 ASCII characters".to_owned()),
    }
}
